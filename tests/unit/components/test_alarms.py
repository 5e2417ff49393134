"""Alarms, notifications and the dashboard: as boto3 reads them back."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from tests.unit.components.programs import POSTGRES, database

from dbstack import DatabaseDashboard, DatabaseDashboardArgs, DatabaseNotifications, SpecError
from dbstack.sandbox.aws.clients import client
from dbstack.spec.alarm_table import AlarmFacts
from dbstack.spec.alarms import plan_alarms
from dbstack.testing import deploy

TOPIC = "arn:aws:sns:us-east-1:123456789012:dba"
MIB, GIB = 1024**2, 1024**3


@pytest.mark.parametrize(
    ("facts", "key", "threshold"),
    [
        # 16 GiB: a tenth is 1638 MiB; 92 % of 17179869184 / 9531392 = 1658 connections, of which 80 % are 1326.
        (AlarmFacts("postgres", "db.r6g.large", "gp3", 100), "memory", 1638 * MIB),
        (AlarmFacts("postgres", "db.r6g.large", "gp3", 100), "connections", 1326),
        (AlarmFacts("postgres", "db.r6g.large", "gp3", 100), "storage", 10 * GIB),
        # 64 GiB would allow 6632; PostgreSQL's formula stops at 5000.
        (AlarmFacts("postgres", "db.r6g.2xlarge", "gp3", 100), "connections", 4000),
        (AlarmFacts("mysql", "db.m6g.large", "gp3", 20), "connections", 502),
        (AlarmFacts("mysql", "db.t3.micro", "gp3", 20), "cpu-credits", 28),
        (AlarmFacts("postgres", "db.t3.micro", "gp2", 20), "burst-balance", 20),
        (AlarmFacts("postgres", "db.t3.micro", "gp3", 20), "burst-balance", None),
        (AlarmFacts("postgres", "db.r9z.large", "gp3", 20), "memory", None),
        (AlarmFacts("mysql", "db.r6g.large", "gp3", 20), "transaction-ids", None),
        (AlarmFacts("postgres", "db.r6g.large", replica=True), "replica-lag", 300),
    ],
)
def test_thresholds_by_hand(facts: AlarmFacts, key: str, threshold: float | None) -> None:
    assert {spec.key: spec.threshold for spec in plan_alarms({}, facts)}.get(key) == threshold


def test_a_database_with_a_topic_has_alarms_that_tell_it() -> None:
    alarms = {"topic_arn": TOPIC, "cpu_percent": 80, "disk_queue_depth": 0}
    with database({**POSTGRES, "monitoring": {"alarms": alarms}}) as deployment:
        found = deployment.client("cloudwatch").describe_alarms()["MetricAlarms"]
        by_key = {item["AlarmName"].removeprefix("shop-dev-app-"): item for item in found}
        assert set(by_key) == {
            *("cpu", "memory", "connections", "storage", "storage-days", "transaction-ids", "cpu-credits")
        }
        assert by_key["cpu"]["Threshold"] == 80
        assert by_key["cpu"]["Dimensions"] == [{"Name": "DBInstanceIdentifier", "Value": "shop-dev-app"}]
        assert all(item["AlarmActions"] == item["OKActions"] == [TOPIC] for item in found)
        assert {item["Id"] for item in by_key["storage-days"]["Metrics"]} == {"free", "days"}


def test_no_topic_no_alarms() -> None:
    with database(POSTGRES) as deployment:
        assert deployment.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_notifications_and_dashboard() -> None:
    def program() -> dict[str, Any]:
        told = DatabaseNotifications("told", {"emails": ["dba@example.com"]})
        board = {"app": {"identifier": "app"}, "copy": {"identifier": "copy", "replica": True}}
        DatabaseDashboard("board", {"instances": board})  # pyright: ignore[reportArgumentType]
        return {"topic": told.topic_arn}

    with deploy(program, project="shop", stack="dev") as deployment:
        topic = deployment.outputs["topic"]
        [mail] = deployment.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert mail["Endpoint"] == "dba@example.com"
        events = deployment.client("rds").describe_event_subscriptions()["EventSubscriptionsList"]
        assert {item["SourceType"]: sorted(item["EventCategoriesList"]) for item in events} == {
            "db-instance": ["configuration change", "failure", "maintenance"],
            "db-cluster": ["failure", "maintenance"],
            "db-parameter-group": ["configuration change"],
            "db-security-group": ["configuration change", "failure"],
        }
        assert all(item["Enabled"] and item["SnsTopicArn"] == topic for item in events)
        body = deployment.client("cloudwatch").get_dashboard(DashboardName="shop-dev-board")["DashboardBody"]
        lines = {
            widget["properties"]["title"]: widget["properties"]["metrics"]
            for widget in json.loads(body)["widgets"]
        }
        assert [line[3] for line in lines["CPU (%)"]] == ["app", "copy"]
        assert [line[3] for line in lines["Replica lag (s)"]] == ["copy"]


def test_a_topic_of_the_users_is_told() -> None:
    def program() -> None:
        theirs = client("sns", "us-east-1").create_topic(Name="dba")["TopicArn"]
        assert theirs == TOPIC
        DatabaseNotifications("told", {"topic_arn": theirs})

    with deploy(program, project="shop", stack="dev") as deployment:
        events = deployment.client("rds").describe_event_subscriptions()["EventSubscriptionsList"]
        assert [item["SnsTopicArn"] for item in events] == [TOPIC] * 4
        assert len(deployment.client("sns").list_topics()["Topics"]) == 1


def test_the_dashboard_shows_the_region_of_its_own_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)

    def program() -> None:
        west = aws.Provider("west", region="eu-west-1")
        board: DatabaseDashboardArgs = {
            "instances": {
                "app": {"identifier": "app"},
                "far": {"identifier": "far", "region": "ap-south-1"},
                "near": {"identifier": "near", "region": "eu-west-1"},
            }
        }
        DatabaseDashboard("board", board, pulumi.ResourceOptions(provider=west))

    with deploy(program, project="shop", stack="dev") as deployment:
        cloudwatch = deployment.client("cloudwatch", "eu-west-1")
        body = json.loads(cloudwatch.get_dashboard(DashboardName="shop-dev-board")["DashboardBody"])
        assert {widget["properties"]["region"] for widget in body["widgets"]} == {"eu-west-1"}
        lines = {line[3]: line[4].get("region") for line in body["widgets"][0]["properties"]["metrics"]}
        assert lines == {"app": None, "far": "ap-south-1", "near": None}


def test_faults() -> None:
    with pytest.raises(SpecError, match="topic_arn names an existing one"):
        deploy(lambda: DatabaseNotifications("told", {"emails": ["a@b.c"], "topic_arn": TOPIC}) and {})
    with pytest.raises(SpecError, match="no more than 100"):
        database({**POSTGRES, "monitoring": {"alarms": {"topic_arn": TOPIC, "cpu_percent": 101}}})
