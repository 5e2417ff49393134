"""What RDS refuses about DB clusters and moto lets through, on the members of its requests.

As in `rds_rules`: the rules are those of `dbstack.spec`, and serve the API and the provider's Check alike.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dbstack.sandbox.moto_ext import cluster_versions
from dbstack.sandbox.moto_ext.rds_rules import COMBINATION, VALUE, Members, Refusal
from dbstack.sandbox.wire import listed
from dbstack.spec import access, cluster_rules, names, windows
from dbstack.spec.cluster_engines import CLUSTER_ENGINES, ClusterVersion, cluster_log_fault
from dbstack.spec.credentials import cluster_password_fault
from dbstack.spec.engines import VersionChange

_INTERVALS = (0, 1, 5, 10, 15, 30, 60)

# Member -> (rule on its value, opening words of AWS's own message).
_SINGLE: dict[str, tuple[Callable[[Any], str | None], str]] = {
    "BackupRetentionPeriod": (cluster_rules.cluster_retention_fault, "Invalid backup retention period."),
    "PreferredBackupWindow": (windows.backup_window_fault, "Invalid backup window format."),
    "PreferredMaintenanceWindow": (windows.maintenance_window_fault, "Invalid maintenance window format."),
    "Port": (access.port_fault, "Invalid port."),
    "KmsKeyId": (access.key_arn_fault, "KMSKeyNotAccessibleFault."),
    "MasterUserPassword": (
        cluster_password_fault,
        "The parameter MasterUserPassword is not a valid password.",
    ),
    "MonitoringInterval": (
        lambda value: None if value in _INTERVALS else f"is {value}; choose 0, 1, 5, 10, 15, 30 or 60",
        "Invalid monitoring interval.",
    ),
    "PerformanceInsightsRetentionPeriod": (
        lambda value: (
            None
            if value in (7, 731) or (value % 31 == 0 and 1 <= value // 31 <= 23)
            else f"is {value}; choose 7, 731, or a multiple of 31 up to 713"
        ),
        "Invalid Performance Insights retention period.",
    ),
    "NetworkType": (
        lambda value: None if value in ("IPV4", "DUAL") else f"{value!r}: choose IPV4 or DUAL",
        "Invalid network type.",
    ),
}
# They need the engine.
_BY_ENGINE: dict[str, tuple[Callable[[str, Any], str | None], str]] = {
    "DBClusterIdentifier": (
        lambda engine, value: cluster_rules.cluster_identifier_fault(engine, value, upper_case=True),
        "The parameter DBClusterIdentifier is not a valid identifier.",
    ),
    "MasterUsername": (cluster_rules.cluster_username_fault, "MasterUsername cannot be used."),
    "DatabaseName": (
        lambda engine, value: names.database_name_fault(CLUSTER_ENGINES[engine].base, value),
        "DatabaseName must begin with a letter and contain only alphanumeric characters.",
    ),
    "StorageType": (cluster_rules.storage_type_fault, "Invalid storage type."),
    "BacktrackWindow": (cluster_rules.backtrack_fault, "Invalid backtrack window."),
}
_MULTI_AZ_ONLY = ("AllocatedStorage", "Iops", "DBClusterInstanceClass")
_AURORA_ONLY = (
    "ServerlessV2ScalingConfiguration",
    "BacktrackWindow",
    "EnableHttpEndpoint",
    "AvailabilityZones",
)


def single(members: Members, engine: str) -> Iterator[Refusal]:
    """Rules on one member alone; those that need it, with a known engine."""
    for member, (rule, words) in _SINGLE.items():
        value = members.get(member)
        if value is not None and (fault := rule(value)):
            yield Refusal(member, VALUE, f"{words} ({fault})")
    if engine not in CLUSTER_ENGINES:
        return
    for member, (engine_rule, words) in _BY_ENGINE.items():
        value = members.get(member)
        if value is not None and (fault := engine_rule(engine, value)):
            yield Refusal(member, VALUE, f"{words} ({fault})")
    for log in listed(members.get("EnableCloudwatchLogsExports")):
        if fault := cluster_log_fault(engine, log):
            words = f"You cannot use the log types '{log}' with engine version {engine}."
            yield Refusal("EnableCloudwatchLogsExports", COMBINATION, f"{words} ({fault})")


def together(members: Members) -> Iterator[Refusal]:
    """Rules on several members of one cluster."""
    daily, weekly = members.get("PreferredBackupWindow"), members.get("PreferredMaintenanceWindow")
    if daily and weekly and (fault := windows.overlap_fault(daily, weekly)):
        words = "The backup window and maintenance window must not overlap."
        yield Refusal("PreferredMaintenanceWindow", VALUE, f"{words} ({fault})")
    if members.get("ManageMasterUserPassword") and members.get("MasterUserPassword") is not None:
        words = "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
        yield Refusal("MasterUserPassword", COMBINATION, words)
    if members.get("KmsKeyId") and members.get("StorageEncrypted") is False:
        words = "A KMS key can't be given for a cluster whose storage is not encrypted: set StorageEncrypted."
        yield Refusal("KmsKeyId", COMBINATION, words)
    if members.get("MonitoringInterval") and not members.get("MonitoringRoleArn"):
        words = (
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        )
        yield Refusal("MonitoringRoleArn", COMBINATION, words)
    advanced = members.get("DatabaseInsightsMode") == "advanced"
    kept = members.get("PerformanceInsightsRetentionPeriod")
    if advanced and (not members.get("EnablePerformanceInsights") or (kept is not None and kept < 465)):
        words = (
            "To enable the Advanced mode of Database Insights, Performance Insights must be on with a retention of"
            " 465 days or more."
        )
        yield Refusal("DatabaseInsightsMode", COMBINATION, words)
    yield from _capacity(members.get("ServerlessV2ScalingConfiguration"))


def _capacity(scaling: Mapping[str, Any] | None) -> Iterator[Refusal]:
    member = "ServerlessV2ScalingConfiguration"
    if not scaling:
        return
    least, most = scaling.get("MinCapacity"), scaling.get("MaxCapacity")
    pause = scaling.get("SecondsUntilAutoPause")
    if least is not None and (fault := cluster_rules.min_capacity_fault(least)):
        yield Refusal(member, VALUE, f"Invalid MinCapacity. ({fault})")
        return
    if most is not None and (fault := cluster_rules.max_capacity_fault(most, least)):
        yield Refusal(member, VALUE, f"Invalid MaxCapacity. ({fault})")
    if pause and least is not None and (fault := cluster_rules.pause_fault(pause, least)):
        yield Refusal(member, COMBINATION, f"Invalid SecondsUntilAutoPause. ({fault})")


def shape(members: Members, engine: str, complete: bool) -> Iterator[Refusal]:
    """What only Aurora or only a Multi-AZ DB cluster has."""
    facts = CLUSTER_ENGINES[engine]
    for member in _MULTI_AZ_ONLY if facts.aurora else _AURORA_ONLY:
        if members.get(member):
            words = f"The parameter {member} isn't supported for {facts.label} clusters."
            yield Refusal(member, COMBINATION, words)
    if facts.aurora:
        return
    for member in ("DBClusterInstanceClass", "AllocatedStorage") if complete else ():
        if not members.get(member):
            yield Refusal(
                member, COMBINATION, f"The parameter {member} must be provided for a Multi-AZ DB cluster."
            )
    klass = members.get("DBClusterInstanceClass")
    if klass and (fault := cluster_rules.multi_az_class_fault(klass)):
        yield Refusal("DBClusterInstanceClass", VALUE, f"Invalid DB Instance class. ({fault})")
    kind, size = members.get("StorageType") or "io1", members.get("AllocatedStorage")
    if kind in cluster_rules.MULTI_AZ_STORAGE and size:
        if fault := cluster_rules.allocated_fault(kind, size):
            yield Refusal("AllocatedStorage", VALUE, f"Invalid storage size. ({fault})")
        elif (complete or members.get("Iops")) and (
            fault := cluster_rules.cluster_iops_fault(kind, size, members.get("Iops"))
        ):
            yield Refusal("Iops", COMBINATION, f"Invalid iops. ({fault})")


def creation(members: Members, complete: bool = True) -> list[Refusal]:
    """Everything that RDS refuses about a new cluster; `complete`: what is absent was not given."""
    engine = str(members.get("Engine", ""))
    found = [*single(members, engine), *together(members)]
    if engine not in CLUSTER_ENGINES:
        return found
    found += shape(members, engine, complete)
    version = members.get("EngineVersion")
    if version and cluster_versions.resolve(engine, version) is None:
        found.append(Refusal("EngineVersion", COMBINATION, cluster_versions.unknown(engine, version)))
    # In a global database it depends on whether it is the first one: see `rds_global`.
    if complete and not members.get("GlobalClusterIdentifier"):
        if not members.get("MasterUsername"):
            words = "The parameter MasterUsername must be provided and must not be blank."
            found.append(Refusal("MasterUsername", VALUE, words))
        if not members.get("MasterUserPassword") and not members.get("ManageMasterUserPassword"):
            words = "The parameter MasterUserPassword must be provided and must not be blank."
            found.append(Refusal("MasterUserPassword", VALUE, words))
    return found


def change(before: Members, asked: Members) -> list[Refusal]:
    """Everything that RDS refuses about a change; `before` has the values that hold now."""
    engine = str(before.get("Engine", ""))
    after = {**before, **{name: value for name, value in asked.items() if value is not None}}
    found = [
        *single(asked, engine),
        *together({**after, "MasterUserPassword": asked.get("MasterUserPassword")}),
    ]
    found = [item for item in found if item.member != "MasterUserPassword" or "MasterUserPassword" in asked]
    if engine not in CLUSTER_ENGINES:
        return found
    if {*_MULTI_AZ_ONLY, *_AURORA_ONLY, "StorageType"} & asked.keys():
        found += shape(after, engine, complete=False)
    size, was = asked.get("AllocatedStorage"), before.get("AllocatedStorage")
    if size is not None and was is not None and size < was:
        words = f"Requested storage size {size} GiB is smaller than the current {was} GiB: storage can't be reduced."
        found.append(Refusal("AllocatedStorage", COMBINATION, words))
    found += _version_change(engine, before, asked)
    return found


def _version_change(engine: str, before: Members, asked: Members) -> Iterator[Refusal]:
    wanted, current = asked.get("EngineVersion"), before.get("EngineVersion")
    if not wanted or not current:
        return
    if cluster_versions.resolve(engine, wanted) is None:
        yield Refusal("EngineVersion", COMBINATION, cluster_versions.unknown(engine, wanted))
        return
    kind = ClusterVersion.parse(engine, current).change_to(ClusterVersion.parse(engine, wanted))
    if kind is VersionChange.DOWNGRADE:
        words = f"Cannot upgrade {engine} from {current} to {wanted}: RDS has no downgrade."
        yield Refusal("EngineVersion", COMBINATION, words)
    elif kind is VersionChange.MAJOR and not asked.get("AllowMajorVersionUpgrade"):
        words = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        yield Refusal("EngineVersion", COMBINATION, words)


def member(members: Members, cluster: Members) -> list[Refusal]:
    """What RDS refuses about an instance of an Aurora cluster."""
    found: list[Refusal] = []
    klass, engine = members.get("DBInstanceClass"), str(cluster.get("Engine", ""))
    if members.get("DBInstanceIdentifier") and (
        fault := names.identifier_fault(members["DBInstanceIdentifier"], upper_case=True)
    ):
        words = "The parameter DBInstanceIdentifier is not a valid identifier."
        found.append(Refusal("DBInstanceIdentifier", VALUE, f"{words} ({fault})"))
    if klass and (fault := cluster_rules.aurora_class_fault(klass)):
        found.append(Refusal("DBInstanceClass", VALUE, f"Invalid DB Instance class. ({fault})"))
    if (
        klass == cluster_rules.SERVERLESS_CLASS
        and cluster
        and not cluster.get("ServerlessV2ScalingConfiguration")
    ):
        words = (
            "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB"
            " instance."
        )
        found.append(Refusal("DBInstanceClass", COMBINATION, words))
    if engine in CLUSTER_ENGINES and not CLUSTER_ENGINES[engine].aurora:
        words = "The instances of a Multi-AZ DB cluster are made and changed with the cluster."
        found.append(Refusal("DBClusterIdentifier", COMBINATION, words))
    tier = members.get("PromotionTier")
    if tier is not None and (fault := cluster_rules.tier_fault(tier)):
        found.append(Refusal("PromotionTier", VALUE, f"Invalid promotion tier. ({fault})"))
    for name in ("MonitoringInterval", "PerformanceInsightsRetentionPeriod", "PreferredMaintenanceWindow"):
        rule, words = _SINGLE[name]
        if members.get(name) is not None and (fault := rule(members[name])):
            found.append(Refusal(name, VALUE, f"{words} ({fault})"))
    if members.get("MonitoringInterval") and not members.get("MonitoringRoleArn"):
        words = (
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        )
        found.append(Refusal("MonitoringRoleArn", COMBINATION, words))
    return found


def deletion(asked: Members, has_members: bool) -> list[Refusal]:
    """What RDS refuses about the deletion of a cluster."""
    skip, snapshot = bool(asked.get("SkipFinalSnapshot")), asked.get("FinalDBSnapshotIdentifier")
    if has_members:
        words = "Cluster cannot be deleted, it still contains DB instances in non-deleting state."
        return [Refusal("DBClusterIdentifier", "InvalidDBClusterStateFault", words)]
    if skip and snapshot:
        words = "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true."
        return [Refusal("FinalDBSnapshotIdentifier", COMBINATION, words)]
    if not skip and not snapshot:
        words = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        return [Refusal("FinalDBSnapshotIdentifier", COMBINATION, words)]
    if snapshot and (fault := names.snapshot_fault(snapshot, upper_case=True)):
        return [Refusal("FinalDBSnapshotIdentifier", VALUE, f"Invalid snapshot identifier. ({fault})")]
    return []
