"""What is watched of a database, read back with boto3."""

import json
from typing import Any

import pulumi_aws as aws
import pytest
from tests.unit.components.programs import INSTANCE, POSTGRES, database, described

from dbstack import Database, DatabaseMonitoringRole, DatabaseNetwork, SpecError
from dbstack.testing import Deployment, deploy

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "arn:aws:iam::123456789012:role/watches"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001"
MYSQL = {"engine": "mysql", "engine_version": "8.4", "instance_class": "db.r6g.large"}


def groups(deployment: Deployment) -> dict[str, dict[str, Any]]:
    found = deployment.client("logs").describe_log_groups()["logGroups"]
    return {group["logGroupName"]: group for group in found}


def test_a_database_is_watched_from_the_start() -> None:
    with database(POSTGRES) as deployment:
        instance = described(deployment)
        assert (instance["MonitoringInterval"], instance["PerformanceInsightsEnabled"]) == (60, True)
        assert instance["PerformanceInsightsRetentionPeriod"] == 7
        assert instance["DatabaseInsightsMode"] == "standard"
        assert sorted(instance["EnabledCloudwatchLogsExports"]) == ["postgresql", "upgrade"]
        role = instance["MonitoringRoleArn"].rpartition("/")[2]
        iam = deployment.client("iam")
        trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        trust = json.loads(trust) if isinstance(trust, str) else trust
        assert trust["Statement"][0]["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        assert [item["PolicyName"] for item in attached] == ["AmazonRDSEnhancedMonitoringRole"]


def test_the_log_groups_are_there_before_the_instance_and_expire() -> None:
    with database(POSTGRES) as deployment:
        found = groups(deployment)
        mine = [f"/aws/rds/instance/shop-dev-app/{log}" for log in ("postgresql", "upgrade")]
        assert [found[name]["retentionInDays"] for name in mine] == [365, 365]
        made = {item.urn for item in deployment.of_type(LOG_GROUP) if item.name.startswith("app-log-")}
        assert len(made) == 2
        assert made <= set(deployment.one(INSTANCE).dependencies)


def test_storage_insights_and_logs_have_the_keys_that_are_given() -> None:
    policy = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}

    def program() -> dict[str, Any]:
        names = ("storage", "insights", "logs")
        document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        keys = {name: aws.kms.Key(name, policy=document).arn for name in names}
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", "flow_logs": {"enabled": False}})
        monitoring = {"performance_insights_kms_key_id": keys["insights"], "log_kms_key_id": keys["logs"]}
        settings: dict[str, Any] = {
            **POSTGRES,
            "instance_class": "db.r6g.large",
            "network": {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids},
            "storage": {"kms_key_id": keys["storage"]},
            "monitoring": {"performance_insights": True, **monitoring},
        }
        Database("app", settings)  # pyright: ignore[reportArgumentType]
        return keys

    with deploy(program, project="shop", stack="dev") as deployment:
        instance, keys = described(deployment), deployment.outputs
        assert len(set(keys.values())) == 3
        assert (instance["KmsKeyId"], instance["PerformanceInsightsKMSKeyId"]) == (
            keys["storage"],
            keys["insights"],
        )
        made = groups(deployment)
        assert {made[name]["kmsKeyId"] for name in made} == {keys["logs"]}
        assert len(made) == len(instance["EnabledCloudwatchLogsExports"]) > 0


def test_every_choice_lands() -> None:
    monitoring = {
        "enhanced_interval_seconds": 5,
        "monitoring_role_arn": ROLE,
        "performance_insights": True,
        "database_insights": "advanced",
        "log_exports": ["error", "iam-db-auth-error"],
        "log_retention_days": 30,
    }
    with database({**MYSQL, "monitoring": monitoring}) as deployment:
        instance = described(deployment)
        assert (instance["MonitoringInterval"], instance["MonitoringRoleArn"]) == (5, ROLE)
        assert instance["DatabaseInsightsMode"] == "advanced"
        assert instance["PerformanceInsightsRetentionPeriod"] == 465
        assert sorted(instance["EnabledCloudwatchLogsExports"]) == ["error", "iam-db-auth-error"]
        assert groups(deployment)["/aws/rds/instance/shop-dev-app/error"]["retentionInDays"] == 30
        assert deployment.of_type("aws:iam/role:Role") == []


def test_all_of_it_can_be_off() -> None:
    off = {"enhanced_interval_seconds": 0, "performance_insights": False, "log_exports": []}
    with database({**POSTGRES, "monitoring": off}) as deployment:
        instance = described(deployment)
        assert instance["MonitoringInterval"] == 0
        assert instance["PerformanceInsightsEnabled"] is False
        assert not instance.get("EnabledCloudwatchLogsExports")
        assert "MonitoringRoleArn" not in instance
        assert [*deployment.of_type(LOG_GROUP), *deployment.of_type("aws:iam/role:Role")] == []


@pytest.mark.parametrize(("size", "insights"), [("micro", False), ("small", False), ("medium", True)])
def test_small_classes_of_mysql_have_no_insights(size: str, insights: bool) -> None:
    with database({**MYSQL, "instance_class": f"db.t4g.{size}"}) as deployment:
        inputs = deployment.one(INSTANCE).inputs
        assert inputs["performanceInsightsEnabled"] is insights
        assert ("performanceInsightsRetentionPeriod" in inputs) is insights


def test_a_replica_is_watched_like_its_database_field_by_field() -> None:
    settings = {
        "monitoring": {"enhanced_interval_seconds": 15, "log_retention_days": 90},
        "replicas": {"reporting": {"monitoring": {"enhanced_interval_seconds": 60}}},
    }
    with database({**POSTGRES, **settings}) as deployment:
        replica = described(deployment, "shop-dev-app-reporting")
        assert (described(deployment)["MonitoringInterval"], replica["MonitoringInterval"]) == (15, 60)
        assert replica["MonitoringRoleArn"] == described(deployment)["MonitoringRoleArn"]
        group = groups(deployment)["/aws/rds/instance/shop-dev-app-reporting/postgresql"]
        assert group["retentionInDays"] == 90


@pytest.mark.parametrize(("word", "kept"), [("snapshot", False), ("retain", True), ("destroy", False)])
def test_the_logs_of_a_retained_database_are_kept(word: str, kept: bool) -> None:
    with database({**POSTGRES, "on_delete": word}) as deployment:
        assert {bool(item.inputs.get("skipDestroy")) for item in deployment.of_type(LOG_GROUP)} == {kept}


def test_one_role_serves_a_stack() -> None:
    def program() -> None:
        network = DatabaseNetwork("network", {"vpc_cidr": "10.0.0.0/16", "flow_logs": {"enabled": False}})
        role = DatabaseMonitoringRole("databases", {"tags": {"team": "data"}})
        placement = {"vpc_id": network.vpc_id, "subnet_ids": network.subnet_ids}
        for name in ("one", "two"):
            watched = {"monitoring": {"monitoring_role_arn": role.arn}}
            Database(name, {**POSTGRES, **watched, "network": placement})  # type: ignore[typeddict-item]

    with deploy(program, project="shop", stack="dev") as deployment:
        roles = {described(deployment, f"shop-dev-{name}")["MonitoringRoleArn"] for name in ("one", "two")}
        assert roles == {deployment.one("aws:iam/role:Role").outputs["arn"]}


BAD = {
    "an interval that is none": ({"enhanced_interval_seconds": 7}, "enhanced_interval_seconds", "0 is off"),
    "a role for nothing": (
        {"enhanced_interval_seconds": 0, "monitoring_role_arn": ROLE},
        "monitoring_role_arn",
        "leave one of the two out",
    ),
    "a role that is none": ({"monitoring_role_arn": "watches"}, "monitoring_role_arn", "arn:aws:iam"),
    "a retention that is none": (
        {"performance_insights_retention_days": 100},
        "performance_insights_retention_days",
        "the nearest is 93",
    ),
    "a retention of nothing": (
        {"performance_insights": False, "performance_insights_retention_days": 7},
        "performance_insights_retention_days",
        "leave it out",
    ),
    "a key for nothing": (
        {"performance_insights": False, "performance_insights_kms_key_id": KEY},
        "performance_insights_kms_key_id",
        "leave it out",
    ),
    "advanced without insights": (
        {"performance_insights": False, "database_insights": "advanced"},
        "database_insights",
        "use 'standard'",
    ),
    "advanced with a short memory": (
        {"performance_insights_retention_days": 7, "database_insights": "advanced"},
        "database_insights",
        "465",
    ),
    "a mode that is none": ({"database_insights": "expert"}, "database_insights", "standard"),
    "a log of another engine": ({"log_exports": ["slowquery"]}, "log_exports[0]", "PostgreSQL"),
    "a log twice": ({"log_exports": ["upgrade", "upgrade"]}, "log_exports[1]", "remove one"),
    "days that CloudWatch hasn't": ({"log_retention_days": 42}, "log_retention_days", "60"),
    "an alias for a key": ({"log_kms_key_id": "alias/logs"}, "log_kms_key_id", "arn:aws:kms"),
    "an unknown field": ({"enhanced_interval": 60}, "enhanced_interval", "enhanced_interval_seconds"),
}


@pytest.mark.parametrize(("given", "path", "words"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_before_anything_is_made(given: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        database({**POSTGRES, "monitoring": given})
    faults = [fault for fault in caught.value.faults if fault.path == f"monitoring.{path}"]
    assert faults, caught.value.faults
    assert words in faults[0].message


def test_insights_where_the_class_has_none_are_refused() -> None:
    given = {**MYSQL, "instance_class": "db.t3.micro", "monitoring": {"performance_insights": True}}
    with pytest.raises(SpecError, match=r"monitoring\.performance_insights: .*db\.t3\.micro"):
        database(given)
