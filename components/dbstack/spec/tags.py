"""Rules of tags, the narrowest of the services that dbstack tags (EC2, RDS, Secrets Manager)."""

import re
from collections.abc import Mapping

KEY_MAX = 128
VALUE_MAX = 256
TAGS_MAX = 50
# RDS Tag.Key: "The string can only contain only the set of Unicode letters, digits, white-space, '_', '.', ':', '/',
# '=', '+', '-', '@'".
_ALLOWED = re.compile(r"[\w\s.:/=+\-@]*")
_RESERVED_PREFIXES = ("aws:", "rds:")


def tag_key_fault(key: str) -> str | None:
    """Why `key` can't be the key of a tag."""
    if not key:
        return f"'' is empty: a tag's key has 1 to {KEY_MAX} characters"
    if len(key) > KEY_MAX:
        return f"{key!r} has {len(key)} characters: a tag's key has at most {KEY_MAX}, shorten it"
    if key.lower().startswith(_RESERVED_PREFIXES):
        return f"{key!r}: keys that begin with aws: or rds: are AWS's own, choose another"
    if not _ALLOWED.fullmatch(key):
        return f"{key!r}: a tag's key has only letters, digits, spaces and _ . : / = + - @"
    return None


def tag_value_fault(value: str) -> str | None:
    """Why `value` can't be the value of a tag."""
    if len(value) > VALUE_MAX:
        return f"the value has {len(value)} characters: a tag's value has at most {VALUE_MAX}, shorten it"
    if not _ALLOWED.fullmatch(value):
        return f"{value!r}: a tag's value has only letters, digits, spaces and _ . : / = + - @"
    return None


def tag_count_fault(tags: Mapping[str, str]) -> str | None:
    """Why there can't be so many tags; `tags` are all that a resource gets."""
    if len(tags) <= TAGS_MAX:
        return None
    return (
        f"{len(tags)} tags: AWS takes {TAGS_MAX} on a resource (Name and Environment included), remove some"
    )
