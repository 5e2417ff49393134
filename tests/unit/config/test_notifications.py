"""`notifications` and `dashboard` of a stack config: what is wrong with them, and what the program makes of them."""

import copy
import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbstack.config import check_files, stack_faults
from dbstack.testing import Deployment, deploy

INFRA = Path(__file__).resolve().parents[3] / "infra/__main__.py"
OTHER_TOPIC = "arn:aws:sns:us-east-1:123456789012:other"
CONFIG: dict[str, Any] = yaml.safe_load("""
environment: prod
network: {vpcCidr: 10.20.0.0/16}
databases:
  app:
    engine: postgres
    engineVersion: "17"
    instanceClass: db.r6g.large
    password: {source: generated}
    replicas:
      reporting: {}
      abroad:
        region: eu-west-1
        kmsKeyId: arn:aws:kms:eu-west-1:123456789012:key/0f7f2f4e-8a3c-4a6e-9a4b-0d9c1b2a3c4d
        network: {vpcId: vpc-12345678, subnetIds: [subnet-12345678, subnet-22345678]}
notifications: {emails: [dba@example.com]}
dashboard: {hours: 12}
""")


def config(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(CONFIG), **changes}


def faults(given: dict[str, Any]) -> dict[str, str]:
    return {fault.path: fault.message for fault in stack_faults(given, "shop", "prod", "us-east-1")[1]}


def deployed(given: dict[str, Any]) -> Deployment:
    settings = {"aws:region": "us-east-1", "dbstack:stack": json.dumps(given)}
    return deploy(lambda: runpy.run_path(str(INFRA)) and None, project="shop", stack="prod", config=settings)


def at_home() -> dict[str, Any]:
    """Without the replica abroad: a network there isn't of this test."""
    given = config()
    del given["databases"]["app"]["replicas"]["abroad"]
    given["databases"]["other"] = {
        "engine": "mysql",
        "engineVersion": "8.4",
        "instanceClass": "db.t3.micro",
        "monitoring": {"alarms": {"topicArn": OTHER_TOPIC}},
    }
    given["databases"]["quiet"] = {
        "engine": "mysql",
        "engineVersion": "8.4",
        "instanceClass": "db.t3.micro",
        "monitoring": {"alarms": {"enabled": False}},
    }
    return given


def test_one_topic_for_all_and_one_dashboard() -> None:
    with deployed(at_home()) as deployment:
        [topic] = deployment.client("sns").list_topics()["Topics"]
        [mail] = deployment.client("sns").list_subscriptions_by_topic(TopicArn=topic["TopicArn"])[
            "Subscriptions"
        ]
        assert mail["Endpoint"] == "dba@example.com"
        told: dict[str, set[str]] = {}
        for alarm in deployment.client("cloudwatch").describe_alarms()["MetricAlarms"]:
            owner = alarm["AlarmName"].removeprefix("shop-prod-").partition("-")[0]
            told.setdefault(owner, set()).update(alarm["AlarmActions"])
        assert told == {"app": {topic["TopicArn"]}, "other": {OTHER_TOPIC}}
        lagging = deployment.client("cloudwatch").describe_alarms(
            AlarmNames=["shop-prod-app-reporting-replica-lag"]
        )["MetricAlarms"]
        assert [alarm["AlarmActions"] for alarm in lagging] == [[topic["TopicArn"]]]
        events = deployment.client("rds").describe_event_subscriptions()["EventSubscriptionsList"]
        assert {item["SourceType"] for item in events} == {
            *("db-instance", "db-cluster", "db-parameter-group", "db-security-group")
        }
        [board] = deployment.client("cloudwatch").list_dashboards()["DashboardEntries"]
        body = json.loads(
            deployment.client("cloudwatch").get_dashboard(DashboardName=board["DashboardName"])[
                "DashboardBody"
            ]
        )
        assert body["start"] == "-PT12H"
        shown = {line[3] for widget in body["widgets"] for line in widget["properties"]["metrics"]}
        assert shown == {"shop-prod-app", "shop-prod-app-reporting", "shop-prod-other", "shop-prod-quiet"}
        assert {
            item["DBInstanceIdentifier"]
            for item in deployment.client("rds").describe_db_instances()["DBInstances"]
        } == shown


def test_nothing_of_it_unless_asked_for() -> None:
    given = at_home()
    del given["notifications"], given["dashboard"]
    with deployed(given) as deployment:
        assert deployment.client("sns").list_topics()["Topics"] == []
        assert deployment.client("cloudwatch").list_dashboards()["DashboardEntries"] == []
        actions = [
            alarm["AlarmActions"]
            for alarm in deployment.client("cloudwatch").describe_alarms()["MetricAlarms"]
        ]
        assert actions
        assert all(told == [OTHER_TOPIC] for told in actions)


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"notifications": {"emails": ["dba"]}}, "notifications.emails[0]", "is not an e-mail address"),
        (
            {"notifications": {"topicArn": OTHER_TOPIC.replace("us-east-1", "eu-west-1")}},
            "notifications.topicArn",
            "reach only topics of us-east-1",
        ),
        ({"notifications": {"topicArn": "dba"}}, "notifications.topicArn", "not the ARN of an SNS topic"),
        (
            {"notifications": {"topicArn": OTHER_TOPIC, "emails": ["a@b.cd"]}},
            "notifications.emails",
            "topicArn names an existing one",
        ),
        ({"notifications": {"mails": []}}, "notifications.mails", "emails"),
        ({"dashboard": {"hours": 0}}, "dashboard.hours", "show 1 to 10920"),
        ({"dashboard": True}, "dashboard", ""),
    ],
)
def test_faults(changes: dict[str, Any], path: str, words: str) -> None:
    found = faults(config(**changes))
    assert list(found) == [path]
    assert words in found[path]


def test_a_topic_of_another_region_is_refused_where_an_alarm_would_tell_it() -> None:
    given = config()
    replica = given["databases"]["app"]["replicas"]["abroad"]
    replica["monitoring"] = {"alarms": {"topicArn": OTHER_TOPIC}}
    found = faults(given)
    assert list(found) == ["databases.app.replicas.abroad.monitoring.alarms.topicArn"]
    given["databases"]["app"]["monitoring"] = {
        "alarms": {"topicArn": OTHER_TOPIC.replace("us-east-1", "eu-west-1")}
    }
    assert "databases.app.monitoring.alarms.topicArn" in faults(given)
    replica["monitoring"] = {"alarms": {"topicArn": OTHER_TOPIC.replace("us-east-1", "eu-west-1")}}
    del given["databases"]["app"]["monitoring"]
    assert faults(given) == {}


def test_check_tells_of_replicas_that_the_topic_cannot_hear_of(tmp_path: Path) -> None:
    def notes(given: dict[str, Any]) -> list[str]:
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        file = {"config": {"aws:region": "us-east-1", "dbstack:stack": given}}
        (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump(file))
        found: list[Any] = []
        assert check_files(tmp_path, None, found) == []
        return [f"{note.path}: {note.message}" for _, note in found]

    [note] = notes(config())
    assert note.startswith("databases.app.replicas.abroad: has no alarms: it stands in eu-west-1")
    quiet = config()
    quiet["databases"]["app"]["replicas"]["abroad"]["monitoring"] = {"alarms": {"enabled": False}}
    assert notes(quiet) == []
    without = config()
    del without["notifications"]
    assert notes(without) == []
