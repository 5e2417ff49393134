"""What the roles of a database are to be, and where passwords are kept: by the stack's file, or a file of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbstack.config.files import database_settings
from dbstack.config.yaml_file import read_yaml
from dbstack.ops.errors import OpsUsageError
from dbstack.ops.roles.secret_store import AwsStore, FileStore, SecretStore
from dbstack.ops.stack import stack_file
from dbstack.ops.target import Target
from dbstack.spec.database_roles import RULES, RoleRules, RolesSpec, check_roles_alone, plan_roles
from dbstack.spec.errors import SpecError
from dbstack.spec.model import Names
from dbstack.spec.paths import Naming
from dbstack.spec.paths import Path as FieldPath
from dbstack.spec.schema import read
from dbstack.spec.types import RolesArgs
from dbstack.spec.view import Faults, View


@dataclass(frozen=True)
class Described:
    """The roles that are wanted, and the store of their users' passwords."""

    roles: RolesSpec
    store: SecretStore


def described(target: Target, file: Path | None, project: Path | None) -> Described:
    """Of a stack's database as its stack file says, of any other as `file` does; without either the defaults.

    Raises:
        OpsUsageError: the file is faulty: every fault with its path.
    """
    root = (project or Path.cwd()) / ".dbstack" / "secrets"
    rules = RULES[target.engine]
    if not target.stack or project is None:
        place = [f"{target.host}-{target.port}", target.database]
        return Described(_roles_of(file, rules), FileStore(root, place, target))
    stack = target.stack.rpartition("/")[2]
    name, settings = stack_file(project, stack)
    own = database_settings(settings, target.name)
    roles = plan_roles(own.get("roles", {}), rules) if file is None else _roles_of(file, rules)
    if not target.arn:
        return Described(roles, FileStore(root, [stack, target.name], target))
    shared: Mapping[str, Any] = settings or {}
    tags = {
        "Environment": str(shared.get("environment", stack)),
        **shared.get("tags", {}),
        **own.get("tags", {}),
    }
    return Described(roles, AwsStore(Names(name, stack, target.name).physical, tags, target))


def _roles_of(file: Path | None, rules: RoleRules) -> RolesSpec:
    if file is None:
        return plan_roles({}, rules)
    if not file.is_file():
        raise OpsUsageError(f"there is no file {file}")
    content, faults = read_yaml(file)
    root = FieldPath("", Naming.CAMEL)
    if not faults:
        record, faults = read(RolesArgs, content or {}, root)
        gathered = Faults(faults)
        check_roles_alone(View(record, root), gathered, rules)
        faults = gathered.found
        if not faults:
            return plan_roles(record, rules)
    raise OpsUsageError(str(SpecError(faults, subject=str(file))))
