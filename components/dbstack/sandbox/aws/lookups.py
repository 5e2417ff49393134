"""The functions (`aws.get_…`) that programs call, answered from moto."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.backend import MotoBackend, RequestContext
from dbstack.sandbox.aws.errors import NotServed, SandboxError, sentence
from dbstack.sandbox.aws.model import Props, pascal, tag_map
from dbstack.sandbox.aws.reading import dig
from dbstack.sandbox.aws.secrets import SECRET
from dbstack.sandbox.aws.table import nearest
from dbstack.sandbox.wire import listed, mapping

# Display names from botocore's endpoint data (loaded once when first asked for).
_SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


def _filters(args: Props, named: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """EC2 filters from `filters`, `tags` and arguments that stand for a filter."""
    wanted: list[dict[str, Any]] = [
        {"Name": item["name"], "Values": [str(value) for value in item["values"]]}
        for item in listed(args.get("filters"))
    ]
    tags = mapping(args.get("tags")) or {}
    wanted += [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    for name, filter_name in (named or {}).items():
        if (value := args.get(name)) is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            wanted.append({"Name": filter_name, "Values": [text]})
    return wanted


def _only(found: Sequence[Any], what: str) -> Any:
    if not found:
        raise SandboxError(f"no matching {what} found")
    if len(found) > 1:
        raise SandboxError(f"{len(found)} {what}s match: use more specific search criteria")
    return found[0]


def caller_identity(ctx: RequestContext, args: Props) -> Props:
    who = ctx.client("sts").get_caller_identity()
    return {"accountId": who["Account"], "arn": who["Arn"], "userId": who["UserId"], "id": who["Account"]}


def region(ctx: RequestContext, args: Props) -> Props:
    # `name` is the older way of asking for another region.
    name = args.get("region") or args.get("name") or ctx.region
    endpoint = f"ec2.{name}.{_SUFFIXES[ctx.partition]}"
    return {"region": name, "name": name, "id": name, "endpoint": endpoint, "description": _description(name)}


def _description(name: str) -> str:
    from botocore.session import get_session

    for partition in get_session().get_data("endpoints")["partitions"]:
        if name in partition["regions"]:
            return str(partition["regions"][name]["description"])
    raise SandboxError(f"{name} is no AWS region")


def partition(ctx: RequestContext, args: Props) -> Props:
    suffix = _SUFFIXES[ctx.partition]
    reverse = ".".join(reversed(suffix.split(".")))
    return {"partition": ctx.partition, "id": ctx.partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _zones(ctx: RequestContext, args: Props, extra: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    named = {"state": "state", **(extra or {})}
    members: dict[str, Any] = {"Filters": _filters(args, named)}
    if args.get("allAvailabilityZones"):
        members["AllAvailabilityZones"] = True
    zones = ctx.client("ec2").describe_availability_zones(**members)["AvailabilityZones"]
    return sorted(zones, key=lambda zone: zone["ZoneName"])


def availability_zones(ctx: RequestContext, args: Props) -> Props:
    without_names, without_ids = set(args.get("excludeNames") or ()), set(args.get("excludeZoneIds") or ())
    zones = [
        zone
        for zone in _zones(ctx, args)
        if zone["ZoneName"] not in without_names and zone["ZoneId"] not in without_ids
    ]
    return {
        **{
            name: args[name]
            for name in ("allAvailabilityZones", "excludeNames", "excludeZoneIds", "state")
            if name in args
        },
        "filters": args.get("filters"),
        "id": ctx.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or ctx.region for zone in zones}),
    }


def availability_zone(ctx: RequestContext, args: Props) -> Props:
    zone = _only(_zones(ctx, args, {"name": "zone-name", "zoneId": "zone-id"}), "availability zone")
    return {
        "id": zone["ZoneName"],
        "name": zone["ZoneName"],
        "nameSuffix": zone["ZoneName"].removeprefix(zone["RegionName"]),
        "zoneId": zone["ZoneId"],
        "zoneType": zone.get("ZoneType") or "availability-zone",
        "state": zone["State"],
        "optInStatus": zone.get("OptInStatus") or "opt-in-not-required",
        "groupName": zone.get("GroupName") or zone["RegionName"],
        "groupLongName": zone.get("GroupLongName") or "",
        "networkBorderGroup": zone.get("NetworkBorderGroup") or zone["RegionName"],
        "parentZoneId": zone.get("ParentZoneId") or "",
        "parentZoneName": zone.get("ParentZoneName") or "",
        "allAvailabilityZones": args.get("allAvailabilityZones"),
        "filters": args.get("filters"),
    }


def _resource(ctx: RequestContext, token: str, resource_id: str) -> Props:
    from dbstack.sandbox.aws.table import resource_type

    kind = resource_type(token)
    return kind.handler.read(ctx, kind, resource_id, {}) or {}


def vpc(ctx: RequestContext, args: Props) -> Props:
    named = {
        "cidrBlock": "cidr",
        "dhcpOptionsId": "dhcp-options-id",
        "state": "state",
        "default": "is-default",
    }
    members: dict[str, Any] = {"Filters": _filters(args, named)}
    if args.get("id"):
        members["VpcIds"] = [args["id"]]
    found = _only(ctx.client("ec2").describe_vpcs(**members)["Vpcs"], "VPC")
    state = _resource(ctx, "aws:ec2/vpc:Vpc", found["VpcId"])
    blocks = [
        {
            "associationId": item["AssociationId"],
            "cidrBlock": item["CidrBlock"],
            "state": item["CidrBlockState"]["State"],
        }
        for item in found.get("CidrBlockAssociationSet", [])
    ]
    names = ("arn", "cidrBlock", "dhcpOptionsId", "enableDnsHostnames", "enableDnsSupport")
    names += ("enableNetworkAddressUsageMetrics", "instanceTenancy", "mainRouteTableId", "ownerId")
    return {
        **{name: state.get(name) for name in names},
        "ipv6AssociationId": state.get("ipv6AssociationId") or "",
        "ipv6CidrBlock": state.get("ipv6CidrBlock") or "",
        "ipv6CidrBlockAssociations": [],
        "id": found["VpcId"],
        "default": found.get("IsDefault", False),
        "state": found.get("State"),
        "cidrBlockAssociations": blocks,
        "filters": args.get("filters"),
        "tags": tag_map(found.get("Tags")),
    }


_SUBNET_FILTERS = {
    "availabilityZone": "availability-zone",
    "availabilityZoneId": "availability-zone-id",
    "cidrBlock": "cidr-block",
    "defaultForAz": "default-for-az",
    "ipv6CidrBlock": "ipv6-cidr-block-association.ipv6-cidr-block",
    "state": "state",
    "vpcId": "vpc-id",
}


def subnet(ctx: RequestContext, args: Props) -> Props:
    members: dict[str, Any] = {"Filters": _filters(args, _SUBNET_FILTERS)}
    if args.get("id"):
        members["SubnetIds"] = [args["id"]]
    found = _only(ctx.client("ec2").describe_subnets(**members)["Subnets"], "subnet")
    state = _resource(ctx, "aws:ec2/subnet:Subnet", found["SubnetId"])
    return {
        **{name: value for name, value in state.items() if name != "tagsAll" and value is not None},
        "ipv6CidrBlock": state.get("ipv6CidrBlock") or "",
        "ipv6CidrBlockAssociationId": state.get("ipv6CidrBlockAssociationId") or "",
        "id": found["SubnetId"],
        "availableIpAddressCount": found.get("AvailableIpAddressCount"),
        "customerOwnedIpv4Pool": "",
        "defaultForAz": found.get("DefaultForAz", False),
        "enableLniAtDeviceIndex": 0,
        "mapCustomerOwnedIpOnLaunch": False,
        "outpostArn": "",
        "state": found.get("State"),
        "filters": args.get("filters"),
        "tags": tag_map(found.get("Tags")),
    }


def subnets(ctx: RequestContext, args: Props) -> Props:
    found = ctx.client("ec2").describe_subnets(Filters=_filters(args))["Subnets"]
    return {
        "id": ctx.region,
        "ids": [item["SubnetId"] for item in found],
        "filters": args.get("filters"),
        "tags": args.get("tags") or {},
    }


def security_group(ctx: RequestContext, args: Props) -> Props:
    members: dict[str, Any] = {"Filters": _filters(args, {"name": "group-name", "vpcId": "vpc-id"})}
    if args.get("id"):
        members["GroupIds"] = [args["id"]]
    found = _only(ctx.client("ec2").describe_security_groups(**members)["SecurityGroups"], "security group")
    state = _resource(ctx, "aws:ec2/securityGroup:SecurityGroup", found["GroupId"])
    return {
        **{name: state.get(name) for name in ("arn", "description", "name", "vpcId")},
        "id": found["GroupId"],
        "filters": args.get("filters"),
        "tags": tag_map(found.get("Tags")),
    }


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _upgrades_to(item: Mapping[str, Any], wanted: Sequence[Any], major: bool) -> bool:
    targets = item["ValidUpgradeTarget"]
    return any(
        target["EngineVersion"] in wanted and (target["IsMajorVersionUpgrade"] or not major)
        for target in targets
    )


def engine_version(ctx: RequestContext, args: Props) -> Props:
    members: dict[str, Any] = {"Engine": args["engine"], "Filters": _filters(args)}
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
    item = _only(found, "RDS engine version")
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
        **{name: args[name] for name in _ECHOED if name in args},
    }


_UNSUPPORTED = (
    "supportsCertificateRotationWithoutRestart",
    "supportsGlobalDatabases",
    "supportsIntegrations",
    "supportsLimitlessDatabase",
    "supportsLocalWriteForwarding",
    "supportsParallelQuery",
)
_ECHOED = (
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
    item = _only(found, "RDS DB instance")
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
    import base64

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


Function = Callable[[RequestContext, Props], Props]

FUNCTIONS: dict[str, tuple[Function, tuple[str, ...]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": (caller_identity, ("id",)),
    "aws:index/getRegion:getRegion": (region, ("endpoint", "id", "name")),
    "aws:index/getPartition:getPartition": (partition, ("id",)),
    "aws:index/getAvailabilityZones:getAvailabilityZones": (
        availability_zones,
        ("allAvailabilityZones", "excludeNames", "excludeZoneIds", "filters", "state"),
    ),
    "aws:index/getAvailabilityZone:getAvailabilityZone": (
        availability_zone,
        ("allAvailabilityZones", "filters", "name", "state", "zoneId"),
    ),
    "aws:ec2/getVpc:getVpc": (
        vpc,
        ("cidrBlock", "default", "dhcpOptionsId", "filters", "id", "state", "tags"),
    ),
    "aws:ec2/getSubnet:getSubnet": (subnet, ("filters", "id", "tags", *_SUBNET_FILTERS)),
    "aws:ec2/getSubnets:getSubnets": (subnets, ("filters", "tags")),
    "aws:ec2/getSecurityGroup:getSecurityGroup": (security_group, ("filters", "id", "name", "tags", "vpcId")),
    "aws:rds/getEngineVersion:getEngineVersion": (
        engine_version,
        ("engine", "version", "parameterGroupFamily", *_ECHOED),
    ),
    "aws:rds/getInstance:getInstance": (db_instance, ("dbInstanceIdentifier", "tags")),
    "aws:secretsmanager/getSecret:getSecret": (secret, ("arn", "name")),
    "aws:secretsmanager/getSecretVersion:getSecretVersion": (
        secret_version,
        ("secretId", "versionId", "versionStage"),
    ),
}
"""Token -> (function, the arguments that it honours; `region` besides, for all)."""


class AwsFunctions:
    """The functions, for one provider resource."""

    def __init__(self, backend: MotoBackend) -> None:
        self._backend = backend

    def call(self, token: str, args: Props) -> Props:
        """The result of a function.

        Raises `NotServed` for a function or an argument that the sandbox does not know.
        """
        if token not in FUNCTIONS:
            served = nearest(token, list(FUNCTIONS))
            raise NotServed(f"the sandbox does not serve the function {token}; {served}")
        function, honoured = FUNCTIONS[token]
        given = {key: value for key, value in args.items() if value is not None}
        unknown = [key for key in given if key not in (*honoured, "region")]
        if unknown:
            raise NotServed(f"{token}: the sandbox does not serve the argument {', '.join(sorted(unknown))}")
        ctx = self._backend.context(given)
        try:
            result = function(ctx, given)
        except (SandboxError, ClientError) as error:
            raise SandboxError(f"{token}: {sentence(error)}") from error
        return {"region": ctx.region, **result} if token not in _GLOBAL else result


_GLOBAL = ("aws:index/getCallerIdentity:getCallerIdentity", "aws:index/getPartition:getPartition")
