"""What a user can choose, and that it lands so."""

import json
from typing import Any

import pulumi
import pytest
from tests.unit.components.programs import (
    EGRESS,
    INGRESS,
    INSTANCE,
    POSTGRES,
    QUIET,
    SECRET,
    database,
    described,
    tags,
)

from dbstack import AccessArgs, Database, DatabaseNetwork, Engine, SpecError
from dbstack.sandbox.aws.clients import client
from dbstack.testing import deploy


def test_the_worked_example() -> None:
    settings = {
        **POSTGRES,
        "storage": {"allocated_gib": 20, "max_allocated_gib": 100, "type": "gp2"},
        "database_name": "orders",
        "username": "orders_admin",
        "backup": {"retention_days": 7, "window": "03:00-04:00"},
        "maintenance_window": "sun:04:00-sun:05:00",
        "environment": "production",
        "tags": {"Team": "orders"},
    }
    with database(settings) as deployment:
        instance = described(deployment)
        assert (instance["AllocatedStorage"], instance["MaxAllocatedStorage"]) == (20, 100)
        assert instance["StorageType"] == "gp2"
        assert (instance["DBName"], instance["MasterUsername"]) == ("orders", "orders_admin")
        assert instance["BackupRetentionPeriod"] == 7
        assert instance["PreferredBackupWindow"] == "03:00-04:00"
        assert instance["PreferredMaintenanceWindow"] == "sun:04:00-sun:05:00"
        assert tags(instance) == {"Name": "shop-dev-app", "Environment": "production", "Team": "orders"}


def test_replicas_inherit_and_override() -> None:
    settings = {
        **POSTGRES,
        "instance_class": "db.r6g.large",
        "multi_az": True,
        "storage": {"allocated_gib": 100, "max_allocated_gib": 500},
        "maintenance_window": "sun:04:00-sun:05:00",
        "replicas": {"reporting": {}, "analytics": {"instance_class": "db.r6g.xlarge", "multi_az": True}},
    }
    with database(settings) as deployment:
        writer = described(deployment)
        assert writer["MultiAZ"] is True
        assert sorted(writer["ReadReplicaDBInstanceIdentifiers"]) == [
            "shop-dev-app-analytics",
            "shop-dev-app-reporting",
        ]
        reporting = described(deployment, "shop-dev-app-reporting")
        analytics = described(deployment, "shop-dev-app-analytics")
        assert (reporting["DBInstanceClass"], reporting["MultiAZ"]) == ("db.r6g.large", False)
        assert (analytics["DBInstanceClass"], analytics["MultiAZ"]) == ("db.r6g.xlarge", True)
        for replica in (reporting, analytics):
            assert replica["ReadReplicaSourceDBInstanceIdentifier"] == "shop-dev-app"
            assert replica["StorageEncrypted"] is True
            assert replica["MaxAllocatedStorage"] == 500
            assert replica["VpcSecurityGroups"] == writer["VpcSecurityGroups"]
            assert replica["DeletionProtection"] is True
            assert replica["PubliclyAccessible"] is False
            assert replica["PreferredMaintenanceWindow"] == "sun:04:00-sun:05:00"
        assert set(deployment.outputs["replicas"]) == {"reporting", "analytics"}
        for recorded in deployment.of_type(INSTANCE)[1:]:
            given = {
                "finalSnapshotIdentifier",
                "username",
                "password",
                "dbName",
                "dbSubnetGroupName",
                "engine",
            }
            assert given & set(recorded.inputs) == set()
            assert recorded.inputs["skipFinalSnapshot"] is True


def test_replicas_have_the_provisioned_operations_of_their_source() -> None:
    volume = {"type": "io2", "iops": 3000, "allocated_gib": 100}
    with database({**POSTGRES, "storage": volume, "replicas": {"r": {}}}) as deployment:
        replica = deployment.of_type(INSTANCE)[1].inputs
        assert (replica["storageType"], replica["iops"]) == ("io2", 3000)
    volume = {"type": "gp3", "iops": 13_000, "throughput_mibps": 600, "allocated_gib": 400}
    with database({**POSTGRES, "storage": volume, "replicas": {"r": {}}}) as deployment:
        for found in (described(deployment), described(deployment, "shop-dev-app-r")):
            assert (found["StorageType"], found["Iops"], found["StorageThroughput"]) == ("gp3", 13_000, 600)
        given = deployment.of_type(INSTANCE)[1].inputs
        assert (given["iops"], given["storageThroughput"]) == (13_000, 600)


@pytest.mark.parametrize(
    ("choice", "protected", "final", "retain"),
    [
        ({}, True, True, False),
        ({"on_delete": "snapshot"}, True, True, False),
        ({"on_delete": "snapshot", "deletion_protection": False}, False, True, False),
        ({"on_delete": "retain"}, True, True, True),
        ({"on_delete": "destroy"}, False, False, False),
    ],
)
def test_on_delete(choice: dict[str, Any], protected: bool, final: bool, retain: bool) -> None:
    with database({**POSTGRES, **choice, "replicas": {"r": {}}}) as deployment:
        for recorded in deployment.of_type(INSTANCE):
            assert bool(recorded.protect) is protected
            assert bool(recorded.retain_on_delete) is retain
            assert recorded.inputs["deletionProtection"] is protected
        writer = deployment.one(INSTANCE, "app")
        assert writer.inputs["skipFinalSnapshot"] is not final
        assert ("finalSnapshotIdentifier" in writer.inputs) is final
        assert writer.inputs["deleteAutomatedBackups"] is (choice.get("on_delete") == "destroy")
        assert described(deployment)["DeletionProtection"] is protected
        destroys = choice.get("on_delete") == "destroy"
        assert deployment.one(SECRET).inputs["recoveryWindowInDays"] == (0 if destroys else 30)


def test_a_generated_password_is_kept_in_the_standard_shape() -> None:
    with database({**POSTGRES, "password": {"source": "generated"}}) as deployment:
        arn = deployment.outputs["secret_arn"]
        held = json.loads(deployment.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
        password = held.pop("password")
        assert held == {
            "engine": "postgres",
            "host": deployment.outputs["host"],
            "port": 5432,
            "dbname": "app",
            "username": "dbadmin",
            "dbInstanceIdentifier": "shop-dev-app",
        }
        assert len(password) == 30
        assert password.isalnum()
        instance = deployment.one(INSTANCE)
        assert instance.inputs["password"] == password
        assert "password" in instance.secret_inputs
        version = deployment.one("aws:secretsmanager/secretVersion:SecretVersion")
        assert "secretString" in version.secret_inputs
        suffix = deployment.one("random:index/randomId:RandomId").outputs["hex"]
        assert deployment.one(SECRET).inputs["name"] == f"shop-dev-app-master-{suffix}"
        assert "MasterUserSecret" not in described(deployment)


def test_replicas_make_the_password_generated() -> None:
    with database({**POSTGRES, "replicas": {"r": {}}}) as deployment:
        assert len(deployment.of_type("random:index/randomPassword:RandomPassword")) == 1
        assert "manageMasterUserPassword" not in deployment.one(INSTANCE, "app").inputs


@pytest.mark.parametrize("how", ["value", "config"])
def test_a_given_password_is_secret_everywhere(how: str) -> None:
    given = "correct-horse-battery"
    password = {"value": given} if how == "value" else {"config": "shop:appPassword"}
    secrets = {"shop:appPassword": given} if how == "config" else {}
    with database({**POSTGRES, "password": password}, secret_config=secrets) as deployment:
        instance = deployment.one(INSTANCE)
        assert instance.inputs["password"] == given
        assert "password" in instance.secret_inputs
        arn = deployment.outputs["secret_arn"]
        held = json.loads(deployment.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
        assert held["password"] == given
        holders = [
            (item.name, key)
            for item in deployment.resources
            for key, value in {**item.inputs, **item.outputs}.items()
            if given in json.dumps(value) and key not in item.secret_inputs | item.secret_outputs
        ]
        assert holders == []


def test_a_given_password_that_rds_refuses_stops_the_deployment_without_being_shown() -> None:
    refused = {"shop:appPassword": "has/slash@inside"}
    with pytest.raises(SpecError, match="a character that RDS refuses") as caught:
        database({**POSTGRES, "password": {"config": "shop:appPassword"}}, secret_config=refused)
    assert "has/slash" not in str(caught.value)


def test_a_given_plain_password_is_refused_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        database({**POSTGRES, "password": {"value": "short"}})
    assert [fault.path for fault in caught.value.faults] == ["password.value"]
    assert "short" not in str(caught.value)


def test_access_makes_one_rule_per_source() -> None:
    access = {
        "from_application": True,
        "from_security_groups": ["sg-0123456789abcdef0"],  # Only previewed: moto has no such group.
        "from_cidrs": ["10.1.0.0/16", "fd00::/8"],
        "egress": "none",
    }
    with database({**POSTGRES, "access": access, "port": 6543}, preview=True) as deployment:
        rules = {rule.name: rule.inputs for rule in deployment.of_type(INGRESS)}
        assert set(rules) == {
            "app-access-from-application",
            "app-access-from-sg-0123456789abcdef0",
            "app-access-from-10-1-0-0-16",
            "app-access-from-fd00---8",
        }
        assert {(rule["fromPort"], rule["toPort"], rule["ipProtocol"]) for rule in rules.values()} == {
            (6543, 6543, "tcp")
        }
        assert rules["app-access-from-10-1-0-0-16"]["cidrIpv4"] == "10.1.0.0/16"
        assert rules["app-access-from-fd00---8"]["cidrIpv6"] == "fd00::/8"
        assert [rule.name for rule in deployment.of_type(EGRESS)] == ["network-application-egress"]
        group = deployment.one("aws:ec2/securityGroup:SecurityGroup", "app-access")
        assert {"ingress", "egress"} & set(group.inputs) == set()


def test_each_source_is_let_in_to_the_port() -> None:
    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", **QUIET})
        theirs = client("ec2", "us-east-1").create_security_group(GroupName="jobs", Description="jobs")
        access: AccessArgs = {
            "from_application": False,
            "from_security_groups": [theirs["GroupId"]],
            "from_cidrs": ["10.1.0.0/16", "fd00::/8"],
        }
        placed = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        made = Database("app", {**POSTGRES, "network": placed, "access": access})  # pyright: ignore[reportArgumentType]
        return {"group": made.security_group_id, "theirs": theirs["GroupId"]}

    with deploy(program, project="shop", stack="dev") as deployment:
        rules = deployment.client("ec2").describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [deployment.outputs["group"]]}]
        )["SecurityGroupRules"]
        let_in = [rule for rule in rules if not rule["IsEgress"]]
        assert {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in let_in} == {
            ("tcp", 5432, 5432)
        }
        assert sorted(
            rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule["ReferencedGroupInfo"]["GroupId"]
            for rule in let_in
        ) == sorted(["10.1.0.0/16", "fd00::/8", deployment.outputs["theirs"]])


@pytest.mark.parametrize(
    ("access", "blocks"),
    [({}, ["0.0.0.0/0"]), ({"egress": "all"}, ["0.0.0.0/0"]), ({"egress": "none"}, [])],
)
def test_egress_lands(access: dict[str, Any], blocks: list[str]) -> None:
    with database({**POSTGRES, "access": access}) as deployment:
        [group] = deployment.client("ec2").describe_security_groups(
            GroupIds=[deployment.outputs["security_group_id"]]
        )["SecurityGroups"]
        rules = group["IpPermissionsEgress"]
        assert [block["CidrIp"] for rule in rules for block in rule["IpRanges"]] == blocks
        assert all(rule["IpProtocol"] == "-1" for rule in rules)


def test_no_access_makes_no_rule() -> None:
    with database({**POSTGRES, "access": {"from_application": False}}) as deployment:
        assert deployment.of_type(INGRESS) == []


# Every engine of the library, so that a new one has to come in here.
ENGINES_AND_PORTS: dict[Engine, tuple[str, str, int]] = {
    Engine.POSTGRES: ("17", "db.t3.micro", 5432),
    Engine.MYSQL: ("8.4", "db.t3.micro", 3306),
    Engine.MARIADB: ("11.4", "db.t3.micro", 3306),
    Engine.ORACLE_EE: ("19", "db.t3.small", 1521),
    Engine.ORACLE_EE_CDB: ("21", "db.t3.small", 1521),
    Engine.ORACLE_SE2: ("19", "db.t3.small", 1521),
    Engine.ORACLE_SE2_CDB: ("21", "db.t3.small", 1521),
    Engine.SQLSERVER_EX: ("16.00", "db.t3.small", 1433),
    Engine.SQLSERVER_WEB: ("16.00", "db.t3.small", 1433),
    Engine.SQLSERVER_SE: ("15.00", "db.t3.xlarge", 1433),
    Engine.SQLSERVER_EE: ("16.00", "db.t3.xlarge", 1433),
}


@pytest.mark.parametrize("engine", Engine)
def test_engines_and_their_ports(engine: Engine) -> None:
    version, size, port = ENGINES_AND_PORTS[engine]
    settings: dict[str, Any] = {"engine": engine, "engine_version": version, "instance_class": size}
    if engine.startswith("oracle-se2"):
        settings["license_model"] = "license-included"
    with database(settings) as deployment:
        instance = described(deployment)
        assert instance["Engine"] == engine
        assert instance["EngineVersion"].startswith(f"{version}.")
        assert instance["Endpoint"]["Port"] == port
        assert deployment.one(INGRESS).inputs["fromPort"] == port
        assert len(deployment.of_type(EGRESS)) == 2


def test_a_version_is_sent_as_it_is_written() -> None:
    """A full one too, which no list of ours has to know."""
    with database({**POSTGRES, "engine_version": "17.99"}) as deployment:
        assert deployment.one(INSTANCE).inputs["engineVersion"] == "17.99"
        assert described(deployment)["EngineVersion"] == "17.99"
    with database(POSTGRES) as deployment:
        assert deployment.one(INSTANCE).inputs["engineVersion"] == "17"


def test_a_prefix_list_is_let_in_to_the_database_and_its_replica() -> None:
    """The list by its id where it is known, by its place where it is an output."""

    def program() -> dict[str, Any]:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", **QUIET})
        made = client("ec2", "us-east-1").create_managed_prefix_list(
            PrefixListName="offices", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": "10.7.0.0/16"}]
        )
        list_id = made["PrefixList"]["PrefixListId"]
        access: AccessArgs = {"from_prefix_lists": [pulumi.Output.from_input(list_id)]}
        database = Database(
            "app",
            {
                **POSTGRES,
                "network": {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids},
                "access": access,
                "replicas": {"apart": {"port": 6000}},
            },
        )
        return {"group": database.security_group_id, "list": list_id}

    with deploy(program, project="shop", stack="dev") as deployment:
        ec2 = deployment.client("ec2")
        rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
        found = {
            (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]): rule["GroupId"]
            for rule in rules
            if rule.get("PrefixListId") == deployment.outputs["list"] and not rule["IsEgress"]
        }
        assert set(found) == {(5432, 5432, "tcp"), (6000, 6000, "tcp")}
        assert found[5432, 5432, "tcp"] == deployment.outputs["group"]
        names = {rule.name for rule in deployment.of_type(INGRESS)}
        assert names == {"app-access-from-prefix-list-0", "app-apart-access-from-prefix-list-0"}


def test_all_that_a_retained_database_needs_is_retained() -> None:
    settings = {
        **POSTGRES,
        "on_delete": "retain",
        "password": {"source": "generated"},
        "access": {"from_cidrs": ["198.51.100.0/24"]},
        "replicas": {"r": {}},
    }
    with database(settings) as deployment:
        retained = {one.urn for one in deployment.resources if one.retain_on_delete}
        mine = [one for one in deployment.resources if one.type.startswith("aws:") and "Database$" in one.urn]
        gone = {
            one.type
            for one in mine
            if not one.retain_on_delete
            and one.deleted_with not in retained
            and not one.inputs.get("skipDestroy")
        }
        assert gone == set()
        assert {"aws:iam/role:Role", "aws:rds/subnetGroup:SubnetGroup", SECRET} <= {one.type for one in mine}
        # Taken out alone it goes: who is no longer let in is shut out.
        [rule] = [one for one in deployment.of_type(INGRESS) if "198-51" in one.name]
        assert not rule.retain_on_delete
        assert rule.deleted_with == deployment.one("aws:ec2/securityGroup:SecurityGroup", "app-access").urn


def test_a_label_is_only_for_a_password_that_rotates() -> None:
    with database({**POSTGRES, "password": {"source": "generated"}}) as deployment:
        version = deployment.one("aws:secretsmanager/secretVersion:SecretVersion")
        assert "versionStages" not in version.inputs
        assert version.ignore_changes == ()
