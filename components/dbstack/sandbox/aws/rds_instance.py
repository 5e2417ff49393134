"""RDS DB instances: new ones, from a snapshot, from a point in time, and read replicas."""

import re
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import SandboxError, code_of
from dbstack.sandbox.aws.model import (
    Context,
    Handler,
    Props,
    ResourceType,
    request,
    rule_faults,
    tag_list,
    tag_map,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.aws.rds_groups import update_rds_tags
from dbstack.sandbox.aws.rds_s3_import import s3_members
from dbstack.sandbox.aws.reading import observed, operation_members, shown_version
from dbstack.sandbox.moto_ext import rds_rules
from dbstack.sandbox.wire import mapping
from dbstack.spec import names
from dbstack.spec.engines import ENGINES

_RESOURCE_ID = re.compile(r"^db-[A-Z0-9]{2,255}$")

# Members that the request of a point-in-time restore calls otherwise than the property.
RESTORE = {
    "restoreTime": "RestoreTime",
    "useLatestRestorableTime": "UseLatestRestorableTime",
    "sourceDbInstanceIdentifier": "SourceDBInstanceIdentifier",
    "sourceDbiResourceId": "SourceDbiResourceId",
    "sourceDbInstanceAutomatedBackupsArn": "SourceDBInstanceAutomatedBackupsArn",
}


class Instance(Handler):
    """Each way of making one takes some members; the rest follows in a ModifyDBInstance, as the provider does."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        client = ctx.client("rds")
        if not props.get("identifier"):
            props = {
                **props,
                "identifier": unique_name(props.get("identifierPrefix") or "terraform-").lower(),
            }
        members = self._members(kind, props)
        operation, special = self._origin(props)
        takes = operation_members(client, operation)
        sent = {name: value for name, value in members.items() if name in takes} | special
        if operation == "CreateDBInstanceReadReplica" and not _across(ctx, str(props["replicateSourceDb"])):
            # RDS gives the replica its source's group, and takes another one only in another region.
            sent.pop("DBParameterGroupName", None)
        if tags := props.get("tagsAll"):
            sent["Tags"] = tag_list(tags)
        method = {
            "CreateDBInstance": client.create_db_instance,
            "CreateDBInstanceReadReplica": client.create_db_instance_read_replica,
            "RestoreDBInstanceFromDBSnapshot": client.restore_db_instance_from_db_snapshot,
            "RestoreDBInstanceToPointInTime": client.restore_db_instance_to_point_in_time,
            "RestoreDBInstanceFromS3": client.restore_db_instance_from_s3,
        }[operation]
        made = method(**sent)["DBInstance"]
        ctx.made(made["DbiResourceId"])
        later = set(operation_members(client, "ModifyDBInstance")) - set(sent)
        rest = {name: value for name, value in members.items() if name in later}
        rest = {name: value for name, value in rest.items() if not self._has(made, name, value)}
        if rest and operation != "CreateDBInstance":
            client.modify_db_instance(DBInstanceIdentifier=props["identifier"], ApplyImmediately=True, **rest)
        return made["DbiResourceId"]

    def _has(self, made: dict[str, Any], member: str, value: object) -> bool:
        # What the copy or restore has already needs no second request.
        if member == "DBParameterGroupName":
            return [group["DBParameterGroupName"] for group in made.get("DBParameterGroups", [])] == [value]
        if member == "EngineVersion":
            return str(made.get(member, "")).startswith(str(value))
        return member in made and made[member] == value

    def _origin(self, props: Props) -> tuple[str, dict[str, Any]]:
        if source := props.get("replicateSourceDb"):
            return "CreateDBInstanceReadReplica", {"SourceDBInstanceIdentifier": source}
        if snapshot := props.get("snapshotIdentifier"):
            return "RestoreDBInstanceFromDBSnapshot", {"DBSnapshotIdentifier": snapshot}
        if point := props.get("restoreToPointInTime"):
            special = {api: point[name] for name, api in RESTORE.items() if point.get(name) is not None}
            return "RestoreDBInstanceToPointInTime", special | {
                "TargetDBInstanceIdentifier": props["identifier"]
            }
        if (backup := s3_members(props)) is not None:
            return "RestoreDBInstanceFromS3", backup
        return "CreateDBInstance", {}

    def _members(self, kind: ResourceType, props: Props) -> dict[str, Any]:
        names = [name for name, prop in kind.inputs.items() if not prop.overlay and not prop.refused]
        names = [name for name in names if name not in ("tags", "tagsAll", "region", "replicateSourceDb")]
        members = request(kind, props, [*names, "password"])
        if props.get("passwordWo"):
            members["MasterUserPassword"] = props["passwordWo"]
        # Empty means "not given": AWS would take it for a value.
        return {name: value for name, value in members.items() if value not in ("", [])}

    def describe(self, ctx: Context, resource_id: str) -> dict[str, Any] | None:
        """The described instance, by its resource id (`db-…`) or its identifier (as in an import)."""
        client = ctx.client("rds")
        try:
            if _RESOURCE_ID.match(resource_id):
                found = client.describe_db_instances(
                    Filters=[{"Name": "dbi-resource-id", "Values": [resource_id]}]
                )
            else:
                found = client.describe_db_instances(DBInstanceIdentifier=resource_id)
        except ClientError as error:
            if code_of(error).startswith("DBInstanceNotFound"):
                return None
            raise
        return found["DBInstances"][0] if found["DBInstances"] else None

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        described = self.describe(ctx, resource_id)
        if described is None:
            return None
        state = observed(kind, described)
        endpoint = mapping(described.get("Endpoint")) or {}
        secret = mapping(described.get("MasterUserSecret"))
        state |= {
            "_id": described["DbiResourceId"],
            "endpoint": f"{endpoint['Address']}:{endpoint['Port']}" if endpoint.get("Address") else None,
            "engineVersion": shown_version(described, prior.get("engineVersion")),
            "manageMasterUserPassword": True if secret else None,
            "masterUserSecretKmsKeyId": (secret or {}).get("KmsKeyId"),
            "masterUserSecrets": [
                {name: secret.get(api) for name, api in _SECRET_FIELDS.items() if secret.get(api) is not None}
            ]
            if secret
            else [],
            "replicas": described.get("ReadReplicaDBInstanceIdentifiers") or [],
            "tagsAll": tag_map(described.get("TagList")),
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
        identifier = old["identifier"]
        if _blue_green(new) and old.get("replicas"):
            raise SandboxError(
                f"{kind.noun} ({identifier}): blueGreenUpdate can't be used for an instance with read replicas"
            )
        if "replicateSourceDb" in changed:
            if new.get("replicateSourceDb"):
                raise SandboxError(
                    f"{kind.noun} ({identifier}): replicateSourceDb cannot be added to or changed on an existing"
                    " instance: RDS can only promote a replica (by removing it); make a new replica instead"
                )
            retention = request(kind, new, ["backupRetentionPeriod", "backupWindow"])
            client.promote_read_replica(DBInstanceIdentifier=identifier, **retention)
        members = self._changes(kind, old, new, changed)
        takes = operation_members(client, "ModifyDBInstance")
        options = {
            "ApplyImmediately": bool(new.get("applyImmediately")),
            "AllowMajorVersionUpgrade": bool(new.get("allowMajorVersionUpgrade")),
        }
        members = {name: value for name, value in members.items() if name in takes and name not in options}
        if members:
            client.modify_db_instance(DBInstanceIdentifier=identifier, **members, **options)
        # A new identifier is a new ARN.
        described = self.describe(ctx, resource_id) if "identifier" in changed else None
        update_rds_tags(client, (described or {}).get("DBInstanceArn") or old["arn"], old, new)

    def _changes(self, kind: ResourceType, old: Props, new: Props, changed: Sequence[str]) -> dict[str, Any]:
        members = request(kind, new, changed)
        for name in changed:
            # An emptied property is sent as the value that switches the feature off.
            if new.get(name) is None and (off := _OFF.get(kind.props[name].kind)) is not None:
                members[kind.api(name)] = off
        if "identifier" in changed:
            members["NewDBInstanceIdentifier"] = new["identifier"]
        members.pop("DBInstanceIdentifier", None)
        if "port" in changed:
            members["DBPortNumber"] = members.pop("Port")
        if "maxAllocatedStorage" in changed and not new.get("maxAllocatedStorage"):
            # Autoscaling is switched off by a ceiling that is the size itself.
            members["MaxAllocatedStorage"] = new.get("allocatedStorage") or old["allocatedStorage"]
        if set(_DOMAIN) & set(changed):
            # The whole membership goes with each change of it, or an instance leaves it.
            asked = request(kind, new, [name for name in _DOMAIN if name in old or new.get(name)])
            given = any(new.get(name) for name in ("domain", "domainDnsIps"))
            members |= asked if given else {"DisableDomain": True}
        if "enabledCloudwatchLogsExports" in changed:
            before, after = (set(props.get("enabledCloudwatchLogsExports") or []) for props in (old, new))
            members.pop("EnableCloudwatchLogsExports", None)
            exports = {"EnableLogTypes": sorted(after - before), "DisableLogTypes": sorted(before - after)}
            members["CloudwatchLogsExportConfiguration"] = {
                key: value for key, value in exports.items() if value
            }
        if "passwordWoVersion" in changed and new.get("passwordWo"):
            members["MasterUserPassword"] = new["passwordWo"]
        if "storageType" in changed or "allocatedStorage" in changed:
            # RDS wants the volume's figures together: those that the program gives, never a baseline read back.
            members |= request(kind, new, ["allocatedStorage", "storageType", "iops", "storageThroughput"])
        return members

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        described = self.describe(ctx, resource_id)
        if described is None:
            return
        skip = bool(state.get("skipFinalSnapshot"))
        members: dict[str, Any] = {"SkipFinalSnapshot": skip}
        if not skip:
            if not state.get("finalSnapshotIdentifier"):
                raise SandboxError(
                    f"{kind.noun} ({described['DBInstanceIdentifier']}): finalSnapshotIdentifier is required when"
                    " skipFinalSnapshot is false; set one of them, run up, then delete"
                )
            members["FinalDBSnapshotIdentifier"] = state["finalSnapshotIdentifier"]
        if state.get("deleteAutomatedBackups") is not None:
            members["DeleteAutomatedBackups"] = state["deleteAutomatedBackups"]
        identifier = described["DBInstanceIdentifier"]
        try:
            ctx.client("rds").delete_db_instance(DBInstanceIdentifier=identifier, **members)
        except ClientError as error:
            if not code_of(error).startswith("DBInstanceNotFound"):
                raise

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        # AWS's provider takes lower case only, where RDS itself would convert.
        faults = rule_faults(props, {"identifier": names.identifier_fault})
        source = props.get("replicateSourceDb")
        if _blue_green(props):
            engine = str(props.get("engine", ""))
            if engine in ENGINES and not ENGINES[engine].blue_green:
                faults.append(("blueGreenUpdate", f"is not supported for the engine {engine}"))
            if props.get("backupRetentionPeriod") == 0:
                faults.append(("blueGreenUpdate", "needs automated backups: set backupRetentionPeriod"))
            if source:
                faults.append(("blueGreenUpdate", "is not supported for a read replica"))
            if props.get("manageMasterUserPassword"):
                message = "is not supported while RDS manages the master password"
                faults.append(("blueGreenUpdate", message))
        if source:
            given = [name for name in ("username", "dbName") if props.get(name)]
            faults += [(name, "a read replica takes it from its source: leave it out") for name in given]
            if props.get("dbSubnetGroupName") and not source.startswith("arn:"):
                faults.append(("replicateSourceDb", "must be an ARN where dbSubnetGroupName is given"))
        members = {kind.api(name): name for name in kind.inputs if name != "identifier"}
        refusals = self._refusals(kind, props, unknown)
        # A property that isn't known yet isn't missing.
        named = [(members[item.member], item.message) for item in refusals if item.member in members]
        return faults + [(name, message) for name, message in named if name not in unknown]

    def _refusals(self, kind: ResourceType, props: Props, unknown: frozenset[str]) -> list[rds_rules.Refusal]:
        """What RDS would refuse at the creation; with something unknown, what it surely would."""
        members = self._members(kind, props)
        copied = {"replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime", "engine"}
        if copied & unknown:
            return []
        if self._origin(props)[0] in ("CreateDBInstance", "RestoreDBInstanceFromS3"):
            return rds_rules.creation(members, complete=not unknown)
        return [*rds_rules.single(members, ""), *rds_rules.together(members)]

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        if not props.get("identifier"):
            return None
        described = self.describe(ctx, props["identifier"])
        return described["DbiResourceId"] if described else None


def _blue_green(props: Props) -> bool:
    return bool((mapping(props.get("blueGreenUpdate")) or {}).get("enabled"))


def _across(ctx: Context, source: str) -> bool:
    """Whether a source stands in another region: only then it is told by its ARN with another region."""
    return source.startswith("arn:") and source.split(":")[3] != ctx.region


_DOMAIN = (
    "domain",
    "domainIamRoleName",
    "domainFqdn",
    "domainOu",
    "domainAuthSecretArn",
    "domainDnsIps",
)
_OFF: dict[str, object] = {"bool": False, "int": 0, "set": []}
_SECRET_FIELDS = {"kmsKeyId": "KmsKeyId", "secretArn": "SecretArn", "secretStatus": "SecretStatus"}
