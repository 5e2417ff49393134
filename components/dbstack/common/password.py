"""The master user's password where the program makes it or is given it, of an instance and of a cluster alike."""

from typing import TYPE_CHECKING

import pulumi

from dbstack.common.children import Children
from dbstack.spec.credentials import cluster_password_fault, password_fault
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.model import InstanceSpec
from dbstack.spec.types import MasterPasswordArgs, PasswordSource

if TYPE_CHECKING:
    from dbstack.spec.cluster_model import ClusterSpec

ROLE = "password"

# Letters and digits only, and 30 of them: fits the rules of every RDS engine and needs no quoting in a URL.
_LENGTH = 30


def own_password(
    name: str, spec: "InstanceSpec | ClusterSpec", args: MasterPasswordArgs, children: Children
) -> pulumi.Output[str]:
    """The password as given, else one that is generated. Raises if `config` names a key that isn't set."""
    if spec.password.source is not PasswordSource.GIVEN:
        # Imported here: programs whose passwords RDS manages never load it.
        import pulumi_random as random

        properties = {"length": _LENGTH, "special": False}
        return children.make(ROLE, random.RandomPassword, f"{name}-password", properties).result
    if spec.password.config_key is not None:
        namespace, _, key = spec.password.config_key.rpartition(":")
        return _checked(spec, pulumi.Config(namespace or None).require_secret(key))
    return _checked(spec, pulumi.Output.secret(args.get("value", "")))


def _checked(spec: "InstanceSpec | ClusterSpec", given: pulumi.Output[str]) -> pulumi.Output[str]:
    """Refuse a password that RDS would refuse, as soon as its value is known and before the database is made."""

    def check(password: str) -> str:
        if isinstance(spec, InstanceSpec):
            fault = password_fault(spec.engine, password)
        else:
            fault = cluster_password_fault(password)
        if fault is not None:
            raise SpecError([Fault("password", fault)], subject=spec.identifier)
        return password

    return given.apply(check)
