"""The id of an object that an interrupted create made before Pulumi heard of it."""

from typing import Any

from dbstack.sandbox.aws.backend import MotoBackend, Provider
from dbstack.sandbox.aws.errors import NotServed, SandboxError, sentence
from dbstack.sandbox.aws.table import TYPES
from dbstack.sandbox.wire import has_unknown


def find_existing(token: str, inputs: dict[str, Any], session: Any) -> str | None:
    """Id of the existing object that the inputs of a pending create describe, or None.

    An object is known by what the inputs fix: its id or name, the tuple of a rule, a subnet's block in its VPC,
    else exactly equal tags. `session` is a boto3 session whose clients reach the sandbox. Raises `NotServed` for a
    type that the sandbox does not serve; a type whose objects live in Pulumi's state only (random) gives None.
    """
    if token.startswith("random:"):
        return None
    if token not in TYPES:
        raise NotServed(f"the sandbox does not serve the resource type {token}")
    kind = TYPES[token]
    default = getattr(session, "region_name", None) or "us-east-1"
    backend = MotoBackend(
        lambda service, region: session.client(service, region_name=region), Provider(default)
    )
    props = {key: value for key, value in inputs.items() if value is not None and not has_unknown(value)}
    try:
        return kind.handler.find(backend.context(props), kind, props)
    except SandboxError:
        raise
    except Exception as error:
        raise SandboxError(f"looking for {kind.noun} failed: {sentence(error)}") from error
