"""The table of bad inputs, through `dbstack check` and through the components: refused before anything is created."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from pulumi.runtime import settings
from tests.unit.config import bad_inputs
from tests.unit.config.bad_inputs import CLUSTER, DATABASE, ROWS

from dbstack import Database, DatabaseCluster, SpecError
from dbstack.cli import main
from dbstack.spec import types
from dbstack.spec.paths import camel
from dbstack.testing import deploy


def test_there_are_enough_of_them() -> None:
    assert len({(room, path, given) for room, given, path, _ in ROWS}) >= 120


def written(folder: Path, stack: dict[str, Any]) -> None:
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    config = {"aws:region": "us-east-1", "shop:given": {"secure": "sealed"}, "dbstack:stack": stack}
    (folder / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": config}, sort_keys=False))


def test_what_the_rows_are_laid_over_is_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, bad_inputs.BASE)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["check", "--stack", "prod"])
    assert (done.exit_code, done.output) == (0, "no faults\n")


@pytest.mark.parametrize(
    ("room", "given", "path", "words"),
    ROWS,
    ids=[f"{'.'.join(room)} {given[:60]}" for room, given, *_ in ROWS],
)
def test_check_refuses_it(
    room: tuple[str, ...], given: str, path: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, bad_inputs.stack(room, given))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["check", "--stack", "prod"])
    assert done.exit_code == 2
    whole = "databases" if path == "databases" else ".".join((*room, path))
    [line, count] = done.stderr.splitlines()
    assert count == "1 fault"
    assert line.startswith(f"Pulumi.prod.yaml: {whole}: "), line
    assert words in line.removeprefix(f"Pulumi.prod.yaml: {whole}: ")


FIELDS = {
    camel(field): field
    for _, found in inspect.getmembers(types, inspect.isclass)
    if hasattr(found, "__required_keys__")
    for field in found.__annotations__
}


def respelled(value: Any) -> Any:
    """YAML's spelling into Python's: names of ours, never keys of the user's."""
    if isinstance(value, list):
        return [respelled(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {FIELDS.get(key, key): respelled(item) for key, item in value.items()}


# A program may hold a password, and for a name in camelCase another name is the nearest.
OF_A_CONFIG_ALONE = ("no password stands in a stack config", "did you mean 'instanceClass'?")
OF_A_PROGRAM = [
    (component, *row)
    for component, rows in ((Database, DATABASE), (DatabaseCluster, CLUSTER))
    for row in rows
    if row[2] not in OF_A_CONFIG_ALONE
]


@pytest.mark.parametrize(
    ("component", "given", "path", "words"),
    OF_A_PROGRAM,
    ids=[f"{component.__name__} {given[:60]}" for component, given, *_ in OF_A_PROGRAM],
)
def test_a_component_refuses_it(component: Any, given: str, path: str, words: str) -> None:
    room = ("databases", "app") if component is Database else ("clusters", "orders")
    described = bad_inputs.stack(room, given)[room[0]][room[1]]
    placement = {
        "vpc_id": "vpc-12345678",
        "subnet_ids": ["subnet-12345678", "subnet-12345679"],
        "application_security_group_id": "sg-12345678",
    }
    registered: list[int] = []

    def program() -> None:
        monitor: Any = settings.get_monitor()
        try:
            component("app", {**respelled(described), "network": placement})
        finally:
            registered.append(len(monitor.recorded))

    with pytest.raises(SpecError) as caught:
        deploy(program, project="shop", stack="prod")
    [fault] = caught.value.faults
    assert fault.path == re.sub(r"\w+", lambda word: FIELDS.get(word[0], word[0]), path)
    assert re.sub(r"\w+", lambda word: FIELDS.get(word[0], word[0]), words) in fault.message
    assert registered == [0]
