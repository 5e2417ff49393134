"""Parameter groups, custom endpoints and snapshots of DB clusters."""

from collections.abc import Sequence
from typing import Any

from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Naming,
    Prop,
    Props,
    ResourceType,
    request,
    rule_faults,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.aws.rds_groups import delete_unless_gone, described, update_rds_tags
from dbstack.sandbox.aws.reading import observed
from dbstack.sandbox.wire import listed
from dbstack.spec import cluster_rules, names

_CHUNK = 20  # parameters that RDS takes in one request
_GROUP_GONE = "DBParameterGroupNotFound"
_ENDPOINT_GONE = "DBClusterEndpointNotFound"
_SNAPSHOT_GONE = "DBClusterSnapshotNotFound"


class ClusterParameterGroup(Handler):
    """A cluster parameter group; only the parameters that the program sets are its business."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("rds")
        name = props.get("name") or unique_name(props.get("namePrefix") or "terraform-")
        made = client.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=name,
            DBParameterGroupFamily=props["family"],
            Description=props["description"],
            Tags=tag_list(props.get("tagsAll")),
        )
        group = made["DBClusterParameterGroup"]["DBClusterParameterGroupName"]
        ctx.made(group)
        self._apply(client, group, listed(props.get("parameters")))
        return group

    def _apply(self, client: Any, name: str, parameters: Sequence[Props]) -> None:
        for start in range(0, len(parameters), _CHUNK):
            chunk = [
                {
                    "ParameterName": item["name"],
                    "ParameterValue": str(item["value"]),
                    "ApplyMethod": item.get("applyMethod") or "immediate",
                }
                for item in parameters[start : start + _CHUNK]
            ]
            client.modify_db_cluster_parameter_group(DBClusterParameterGroupName=name, Parameters=chunk)

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        call, key = client.describe_db_cluster_parameter_groups, "DBClusterParameterGroups"
        group = described(call, key, _GROUP_GONE, DBClusterParameterGroupName=resource_id)
        if group is None:
            return None
        pages = client.get_paginator("describe_db_cluster_parameters").paginate(
            DBClusterParameterGroupName=resource_id, Source="user"
        )
        return {
            "arn": group["DBClusterParameterGroupArn"],
            "name": group["DBClusterParameterGroupName"],
            "family": group["DBParameterGroupFamily"],
            "description": group["Description"],
            "parameters": [
                {
                    "name": item["ParameterName"],
                    "value": item["ParameterValue"],
                    "applyMethod": item.get("ApplyMethod") or "immediate",
                }
                for page in pages
                for item in page["Parameters"]
                if item.get("ParameterValue") is not None
            ],
            "tagsAll": tag_map(
                client.list_tags_for_resource(ResourceName=group["DBClusterParameterGroupArn"])["TagList"]
            ),
        }

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
        if "parameters" in changed:
            before = {item["name"]: item for item in listed(old.get("parameters"))}
            after = {item["name"]: item for item in listed(new.get("parameters"))}
            self._apply(
                client, resource_id, [item for name, item in after.items() if before.get(name) != item]
            )
            gone = [item for name, item in before.items() if name not in after]
            for start in range(0, len(gone), _CHUNK):
                chunk = [
                    {"ParameterName": item["name"], "ApplyMethod": item.get("applyMethod") or "immediate"}
                    for item in gone[start : start + _CHUNK]
                ]
                client.reset_db_cluster_parameter_group(
                    DBClusterParameterGroupName=resource_id, Parameters=chunk
                )
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        call = ctx.client("rds").delete_db_cluster_parameter_group
        delete_unless_gone(call, _GROUP_GONE, DBClusterParameterGroupName=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"name": names.parameter_group_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        found = self.read(ctx, kind, name, props) if name else None
        return found["name"] if found else None


class ClusterEndpoint(Handler):
    """A custom endpoint: a host name over some of a cluster's instances."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        members = request(
            kind, props, [name for name in kind.inputs if name not in ("tags", "tagsAll", "region")]
        )
        made = ctx.client("rds").create_db_cluster_endpoint(**members, Tags=tag_list(props.get("tagsAll")))
        ctx.made(made["DBClusterEndpointIdentifier"])
        return made["DBClusterEndpointIdentifier"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        call, key = client.describe_db_cluster_endpoints, "DBClusterEndpoints"
        item = described(call, key, _ENDPOINT_GONE, DBClusterEndpointIdentifier=resource_id)
        if item is None:
            return None
        tags = client.list_tags_for_resource(ResourceName=item["DBClusterEndpointArn"])["TagList"]
        return observed(kind, item) | {"tagsAll": tag_map(tags)}

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
        own = ("customEndpointType", "staticMembers", "excludedMembers")
        if set(own) & set(changed):
            members = request(kind, new, own)
            if not new.get("excludedMembers"):
                members["StaticMembers"] = new.get("staticMembers") or []
            client.modify_db_cluster_endpoint(DBClusterEndpointIdentifier=resource_id, **members)
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        call = ctx.client("rds").delete_db_cluster_endpoint
        delete_unless_gone(call, _ENDPOINT_GONE, DBClusterEndpointIdentifier=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"clusterEndpointIdentifier": cluster_rules.endpoint_fault})
        if props.get("customEndpointType") not in (None, "READER", "ANY"):
            faults.append(("customEndpointType", "choose READER or ANY"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        found = self.read(ctx, kind, props["clusterEndpointIdentifier"], props)
        return found["clusterEndpointIdentifier"] if found else None


class ClusterSnapshot(Handler):
    """A manual snapshot of a cluster."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("rds")
        made = client.create_db_cluster_snapshot(
            DBClusterIdentifier=props["dbClusterIdentifier"],
            DBClusterSnapshotIdentifier=props["dbClusterSnapshotIdentifier"],
            Tags=tag_list(props.get("tagsAll")),
        )["DBClusterSnapshot"]
        name = made["DBClusterSnapshotIdentifier"]
        ctx.made(name)
        self._share(client, name, [], listed(props.get("sharedAccounts")))
        return name

    def _share(self, client: Any, name: str, before: Sequence[str], after: Sequence[str]) -> None:
        add, remove = sorted(set(after) - set(before)), sorted(set(before) - set(after))
        if add or remove:
            client.modify_db_cluster_snapshot_attribute(
                DBClusterSnapshotIdentifier=name,
                AttributeName="restore",
                ValuesToAdd=add,
                ValuesToRemove=remove,
            )

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        call, key = client.describe_db_cluster_snapshots, "DBClusterSnapshots"
        item = described(call, key, _SNAPSHOT_GONE, DBClusterSnapshotIdentifier=resource_id)
        if item is None:
            return None
        attributes = client.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier=resource_id)
        shared = attributes["DBClusterSnapshotAttributesResult"].get("DBClusterSnapshotAttributes", [])
        return observed(kind, item) | {
            "sharedAccounts": [
                account
                for one in shared
                if one["AttributeName"] == "restore"
                for account in one["AttributeValues"]
            ],
            "tagsAll": tag_map(item.get("TagList")),
        }

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
            before, after = (listed(props.get("sharedAccounts")) for props in (old, new))
            self._share(client, resource_id, before, after)
        update_rds_tags(client, old["dbClusterSnapshotArn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        call = ctx.client("rds").delete_db_cluster_snapshot
        delete_unless_gone(call, _SNAPSHOT_GONE, DBClusterSnapshotIdentifier=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"dbClusterSnapshotIdentifier": names.snapshot_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        found = self.read(ctx, kind, props["dbClusterSnapshotIdentifier"], props)
        return found["dbClusterSnapshotIdentifier"] if found else None


CLUSTER_PARAMETER_GROUP = ResourceType(
    token="aws:rds/clusterParameterGroup:ClusterParameterGroup",
    service="rds",
    noun="RDS Cluster Parameter Group",
    handler=ClusterParameterGroup(),
    naming=Naming(lower=True),
    props={
        "name": Prop(computed=True, replaces=True, conflicts=("namePrefix",)),
        "namePrefix": Prop(computed=True, replaces=True, overlay="only the name made from it reaches AWS"),
        "family": Prop(required=True, replaces=True),
        "description": Prop(default="Managed by Pulumi", replaces=True),
        "parameters": Prop(
            "object_set",
            fields={
                "name": Prop(required=True),
                "value": Prop(required=True),
                "applyMethod": Prop(default="immediate"),
            },
        ),
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
    },
)

CLUSTER_ENDPOINT = ResourceType(
    token="aws:rds/clusterEndpoint:ClusterEndpoint",
    service="rds",
    noun="RDS Cluster Endpoint",
    handler=ClusterEndpoint(),
    props={
        "clusterEndpointIdentifier": Prop(required=True, replaces=True, api="DBClusterEndpointIdentifier"),
        "clusterIdentifier": Prop(required=True, replaces=True, api="DBClusterIdentifier"),
        "customEndpointType": Prop(required=True, api="EndpointType", read="CustomEndpointType"),
        "staticMembers": Prop("set", conflicts=("excludedMembers",)),
        "excludedMembers": Prop("set", conflicts=("staticMembers",)),
        **TAGS,
        **REGION,
        "arn": Prop(output=True, read="DBClusterEndpointArn"),
        "endpoint": Prop(output=True),
    },
)

CLUSTER_SNAPSHOT = ResourceType(
    token="aws:rds/clusterSnapshot:ClusterSnapshot",
    service="rds",
    noun="RDS DB Cluster Snapshot",
    handler=ClusterSnapshot(),
    props={
        "dbClusterIdentifier": Prop(required=True, replaces=True, api="DBClusterIdentifier"),
        "dbClusterSnapshotIdentifier": Prop(required=True, replaces=True, api="DBClusterSnapshotIdentifier"),
        "sharedAccounts": Prop("set"),
        **TAGS,
        **REGION,
        "allocatedStorage": Prop("int", output=True),
        "availabilityZones": Prop("list", output=True),
        "dbClusterSnapshotArn": Prop(output=True, read="DBClusterSnapshotArn"),
        "engine": Prop(output=True),
        "engineVersion": Prop(output=True),
        "kmsKeyId": Prop(output=True),
        "licenseModel": Prop(output=True),
        "port": Prop("int", output=True),
        "snapshotType": Prop(output=True),
        "sourceDbClusterSnapshotArn": Prop(output=True, read="SourceDBClusterSnapshotArn"),
        "status": Prop(output=True),
        "storageEncrypted": Prop("bool", output=True),
        "vpcId": Prop(output=True),
    },
)
