"""The shipped JSON Schema: current, valid, and of one mind with the check on what it can tell."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from dbstack.config import json_schema, stack_faults
from dbstack.spec import types
from dbstack.spec.paths import camel
from dbstack.spec.shapes import record_fields

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads(json_schema.FILE.read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PROD = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())


def test_the_shipped_file_is_current():
    assert json_schema.FILE.read_text() == json_schema.text(), "run `python -m dbstack.config.json_schema`"


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", sorted(ROOT.glob("Pulumi.*.yaml")), ids=lambda file: file.name)
def test_the_shipped_stack_files_fit(file):
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(file.read_text()))] == []


def test_every_field_is_described():
    docs = json_schema.field_docs()
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"]
        for field, schema in definition["properties"].items():
            assert len(schema["description"]) > 5, f"{name}.{field}"
    for name in ("StackSettings", "DatabaseSettings", "ReplicaSettings"):
        assert set(docs[name]) == set(record_fields(getattr(types, name)))


def test_the_fields_are_those_of_the_types_but_for_the_password_itself():
    assert set(SCHEMA["$defs"]["DatabaseSettings"]["properties"]) == {
        camel(name) for name in record_fields(types.DatabaseSettings)
    }
    assert set(SCHEMA["$defs"]["MasterPasswordArgs"]["properties"]) == {
        "source",
        "config",
        "kmsKeyId",
        "rotation",
    }
    assert SCHEMA["$defs"]["DatabaseSettings"]["required"] == ["engine", "engineVersion", "instanceClass"]


BOTH_REFUSE = [
    ("environment", 5),
    ("target", "moon"),
    ("databases", []),
    ("colour", "red"),
    ("databases.app.engine", "oracle"),
    ("databases.app.engineVersion", 17),
    ("databases.app.port", 80),
    ("databases.app.port", "5432"),
    ("databases.app.multiAz", "yes"),
    ("databases.app.storage", {"type": "standard"}),
    ("databases.app.storage", {"allocatedGib": 5}),
    ("databases.app.storage", {"allocated_gib": 20}),
    ("databases.app.backup", {"retentionDays": 36}),
    ("databases.app.password", {"value": "sesame1234"}),
    ("databases.app.access", {"fromCidrs": "10.0.0.0/8"}),
    ("databases.app.replicas", {"r": {"engine": "postgres"}}),
    ("databases.app.tags", {"a": 1}),
    ("network", {"vpcCidr": "10.0.0.0/16", "availabilityZones": 1}),
    ("network", {}),
    ("network", {"vpcId": "vpc-12345678"}),
    ("network", {"vpcCidr": "10.0.0.0/16", "vpcId": "vpc-12345678", "subnetIds": ["a", "b"]}),
]


@pytest.mark.parametrize(("path", "value"), BOTH_REFUSE)
def test_what_the_schema_refuses_the_check_refuses(path, value):
    file = copy.deepcopy(PROD)
    place = file["config"]["dbstack:stack"]
    *folders, last = path.split(".")
    for folder in folders:
        place = place[folder]
    place[last] = value
    assert list(VALIDATOR.iter_errors(file))
    _, found = stack_faults(file["config"]["dbstack:stack"], "shop", "prod", "us-east-1")
    assert found
    assert all(fault.path.startswith(path) for fault in found)
