"""Engines and their versions: what is read from the table of facts."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from dbstack.spec.engine_table import ENGINES, EngineFacts

__all__ = ["ENGINES", "EngineFacts", "EngineVersion", "VersionChange", "engine_facts"]


def engine_facts(engine: str) -> EngineFacts:
    """The facts of `engine`; LookupError naming the known ones otherwise."""
    facts = ENGINES.get(engine)
    if facts is None:
        raise LookupError(unknown_engine(engine) or engine)
    return facts


def unknown_engine(engine: str) -> str | None:
    """Why `engine` is none that dbstack knows; None if it is."""
    if engine in ENGINES:
        return None
    return f"{engine!r} is not an engine of dbstack: choose {', '.join(ENGINES)}"


class VersionChange(StrEnum):
    """What going from one version to another means."""

    NONE = "none"
    """The same, or the wish names only a major that the database already has."""
    MINOR = "minor"
    MAJOR = "major"
    DOWNGRADE = "downgrade"


class EngineVersion(NamedTuple):
    """An engine's version: `major` decides parameter groups and upgrades; `minor` is None where not given."""

    engine: str
    major: str
    minor: str | None

    @classmethod
    def parse(cls, engine: str, text: str) -> "EngineVersion":
        """Read a version; ValueError says what is wrong with it. The version need not exist: AWS decides that."""
        facts = engine_facts(engine)
        match = facts.version.fullmatch(text)
        example = f"write the major version, {facts.version_examples}"
        if match is None:
            raise ValueError(f"{text!r} is not a version of {facts.label}: {example}")
        major, minor = match.group(1), match.group(2)
        if numbers(major) < facts.lowest_major:
            lowest = ".".join(map(str, facts.lowest_major))
            raise ValueError(f"{text!r}: RDS has no {facts.label} before {lowest}: {example}")
        if facts.highest_major is not None and numbers(major) > facts.highest_major:
            message = f"{text!r}: RDS has it as {engine}-cdb only: choose that engine, or {example}"
            raise ValueError(message)
        return cls(facts.name, major, minor)

    @property
    def family(self) -> str:
        """Parameter-group family, e.g. `postgres17`, `mysql8.4`, `sqlserver-ee-16.0`."""
        return engine_facts(self.engine).family.format(major=self.major, number=numbers(self.major)[0])

    @property
    def text(self) -> str:
        """As RDS writes it."""
        return self.major if self.minor is None else f"{self.major}.{self.minor}"

    def change_to(self, wanted: "EngineVersion") -> VersionChange:
        """What it takes to go from this version to `wanted` (of the same engine)."""
        here, there = numbers(self.major), numbers(wanted.major)
        if here != there:
            return VersionChange.MAJOR if there > here else VersionChange.DOWNGRADE
        if wanted.minor is None or wanted.minor == self.minor:
            return VersionChange.NONE
        if self.minor is None:
            return VersionChange.MINOR
        return VersionChange.MINOR if numbers(wanted.minor) > numbers(self.minor) else VersionChange.DOWNGRADE


def version_fault(engine: str, text: str) -> str | None:
    """Why `text` can't be a version of `engine` (a known one); None if it can."""
    try:
        EngineVersion.parse(engine, text)
    except ValueError as error:
        return str(error)
    return None


def iam_authentication_fault(engine: str, text: str) -> str | None:
    """Why a database of this engine and version (a sound one) has no IAM authentication; None if it has."""
    facts = engine_facts(engine)
    since = facts.iam_authentication_since
    if since is None:
        return f"{facts.label} on RDS has no IAM authentication: leave it out, or write false"
    if numbers(EngineVersion.parse(engine, text).major) >= since:
        return None
    lowest = ".".join(map(str, since))
    return f"{facts.label} {text} has no IAM authentication, RDS has it from {lowest} on: leave it out, or write false"


def tls_parameters(engine: str, text: str) -> Mapping[str, str]:
    """Parameters that make a database of this engine and version (a sound one) refuse unencrypted connections."""
    facts = engine_facts(engine)
    return facts.tls_parameters if numbers(EngineVersion.parse(engine, text).major) >= facts.tls_since else {}


def log_export_fault(engine: str, log: str) -> str | None:
    """Why `log` isn't a log that `engine` can send to CloudWatch; None if it is."""
    facts = engine_facts(engine)
    if log in facts.log_exports:
        return None
    return f"{log!r} is no log of {facts.label}: choose among {', '.join(facts.log_exports)}"


def numbers(text: str) -> tuple[int, ...]:
    """The numbers of a version, to compare two by."""
    return tuple(int(part) for part in re.findall(r"\d+", text))
