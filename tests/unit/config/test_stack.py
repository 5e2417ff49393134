"""The stack config as an object: what it becomes, and what is wrong with it, in the spelling of YAML."""

import copy

import pytest
import yaml

from dbstack.config import load, stack_faults
from dbstack.config.program import database_args, network_args, placement
from dbstack.spec.errors import SpecError
from dbstack.spec.model import Names
from dbstack.spec.plan import plan_database, plan_network
from dbstack.spec.types import Engine, OnDelete, StorageType

# The documented example, word for word: the guide and the config contract show it so.
CONTRACT = yaml.safe_load("""
environment: prod
target: aws                     # aws | docker
network: {vpcCidr: 10.20.0.0/16, availabilityZones: 3}     # or {vpcId: ..., subnetIds: [...]}
databases:
  app:
    engine: postgres
    engineVersion: "17"
    instanceClass: db.r6g.large
    storage: {allocatedGib: 100, maxAllocatedGib: 500, type: gp3}
    multiAz: true
    backup: {retentionDays: 30, window: "03:00-04:00"}
    maintenanceWindow: "sun:04:00-sun:05:00"
    replicas: {reporting: {instanceClass: db.r6g.large}}
    access: {fromApplication: true, fromSecurityGroups: [], fromCidrs: []}   # the network's own application group
    onDelete: snapshot          # dev and local ship `destroy`, staging and prod `snapshot`
""")
OWN_NETWORK = {"vpcId": "vpc-12345678", "subnetIds": ["subnet-12345678", "subnet-12345679"]}


def changed(**changes):
    return {**copy.deepcopy(CONTRACT), **changes}


def with_database(**changes):
    config = copy.deepcopy(CONTRACT)
    config["databases"]["app"] |= changes
    return config


def faults(config, region="us-east-1"):
    return {fault.path: fault.message for fault in stack_faults(config, "shop", "prod", region)[1]}


def test_the_contract_example_is_read():
    settings, found = stack_faults(CONTRACT, "shop", "prod", "us-east-1")
    assert found == []
    app = settings["databases"]["app"]
    assert settings["network"] == {"vpc_cidr": "10.20.0.0/16", "availability_zones": 3}
    assert app["engine"] is Engine.POSTGRES
    assert app["storage"] == {"allocated_gib": 100, "max_allocated_gib": 500, "type": StorageType.GP3}
    assert app["on_delete"] is OnDelete.SNAPSHOT
    assert app["replicas"] == {"reporting": {"instance_class": "db.r6g.large"}}


def test_what_is_read_can_be_planned():
    settings, _ = stack_faults(CONTRACT, "shop", "prod", "us-east-1")
    network = plan_network(network_args(settings), Names("shop", "prod", "network"), "us-east-1")
    assert len(network.subnets) == 3
    assert placement(settings) is None
    given = {"vpc_id": "vpc-12345678", "subnet_ids": OWN_NETWORK["subnetIds"]}
    group = {"application_security_group_id": "sg-12345678"}
    spec = plan_database(database_args(settings, "app", {**given, **group}), Names("shop", "prod", "app"))
    assert spec.instance.identifier == "shop-prod-app"
    assert spec.instance.tags["Environment"] == "prod"
    assert spec.instance.password.source == "generated"
    assert spec.replicas[0].instance_class == "db.r6g.large"


BAD = [
    (None, "", "has no value: give an object with environment, target, network"),
    ("x", "", "is a text: give an object"),
    (changed(enviroment="x"), "enviroment", "did you mean 'environment'?"),
    (changed(environment=""), "environment", "is empty"),
    (changed(environment="a,b"), "environment", "has only letters"),
    (changed(target="moon"), "target", "use aws or docker"),
    (changed(target="docker"), "network", "is AWS's: leave it out with target docker"),
    ({key: value for key, value in CONTRACT.items() if key != "network"}, "network", "is missing"),
    (changed(databases=None), "databases", "has no value"),
    (changed(databases=[]), "databases", "give an object"),
    (changed(databases={"1a": CONTRACT["databases"]["app"]}), "databases.1a", "begins with a letter"),
    (changed(tags={"aws:x": "y"}), "tags['aws:x']", "AWS's own"),
    (changed(tags={str(n): "" for n in range(49)}), "tags", "51 tags"),
    # the network
    (changed(network={}), "network", "is empty: give vpcCidr, or vpcId and subnetIds"),
    (changed(network={"vpcCidr": "10.0.0.0/8"}), "network.vpcCidr", "/16 to /24"),
    (changed(network={"vpcCidr": "x"}), "network.vpcCidr", "is not an address block"),
    (
        changed(network={"vpcCidr": "10.0.0.0/16", "availabilityZones": 1}),
        "network.availabilityZones",
        "two zones",
    ),
    (
        changed(network={"vpcCidr": "10.0.0.0/16", **OWN_NETWORK}),
        "network",
        "vpcCidr makes a network and vpcId names",
    ),
    (changed(network={"availabilityZones": 2}), "network.vpcCidr", "is missing"),
    (
        changed(network={**OWN_NETWORK, "subnetGroupName": "theirs"}),
        "network.subnetGroupName",
        "names an existing DB subnet group and subnetIds makes one",
    ),
    (
        changed(network={"vpcCidr": "10.0.0.0/16", "subnetGroupName": "theirs"}),
        "network",
        "vpcCidr makes a network and subnetGroupName names",
    ),
    (changed(network={"vpcId": "vpc-12345678"}), "network.subnetIds", "is missing"),
    (changed(network={"subnetIds": OWN_NETWORK["subnetIds"]}), "network.vpcId", "is missing"),
    (changed(network={**OWN_NETWORK, "subnetIds": ["subnet-12345678"]}), "network.subnetIds", "two zones"),
    (changed(network={**OWN_NETWORK, "subnetIds": ["subnet-12345678"] * 2}), "network.subnetIds[1]", "twice"),
    (changed(network={**OWN_NETWORK, "vpcId": "prod"}), "network.vpcId", "it reads vpc-"),
    (
        changed(network={"vpcCidr": "10.0.0.0/16", "availabilityZoneNames": ["us-east-1a"]}),
        "network.availabilityZoneNames",
        "two zones at least",
    ),
    # a database: its rules are those of every program, here in YAML's spelling and with the whole path
    (with_database(engineVersion=17), "databases.app.engineVersion", "put it in quotes"),
    (with_database(engine="oracle"), "databases.app.engine", "use postgres, mysql, mariadb, oracle-ee"),
    (with_database(instance_class="x"), "databases.app.instance_class", "did you mean 'instanceClass'?"),
    (with_database(instanceClass="db.none"), "databases.app.instanceClass", "is not an instance class"),
    (with_database(storage={"allocatedGib": 5}), "databases.app.storage.allocatedGib", "use 20 or more"),
    (
        with_database(storage={"allocatedGib": 100, "maxAllocatedGib": 99}),
        "databases.app.storage.maxAllocatedGib",
        "below the allocated 100 GiB",
    ),
    (with_database(maintenanceWindow="sun:03:00-sun:05:00"), "databases.app.maintenanceWindow", "overlaps"),
    (with_database(backup={"retentionDays": 0}), "databases.app.backup.retentionDays", "no read replica"),
    (with_database(identifier="a--b"), "databases.app.identifier", "no two hyphens"),
    (with_database(username="user"), "databases.app.username", "is reserved"),
    (with_database(password={"source": "managed"}), "databases.app.password.source", "read replicas"),
    (
        with_database(password={"source": "generated", "config": "a:b"}),
        "databases.app.password.source",
        "'generated', but config gives a password",
    ),
    (
        with_database(password={"value": "x"}),
        "databases.app.password.value",
        "no password stands in a stack config",
    ),
    (
        with_database(access={"fromCidrs": ["0.0.0.0/0"]}),
        "databases.app.access.fromCidrs[0]",
        "to the internet",
    ),
    (
        with_database(replicas={"r": {"instanceClass": "x"}}),
        "databases.app.replicas.r.instanceClass",
        "is not an instance class",
    ),
    (
        changed(network=OWN_NETWORK),
        "databases.app.access.fromApplication",
        "the network has no application security group",
    ),
]


@pytest.mark.parametrize(
    ("config", "path", "part"), BAD, ids=[f"{path}: {part[:30]}" for _, path, part in BAD]
)
def test_a_bad_config(config, path, part):
    found = faults(config)
    assert list(found) == [path]
    assert part in found[path]


def test_names_that_meet_in_aws():
    app = {key: value for key, value in CONTRACT["databases"]["app"].items() if key != "replicas"}
    twice = {"app": app, "app_x": app, "app-x": app}
    assert faults(changed(databases=twice)) == {
        "databases.app-x": "its identifier 'shop-prod-app-x' is also that of databases.app_x: choose another"
    }
    with_replica = {"app": {**app, "replicas": {"reporting": {}}}, "app-reporting": app}
    assert list(faults(changed(databases=with_replica))) == ["databases.app-reporting"]
    given = {"a": {**app, "identifier": "same"}, "b": {**app, "identifier": "same"}}
    assert list(faults(changed(databases=given))) == ["databases.b"]
    assert faults(changed(databases={"a": app, "b": app})) == {}
    beside = {"app_x": app, "app-x": {**app, "identifier": "other"}}
    assert "differs from 'app_x' only in" in faults(changed(databases=beside))["databases.app-x"]
    replicas = {"a": {"identifier": "same"}, "b": {"identifier": "same"}}
    _, found = stack_faults(with_database(replicas=replicas), "shop", "prod", "us-east-1")
    assert [fault.path for fault in found] == ["databases.app.replicas.b"]


def test_the_region_decides_the_zones():
    assert list(faults(CONTRACT, region=None)) == ["network.availabilityZoneNames"]
    zones = {"vpcCidr": "10.0.0.0/16", "availabilityZoneNames": ["eu-west-1a", "eu-west-1b"]}
    assert faults(changed(network=zones), region=None) == {}
    assert (
        "not in the stack's region us-east-1"
        in faults(changed(network=zones))["network.availabilityZoneNames"]
    )


def test_ones_own_network():
    group = {"applicationSecurityGroupId": "sg-12345678"}
    assert faults(changed(network={**OWN_NETWORK, **group})) == {}
    settings, found = stack_faults(changed(network={**OWN_NETWORK, **group}), "shop", "prod", None)
    assert found == []
    assert placement(settings) == {
        "vpc_id": "vpc-12345678",
        "subnet_ids": OWN_NETWORK["subnetIds"],
        "application_security_group_id": "sg-12345678",
    }


def test_tags_of_the_stack_and_the_database_count_together():
    shared = {str(n): "" for n in range(30)}
    own = {f"x{n}": "" for n in range(30)}
    config = with_database(tags=own) | {"tags": shared}
    assert faults(config) == {
        "databases.app.tags": "62 tags: AWS takes 50 on a resource (Name and Environment included), remove some"
    }
    assert faults(with_database(tags=shared) | {"tags": shared}) == {}


def test_every_fault_of_every_database_at_once():
    app = CONTRACT["databases"]["app"]
    databases = {"a": {**app, "port": 1}, "b": {**app, "username": "admin"}, "c": 5}
    assert set(faults(changed(databases=databases, environment=""))) == {
        "environment",
        "databases.a.port",
        "databases.b.username",
        "databases.c",
    }


@pytest.fixture
def running_stack(monkeypatch):
    monkeypatch.setattr("pulumi.get_project", lambda: "shop")
    monkeypatch.setattr("pulumi.get_stack", lambda: "prod")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.mark.usefixtures("running_stack")
def test_loading_in_a_program():
    assert load(CONTRACT)["databases"]["app"]["engine_version"] == "17"
    with pytest.raises(SpecError) as caught:
        load(with_database(port=1))
    assert str(caught.value) == (
        "Pulumi.prod.yaml: databases.app.port: 1 is not a port that RDS allows: use 1150 to 65535"
    )


ROTATED = {"source": "generated", "rotation": {}}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:mine"
NO_WAY = (
    "databases.app.password.rotation: its function has no way to Secrets Manager, as no route leads out of "
    "the network: add secretsmanager to network.endpoints (an endpoint costs by the hour and zone)"
)


@pytest.mark.parametrize(
    ("network", "password", "replicas", "expected"),
    [
        ({}, ROTATED, {}, [NO_WAY]),
        ({"endpoints": ["s3", "logs"]}, ROTATED, {}, [NO_WAY]),
        # Nobody named the source: with a replica RDS manages none.
        ({}, {"rotation": {"days": 60}}, {"one": {}}, [NO_WAY]),
        ({"endpoints": ["secretsmanager"]}, ROTATED, {}, []),
        # RDS has its own way; so has the user's own function, or a VPC of the user's.
        ({}, {"rotation": {"days": 60}}, {}, []),
        ({}, {"source": "generated", "rotation": {"functionArn": FUNCTION}}, {}, []),
        (OWN_NETWORK, ROTATED, {}, []),
    ],
)
def test_a_rotation_function_needs_a_way_to_secrets_manager(network, password, replicas, expected):
    made = network if "vpcId" in network else {"vpcCidr": "10.20.0.0/16", **network}
    app = {**CONTRACT["databases"]["app"], "password": password, "replicas": replicas}
    app["access"] = {"fromApplication": False}
    value = changed(network=made, databases={"app": app})
    _, found = stack_faults(value, "shop", "prod", "us-east-1")
    assert [str(fault) for fault in found] == expected
