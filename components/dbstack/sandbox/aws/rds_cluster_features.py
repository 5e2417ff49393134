"""Activity streams and shard groups of Aurora clusters."""

from collections.abc import Sequence

from dbstack.sandbox.aws.model import (
    REGION,
    TAGS,
    Context,
    Handler,
    Prop,
    Props,
    ResourceType,
    request,
    rule_faults,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.rds_groups import delete_unless_gone, described, update_rds_tags
from dbstack.sandbox.aws.reading import observed
from dbstack.spec import names
from dbstack.spec.cluster_features import redundancy_fault, shards_fault

_SHARDS_GONE = "DBShardGroupNotFound"
_CLUSTER_GONE = "DBClusterNotFound"


class ActivityStream(Handler):
    """The activity stream of a cluster, which is its id by the ARN."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        arn = props["resourceArn"]
        ctx.client("rds").start_activity_stream(
            ResourceArn=arn,
            Mode=props["mode"],
            KmsKeyId=props["kmsKeyId"],
            ApplyImmediately=True,
            EngineNativeAuditFieldsIncluded=bool(props.get("engineNativeAuditFieldsIncluded")),
        )
        ctx.made(arn)
        return arn

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        call = ctx.client("rds").describe_db_clusters
        item = described(call, "DBClusters", _CLUSTER_GONE, DBClusterIdentifier=resource_id)
        if item is None or item.get("ActivityStreamStatus") != "started":
            return None
        return observed(kind, item)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        call = ctx.client("rds").stop_activity_stream
        delete_unless_gone(call, _CLUSTER_GONE, ResourceArn=resource_id, ApplyImmediately=True)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        wrong = props.get("mode") not in (None, "sync", "async")
        return [("mode", f"{props['mode']!r} is no mode: choose sync or async")] if wrong else []

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        arn = props.get("resourceArn")
        return arn if arn and self.read(ctx, kind, arn, props) else None


class ShardGroup(Handler):
    """The routers and shards of a Limitless Database."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        own = [name for name in kind.inputs if name not in ("tags", "tagsAll", "region", "timeouts")]
        made = ctx.client("rds").create_db_shard_group(
            **request(kind, props, own), Tags=tag_list(props.get("tagsAll"))
        )
        ctx.made(made["DBShardGroupIdentifier"])
        return made["DBShardGroupIdentifier"]

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        call = ctx.client("rds").describe_db_shard_groups
        item = described(call, "DBShardGroups", _SHARDS_GONE, DBShardGroupIdentifier=resource_id)
        if item is None:
            return None
        return observed(kind, item) | {"tagsAll": tag_map(item.get("TagList"))}

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
        own = [name for name in ("maxAcu", "minAcu", "computeRedundancy") if name in changed]
        if own:
            client.modify_db_shard_group(DBShardGroupIdentifier=resource_id, **request(kind, new, own))
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        call = ctx.client("rds").delete_db_shard_group
        delete_unless_gone(call, _SHARDS_GONE, DBShardGroupIdentifier=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"dbShardGroupIdentifier": names.identifier_fault})
        rules = {"maxAcu": shards_fault, "minAcu": shards_fault, "computeRedundancy": redundancy_fault}
        found = ((name, rule(props[name])) for name, rule in rules.items() if props.get(name) is not None)
        return faults + [(name, fault) for name, fault in found if fault]

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        found = self.read(ctx, kind, props["dbShardGroupIdentifier"], props)
        return found["dbShardGroupIdentifier"] if found else None


ACTIVITY_STREAM = ResourceType(
    token="aws:rds/clusterActivityStream:ClusterActivityStream",
    service="rds",
    noun="RDS Cluster Activity Stream",
    handler=ActivityStream(),
    props={
        "resourceArn": Prop(required=True, replaces=True, read="DBClusterArn"),
        "kmsKeyId": Prop(required=True, replaces=True, read="ActivityStreamKmsKeyId"),
        "mode": Prop(required=True, replaces=True, read="ActivityStreamMode"),
        "engineNativeAuditFieldsIncluded": Prop(
            "bool", default=False, replaces=True, overlay="AWS does not tell it of a cluster; it is Oracle's"
        ),
        **REGION,
        "kinesisStreamName": Prop(output=True, read="ActivityStreamKinesisStreamName"),
    },
)

SHARD_GROUP = ResourceType(
    token="aws:rds/shardGroup:ShardGroup",
    service="rds",
    noun="RDS DB Shard Group",
    handler=ShardGroup(),
    props={
        "dbClusterIdentifier": Prop(required=True, replaces=True, api="DBClusterIdentifier"),
        "dbShardGroupIdentifier": Prop(required=True, replaces=True, api="DBShardGroupIdentifier"),
        "maxAcu": Prop("number", required=True, api="MaxACU"),
        "minAcu": Prop("number", computed=True, api="MinACU"),
        "computeRedundancy": Prop("int", computed=True),
        "publiclyAccessible": Prop("bool", computed=True, replaces=True),
        "timeouts": Prop(
            "object",
            overlay="says how long the provider waits; AWS keeps no such value",
            fields={name: Prop() for name in ("create", "update", "delete")},
        ),
        **TAGS,
        **REGION,
        "arn": Prop(output=True, read="DBShardGroupArn"),
        "dbShardGroupResourceId": Prop(output=True, read="DBShardGroupResourceId"),
        "endpoint": Prop(output=True),
    },
)
