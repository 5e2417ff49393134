"""What an inspection comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

Row = Mapping[str, Any]


class Level(IntEnum):
    """How urgent a finding is."""

    NOTE = 1
    """Worth knowing."""
    WARNING = 2
    """Gets worse if nobody acts."""
    CRITICAL = 3
    """Applications fail, or soon will: exit code 3."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and the way out."""

    level: Level
    message: str


@dataclass(frozen=True)
class Section:
    """What one query found."""

    name: str
    title: str
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    unseen: str = ""
    """Why there are no rows: the user may not see them."""


@dataclass(frozen=True)
class Report:
    """Everything about one database."""

    database: str
    server: str
    """`PostgreSQL 15.8, up for 3 days`."""
    sections: tuple[Section, ...]
    pool: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def worst(self) -> Level | None:
        """The highest level of all findings; None: there is none."""
        return max((finding.level for section in self.sections for finding in section.findings), default=None)
