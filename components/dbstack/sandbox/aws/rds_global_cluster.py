"""Global clusters of Aurora."""

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
    request,
    rule_faults,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.rds_cluster_table import same_lower, same_version
from dbstack.sandbox.aws.rds_groups import delete_unless_gone, described, update_rds_tags
from dbstack.sandbox.aws.reading import observed, shown_version
from dbstack.spec import names

_GONE = "GlobalClusterNotFound"
_NOT_SENT = ("tags", "tagsAll", "region", "forceDestroy")
_MEMBER = {"dbClusterArn": "DBClusterArn", "isWriter": "IsWriter"}


class GlobalCluster(Handler):
    """What holds the clusters of several regions together; it is found from every region."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        own = [name for name in kind.inputs if name not in _NOT_SENT]
        members = request(kind, props, own)
        if members.get("SourceDBClusterIdentifier"):
            # As the provider does: all that is about the engine is the source's.
            for name in ("Engine", "EngineVersion", "DatabaseName", "StorageEncrypted"):
                members.pop(name, None)
        made = ctx.client("rds").create_global_cluster(**members, Tags=tag_list(props.get("tagsAll")))
        name = made["GlobalCluster"]["GlobalClusterIdentifier"]
        ctx.made(name)
        return name

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        item = self._described(ctx, resource_id)
        if item is None:
            return None
        return observed(kind, item) | {
            "engineVersion": shown_version(item, prior.get("engineVersion")),
            "globalClusterMembers": [
                {name: one.get(api) for name, api in _MEMBER.items()} for one in item["GlobalClusterMembers"]
            ],
            "tagsAll": tag_map(item.get("TagList")),
        }

    def _described(self, ctx: Context, name: str) -> dict[str, Any] | None:
        call = ctx.client("rds").describe_global_clusters
        return described(call, "GlobalClusters", _GONE, GlobalClusterIdentifier=name)

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
        members = request(
            kind, new, [name for name in ("engineVersion", "deletionProtection") if name in changed]
        )
        if "deletionProtection" in changed:
            members["DeletionProtection"] = bool(new.get("deletionProtection"))
        if "EngineVersion" in members:
            # The provider consents to whatever the program asks for.
            members["AllowMajorVersionUpgrade"] = True
        if members:
            client.modify_global_cluster(GlobalClusterIdentifier=resource_id, **members)
        update_rds_tags(client, old["arn"], old, new)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        client = ctx.client("rds")
        if state.get("forceDestroy") and (item := self._described(ctx, resource_id)):
            # The primary goes last.
            for one in sorted(item["GlobalClusterMembers"], key=lambda member: bool(member["IsWriter"])):
                client.remove_from_global_cluster(
                    GlobalClusterIdentifier=resource_id, DbClusterIdentifier=one["DBClusterArn"]
                )
        delete_unless_gone(client.delete_global_cluster, _GONE, GlobalClusterIdentifier=resource_id)

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        return rule_faults(props, {"globalClusterIdentifier": names.identifier_fault})

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        found = self._described(ctx, props["globalClusterIdentifier"])
        return found["GlobalClusterIdentifier"] if found else None


GLOBAL_CLUSTER = ResourceType(
    token="aws:rds/globalCluster:GlobalCluster",
    service="rds",
    noun="RDS Global Cluster",
    handler=GlobalCluster(),
    props={
        "globalClusterIdentifier": Prop(required=True, replaces=True, same=same_lower),
        "engine": Prop(computed=True, replaces=True, conflicts=("sourceDbClusterIdentifier",)),
        "engineVersion": Prop(computed=True, same=same_version),
        "engineLifecycleSupport": Prop(computed=True),
        "databaseName": Prop(computed=True, replaces=True),
        "storageEncrypted": Prop("bool", computed=True, replaces=True),
        "deletionProtection": Prop("bool"),
        "forceDestroy": Prop(
            "bool", default=False, overlay="decides how it is deleted; AWS keeps no such value"
        ),
        "sourceDbClusterIdentifier": Prop(
            computed=True,
            replaces=True,
            api="SourceDBClusterIdentifier",
            overlay="AWS does not say which cluster it was made of",
        ),
        **TAGS,
        **REGION,
        "arn": Prop(output=True, read="GlobalClusterArn"),
        "endpoint": Prop(output=True),
        "engineVersionActual": Prop(output=True, read="EngineVersion"),
        "globalClusterMembers": Prop("objects", output=True),
        "globalClusterResourceId": Prop(output=True),
    },
    derived={"engineVersion": ("engineVersionActual",)},
)
