"""Names of a database in a hosted zone of Route 53.

Source: [API] ChangeResourceRecordSets (botocore 1.44.5); Route 53 Developer Guide, DomainNameFormat.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from dbstack.spec.view import Faults, View

TTL_SECONDS = 60
"""Short, so that clients soon follow a database that moved."""
_LONGEST, _TTL_MOST = 253, 2_147_483_647
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII | re.IGNORECASE)
_ZONE = re.compile(r"[A-Z0-9]{1,32}", re.ASCII)


class DnsSpec(NamedTuple):
    """A name that points at a host name of RDS; the zone's id stays in the arguments."""

    name: str
    ttl_seconds: int


def name_fault(text: str) -> str | None:
    """A full name, with its zone's."""
    labels = text.rstrip(".").split(".")
    if len(text) > _LONGEST or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return f"{text!r} is not a full DNS name: write one in the zone, e.g. orders.db.example.internal"
    return None


def zone_fault(text: str) -> str | None:
    """Form of a hosted zone's id."""
    if _ZONE.fullmatch(text):
        return None
    return f"{text!r} is not a hosted zone's id: it has capitals and digits alone, e.g. Z0123456789ABCDEFGHIJ"


def ttl_fault(seconds: int) -> str | None:
    """How long a name may be kept by those who asked for it."""
    return None if 0 <= seconds <= _TTL_MOST else f"{seconds}: 0 to {_TTL_MOST} seconds"


def check_dns(view: View, faults: Faults) -> None:
    """The names of a database and of its replicas: sound, and each one's own."""
    own = view.sub("dns")
    own.check(faults, "name", name_fault)
    own.check(faults, "zone_id", zone_fault)
    own.check(faults, "ttl_seconds", ttl_fault)
    seen = {_plain(own["name"]): "the database"} if own.ok("name") else {}
    replicas: Mapping[str, Mapping[str, Any]] = view["replicas"] if view.ok("replicas") else {}
    for key, record in replicas.items():
        replica = View(record, view.at("replicas").key(key))
        if not replica.ok("dns_name"):
            continue
        at, name = replica.at("dns_name"), str(replica["dns_name"])
        fault = name_fault(name)
        if fault is None and "dns" not in view.given and "dns" not in view.bad:
            zone = view.path.naming.spell("zone_id")
            fault = f"has no zone to stand in: name it in the database's dns ({zone}), or leave it out"
        if fault is None and _plain(name) in seen:
            fault = f"{name!r} is also the name of {seen[_plain(name)]}: choose another"
        faults.add(at, fault)
        seen[_plain(name)] = f"the replica {key!r}"


def _plain(name: object) -> str:
    return str(name).lower().rstrip(".")


def dns_spec(view: View) -> DnsSpec | None:
    """The plan of a sound description's name."""
    if "dns" not in view.given:
        return None
    own = view.sub("dns", {"ttl_seconds": TTL_SECONDS})
    return DnsSpec(_plain(own["name"]), own["ttl_seconds"])
