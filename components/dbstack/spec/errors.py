"""What is wrong with a description of a database, told to the person who wrote it."""

from collections.abc import Iterable
from dataclasses import dataclass

from pulumi import RunError
from pulumi.errors import InputPropertiesError


@dataclass(frozen=True, order=True)
class Fault:
    """One broken rule.

    ``path`` names the field as its author wrote it (``databases.app.storage.allocatedGib``);
    ``message`` gives the value (never a secret's), the rule and the way out.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class SpecError(RunError, InputPropertiesError):
    """A description that can't be deployed. Carries every fault found, not only the first.

    A ``RunError``, which Pulumi shows to users without a traceback, and an ``InputPropertiesError``, which it
    shows property by property where the component is hosted for another language.
    """

    def __init__(self, faults: Iterable[Fault], subject: str = "") -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        self.subject = subject
        head = f"{subject}: " if subject else ""
        if len(self.faults) == 1:
            text = f"{head}{self.faults[0]}"
        else:
            text = f"{head}{len(self.faults)} faults\n" + "\n".join(f"  - {fault}" for fault in self.faults)
        InputPropertiesError.__init__(
            self, text, [{"property_path": fault.path, "reason": fault.message} for fault in self.faults]
        )

    def __str__(self) -> str:
        return self.message
