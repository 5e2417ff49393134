"""The random provider: honest randomness, every option, nothing secret in an id."""

import base64
import string
from typing import Any

import pytest
from tests.unit.sandbox_aws.sdk import names_of

from dbstack.sandbox.aws.errors import NotServed
from dbstack.sandbox.random import TYPES, RandomBackend

ID = "random:index/randomId:RandomId"
STRING = "random:index/randomString:RandomString"
PASSWORD = "random:index/randomPassword:RandomPassword"
BACKEND = RandomBackend()


def make(token: str, **props: Any) -> tuple[str, dict[str, Any]]:
    checked = BACKEND.check(token, "thing", props, {})
    assert checked.faults == []
    return BACKEND.create(token, checked.inputs)


@pytest.mark.parametrize("token", TYPES)
def test_the_table_has_the_properties_of_the_sdk(token: str) -> None:
    import importlib

    module_name, name = token.split("/")[1].split(":")
    file = "".join(f"_{char.lower()}" if char.isupper() else char for char in module_name)
    module: Any = importlib.import_module(f"pulumi_random.{file}")
    inputs, everything = names_of(getattr(module, f"{name}Args")), names_of(getattr(module, f"_{name}State"))
    assert set(TYPES[token].inputs) == inputs
    # bcryptHash would need a bcrypt library; it is left out, not faked.
    assert everything - set(TYPES[token].props) == ({"bcryptHash"} if token == PASSWORD else set())


def test_the_forms_of_an_id() -> None:
    resource_id, state = make(ID, byteLength=8, prefix="app-")
    raw = base64.urlsafe_b64decode(resource_id + "=" * (-len(resource_id) % 4))
    assert len(raw) == 8
    assert state["hex"] == f"app-{raw.hex()}"
    assert state["dec"] == f"app-{int.from_bytes(raw, 'big')}"
    assert base64.b64decode(state["b64Std"].removeprefix("app-")) == raw
    assert state["b64Url"] == f"app-{resource_id}"


def test_each_is_different() -> None:
    assert len({make(ID, byteLength=8)[0] for _ in range(50)}) == 50
    assert len({make(PASSWORD, length=20)[1]["result"] for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({"special": False}, string.ascii_letters + string.digits),
        ({"special": False, "upper": False, "lower": False}, string.digits),
        ({"special": False, "number": False}, string.ascii_letters),
        ({"overrideSpecial": "_", "upper": False, "lower": False, "numeric": False}, "_"),
    ],
)
def test_classes_of_characters(options: dict[str, Any], allowed: str) -> None:
    result = make(STRING, length=200, **options)[1]["result"]
    assert len(result) == 200
    assert set(result) <= set(allowed)


def test_minimum_counts() -> None:
    for _ in range(20):
        result = make(PASSWORD, length=10, minLower=2, minUpper=2, minNumeric=2, minSpecial=2)[1]["result"]
        assert sum(char.islower() for char in result) >= 2
        assert sum(char.isupper() for char in result) >= 2
        assert sum(char.isdigit() for char in result) >= 2
        assert sum(not char.isalnum() for char in result) >= 2


@pytest.mark.parametrize(
    ("token", "props", "words"),
    [
        (ID, {"byteLength": 0}, "at least 1"),
        (ID, {}, "is required"),
        (PASSWORD, {"length": 3, "minLower": 4}, "at least the sum"),
        (
            PASSWORD,
            {"length": 5, "lower": False, "upper": False, "numeric": False, "special": False},
            "no class",
        ),
        (PASSWORD, {"length": 5, "lenght": 6}, "did you mean length"),
    ],
)
def test_faults(token: str, props: dict[str, Any], words: str) -> None:
    faults = BACKEND.check(token, "thing", props, {}).faults
    assert any(words in reason for _, reason in faults)


def test_a_password_is_not_its_id() -> None:
    resource_id, state = make(PASSWORD, length=30)
    assert resource_id == "none"
    assert BACKEND.read(PASSWORD, resource_id, state, {"length": 30}) == ("none", state, {"length": 30})


def test_keepers_replace() -> None:
    inputs = BACKEND.check(ID, "thing", {"byteLength": 4, "keepers": {"a": "1"}}, {}).inputs
    _, state = BACKEND.create(ID, inputs)
    news = BACKEND.check(ID, "thing", {"byteLength": 4, "keepers": {"a": "2"}}, inputs).inputs
    assert BACKEND.diff(ID, state, inputs, news).replaces == ("keepers.a",)
    assert BACKEND.diff(ID, state, inputs, inputs).changes == ()


def test_an_import_of_an_id() -> None:
    resource_id, state = make(ID, byteLength=4)
    assert BACKEND.read(ID, resource_id, {}, {}) == (
        resource_id,
        {**_forms(state), "byteLength": 4},
        {"byteLength": 4},
    )


def _forms(state: dict[str, Any]) -> dict[str, Any]:
    return {key: state[key] for key in ("hex", "dec", "b64Std", "b64Url")}


def test_other_types_are_refused() -> None:
    with pytest.raises(NotServed, match="RandomPet"):
        BACKEND.check("random:index/randomPet:RandomPet", "thing", {}, {})
