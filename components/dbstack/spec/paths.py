"""Where a field stands, in the words of the one who wrote it: snake_case in programs, camelCase in YAML."""

import re
from dataclasses import dataclass
from enum import StrEnum

_PLAIN_KEY = re.compile(r"[\w-]+")


class Naming(StrEnum):
    """How fields are spelled."""

    SNAKE = "snake"
    CAMEL = "camel"

    def spell(self, field: str) -> str:
        """A field's name (snake_case) in this spelling."""
        return camel(field) if self is Naming.CAMEL else field


def camel(field: str) -> str:
    """`from_cidrs` -> `fromCidrs`."""
    head, *rest = field.split("_")
    return head + "".join(part.capitalize() for part in rest)


def snake(field: str) -> str:
    """`fromCidrs` -> `from_cidrs`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field).lower()


@dataclass(frozen=True)
class Path:
    """Path of a value from the root; `str()` is what the user reads."""

    text: str = ""
    naming: Naming = Naming.SNAKE

    def __str__(self) -> str:
        return self.text

    def field(self, name: str) -> "Path":
        """A field of ours, given in snake_case."""
        return self._add(self.naming.spell(name))

    def fields(self, *names: str) -> "Path":
        """A field within fields."""
        path = self
        for name in names:
            path = path.field(name)
        return path

    def key(self, key: str) -> "Path":
        """A key of the user's: never respelled."""
        if _PLAIN_KEY.fullmatch(key):
            return self._add(key)
        return Path(f"{self.text}[{key!r}]", self.naming)

    def index(self, index: int) -> "Path":
        """A place in a list, from 0."""
        return Path(f"{self.text}[{index}]", self.naming)

    def _add(self, name: str) -> "Path":
        return Path(f"{self.text}.{name}" if self.text else name, self.naming)
