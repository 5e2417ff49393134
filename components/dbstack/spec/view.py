"""A checked record with its defaults filled in and the place where it stands: what the rules are applied to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dbstack.spec.errors import Fault
from dbstack.spec.paths import Path
from dbstack.spec.schema import Record


class Faults:
    """Gathers what the rules say."""

    def __init__(self, found: Iterable[Fault] = ()) -> None:
        self.found: list[Fault] = list(found)

    def add(self, at: Path, message: str | None) -> None:
        """One rule's answer; None is none."""
        if message is not None:
            self.found.append(Fault(str(at), message))


class View:
    """Reads fields of a record. A field that is structurally faulty is not `ok`: no rule is applied to it."""

    def __init__(
        self, record: Mapping[str, Any], at: Path, defaults: Mapping[str, Any] | None = None
    ) -> None:
        self.values: dict[str, Any] = {**(defaults or {}), **record}
        self.given: Mapping[str, Any] = record
        self.bad: set[str] = record.bad if isinstance(record, Record) else set()
        self.path = at

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def get(self, name: str) -> Any:
        """The value, the default, or None."""
        return self.values.get(name)

    def ok(self, *names: str) -> bool:
        """Whether all of these are there and none is faulty."""
        return all(name in self.values and name not in self.bad for name in names)

    def at(self, name: str) -> Path:
        """Path of a field."""
        return self.path.field(name)

    def sub(self, name: str, defaults: Mapping[str, Any] | None = None) -> "View":
        """A record within; empty (and wholly faulty) where it isn't one."""
        inner = View(self.values.get(name, {}), self.at(name), defaults)
        if name in self.bad:
            inner.bad = set(inner.values)
        return inner

    def check(self, faults: Faults, name: str, rule: Callable[[Any], str | None]) -> None:
        """Apply a rule to one field, if it is there, sound, and already known."""
        if self.ok(name) and isinstance(self[name], str | int):
            faults.add(self.at(name), rule(self[name]))


def check_each(
    values: Sequence[str], at: Path, rule: Callable[[str], str | None], faults: Faults, *, unique: bool = True
) -> None:
    """Apply a rule to each item of a list; `unique`: none may stand there twice."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        twice = f"{value!r} stands there twice: remove one" if unique and value in seen else None
        faults.add(at.index(index), rule(value) or twice)
        seen.add(value)
