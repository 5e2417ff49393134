"""Snapshots of RDS DB instances that a program takes."""

from collections.abc import Sequence
from typing import Any

from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Prop,
    Props,
    ResourceType,
    rule_faults,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.rds_groups import delete_unless_gone, described, update_rds_tags
from dbstack.sandbox.aws.reading import observed
from dbstack.spec import names

_NOT_FOUND = "DBSnapshotNotFound"


class Snapshot(Handler):
    """Its id is its identifier. Sharing it is an attribute that AWS keeps beside it."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("rds")
        made = client.create_db_snapshot(
            DBInstanceIdentifier=props["dbInstanceIdentifier"],
            DBSnapshotIdentifier=props["dbSnapshotIdentifier"],
            Tags=tag_list(props.get("tagsAll")),
        )["DBSnapshot"]
        identifier = made["DBSnapshotIdentifier"]
        ctx.made(identifier)
        self._share(client, identifier, [], props.get("sharedAccounts") or [])
        return identifier

    def _share(self, client: Any, identifier: str, before: Sequence[str], after: Sequence[str]) -> None:
        members = {
            "ValuesToAdd": sorted(set(after) - set(before)),
            "ValuesToRemove": sorted(set(before) - set(after)),
        }
        members = {name: values for name, values in members.items() if values}
        if members:
            client.modify_db_snapshot_attribute(
                DBSnapshotIdentifier=identifier, AttributeName="restore", **members
            )

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        found = described(
            client.describe_db_snapshots, "DBSnapshots", _NOT_FOUND, DBSnapshotIdentifier=resource_id
        )
        if found is None:
            return None
        attributes = client.describe_db_snapshot_attributes(DBSnapshotIdentifier=resource_id)
        kept: list[Any] = attributes["DBSnapshotAttributesResult"].get("DBSnapshotAttributes") or []
        restore = [item["AttributeValues"] for item in kept if item["AttributeName"] == "restore"]
        shared = list(restore[0]) if restore else []
        tags = client.list_tags_for_resource(ResourceName=found["DBSnapshotArn"])["TagList"]
        return {**observed(kind, found), "sharedAccounts": shared, "tagsAll": tag_map(tags)}

    def update(
        self,
        ctx: Context,
        kind: ResourceType,
        resource_id: str,
        old: Props,
        new: Props,
        changed: Sequence[str],
    ) -> None:
        client = ctx.client("rds")
        if "sharedAccounts" in changed:
            self._share(client, resource_id, old.get("sharedAccounts") or [], new.get("sharedAccounts") or [])
        update_rds_tags(client, old["dbSnapshotArn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        call = ctx.client("rds").delete_db_snapshot
        delete_unless_gone(call, _NOT_FOUND, DBSnapshotIdentifier=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        rule = names.snapshot_fault
        return rule_faults(props, {"dbSnapshotIdentifier": lambda text: rule(text, upper_case=True)})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("dbSnapshotIdentifier")
        found = self.read(ctx, kind, name, props) if name else None
        return found["dbSnapshotIdentifier"] if found else None


SNAPSHOT = ResourceType(
    token="aws:rds/snapshot:Snapshot",
    service="rds",
    noun="RDS DB Snapshot",
    handler=Snapshot(),
    props={
        "dbInstanceIdentifier": Prop(required=True, replaces=True, api="DBInstanceIdentifier"),
        "dbSnapshotIdentifier": Prop(required=True, replaces=True, api="DBSnapshotIdentifier"),
        "sharedAccounts": Prop("set"),
        **TAGS,
        **REGION,
        "allocatedStorage": Prop("int", output=True),
        "availabilityZone": Prop(output=True),
        "dbSnapshotArn": Prop(output=True, read="DBSnapshotArn"),
        "encrypted": Prop("bool", output=True),
        "engine": Prop(output=True),
        "engineVersion": Prop(output=True),
        "iops": Prop("int", output=True),
        "kmsKeyId": Prop(output=True),
        "licenseModel": Prop(output=True),
        "optionGroupName": Prop(output=True),
        "port": Prop("int", output=True),
        "snapshotType": Prop(output=True),
        "sourceDbSnapshotIdentifier": Prop(output=True, read="SourceDBSnapshotIdentifier"),
        "sourceRegion": Prop(output=True),
        "status": Prop(output=True),
        "storageType": Prop(output=True),
        "vpcId": Prop(output=True),
    },
)
