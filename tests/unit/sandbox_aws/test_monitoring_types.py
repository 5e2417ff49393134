"""Alarms, topics, RDS events, IAM policies: what AWS refuses and moto lets through, and what only use shows."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.unit.sandbox_aws.samples_iam import GRANT
from tests.unit.sandbox_aws.samples_monitoring import MONITORING_SAMPLES
from tests.unit.sandbox_aws.world import World

from dbstack.sandbox.aws.lookups import AwsFunctions

EVENTS = "aws:rds/eventSubscription:EventSubscription"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
POLICY = "aws:iam/policy:Policy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


@pytest.fixture
def topic(aws: World) -> str:
    return aws.client("sns").create_topic(Name=aws.unique("alarms"))["TopicArn"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"SourceType": "db-thing"}, "InvalidParameterValue"),
        (
            {"SourceType": "db-security-group", "EventCategories": ["maintenance"]},
            "SubscriptionCategoryNotFound",
        ),
        ({"SnsTopicArn": "arn:aws:sns:us-east-1:123456789012:none"}, "SNSTopicArnNotFound"),
        ({"SnsTopicArn": "arn:aws:sns:us-east-1:123456789012:a.fifo"}, "SNSInvalidTopic"),
        ({"SourceIds": ["app"]}, "InvalidParameterValue"),
        ({"SourceType": "db-instance", "SourceIds": ["app"]}, "DBInstanceNotFound"),
        ({"SubscriptionName": "1-is-no-letter"}, "InvalidParameterValue"),
    ],
)
def test_event_subscriptions_that_rds_refuses(
    aws: World, topic: str, members: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("rds").create_event_subscription(
            **{"SubscriptionName": "events", "SnsTopicArn": topic, **members}
        )
    assert refused.value.response["Error"]["Code"] == code


def test_event_subscriptions_are_on_by_default_and_change(aws: World, topic: str) -> None:
    rds = aws.client("rds")
    rds.create_event_subscription(SubscriptionName="on", SnsTopicArn=topic)
    [found] = rds.describe_event_subscriptions(SubscriptionName="on")["EventSubscriptionsList"]
    assert (found["Enabled"], found["CustomerAwsId"]) == (True, "123456789012")
    rds.modify_event_subscription(SubscriptionName="on", Enabled=False)
    [found] = rds.describe_event_subscriptions(SubscriptionName="on")["EventSubscriptionsList"]
    assert found["Enabled"] is False
    with pytest.raises(ClientError, match="SourceIds need a SourceType"):
        rds.add_source_identifier_to_subscription(SubscriptionName="on", SourceIdentifier="app")
    rds.delete_event_subscription(SubscriptionName="on")


def test_categories_by_source_type(aws: World) -> None:
    [found] = aws.client("rds").describe_event_categories(SourceType="db-security-group")[
        "EventCategoriesMapList"
    ]
    assert found["EventCategories"] == ["configuration change", "failure"]


@pytest.mark.parametrize(
    ("token", "change", "path"),
    [
        (EVENTS, {"sourceType": "db-thing"}, "sourceType"),
        (EVENTS, {"sourceType": "db-parameter-group", "eventCategories": ["failure"]}, "eventCategories"),
        (EVENTS, {"sourceIds": ["app"]}, "sourceIds"),
        (EVENTS, {"snsTopic": "alarms"}, "snsTopic"),
        (ALARM, {"period": 7}, "period"),
        (ALARM, {"period": 300, "evaluationPeriods": 289}, "evaluationPeriods"),
        (ALARM, {"statistic": "Median"}, "statistic"),
        (ALARM, {"treatMissingData": "no"}, "treatMissingData"),
        (ALARM, {"comparisonOperator": ">"}, "comparisonOperator"),
        (SUBSCRIPTION, {"endpoint": "dba at example.com"}, "endpoint"),
        (SUBSCRIPTION, {"protocol": "fax"}, "protocol"),
        (POLICY, {"policy": "{"}, "policy"),
        ("aws:sns/topic:Topic", {"name": "a b"}, "name"),
        ("aws:cloudwatch/dashboard:Dashboard", {"dashboardBody": "[]"}, "dashboardBody"),
    ],
)
def test_what_is_refused_in_preview(
    aws: World, topic: str, token: str, change: dict[str, Any], path: str
) -> None:
    aws.ids["topic"] = topic
    props = {**MONITORING_SAMPLES[token].plain(aws), **change}
    assert [found for found, _ in aws.backend.check(token, "thing", props, {}).faults] == [path]


def test_an_alarm_needs_a_metric(aws: World) -> None:
    props = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1}
    assert [path for path, _ in aws.backend.check(ALARM, "thing", props, {}).faults] == ["metricName"]


def test_a_policy_keeps_five_versions_at_most(aws: World) -> None:
    props = MONITORING_SAMPLES[POLICY].plain(aws)
    arn, state, inputs = aws.make(POLICY, props)
    for number in range(7):
        document = {**GRANT, "Id": f"v{number}"}
        news = {**inputs, "policy": json.dumps(document)}
        state = aws.backend.update(POLICY, arn, state, inputs, news)
        inputs = news
    versions = aws.client("iam").list_policy_versions(PolicyArn=arn)["Versions"]
    assert len(versions) == 5
    assert json.loads(state["policy"])["Id"] == "v6"
    aws.backend.delete(POLICY, arn, state)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        aws.client("iam").get_policy(PolicyArn=arn)


def test_a_mail_address_waits_for_its_owner(aws: World, topic: str) -> None:
    props = {"topic": topic, "protocol": "email", "endpoint": "dba@example.com"}
    assert aws.make(SUBSCRIPTION, props)[1]["pendingConfirmation"] is True


def test_a_topic_without_its_policy_has_the_default_one(aws: World, topic: str) -> None:
    sns = aws.client("sns")
    before = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    props = {"arn": topic, "policy": json.dumps({"Version": "2012-10-17", "Statement": []})}
    made, state, _ = aws.make("aws:sns/topicPolicy:TopicPolicy", props)
    aws.backend.delete("aws:sns/topicPolicy:TopicPolicy", made, state)
    assert json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]) == before


def test_policy_documents_are_written_as_the_provider_does(aws: World) -> None:
    source = json.dumps(
        {"Statement": [{"Sid": "Read", "Effect": "Deny"}, {"Effect": "Allow", "Action": "a:b"}]}
    )
    statements = [
        {
            "sid": "Read",
            "actions": ["s3:GetObject", "s3:PutObject"],
            "resources": ["*"],
            "principals": [{"type": "Service", "identifiers": ["rds.amazonaws.com"]}],
            "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]}],
        }
    ]
    args = {"sourcePolicyDocuments": [source], "statements": statements, "policyId": "mine"}
    result = AwsFunctions(aws.backend).call("aws:iam/getPolicyDocument:getPolicyDocument", args)
    expected = {
        "Version": "2012-10-17",
        "Id": "mine",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:PutObject", "s3:GetObject"],
                "Resource": "*",
                "Principal": {"Service": "rds.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
            },
            {"Effect": "Allow", "Action": "a:b"},
        ],
    }
    assert json.loads(result["json"]) == expected
    assert json.loads(result["minifiedJson"]) == expected
    assert "\n" not in result["minifiedJson"]
