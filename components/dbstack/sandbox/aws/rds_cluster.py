"""RDS DB clusters: new ones, from a snapshot, and to a point in time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import SandboxError, code_of
from dbstack.sandbox.aws.model import Context, Handler, Props, ResourceType, request, tag_list, tag_map
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.aws.rds_groups import delete_unless_gone, described, update_rds_tags
from dbstack.sandbox.aws.rds_s3_import import s3_members
from dbstack.sandbox.aws.reading import observed, operation_members, shown_version
from dbstack.sandbox.moto_ext import rds_cluster_rules
from dbstack.sandbox.moto_ext.rds_rules import Refusal
from dbstack.sandbox.wire import mapping
from dbstack.spec import cluster_rules
from dbstack.spec.cluster_engines import CLUSTER_ENGINES

NOT_FOUND = "DBClusterNotFound"
# Fields of `restoreToPointInTime` -> request members.
RESTORE = {
    "restoreToTime": "RestoreToTime",
    "restoreType": "RestoreType",
    "sourceClusterIdentifier": "SourceDBClusterIdentifier",
    "sourceClusterResourceId": "SourceDbClusterResourceId",
    "useLatestRestorableTime": "UseLatestRestorableTime",
}
_SCALING = {
    "minCapacity": "MinCapacity",
    "maxCapacity": "MaxCapacity",
    "secondsUntilAutoPause": "SecondsUntilAutoPause",
}
_SECRET_FIELDS = {"kmsKeyId": "KmsKeyId", "secretArn": "SecretArn", "secretStatus": "SecretStatus"}
_OFF: dict[str, object] = {"bool": False, "int": 0, "set": []}
_NOT_SENT = ("tags", "tagsAll", "region")


class Cluster(Handler):
    """A restore takes fewer members than a creation; the rest follows in a ModifyDBCluster, as the provider does."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("rds")
        if not props.get("clusterIdentifier"):
            name = unique_name(props.get("clusterIdentifierPrefix") or "tf-").lower()
            props = {**props, "clusterIdentifier": name}
        members = self._members(kind, props)
        operation, special = self._origin(props)
        takes = operation_members(client, operation)
        sent = {name: value for name, value in members.items() if name in takes} | special
        if tags := props.get("tagsAll"):
            sent["Tags"] = tag_list(tags)
        method = {
            "CreateDBCluster": client.create_db_cluster,
            "RestoreDBClusterFromSnapshot": client.restore_db_cluster_from_snapshot,
            "RestoreDBClusterToPointInTime": client.restore_db_cluster_to_point_in_time,
            "RestoreDBClusterFromS3": client.restore_db_cluster_from_s3,
        }[operation]
        made = method(**sent)["DBCluster"]
        identifier = made["DBClusterIdentifier"]
        ctx.made(identifier)
        later = operation_members(client, "ModifyDBCluster") - set(sent)
        rest = {name: value for name, value in members.items() if name in later and made.get(name) != value}
        version = str(rest.get("EngineVersion", ""))
        if version and (made["EngineVersion"] == version or made["EngineVersion"].startswith(f"{version}.")):
            del rest["EngineVersion"]
        if rest and operation != "CreateDBCluster":
            client.modify_db_cluster(DBClusterIdentifier=identifier, ApplyImmediately=True, **rest)
        return identifier

    def _origin(self, props: Props) -> tuple[str, dict[str, Any]]:
        if snapshot := props.get("snapshotIdentifier"):
            return "RestoreDBClusterFromSnapshot", {"SnapshotIdentifier": snapshot}
        if point := mapping(props.get("restoreToPointInTime")):
            special = {api: point[name] for name, api in RESTORE.items() if point.get(name) is not None}
            if isinstance(special.get("RestoreToTime"), str):
                special["RestoreToTime"] = datetime.fromisoformat(special["RestoreToTime"])
            return "RestoreDBClusterToPointInTime", special
        if (backup := s3_members(props)) is not None:
            return "RestoreDBClusterFromS3", backup
        return "CreateDBCluster", {}

    def _members(
        self, kind: ResourceType, props: Props, names: Sequence[str] | None = None
    ) -> dict[str, Any]:
        served = [name for name, prop in kind.inputs.items() if not prop.overlay and not prop.refused]
        wanted = [name for name in [*served, "masterPassword"] if name not in _NOT_SENT]
        members = request(kind, props, [name for name in wanted if names is None or name in names])
        if props.get("masterPasswordWo") and names is None:
            members["MasterUserPassword"] = props["masterPasswordWo"]
        if scaling := mapping(members.get("ServerlessV2ScalingConfiguration")):
            members["ServerlessV2ScalingConfiguration"] = {
                api: scaling[name] for name, api in _SCALING.items() if scaling.get(name) is not None
            }
        # Empty means "not given": AWS would take it for a value.
        return {name: value for name, value in members.items() if value not in ("", [])}

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        client = ctx.client("rds")
        name = resource_id.rsplit(":", 1)[-1]
        item = described(client.describe_db_clusters, "DBClusters", NOT_FOUND, DBClusterIdentifier=name)
        if item is None:
            return None
        state = observed(kind, item)
        secret = mapping(item.get("MasterUserSecret"))
        aurora = item["Engine"] in CLUSTER_ENGINES and CLUSTER_ENGINES[item["Engine"]].aurora
        scaling = mapping(item.get("ServerlessV2ScalingConfiguration"))
        state |= {
            "_id": item["DBClusterIdentifier"],
            "engineVersion": shown_version(item, prior.get("engineVersion")),
            # AWS does not return the storage type `aurora`.
            "storageType": item.get("StorageType")
            or ("aurora" if prior.get("storageType") == "aurora" else ""),
            "allocatedStorage": item.get("AllocatedStorage"),
            "publiclyAccessible": None if aurora else item.get("PubliclyAccessible"),
            "clusterMembers": sorted(one["DBInstanceIdentifier"] for one in item.get("DBClusterMembers", [])),
            "enableLocalWriteForwarding": item.get("LocalWriteForwardingStatus") == "enabled",
            "serverlessv2ScalingConfiguration": {
                name: scaling[api] for name, api in _SCALING.items() if scaling.get(api) is not None
            }
            if scaling
            else None,
            "manageMasterUserPassword": True if secret else None,
            "masterUserSecretKmsKeyId": (secret or {}).get("KmsKeyId"),
            "masterUserSecrets": [
                {name: secret.get(api) for name, api in _SECRET_FIELDS.items() if secret.get(api) is not None}
            ]
            if secret
            else [],
            "tagsAll": tag_map(item.get("TagList")),
        }
        return state

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
        if "globalClusterIdentifier" in changed:
            self._leave(client, old, new.get("globalClusterIdentifier"))
        members = self._changes(kind, old, new, changed)
        takes = operation_members(client, "ModifyDBCluster")
        members = {name: value for name, value in members.items() if name in takes}
        if members:
            client.modify_db_cluster(
                DBClusterIdentifier=resource_id,
                ApplyImmediately=bool(new.get("applyImmediately")),
                AllowMajorVersionUpgrade=bool(new.get("allowMajorVersionUpgrade")),
                **members,
            )
        update_rds_tags(client, old["arn"], old, new)

    def _leave(self, client: Any, old: Props, wanted: object) -> None:
        """A cluster can leave its global cluster; it can't join one later."""
        if wanted:
            raise SandboxError("existing RDS Clusters cannot be added to an existing RDS Global Cluster")
        try:
            client.remove_from_global_cluster(
                GlobalClusterIdentifier=old["globalClusterIdentifier"], DbClusterIdentifier=old["arn"]
            )
        except ClientError as error:
            if not code_of(error).startswith(("GlobalClusterNotFound", NOT_FOUND)):
                raise

    def _changes(self, kind: ResourceType, old: Props, new: Props, changed: Sequence[str]) -> dict[str, Any]:
        members = self._members(kind, new, changed)
        for name in changed:
            if new.get(name) in (None, []) and (off := _OFF.get(kind.props[name].kind)) is not None:
                members[kind.api(name)] = off
        if "enabledCloudwatchLogsExports" in changed:
            before, after = (set(props.get("enabledCloudwatchLogsExports") or []) for props in (old, new))
            members.pop("EnableCloudwatchLogsExports", None)
            exports = {"EnableLogTypes": sorted(after - before), "DisableLogTypes": sorted(before - after)}
            members["CloudwatchLogsExportConfiguration"] = {
                key: value for key, value in exports.items() if value
            }
        if "masterPasswordWoVersion" in changed and new.get("masterPasswordWo"):
            members["MasterUserPassword"] = new["masterPasswordWo"]
        if {"allocatedStorage", "iops"} & set(changed):
            # RDS wants the figures of the volumes together.
            members |= self._members(kind, new, ("allocatedStorage", "iops"))
        if "engineVersion" in changed and new.get("dbInstanceParameterGroupName"):
            members["DBInstanceParameterGroupName"] = new["dbInstanceParameterGroupName"]
        return members

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        skip = bool(state.get("skipFinalSnapshot"))
        members: dict[str, Any] = {"SkipFinalSnapshot": skip}
        if not skip:
            if not state.get("finalSnapshotIdentifier"):
                raise SandboxError(
                    f"{kind.noun} ({resource_id}): finalSnapshotIdentifier is required when skipFinalSnapshot is false;"
                    " set one of them, run up, then delete"
                )
            members["FinalDBSnapshotIdentifier"] = state["finalSnapshotIdentifier"]
        if state.get("deleteAutomatedBackups") is not None:
            members["DeleteAutomatedBackups"] = state["deleteAutomatedBackups"]
        if state.get("globalClusterIdentifier"):
            # AWS deletes no member; the provider takes it out first.
            self._leave(ctx.client("rds"), state, None)
        delete_unless_gone(
            ctx.client("rds").delete_db_cluster, NOT_FOUND, DBClusterIdentifier=resource_id, **members
        )

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults: list[tuple[str, str]] = []
        identifier, engine = props.get("clusterIdentifier"), str(props.get("engine") or "")
        if identifier and engine in CLUSTER_ENGINES:
            # AWS's provider takes lower case only, where RDS itself would convert.
            if fault := cluster_rules.cluster_identifier_fault(engine, identifier):
                faults.append(("clusterIdentifier", fault))
        elif engine and engine not in CLUSTER_ENGINES:
            faults.append(
                ("engine", f"{engine!r} is not served by the sandbox: choose {', '.join(CLUSTER_ENGINES)}")
            )
        members = {kind.api(name): name for name in kind.inputs if name != "clusterIdentifier"}
        found = self._refusals(kind, props, unknown)
        # A property that isn't known yet isn't missing.
        named = [(members[item.member], item.message) for item in found if item.member in members]
        return faults + [(name, message) for name, message in named if name not in unknown]

    def _refusals(self, kind: ResourceType, props: Props, unknown: frozenset[str]) -> list[Refusal]:
        members = self._members(kind, props)
        if {"snapshotIdentifier", "restoreToPointInTime", "engine"} & unknown:
            return []
        if self._origin(props)[0] == "CreateDBCluster":
            return rds_cluster_rules.creation(members, complete=not unknown)
        engine = str(props.get("engine", ""))
        return [*rds_cluster_rules.single(members, engine), *rds_cluster_rules.together(members)]

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("clusterIdentifier")
        if not name:
            return None
        try:
            found = ctx.client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
        except ClientError as error:
            if code_of(error).startswith(NOT_FOUND):
                return None
            raise
        return found[0]["DBClusterIdentifier"] if found else None
