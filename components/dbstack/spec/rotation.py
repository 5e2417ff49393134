"""Rules of the master password's rotation, and whose password it is in the first place."""

import re
from collections.abc import Mapping
from typing import Any

from dbstack.spec.engines import engine_facts
from dbstack.spec.paths import Path
from dbstack.spec.types import PasswordSource
from dbstack.spec.view import Faults, View

DAYS_MAX = 1000
"""[API RotationRulesType.AutomaticallyAfterDays]"""
ROTATION: Mapping[str, Any] = {"days": 30}
ENGINES = ("postgres", "mysql", "mariadb")
"""What dbstack's own rotation function knows."""
SERVICE = "secretsmanager"
"""What a rotation function must reach beside the database."""
_FUNCTION_ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?", re.ASCII)


def settled_source(view: View, engine: str, replicas: int, *, sharded: bool = False) -> PasswordSource:
    """Who makes the password; `view` is the description's `password`."""
    source: PasswordSource | None = view.get("source")
    if source is not None:
        return source
    if "config" in view.values or "value" in view.values:
        return PasswordSource.GIVEN
    if sharded or (replicas and not engine_facts(engine).managed_password_with_replicas):
        return PasswordSource.GENERATED
    return PasswordSource.MANAGED


def days_fault(days: int) -> str | None:
    """`rotation.days`."""
    return None if 1 <= days <= DAYS_MAX else f"{days}: 1 to {DAYS_MAX} days"


def function_arn_fault(text: str) -> str | None:
    """ARN of a Lambda function."""
    if _FUNCTION_ARN.fullmatch(text):
        return None
    return f"{text!r} is not a function's ARN: write arn:aws:lambda:<region>:<account>:function:<name>"


def check_rotation(
    owner: View, faults: Faults, replicas: int, placed: bool, *, clustered: bool = False
) -> None:
    """Every rule of `password.rotation`. `placed`: the owner knows subnets, so that a function can stand in them."""
    password = owner.sub("password")
    if "rotation" not in password.given or not owner.ok("engine") or "source" in password.bad:
        return
    view, engine = password.sub("rotation", ROTATION), str(owner["engine"])
    view.check(faults, "days", days_fault)
    view.check(faults, "function_arn", function_arn_fault)
    given = {*view.values, *view.bad}
    source = settled_source(password, engine, replicas, sharded="limitless" in owner.given)
    named = "function_arn" in given
    if "ca_bundle" in given and (named or source is PasswordSource.MANAGED):
        other = view.path.naming.spell("function_arn") if named else "a managed password, which RDS rotates"
        faults.add(
            view.at("ca_bundle"), f"is for the function that dbstack makes, not for {other}: leave it out"
        )
    if source is PasswordSource.GIVEN:
        message = "a given password would be wrong after the first rotation: leave one of the two out"
        faults.add(view.path, message)
    elif source is PasswordSource.MANAGED and named:
        faults.add(view.at("function_arn"), "RDS rotates a managed password itself: leave the function out")
    elif source is PasswordSource.GENERATED and not named:
        spelled = view.path.naming.spell("function_arn")
        if clustered:
            message = f"dbstack makes no rotation function for a cluster: name yours, {spelled}"
            faults.add(view.path, message)
        elif engine not in ENGINES:
            label = engine_facts(engine).label
            faults.add(view.path, f"dbstack has no rotation function for {label}: name yours, {spelled}")
        elif not placed:
            message = (
                f"only a Database makes a rotation function, as it knows the subnets: name yours, {spelled}"
            )
            faults.add(view.path, message)


def makes_function(owner: View, replicas: int) -> bool:
    """Whether the owner's password is rotated by a function that dbstack makes in the owner's subnets."""
    password = owner.sub("password")
    if "rotation" not in password.given or not owner.ok("engine") or {"source", "rotation"} & password.bad:
        return False
    rotation, source = password.sub("rotation"), settled_source(password, str(owner["engine"]), replicas)
    return source is PasswordSource.GENERATED and not {"function_arn"} & {*rotation.values, *rotation.bad}


def check_way(owner: View, faults: Faults, replicas: int, endpoints: Path) -> None:
    """For a network that dbstack makes, whose only ways out are endpoints, without one to Secrets Manager."""
    if makes_function(owner, replicas):
        message = (
            "its function has no way to Secrets Manager, as no route leads out of the network: "
            f"add {SERVICE} to {endpoints} (an endpoint costs by the hour and zone)"
        )
        faults.add(owner.sub("password").at("rotation"), message)


def rotation_days(password: View) -> int | None:
    """Days from one rotation to the next; None: no rotation is asked for."""
    return password.sub("rotation", ROTATION)["days"] if "rotation" in password.given else None
