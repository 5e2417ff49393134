"""Instances of Aurora clusters."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import code_of
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
from dbstack.sandbox.aws.rds_cluster_table import NOT_KEPT, same_lower, same_version
from dbstack.sandbox.aws.rds_groups import described, update_rds_tags
from dbstack.sandbox.aws.reading import observed, operation_members
from dbstack.sandbox.moto_ext import rds_cluster_rules
from dbstack.spec import names

_NOT_FOUND = "DBInstanceNotFound"
_NOT_SENT = ("tags", "tagsAll", "region")
_OFF: dict[str, object] = {"bool": False, "int": 0}


class ClusterInstance(Handler):
    """One writer or reader; what its cluster decides (version, storage, backups) is none of its business."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("rds")
        if not props.get("identifier"):
            props = {**props, "identifier": unique_name(props.get("identifierPrefix") or "tf-").lower()}
        members = self._members(kind, props)
        if tags := props.get("tagsAll"):
            members["Tags"] = tag_list(tags)
        made = client.create_db_instance(**members)["DBInstance"]
        ctx.made(made["DBInstanceIdentifier"])
        return made["DBInstanceIdentifier"]

    def _members(
        self, kind: ResourceType, props: Props, wanted: Sequence[str] | None = None
    ) -> dict[str, Any]:
        served = [name for name, prop in kind.inputs.items() if not prop.overlay and not prop.refused]
        chosen = [name for name in served if name not in _NOT_SENT and (wanted is None or name in wanted)]
        return {name: value for name, value in request(kind, props, chosen).items() if value != ""}

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        name = resource_id.rsplit(":", 1)[-1]
        item = described(client.describe_db_instances, "DBInstances", _NOT_FOUND, DBInstanceIdentifier=name)
        if item is None or not item.get("DBClusterIdentifier"):
            return None
        owner = item["DBClusterIdentifier"]
        cluster = client.describe_db_clusters(DBClusterIdentifier=owner)["DBClusters"][0]
        writers = [
            one["DBInstanceIdentifier"] for one in cluster["DBClusterMembers"] if one["IsClusterWriter"]
        ]
        actual, given = item["EngineVersion"], str(prior.get("engineVersion") or "")
        return observed(kind, item) | {
            "_id": item["DBInstanceIdentifier"],
            "engineVersion": given if given and actual.startswith(f"{given}.") else actual,
            "preferredBackupWindow": item.get("PreferredBackupWindow"),
            "networkType": cluster.get("NetworkType"),
            "writer": item["DBInstanceIdentifier"] in writers,
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
        members = self._members(kind, new, changed)
        for name in changed:
            if new.get(name) is None and (off := _OFF.get(kind.props[name].kind)) is not None:
                members[kind.api(name)] = off
        takes = operation_members(client, "ModifyDBInstance")
        members = {
            name: value for name, value in members.items() if name in takes and name != "EngineVersion"
        }
        if members:
            client.modify_db_instance(
                DBInstanceIdentifier=resource_id,
                ApplyImmediately=bool(new.get("applyImmediately")),
                **members,
            )
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        try:
            ctx.client("rds").delete_db_instance(DBInstanceIdentifier=resource_id, SkipFinalSnapshot=True)
        except ClientError as error:
            if not code_of(error).startswith(_NOT_FOUND):
                raise

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"identifier": names.identifier_fault})
        members = {kind.api(name): name for name in kind.inputs if name != "identifier"}
        found = rds_cluster_rules.member(self._members(kind, props), {"Engine": props.get("engine")})
        # Whether the cluster has a Serverless capacity only AWS knows.
        found = [item for item in found if "parent DB cluster" not in item.message]
        # A property that isn't known yet isn't missing.
        named = [(members[item.member], item.message) for item in found if item.member in members]
        return faults + [(name, message) for name, message in named if name not in unknown]

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("identifier")
        found = self.read(ctx, kind, name, props) if name else None
        return found["_id"] if found else None


CLUSTER_INSTANCE = ResourceType(
    token="aws:rds/clusterInstance:ClusterInstance",
    service="rds",
    noun="RDS Cluster Instance",
    handler=ClusterInstance(),
    naming=Naming("identifier", max_length=63, lower=True, blocked_by=("identifierPrefix",)),
    props={
        "identifier": Prop(
            computed=True,
            replaces=True,
            api="DBInstanceIdentifier",
            same=same_lower,
            conflicts=("identifierPrefix",),
        ),
        "identifierPrefix": Prop(
            computed=True, replaces=True, overlay="only the identifier made from it reaches AWS"
        ),
        "clusterIdentifier": Prop(required=True, replaces=True, api="DBClusterIdentifier", same=same_lower),
        "engine": Prop(required=True, replaces=True),
        "engineVersion": Prop(
            computed=True,
            same=same_version,
            overlay="the version is the cluster's; AWS takes none for an instance",
        ),
        "instanceClass": Prop(required=True, api="DBInstanceClass"),
        "promotionTier": Prop("int", default=0),
        "availabilityZone": Prop(computed=True, replaces=True),
        "dbSubnetGroupName": Prop(
            computed=True, replaces=True, api="DBSubnetGroupName", read="DBSubnetGroup.DBSubnetGroupName"
        ),
        "dbParameterGroupName": Prop(
            computed=True, api="DBParameterGroupName", read="DBParameterGroups.0.DBParameterGroupName"
        ),
        "publiclyAccessible": Prop("bool", computed=True),
        "autoMinorVersionUpgrade": Prop("bool", default=True),
        "applyImmediately": Prop("bool", computed=True, overlay=NOT_KEPT),
        "forceDestroy": Prop("bool", default=False, overlay=NOT_KEPT),
        "caCertIdentifier": Prop(computed=True, api="CACertificateIdentifier"),
        "copyTagsToSnapshot": Prop("bool", default=False),
        "customIamInstanceProfile": Prop(replaces=True),
        "monitoringInterval": Prop("int", default=0),
        "monitoringRoleArn": Prop(computed=True),
        "performanceInsightsEnabled": Prop(
            "bool", computed=True, api="EnablePerformanceInsights", read="PerformanceInsightsEnabled"
        ),
        "performanceInsightsKmsKeyId": Prop(computed=True, api="PerformanceInsightsKMSKeyId"),
        "performanceInsightsRetentionPeriod": Prop("int", computed=True),
        "preferredBackupWindow": Prop(
            computed=True, refused="the backup window of an Aurora instance is its cluster's"
        ),
        "preferredMaintenanceWindow": Prop(computed=True, same=same_lower),
        "warningEventCategories": Prop("set", refused="the sandbox has no RDS events to warn of"),
        **TAGS,
        **REGION,
        "arn": Prop(output=True, read="DBInstanceArn"),
        "dbiResourceId": Prop(output=True),
        "endpoint": Prop(output=True, read="Endpoint.Address"),
        "engineVersionActual": Prop(output=True, read="EngineVersion"),
        "kmsKeyId": Prop(output=True),
        "networkType": Prop(output=True),
        "port": Prop("int", output=True, read="Endpoint.Port"),
        "storageEncrypted": Prop("bool", output=True),
        "writer": Prop("bool", output=True),
    },
    derived={"engineVersion": ("engineVersionActual",)},
)
