"""Imports of MySQL backups from S3 in moto, which has none: a new database of that description, without the data."""

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import RDSClientError
from moto.rds.responses import RDSResponse

from dbstack.sandbox.moto_ext import rds_rules
from dbstack.sandbox.moto_ext.patching import add

_OWN = ("SourceEngine", "SourceEngineVersion", "S3BucketName", "S3Prefix", "S3IngestionRoleArn")


def _description(self: Any, engine: str) -> Any:
    asked = self.params
    for member, wanted in (("SourceEngine", "mysql"), ("Engine", engine)):
        if asked.get(member) != wanted:
            raise RDSClientError(
                rds_rules.VALUE, f"Invalid {member}: {asked.get(member)}. It must be {wanted}."
            )
    for member in _OWN:
        asked.pop(member, None)
    return asked


def _instance(self: Any) -> ActionResult:
    return ActionResult({"DBInstance": self.backend.create_db_instance(_description(self, "mysql"))})


def _cluster(self: Any) -> ActionResult:
    return ActionResult({"DBCluster": self.backend.create_db_cluster(_description(self, "aurora-mysql"))})


def install() -> None:
    add(RDSResponse, "restore_db_instance_from_s3", _instance)
    add(RDSResponse, "restore_db_cluster_from_s3", _cluster)
