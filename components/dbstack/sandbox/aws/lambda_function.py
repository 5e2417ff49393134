"""Lambda functions and who may call them. The sandbox keeps what they are set to; it keeps no code and runs none."""

import io
import json
import zipfile
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
    tag_changes,
)
from dbstack.sandbox.aws.naming import unique_name
from dbstack.sandbox.aws.reading import observed
from dbstack.sandbox.wire import listed, mapping

_GONE = "ResourceNotFoundException"
_CONFIGURED = ("description", "handler", "memorySize", "role", "runtime", "timeout")


def _placeholder() -> bytes:
    """Code that says why it is not yours."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        # Dated for ever the same, so that the hash is.
        entry = zipfile.ZipInfo("README", (1980, 1, 1, 0, 0, 0))
        archive.writestr(entry, "The sandbox keeps no code of functions and runs none.\n")
    return data.getvalue()


class Function(Handler):
    """A function. Its id is its name."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        name = props["name"]
        ctx.client("lambda").create_function(
            FunctionName=name,
            Code={"ZipFile": _placeholder()},
            Tags=props.get("tagsAll") or {},
            **self._configuration(kind, props),
        )
        ctx.made(name)
        return name

    def _configuration(self, kind: ResourceType, props: Props) -> dict[str, Any]:
        members = request(kind, props, list(_CONFIGURED))
        if place := mapping(props.get("vpcConfig")):
            members["VpcConfig"] = {
                "SubnetIds": listed(place.get("subnetIds")),
                "SecurityGroupIds": listed(place.get("securityGroupIds")),
            }
        if environment := mapping(props.get("environment")):
            members["Environment"] = {"Variables": mapping(environment.get("variables")) or {}}
        return members

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        try:
            answer = ctx.client("lambda").get_function(FunctionName=resource_id)
        except ClientError as error:
            if code_of(error) == _GONE:
                return None
            raise
        found = answer["Configuration"]
        arn, version = found["FunctionArn"], found["Version"]
        prefix = f"arn:{ctx.partition}:apigateway:{ctx.region}:lambda:path"
        variables = found.get("Environment", {}).get("Variables")
        return {
            **observed(kind, found),
            "packageType": found.get("PackageType") or "Zip",
            "arn": arn,
            "qualifiedArn": f"{arn}:{version}",
            "invokeArn": f"{prefix}/2015-03-31/functions/{arn}/invocations",
            "qualifiedInvokeArn": f"{prefix}/2015-03-31/functions/{arn}:{version}/invocations",
            "responseStreamingInvokeArn": f"{prefix}/2021-11-15/functions/{arn}/response-streaming-invocations",
            "environment": {"variables": variables} if variables else None,
            "vpcConfig": self._place(ctx, found.get("VpcConfig") or {}),
            "tagsAll": answer.get("Tags") or {},
        }

    def _place(self, ctx: Context, found: dict[str, Any]) -> Props | None:
        subnets = listed(found.get("SubnetIds"))
        if not subnets:
            return None
        # moto answers with a VPC that is none.
        vpc = ctx.client("ec2").describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"]
        return {
            "subnetIds": subnets,
            "securityGroupIds": listed(found.get("SecurityGroupIds")),
            "vpcId": vpc,
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
        client = ctx.client("lambda")
        if {*_CONFIGURED, "vpcConfig", "environment"} & set(changed):
            nowhere: dict[str, Any] = {"SubnetIds": [], "SecurityGroupIds": []}
            empty: dict[str, Any] = {"VpcConfig": nowhere, "Environment": {"Variables": {}}}
            members = {"Description": "", **empty, **self._configuration(kind, new)}
            client.update_function_configuration(FunctionName=resource_id, **members)
        gone, added = tag_changes(old, new)
        if gone:
            client.untag_resource(Resource=old["arn"], TagKeys=gone)
        if added:
            client.tag_resource(Resource=old["arn"], Tags=added)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if state.get("skipDestroy"):
            return
        try:
            ctx.client("lambda").delete_function(FunctionName=resource_id)
        except ClientError as error:
            if code_of(error) != _GONE:
                raise

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        limits = {"timeout": (1, 900), "memorySize": (128, 10_240)}
        faults = [
            (name, f"is {props[name]}; must be {least} to {most}")
            for name, (least, most) in limits.items()
            if name in props and not least <= props[name] <= most
        ]
        if "code" not in props and "code" not in unknown:
            faults.append(("code", "is required"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        name = props.get("name")
        return name if name and self.read(ctx, kind, name, props) else None


class Permission(Handler):
    """One statement of a function's policy. Its id is the statement's."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        statement = props.get("statementId") or unique_name(props.get("statementIdPrefix") or "terraform-")
        members = request(kind, props, ["action", "principal", "sourceArn", "sourceAccount"])
        ctx.client("lambda").add_permission(FunctionName=props["function"], StatementId=statement, **members)
        ctx.made(statement)
        return statement

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        statement = self._statement(ctx, prior.get("function"), resource_id)
        if statement is None:
            return None
        principal, condition = statement["Principal"], statement.get("Condition", {})
        named = mapping(principal) or {}
        return {
            "action": statement["Action"],
            "function": prior["function"],
            "principal": next(iter(named.values())) if named else principal,
            "sourceArn": condition.get("ArnLike", {}).get("AWS:SourceArn"),
            "sourceAccount": condition.get("StringEquals", {}).get("AWS:SourceAccount"),
            "statementId": statement["Sid"],
        }

    def _statement(self, ctx: Context, function: str | None, sid: str) -> dict[str, Any] | None:
        if not function:
            return None
        try:
            policy = json.loads(ctx.client("lambda").get_policy(FunctionName=function)["Policy"])
        except ClientError as error:
            if code_of(error) == _GONE:
                return None
            raise
        return next((item for item in policy["Statement"] if item["Sid"] == sid), None)

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        if self._statement(ctx, state.get("function"), resource_id) is not None:
            ctx.client("lambda").remove_permission(FunctionName=state["function"], StatementId=resource_id)

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        sid = props.get("statementId")
        return sid if sid and self._statement(ctx, props.get("function"), sid) else None


_CODE = "the sandbox keeps no code and runs none"
_NOT_SERVED = "the sandbox runs no functions, and keeps of them what a rotation function needs"
_REFUSED = (
    "codeSigningConfigArn",
    "imageUri",
    "kmsKeyArn",
    "publishTo",
    "s3Bucket",
    "s3Key",
    "s3ObjectVersion",
    "sourceKmsKeyArn",
)
_REFUSED_OBJECTS = (
    "capacityProviderConfig",
    "deadLetterConfig",
    "durableConfig",
    "ephemeralStorage",
    "fileSystemConfig",
    "imageConfig",
    "loggingConfig",
    "snapStart",
    "tenancyConfig",
    "tracingConfig",
)

FUNCTION = ResourceType(
    token="aws:lambda/function:Function",
    service="lambda",
    noun="Lambda Function",
    handler=Function(),
    naming=Naming(max_length=64),
    props={
        "name": Prop(computed=True, replaces=True, read="FunctionName"),
        "role": Prop(required=True),
        "handler": Prop(),
        "runtime": Prop(),
        "description": Prop(),
        "timeout": Prop("int", default=3),
        "memorySize": Prop("int", default=128),
        "environment": Prop("object", fields={"variables": Prop("map")}),
        "vpcConfig": Prop(
            "object",
            fields={
                "subnetIds": Prop("set", required=True),
                "securityGroupIds": Prop("set", required=True),
                "ipv6AllowedForDualStack": Prop("bool"),
                "vpcId": Prop(computed=True),
            },
        ),
        "code": Prop("archive", overlay=_CODE),
        "sourceCodeHash": Prop(computed=True, overlay=_CODE),
        "codeSha256": Prop(computed=True, overlay=_CODE),
        "publish": Prop("bool", default=False, overlay=_CODE, import_default=False),
        "skipDestroy": Prop("bool", default=False, overlay="says how to delete, AWS never hears of it"),
        "replaceSecurityGroupsOnDestroy": Prop("bool", overlay="says how to delete, AWS never hears of it"),
        "replacementSecurityGroupIds": Prop("set", overlay="says how to delete, AWS never hears of it"),
        "useResourceTimeoutForPropagation": Prop("bool", overlay="says how long to wait for AWS"),
        "packageType": Prop(
            default="Zip", replaces=True, refused=_NOT_SERVED, refused_when=lambda kind: kind != "Zip"
        ),
        "reservedConcurrentExecutions": Prop(
            "int",
            default=-1,
            refused=_NOT_SERVED,
            refused_when=lambda number: number != -1,
            overlay="-1 asks AWS for nothing",
        ),
        "architectures": Prop("list", computed=True, refused=_NOT_SERVED),
        "layers": Prop("list", refused=_NOT_SERVED),
        **{name: Prop(refused=_NOT_SERVED) for name in _REFUSED},
        **{name: Prop("object", refused=_NOT_SERVED) for name in _REFUSED_OBJECTS},
        **TAGS,
        **REGION,
        "arn": Prop(output=True),
        "invokeArn": Prop(output=True),
        "lastModified": Prop(output=True),
        "qualifiedArn": Prop(output=True),
        "qualifiedInvokeArn": Prop(output=True),
        "responseStreamingInvokeArn": Prop(output=True),
        "signingJobArn": Prop(output=True),
        "signingProfileVersionArn": Prop(output=True),
        "sourceCodeSize": Prop("int", output=True, read="CodeSize"),
        "version": Prop(output=True),
    },
)

PERMISSION = ResourceType(
    token="aws:lambda/permission:Permission",
    service="lambda",
    noun="Lambda Permission",
    handler=Permission(),
    props={
        "action": Prop(required=True, replaces=True),
        "function": Prop(required=True, replaces=True),
        "principal": Prop(required=True, replaces=True),
        "sourceArn": Prop(replaces=True),
        "sourceAccount": Prop(replaces=True),
        "statementId": Prop(computed=True, replaces=True, conflicts=("statementIdPrefix",)),
        "statementIdPrefix": Prop(
            computed=True, replaces=True, overlay="only the id made from it reaches AWS"
        ),
        "eventSourceToken": Prop(replaces=True, refused=_NOT_SERVED),
        "functionUrlAuthType": Prop(replaces=True, refused=_NOT_SERVED),
        "invokedViaFunctionUrl": Prop("bool", replaces=True, refused=_NOT_SERVED),
        "principalOrgId": Prop(replaces=True, refused=_NOT_SERVED),
        "qualifier": Prop(replaces=True, refused=_NOT_SERVED),
        **REGION,
    },
)
