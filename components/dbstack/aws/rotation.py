"""The master password's rotation: its schedule, and the function for a password that RDS doesn't manage."""

import json
import ssl
import time
from collections.abc import Mapping, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.common.children import Children
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.model import InstanceSpec, PasswordSpec
from dbstack.spec.names import role_prefix
from dbstack.spec.partitions import service_in
from dbstack.spec.types import PasswordSource
from dbstack.spec.types.rotation import RotationArgs

ROLES = (
    "rotation",
    "rotation_function",
    "rotation_role",
    "rotation_role_policy",
    "rotation_permission",
    "rotation_log_group",
    "rotation_security_group",
    "rotation_rule",
)

# A function's name has 64 characters at most; `-rotation-` and 8 random digits follow.
_NAME_PART = 46
_RUNTIME = "python3.13"
_HANDLER = "dbstack_rotation.handler"
_LOG_DAYS = 365
# What each engine's driver is made of, by the distribution that brings it; all pure Python: the same archive runs on
# every processor.
_POSTGRES = {
    "pg8000": "pg8000",
    "scramp": "scramp",
    "asn1crypto": "asn1crypto",
    "dateutil": "python-dateutil",
    "six": "six",
}
_MYSQL = {"pymysql": "PyMySQL"}
_DRIVERS: Mapping[str, Mapping[str, str]] = {"postgres": _POSTGRES, "mysql": _MYSQL, "mariadb": _MYSQL}
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
# Lambda makes them before there is anything to name; the other policy keeps the code itself from it.
_INTERFACES = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"]


def needs_function(spec: InstanceSpec, args: RotationArgs) -> bool:
    """Whether dbstack makes the rotation function."""
    password = spec.password
    return (
        password.rotation_days is not None
        and password.source is PasswordSource.GENERATED
        and "function_arn" not in args
    )


def schedule(
    name: str,
    password: PasswordSpec,
    secret_arn: pulumi.Input[str],
    function_arn: pulumi.Input[str] | None,
    children: Children,
    depends: Sequence[pulumi.Resource] = (),
) -> None:
    """When the secret is rotated. Without a function RDS does it, which has a schedule of seven days otherwise.

    `depends`: Secrets Manager tries the function at once, which needs the secret's value.
    """
    managed = password.source is PasswordSource.MANAGED
    children.make(
        "rotation",
        aws.secretsmanager.SecretRotation,
        f"{name}-master",
        {
            "secret_id": secret_arn,
            "rotation_lambda_arn": function_arn,
            # Not with the deployment: who reads the password now has until the schedule's first day.
            "rotate_immediately": False,
            "rotation_rules": {"automatically_after_days": password.rotation_days},
        },
        # Taken away, a managed password would not be rotated at all any more: it keeps its schedule instead.
        pulumi.ResourceOptions(retain_on_delete=True if managed else None, depends_on=list(depends)),
    )


def check_parts(spec: InstanceSpec, args: RotationArgs) -> None:
    """Raises where a function is to be made, and its driver or its file of authorities isn't here: before anything is
    registered."""
    if not needs_function(spec, args):
        return
    if "ca_bundle" in args and (fault := bundle_fault(Path(args["ca_bundle"]))) is not None:
        raise SpecError([Fault("password.rotation.ca_bundle", fault)], subject=spec.identifier)
    drivers = _DRIVERS[str(spec.engine)]
    missing = [
        module
        for module, distribution in drivers.items()
        if find_spec(module) is None or _version(distribution) is None
    ]
    if missing:
        words = (
            f"the rotation function needs {', '.join(missing)}, which is packed from this environment: "
            "`pip install 'dbstack[rotation]'`, or name a function of yours"
        )
        raise SpecError([Fault("password.rotation", words)], subject=spec.identifier)


def bundle_fault(file: Path) -> str | None:
    """Why a file can't be what the function trusts."""
    try:
        text = file.read_text(encoding="ascii")
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusted.load_verify_locations(cadata=text)
    except ssl.SSLError:
        return f"{file}: holds no certificates: name a PEM file, e.g. RDS's global-bundle.pem"
    except OSError as error:
        return f"{file}: {error.strerror}: name a PEM file, e.g. RDS's global-bundle.pem"
    except ValueError:
        return f"{file}: is no PEM file: name one, e.g. RDS's global-bundle.pem"
    if "PRIVATE KEY" in text:
        return f"{file}: holds a private key, which would be packed into the function: leave it out"
    ends = [ssl.cert_time_to_seconds(str(found["notAfter"])) for found in trusted.get_ca_certs()]
    if not ends:
        return f"{file}: holds no certificate authority: name a PEM file, e.g. RDS's global-bundle.pem"
    if max(ends) < time.time():
        return f"{file}: all its authorities have expired: download RDS's global-bundle.pem again"
    return None


def archive(engine: str, ca_bundle: str | None = None) -> pulumi.AssetArchive:
    """The function's code: one file of dbstack's, the driver that is installed here, and the user's authorities."""
    own = Path(__file__).resolve().parents[1] / "rotation" / "handler.py"
    files: dict[str, Any] = {"dbstack_rotation.py": pulumi.FileAsset(str(own))}
    if ca_bundle is not None:
        files["dbstack_ca.pem"] = pulumi.FileAsset(str(Path(ca_bundle).absolute()))
    for module, distribution in _DRIVERS[engine].items():
        version = _version(distribution)
        # Some drivers ask for their own version. No more than that is read, and it is the same on every machine.
        folder = f"{distribution.replace('-', '_').lower()}-{version}.dist-info"
        about = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        files[f"{folder}/METADATA"] = pulumi.StringAsset(about)
        found = find_spec(module)
        assert found is not None
        assert found.origin is not None
        top = Path(found.origin)
        if not found.submodule_search_locations:
            files[top.name] = pulumi.FileAsset(str(top))
            continue
        # File by file: a folder would bring compiled files along, which differ from one machine to the next.
        for file in sorted(top.parent.rglob("*.py")):
            files[f"{module}/{file.relative_to(top.parent).as_posix()}"] = pulumi.FileAsset(str(file))
    return pulumi.AssetArchive(files)


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def make_function(
    name: str,
    spec: InstanceSpec,
    instance: "aws.rds.Instance",
    secret_arn: pulumi.Output[str],
    children: Children,
    *,
    suffix: pulumi.Output[str],
    vpc_id: pulumi.Input[str],
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    database_group: pulumi.Input[str],
    adopted: Sequence[pulumi.Input[str]],
    kms_key_id: pulumi.Input[str] | None,
    ca_bundle: str | None,
) -> "tuple[pulumi.Output[str], list[pulumi.Resource]]":
    """The rotation function's ARN, and what must stand before it is called."""
    code = archive(str(spec.engine), ca_bundle)
    tags = {**spec.tags, "Name": f"{spec.identifier}-rotation"}
    prefix = f"{name}-rotation"
    groups = list(adopted) or [_security_group(prefix, spec, children, tags, vpc_id, database_group)]
    role = children.make(
        "rotation_role",
        aws.iam.Role,
        prefix,
        {
            "name_prefix": role_prefix(spec.base_name, "rotation"),
            "description": f"Lets a function rotate the master password of {spec.identifier}",
            "assume_role_policy": json.dumps(_TRUST),
            "tags": tags,
        },
    )
    interfaces = children.make(
        "rotation_role_policy",
        aws.iam.RolePolicy,
        f"{prefix}-interfaces",
        {"role": role.name, "policy": interfaces_policy()},
    )
    function = children.make(
        "rotation_function",
        aws.lambda_.Function,
        prefix,
        {
            "name": pulumi.Output.concat(spec.base_name[:_NAME_PART], "-rotation-", suffix),
            "description": f"Rotates the master password of {spec.identifier}",
            "role": role.arn,
            "runtime": _RUNTIME,
            "handler": _HANDLER,
            "code": code,
            "timeout": 60,
            "memory_size": 256,
            "vpc_config": {"subnet_ids": subnet_ids, "security_group_ids": groups},
            "environment": {
                "variables": {
                    "DBSTACK_HOST": instance.address,
                    "DBSTACK_PORT": instance.port.apply(lambda port: str(int(port))),
                }
            },
            "tags": tags,
        },
        # Lambda refuses a function in a VPC whose role may not make network interfaces.
        pulumi.ResourceOptions(depends_on=[interfaces]),
    )
    logs = children.make(
        "rotation_log_group",
        aws.cloudwatch.LogGroup,
        prefix,
        {
            "name": pulumi.Output.concat("/aws/lambda/", function.name),
            "retention_in_days": _LOG_DAYS,
            "tags": tags,
        },
    )
    known = pulumi.Output.all(secret_arn, function.arn, logs.arn, kms_key_id or "")
    policy = children.make(
        "rotation_role_policy",
        aws.iam.RolePolicy,
        f"{prefix}-secret",
        {"role": role.name, "policy": known.apply(lambda found: secret_policy(*found))},
    )
    permission = children.make(
        "rotation_permission",
        aws.lambda_.Permission,
        prefix,
        {
            "function": function.name,
            "action": "lambda:InvokeFunction",
            "principal": "secretsmanager.amazonaws.com",
            # arn:aws:secretsmanager:us-east-1:123456789012:secret:shop
            "source_account": secret_arn.apply(lambda arn: arn.split(":")[4]),
        },
    )
    return function.arn, [policy, permission]


def interfaces_policy() -> str:
    """What Lambda needs to put a function into a VPC; DescribeNetworkInterfaces knows no resources."""
    statement = {"Effect": "Allow", "Action": _INTERFACES, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def secret_policy(secret: str, function: str, log_group: str, key: str) -> str:
    """What the function may do: rotate this one secret, and log; its code may not touch network interfaces."""
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Allow",
            "Action": [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:ListSecretVersionIds",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            "Resource": secret,
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{log_group.removesuffix(':*')}:*",
        },
        {
            "Effect": "Deny",
            "Action": _INTERFACES,
            "Resource": "*",
            "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": function}},
        },
    ]
    if key:
        region = secret.split(":", 4)[3]
        statements.append(
            {
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": key,
                "Condition": {"StringEquals": {"kms:ViaService": service_in("secretsmanager", region)}},
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _security_group(
    prefix: str,
    spec: InstanceSpec,
    children: Children,
    tags: Mapping[str, str],
    vpc_id: pulumi.Input[str],
    database_group: pulumi.Input[str],
) -> pulumi.Output[str]:
    """The function's group: to the database and to Secrets Manager, and the database lets it in."""
    group = children.make(
        "rotation_security_group",
        aws.ec2.SecurityGroup,
        prefix,
        {"vpc_id": vpc_id, "description": "Rotation of the master password", "tags": dict(tags)},
    )
    into: dict[str, Any] = {
        "referenced_security_group_id": group.id,
        "description": "From the rotation function",
    }
    on: dict[str, Any] = {"referenced_security_group_id": database_group, "description": "To the database"}
    # Secrets Manager has no addresses that could be named.
    out: dict[str, Any] = {"cidr_ipv4": "0.0.0.0/0", "description": "To Secrets Manager"}
    rules = (
        ("into-database", aws.vpc.SecurityGroupIngressRule, database_group, spec.port, into),
        ("to-database", aws.vpc.SecurityGroupEgressRule, group.id, spec.port, on),
        ("to-secrets-manager", aws.vpc.SecurityGroupEgressRule, group.id, 443, out),
    )
    for key, resource, owner, port, other_side in rules:
        properties = {"security_group_id": owner, "ip_protocol": "tcp", "from_port": port, "to_port": port}
        children.make(
            "rotation_rule", resource, f"{prefix}-{key}", {**properties, "tags": dict(tags), **other_side}
        )
    return group.id
