"""The plan: every bad input of a description told with its place, every default, and what is derived."""

import copy
import itertools

import pulumi
import pytest

from dbstack.spec import plan
from dbstack.spec.errors import Fault, SpecError
from dbstack.spec.model import Names
from dbstack.spec.types import Egress, Engine, OnDelete, PasswordSource, StorageType

NAMES = Names("shop", "dev", "app")
BASE = {"engine": "postgres", "engine_version": "17", "instance_class": "db.t3.micro"}
NETWORK = {"vpc_id": "vpc-12345678", "subnet_ids": ["subnet-12345678", "subnet-12345679"]}
REPLICAS = {"reporting": {}}


def refused(call, *arguments, **options):
    with pytest.raises(SpecError) as caught:
        call(*arguments, **options)
    return {fault.path: fault.message for fault in caught.value.faults}


def database_faults(changes, names=NAMES):
    return refused(plan.plan_database, {**BASE, **changes}, names, placed=False)


# (what is written, path of the fault, part of its message)
BAD_DATABASES = [
    # wrong types and unknown keys
    ({"port": "5432"}, "port", "give a whole number"),
    ({"multi_az": "true"}, "multi_az", "give true or false"),
    ({"replicas": ["a"]}, "replicas", "give an object"),
    ({"tags": {"a": 1}}, "tags.a", "give a text"),
    ({"instanceclas": "x"}, "instanceclas", "did you mean 'instance_class'?"),
    ({"storage": {"allocated_gb": 20}}, "storage.allocated_gb", "did you mean 'allocated_gib'?"),
    ({"storage": {"kms_key_id": 5}}, "storage.kms_key_id", "give a text"),
    # identifiers
    ({"identifier": "a" * 64}, "identifier", "has 64 characters"),
    ({"identifier": "1app"}, "identifier", "begins with a letter"),
    ({"identifier": "app_db"}, "identifier", "remove '_'"),
    ({"identifier": "app--db"}, "identifier", "no two hyphens"),
    ({"identifier": "app-"}, "identifier", "doesn't end with a hyphen"),
    ({"identifier": ""}, "identifier", "is empty"),
    ({"identifier": "App"}, "identifier", "lower case"),
    ({"identifier": "default"}, "identifier", "AWS's own group"),
    ({"replicas": {"r": {"identifier": "a--b"}}}, "replicas.r.identifier", "no two hyphens"),
    (
        {"identifier": "a" * 60, "replicas": {"reporting": {}}},
        "replicas.reporting.identifier",
        "has 70 characters",
    ),
    # names
    ({"database_name": "my-app"}, "database_name", "write 'my_app'"),
    ({"database_name": "select"}, "database_name", "is reserved"),
    ({"username": "admin"}, "username", "is reserved by PostgreSQL"),
    ({"username": "rdsadmin"}, "username", "is reserved"),
    ({"username": "pg_app"}, "username", "is reserved"),
    ({"username": "1app"}, "username", "begins with a letter"),
    ({"username": "a" * 64}, "username", "at most 63"),
    ({"engine": "mysql", "engine_version": "8.4", "username": "a" * 33}, "username", "at most 32"),
    # engine, version, class
    ({"engine": "oracle"}, "engine", "use postgres, mysql, mariadb, oracle-ee"),
    ({"engine": "postgresql"}, "engine", "did you mean 'postgres'?"),
    ({"engine_version": "9"}, "engine_version", "no PostgreSQL before 10"),
    ({"engine_version": "latest"}, "engine_version", "is not a version"),
    ({"engine": "mysql", "engine_version": "8"}, "engine_version", "'8.4'"),
    ({"instance_class": "t3.micro"}, "instance_class", "write 'db.t3.micro'"),
    ({"instance_class": "db.t3.nano"}, "instance_class", "no size 'nano'"),
    ({"instance_class": "db.huge"}, "instance_class", "is not an instance class"),
    (
        {"replicas": {"r": {"instance_class": "large"}}},
        "replicas.r.instance_class",
        "is not an instance class",
    ),
    # storage
    ({"storage": {"allocated_gib": 5}}, "storage.allocated_gib", "use 20 or more"),
    (
        {"storage": {"allocated_gib": 100, "max_allocated_gib": 50}},
        "storage.max_allocated_gib",
        "below the allocated",
    ),
    (
        {"storage": {"allocated_gib": 100, "max_allocated_gib": 105}},
        "storage.max_allocated_gib",
        "use 110 or more",
    ),
    ({"storage": {"type": "standard"}}, "storage.type", "use gp2, gp3, io1 or io2"),
    ({"storage": {"iops": 3000}}, "storage.iops", "below 400 GiB"),
    ({"storage": {"throughput_mibps": 500}}, "storage.throughput_mibps", "below 400 GiB"),
    ({"storage": {"type": "io1", "allocated_gib": 100}}, "storage.iops", "io1 needs it"),
    ({"storage": {"kms_key_id": "alias/app"}}, "storage.kms_key_id", "is an alias"),
    (
        {"storage": {"kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/a", "encrypted": False}},
        "storage.kms_key_id",
        "encryption is off",
    ),
    # windows and backups
    ({"backup": {"window": "3-4"}}, "backup.window", "write hh24:mi-hh24:mi"),
    ({"backup": {"window": "03:00-03:20"}}, "backup.window", "lasts 20 minutes"),
    ({"maintenance_window": "sunday 4-5"}, "maintenance_window", "write ddd:hh24:mi-ddd:hh24:mi"),
    ({"maintenance_window": "sun:04:00-sun:04:10"}, "maintenance_window", "lasts 10 minutes"),
    (
        {"backup": {"window": "03:00-04:30"}, "maintenance_window": "sun:04:00-sun:05:00"},
        "maintenance_window",
        "overlaps the backup window",
    ),
    ({"backup": {"retention_days": 36}}, "backup.retention_days", "use 0 (off) to 35"),
    ({"backup": {"retention_days": -1}}, "backup.retention_days", "use 0 (off) to 35"),
    ({"backup": {"retention_days": 0}, "replicas": REPLICAS}, "backup.retention_days", "no read replica"),
    # passwords
    ({"password": {"value": "short"}}, "password.value", "takes 8 to 128"),
    ({"password": {"value": "with/slash"}}, "password.value", "a character that RDS refuses"),
    ({"password": {"value": "with@sign!"}}, "password.value", "a character that RDS refuses"),
    ({"password": {"value": 'with"quote'}}, "password.value", "a character that RDS refuses"),
    ({"password": {"value": "with space"}}, "password.value", "a character that RDS refuses"),
    ({"password": {"config": "appPassword"}}, "password.config", "is not a config key"),
    ({"password": {"source": "given"}}, "password.source", "no password is"),
    ({"password": {"source": "generated", "config": "a:b"}}, "password.source", "leave one out"),
    ({"password": {"source": "managed", "value": "sesame1234"}}, "password.source", "leave one out"),
    ({"password": {"value": "sesame1234", "config": "a:b"}}, "password.config", "both give the password"),
    ({"password": {"source": "managed"}, "replicas": REPLICAS}, "password.source", "with read replicas"),
    ({"password": {"kms_key_id": "alias/mine"}}, "password.kms_key_id", "arn:"),
    (
        {"engine": "mariadb", "engine_version": "10.5", "iam_authentication": True},
        "iam_authentication",
        "from 10.6",
    ),
    (
        {"engine": "mysql", "engine_version": "5.5", "iam_authentication": True},
        "iam_authentication",
        "from 5.6",
    ),
    ({"iam_authentication": "yes"}, "iam_authentication", "true or false"),
    ({"password": {"rotation": {"days": 0}}}, "password.rotation.days", "1 to 1000"),
    (
        {"password": {"rotation": {"function_arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}}},
        "password.rotation.function_arn",
        "RDS rotates a managed password itself",
    ),
    (
        {"password": {"value": "sesame1234", "rotation": {}}},
        "password.rotation",
        "given password would be wrong",
    ),
    (
        {"password": {"source": "generated", "rotation": {"function_arn": "rotate"}}},
        "password.rotation.function_arn",
        "not a function's ARN",
    ),
    ({"proxy": {"proxy_name": "a--b"}}, "proxy.proxy_name", "no two hyphens"),
    ({"proxy": {"idle_client_timeout_seconds": 0}}, "proxy.idle_client_timeout_seconds", "1 to 28800"),
    ({"proxy": {"pool": {"max_connections_percent": 101}}}, "proxy.pool.max_connections_percent", "1 to 100"),
    (
        {"proxy": {"pool": {"max_connections_percent": 10, "max_idle_connections_percent": 11}}},
        "proxy.pool.max_idle_connections_percent",
        "0 to 10",
    ),
    ({"proxy": {"pool": {"borrow_timeout_seconds": 301}}}, "proxy.pool.borrow_timeout_seconds", "0 to 300"),
    (
        {"proxy": {"endpoints": {"r": {"target_role": "READ_ONLY"}}}},
        "proxy.endpoints.r.target_role",
        "readers of a cluster",
    ),
    ({"proxy": {"endpoints": {"1r": {}}}}, "proxy.endpoints.1r", "begins with a letter"),
    ({"proxy": {"role_arn": "role"}}, "proxy.role_arn", "not an IAM role's ARN"),
    ({"proxy": {"secrets": [{"secret_arn": "shop"}]}}, "proxy.secrets[0].secret_arn", "not a secret's ARN"),
    (
        {"proxy": {"pool": {"session_pinning_filters": ["ALL"]}}},
        "proxy.pool.session_pinning_filters[0]",
        "EXCLUDE",
    ),
    ({"password": {"source": "mine"}}, "password.source", "use managed, generated or given"),
    # ports, access, replicas, tags
    ({"port": 80}, "port", "use 1150 to 65535"),
    ({"access": {"from_cidrs": ["10.0.0.0/33"]}}, "access.from_cidrs[0]", "is not an address block"),
    ({"access": {"from_cidrs": ["10.0.0.1/8"]}}, "access.from_cidrs[0]", "did you mean '10.0.0.0/8'?"),
    ({"access": {"from_cidrs": ["10.0.0.0/8", "0.0.0.0/0"]}}, "access.from_cidrs[1]", "to the internet"),
    ({"access": {"from_cidrs": ["::/0"]}}, "access.from_cidrs[0]", "to the internet"),
    ({"access": {"from_cidrs": ["10.0.0.0/8", "10.0.0.0/8"]}}, "access.from_cidrs[1]", "stands there twice"),
    (
        {"access": {"from_prefix_lists": ["sg-12345678"]}},
        "access.from_prefix_lists[0]",
        "is not a prefix list's id",
    ),
    ({"access": {"from_security_groups": ["app"]}}, "access.from_security_groups[0]", "it reads sg-"),
    (
        {"access": {"from_security_groups": ["sg-12345678", "sg-12345678"]}},
        "access.from_security_groups[1]",
        "stands there twice",
    ),
    ({"access": {"egress": "some"}}, "access.egress", "use all or none"),
    ({"replicas": {f"r{n}": {} for n in range(16)}}, "replicas", "RDS allows 15"),
    ({"replicas": {"a-b": {}, "a_b": {}}}, "replicas.a_b", "is also that of the replica 'a-b'"),
    ({"replicas": {"r": {"identifier": "shop-dev-app"}}}, "replicas.r", "is also that of the database"),
    ({"replicas": {"1a": {}}}, "replicas.1a", "begins with a letter"),
    (
        {"replicas": {"r": {"availability_zone": "us-east-1"}}},
        "replicas.r.availability_zone",
        "a letter after it",
    ),
    (
        {"replicas": {"r": {"availability_zone": "us-east-1a", "multi_az": True}}},
        "replicas.r.availability_zone",
        "leave one out",
    ),
    ({"replicas": {"r": {"tags": {"aws:x": "1"}}}}, "replicas.r.tags.aws:x", "AWS's own"),
    ({"tags": {"aws:team": "x"}}, "tags['aws:team']", "AWS's own"),
    ({"tags": {"team": "a,b"}}, "tags.team", "has only"),
    ({"tags": {"team": "x" * 257}}, "tags.team", "at most 256"),
    ({"tags": {str(n): "" for n in range(49)}}, "tags", "51 tags"),
    ({"on_delete": "keep"}, "on_delete", "use snapshot, retain or destroy"),
]


@pytest.mark.parametrize(("changes", "path", "part"), BAD_DATABASES, ids=lambda value: str(value)[:60])
def test_a_bad_database(changes, path, part):
    path = path.replace("tags.aws:x", "tags['aws:x']")
    found = database_faults(changes)
    assert list(found) == [path]
    assert part in found[path]


GOOD_EDGES = [
    {"identifier": "a" * 63},
    {"identifier": "a" * 53, "replicas": {"reporting": {}}},
    {"storage": {"allocated_gib": 20, "max_allocated_gib": 22}},
    {"storage": {"allocated_gib": 400, "iops": 12_000, "throughput_mibps": 500}},
    {"storage": {"allocated_gib": 100, "type": "io1", "iops": 1_000}},
    {"backup": {"retention_days": 0}},
    {"backup": {"retention_days": 35}},
    {"backup": {"retention_days": 1}, "replicas": REPLICAS},
    {"backup": {"window": "03:00-04:00"}, "maintenance_window": "sun:04:00-sun:05:00"},
    {"port": 1150},
    {"port": 65535},
    {"replicas": {f"r{n}": {} for n in range(15)}},
    {"tags": {str(n): "" for n in range(48)}},
    {"tags": {**{str(n): "" for n in range(48)}, "Name": "x", "Environment": "y"}},
    {"password": {"source": "given", "config": "dbstack:appPassword"}},
    {"password": {"source": "given", "value": "sesame1234"}, "replicas": REPLICAS},
    {"password": {"source": "generated"}, "replicas": REPLICAS},
    {"password": {"source": "managed"}},
    {"deletion_protection": True, "on_delete": "destroy"},
]


@pytest.mark.parametrize("changes", GOOD_EDGES, ids=lambda value: str(value)[:60])
def test_just_inside(changes):
    plan.plan_database({**BASE, **changes}, NAMES, placed=False)


def test_every_fault_at_once():
    found = database_faults(
        {
            "identifier": "a--b",
            "port": 1,
            "username": "admin",
            "storage": {"allocated_gib": 1, "colour": "red"},
            "backup": {"window": "x", "retention_days": 99},
            "replicas": {"r": {"instance_class": "x"}},
            "access": {"from_cidrs": ["x"]},
        }
    )
    assert set(found) == {
        "identifier",
        "port",
        "username",
        "storage.colour",
        "backup.window",
        "backup.retention_days",
        "replicas.r.instance_class",
        "access.from_cidrs[0]",
        "storage.allocated_gib",
    }


def test_a_faulty_field_raises_no_second_fault_of_a_rule():
    # The size is given, under a wrong name: that io1 can't have the default's 20 GiB is beside the point.
    assert list(database_faults({"storage": {"type": "io1", "iops": 1000, "allocatedGib": 100}})) == [
        "storage.allocatedGib"
    ]
    assert list(database_faults({"storage": {"type": "gp9", "iops": 1000}})) == ["storage.type"]
    assert list(database_faults({"password": "sesame1234", "replicas": REPLICAS})) == ["password"]


def test_names_that_are_derived_are_said_to_be():
    found = database_faults({}, Names("shop", "dev", "db"))
    assert found == {
        "database_name": "'db' is reserved by PostgreSQL: choose another, e.g. 'db_db' "
        "(it is derived from the name: set it yourself)"
    }
    found = database_faults({}, Names("p" * 60, "dev", "app"))
    assert found["identifier"].endswith(
        "shorten it (it is derived from project, stack and name: set it yourself)"
    )


def test_the_error_names_its_subject_and_lists_every_fault():
    with pytest.raises(SpecError) as caught:
        plan.plan_database({**BASE, "port": 1, "multi_az": 2}, NAMES, placed=False)
    lines = str(caught.value).splitlines()
    assert lines[0] == "app: 2 faults"
    assert lines[1:] == [f"  - {fault}" for fault in caught.value.faults]
    assert caught.value.faults[1] == Fault("port", "1 is not a port that RDS allows: use 1150 to 65535")


def test_defaults_of_a_database():
    spec = plan.plan_database(BASE, NAMES, placed=False)
    instance = spec.instance
    assert instance.identifier == "shop-dev-app"
    assert instance.engine is Engine.POSTGRES
    assert (instance.engine_version, instance.family, instance.port) == ("17", "postgres17", 5432)
    assert (instance.database_name, instance.username) == ("app", "dbadmin")
    assert instance.password.source is PasswordSource.MANAGED
    assert (instance.storage.allocated_gib, instance.storage.max_allocated_gib) == (20, None)
    assert instance.storage.type is StorageType.GP3
    assert (instance.storage.iops, instance.storage.throughput_mibps) == (None, None)
    assert instance.storage.encrypted is True
    assert instance.multi_az is False
    assert instance.backup_retention_days == 7
    assert (instance.backup_window, instance.maintenance_window) == (None, None)
    assert instance.auto_minor_version_upgrade is True
    assert (instance.allow_major_version_upgrade, instance.apply_immediately) == (False, False)
    assert instance.deletion.on_delete is OnDelete.SNAPSHOT
    assert (instance.deletion.protected, instance.deletion.final_snapshot, instance.deletion.retain) == (
        True,
        True,
        False,
    )
    assert instance.tags == {"Name": "shop-dev-app", "Environment": "dev"}
    assert spec.replicas == ()
    assert spec.access.egress is Egress.ALL
    assert spec.access.from_cidrs == ()


@pytest.mark.parametrize(
    ("engine", "version", "port", "family"),
    [("mysql", "8.4", 3306, "mysql8.4"), ("mariadb", "11.4", 3306, "mariadb11.4")],
)
def test_what_the_engine_decides(engine, version, port, family):
    changes = {"engine": engine, "engine_version": version}
    instance = plan.plan_database({**BASE, **changes}, NAMES, placed=False).instance
    assert (instance.port, instance.family, instance.username) == (port, family, "dbadmin")


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({}, "managed"),
        ({"replicas": REPLICAS}, "generated"),
        ({"password": {"config": "a:b"}}, "given"),
        ({"password": {"config": "a:b"}, "replicas": REPLICAS}, "given"),
        ({"password": {"value": pulumi.Output.from_input("x")}}, "given"),
        ({"password": {"source": "generated"}}, "generated"),
    ],
)
def test_who_makes_the_password(changes, source):
    password = plan.plan_database({**BASE, **changes}, NAMES, placed=False).instance.password
    assert password.source is PasswordSource(source)
    assert password.config_key == changes.get("password", {}).get("config")


@pytest.mark.parametrize(("engine", "version"), [("postgres", "17"), ("mysql", "8.4"), ("mariadb", "11.4")])
def test_no_engine_has_a_managed_password_with_replicas(engine, version):
    changes = {"engine": engine, "engine_version": version, "replicas": REPLICAS}
    spec = plan.plan_database({**BASE, **changes}, NAMES, placed=False)
    assert spec.instance.password.source is PasswordSource.GENERATED
    assert list(database_faults({**changes, "password": {"source": "managed"}})) == ["password.source"]


@pytest.mark.parametrize(
    ("on_delete", "protection", "expected"),
    [
        (None, None, (True, True, False)),
        ("snapshot", False, (False, True, False)),
        ("retain", None, (True, True, True)),
        ("retain", False, (False, True, True)),
        ("destroy", None, (False, False, False)),
        ("destroy", True, (True, False, False)),
    ],
)
def test_what_happens_on_deletion(on_delete, protection, expected):
    changes = {"on_delete": on_delete, "deletion_protection": protection}
    given = {key: value for key, value in changes.items() if value is not None}
    spec = plan.plan_database({**BASE, **given, "replicas": REPLICAS}, NAMES, placed=False)
    deletion = spec.instance.deletion
    assert (deletion.protected, deletion.final_snapshot, deletion.retain) == expected
    replica = spec.replicas[0].deletion
    assert (replica.protected, replica.final_snapshot, replica.retain) == (expected[0], False, expected[2])


def test_a_replica_inherits_and_overrides():
    source = {
        "storage": {"allocated_gib": 100, "max_allocated_gib": 500, "type": "gp2"},
        "maintenance_window": "Sun:04:00-Sun:05:00",
        "apply_immediately": True,
        "auto_minor_version_upgrade": False,
        "tags": {"team": "a", "cost": "1"},
        "replicas": {
            "reporting": {},
            "big_one": {
                "instance_class": "db.r6g.large",
                "identifier": "big",
                "multi_az": True,
                "deletion_protection": False,
                "tags": {"team": "b"},
            },
        },
    }
    spec = plan.plan_database({**BASE, **source}, NAMES, placed=False)
    inherited, own = spec.replicas
    assert (inherited.key, inherited.identifier) == ("reporting", "shop-dev-app-reporting")
    assert inherited.instance_class == "db.t3.micro"
    assert (inherited.storage_type, inherited.max_allocated_gib) == (StorageType.GP2, 500)
    assert inherited.storage_encrypted is True
    assert inherited.maintenance_window == spec.instance.maintenance_window == "sun:04:00-sun:05:00"
    assert (inherited.apply_immediately, inherited.auto_minor_version_upgrade) == (True, False)
    assert (inherited.multi_az, inherited.deletion.protected) == (False, True)
    assert inherited.tags == {
        "Name": "shop-dev-app-reporting",
        "Environment": "dev",
        "team": "a",
        "cost": "1",
    }
    assert (own.identifier, own.instance_class, own.multi_az) == ("big", "db.r6g.large", True)
    assert own.deletion.protected is False
    assert own.tags == {"Name": "big", "Environment": "dev", "team": "b", "cost": "1"}


def test_the_network_of_a_database():
    group = {"application_security_group_id": "sg-12345678"}
    without = plan.plan_database({**BASE, "network": NETWORK}, NAMES)
    assert without.access.from_application is False
    assert (
        plan.plan_database({**BASE, "network": {**NETWORK, **group}}, NAMES).access.from_application is True
    )
    closed = {**BASE, "network": {**NETWORK, **group}, "access": {"from_application": False}}
    assert plan.plan_database(closed, NAMES).access.from_application is False
    open_without = {**BASE, "network": NETWORK, "access": {"from_application": True}}
    assert (
        "no application security group"
        in refused(plan.plan_database, open_without, NAMES)["access.from_application"]
    )
    assert refused(plan.plan_database, BASE, NAMES) == {
        "network": "is missing: with target aws it names the VPC and the subnets"
    }


@pytest.mark.parametrize(
    ("subnets", "path", "part"),
    [
        (["subnet-12345678"], "network.subnet_ids", "1 given: RDS needs subnets in two zones"),
        ([], "network.subnet_ids", "0 given"),
        (["subnet-12345678", "subnet-12345678"], "network.subnet_ids[1]", "stands there twice"),
        (["subnet-12345678", "vpc-12345678"], "network.subnet_ids[1]", "it reads subnet-"),
        ("subnet-12345678", "network.subnet_ids", "give a list"),
    ],
)
def test_bad_subnets(subnets, path, part):
    found = refused(plan.plan_database, {**BASE, "network": {**NETWORK, "subnet_ids": subnets}}, NAMES)
    assert list(found) == [path]
    assert part in found[path]


def test_outputs_pass_the_rules():
    output = pulumi.Output.from_input("x")
    args = {
        **BASE,
        "network": {"vpc_id": output, "subnet_ids": output, "application_security_group_id": output},
        "password": {"value": output},
        "storage": {"kms_key_id": output},
        "access": {"from_security_groups": [output, output]},
    }
    assert plan.plan_database(args, NAMES).access.from_application is True


def test_what_a_host_of_another_language_sends():
    args = {**BASE, "port": 5433.0, "storage": {"allocated_gib": 30.0, "type": "gp2"}, "on_delete": "destroy"}
    instance = plan.plan_database(args, NAMES, placed=False).instance
    assert (instance.port, instance.storage.allocated_gib) == (5433, 30)
    assert isinstance(instance.port, int)
    assert instance.storage.type is StorageType.GP2
    assert instance.deletion.on_delete is OnDelete.DESTROY


def test_a_plan_changes_nothing_and_is_repeatable():
    args = {**BASE, "tags": {"a": "b"}, "replicas": {"r": {"tags": {"c": "d"}}}, "storage": {"type": "gp2"}}
    before = copy.deepcopy(args)
    assert plan.plan_database(args, NAMES, placed=False) == plan.plan_database(args, NAMES, placed=False)
    assert args == before


def test_the_environment_is_given_or_the_stack():
    args = {**BASE, "network": NETWORK}
    assert plan.plan_database({**args, "environment": "prod"}, NAMES).instance.tags["Environment"] == "prod"
    assert "is empty" in refused(plan.plan_database, {**args, "environment": ""}, NAMES)["environment"]
    given = {"tags": {"Name": "n", "Environment": "e"}}
    assert plan.plan_database({**args, **given}, NAMES).instance.tags == {"Name": "n", "Environment": "e"}


def test_physical_names_fit_the_rules():
    assert Names("My_Shop.x", "Dev", "Main_db").physical == "my-shop-x-dev-main-db"


INSTANCE = {**BASE, "subnet_group_name": "app", "security_group_ids": ["sg-12345678"]}


def test_one_instance():
    assert plan.plan_instance(INSTANCE, NAMES).password.source is PasswordSource.MANAGED
    assert plan.plan_instance(BASE, NAMES, placed=False).identifier == "shop-dev-app"
    assert list(refused(plan.plan_instance, BASE, NAMES)) == ["subnet_group_name", "security_group_ids"]
    assert refused(plan.plan_instance, {**INSTANCE, "replicas": {}}, NAMES)["replicas"].startswith(
        "is unknown"
    )
    found = refused(
        plan.plan_instance, {**INSTANCE, "security_group_ids": ["app"], "subnet_group_name": "A"}, NAMES
    )
    assert set(found) == {"security_group_ids[0]", "subnet_group_name"}
    output = pulumi.Output.from_input("x")
    plan.plan_instance({**INSTANCE, "security_group_ids": output, "subnet_group_name": output}, NAMES)


REPLICA = {"instance_class": "db.t3.micro", "source_identifier": "app", "security_group_ids": ["sg-12345678"]}


def test_one_replica():
    spec = plan.plan_replica(REPLICA, Names("shop", "dev", "reader"))
    assert (spec.key, spec.identifier) == ("reader", "shop-dev-reader")
    assert spec.deletion.protected is True
    assert spec.deletion.final_snapshot is False
    assert spec.tags == {"Name": "shop-dev-reader", "Environment": "dev"}
    assert (spec.storage_type, spec.storage_encrypted, spec.max_allocated_gib) == (
        StorageType.GP3,
        True,
        None,
    )
    assert (spec.multi_az, spec.apply_immediately, spec.auto_minor_version_upgrade) == (False, False, True)
    assert (spec.availability_zone, spec.maintenance_window) == (None, None)
    assert plan.plan_replica({**REPLICA, "on_delete": "destroy"}, NAMES).deletion.protected is False


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"source_identifier": "a--b"}, "source_identifier"),
        ({"maintenance_window": "x"}, "maintenance_window"),
        ({"max_allocated_gib": 5}, "max_allocated_gib"),
        ({"identifier": "A"}, "identifier"),
        ({"engine": "postgres"}, "engine"),
        ({"username": "x"}, "username"),
        ({"instance_class": "x"}, "instance_class"),
        ({"security_group_ids": ["x"]}, "security_group_ids[0]"),
        ({"availability_zone": "x"}, "availability_zone"),
        ({"environment": "a,b"}, "environment"),
    ],
)
def test_a_bad_replica(changes, path):
    assert list(refused(plan.plan_replica, {**REPLICA, **changes}, NAMES)) == [path]


def test_a_network():
    spec = plan.plan_network({"vpc_cidr": "10.0.0.0/16", "tags": {"a": "b"}}, NAMES, "eu-west-1")
    assert [(subnet.availability_zone, subnet.cidr) for subnet in spec.subnets] == [
        ("eu-west-1a", "10.0.0.0/19"),
        ("eu-west-1b", "10.0.32.0/19"),
    ]
    assert spec.tags == {"Environment": "dev", "a": "b"}
    named = {"vpc_cidr": "10.0.0.0/24", "availability_zone_names": ["us-east-1c", "us-east-1a"]}
    spec = plan.plan_network(named, NAMES, None)
    assert [(subnet.availability_zone, subnet.cidr) for subnet in spec.subnets] == [
        ("us-east-1c", "10.0.0.0/27"),
        ("us-east-1a", "10.0.0.32/27"),
    ]


def test_another_zone_moves_no_subnet():
    blocks = []
    for zones in range(2, 7):
        args = {"vpc_cidr": "10.0.0.0/16", "availability_zones": zones}
        blocks.append([subnet.cidr for subnet in plan.plan_network(args, NAMES, "us-east-1").subnets])
    for fewer, more in itertools.pairwise(blocks):
        assert more[: len(fewer)] == fewer
    assert len(blocks[-1]) == len(set(blocks[-1])) == 6


@pytest.mark.parametrize(
    ("changes", "region", "path", "part"),
    [
        ({"vpc_cidr": "10.0.0.0/8"}, "us-east-1", "vpc_cidr", "/16 to /24"),
        ({"vpc_cidr": "10.0.0.1/16"}, "us-east-1", "vpc_cidr", "did you mean"),
        ({"vpc_cidr": "office"}, "us-east-1", "vpc_cidr", "is not an address block"),
        ({"availability_zones": 1}, "us-east-1", "availability_zones", "two zones at least"),
        ({"availability_zones": 7}, "us-east-1", "availability_zones", "use 2 to 6"),
        ({}, None, "availability_zone_names", "no region is set"),
        ({}, "nowhere", "aws:region", "is not an AWS region"),
        ({"availability_zone_names": ["us-east-1a"]}, None, "availability_zone_names", "two zones at least"),
        ({"availability_zone_names": ["us-east-1a"] * 2}, None, "availability_zone_names", "twice"),
        (
            {"availability_zone_names": ["us-east-1a", "b"]},
            None,
            "availability_zone_names[1]",
            "is not an availability",
        ),
        (
            {"availability_zone_names": ["us-east-1a", "us-east-1b"]},
            "eu-west-1",
            "availability_zone_names",
            "not in the stack's region eu-west-1",
        ),
        (
            {"availability_zone_names": ["us-east-1a", "us-east-1b"], "availability_zones": 3},
            None,
            "availability_zones",
            "3, but 2 zones are named",
        ),
        ({"tags": {"rds:x": "1"}}, "us-east-1", "tags['rds:x']", "AWS's own"),
    ],
)
def test_a_bad_network(changes, region, path, part):
    found = refused(plan.plan_network, {"vpc_cidr": "10.0.0.0/16", **changes}, NAMES, region)
    assert list(found) == [path]
    assert part in found[path]


def test_a_subnet_group():
    group = plan.plan_subnet_group({"subnet_ids": NETWORK["subnet_ids"]}, NAMES)
    assert (group.name, group.tags) == ("shop-dev-app", {"Name": "shop-dev-app", "Environment": "dev"})
    found = refused(
        plan.plan_subnet_group, {"subnet_ids": ["subnet-12345678"], "group_name": "Default"}, NAMES
    )
    assert set(found) == {"subnet_ids", "group_name"}


def test_a_security_group():
    group, access = plan.plan_security_group({"vpc_id": "vpc-12345678", "port": 5432.0}, NAMES)
    assert (group.name, access.from_application, access.egress) == ("shop-dev-app", False, Egress.ALL)
    bad = {
        "vpc_id": "x",
        "port": 22,
        "application_security_group_id": "y",
        "access": {"from_cidrs": ["0.0.0.0/0"]},
    }
    found = refused(plan.plan_security_group, bad, NAMES)
    assert set(found) == {"vpc_id", "port", "application_security_group_id", "access.from_cidrs[0]"}
    wish = {"vpc_id": "vpc-12345678", "port": 5432, "access": {"from_application": True}}
    assert list(refused(plan.plan_security_group, wish, NAMES)) == ["access.from_application"]
