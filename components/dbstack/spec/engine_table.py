"""What is known of each engine: one table, each fact with its source.

Sources: [API] the field texts of the RDS API model, CreateDBInstance (botocore 1.44.5); [UG] RDS User Guide;
[CFN] the catalogue of the CloudFormation linter 1.58, made from DescribeOrderableDBInstanceOptions.
No list of versions stands here: such a list is out of date within weeks, so only the form of a version is checked.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dbstack.spec import reserved

PASSWORD_FORBIDDEN = '/@" '
"""RDS: "Only printable ASCII characters besides '/', '@', '"', ' ' may be used." """


class EngineFacts(NamedTuple):
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
    """Parameter-group family, `{major}` or its first `{number}` filled in (`describe-engine-default-parameters`)."""
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
    highest_major: tuple[int, ...] | None = None
    """Last major of an engine that goes on under another name; None: still going on."""
    licenses: tuple[str, ...] = ()
    """Licence models [API LicenseModel]; with more than one the user must choose."""
    password_forbidden: str = PASSWORD_FORBIDDEN
    """Characters that the master password can't have [API MasterUserPassword]."""
    first_database: bool = True
    """Whether RDS makes a first database of a chosen name; SQL Server has none [API DBName]."""
    default_database: str | None = None
    """Name of the database where none is chosen; None: derived from the component's name."""
    multi_az: bool = True
    """[UG Concepts.MultiAZSingleStandby, USER_SQLServerMultiAZ]"""
    graviton: bool = True
    """Whether classes with AWS's own processors (`r6g`, `t4g`) run it [CFN]: no Oracle, no SQL Server."""
    least_burstable: str = "micro"
    """Smallest `t` class [CFN]."""
    character_set: bool = False
    """Whether the character set (SQL Server: the collation) can be chosen [UG Appendix.OracleCharacterSets,
    Appendix.SQLServer.CommonDBATasks.Collation]."""
    nchar_character_set: bool = False
    timezone: bool = False
    """[API Timezone]"""
    ports_excluded: frozenset[int] = frozenset()
    """[API Port]"""
    tls_parameters: Mapping[str, str] = MappingProxyType({})
    """Parameters that refuse unencrypted connections [UG, the chapters on SSL of each engine]."""
    tls_since: tuple[int, ...] = ()
    """First major that has them."""
    secret_engine: str = ""
    """Its name in the JSON of a Secrets Manager secret, where it isn't RDS's name
    (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html)."""
    logs_volume_since: tuple[tuple[int, ...], ...] | None = None
    """Lowest versions with a dedicated log volume, one per major; None: no version has it [UG USER_PIOPS.dlv]."""
    extended_support: bool = False
    """Whether RDS Extended Support can be chosen [API EngineLifecycleSupport]."""
    outposts: bool = False
    """Whether it runs on an Outpost [UG rds-on-outposts]."""
    replica_modes: bool = False
    """Whether a replica can be mounted instead of open [API ReplicaMode]: of Oracle."""
    blue_green: bool = False
    """Whether the provider can update it blue/green [provider, blue_green_update]."""
    kerberos: bool = True
    """Whether it joins a directory of AWS [API Domain]."""
    own_domain: bool = False
    """Whether it joins a domain of the user's own [UG USER_SQLServer_SelfManagedActiveDirectory]."""
    options: bool = True
    """Whether option groups have anything for it [UG USER_WorkingWithOptionGroups]: PostgreSQL has no options."""


# 17, 17.5, and extended-support builds such as 11.22-rds.20240418 [API EngineVersion; DescribeDBEngineVersions].
_ONE_PART = re.compile(r"([1-9]\d{0,2})(?:\.(\d{1,3}(?:-rds\.\d{8})?))?", re.ASCII)
# 8.4, 8.4.3, 5.7.44-rds.20240408: the first two numbers are the major version.
_TWO_PART = re.compile(r"([1-9]\d{0,2}\.\d{1,2})(?:\.(\d{1,3}(?:-rds\.\d{8})?))?", re.ASCII)

# 19, 19.0.0.0.ru-2025-01.rur-2025-01.r1, 19.0.0.0.ru-2025-01.spb-1.r1 [UG Oracle.Concepts.patching].
_ORACLE = re.compile(
    r"([1-9]\d)(?:\.(0\.0\.0\.ru-\d{4}-\d{2}\.(?:rur-\d{4}-\d{2}|spb-\d{1,2})\.r\d{1,2}))?", re.ASCII
)
# 15.00, 15.00.4236.7.v1 [DescribeDBEngineVersions]: two digits stand after the first dot.
_SQLSERVER = re.compile(r"([1-9]\d\.00)(?:\.(\d{4}\.\d{1,3}\.v\d{1,2}))?", re.ASCII)

_ORACLE_EE = EngineFacts(
    name="oracle-ee",
    label="Oracle EE",
    port=1521,
    version=_ORACLE,
    version_examples="'19', or '19.0.0.0.ru-2025-01.rur-2025-01.r1' for a fixed release update",
    lowest_major=(19,),
    # From 21 on Oracle has only container databases [UG Oracle.Concepts.CDBs].
    highest_major=(19,),
    family="oracle-ee-{major}",
    # [API MasterUsername] until 2023: 30 for Oracle, 128 for SQL Server; since then 16 for all.
    username_max=30,
    reserved_users=reserved.ORACLE_USERS,
    reserved_user_prefixes=(),
    database_name_max=8,
    reserved_databases=reserved.ORACLE_DATABASES,
    password_max=30,
    log_exports=("alert", "audit", "listener", "trace", "oemagent"),
    max_replicas=5,
    managed_password_with_replicas=False,
    licenses=("bring-your-own-license",),
    password_forbidden="/@\" &'",
    # [API DBName]
    default_database="ORCL",
    graviton=False,
    least_burstable="small",
    character_set=True,
    nchar_character_set=True,
    replica_modes=True,
    secret_engine="oracle",
)
_ORACLE_SE2 = _ORACLE_EE._replace(
    name="oracle-se2",
    label="Oracle SE2",
    family="oracle-se2-{major}",
    licenses=("bring-your-own-license", "license-included"),
    max_replicas=0,
)
_SQLSERVER_EE = EngineFacts(
    name="sqlserver-ee",
    label="SQL Server Enterprise",
    port=1433,
    version=_SQLSERVER,
    version_examples="'16.00', or '16.00.4215.2.v1' for a fixed minor",
    lowest_major=(11, 0),
    family="sqlserver-ee-{number}.0",
    username_max=128,
    reserved_users=reserved.SQLSERVER_USERS,
    reserved_user_prefixes=("nt authority", "##"),
    database_name_max=0,
    reserved_databases=reserved.SQLSERVER_DATABASES,
    password_max=128,
    log_exports=("agent", "error"),
    max_replicas=5,
    managed_password_with_replicas=True,
    # `bring-your-own-media` [API] needs media of one's own and is no choice for most.
    licenses=("license-included",),
    first_database=False,
    # It is there from the start, and what clients connect to; also the default of AWS's rotation functions.
    default_database="master",
    graviton=False,
    least_burstable="xlarge",
    character_set=True,
    timezone=True,
    ports_excluded=frozenset({1234, 1434, 3260, 3343, 3389, 47001, *range(49152, 49157)}),
    tls_parameters={"rds.force_ssl": "1"},
    outposts=True,
    secret_engine="sqlserver",
    own_domain=True,
    proxy_family="SQLSERVER",
)
_SQLSERVER_SE = _SQLSERVER_EE._replace(
    name="sqlserver-se",
    label="SQL Server Standard",
    family="sqlserver-se-{number}.0",
    max_replicas=0,
)

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
            blue_green=True,
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
            licenses=("postgresql-license",),
            tls_parameters={"rds.force_ssl": "1"},
            logs_volume_since=((13, 10), (14, 7), (15, 2)),
            extended_support=True,
            outposts=True,
            options=False,
        ),
        EngineFacts(
            name="mysql",
            label="MySQL",
            port=3306,
            version=_TWO_PART,
            version_examples="'8.4', or '8.4.5' for a fixed minor",
            lowest_major=(5, 5),
            blue_green=True,
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
            licenses=("general-public-license",),
            tls_parameters={"require_secure_transport": "1"},
            tls_since=(5, 7),
            logs_volume_since=((8, 0, 28), (8, 4, 3)),
            extended_support=True,
            outposts=True,
        ),
        EngineFacts(
            name="mariadb",
            label="MariaDB",
            kerberos=False,
            port=3306,
            version=_TWO_PART,
            version_examples="'11.4', or '11.4.5' for a fixed minor",
            lowest_major=(10, 0),
            blue_green=True,
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
            licenses=("general-public-license",),
            tls_parameters={"require_secure_transport": "ON"},
            tls_since=(10, 5),
            logs_volume_since=((10, 6, 7),),
        ),
        _ORACLE_EE,
        _ORACLE_SE2,
        # Containers with pluggable databases.
        _ORACLE_EE._replace(
            name="oracle-ee-cdb",
            label="Oracle EE (CDB)",
            family="oracle-ee-cdb-{major}",
            highest_major=None,
        ),
        _ORACLE_SE2._replace(
            name="oracle-se2-cdb",
            label="Oracle SE2 (CDB)",
            family="oracle-se2-cdb-{major}",
            highest_major=None,
        ),
        _SQLSERVER_SE._replace(
            name="sqlserver-ex",
            label="SQL Server Express",
            family="sqlserver-ex-{number}.0",
            multi_az=False,
            least_burstable="micro",
        ),
        _SQLSERVER_SE._replace(
            name="sqlserver-web",
            label="SQL Server Web",
            family="sqlserver-web-{number}.0",
            multi_az=False,
            least_burstable="small",
        ),
        _SQLSERVER_SE,
        _SQLSERVER_EE,
    )
}
