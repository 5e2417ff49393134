"""Names for resources whose program gives none, made as Pulumi's providers make them."""

import hashlib
import secrets
import time
from typing import Literal

from dbstack.sandbox.aws.model import Naming

Mode = Literal["default", "disable", "propose", "enforce"]
_SUFFIX_DIGITS = 7


def auto_name(naming: Naming, resource_name: str, seed: bytes) -> str:
    """`<resource name>-<7 hex>` from the engine's seed, so that a repeated check gives the same name."""
    digest = hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(_SUFFIX_DIGITS)
    suffix = f"-{digest[:_SUFFIX_DIGITS]}"
    stem = resource_name[: naming.max_length - len(suffix) - len(naming.prefix)].rstrip("-")
    name = f"{naming.prefix}{stem}{suffix}"
    return name.lower() if naming.lower else name


def unique_name(prefix: str) -> str:
    """`prefix` + a time and random part, as the provider completes a `namePrefix`."""
    return f"{prefix}{time.strftime('%Y%m%d%H%M%S', time.gmtime())}{secrets.token_hex(6)}"
