"""DNS records of Route 53: simple ones, which point a name at values."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from dbstack.sandbox.aws.errors import SandboxError, code_of
from dbstack.sandbox.aws.model import Context, Handler, Prop, Props, ResourceType, rule_faults
from dbstack.sandbox.wire import listed
from dbstack.spec import dns

_SIMPLE = "the sandbox serves simple records alone: no alias, no routing policy"
_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "TXT")


def _plain(name: object) -> str:
    return str(name).lower().rstrip(".")


def _same_name(old: object, new: object, _state: Props) -> bool:
    return _plain(old) == _plain(new)


class Record(Handler):
    """A record set. Its id is `{zone}_{name}_{type}`, as the provider has it."""

    def create(self, ctx: Context, kind: ResourceType, props: Props) -> str:
        zone, name, of = props["zoneId"], _plain(props["name"]), props["type"]
        if self._find(ctx, zone, name, of) is not None and not props.get("allowOverwrite"):
            raise SandboxError(
                f"{kind.noun} ({name}): Tried to create resource record set [name='{name}.', type='{of}'] but it"
                " already exists: set allowOverwrite, or import it"
            )
        self._change(ctx, zone, ("UPSERT", _record_set(props)))
        made = f"{zone}_{name}_{of}"
        ctx.made(made)
        return made

    def _change(self, ctx: Context, zone: str, *changes: tuple[str, dict[str, Any]]) -> None:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": of} for action, of in changes]}
        ctx.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    def _find(self, ctx: Context, zone: str, name: str, of: str) -> dict[str, Any] | None:
        """The record set as Route 53 lists it; names come back with their final dot."""
        listing = ctx.client("route53").list_resource_record_sets
        try:
            found = listing(HostedZoneId=zone, StartRecordName=f"{name}.", StartRecordType=of)
        except ClientError as error:
            if code_of(error) == "NoSuchHostedZone":
                return None
            raise
        return next(
            (
                item
                for item in found["ResourceRecordSets"]
                if _plain(item["Name"]) == name and item["Type"] == of
            ),
            None,
        )

    def read(self, ctx: Context, kind: ResourceType, resource_id: str, prior: Props) -> Props | None:
        zone, name, of = _parts(resource_id, prior)
        found = self._find(ctx, zone, name, of)
        if found is None:
            return None
        return {
            "zoneId": zone,
            "name": name,
            "type": of,
            "ttl": found.get("TTL"),
            "records": [item["Value"] for item in found.get("ResourceRecords", [])],
            "fqdn": name,
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
        zone, name, of = _parts(resource_id, old)
        before = self._find(ctx, zone, name, of) if "type" in changed else None
        if before is None:
            self._change(ctx, zone, ("UPSERT", _record_set(new)))
        else:
            # Route 53 changes no record's type: one goes and the other comes, in one change.
            self._change(ctx, zone, ("DELETE", before), ("CREATE", _record_set(new)))

    def delete(self, ctx: Context, kind: ResourceType, resource_id: str, state: Props) -> None:
        zone, name, of = _parts(resource_id, state)
        found = self._find(ctx, zone, name, of)
        if found is not None:
            self._change(ctx, zone, ("DELETE", found))

    def check(
        self, ctx: Context, kind: ResourceType, props: Props, unknown: frozenset[str]
    ) -> list[tuple[str, str]]:
        faults = rule_faults(props, {"name": dns.name_fault})
        if props.get("type") and props["type"] not in _TYPES:
            faults.append(("type", f"choose one of {', '.join(_TYPES)}"))
        for name in ("ttl", "records"):
            if props.get(name) is None and name not in unknown:
                faults.append((name, "is needed for a record that is no alias"))
        return faults

    def find(self, ctx: Context, kind: ResourceType, props: Props) -> str | None:
        zone, name, of = props["zoneId"], _plain(props["name"]), props["type"]
        return f"{zone}_{name}_{of}" if self._find(ctx, zone, name, of) is not None else None


def _parts(resource_id: str, state: Props) -> tuple[str, str, str]:
    """Zone, name and type; an update may have changed the type, and never the id."""
    zone, _, rest = resource_id.partition("_")
    name, _, of = rest.rpartition("_")
    return zone, name, state.get("type") or of


def _record_set(props: Props) -> dict[str, Any]:
    values = [{"Value": str(value)} for value in listed(props.get("records"))]
    return {
        "Name": _plain(props["name"]),
        "Type": props["type"],
        "TTL": props["ttl"],
        "ResourceRecords": values,
    }


RECORD = ResourceType(
    token="aws:route53/record:Record",
    service="route53",
    noun="Route 53 Record",
    handler=Record(),
    props={
        "zoneId": Prop(required=True, replaces=True),
        "name": Prop(required=True, replaces=True, same=_same_name),
        "type": Prop(required=True),
        "ttl": Prop("int", api="TTL"),
        "records": Prop("set"),
        "allowOverwrite": Prop(
            "bool", computed=True, overlay="decides how the record is made; AWS keeps no such value"
        ),
        "aliases": Prop("objects", refused=_SIMPLE),
        "cidrRoutingPolicy": Prop("object", refused=_SIMPLE),
        "failoverRoutingPolicies": Prop("objects", refused=_SIMPLE),
        "geolocationRoutingPolicies": Prop("objects", refused=_SIMPLE),
        "geoproximityRoutingPolicy": Prop("object", refused=_SIMPLE),
        "healthCheckId": Prop(refused=_SIMPLE),
        "latencyRoutingPolicies": Prop("objects", refused=_SIMPLE),
        "multivalueAnswerRoutingPolicy": Prop("bool", refused=_SIMPLE),
        "setIdentifier": Prop(refused=_SIMPLE),
        "weightedRoutingPolicies": Prop("objects", refused=_SIMPLE),
        "fqdn": Prop(output=True),
    },
)
