"""What RDS refuses and moto lets through, on the members of its requests.

The rules are those of `dbstack.spec`; here they meet RDS's member names, error codes and opening words. The same
functions answer for the API (boto3, the aws CLI) and for the provider's Check, which thus finds faults in a preview.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dbstack.sandbox.moto_ext import versions
from dbstack.sandbox.wire import listed
from dbstack.spec import access, backup, compute, credentials, names, storage, windows
from dbstack.spec.engines import ENGINES, EngineVersion, VersionChange, log_export_fault

Members = Mapping[str, Any]
"""Request members by AWS's names."""

VALUE = "InvalidParameterValue"
COMBINATION = "InvalidParameterCombination"


@dataclass(frozen=True)
class Refusal:
    """One broken rule: the member, AWS's error code, and the sentence."""

    member: str
    code: str
    message: str


# Member -> (rule on its value, opening words of AWS's own message).
_SINGLE: dict[str, tuple[Callable[[Any], str | None], str]] = {
    "DBInstanceIdentifier": (
        lambda value: names.identifier_fault(value, upper_case=True),
        "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must"
        " contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two"
        " consecutive hyphens.",
    ),
    "NewDBInstanceIdentifier": (
        lambda value: names.identifier_fault(value, upper_case=True),
        "The parameter NewDBInstanceIdentifier is not a valid identifier.",
    ),
    "DBInstanceClass": (compute.instance_class_fault, "Invalid DB Instance class."),
    "BackupRetentionPeriod": (backup.retention_fault, "Invalid backup retention period."),
    "PreferredBackupWindow": (windows.backup_window_fault, "Invalid backup window format."),
    "PreferredMaintenanceWindow": (windows.maintenance_window_fault, "Invalid maintenance window format."),
    "StorageType": (storage.storage_type_fault, "Invalid storage type."),
    "Port": (access.port_fault, "Invalid port."),
    "DBPortNumber": (access.port_fault, "Invalid port."),
    "KmsKeyId": (access.key_arn_fault, "KMSKeyNotAccessibleFault."),
    "MonitoringInterval": (
        lambda value: (
            None if value in (0, 1, 5, 10, 15, 30, 60) else f"is {value}; choose 0, 1, 5, 10, 15, 30 or 60"
        ),
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
    "MasterUserPassword": (
        credentials.password_fault,
        "The parameter MasterUserPassword is not a valid password.",
    ),
    "MasterUsername": (names.username_fault, "MasterUsername cannot be used."),
    "DBName": (
        # RDS turns Oracle's into upper case itself.
        lambda engine, value: names.database_name_fault(
            engine, value.upper() if engine.startswith("oracle") else value
        ),
        "DBName must begin with a letter and contain only alphanumeric characters.",
    ),
}


def single(members: Members, engine: str) -> Iterator[Refusal]:
    """Rules on one member alone. KMS keys are only checked in their form: moto may not hold a foreign key."""
    for member, (rule, words) in _SINGLE.items():
        value = members.get(member)
        if value is not None and (fault := rule(value)):
            yield Refusal(member, VALUE, f"{words} ({fault})")
    for member, (engine_rule, words) in _BY_ENGINE.items():
        value = members.get(member)
        if value is not None and engine in ENGINES and (fault := engine_rule(engine, value)):
            yield Refusal(member, VALUE, f"{words} ({fault})")
    for log in listed(members.get("EnableCloudwatchLogsExports")):
        if engine in ENGINES and (fault := log_export_fault(engine, log)):
            words = f"You cannot use the log types '{log}' with engine version {engine}."
            yield Refusal("EnableCloudwatchLogsExports", COMBINATION, f"{words} ({fault})")


def volume(members: Members, engine: str) -> Iterator[Refusal]:
    """Rules of size, ceiling, iops and throughput together; members with the values that will hold."""
    kind, size = members.get("StorageType") or "gp2", members.get("AllocatedStorage")
    if kind not in storage.volumes(engine) or size is None or engine not in ENGINES:
        return
    if fault := storage.size_fault(kind, size, engine):
        words = f"Invalid storage size for engine name {engine} and storage type {kind}: {size}"
        yield Refusal("AllocatedStorage", VALUE, f"{words} ({fault})")
        return
    ceiling, iops = members.get("MaxAllocatedStorage"), members.get("Iops")
    # A ceiling that is the size itself switches autoscaling off.
    if ceiling and ceiling != size and (fault := storage.maximum_fault(kind, size, ceiling, engine)):
        words = "Max storage size must be greater than storage size."
        yield Refusal("MaxAllocatedStorage", COMBINATION, f"{words} ({fault})")
    if fault := storage.iops_fault(kind, size, iops, ceiling, engine):
        yield Refusal("Iops", COMBINATION, f"Invalid iops. ({fault})")
    throughput = members.get("StorageThroughput")
    if fault := storage.throughput_fault(kind, size, iops, throughput, engine):
        yield Refusal("StorageThroughput", COMBINATION, f"Invalid storage throughput. ({fault})")


def of_engine(members: Members, engine: str) -> Iterator[Refusal]:
    """What not every engine can do."""
    facts = ENGINES.get(engine)
    if facts is None:
        return
    if members.get("MultiAZ") and not facts.multi_az:
        yield Refusal("MultiAZ", COMBINATION, f"Multi-AZ is not supported for the engine {engine}.")
    model = members.get("LicenseModel")
    if model and model not in facts.licenses:
        words = f"Invalid license model '{model}' for engine '{engine}'. Valid: {', '.join(facts.licenses)}."
        yield Refusal("LicenseModel", COMBINATION, words)
    if members.get("Port") in facts.ports_excluded:
        yield Refusal("Port", VALUE, f"The port {members['Port']} is not allowed for the engine {engine}.")
    size = members.get("DBInstanceClass")
    if (
        size
        and not compute.instance_class_fault(size)
        and (fault := compute.engine_class_fault(engine, size))
    ):
        words = (
            f"RDS does not support creating a DB instance with the following combination: {size}, {engine}."
        )
        yield Refusal("DBInstanceClass", COMBINATION, f"{words} ({fault})")
    for member, has in (
        ("CharacterSetName", facts.character_set),
        ("NcharCharacterSetName", facts.nchar_character_set),
        ("Timezone", facts.timezone),
        ("EngineLifecycleSupport", facts.extended_support),
        ("EnableCustomerOwnedIp", facts.outposts),
        ("Domain", facts.kerberos),
        ("DomainFqdn", facts.own_domain),
    ):
        if members.get(member) and not has:
            yield Refusal(member, COMBINATION, f"{member} is not supported for the engine {engine}.")
    version = versions.resolve(engine, members.get("EngineVersion"))
    kind = members.get("StorageType") or "gp2"
    wanted = members.get("DedicatedLogVolume") and version
    if wanted and (fault := storage.dedicated_log_volume_fault(engine, str(version), kind)):
        words = "Dedicated log volume is not supported."
        yield Refusal("DedicatedLogVolume", COMBINATION, f"{words} ({fault})")


def together(members: Members) -> Iterator[Refusal]:
    """Rules on several members of one instance."""
    daily, weekly = members.get("PreferredBackupWindow"), members.get("PreferredMaintenanceWindow")
    if daily and weekly and (fault := windows.overlap_fault(daily, weekly)):
        words = "The backup window and maintenance window must not overlap."
        yield Refusal("PreferredMaintenanceWindow", VALUE, f"{words} ({fault})")
    managed, password = members.get("ManageMasterUserPassword"), members.get("MasterUserPassword")
    if managed and password is not None:
        words = "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
        yield Refusal("MasterUserPassword", COMBINATION, words)
    if members.get("KmsKeyId") and members.get("StorageEncrypted") is False:
        words = (
            "A KMS key can't be given for an instance whose storage is not encrypted: set StorageEncrypted."
        )
        yield Refusal("KmsKeyId", COMBINATION, words)
    if members.get("MultiAZ") and members.get("AvailabilityZone"):
        words = "Requesting a specific availability zone is not valid for Multi-AZ instances."
        yield Refusal("AvailabilityZone", COMBINATION, words)
    interval, role = members.get("MonitoringInterval"), members.get("MonitoringRoleArn")
    if interval and not role:
        words = (
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        )
        yield Refusal("MonitoringRoleArn", COMBINATION, words)
    if not members.get("EnablePerformanceInsights") and members.get("PerformanceInsightsRetentionPeriod"):
        words = "PerformanceInsightsRetentionPeriod needs Performance Insights to be on: set EnablePerformanceInsights."
        yield Refusal("PerformanceInsightsRetentionPeriod", COMBINATION, words)
    advanced = members.get("DatabaseInsightsMode") == "advanced"
    kept = members.get("PerformanceInsightsRetentionPeriod")
    if advanced and (not members.get("EnablePerformanceInsights") or (kept is not None and kept < 465)):
        words = (
            "To enable the Advanced mode of Database Insights, Performance Insights must be on with a retention of"
            " 465 days or more."
        )
        yield Refusal("DatabaseInsightsMode", COMBINATION, words)


def creation(members: Members, complete: bool = True) -> list[Refusal]:
    """Everything that RDS refuses about a new instance.

    `complete`: whether a member that's absent was not given (else it may be one that is not known yet).
    """
    engine = str(members.get("Engine", ""))
    found = [
        *single(members, engine),
        *volume(members, engine),
        *together(members),
        *of_engine(members, engine),
    ]
    if engine in ENGINES:
        version = members.get("EngineVersion")
        if version and versions.resolve(engine, version) is None:
            found.append(Refusal("EngineVersion", COMBINATION, versions.unknown(engine, version)))
        if complete:
            if not members.get("MasterUsername"):
                words = "The parameter MasterUsername must be provided and must not be blank."
                found.append(Refusal("MasterUsername", VALUE, words))
            if not members.get("MasterUserPassword") and not members.get("ManageMasterUserPassword"):
                words = "The parameter MasterUserPassword must be provided and must not be blank."
                found.append(Refusal("MasterUserPassword", VALUE, words))
            if members.get("AllocatedStorage") is None:
                words = "The parameter AllocatedStorage must be provided and must not be blank."
                found.append(Refusal("AllocatedStorage", VALUE, words))
    return found


def change(before: Members, asked: Members, has_replicas: bool, is_replica: bool) -> list[Refusal]:
    """Everything that RDS refuses about a change of an existing instance.

    `before` has the values that hold now, `asked` the members of the request.
    """
    engine = str(before.get("Engine", ""))
    after = {**before, **{name: value for name, value in asked.items() if value is not None}}
    if asked.get("StorageType") not in (None, before.get("StorageType")):
        # The figures of the old type say nothing about the new one.
        after |= {name: asked.get(name) for name in ("Iops", "StorageThroughput")}
    found = list(single(asked, engine))
    if {"AllocatedStorage", "StorageType", "Iops", "StorageThroughput", "MaxAllocatedStorage"} & set(asked):
        found += volume(after, engine)
    if {"PreferredBackupWindow", "PreferredMaintenanceWindow"} & set(asked):
        found += (item for item in together(after) if item.member == "PreferredMaintenanceWindow")
    # What an instance has by default (a zone, a baseline) does not stand in the way of what is asked for.
    found += (
        item
        for item in together({**asked, "AvailabilityZone": None})
        if item.member
        not in (
            "PreferredMaintenanceWindow",
            "PerformanceInsightsRetentionPeriod",
            "DatabaseInsightsMode",
            "MonitoringRoleArn",
        )
    )
    if asked.get("MonitoringInterval") and not after.get("MonitoringRoleArn"):
        words = (
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        )
        found.append(Refusal("MonitoringRoleArn", COMBINATION, words))
    size, was = asked.get("AllocatedStorage"), before.get("AllocatedStorage")
    if size is not None and was is not None and size < was:
        words = f"Requested storage size {size} GiB is smaller than the current {was} GiB: storage can't be reduced."
        found.append(Refusal("AllocatedStorage", COMBINATION, words))
    if has_replicas and asked.get("BackupRetentionPeriod") == 0:
        words = "Backups cannot be disabled on instances with read replicas: delete or promote the replicas first."
        found.append(Refusal("BackupRetentionPeriod", VALUE, words))
    keeps = engine in ENGINES and ENGINES[engine].managed_password_with_replicas
    if asked.get("ManageMasterUserPassword") and not keeps and (has_replicas or is_replica):
        words = "ManageMasterUserPassword is not supported for a DB instance with read replicas, nor for a replica."
        found.append(Refusal("ManageMasterUserPassword", COMBINATION, words))
    found += of_engine({**asked, "StorageType": after.get("StorageType")}, engine)
    found += _version_change(before, asked)
    return found


def _version_change(before: Members, asked: Members) -> Iterator[Refusal]:
    engine, wanted, current = (
        str(before.get("Engine", "")),
        asked.get("EngineVersion"),
        before.get("EngineVersion"),
    )
    if not wanted or engine not in ENGINES or not current:
        return
    resolved = versions.resolve(engine, wanted)
    if resolved is None:
        yield Refusal("EngineVersion", COMBINATION, versions.unknown(engine, wanted))
        return
    here, there = EngineVersion.parse(engine, current), EngineVersion.parse(engine, wanted)
    kind = here.change_to(there)
    if kind is VersionChange.DOWNGRADE:
        words = f"Cannot upgrade {engine} from {current} to {wanted}: RDS has no downgrade."
        yield Refusal("EngineVersion", COMBINATION, words)
    elif kind is VersionChange.MAJOR and not asked.get("AllowMajorVersionUpgrade"):
        words = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        yield Refusal("EngineVersion", COMBINATION, words)


# As the guard of the components has it; a major upgrade of PostgreSQL takes its replicas along.
_REPLICAS_FIRST = frozenset({"postgres", "mysql", "mariadb"})


def replicas_first(before: Members, asked: Members, replicas: Mapping[str, str]) -> list[Refusal]:
    """A minor version that a read replica (identifier -> version) has not yet."""
    engine, wanted, current = (
        str(before.get("Engine", "")),
        asked.get("EngineVersion"),
        before["EngineVersion"],
    )
    if engine not in _REPLICAS_FIRST or not wanted or versions.resolve(engine, wanted) is None:
        return []
    there = EngineVersion.parse(engine, wanted)
    if EngineVersion.parse(engine, current).change_to(there) is not VersionChange.MINOR:
        return []
    behind = [
        name
        for name, version in replicas.items()
        if EngineVersion.parse(engine, version).change_to(there) is VersionChange.MINOR
    ]
    words = f"One or more of the DB Instance's read replicas need to be upgraded: {', '.join(behind)}"
    return [Refusal("EngineVersion", "DBUpgradeDependencyFailure", words)] if behind else []


def deletion(asked: Members, is_replica: bool) -> list[Refusal]:
    """What RDS refuses about a deletion."""
    skip, snapshot = bool(asked.get("SkipFinalSnapshot")), asked.get("FinalDBSnapshotIdentifier")
    if is_replica and not skip:
        words = "SkipFinalSnapshot must be true for a read replica: RDS takes no final snapshot of one."
        return [Refusal("SkipFinalSnapshot", COMBINATION, words)]
    if skip and snapshot:
        words = "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true."
        return [Refusal("FinalDBSnapshotIdentifier", COMBINATION, words)]
    if not skip and not snapshot:
        words = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        return [Refusal("FinalDBSnapshotIdentifier", COMBINATION, words)]
    if snapshot and (fault := names.snapshot_fault(snapshot, upper_case=True)):
        return [Refusal("FinalDBSnapshotIdentifier", VALUE, f"Invalid snapshot identifier. ({fault})")]
    return []


def replica(source: Members, asked: Members, replicas: int, managed: bool) -> list[Refusal]:
    """What RDS refuses about a new read replica of a source."""
    found = list(single(asked, str(source.get("Engine", ""))))
    facts = ENGINES.get(str(source.get("Engine", "")))
    if asked.get("ReplicaMode") and facts is not None and not facts.replica_modes:
        words = f"ReplicaMode is not supported for the engine {facts.name}."
        found.append(Refusal("ReplicaMode", COMBINATION, words))
    retention = source.get("BackupRetentionPeriod") or 0
    if fault := backup.source_retention_fault(retention):
        words = "Automated backups are not enabled for this database instance."
        found.append(Refusal("SourceDBInstanceIdentifier", "InvalidDBInstanceState", f"{words} ({fault})"))
    if source.get("Engine") in ENGINES and (
        fault := backup.replica_count_fault(source["Engine"], replicas + 1)
    ):
        found.append(Refusal("SourceDBInstanceIdentifier", COMBINATION, f"Too many read replicas. ({fault})"))
    keeps = source.get("Engine") in ENGINES and ENGINES[source["Engine"]].managed_password_with_replicas
    if managed and not keeps:
        words = (
            "Read replicas can't be created for a DB instance whose master user password is managed by RDS in"
            " Secrets Manager: give the source a password of its own first."
        )
        found.append(Refusal("SourceDBInstanceIdentifier", COMBINATION, words))
    return found
