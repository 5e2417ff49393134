"""What holds for a MySQL backup in S3 that a new database or cluster is made from.

Sources: [API] RestoreDBInstanceFromS3 and RestoreDBClusterFromS3 (botocore 1.44.5).
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Procedural.Importing.html
"""

import re

from dbstack.spec.access import role_arn_fault
from dbstack.spec.view import Faults, View

FIELD = "s3"
_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_VERSION = re.compile(r"\d+\.\d+(\.\d+)?", re.ASCII)
_TOO_SMALL = "db.t2.micro"


def is_imported(view: View) -> bool:
    """Whether a database or cluster is described as made from a backup in S3."""
    return "restore_from" not in view.bad and FIELD in (view.get("restore_from") or {})


def check_import(view: View, target: str, faults: Faults) -> None:
    """`restore_from.s3` of a database (`target` mysql) or of a cluster (aurora-mysql)."""
    at = view.sub("restore_from").at(FIELD)
    if view.ok("engine") and str(view["engine"]) != target:
        message = f"RDS imports backups of MySQL only, and into {target}: load others with their own tools"
        faults.add(at, message)
        return
    if view.get("instance_class") == _TOO_SMALL:
        faults.add(view.at("instance_class"), f"RDS imports nothing into a {_TOO_SMALL}: take a larger class")
    backup = view.sub("restore_from").sub(FIELD)
    backup.check(faults, "bucket_name", bucket_fault)
    backup.check(faults, "ingestion_role_arn", role_arn_fault)
    backup.check(faults, "source_engine_version", version_fault)
    if target == "mysql" and view.ok("engine_version") and backup.ok("source_engine_version"):
        source, version = str(backup["source_engine_version"]), str(view["engine_version"])
        if version_fault(source) is None and _major(source) != _major(version):
            message = f"the backup is of MySQL {source}: RDS imports it into {_major(source)} alone, upgrade afterwards"
            faults.add(view.at("engine_version"), message)


def bucket_fault(text: str) -> str | None:
    """Name of an S3 bucket. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    if _BUCKET.fullmatch(text):
        return None
    return f"{text!r} is not the name of an S3 bucket: 3 to 63 of a-z, 0-9, '.' and '-', without s3://"


def version_fault(text: str) -> str | None:
    """Version of the MySQL server that was backed up."""
    return None if _VERSION.fullmatch(text) else f"{text!r} is not a version of MySQL: write e.g. 8.0.36"


def _major(version: str) -> str:
    return ".".join(version.split(".")[:2])
