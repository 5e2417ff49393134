"""The structural check: types, names, presence; programs' spelling and YAML's; outputs only where they may stand."""

from typing import NotRequired, TypedDict

import pulumi
import pytest

from dbstack.spec import types
from dbstack.spec.errors import Fault
from dbstack.spec.paths import Naming, Path, camel, snake
from dbstack.spec.schema import read, validate
from dbstack.spec.shapes import Kind, record_fields, shape_of

DATABASE = {"engine": "postgres", "engine_version": "17", "instance_class": "db.t3.micro"}
YAML_DATABASE = {"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t3.micro"}

ENGINES = (
    "postgres, mysql, mariadb, oracle-ee, oracle-ee-cdb, oracle-se2, oracle-se2-cdb, sqlserver-ex, sqlserver-web, "
    "sqlserver-se or sqlserver-ee"
)


def faults(typed_dict, value, naming="snake"):
    return {fault.path: fault.message for fault in validate(typed_dict, value, naming=naming)}


WRONG_TYPES = [
    ("port", "5432", "'5432' is a text: give a whole number, without quotes"),
    ("port", 5432.5, "5432.5 is a number: give a whole number"),
    ("port", float("nan"), "nan is a number: give a whole number"),
    ("port", float("inf"), "inf is a number: give a whole number"),
    ("port", True, "true is a yes-or-no value: give a whole number"),
    ("port", None, "has no value: give a whole number, or leave it out"),
    ("port", [5432], "this is a list: give a whole number"),
    ("multi_az", "yes", "'yes' is a text: give true or false, without quotes"),
    ("multi_az", 1, "1 is a number: give true or false"),
    ("engine_version", 17, "17 is a number: give a text, put it in quotes"),
    ("engine_version", 8.4, "8.4 is a number: give a text, put it in quotes"),
    ("engine_version", {}, "this is an object: give a text"),
    ("engine", "oracle", f"'oracle' is not a choice: use {ENGINES}, did you mean 'oracle-ee'?"),
    (
        "engine",
        "Postgres",
        f"'Postgres' is not a choice: use {ENGINES}, did you mean 'postgres'?",
    ),
    ("engine", 5, f"5 is a number: give one of {ENGINES}"),
    ("on_delete", "keep", "'keep' is not a choice: use snapshot, retain or destroy"),
    ("storage", [], "this is a list: give an object with allocated_gib, max_allocated_gib..."),
    ("storage", "20", "'20' is a text: give an object with allocated_gib..."),
    ("replicas", ["a"], "this is a list: give an object"),
    ("tags", "a=b", "'a=b' is a text: give an object"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG_TYPES)
def test_a_wrong_type(field, value, message):
    found = faults(types.DatabaseSettings, {**DATABASE, field: value})
    assert list(found) == [field]
    if message.endswith("..."):
        assert found[field].startswith(message.removesuffix("..."))
    else:
        assert found[field] == message


def test_what_is_right():
    assert validate(types.DatabaseSettings, DATABASE) == []
    assert validate(types.DatabaseSettings, YAML_DATABASE, naming="camel") == []
    whole = {**DATABASE, "engine": types.Engine.POSTGRES, "port": 5432.0, "replicas": {"a": {}}, "tags": {}}
    assert validate(types.DatabaseSettings, whole) == []


def test_each_field_is_read_in_either_spelling():
    for typed_dict in (
        types.StackSettings,
        types.DatabaseArgs,
        types.ReadReplicaArgs,
        types.DatabaseNetworkArgs,
    ):
        for name in record_fields(typed_dict):
            assert snake(camel(name)) == name


def test_all_faults_at_once_with_full_paths():
    value = {
        "environment": 1,
        "network": {"vpcCidr": 10},
        "databases": {
            "app": {
                "engine": "postgres",
                "engineVersion": 17,
                "storage": {"allocatedGib": "20", "typ": "gp3"},
                "replicas": {"a b": {"instanceclass": "x"}},
                "access": {"fromCidrs": ["10.0.0.0/8", 3]},
            },
            "a.b": 5,
        },
    }
    assert list(faults(types.StackSettings, value, "camel")) == [
        "environment",
        "network.vpcCidr",
        "databases.app.engineVersion",
        "databases.app.storage.allocatedGib",
        "databases.app.storage.typ",
        "databases.app.replicas['a b'].instanceclass",
        "databases.app.access.fromCidrs[1]",
        "databases.app.instanceClass",
        "databases['a.b']",
    ]


@pytest.mark.parametrize(
    ("naming", "key", "message"),
    [
        ("camel", "engineVersoin", "is unknown: did you mean 'engineVersion'?"),
        ("camel", "engine_version", "is unknown: did you mean 'engineVersion'?"),
        ("camel", "multiAZ", "is unknown: did you mean 'multiAz'?"),
        ("camel", "EngineVersion", "is unknown: did you mean 'engineVersion'?"),
        ("snake", "engineVersion", "is unknown: did you mean 'engine_version'?"),
        ("snake", "intance_class", "is unknown: did you mean 'instance_class'?"),
        ("snake", "colour", "is unknown: there are engine, engine_version, instance_class"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(naming, key, message):
    given = YAML_DATABASE if naming == "camel" else DATABASE
    assert message in faults(types.DatabaseSettings, {**given, key: "x"}, naming)[key]


def test_a_misspelled_field_is_not_missing_as_well():
    found = faults(types.DatabaseSettings, {"engine": "mysql", "engineVersion": "8.4", "instance_clas": "x"})
    assert found == {
        "engineVersion": "is unknown: did you mean 'engine_version'?",
        "instance_clas": "is unknown: did you mean 'instance_class'?",
    }


def test_what_is_missing():
    assert faults(types.DatabaseSettings, {}) == {
        "engine": f"is missing: give one of {ENGINES}",
        "engine_version": "is missing: give a text",
        "instance_class": "is missing: give a text",
    }
    assert faults(types.StackSettings, None, "camel")[""].startswith(
        "has no value: give an object with environment"
    )


def test_an_object_left_empty():
    settings = {**YAML_DATABASE, "replicas": {"reporting": None}, "storage": None}
    message = "has no value: write {} for the defaults, or leave it out"
    assert faults(types.DatabaseSettings, settings, "camel") == {
        "replicas.reporting": message,
        "storage": message,
    }


def test_outputs_pass_where_they_may_stand_and_nowhere_else():
    output = pulumi.Output.from_input("x")
    network = {"vpc_id": output, "subnet_ids": [output, output], "application_security_group_id": output}
    good = {**DATABASE, "network": network, "password": {"value": output}, "storage": {"kms_key_id": output}}
    assert validate(types.DatabaseArgs, good) == []
    assert validate(types.DatabaseArgs, {**good, "network": {**network, "subnet_ids": output}}) == []
    bad = {
        **DATABASE,
        "network": output,
        "instance_class": output,
        "port": output,
        "tags": {"a": output},
        "access": {"from_cidrs": [output], "from_security_groups": [output]},
    }
    refused = faults(types.DatabaseArgs, bad)
    assert set(refused) == {"network", "instance_class", "port", "tags.a", "access.from_cidrs[0]"}
    assert all("must be known before anything is created" in message for message in refused.values())


def test_an_awaitable_is_an_input_too():
    async def later():
        return "x"

    coroutine = later()
    try:
        network = {"vpc_id": coroutine, "subnet_ids": ["subnet-12345678"]}
        assert validate(types.DatabaseArgs, {**DATABASE, "network": network}) == []
    finally:
        coroutine.close()


SECRET = "hunter2-sesame"


@pytest.mark.parametrize(
    "password",
    [
        SECRET,
        [SECRET],
        {"value": {"x": SECRET}},
        {"source": SECRET},
        {"config": [SECRET]},
        {SECRET: 1, "value": 2},
    ],
)
@pytest.mark.parametrize("naming", ["snake", "camel"])
def test_no_password_in_a_message_wherever_it_was_put(password, naming):
    given = YAML_DATABASE if naming == "camel" else DATABASE
    found = validate(types.DatabaseSettings, {**given, "password": password}, naming=naming)
    assert found
    assert not any(SECRET in fault.message for fault in found)


def test_a_password_in_a_stack_config_is_refused():
    found = faults(types.DatabaseSettings, {**YAML_DATABASE, "password": {"value": SECRET}}, "camel")
    assert "no password stands in a stack config" in found["password.value"]
    assert SECRET not in found["password.value"]


def test_long_values_are_cut():
    message = faults(types.DatabaseSettings, {**DATABASE, "port": "x" * 500})["port"]
    assert len(message) < 150


def test_keys_that_are_no_texts():
    found = faults(types.DatabaseSettings, {**DATABASE, "tags": {1: "a"}, "replicas": {True: {}}})
    assert found == {
        "tags.1": "the name is 1: put it in quotes",
        "replicas.True": "the name is true: put it in quotes",
    }


def test_reading_converts_names_choices_and_whole_numbers():
    value = {**YAML_DATABASE, "port": 5432.0, "tags": {"camelKey": "x"}, "storage": {"allocatedGib": 20.0}}
    record, found = read(types.DatabaseSettings, value, Path("", Naming.CAMEL))
    assert found == []
    assert record == {**DATABASE, "port": 5432, "tags": {"camelKey": "x"}, "storage": {"allocated_gib": 20}}
    assert record["engine"] is types.Engine.POSTGRES
    assert isinstance(record["port"], int)
    assert isinstance(record["storage"]["allocated_gib"], int)


def test_the_given_value_is_left_as_it_was():
    value = {**YAML_DATABASE, "storage": {"allocatedGib": 20.0}, "nonsense": []}
    copy = {**value, "storage": dict(value["storage"])}
    validate(types.DatabaseSettings, value, naming="camel")
    assert value == copy


def test_a_fault_knows_its_place_under_a_prefix():
    assert validate(types.StorageArgs, {"type": 1}, "databases.app.storage", naming="camel") == [
        Fault("databases.app.storage.type", "1 is a number: give one of gp2, gp3, io1 or io2")
    ]


def test_types_that_the_walk_does_not_handle_are_told():
    class Odd(TypedDict):
        either: NotRequired[str | int]

    with pytest.raises(TypeError, match="no union but"):
        validate(Odd, {"either": 1})
    with pytest.raises(TypeError, match="can't have"):
        shape_of(bytes)


def test_every_field_of_every_type_is_handled():
    found = 0
    for name in vars(types):
        typed_dict = getattr(types, name)
        if name.endswith(("Args", "Settings", "Base")) and isinstance(typed_dict, type):
            for field in record_fields(typed_dict).values():
                assert isinstance(field.shape.kind, Kind)
                found += 1
    assert found > 80
