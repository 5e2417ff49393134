"""`dbstack check`: the stack files of a project, read as Pulumi reads them, without Pulumi and without AWS."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from dbstack.config.notes import stack_notes
from dbstack.config.stack import KEY, NAMESPACE, region_faults, stack_faults
from dbstack.config.yaml_file import read_yaml
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.names import config_key_fault
from dbstack.spec.paths import Naming
from dbstack.spec.paths import Path as FieldPath
from dbstack.spec.types import StackSettings
from dbstack.spec.view import Faults

_OBJECT = f"{NAMESPACE}:{KEY}"
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")
_SECRET_WAY_OUT = (
    "a secret can't stand inside this object: name its key, e.g. `password: {config: dbstack:appPassword}`, "
    "and keep it with `pulumi config set --secret dbstack:appPassword`"
)


def check_files(
    project_dir: Path, stack: str | None = None, notes: list[tuple[Path, Fault]] | None = None
) -> list[tuple[Path, Fault]]:
    """Every fault of the project's stack files (or of one stack's), with the file it is in. Contacts nothing.

    `notes` gets what is no fault of files that have none, but worth knowing.
    """
    description, faults = _project(project_dir)
    if description is None:
        return faults
    folder = _folder(project_dir, description)
    files = _stack_files(folder, stack)
    if not files:
        missing = f"Pulumi.{_short(stack)}.yaml" if stack else "Pulumi.<stack>.yaml"
        return [*faults, (folder, Fault("", f"there is no {missing}: make one, or name another stack"))]
    for file in files:
        told: list[Fault] = []
        faults += [(file, fault) for fault in _check_file(file, description, told)[1]]
        if notes is not None:
            notes += [(file, note) for note in told]
    return faults


def read_stack(project_dir: Path, stack: str) -> tuple[str, StackSettings | None]:
    """Name of the project, and what the file of a stack describes; None without a file or without `dbstack:stack`.

    Contacts nothing. Raises SpecError with every fault of the file.
    """
    description, faults = _project(project_dir)
    if description is None:
        raise SpecError([fault for _, fault in faults], subject="Pulumi.yaml")
    name = str(description.get("name", ""))
    for file in _stack_files(_folder(project_dir, description), stack):
        content, _ = read_yaml(file)
        config = _config(content, Faults())
        if config is None or _OBJECT not in config:
            continue
        settings, found = _check_file(file, description, [])
        if found:
            raise SpecError(found, subject=file.name)
        return name, settings
    return name, None


def database_settings(settings: StackSettings | None, name: str) -> Mapping[str, Any]:
    """What a stack describes of a database or a cluster; empty where it describes none of this name."""
    if settings is None:
        return {}
    clusters: Mapping[str, Mapping[str, Any]] = settings.get("clusters", {})
    databases: Mapping[str, Mapping[str, Any]] = settings["databases"]
    return databases.get(name) or clusters.get(name) or {}


def _project(project_dir: Path) -> tuple[dict[str, Any] | None, list[tuple[Path, Fault]]]:
    """Pulumi.yaml; None where it can't be read, and why."""
    file = next((project_dir / name for name in _PROJECT_FILES if (project_dir / name).is_file()), None)
    if file is None:
        missing = "there is no Pulumi.yaml: run this in the folder of your Pulumi project"
        return None, [(project_dir, Fault("", missing))]
    project, found = read_yaml(file)
    faults = [(file, fault) for fault in found]
    if not isinstance(project, dict):
        return None, faults or [(file, Fault("", "is not a Pulumi project: it has no `name`"))]
    return cast(dict[str, Any], project), faults


def _folder(project_dir: Path, description: Mapping[str, Any]) -> Path:
    return project_dir / str(description.get("stackConfigDir") or ".")


def _short(stack: str) -> str:
    """`acme/shop/dev` -> `dev`: only the last part names the file."""
    return stack.rpartition("/")[2]


def _stack_files(folder: Path, stack: str | None) -> list[Path]:
    wanted = _short(stack) if stack else "*"
    found = {file for ending in ("yaml", "yml") for file in folder.glob(f"Pulumi.{wanted}.{ending}")}
    return sorted(found)


def _check_file(
    file: Path, project: Mapping[str, Any], notes: list[Fault]
) -> tuple[StackSettings | None, list[Fault]]:
    content, found = read_yaml(file)
    faults = Faults(found)
    stack = file.name.removeprefix("Pulumi.").rpartition(".")[0]
    config = _config(content, faults)
    if config is None:
        return None, faults.found
    region = config["aws:region"] if "aws:region" in config else _project_region(project)
    aws_region = region_faults(region, faults) if region is not None else None
    if _OBJECT not in config:
        faults.add(FieldPath(_OBJECT), "is missing: describe the stack's network and databases under it")
        return None, faults.found
    root = FieldPath("", Naming.CAMEL)
    value = _without_secrets(_object(config[_OBJECT]), root, faults)
    if value is None:
        return None, faults.found
    settings, wrong = stack_faults(value, str(project.get("name", "")), stack, aws_region)
    faults.found += wrong
    for where in ("databases", "clusters"):
        described: Mapping[str, Mapping[str, Any]] = dict(settings.get(where) or {})
        for name, database in described.items():
            key = database.get("password", {}).get("config")
            # A faulty key isn't looked for: it may be the password itself, in the wrong place, and would be shown.
            if isinstance(key, str) and config_key_fault(key) is None:
                at = root.field(where).key(name).fields("password", "config")
                _secret_key(key, config, at, faults)
    if not faults.found:
        notes += stack_notes(settings, aws_region)
    return settings, faults.found


def _config(content: object, faults: Faults) -> dict[str, Any] | None:
    """The file's `config`, by its full keys."""
    if content is None and faults.found:
        return None
    whole = cast(dict[str, Any], content) if isinstance(content, dict) else {}
    config = whole.get("config")
    if not isinstance(config, dict):
        faults.add(FieldPath("config"), f"is missing: the file needs `config:` with `{_OBJECT}:` under it")
        return None
    return cast(dict[str, Any], config)


def _project_region(project: Mapping[str, Any]) -> object:
    """The region where the stack file sets none: Pulumi.yaml's, else the environment's."""
    shared = project.get("config")
    given: Any = cast(dict[str, Any], shared).get("aws:region") if isinstance(shared, dict) else None
    if isinstance(given, dict):
        described = cast(dict[str, Any], given)
        given = described.get("value", described.get("default"))
    return given or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None


def _object(value: object) -> object:
    """`pulumi config set` without `--path` stores an object as JSON text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _without_secrets(value: object, at: FieldPath, faults: Faults) -> Any:
    """The value without encrypted parts, each of which is a fault; None if it is one itself."""
    if isinstance(value, list):
        items = cast(list[object], value)
        return [_without_secrets(item, at.index(index), faults) for index, item in enumerate(items)]
    if not isinstance(value, dict):
        return value
    given = cast(dict[str, object], value)
    if set(given) == {"secure"}:
        faults.add(at if at.text else FieldPath(_OBJECT), _SECRET_WAY_OUT)
        return None
    return {
        key: clean
        for key, item in given.items()
        # An empty value stays, to be reported as one.
        if (clean := _without_secrets(item, at.key(str(key)), faults)) is not None or item is None
    }


def _secret_key(key: str, config: Mapping[str, Any], at: FieldPath, faults: Faults) -> None:
    """A key that holds a password has to be there, and as a secret."""
    set_it = f"`pulumi config set --secret {key}`"
    if key not in config:
        faults.add(at, f"'{key}' is not in the file: set it with {set_it}")
    elif not (isinstance(config[key], dict) and set(cast(dict[str, Any], config[key])) == {"secure"}):
        faults.add(at, f"'{key}' stands in clear in the file: change the password and set it with {set_it}")
