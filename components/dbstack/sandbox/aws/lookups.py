"""The functions (`aws.get_…`) that programs call, answered from moto."""

from collections.abc import Callable

from botocore.exceptions import ClientError

from dbstack.sandbox.aws import lookups_ec2, lookups_iam, lookups_rds
from dbstack.sandbox.aws.backend import MotoBackend, RequestContext
from dbstack.sandbox.aws.errors import NotServed, SandboxError, sentence
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.aws.table import nearest

# Display names from botocore's endpoint data (loaded once when first asked for).
_SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


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


Function = Callable[[RequestContext, Props], Props]

FUNCTIONS: dict[str, tuple[Function, tuple[str, ...]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": (caller_identity, ("id",)),
    "aws:index/getRegion:getRegion": (region, ("endpoint", "id", "name")),
    "aws:index/getPartition:getPartition": (partition, ("id",)),
    "aws:index/getAvailabilityZones:getAvailabilityZones": (
        lookups_ec2.availability_zones,
        ("allAvailabilityZones", "excludeNames", "excludeZoneIds", "filters", "state"),
    ),
    "aws:index/getAvailabilityZone:getAvailabilityZone": (
        lookups_ec2.availability_zone,
        ("allAvailabilityZones", "filters", "name", "state", "zoneId"),
    ),
    "aws:ec2/getVpc:getVpc": (
        lookups_ec2.vpc,
        ("cidrBlock", "default", "dhcpOptionsId", "filters", "id", "state", "tags"),
    ),
    "aws:ec2/getSubnet:getSubnet": (
        lookups_ec2.subnet,
        ("filters", "id", "tags", *lookups_ec2.SUBNET_FILTERS),
    ),
    "aws:ec2/getSubnets:getSubnets": (lookups_ec2.subnets, ("filters", "tags")),
    "aws:ec2/getSecurityGroup:getSecurityGroup": (
        lookups_ec2.security_group,
        ("filters", "id", "name", "tags", "vpcId"),
    ),
    "aws:iam/getPolicyDocument:getPolicyDocument": (lookups_iam.policy_document, lookups_iam.ARGUMENTS),
    "aws:rds/getEngineVersion:getEngineVersion": (
        lookups_rds.engine_version,
        ("engine", "version", "parameterGroupFamily", *lookups_rds.ECHOED),
    ),
    "aws:rds/getInstance:getInstance": (lookups_rds.db_instance, ("dbInstanceIdentifier", "tags")),
    "aws:secretsmanager/getSecret:getSecret": (lookups_rds.secret, ("arn", "name")),
    "aws:secretsmanager/getSecretVersion:getSecretVersion": (
        lookups_rds.secret_version,
        ("secretId", "versionId", "versionStage"),
    ),
}
"""Token -> (function, the arguments that it honours; `region` besides)."""


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


_GLOBAL = (
    "aws:index/getCallerIdentity:getCallerIdentity",
    "aws:index/getPartition:getPartition",
    "aws:iam/getPolicyDocument:getPolicyDocument",
)
