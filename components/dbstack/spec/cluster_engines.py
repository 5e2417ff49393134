"""What is known of each engine of a DB cluster: Aurora, and the Multi-AZ DB clusters of RDS. One table, with sources.

Sources: [API] the field texts of the RDS API model, CreateDBCluster (botocore 1.44.5); [AUG] Aurora User Guide.
As for instances no list of versions stands here, only the form of a version.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from dbstack.spec.engines import VersionChange

_DIGITS = re.compile(r"\d+")


class ClusterEngineFacts(NamedTuple):
    """Facts of one engine of DB clusters."""

    name: str
    label: str
    base: str
    """The RDS engine whose rules of database and user names hold."""
    aurora: bool
    """Aurora; else a Multi-AZ DB cluster, whose three instances RDS makes itself."""
    port: int
    """[API Port]"""
    version: re.Pattern[str]
    """Form of a version; group 1 is the major, group 2 the minor."""
    version_examples: str
    family: str
    """Family of cluster and instance parameter groups, `{major}` filled in."""
    log_exports: tuple[str, ...]
    """[API EnableCloudwatchLogsExports]"""
    default_log_exports: tuple[str, ...]
    """What a control asks to be exported: the engine's log, the audit log of Aurora MySQL (RDS.34, RDS.37)."""
    tls: Mapping[str, str]
    """Cluster parameters that refuse unencrypted connections [AUG, security chapters]."""
    audit: Mapping[str, str]
    """Cluster parameters that switch the audit log on, where the engine has one of its own (RDS.45)."""
    identifier_max: int
    """[API DBClusterIdentifier]"""


CLUSTER_ENGINES: Mapping[str, ClusterEngineFacts] = {
    facts.name: facts
    for facts in (
        ClusterEngineFacts(
            name="aurora-postgresql",
            label="Aurora PostgreSQL",
            base="postgres",
            aurora=True,
            port=5432,
            version=re.compile(r"([1-9]\d)(?:\.(\d{1,3}(?:-limitless)?))?", re.ASCII),
            version_examples="'17', or '17.4' for a fixed minor",
            family="aurora-postgresql{major}",
            log_exports=("instance", "postgresql", "iam-db-auth-error"),
            default_log_exports=("postgresql",),
            tls={"rds.force_ssl": "1"},
            audit={},
            identifier_max=63,
        ),
        ClusterEngineFacts(
            name="aurora-mysql",
            label="Aurora MySQL",
            base="mysql",
            aurora=True,
            port=3306,
            version=re.compile(r"([1-9]\.\d)(?:\.(mysql_aurora\.\d{1,2}\.\d{1,2}\.\d{1,2}))?", re.ASCII),
            version_examples="'8.0', or '8.0.mysql_aurora.3.08.0' for a fixed minor",
            family="aurora-mysql{major}",
            log_exports=("audit", "error", "general", "instance", "slowquery", "iam-db-auth-error"),
            default_log_exports=("audit", "error", "slowquery"),
            tls={"require_secure_transport": "ON"},
            audit={"server_audit_logging": "1", "server_audit_events": "CONNECT,QUERY_DCL,QUERY_DDL"},
            identifier_max=63,
        ),
        ClusterEngineFacts(
            name="postgres",
            label="PostgreSQL Multi-AZ cluster",
            base="postgres",
            aurora=False,
            port=5432,
            version=re.compile(r"([1-9]\d)(?:\.(\d{1,3}))?", re.ASCII),
            version_examples="'17', or '17.5' for a fixed minor",
            family="postgres{major}",
            log_exports=("postgresql", "upgrade", "iam-db-auth-error"),
            default_log_exports=("postgresql", "upgrade"),
            tls={"rds.force_ssl": "1"},
            audit={},
            identifier_max=52,
        ),
        ClusterEngineFacts(
            name="mysql",
            label="MySQL Multi-AZ cluster",
            base="mysql",
            aurora=False,
            port=3306,
            version=re.compile(r"([1-9]\.\d)(?:\.(\d{1,3}))?", re.ASCII),
            version_examples="'8.4', or '8.4.5' for a fixed minor",
            family="mysql{major}",
            log_exports=("error", "general", "slowquery", "iam-db-auth-error"),
            default_log_exports=("error", "slowquery"),
            tls={"require_secure_transport": "ON"},
            audit={},
            identifier_max=52,
        ),
    )
}


class ClusterVersion(NamedTuple):
    """Version of a cluster's engine; `minor` is None where not given."""

    engine: str
    major: str
    minor: str | None

    @classmethod
    def parse(cls, engine: str, text: str) -> "ClusterVersion":
        """Read a version; ValueError says what is wrong with it. Whether it exists AWS decides."""
        facts = CLUSTER_ENGINES[engine]
        match = facts.version.fullmatch(text)
        if match is None:
            raise ValueError(
                f"{text!r} is not a version of {facts.label}: write the major version, {facts.version_examples}"
            )
        return cls(engine, match.group(1), match.group(2))

    @property
    def family(self) -> str:
        """Parameter-group family, e.g. `aurora-postgresql17`."""
        return CLUSTER_ENGINES[self.engine].family.format(major=self.major)

    def change_to(self, wanted: "ClusterVersion") -> VersionChange:
        """What it takes to go from this version to `wanted` (of the same engine)."""
        here, there = _numbers(self.major), _numbers(wanted.major)
        if here != there:
            return VersionChange.MAJOR if there > here else VersionChange.DOWNGRADE
        if wanted.minor is None or wanted.minor == self.minor:
            return VersionChange.NONE
        if self.minor is None or _numbers(wanted.minor) > _numbers(self.minor):
            return VersionChange.MINOR
        return VersionChange.DOWNGRADE


def cluster_version_fault(engine: str, text: str) -> str | None:
    """Why `text` can't be a version of `engine` (a known one)."""
    try:
        ClusterVersion.parse(engine, text)
    except ValueError as error:
        return str(error)
    return None


def cluster_log_fault(engine: str, log: str) -> str | None:
    """Why `log` isn't one that clusters of `engine` can send to CloudWatch."""
    facts = CLUSTER_ENGINES[engine]
    if log in facts.log_exports:
        return None
    return f"{log!r} is no log of {facts.label}: choose among {', '.join(facts.log_exports)}"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _DIGITS.findall(text))
