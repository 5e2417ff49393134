"""Automated backups of RDS instances that are copied to another region."""

from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
from dbstack.sandbox.aws.model import (
    REGION,
    Context,
    Handler,
    Prop,
    Props,
    ResourceType,
    request,
    rule_faults,
)
from dbstack.spec import access, backup, restore_rules

_NOT_FOUND = "DBInstanceAutomatedBackupNotFound"


class BackupsReplication(Handler):
    """Made in the region that the copies go to; its id is the ARN of the copies there."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        start = ctx.client("rds").start_db_instance_automated_backups_replication
        made = start(**request(kind, props, ["sourceDbInstanceArn", "retentionPeriod", "kmsKeyId"]))
        arn = made["DBInstanceAutomatedBackup"]["DBInstanceAutomatedBackupsArn"]
        ctx.made(arn)
        return arn

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        describe = ctx.client("rds").describe_db_instance_automated_backups
        try:
            found = describe(DBInstanceAutomatedBackupsArn=resource_id)["DBInstanceAutomatedBackups"]
        except ClientError as error:
            if code_of(error).startswith(_NOT_FOUND):
                return None
            raise
        # Once stopped the copies are only kept until their time is over.
        if not found or found[0]["Status"] != "replicating":
            return None
        return {
            "sourceDbInstanceArn": found[0]["DBInstanceArn"],
            "retentionPeriod": found[0]["BackupRetentionPeriod"],
            "kmsKeyId": found[0].get("KmsKeyId"),
        }

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if self.read(ctx, kind, resource_id, state) is not None:
            stop = ctx.client("rds").stop_db_instance_automated_backups_replication
            stop(SourceDBInstanceArn=state["sourceDbInstanceArn"])

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        rules = {"sourceDbInstanceArn": restore_rules.instance_arn_fault, "kmsKeyId": access.key_arn_fault}
        found = rule_faults(props, rules)
        days = props.get("retentionPeriod")
        if days is not None and (fault := backup.copied_retention_fault(days)):
            found.append(("retentionPeriod", fault))
        return found

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        found = ctx.client("rds").describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
        return next((item["DBInstanceAutomatedBackupsArn"] for item in found if _is(item, props)), None)


def _is(item: dict[str, Any], props: Props) -> bool:
    return item["Status"] == "replicating" and item["DBInstanceArn"] == props.get("sourceDbInstanceArn")


BACKUPS_REPLICATION = ResourceType(
    token="aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    service="rds",
    noun="RDS DB Instance Automated Backups Replication",
    handler=BackupsReplication(),
    props={
        "sourceDbInstanceArn": Prop(
            required=True, replaces=True, api="SourceDBInstanceArn", read="DBInstanceArn"
        ),
        "retentionPeriod": Prop("int", replaces=True, default=7, api="BackupRetentionPeriod"),
        "kmsKeyId": Prop(computed=True, replaces=True),
        "preSignedUrl": Prop(
            replaces=True,
            refused="only the regions of China and GovCloud need it, and the sandbox has no others",
        ),
        **REGION,
    },
)
