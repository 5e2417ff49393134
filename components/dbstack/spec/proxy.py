"""RDS Proxy: its rules and its plan. [API] are the texts of CreateDBProxy and ConnectionPoolConfiguration."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from dbstack.spec import access, names
from dbstack.spec.engines import engine_facts
from dbstack.spec.paths import Path
from dbstack.spec.types.proxy import ProxyPinningFilter, ProxyTargetRole
from dbstack.spec.view import Faults, View

ENDPOINTS_MAX = 20
"""[UG rds-proxy-endpoints]"""
IDLE_MAX = 28_800
BORROW_MAX = 300

PROXY: Mapping[str, Any] = {
    "iam_authentication": False,
    "require_tls": True,
    "idle_client_timeout_seconds": 1800,
    "debug_logging": False,
    "endpoints": {},
    "secrets": [],
}
POOL: Mapping[str, Any] = {"max_connections_percent": 100, "borrow_timeout_seconds": 120}


class PoolSpec(NamedTuple):
    """The pool, every default filled in."""

    max_connections_percent: int
    max_idle_connections_percent: int
    borrow_timeout_seconds: int
    init_query: str | None
    session_pinning_filters: tuple[ProxyPinningFilter, ...]


class ProxySpec(NamedTuple):
    """A proxy; secrets, keys and the role's ARN stay in the arguments."""

    name: str
    engine_family: str
    port: int
    """Where the proxy listens: always the engine's default port."""
    iam_authentication: bool
    require_tls: bool
    idle_client_timeout_seconds: int
    debug_logging: bool
    pool: PoolSpec
    endpoints: Mapping[str, ProxyTargetRole]
    """Target role by the endpoint's full name."""
    endpoint_keys: Mapping[str, str]
    """Full name by the endpoint's key."""


def engine_fault(engine: str) -> str | None:
    """Why a known engine has no proxy; None if it has."""
    facts = engine_facts(engine)
    if facts.proxy_family:
        return None
    return f"RDS Proxy doesn't work with {facts.label}: leave the proxy out"


def idle_timeout_fault(seconds: int) -> str | None:
    """`idle_client_timeout_seconds`."""
    return _range(seconds, 1, IDLE_MAX, "seconds")


def borrow_timeout_fault(seconds: int) -> str | None:
    """`borrow_timeout_seconds`."""
    return _range(seconds, 0, BORROW_MAX, "seconds")


def connections_fault(percent: int) -> str | None:
    """`max_connections_percent`."""
    return _range(percent, 1, 100, "percent")


def idle_connections_fault(percent: int, most: int) -> str | None:
    """`max_idle_connections_percent`; `most` is max_connections_percent."""
    return _range(percent, 0, most, "percent (at most max_connections_percent)")


def target_role_fault(role: ProxyTargetRole, clustered: bool) -> str | None:
    """Why an endpoint can't lead there."""
    if role is ProxyTargetRole.READ_ONLY and not clustered:
        return (
            "READ_ONLY leads to the readers of a cluster, and an instance has none: leave it out, and let "
            "applications read from a replica's own host"
        )
    return None


def check_proxy(view: View, engine: str | None, default_name: str, faults: Faults, clustered: bool) -> None:
    """Every rule of a proxy; `engine` None: unknown or faulty."""
    if engine is not None:
        faults.add(view.path, engine_fault(engine))
    _check_name(view, default_name, faults)
    view.check(faults, "idle_client_timeout_seconds", idle_timeout_fault)
    view.check(faults, "role_arn", access.role_arn_fault)
    pool = view.sub("pool", POOL)
    pool.check(faults, "max_connections_percent", connections_fault)
    pool.check(faults, "borrow_timeout_seconds", borrow_timeout_fault)
    if pool.ok("max_connections_percent", "max_idle_connections_percent"):
        most: int = pool["max_connections_percent"]
        if connections_fault(most) is None:
            message = idle_connections_fault(pool["max_idle_connections_percent"], most)
            faults.add(pool.at("max_idle_connections_percent"), message)
    _check_endpoints(view, default_name, faults, clustered)
    _check_secrets(view, faults)


def _check_name(view: View, default_name: str, faults: Faults) -> None:
    if "proxy_name" in view.given:
        view.check(faults, "proxy_name", names.proxy_name_fault)
    elif "proxy_name" not in view.bad and (fault := names.proxy_name_fault(default_name)):
        faults.add(
            view.at("proxy_name"), f"{fault} (it is derived from project, stack and name: set it yourself)"
        )


def _check_endpoints(view: View, default_name: str, faults: Faults, clustered: bool) -> None:
    if not view.ok("endpoints"):
        return
    at = view.at("endpoints")
    given: Mapping[str, Mapping[str, Any]] = view["endpoints"]
    if len(given) > ENDPOINTS_MAX:
        faults.add(at, f"{len(given)} given: a proxy has at most {ENDPOINTS_MAX}, remove some")
    for key, record in given.items():
        faults.add(
            at.key(key),
            names.key_fault(key, "an endpoint's name")
            or names.proxy_name_fault(_named(view, default_name, key)),
        )
        item = View(record, at.key(key))
        if item.ok("target_role"):
            faults.add(item.at("target_role"), target_role_fault(item["target_role"], clustered))


def _check_secrets(view: View, faults: Faults) -> None:
    if not view.ok("secrets"):
        return
    for index, record in enumerate(view["secrets"]):
        item = View(record, view.at("secrets").index(index))
        item.check(faults, "secret_arn", access.secret_arn_fault)
        item.check(faults, "kms_key_id", access.key_arn_fault)


def needs_subnets(at: Path) -> str:
    """A DB subnet group is no help: a proxy names subnets."""
    return f"a proxy stands in subnets of its own choice: give {at}, at least two in different zones"


def _range(value: int, least: int, most: int, unit: str) -> str | None:
    return None if least <= value <= most else f"{value}: {least} to {most} {unit}"


def _named(view: View, default_name: str, key: str) -> str:
    name = view.get("proxy_name") or default_name
    return f"{name}-{key.lower().replace('_', '-')}"


def proxy_spec(view: View, engine: str, default_name: str) -> ProxySpec:
    """The plan of a checked proxy."""
    pool = view.sub("pool", POOL)
    most: int = pool["max_connections_percent"]
    idle: int | None = pool.get("max_idle_connections_percent")
    facts = engine_facts(engine)
    given: Mapping[str, Mapping[str, Any]] = view["endpoints"]
    keys = {key: _named(view, default_name, key) for key in given}
    return ProxySpec(
        name=view.get("proxy_name") or default_name,
        engine_family=facts.proxy_family,
        port=facts.port,
        iam_authentication=view["iam_authentication"],
        require_tls=view["require_tls"],
        idle_client_timeout_seconds=view["idle_client_timeout_seconds"],
        debug_logging=view["debug_logging"],
        pool=PoolSpec(
            max_connections_percent=most,
            max_idle_connections_percent=most // 2 if idle is None else idle,
            borrow_timeout_seconds=pool["borrow_timeout_seconds"],
            init_query=pool.get("init_query"),
            session_pinning_filters=tuple(pool.get("session_pinning_filters") or ()),
        ),
        endpoints={
            keys[key]: record.get("target_role", ProxyTargetRole.READ_WRITE) for key, record in given.items()
        },
        endpoint_keys=keys,
    )
