"""An instance: volume, backups, password, and the instance itself."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from dbstack.spec.types.choices import (
    Engine,
    EngineLifecycleSupport,
    LicenseModel,
    NetworkType,
    OnDelete,
    PasswordSource,
    StorageType,
)
from dbstack.spec.types.controls import ControlsArgs
from dbstack.spec.types.groups import OptionGroupArgs
from dbstack.spec.types.monitoring import MonitoringArgs
from dbstack.spec.types.parameters import ParameterGroupArgs
from dbstack.spec.types.rotation import RotationArgs


class StorageArgs(TypedDict):
    """The volume of a database instance.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
    """

    allocated_gib: NotRequired[int]
    """Size in GiB. Default 20. Change: grows online; can never shrink (RDS has no way to), such a change is refused."""
    max_allocated_gib: NotRequired[int]
    """Ceiling of storage autoscaling in GiB, at least 10 % above `allocated_gib`. Default: no autoscaling. Change: online, at once."""
    type: NotRequired[StorageType]
    """Volume type. Default gp3. Change: online, slower meanwhile, then six hours without another storage change (downtime only from magnetic storage)."""
    iops: NotRequired[int]
    """Provisioned I/O operations per second: required for io1 and io2; for gp3 only from 400 GiB (Oracle 200, SQL Server any size). Default: the type's baseline. Change: online."""
    throughput_mibps: NotRequired[int]
    """gp3 throughput in MiB/s, only from 400 GiB (Oracle 200, SQL Server any size). Default: the baseline. Change: online."""
    dedicated_log_volume: NotRequired[bool]
    """The transaction log on a volume of its own, for io1 and io2 of postgres, mysql and mariadb. Default false. Change: may be downtime; replicas made before don't get it. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.dlv.html"""
    encrypted: NotRequired[bool]
    """Encryption at rest. Default true. Change: REPLACES the database, so it is refused while the database is protected."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key (not an alias). Default: the account's aws/rds key. Change: REPLACES the database."""


class CrossRegionBackupArgs(TypedDict):
    """Automated backups copied to another region, from which the database can be restored there.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html
    """

    region: str
    """The other region, e.g. `eu-central-1`. Change: REPLACES the replication: the copies that are there stay until their time is over."""
    retention_days: NotRequired[int]
    """Days that they are kept there, 1 to 35. Default: as in the database's own region. Change: REPLACES the replication."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of a KMS key in that region (not an alias): needed where the database is encrypted. Change: REPLACES the replication."""


class BackupArgs(TypedDict):
    """Automated backups.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
    """

    retention_days: NotRequired[int]
    """Days that automated backups are kept, 0 to 35; 0 switches them off and is refused with replicas. Default 7. Change: online, except between 0 and more, which is an outage."""
    window: NotRequired[str]
    """Daily window in UTC, `hh24:mi-hh24:mi`, at least 30 minutes, not overlapping the maintenance window. Default: chosen by AWS. Change: online."""
    aws_backup: NotRequired[bool]
    """A plan of AWS Backup makes continuous backups of this database: it then owns retention and window, RDS refuses other values, and the program leaves both as they are. `retention_days` and `window` must be left out. Default false; in a stack whose `backup_plan` is continuous true. Change: online; see docs/backups.md before setting it back to false."""
    cross_region: NotRequired[CrossRegionBackupArgs]
    """Copies in another region. Default none. Change: online."""


class MasterPasswordArgs(TypedDict):
    """The master user's password: by whom it is made and kept."""

    source: NotRequired[PasswordSource]
    """managed, generated or given. Default: given if `value` or `config` is set, else managed, else (with read replicas, where RDS refuses managed) generated. Change: online, but applications find the password in another secret."""
    value: NotRequired[pulumi.Input[str]]
    """The password itself, for programs: a secret output. Refused in a stack config. Change: online, at once."""
    config: NotRequired[str]
    """Name of the secret config key that holds it, `namespace:key`, set with `pulumi config set --secret`. Change: online, at once."""
    kms_key_id: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key (not an alias) that encrypts the secret in Secrets Manager. Default: the account's aws/secretsmanager key. Change: online; for a managed password refused, since RDS can't change its key."""
    rotation: NotRequired[RotationArgs]
    """How often the password is changed. Default: a managed one by RDS every 7 days, a generated one never. Change: online; taken away, a managed password keeps its last schedule."""


class BlueGreenUpdateArgs(TypedDict):
    """Updates made on a copy (green) that then takes the place of the instance (blue), by the provider, in one deployment.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments.html
    """

    enabled: bool
    """Make changes of version, class, storage and parameters so: about a minute of downtime, but hours until the copy is ready; the instance is another one afterwards, with another resource id. Change: online."""
    discard_source: NotRequired[bool]
    """Consent to what the provider does after the switchover: it deletes the old instance without a final snapshot, whatever `deletion_protection` says. Required with `enabled`, except where `on_delete` is destroy. Change: online."""


class DomainArgs(TypedDict):
    """The Active Directory domain that an instance joins, so that its users log in by Kerberos or, at SQL Server, by Windows authentication: a directory of AWS (`directory_id`), or of SQL Server a domain of your own (the last four).

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/kerberos-authentication.html and https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_SQLServer_SelfManagedActiveDirectory.html
    """

    directory_id: NotRequired[pulumi.Input[str]]
    """Id of a directory of AWS Managed Microsoft AD, `d-` and 10 digits. Change: a short downtime while the instance moves to the other directory."""
    role_name: NotRequired[pulumi.Input[str]]
    """Name (not ARN) of an IAM role with AWS's policy AmazonRDSDirectoryServiceAccess. Default: one is made. Change: a short downtime."""
    fqdn: NotRequired[str]
    """Full name of your own domain, at most 64 characters, e.g. `corp.example.com`. Change: a short downtime."""
    ou: NotRequired[str]
    """Organizational unit in it as a distinguished name, at most 64 characters, e.g. `OU=databases,DC=corp,DC=example,DC=com`. Change: a short downtime."""
    auth_secret_arn: NotRequired[pulumi.Input[str]]
    """ARN of the secret with the name and password of the user who may join instances (`CUSTOMER_MANAGED_ACTIVE_DIRECTORY_USERNAME`, `_PASSWORD`). Change: a short downtime."""
    dns_ips: NotRequired[list[str]]
    """IPv4 addresses of two domain controllers; one that is alone is written twice. Change: a short downtime."""


class InstanceSettings(TypedDict):
    """A database instance as its owner describes it, new or restored."""

    engine: Engine
    """postgres, mysql, mariadb, or an edition of Oracle or SQL Server. Change: REPLACES the database."""
    engine_version: str
    """Major version (`17`, MySQL and MariaDB `8.4`, `11.4`, Oracle `19`, SQL Server `16.00`) or, as your own choice, a full one (`17.5`). It is never looked up. Change: downtime; a new major also needs `allow_major_version_upgrade`; lower is refused."""
    instance_class: str
    """E.g. `db.t3.micro`, `db.r6g.large`. Change: minutes of downtime, in the maintenance window unless `apply_immediately`."""
    identifier: NotRequired[str]
    """DB instance identifier, 1 to 63 letters, digits and hyphens. Default: `{project}-{stack}-{name}`. Change: renames it, a reboot and a new host name; its replicas stay on it."""
    password: NotRequired[MasterPasswordArgs]
    """Default: managed by RDS where it can be (see `MasterPasswordArgs.source`)."""
    iam_authentication: NotRequired[bool]
    """IAM database authentication: users may log in with a token of their IAM role instead of a password. Default: true where the engine's version has it (postgres, mysql from 5.6, mariadb from 10.6). Change: online. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html"""
    port: NotRequired[int]
    """1150 to 65535. Default: the engine's. Change: reboots at once."""
    parameter_group: NotRequired[ParameterGroupArgs]
    """Default: a group of the database's own that forces TLS (Oracle's has nothing set). Change: dynamic parameters at once, static ones at the next reboot."""
    option_group: NotRequired[OptionGroupArgs]
    """Default: the engine's empty one. Change: online, in the maintenance window unless `apply_immediately`."""
    license_model: NotRequired[LicenseModel]
    """Needed for Oracle SE2, which has both; the other engines have one. Change: downtime, in the maintenance window unless `apply_immediately`. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Oracle.Concepts.Licensing.html"""
    ca_certificate: NotRequired[str]
    """Certificate authority of the server's certificate, e.g. `rds-ca-rsa4096-g1`. Default: the account's. Change: a restart where the engine can't take a new certificate without one. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html"""
    network_type: NotRequired[NetworkType]
    """IPV4 or DUAL (with IPv6, which the subnets must have). Default IPV4. Change: may be downtime. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"""
    engine_lifecycle_support: NotRequired[EngineLifecycleSupport]
    """RDS Extended Support of postgres and mysql: what happens at the end of the major's standard support. Default open-source-rds-extended-support, as AWS has it: the version stays and is billed extra. Change: online. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html"""
    customer_owned_ip: NotRequired[bool]
    """A customer-owned address, for an instance on an Outpost (postgres, mysql, SQL Server), whose subnets are those of the Outpost. Default false. Change: AWS's pages don't say whether it interrupts. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-on-outposts.html"""
    availability_zone: NotRequired[str]
    """Zone of the instance, e.g. `us-east-1b`; not together with `multi_az`. Default: chosen by AWS. Change: REPLACES the database."""
    multi_az: NotRequired[bool]
    """A standby in another zone. Default false. Change: online, slower meanwhile."""
    backup: NotRequired[BackupArgs]
    """Default: kept for 7 days."""
    maintenance_window: NotRequired[str]
    """Weekly window in UTC, `ddd:hh24:mi-ddd:hh24:mi`, at least 30 minutes. Default: chosen by AWS. Change: online."""
    auto_minor_version_upgrade: NotRequired[bool]
    """AWS installs minor versions in the maintenance window. Default true. Change: online."""
    allow_major_version_upgrade: NotRequired[bool]
    """Consent to a major upgrade: without it a new major is refused in preview. Default false."""
    apply_immediately: NotRequired[bool]
    """Make changes now instead of in the maintenance window. Default false."""
    monitoring: NotRequired[MonitoringArgs]
    """What is watched. Default: the operating system every 60 seconds, Performance Insights, the engine's logs for a year."""
    associated_roles: NotRequired[dict[str, pulumi.Input[str]]]
    """ARNs of IAM roles by the feature that RDS uses them for: `s3Import`, `s3Export` and `Lambda` of postgres; `S3_INTEGRATION` and `EFS_INTEGRATION` of Oracle, `S3_INTEGRATION` of SQL Server. rds.amazonaws.com must be allowed to assume them. Default none. Change: the feature has no role meanwhile. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.S3Import.html"""
    domain: NotRequired[DomainArgs]
    """Active Directory domain that it joins: postgres, mysql, Oracle, SQL Server. Replicas don't. Default none. Change: a short downtime while it joins or leaves."""
    on_delete: NotRequired[OnDelete]
    """snapshot, retain or destroy. Default snapshot. Change: online."""
    deletion_protection: NotRequired[bool]
    """RDS's deletion protection and Pulumi's protect together. Default: true, but false with on_delete destroy. Set false and deploy to unlock a deletion."""
    controls: NotRequired[ControlsArgs]
    """Security controls that are left off on purpose. Default: each that is off is named in the preview."""
    tags: NotRequired[dict[str, str]]
    """Further tags beside Name and Environment. Change: online."""


class NewInstanceSettings(InstanceSettings):
    """A new database instance: what a restored one takes from its source is said here."""

    database_name: NotRequired[str]
    """Name of the first database. Default: the component's name with `_` for `-`; for Oracle `ORCL`. SQL Server begins with none. Change: REPLACES the database."""
    username: NotRequired[str]
    """Master user. Default `dbadmin`. Change: REPLACES the database."""
    storage: NotRequired[StorageArgs]
    """Default: 20 GiB of encrypted gp3."""
    blue_green_update: NotRequired[BlueGreenUpdateArgs]
    """Blue/green updates of postgres, mysql and mariadb: without read replicas, with backups, and with a password that RDS doesn't manage. Default: changes are made in place. Change: online; see docs/blue-green.md."""
    character_set: NotRequired[str]
    """Character set of an Oracle database, e.g. `WE8ISO8859P15` (default AL32UTF8), or server collation of SQL Server, e.g. `Latin1_General_CI_AS`. Change: REPLACES the database. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.OracleCharacterSets.html"""
    nchar_character_set: NotRequired[str]
    """National character set of an Oracle database: AL16UTF16 or UTF8. Default AL16UTF16. Change: REPLACES the database."""
    timezone: NotRequired[str]
    """Time zone of a SQL Server instance by its Windows name, e.g. `Central European Standard Time`. Default UTC. Change: REPLACES the database. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/SQLServer.Concepts.General.TimeZone.html"""


class DatabaseInstanceArgs(NewInstanceSettings):
    """Arguments of `DatabaseInstance`."""

    subnet_group_name: pulumi.Input[str]
    """DB subnet group. Change: moves the instance, downtime; RDS refuses it within one VPC."""
    security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """VPC security groups of the instance. Change: online."""
    environment: NotRequired[str]
    """Value of the Environment tag. Default: the stack's name."""
