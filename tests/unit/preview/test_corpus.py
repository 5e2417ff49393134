"""Recorded changes, judged anew: a class or a text that changes is a difference in the golden file.

tests/fixtures/record_previews.py records them with the real engine.
"""

import copy
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from tests.fixtures.preview_changes import CHANGES, STACK
from tests.fixtures.previews import CORPUS, GOLDEN, changes, conditions, golden, judged, touched

from dbstack.preview import render_markdown, to_json
from dbstack.preview.reading import read_report
from dbstack.preview.text import render_text
from dbstack.sandbox.aws.table import TYPES as SERVED
from dbstack.spec.changes import TABLE

SCHEMA: dict[str, Any] = json.loads((files("dbstack.config") / "stack.schema.json").read_text())
RECORDED: dict[str, Any] = json.loads(CORPUS.read_text())
EXPECTED: dict[str, Any] = json.loads(GOLDEN.read_text())
NAMES = sorted(changes(RECORDED))


@pytest.mark.parametrize("name", NAMES)
def test_the_report_of_each_recorded_change(name: str):
    assert golden(judged(RECORDED, name)) == EXPECTED[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_report_survives_its_json_form(name: str):
    made = judged(RECORDED, name)
    again = read_report(to_json(made).encode())
    assert render_markdown(again) == render_markdown(made)
    assert render_text(again) == render_text(made)


def test_the_corpus_is_whole():
    assert len(NAMES) >= 60
    assert set(NAMES) == EXPECTED.keys()
    found = {one.risk for name in NAMES for one in judged(RECORDED, name).findings}
    assert {str(risk) for risk in found} == {"data-loss", "downtime", "reboot", "online", "unknown"}


def test_nothing_recorded_is_of_a_machine_or_secret():
    text = CORPUS.read_text()
    for word in ("/tmp", "/root", "127.0.0.1", "localhost", "base-password", "not-a-real-password"):
        assert word not in text


# Properties that the sandbox takes, and that no recorded change changes: why.
LEFT_OUT: dict[str, dict[str, str]] = {}


def test_every_property_of_the_tables_that_the_sandbox_serves_is_changed_once():
    seen = {(token, prop) for name in NAMES for token, prop, *_ in touched(RECORDED, name)}
    for token in TABLE.keys() & SERVED.keys():
        served = {name for name, prop in SERVED[token].inputs.items() if not prop.refused}
        missing = {prop for prop in served & TABLE[token].rules.keys() if (token, prop) not in seen}
        assert missing == LEFT_OUT.get(token, {}).keys(), token


def test_every_condition_is_met_and_not_met():
    sides = conditions(RECORDED)
    for token in TABLE.keys() & SERVED.keys():
        for prop, rules in TABLE[token].rules.items():
            if SERVED[token].inputs.get(prop) is None or prop in LEFT_OUT.get(token, {}):
                continue
            for rule in rules:
                if rule.test is not None:
                    assert sides[token, prop, rule.condition] == {True, False}, (token, prop, rule.condition)


def leaves(node: dict[str, Any], path: str = "") -> Iterator[str]:
    if "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]
    for choice in node.get("anyOf", node.get("oneOf", ())):
        yield from leaves(choice, path)
    for name, inner in node.get("properties", {}).items():
        yield from leaves(inner, f"{path}.{name}" if path else name)
    if isinstance(node.get("additionalProperties"), dict):
        yield from leaves(node["additionalProperties"], f"{path}.*")
    if node.get("type") not in (None, "object"):
        yield path


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every value of a stack by its path."""
    if isinstance(value, dict) and value:
        return {
            where: inner
            for name, one in value.items()
            for where, inner in flat(one, f"{path}.{name}" if path else name).items()
        }
    return {path: value}


# Arguments that no change of the corpus changes: why.
NOT_CHANGED: dict[str, str] = {}


def test_every_argument_of_the_stack_is_changed_once():
    changed: set[str] = set()
    for change in CHANGES.values():
        stack = copy.deepcopy(STACK)
        change(stack)
        before, after = flat(STACK), flat(stack)
        changed |= {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    root = SCHEMA["properties"]["config"]["properties"]["dbstack:stack"]
    missing = {
        leaf
        for leaf in leaves(root)
        if not any(re.fullmatch(re.escape(leaf).replace(r"\*", ".+"), path) for path in changed)
    }
    assert missing == NOT_CHANGED.keys()
