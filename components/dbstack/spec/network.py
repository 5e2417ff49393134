"""What a network has beside its subnets: flow logs and endpoints of AWS's services."""

import re

from dbstack.spec import access, logs
from dbstack.spec.defaults import FLOW_LOGS
from dbstack.spec.model import EndpointSpec, FlowLogSpec
from dbstack.spec.view import Faults, View

GATEWAYS = frozenset({"s3", "dynamodb"})
"""Services with a gateway: a route in the table, free of charge."""
_SERVICE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*", re.ASCII)
_AGGREGATIONS = (60, 600)


def service_fault(text: str) -> str | None:
    """The last part of the name of an endpoint service."""
    if text.startswith("com.amazonaws."):
        return f"{text!r}: write its last part, {text.split('.', 3)[-1]!r}"
    if _SERVICE.fullmatch(text):
        return None
    return f"{text!r} is no service's name: write e.g. secretsmanager"


def aggregation_fault(seconds: int) -> str | None:
    """Seconds that a record of a flow log covers."""
    if seconds in _AGGREGATIONS:
        return None
    return f"{seconds} seconds can't be: use 60 or 600"


def check(view: View, faults: Faults) -> None:
    """Rules of flow logs and endpoints; `view` is the network."""
    if "flow_logs" not in view.bad:
        given = view.sub("flow_logs")
        given.check(faults, "aggregation_seconds", aggregation_fault)
        given.check(faults, "log_retention_days", logs.retention_fault)
        given.check(faults, "log_kms_key_id", access.key_arn_fault)
        others = [name for name in given.given if name != "enabled"]
        if given.get("enabled") is False and others:
            name = given.path.naming.spell(others[0])
            faults.add(given.at("enabled"), f"false, but {name} is set: leave one of the two out")
    if view.ok("endpoints"):
        at = view.at("endpoints")
        seen: set[str] = set()
        for index, service in enumerate(view["endpoints"]):
            faults.add(at.index(index), service_fault(service))
            if service in seen:
                faults.add(at.index(index), f"{service!r} stands there twice: remove one")
            seen.add(service)


def flow_logs(view: View) -> FlowLogSpec | None:
    """None where they are off."""
    wanted = view.sub("flow_logs", FLOW_LOGS)
    if not wanted["enabled"]:
        return None
    return FlowLogSpec(wanted["traffic"], wanted["aggregation_seconds"], wanted["log_retention_days"])


def endpoints(view: View, region: str) -> tuple[EndpointSpec, ...]:
    """The ways to AWS's services in a region."""
    domain = "cn.com.amazonaws" if region.startswith("cn-") else "com.amazonaws"
    return tuple(
        EndpointSpec(service, f"{domain}.{region}.{service}", service in GATEWAYS)
        for service in view.get("endpoints") or ()
    )
