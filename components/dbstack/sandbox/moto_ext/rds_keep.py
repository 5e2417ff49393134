"""What an RDS instance is described with and moto drops or gets wrong: kept as attributes of moto's own objects."""

from collections.abc import Mapping
from typing import Any

from moto.moto_api._internal import mock_random

from dbstack.sandbox.moto_ext import kms, versions
from dbstack.spec import storage
from dbstack.spec.engines import ENGINES, EngineVersion

# Request member (as moto spells it) -> attribute that botocore's output shape reads.
KEPT: dict[str, str] = {
    "enable_performance_insights": "performance_insights_enabled",
    "performance_insights_kms_key_id": "performance_insights_kms_key_id",
    "performance_insights_retention_period": "performance_insights_retention_period",
    "database_insights_mode": "database_insights_mode",
    "network_type": "network_type",
    "backup_target": "backup_target",
    "enable_customer_owned_ip": "customer_owned_ip_enabled",
    "engine_lifecycle_support": "engine_lifecycle_support",
    "dedicated_log_volume": "dedicated_log_volume",
    "multi_tenant": "multi_tenant",
    "timezone": "timezone",
    "promotion_tier": "promotion_tier",
    "processor_features": "processor_features",
    "nchar_character_set_name": "nchar_character_set_name",
    "tde_credential_arn": "tde_credential_arn",
    "custom_iam_instance_profile": "custom_iam_instance_profile",
    "replica_mode": "replica_mode",
}
# What AWS describes where nothing was asked for.
DEFAULTS: dict[str, Any] = {
    "performance_insights_enabled": False,
    "database_insights_mode": "standard",
    "network_type": "IPV4",
    "backup_target": "region",
    "customer_owned_ip_enabled": False,
    "dedicated_log_volume": False,
    "multi_tenant": False,
    "is_storage_config_upgrade_available": False,
    "upgrade_rollout_order": "second",
    "performance_insights_kms_key_id": None,
    "performance_insights_retention_period": None,
    "processor_features": None,
    "replica_mode": None,
    "timezone": None,
}
_CA = "rds-ca-rsa2048-g1"
_EXTENDED_SUPPORT = {"postgres", "mysql"}
_PI_RETENTION = 7
# moto's own defaults first: a window that the program gives must not meet the default of the other.
_BACKUP_WINDOWS = ("13:14-13:44", "07:10-07:40", "19:25-19:55")
_MAINTENANCE_WINDOWS = ("wed:06:38-wed:07:08", "fri:22:10-fri:22:40", "mon:01:05-mon:01:35")


def resource_id() -> str:
    """A `db-…` id of its own for each instance; moto gives every one the same."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "db-" + "".join(mock_random.choice(alphabet) for _ in range(26))


def remember(database: Any, asked: Mapping[str, Any]) -> None:
    """Keeps the members of a request that moto drops."""
    for member, attribute in KEPT.items():
        value = asked.get(member)
        if value is not None:
            setattr(database, attribute, value)


def complete(database: Any) -> None:
    """Fills in what AWS describes and moto does not, where nothing is set."""
    for attribute, value in DEFAULTS.items():
        if getattr(database, attribute, None) is None:
            setattr(database, attribute, value)
    if database.engine in _EXTENDED_SUPPORT and getattr(database, "engine_lifecycle_support", None) is None:
        database.engine_lifecycle_support = "open-source-rds-extended-support"
    if database.ca_certificate_identifier == "rds-ca-default":
        database.ca_certificate_identifier = _CA
    if database.performance_insights_enabled:
        database.performance_insights_retention_period = (
            database.performance_insights_retention_period or _PI_RETENTION
        )
        database.performance_insights_kms_key_id = database.performance_insights_kms_key_id or own_key(
            database
        )
    else:
        database.performance_insights_retention_period = database.performance_insights_kms_key_id = None
    if database.storage_encrypted and database.kms_key_id in (None, "default_kms_key_id"):
        database.kms_key_id = own_key(database)
    baseline(database)


def own_key(database: Any) -> str:
    """ARN of the account's aws/rds key, which moto makes when it is first described."""
    return kms.own_key(database.backend.account_id, database.backend.region_name, "rds")


def baseline(database: Any) -> None:
    """gp3 has iops and throughput even where none were asked for; other types have no throughput."""
    if database.storage_type == "gp3":
        iops, throughput = storage.baseline(database.engine, database.allocated_storage)
        database.iops = database.iops or iops
        database._storage_throughput = database._storage_throughput or throughput  # pyright: ignore[reportPrivateUsage]
    else:
        database._storage_throughput = None  # pyright: ignore[reportPrivateUsage]
        if database.storage_type == "gp2":
            database.iops = None


def option_group(engine: str, version: str) -> str:
    """AWS's default option group: `default:postgres-17`, `default:mysql-8-0`, `default:sqlserver-ee-16-00`."""
    ours = engine in ENGINES
    major = EngineVersion.parse(engine, version).major if ours else ".".join(version.split(".")[:2])
    return f"default:{engine}-{major.replace('.', '-')}"


def creation_defaults(asked: dict[str, Any], zones: list[str]) -> dict[str, Any]:
    """Members that AWS chooses itself where the request has none: version, licence, zone, windows."""
    engine = asked.get("engine", "")
    chosen: dict[str, Any] = {}
    if engine in ENGINES:
        resolved = versions.resolve(engine, asked.get("engine_version"))
        if resolved:
            chosen["engine_version"] = resolved
        chosen["license_model"] = asked.get("license_model") or ENGINES[engine].licenses[0]
    if zones and not asked.get("availability_zone"):
        chosen["availability_zone"] = zones[0]
    return chosen | chosen_windows(asked)


def chosen_windows(asked: Mapping[str, Any]) -> dict[str, str]:
    """The window that wasn't given, clear of the one that was."""
    from dbstack.spec.windows import overlap_fault

    daily, weekly = asked.get("preferred_backup_window"), asked.get("preferred_maintenance_window")
    if daily and not weekly:
        free = next(window for window in _MAINTENANCE_WINDOWS if not overlap_fault(daily, window))
        return {"preferred_maintenance_window": free}
    if weekly and not daily:
        free = next(window for window in _BACKUP_WINDOWS if not overlap_fault(window, weekly.lower()))
        return {"preferred_backup_window": free}
    return {}
