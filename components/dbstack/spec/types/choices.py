"""What a field can be chosen from, by the names that AWS uses."""

from enum import StrEnum


class Engine(StrEnum):
    """Database engines, by the names that RDS uses."""

    POSTGRES = "postgres"
    MYSQL = "mysql"
    MARIADB = "mariadb"
    ORACLE_EE = "oracle-ee"
    """Oracle Enterprise Edition, bring your own licence."""
    ORACLE_EE_CDB = "oracle-ee-cdb"
    """Oracle Enterprise Edition, container database; the only one from 21 on."""
    ORACLE_SE2 = "oracle-se2"
    ORACLE_SE2_CDB = "oracle-se2-cdb"
    SQLSERVER_EX = "sqlserver-ex"
    """SQL Server Express."""
    SQLSERVER_WEB = "sqlserver-web"
    SQLSERVER_SE = "sqlserver-se"
    """SQL Server Standard."""
    SQLSERVER_EE = "sqlserver-ee"
    """SQL Server Enterprise."""


class StorageType(StrEnum):
    """EBS volume types that RDS offers (magnetic ``standard`` is being retired by AWS and is refused)."""

    GP2 = "gp2"
    GP3 = "gp3"
    IO1 = "io1"
    IO2 = "io2"


class LicenseModel(StrEnum):
    """Who owns the engine's licence."""

    BRING_YOUR_OWN_LICENSE = "bring-your-own-license"
    LICENSE_INCLUDED = "license-included"
    """In the price of the instance."""


class NetworkType(StrEnum):
    """Internet protocols of a database's host name."""

    IPV4 = "IPV4"
    DUAL = "DUAL"
    """IPv4 and IPv6; the subnets need both."""


class EngineLifecycleSupport(StrEnum):
    """What happens at the end of a major version's standard support."""

    ENABLED = "open-source-rds-extended-support"
    """The version may be kept, for a price per vCPU and hour."""
    DISABLED = "open-source-rds-extended-support-disabled"
    """Never billed: AWS upgrades the database to the next major instead."""


class ReplicaMode(StrEnum):
    """How an Oracle replica is opened."""

    OPEN_READ_ONLY = "open-read-only"
    """It answers queries; needs the Active Data Guard licence."""
    MOUNTED = "mounted"
    """It only stands by for a disaster: it takes no connections."""


class PasswordSource(StrEnum):
    """Who makes and keeps the master password."""

    MANAGED = "managed"
    """RDS makes it, keeps it in Secrets Manager and rotates it. Not possible with read replicas."""
    GENERATED = "generated"
    """Generated once, kept in a Secrets Manager secret in the standard JSON shape and encrypted in Pulumi's state."""
    GIVEN = "given"
    """Given by the caller as a secret; also kept in a Secrets Manager secret."""


class OnDelete(StrEnum):
    """What happens to the data when the database leaves the program or the stack is destroyed."""

    SNAPSHOT = "snapshot"
    """Protected; when the protection is lifted and it is deleted, RDS first takes a final snapshot."""
    RETAIN = "retain"
    """Protected, and never deleted by Pulumi: it is only forgotten and goes on running in AWS."""
    DESTROY = "destroy"
    """Deleted at once, with its automated backups and without a final snapshot."""


class DatabaseInsights(StrEnum):
    """Modes of CloudWatch Database Insights."""

    STANDARD = "standard"
    ADVANCED = "advanced"
    """Fifteen months of history and analysis across databases, for a price per vCPU."""


class Egress(StrEnum):
    """Outgoing traffic that the database's security group allows."""

    ALL = "all"
    NONE = "none"


class Traffic(StrEnum):
    """Traffic that flow logs record."""

    ALL = "all"
    ACCEPT = "accept"
    """Only what was let through."""
    REJECT = "reject"
    """Only what was turned away."""


class PgauditClass(StrEnum):
    """Statements that pgaudit logs."""

    READ = "read"
    WRITE = "write"
    FUNCTION = "function"
    ROLE = "role"
    DDL = "ddl"
    MISC = "misc"
    MISC_SET = "misc_set"
    ALL = "all"


class Target(StrEnum):
    """Where a stack's databases run."""

    AWS = "aws"
    DOCKER = "docker"
    """Containers on this machine, from the same description."""
