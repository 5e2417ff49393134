"""What is known of each engine: one table, each fact with its source.

Sources: [API] the field texts of the RDS API model, CreateDBInstance (botocore 1.44.5); [UG] RDS User Guide.
No list of versions stands here: such a list is out of date within weeks, so only the form of a version is checked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dbstack.spec import reserved


@dataclass(frozen=True)
class EngineFacts:
    """Facts of one engine. Sizes of passwords and names in characters."""

    name: str
    label: str
    """Its name in prose."""
    port: int
    """Default port [API Port]."""
    version: re.Pattern[str]
    """Form of a version; group 1 is the major, group 2 the minor."""
    version_examples: str
    lowest_major: tuple[int, ...]
    family: str
    """Parameter-group family, `{major}` filled in (`aws rds describe-engine-default-parameters`)."""
    username_max: int
    """Longest master user name. [API] says 16 for all; RDS accepts these (floci-io/floci issue 3729, probed on AWS)."""
    reserved_users: frozenset[str]
    reserved_user_prefixes: tuple[str, ...]
    database_name_max: int
    """[API DBName]"""
    reserved_databases: frozenset[str]
    password_max: int
    """[API MasterUserPassword]; the shortest is 8 for every engine."""
    log_exports: tuple[str, ...]
    """[API EnableCloudwatchLogsExports]"""
    max_replicas: int
    """Read replicas of one source [API CreateDBInstanceReadReplica]."""
    managed_password_with_replicas: bool
    """Whether RDS keeps the master password itself for a source of read replicas (only SQL Server can)
    [UG rds-secrets-manager]."""
    iam_authentication_since: tuple[int, ...] | None = None
    """First major with IAM database authentication; None: no version of the engine has it on RDS
    [UG Concepts.RDS_Fea_Regions_DB-eng.Feature.IamDatabaseAuthentication]."""
    proxy_family: str = ""
    """Engine family of RDS Proxy; empty: the engine has none [API CreateDBProxy.EngineFamily]."""


# 17, 17.5, and extended-support builds such as 11.22-rds.20240418 [API EngineVersion; DescribeDBEngineVersions].
_ONE_PART = re.compile(r"([1-9]\d{0,2})(?:\.(\d{1,3}(?:-rds\.\d{8})?))?", re.ASCII)
# 8.4, 8.4.3, 5.7.44-rds.20240408: the first two numbers are the major version.
_TWO_PART = re.compile(r"([1-9]\d{0,2}\.\d{1,2})(?:\.(\d{1,3}(?:-rds\.\d{8})?))?", re.ASCII)

ENGINES: Mapping[str, EngineFacts] = {
    facts.name: facts
    for facts in (
        EngineFacts(
            name="postgres",
            label="PostgreSQL",
            port=5432,
            version=_ONE_PART,
            version_examples="'17', or '17.5' for a fixed minor",
            # Before 10 a major had two numbers; RDS has withdrawn all of them.
            lowest_major=(10,),
            family="postgres{major}",
            username_max=63,
            reserved_users=reserved.POSTGRES_USERS,
            # PostgreSQL keeps `pg_` for its own roles.
            reserved_user_prefixes=("pg_",),
            database_name_max=63,
            reserved_databases=reserved.POSTGRES_DATABASES,
            password_max=128,
            log_exports=("postgresql", "upgrade", "iam-db-auth-error"),
            max_replicas=15,
            managed_password_with_replicas=False,
            iam_authentication_since=(10,),
            proxy_family="POSTGRESQL",
        ),
        EngineFacts(
            name="mysql",
            label="MySQL",
            port=3306,
            version=_TWO_PART,
            version_examples="'8.4', or '8.4.5' for a fixed minor",
            lowest_major=(5, 5),
            family="mysql{major}",
            username_max=32,
            reserved_users=reserved.MYSQL_USERS,
            reserved_user_prefixes=(),
            database_name_max=64,
            reserved_databases=reserved.MYSQL_DATABASES,
            password_max=41,
            log_exports=("audit", "error", "general", "slowquery", "iam-db-auth-error"),
            max_replicas=15,
            managed_password_with_replicas=False,
            iam_authentication_since=(5, 6),
            proxy_family="MYSQL",
        ),
        EngineFacts(
            name="mariadb",
            label="MariaDB",
            port=3306,
            version=_TWO_PART,
            version_examples="'11.4', or '11.4.5' for a fixed minor",
            lowest_major=(10, 0),
            family="mariadb{major}",
            username_max=16,
            reserved_users=reserved.MYSQL_USERS,
            reserved_user_prefixes=(),
            database_name_max=64,
            reserved_databases=reserved.MYSQL_DATABASES,
            password_max=41,
            log_exports=("audit", "error", "general", "slowquery", "iam-db-auth-error"),
            max_replicas=15,
            managed_password_with_replicas=False,
            iam_authentication_since=(10, 6),
            proxy_family="MYSQL",
        ),
    )
}


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


@dataclass(frozen=True)
class EngineVersion:
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
        if _numbers(major) < facts.lowest_major:
            lowest = ".".join(map(str, facts.lowest_major))
            raise ValueError(f"{text!r}: RDS has no {facts.label} before {lowest}: {example}")
        return cls(facts.name, major, minor)

    @property
    def family(self) -> str:
        """Parameter-group family, e.g. `postgres17`, `mysql8.4`."""
        return engine_facts(self.engine).family.format(major=self.major)

    @property
    def text(self) -> str:
        """As RDS writes it."""
        return self.major if self.minor is None else f"{self.major}.{self.minor}"

    def change_to(self, wanted: "EngineVersion") -> VersionChange:
        """What it takes to go from this version to `wanted` (of the same engine)."""
        here, there = _numbers(self.major), _numbers(wanted.major)
        if here != there:
            return VersionChange.MAJOR if there > here else VersionChange.DOWNGRADE
        if wanted.minor is None or wanted.minor == self.minor:
            return VersionChange.NONE
        if self.minor is None:
            return VersionChange.MINOR
        return (
            VersionChange.MINOR if _numbers(wanted.minor) > _numbers(self.minor) else VersionChange.DOWNGRADE
        )


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
    if _numbers(EngineVersion.parse(engine, text).major) >= since:
        return None
    lowest = ".".join(map(str, since))
    return f"{facts.label} {text} has no IAM authentication, RDS has it from {lowest} on: leave it out, or write false"


def log_export_fault(engine: str, log: str) -> str | None:
    """Why `log` isn't a log that `engine` can send to CloudWatch; None if it is."""
    facts = engine_facts(engine)
    if log in facts.log_exports:
        return None
    return f"{log!r} is no log of {facts.label}: choose among {', '.join(facts.log_exports)}"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))
