"""Parameter groups, option groups and what an engine can be asked for: each bad input with its path and the way out."""

from typing import Any

import pytest

from dbstack import SpecError
from dbstack.spec import plan, storage
from dbstack.spec.groups import adopted_fault, option_fault, parameter_fault, setting_fault
from dbstack.spec.model import Names
from dbstack.spec.parameter_table import DYNAMIC, STATIC, apply_method, is_static

NAMES = Names("shop", "dev", "app")
NETWORK = {"vpc_id": "vpc-12345678", "subnet_ids": ["subnet-12345678", "subnet-87654321"]}
OF_ENGINE: dict[str, dict[str, Any]] = {
    "postgres": {"engine_version": "17", "instance_class": "db.t3.micro"},
    "mysql": {"engine_version": "8.4", "instance_class": "db.t3.micro"},
    "mariadb": {"engine_version": "11.4", "instance_class": "db.t3.micro"},
    "oracle-ee": {"engine_version": "19", "instance_class": "db.t3.small"},
    "oracle-ee-cdb": {"engine_version": "21", "instance_class": "db.t3.small"},
    "oracle-se2": {
        "engine_version": "19",
        "instance_class": "db.t3.small",
        "license_model": "license-included",
    },
    "oracle-se2-cdb": {
        "engine_version": "19",
        "instance_class": "db.t3.small",
        "license_model": "bring-your-own-license",
    },
    "sqlserver-ex": {"engine_version": "16.00", "instance_class": "db.t3.micro"},
    "sqlserver-web": {"engine_version": "16.00", "instance_class": "db.t3.small"},
    "sqlserver-se": {"engine_version": "16.00", "instance_class": "db.t3.xlarge"},
    "sqlserver-ee": {"engine_version": "15.00", "instance_class": "db.t3.xlarge"},
}


def args(engine: str, **more: Any) -> dict[str, Any]:
    return {"engine": engine, **OF_ENGINE[engine], "network": NETWORK, **more}


def planned(engine: str, **more: Any) -> Any:
    return plan.plan_database(args(engine, **more), NAMES)


BAD = [
    # Engines and what they can be asked for.
    ("sqlserver-ex", {"database_name": "app"}, "database_name", "leave it out, and create one by SQL"),
    ("oracle-ee", {"database_name": "app"}, "database_name", "write 'APP'"),
    ("oracle-ee", {"database_name": "APPLICATION"}, "database_name", "at most 8"),
    ("oracle-ee", {"engine_version": "21"}, "engine_version", "oracle-ee-cdb only"),
    ("oracle-ee", {"engine_version": "19c"}, "engine_version", "write the major version, '19'"),
    ("sqlserver-ee", {"engine_version": "2022"}, "engine_version", "write the major version, '16.00'"),
    ("oracle-ee", {"instance_class": "db.r6g.large"}, "instance_class", "use db.r6i.large"),
    ("sqlserver-se", {"instance_class": "db.t3.medium"}, "instance_class", "use db.t3.xlarge"),
    ("oracle-ee", {"instance_class": "db.t3.micro"}, "instance_class", "use db.t3.small"),
    ("mysql", {"instance_class": "db.r5.large.tpc1.mem2x"}, "instance_class", "leave out '.tpc1.mem2x'"),
    ("sqlserver-ex", {"multi_az": True}, "multi_az", "use sqlserver-se or sqlserver-ee"),
    ("sqlserver-web", {"multi_az": True}, "multi_az", "use sqlserver-se or sqlserver-ee"),
    ("sqlserver-se", {"replicas": {"r": {}}}, "replicas", "remove them, or use sqlserver-ee"),
    ("oracle-se2", {"replicas": {"r": {}}}, "replicas", "remove them, or use oracle-ee"),
    ("oracle-ee", {"replicas": {f"r{n}": {} for n in range(6)}}, "replicas", "RDS allows 5"),
    (
        "oracle-ee",
        {"replicas": {"r": {"instance_class": "db.r6g.large"}}},
        "replicas.r.instance_class",
        "db.r6i",
    ),
    ("sqlserver-ex", {"port": 1434}, "port", "use another, e.g. 1433"),
    ("sqlserver-ex", {"port": 49154}, "port", "use another"),
    (
        "oracle-se2",
        {"license_model": "general"},
        "license_model",
        "use bring-your-own-license or license-included",
    ),
    (
        "oracle-ee",
        {"license_model": "license-included"},
        "license_model",
        "has bring-your-own-license: leave it out",
    ),
    (
        "postgres",
        {"license_model": "license-included"},
        "license_model",
        "has postgresql-license: leave it out",
    ),
    ("postgres", {"character_set": "UTF8"}, "character_set", "leave it out"),
    ("oracle-ee", {"character_set": "we8-iso"}, "character_set", "write one such as 'AL32UTF8'"),
    ("mysql", {"nchar_character_set": "UTF8"}, "nchar_character_set", "leave it out"),
    ("oracle-ee", {"nchar_character_set": "UTF16"}, "nchar_character_set", "write one such as 'AL16UTF16'"),
    ("sqlserver-ex", {"nchar_character_set": "UTF8"}, "nchar_character_set", "leave it out"),
    ("postgres", {"timezone": "Europe/Berlin"}, "timezone", "leave it out"),
    ("sqlserver-se", {"timezone": "Europe/Berlin"}, "timezone", "such as 'Central European Standard Time'"),
    ("postgres", {"ca_certificate": "rsa2048"}, "ca_certificate", "write one such as 'rds-ca-rsa2048-g1'"),
    ("postgres", {"network_type": "IPV6"}, "network_type", "use IPV4 or DUAL"),
    (
        "mariadb",
        {"engine_lifecycle_support": "open-source-rds-extended-support"},
        "engine_lifecycle_support",
        "only postgres and mysql have",
    ),
    ("postgres", {"engine_lifecycle_support": "off"}, "engine_lifecycle_support", "use open-source-rds"),
    ("oracle-ee", {"customer_owned_ip": True}, "customer_owned_ip", "doesn't run on Outposts"),
    ("postgres", {"availability_zone": "b"}, "availability_zone", "zone"),
    (
        "postgres",
        {"availability_zone": "us-east-1b", "multi_az": True},
        "availability_zone",
        "leave one out",
    ),
    ("oracle-ee", {"username": "system"}, "username", "choose another"),
    ("sqlserver-ex", {"username": "sa"}, "username", "choose another"),
    ("oracle-ee", {"iam_authentication": True}, "iam_authentication", "write false"),
    ("sqlserver-ex", {"iam_authentication": True}, "iam_authentication", "write false"),
    ("oracle-ee", {"password": {"value": "a" * 31}}, "password.value", "8 to 30"),
    ("oracle-ee", {"password": {"value": "black&white"}}, "password.value", "& '"),
    # Storage by engine.
    ("sqlserver-se", {"storage": {"allocated_gib": 20_000}}, "storage.allocated_gib", "use 16384 or less"),
    (
        "sqlserver-se",
        {"storage": {"allocated_gib": 100, "iops": 17_000}},
        "storage.iops",
        "use 3000 to 16000",
    ),
    (
        "sqlserver-se",
        {"storage": {"allocated_gib": 100, "throughput_mibps": 1_001}},
        "storage.throughput_mibps",
        "use 125 to 1000",
    ),
    (
        "sqlserver-se",
        {"storage": {"allocated_gib": 8_000, "iops": 3_000}},
        "storage.iops",
        "use 4000 or more",
    ),
    (
        "sqlserver-se",
        {"storage": {"allocated_gib": 2_000, "type": "io1", "iops": 1_500}},
        "storage.iops",
        "use 2000 or more",
    ),
    (
        "oracle-ee",
        {"storage": {"allocated_gib": 199, "iops": 12_000}},
        "storage.iops",
        "remove it, or allocate 200 GiB",
    ),
    (
        "postgres",
        {"storage": {"allocated_gib": 200, "iops": 12_000}},
        "storage.iops",
        "remove it, or allocate 400 GiB",
    ),
    (
        "postgres",
        {"storage": {"dedicated_log_volume": True}},
        "storage.dedicated_log_volume",
        "use io1 or io2",
    ),
    (
        "oracle-ee",
        {"storage": {"type": "io1", "allocated_gib": 100, "iops": 1_000, "dedicated_log_volume": True}},
        "storage.dedicated_log_volume",
        "Oracle EE on RDS has no dedicated log volume: leave it out",
    ),
    (
        "postgres",
        {
            "engine_version": "14.6",
            "storage": {"type": "io1", "allocated_gib": 100, "iops": 1_000, "dedicated_log_volume": True},
        },
        "storage.dedicated_log_volume",
        "RDS has it from 13.10, 14.7, 15.2 on",
    ),
    # Parameter groups.
    (
        "postgres",
        {"parameter_group": {"parameters": {"Work_Mem": "4096"}}},
        "parameters.Work_Mem",
        "write 'work_mem'",
    ),
    (
        "postgres",
        {"parameter_group": {"parameters": {"work_mem": ""}}},
        "work_mem",
        "leave the parameter out",
    ),
    ("postgres", {"parameter_group": {"parameters": {"work_mem": 4096}}}, "work_mem", "put it in quotes"),
    (
        "postgres",
        {"parameter_group": {"parameters": {"work;mem": "1"}}},
        "['work;mem']",
        "describe-db-parameters",
    ),
    ("postgres", {"parameter_group": {"parameters": {"x": "1" * 5_000}}}, "parameters.x", "shorten it"),
    ("postgres", {"parameter_group": {"name": "My-Group"}}, "parameter_group.name", "write 'my-group'"),
    (
        "postgres",
        {"parameter_group": {"name": "default.postgres16"}},
        "parameter_group.name",
        "'default.postgres17'",
    ),
    (
        "postgres",
        {"parameter_group": {"name": "mine", "parameters": {"work_mem": "1"}}},
        "parameter_group.name",
        "leave one out",
    ),
    (
        "postgres",
        {"parameter_group": {"name": "mine", "engine_default": True}},
        "parameter_group.engine_default",
        "leave one out",
    ),
    (
        "postgres",
        {"replicas": {"r": {"parameter_group": {"parameters": {"A": "1"}}}}},
        "replicas.r.parameter_group.parameters",
        "write 'a'",
    ),
    # Option groups.
    ("postgres", {"option_group": {"name": "mine"}}, "option_group", "use extensions instead"),
    ("mysql", {"option_group": {}}, "option_group", "give options, or the name of an existing group"),
    ("mysql", {"option_group": {"name": "Mine"}}, "option_group.name", "write 'mine'"),
    ("mysql", {"option_group": {"name": "default:mysql-8-0"}}, "option_group.name", "'default:mysql-8-4'"),
    ("mysql", {"option_group": {"name": "mine", "options": []}}, "option_group.name", "leave one out"),
    (
        "mysql",
        {"option_group": {"options": [{"name": "A B"}]}},
        "option_group.options[0].name",
        "describe-option",
    ),
    ("mysql", {"option_group": {"options": [{}]}}, "option_group.options[0].name", "is missing"),
    (
        "mysql",
        {"option_group": {"options": [{"name": "MARIADB_AUDIT_PLUGIN"}, {"name": "MARIADB_AUDIT_PLUGIN"}]}},
        "option_group.options[1].name",
        "put the settings together",
    ),
    (
        "oracle-ee",
        {"option_group": {"options": [{"name": "OEM", "port": 80}]}},
        "option_group.options[0].port",
        "1150",
    ),
    (
        "oracle-ee",
        {"option_group": {"options": [{"name": "OEM", "security_group_ids": ["sg"]}]}},
        "option_group.options[0].security_group_ids[0]",
        "sg-",
    ),
    (
        "oracle-ee",
        {"option_group": {"options": [{"name": "OEM", "settings": {"TLS_VERSION": ""}}]}},
        "option_group.options[0].settings",
        "leave the setting out",
    ),
]


@pytest.mark.parametrize(("engine", "changes", "path", "way_out"), BAD)
def test_bad_input_is_refused_with_its_path_and_the_way_out(
    engine: str, changes: dict[str, Any], path: str, way_out: str
) -> None:
    with pytest.raises(SpecError) as caught:
        planned(engine, **changes)
    [fault] = caught.value.faults
    assert path in fault.path
    assert way_out in fault.message


@pytest.mark.parametrize("engine", OF_ENGINE)
def test_an_engine_needs_no_more_than_three_words(engine: str) -> None:
    spec = planned(engine).instance
    assert spec.port == {"o": 1521, "s": 1433, "p": 5432, "m": 3306}[engine[0]]
    assert spec.iam_authentication is (engine in ("postgres", "mysql", "mariadb"))


def test_oracle_se2_asks_who_owns_the_licence() -> None:
    settings = {key: value for key, value in args("oracle-se2").items() if key != "license_model"}
    with pytest.raises(SpecError) as caught:
        plan.plan_database(settings, NAMES)
    [fault] = caught.value.faults
    assert fault.path == "license_model"
    assert "choose bring-your-own-license or license-included" in fault.message


@pytest.mark.parametrize(
    ("engine", "sent", "connected"),
    [("postgres", "app", "app"), ("oracle-ee", "ORCL", "ORCL"), ("sqlserver-ex", None, "master")],
)
def test_the_first_database(engine: str, sent: str | None, connected: str) -> None:
    spec = planned(engine).instance
    assert (spec.database_name, spec.default_database) == (sent, connected)


def test_sql_server_keeps_its_managed_password_with_replicas() -> None:
    assert planned("sqlserver-ee", replicas={"r": {}}).instance.password.source == "managed"
    assert planned("oracle-ee", replicas={"r": {}}).instance.password.source == "generated"


@pytest.mark.parametrize(
    ("engine", "version", "forced"),
    [
        ("postgres", "17", [("rds.force_ssl", "1", "pending-reboot")]),
        ("mysql", "8.4", [("require_secure_transport", "1", "pending-reboot")]),
        ("mysql", "5.6", []),
        ("mariadb", "11.4", [("require_secure_transport", "ON", "pending-reboot")]),
        ("mariadb", "10.4", []),
        ("sqlserver-ex", "16.00", [("rds.force_ssl", "1", "pending-reboot")]),
        ("oracle-ee", "19", []),
    ],
)
def test_tls_is_forced_where_the_engine_can(engine: str, version: str, forced: list[Any]) -> None:
    group = planned(engine, engine_version=version).instance.parameter_group
    assert [(item.name, item.value, item.apply_method) for item in group.parameters] == forced


def test_the_family_and_the_name_follow_the_version() -> None:
    old, new = (
        planned("mysql", engine_version=version).instance.parameter_group for version in ("8.0.40", "8.4")
    )
    assert (old.family, old.prefix) == ("mysql8.0", "shop-dev-app-mysql8-0-")
    assert (new.family, new.prefix) == ("mysql8.4", "shop-dev-app-mysql8-4-")
    assert planned("sqlserver-ee").instance.parameter_group.family == "sqlserver-ee-15.0"


def test_own_parameters_stand_beside_the_forced_one_and_above_it() -> None:
    wanted = {"max_connections": "200", "work_mem": "8192", "new.parameter": "x"}
    group = planned("postgres", parameter_group={"parameters": wanted}).instance.parameter_group
    assert {item.name: item.apply_method for item in group.parameters} == {
        # Static, dynamic, and one that nobody knows yet.
        "max_connections": "pending-reboot",
        "work_mem": "immediate",
        "new.parameter": "pending-reboot",
        "rds.force_ssl": "pending-reboot",
    }
    off = planned("postgres", parameter_group={"parameters": {"rds.force_ssl": "0"}}).instance.parameter_group
    assert [(item.name, item.value) for item in off.parameters] == [("rds.force_ssl", "0")]


def test_a_group_is_adopted_or_left_to_the_engine() -> None:
    adopted = planned("postgres", parameter_group={"name": "mine"}).instance.parameter_group
    assert (adopted.name, adopted.parameters) == ("mine", ())
    default = planned("postgres", parameter_group={"engine_default": True}).instance.parameter_group
    assert default.name == "default.postgres17"


def test_replicas_have_their_sources_group_unless_they_say_otherwise() -> None:
    network = {"vpc_id": "vpc-87654321", "subnet_ids": ["subnet-abcdefab", "subnet-badbadba"]}
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    replicas = {
        "near": {},
        "own": {"parameter_group": {"parameters": {"work_mem": "1"}}},
        "far": {"region": "eu-west-1", "kms_key_id": key, "network": network},
    }
    spec = planned("postgres", replicas=replicas, parameter_group={"parameters": {"work_mem": "2"}})
    groups = {replica.key: replica.parameter_group for replica in spec.replicas}
    assert groups["near"] is None
    assert groups["own"].prefix == "shop-dev-app-own-postgres17-"
    assert {item.name: item.value for item in groups["own"].parameters} == {
        "work_mem": "1",
        "rds.force_ssl": "1",
    }
    assert {item.name: item.value for item in groups["far"].parameters} == {
        "work_mem": "2",
        "rds.force_ssl": "1",
    }


def test_option_groups() -> None:
    assert planned("postgres").instance.option_group is None
    assert planned("mysql").instance.option_group.name == "default:mysql-8-4"
    assert planned("sqlserver-ee").instance.option_group.name == "default:sqlserver-ee-15-00"
    assert planned("mysql", option_group={"name": "mine"}).instance.option_group.name == "mine"
    assert planned("mysql", option_group={"name": "default:mysql-8-4"}).instance.option_group.name is not None
    made = planned("oracle-ee", option_group={"options": [{"name": "S3_INTEGRATION"}]}).instance.option_group
    assert (made.name, made.prefix, made.engine, made.major) == (
        None,
        "shop-dev-app-oracle-ee-19-",
        "oracle-ee",
        "19",
    )


def test_no_parameter_is_in_both_lists() -> None:
    for engine, names in DYNAMIC.items():
        assert names
        assert not names & STATIC[engine]
        assert all(name == name.lower() for name in names | STATIC[engine])
    assert is_static("aurora-postgresql", "max_connections")
    assert apply_method("mariadb", "MAX_CONNECTIONS") == "immediate"


@pytest.mark.parametrize(
    ("engine", "gib", "figures"),
    [
        ("postgres", 399, (3000, 125)),
        ("postgres", 400, (12000, 500)),
        ("oracle-ee", 199, (3000, 125)),
        ("oracle-ee", 200, (12000, 500)),
        ("sqlserver-ee", 16000, (3000, 125)),
    ],
)
def test_the_baseline_of_gp3(engine: str, gib: int, figures: tuple[int, int]) -> None:
    assert storage.baseline(engine, gib) == figures


@pytest.mark.parametrize(
    ("engine", "version", "has"),
    [
        ("postgres", "17", True),
        ("postgres", "13", True),
        ("postgres", "12.22", False),
        ("postgres", "13.9", False),
        ("mysql", "8.0.27", False),
        ("mysql", "8.0.28", True),
        ("mysql", "8.4.2", False),
        ("mysql", "9.7.1", True),
        ("mariadb", "10.6.6", False),
        ("mariadb", "10.11.4", True),
        ("sqlserver-ee", "16.00", False),
    ],
)
def test_where_the_log_can_have_a_volume_of_its_own(engine: str, version: str, has: bool) -> None:
    assert (storage.dedicated_log_volume_fault(engine, version, "io2") is None) is has


def test_names_of_parameters_and_options() -> None:
    assert parameter_fault("max server memory (mb)", "100") is None
    assert parameter_fault("gtid-mode", "ON") is None
    assert parameter_fault("1x", "1") is not None
    assert option_fault("MARIADB_AUDIT_PLUGIN") is None
    assert option_fault("") is not None
    assert setting_fault("SQLNET.ENCRYPTION_SERVER", "REQUIRED") is None
    assert setting_fault("", "x") is not None
    assert adopted_fault("default.mysql8.4", None) is None
