"""Blue/green updates: what they can't go together with, and the consent that they need.

Sources: [UG] RDS User Guide, blue-green-deployments-considerations and rds-secrets-manager; the provider's
documentation of `blue_green_update`, and what it was seen to do: hashicorp/terraform-provider-aws issues 29887,
37775, 42354.
"""

from dbstack.spec.defaults import BACKUP
from dbstack.spec.engines import engine_facts
from dbstack.spec.rotation import settled_source
from dbstack.spec.types import OnDelete, PasswordSource
from dbstack.spec.view import Faults, View


def blue_green(view: View) -> bool:
    """Whether updates of the database are made blue/green."""
    return view.sub("blue_green_update").get("enabled") is True


def check_blue_green(view: View, faults: Faults, replicas: int) -> None:
    """Every rule of `blue_green_update`, where it is on; `view` is the database's description."""
    wanted = view.sub("blue_green_update")
    if view.bad & {"blue_green_update"} or not wanted.ok("enabled") or not blue_green(view):
        return
    at, spell = wanted.at("enabled"), view.path.naming.spell
    if view.ok("engine"):
        facts = engine_facts(str(view["engine"]))
        if not facts.blue_green:
            message = (
                f"{facts.label} has no blue/green updates, postgres, mysql and mariadb have: leave it out"
            )
            faults.add(at, message)
        password = view.sub("password")
        managed = settled_source(password, facts.name, replicas) is PasswordSource.MANAGED
        if facts.blue_green and managed and not {"password"} & view.bad and "source" not in password.bad:
            message = (
                "RDS can't do it while it manages the master password: write `password: {source: generated}` "
                "(in a deployment before: applications find the password in another secret then)"
            )
            faults.add(at, message)
    if replicas:
        message = (
            "the provider can't do it with read replicas: leave one of the two out, or make the blue/green "
            "deployment by hand and `pulumi refresh` after it"
        )
        faults.add(at, message)
    backup = view.sub("backup", BACKUP)
    if backup.ok("retention_days") and backup["retention_days"] == 0:
        message = "it needs automated backups: keep them for 1 day or more, or leave it out"
        faults.add(at, message)
    if view.get("on_delete") is not OnDelete.DESTROY and wanted.get("discard_source") is not True:
        message = (
            "is missing: after the switchover the provider deletes the old instance, protected or not, and takes no "
            f"final snapshot of it. To consent write `{spell('discard_source')}: true`, and take a snapshot before "
            "each update"
        )
        faults.add(wanted.at("discard_source"), message)
