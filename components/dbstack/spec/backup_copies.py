"""Automated backups that are copied to another region: their rules and their plan."""

from collections.abc import Mapping
from typing import Any

from dbstack.spec import access, backup
from dbstack.spec.model import BackupCopySpec
from dbstack.spec.view import Faults, View


def check_copies(backups: View, encrypted: bool, faults: Faults) -> None:
    """Rules of `backup.cross_region`; `encrypted`: the database."""
    if "cross_region" not in backups.values:
        return
    copies = backups.sub("cross_region")
    if backups.ok("retention_days") and backups["retention_days"] == 0:
        days = f"{backups.path.naming.spell('retention_days')} is 0"
        faults.add(copies.path, f"{days}, and there are no backups to copy: leave it out, or keep backups")
    copies.check(faults, "region", access.region_fault)
    copies.check(faults, "retention_days", backup.copied_retention_fault)
    copies.check(faults, "kms_key_id", access.key_arn_fault)
    given = "kms_key_id" in copies.values
    if encrypted and not given and not copies.bad & {"kms_key_id"} and "cross_region" not in backups.bad:
        message = (
            "is missing: the database is encrypted, and copies in another region need a KMS key of that region: "
            "write arn:aws:kms:<region>:<account>:key/<id>"
        )
        faults.add(copies.at("kms_key_id"), message)
    if given and not encrypted:
        faults.add(copies.at("kms_key_id"), "a key, but the database isn't encrypted: leave it out")
    faults.add(
        copies.at("kms_key_id"), access.key_region_fault(copies.get("kms_key_id"), copies.get("region"))
    )


def check_copies_elsewhere(backups: View, home: str | None, faults: Faults) -> None:
    """The other region is another; `home` None: not known here."""
    copies = backups.sub("cross_region")
    if home is not None and copies.ok("region") and copies["region"] == home:
        faults.add(copies.at("region"), f"{home!r} is the database's own region: name another")


def copy_spec(given: Mapping[str, Any] | None, retention_days: int) -> BackupCopySpec | None:
    """The plan; None where nothing is copied."""
    if not given:
        return None
    return BackupCopySpec(given["region"], given.get("retention_days") or retention_days)
