"""What a change does to the monthly bill: instances and volumes of RDS by a dated table; else it is not estimated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dbstack.preview.findings import REPLACES, SAME
from dbstack.preview.prices import Prices
from dbstack.preview.recording import State, Step
from dbstack.preview.values import LATER
from dbstack.spec.changes.model import UNKNOWN_VALUE

HOURS = 730
"""Hours of a month, as AWS counts."""
INSTANCE = "aws:rds/instance:Instance"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
CLUSTER = "aws:rds/cluster:Cluster"
_WITH_IOPS = ("io1", "io2")
# From this size on gp3 takes operations beyond those in the price of the volume.
_LARGE = 400
Parts = Mapping[str, tuple[str, float | None]]
"""What is paid for -> how it is now, and dollars a month; None: the table has no price."""


@dataclass(frozen=True)
class CostChange:
    """What one resource's change costs a month."""

    urn: str
    name: str
    change: str
    """E.g. `+$11.50` or `-$11.50`; empty: no part of it could be estimated."""
    not_estimated: str
    """What the table has no price for; empty: everything was estimated."""


def cost_of(steps: Iterable[Step], prices: Prices) -> list[CostChange]:
    """Every database whose bill changes, by the recorded steps."""
    whole = list(steps)
    world = _World(whole)
    found: dict[str, CostChange] = {}
    for step in whole:
        if step.op in SAME or step.type not in (INSTANCE, MEMBER, CLUSTER):
            continue
        before: Parts = _parts(step, step.old, prices, world) if step.op != "create" else {}
        stays = step.op == "delete" and step.old is not None and step.old.retain_on_delete
        gone = step.op in ("delete", "delete-replaced")
        after: Parts = before if stays else {} if gone else _parts(step, step.new, prices, world)
        if step.op in REPLACES and step.urn in found:
            continue
        change = _change(step, before, after)
        if change is not None:
            found[step.urn] = change
    return sorted(found.values(), key=lambda one: one.urn)


def total(changes: Iterable[CostChange]) -> str:
    """The sum of what could be estimated, e.g. `+$11.50`; empty where nothing could be."""
    known = [_cents(one.change) for one in changes if one.change]
    return _dollars(sum(known)) if known else ""


class _World:
    """What a step doesn't say of itself: where it is, and what a replica takes from its source."""

    def __init__(self, steps: list[Step]) -> None:
        self._sources: dict[str, Mapping[str, Any]] = {}
        regions: set[str] = set()
        for step in steps:
            for state in (step.old, step.new):
                if state is None or not step.type.startswith("aws:"):
                    continue
                properties = state.properties
                region = _region(properties)
                regions |= {region} if region else set()
                name = properties.get("identifier")
                if (
                    step.type == INSTANCE
                    and isinstance(name, str)
                    and not properties.get("replicateSourceDb")
                ):
                    self._sources[name] = properties
        self._region = regions.pop() if len(regions) == 1 else ""

    def region(self, properties: Mapping[str, Any]) -> str:
        return _region(properties) or self._region

    def source(self, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        name = properties.get("replicateSourceDb")
        return self._sources.get(name.rpartition(":")[2], {}) if isinstance(name, str) else {}


def _region(properties: Mapping[str, Any]) -> str:
    given = properties.get("region")
    if isinstance(given, str) and given:
        return given
    arn = properties.get("arn")
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[3] if len(parts) > 5 else ""


def _parts(step: Step, state: State | None, prices: Prices, world: _World) -> Parts:
    if state is None:
        return {}
    # What AWS filled in before is still so, unless the program says otherwise now.
    outputs = step.old.properties if step.old else {}
    given = {**outputs, **state.inputs} if state is step.new else state.properties
    properties = {name: LATER if value == UNKNOWN_VALUE else value for name, value in given.items()}
    if step.type == CLUSTER:
        return _cluster(properties)
    own = {name: value for name, value in properties.items() if value is not None}
    known = {**world.source(properties), **own}
    here = world.region(properties) == prices.region
    zones = 2 if known.get("multiAz") is True else 1
    size, engine = properties.get("instanceClass"), known.get("engine")
    hourly = prices.instances.get(str(engine), {}).get(str(size)) if here else None
    parts: dict[str, tuple[str, float | None]] = {
        "instance": (_label(f"{engine} {size}", zones), None if hourly is None else hourly * HOURS * zones)
    }
    if step.type == INSTANCE:
        parts |= _volume(known, prices if here else None, zones)
    return parts


def _volume(known: Mapping[str, Any], prices: Prices | None, zones: int) -> Parts:
    kind, size = known.get("storageType"), known.get("allocatedStorage")
    iops, throughput = known.get("iops"), known.get("storageThroughput")
    parts = {"storage": (_label(f"{size} GiB {kind}", zones), _times(prices, "storage", kind, size, zones))}
    if kind in _WITH_IOPS and iops:
        parts["iops"] = (_label(f"{iops} IOPS {kind}", zones), _times(prices, "iops", kind, iops, zones))
    elif kind == "gp3" and isinstance(size, int | float) and size >= _LARGE and (iops or throughput):
        parts["iops"] = (_label(f"{iops} IOPS and {throughput} MiB/s gp3", zones), None)
    return parts


def _label(what: str, zones: int) -> str:
    return f"{what} with a standby" if zones == 2 else what


def _times(prices: Prices | None, table: str, kind: object, amount: object, zones: int) -> float | None:
    price = getattr(prices, table).get(str(kind)) if prices else None
    if price is None or isinstance(amount, bool) or not isinstance(amount, int | float):
        return None
    return price * amount * zones


def _cluster(properties: Mapping[str, Any]) -> Parts:
    """Aurora is paid for by use; a Multi-AZ DB cluster by instances and volumes that the table doesn't have."""
    size = properties.get("dbClusterInstanceClass")
    if not size:
        return {}
    kind, gib = properties.get("storageType"), properties.get("allocatedStorage")
    return {
        "instance": (f"three {size}", None),
        "storage": (f"{gib} GiB {kind}, three times", None),
        "iops": (f"{properties.get('iops')} IOPS {kind}, three times", None),
    }


def _change(step: Step, before: Parts, after: Parts) -> CostChange | None:
    """The parts that differ; one that stays costs what it did, whether its price is known or not."""
    nothing = ("", 0.0)
    cents: list[int] = []
    unknown: list[str] = []
    for name in {**before, **after}:
        (was, old), (becomes, new) = before.get(name, nothing), after.get(name, nothing)
        if was == becomes:
            continue
        if old is None or new is None:
            unknown.append(" → ".join(filter(None, (was, becomes))))
        else:
            cents.append(round(100 * (new - old)))
    if not cents and not unknown:
        return None
    return CostChange(step.urn, step.name, _dollars(sum(cents)) if cents else "", ", ".join(unknown))


def _dollars(cents: int) -> str:
    return f"{'-' if cents < 0 else '+'}${abs(cents) / 100:,.2f}"


def _cents(text: str) -> int:
    return round(float(text.replace("$", "").replace(",", "")) * 100)
