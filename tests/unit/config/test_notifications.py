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
    [(path, note)] = notes(tmp_path, config()).items()
    assert path == "databases.app.replicas.abroad"
    assert note.startswith("has no alarms: it stands in eu-west-1")
    quiet = config()
    quiet["databases"]["app"]["replicas"]["abroad"]["monitoring"] = {"alarms": {"enabled": False}}
    assert notes(tmp_path, quiet) == {}
    without = config()
    del without["notifications"]
    assert notes(tmp_path, without) == {}


ORDERS: dict[str, Any] = {
    "engine": "aurora-postgresql",
    "engineVersion": "17",
    "instanceClass": "db.r6g.large",
    "instances": {"writer": {}, "reader": {"identifier": "the-reader"}},
}


def test_clusters_share_topic_dashboard_and_role() -> None:
    given = at_home()
    multi_az = {"engine": "mysql", "engineVersion": "8.4", "instanceClass": "db.m6gd.large"}
    given["clusters"] = {
        "orders": ORDERS,
        "three": {**multi_az, "storage": {"allocatedGib": 100}},
    }
    with deployed(given) as deployment:
        [topic] = deployment.client("sns").list_topics()["Topics"]
        found = deployment.client("cloudwatch").describe_alarms()["MetricAlarms"]
        told = {alarm["AlarmName"]: alarm["AlarmActions"] for alarm in found}
        for name in ("orders-replica-lag", "orders-writer-cpu", "three-instance-2-storage"):
            assert told[f"shop-prod-{name}"] == [topic["TopicArn"]]
        assert told["the-reader-cpu"] == [topic["TopicArn"]]
        made = deployment.client("rds").describe_db_instances()["DBInstances"]
        [board] = deployment.client("cloudwatch").list_dashboards()["DashboardEntries"]
        body = json.loads(
            deployment.client("cloudwatch").get_dashboard(DashboardName=board["DashboardName"])[
                "DashboardBody"
            ]
        )
        shown = {line[3] for widget in body["widgets"] for line in widget["properties"]["metrics"]}
        assert shown == {one["DBInstanceIdentifier"] for one in made}
        assert {"the-reader", "shop-prod-three-instance-3"} < shown
        of_clusters = [
            one for one in made if "DBClusterIdentifier" in one and "orders" in one["DBClusterIdentifier"]
        ]
        roles = {one["MonitoringRoleArn"] for one in [*of_clusters, made[0]]}
        # One for the whole stack.
        assert len(of_clusters) == 2
        assert len(roles) == 1


def test_a_stack_of_clusters_alone_has_the_role_too() -> None:
    given = config(databases={}, clusters={"orders": ORDERS})
    with deployed(given) as deployment:
        names = {role["RoleName"] for role in deployment.client("iam").list_roles()["Roles"]}
        [made] = [name for name in names if "-monitoring-" in name]
        assert made.startswith("shop-prod-databases-monitoring-")


def test_a_clusters_topic_of_another_region_is_refused() -> None:
    topic = OTHER_TOPIC.replace("us-east-1", "eu-west-1")
    given = config(clusters={"orders": {**ORDERS, "monitoring": {"alarms": {"topicArn": topic}}}})
    found = faults(given)
    assert list(found) == ["clusters.orders.monitoring.alarms.topicArn"]
    assert "reach only topics of us-east-1" in found["clusters.orders.monitoring.alarms.topicArn"]


def notes(folder: Path, given: dict[str, Any]) -> dict[str, str]:
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    file = {"config": {"aws:region": "us-east-1", "dbstack:stack": given}}
    (folder / "Pulumi.prod.yaml").write_text(yaml.safe_dump(file))
    found: list[Any] = []
    assert check_files(folder, None, found) == []
    return {note.path: note.message for _, note in found}


def test_check_tells_of_alarms_that_a_cluster_cannot_have(tmp_path: Path) -> None:
    shards = {"engine": "aurora-postgresql", "engineVersion": "16.9-limitless", "limitless": {"maxAcu": 64}}
    new = {**ORDERS, "instances": {"one": {"instanceClass": "db.r6i.metal"}, "two": {}}}
    given = config(databases={}, clusters={"shards": shards, "new": new, "orders": ORDERS})
    found = notes(tmp_path, given)
    alarms = "clusters.new.monitoring.alarms"
    assert set(found) == {
        "clusters.shards",
        f"{alarms}.freeableMemoryMib",
        f"{alarms}.connections",
    }
    assert "has no alarms" in found["clusters.shards"]
    assert "db.r6i.metal" in found[f"{alarms}.connections"]
    new["monitoring"] = {"alarms": {"freeableMemoryMib": 1000, "connections": 0}}
    shards["monitoring"] = {"alarms": {"enabled": False}}
    assert notes(tmp_path, given) == {}
    del new["monitoring"], shards["monitoring"], given["notifications"]
    assert notes(tmp_path, given) == {}
