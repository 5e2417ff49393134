"""`aws.iam.get_policy_document`: JSON from statements, as the provider writes it. It asks AWS nothing."""

import json
import zlib
from typing import Any

from dbstack.sandbox.aws.backend import RequestContext
from dbstack.sandbox.aws.errors import SandboxError
from dbstack.sandbox.aws.model import Props
from dbstack.sandbox.wire import listed

ARGUMENTS = ("overridePolicyDocuments", "policyId", "sourcePolicyDocuments", "statements", "version")
_LISTS = {
    "actions": "Action",
    "notActions": "NotAction",
    "resources": "Resource",
    "notResources": "NotResource",
}


def _one_or_many(values: list[str]) -> str | list[str]:
    # The provider sorts them, last first.
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


def _principals(blocks: list[Any]) -> Any:
    if any(item["type"] == "*" and item["identifiers"] == ["*"] for item in blocks):
        return "*"
    by_type: dict[str, list[str]] = {}
    for item in blocks:
        by_type.setdefault(item["type"], []).extend(item["identifiers"])
    return {name: _one_or_many(values) for name, values in by_type.items()}


def _conditions(blocks: list[Any]) -> dict[str, Any]:
    tests: dict[str, dict[str, Any]] = {}
    for item in blocks:
        values: list[str] = [str(value) for value in listed(item["values"])]
        tests.setdefault(item["test"], {})[item["variable"]] = values[0] if len(values) == 1 else values
    return tests


def _statement(given: Props) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": given["sid"]} if given.get("sid") else {}
    statement["Effect"] = given.get("effect") or "Allow"
    for name, member in _LISTS.items():
        if values := listed(given.get(name)):
            statement[member] = _one_or_many([str(value) for value in values])
    for name, member in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if blocks := listed(given.get(name)):
            statement[member] = _principals(blocks)
    if conditions := listed(given.get("conditions")):
        statement["Condition"] = _conditions(conditions)
    return statement


def _merged(statements: list[dict[str, Any]], more: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A statement of the same Sid takes the earlier one's place."""
    named = {item["Sid"]: item for item in more if item.get("Sid")}
    kept = [named.pop(item["Sid"], item) if item.get("Sid") else item for item in statements]
    return [*kept, *(item for item in more if not item.get("Sid") or item["Sid"] in named)]


def _statements_of(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text).get("Statement", [])
    except (ValueError, AttributeError):
        raise SandboxError("a policy document that is no JSON object") from None
    return found if isinstance(found, list) else [found]  # pyright: ignore[reportUnknownVariableType]


def policy_document(_ctx: RequestContext, args: Props) -> Props:
    statements: list[dict[str, Any]] = []
    for text in listed(args.get("sourcePolicyDocuments")):
        statements = _merged(statements, _statements_of(text))
    statements = _merged(statements, [_statement(item) for item in listed(args.get("statements"))])
    for text in listed(args.get("overridePolicyDocuments")):
        statements = _merged(statements, _statements_of(text))
    document: dict[str, Any] = {"Version": args.get("version") or "2012-10-17"}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    document["Statement"] = statements
    # `&{...}` stands for IAM's own `${...}`, which Terraform would fill in.
    text = json.dumps(document, indent=2, ensure_ascii=False).replace("&{", "${")
    small = json.dumps(document, separators=(",", ":"), ensure_ascii=False).replace("&{", "${")
    return {"json": text, "minifiedJson": small, "id": str(zlib.crc32(text.encode()))}
