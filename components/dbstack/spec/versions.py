"""Engine versions as open values: compared by their numbers, never looked up in a list."""

import re

_PARTS = re.compile(r"\d+")

# PostgreSQL counts its major versions in one number since 10; the others' are `8.4`, `11.4`.
MAJOR_PARTS = {"postgres": 1, "mysql": 2, "mariadb": 2}


def numbers(version: str) -> tuple[int, ...]:
    """`"17.5"` as `(17, 5)`."""
    return tuple(int(part) for part in _PARTS.findall(version))


def major(engine: str, version: str) -> tuple[int, ...]:
    """The numbers that make the major version of `engine`."""
    return numbers(version)[: MAJOR_PARTS.get(engine, 1)]


def is_downgrade(before: str, after: str) -> bool:
    """Whether `after` is lower, as far as both say: from `17.5` to `17` is none."""
    old, new = numbers(before), numbers(after)
    shared = min(len(old), len(new))
    return new[:shared] < old[:shared]


def is_major_upgrade(engine: str, before: str, after: str) -> bool:
    """Whether the major version of `engine` rises."""
    return major(engine, after) > major(engine, before)
