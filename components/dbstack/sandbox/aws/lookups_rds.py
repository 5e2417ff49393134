"""Functions over RDS and Secrets Manager."""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dbstack.sandbox.aws.backend import RequestContext
from dbstack.sandbox.aws.errors import SandboxError
from dbstack.sandbox.aws.lookups_shared import filters, only
from dbstack.sandbox.aws.model import Props, pascal, tag_map
from dbstack.sandbox.aws.reading import dig
from dbstack.sandbox.aws.secrets import SECRET
from dbstack.sandbox.wire import listed


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _upgrades_to(item: Mapping[str, Any], wanted: Sequence[Any], major: bool) -> bool:
    targets = item["ValidUpgradeTarget"]
    return any(
        target["EngineVersion"] in wanted and (target["IsMajorVersionUpgrade"] or not major)
        for target in targets
    )


def engine_version(ctx: RequestContext, args: Props) -> Props:
    members: dict[str, Any] = {"Engine": args["engine"], "Filters": filters(args)}
    if args.get("version"):
        members["EngineVersion"] = args["version"]
    if args.get("parameterGroupFamily"):
        members["DBParameterGroupFamily"] = args["parameterGroupFamily"]
    asked = [name for name in ("version", "preferredVersions", "latest") if args.get(name)]
    if args.get("defaultOnly") or not asked:
        members["DefaultOnly"] = True
    pages = ctx.client("rds").get_paginator("describe_db_engine_versions").paginate(**members)
    found: list[dict[str, Any]] = [item for page in pages for item in page["DBEngineVersions"]]
    for name in ("preferredUpgradeTargets", "preferredMajorTargets"):
        if wanted := listed(args.get(name)):
            found = [item for item in found if _upgrades_to(item, wanted, name == "preferredMajorTargets")]
    if preferred := args.get("preferredVersions"):
        known = {item["EngineVersion"]: item for item in found}
        found = [known[version] for version in preferred if version in known][:1]
    if args.get("latest") or (args.get("version") and len(found) > 1):
        found = sorted(found, key=lambda item: _version_key(item["EngineVersion"]))[-1:]
    item = only(found, "RDS engine version")
    upgrades = item.get("ValidUpgradeTarget", [])
    return {
        "id": item["EngineVersion"],
        "engine": item["Engine"],
        "version": item["EngineVersion"],
        "versionActual": item["EngineVersion"],
        "engineDescription": item.get("DBEngineDescription", ""),
        "versionDescription": item.get("DBEngineVersionDescription", ""),
        "parameterGroupFamily": item["DBParameterGroupFamily"],
        "status": item.get("Status", "available"),
        "exportableLogTypes": item.get("ExportableLogTypes", []),
        "validUpgradeTargets": [target["EngineVersion"] for target in upgrades],
        "validMajorTargets": [
            target["EngineVersion"] for target in upgrades if target.get("IsMajorVersionUpgrade")
        ],
        "validMinorTargets": [
            target["EngineVersion"] for target in upgrades if not target.get("IsMajorVersionUpgrade")
        ],
        "supportsLogExportsToCloudwatch": item.get("SupportsLogExportsToCloudwatchLogs", False),
        "supportsReadReplica": item.get("SupportsReadReplica", False),
        "defaultCharacterSet": "",
        **dict.fromkeys(_UNSUPPORTED, False),
        **{
            name: []
            for name in (
                "supportedCharacterSets",
                "supportedFeatureNames",
                "supportedModes",
                "supportedTimezones",
            )
        },
        **{name: args[name] for name in ECHOED if name in args},
    }


_UNSUPPORTED = (
    "supportsCertificateRotationWithoutRestart",
    "supportsGlobalDatabases",
    "supportsIntegrations",
    "supportsLimitlessDatabase",
    "supportsLocalWriteForwarding",
    "supportsParallelQuery",
)
ECHOED = (
    "defaultOnly",
    "filters",
    "includeAll",
    "latest",
    "preferredVersions",
    "preferredMajorTargets",
    "preferredUpgradeTargets",
)

_INSTANCE = {
    "address": "Endpoint.Address",
    "port": "Endpoint.Port",
    "hostedZoneId": "Endpoint.HostedZoneId",
    "caCertIdentifier": "CACertificateIdentifier",
    "dbInstanceArn": "DBInstanceArn",
    "dbInstanceClass": "DBInstanceClass",
    "dbInstanceIdentifier": "DBInstanceIdentifier",
    "dbInstancePort": "DbInstancePort",
    "dbClusterIdentifier": "DBClusterIdentifier",
    "dbName": "DBName",
    "dbParameterGroups": "DBParameterGroups.*.DBParameterGroupName",
    "dbSubnetGroup": "DBSubnetGroup.DBSubnetGroupName",
    "masterUsername": "MasterUsername",
    "multiAz": "MultiAZ",
    "optionGroupMemberships": "OptionGroupMemberships.*.OptionGroupName",
    "replicateSourceDb": "ReadReplicaSourceDBInstanceIdentifier",
    "resourceId": "DbiResourceId",
    "vpcSecurityGroups": "VpcSecurityGroups.*.VpcSecurityGroupId",
    **{
        name: pascal(name)
        for name in (
            "allocatedStorage",
            "autoMinorVersionUpgrade",
            "availabilityZone",
            "backupRetentionPeriod",
            "databaseInsightsMode",
            "enabledCloudwatchLogsExports",
            "engine",
            "engineVersion",
            "iops",
            "kmsKeyId",
            "licenseModel",
            "maxAllocatedStorage",
            "monitoringInterval",
            "monitoringRoleArn",
            "networkType",
            "preferredBackupWindow",
            "preferredMaintenanceWindow",
            "publiclyAccessible",
            "storageEncrypted",
            "storageThroughput",
            "storageType",
            "timezone",
        )
    },
}
_NUMBERS = ("iops", "maxAllocatedStorage", "storageThroughput", "monitoringInterval")


def db_instance(ctx: RequestContext, args: Props) -> Props:
    members: dict[str, Any] = {}
    if args.get("dbInstanceIdentifier"):
        members["DBInstanceIdentifier"] = args["dbInstanceIdentifier"]
    pages = ctx.client("rds").get_paginator("describe_db_instances").paginate(**members)
    wanted: dict[str, str] = args.get("tags") or {}
    found = [
        item
        for page in pages
        for item in page["DBInstances"]
        if wanted.items() <= tag_map(item.get("TagList")).items()
    ]
    item = only(found, "RDS DB instance")
    values = {name: dig(item, path) for name, path in _INSTANCE.items()}
    secret = item.get("MasterUserSecret")
    return {
        **{
            name: (0 if name in _NUMBERS else "") if value is None else value
            for name, value in values.items()
        },
        "id": item["DBInstanceIdentifier"],
        "endpoint": f"{values['address']}:{values['port']}",
        "enabledCloudwatchLogsExports": values["enabledCloudwatchLogsExports"] or [],
        "upgradeRolloutOrder": item.get("UpgradeRolloutOrder", ""),
        "masterUserSecrets": [
            {
                "kmsKeyId": secret["KmsKeyId"],
                "secretArn": secret["SecretArn"],
                "secretStatus": secret["SecretStatus"],
            }
        ]
        if secret
        else [],
        "tags": tag_map(item.get("TagList")),
    }


def _secret_id(args: Props, *names: str) -> str:
    given = [args[name] for name in names if args.get(name)]
    if len(given) != 1:
        raise SandboxError(f"give exactly one of {' and '.join(names)}")
    return str(given[0])


def secret(ctx: RequestContext, args: Props) -> Props:
    client = ctx.client("secretsmanager")
    item = client.describe_secret(SecretId=_secret_id(args, "arn", "name"))
    state = SECRET.handler.read(ctx, SECRET, item["ARN"], {}) or {}
    return {
        "id": item["ARN"],
        "arn": item["ARN"],
        "name": item["Name"],
        "description": item.get("Description") or "",
        "kmsKeyId": item.get("KmsKeyId") or "",
        "policy": state.get("policy") or "",
        "createdDate": dig(item, "CreatedDate") or "",
        "lastChangedDate": dig(item, "LastChangedDate") or "",
        "type": "",
        "tags": tag_map(item.get("Tags")),
    }


def secret_version(ctx: RequestContext, args: Props) -> Props:
    members = {"SecretId": args["secretId"]}
    if args.get("versionId"):
        members["VersionId"] = args["versionId"]
    else:
        members["VersionStage"] = args.get("versionStage") or "AWSCURRENT"
    item = ctx.client("secretsmanager").get_secret_value(**members)
    binary = item.get("SecretBinary")
    return {
        "id": f"{item['ARN']}|{item['VersionId']}",
        "arn": item["ARN"],
        "secretArn": item["ARN"],
        "secretId": args["secretId"],
        "versionId": item["VersionId"],
        "versionStage": args.get("versionStage") or ("AWSCURRENT" if not args.get("versionId") else None),
        "versionStages": item.get("VersionStages", []),
        "secretString": item.get("SecretString") or "",
        "secretBinary": base64.b64encode(binary).decode() if binary is not None else "",
        "createdDate": dig(item, "CreatedDate") or "",
    }
