"""Samples of what tells people: alarms, dashboards, topics, their subscriptions, RDS events; and IAM policies."""

import json
from collections.abc import Mapping
from typing import Any

from tests.unit.sandbox_aws.sample import Sample, TypeSamples, rds_tags
from tests.unit.sandbox_aws.samples_iam import DENY, GRANT

BODY = json.dumps({"widgets": []})
OTHER_BODY = json.dumps({"widgets": [], "start": "-PT6H"})
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"


def _alarm(aws: Any, name: str) -> Any:
    return aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


def _policy(aws: Any, arn: str) -> Any:
    client = aws.client("iam")
    policy = client.get_policy(PolicyArn=arn)["Policy"]
    version = client.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    return {**policy, **version["PolicyVersion"]}


def _topic(aws: Any, arn: str) -> Any:
    return aws.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]


def _subscription(aws: Any, arn: str) -> Any:
    return aws.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def _events(aws: Any, name: str) -> Any:
    found = aws.client("rds").describe_event_subscriptions(SubscriptionName=name)
    return found["EventSubscriptionsList"][0]


def _alarm_samples(ids: Mapping[str, Any]) -> dict[str, Sample]:
    instead = ("metricName", "namespace", "period", "statistic", "threshold")
    query = {
        "id": "e1",
        "expression": "m1 * 2",
        "label": "twice",
        "returnData": True,
    }
    metric = {
        "id": "m1",
        "metric": {
            "metricName": "CPUUtilization",
            "namespace": "AWS/RDS",
            "period": 60,
            "stat": "Average",
            "dimensions": {"DBInstanceIdentifier": "app"},
        },
    }
    return {
        "name": Sample("another", "AlarmName"),
        "comparisonOperator": Sample("LessThanThreshold", "ComparisonOperator"),
        "evaluationPeriods": Sample(3, "EvaluationPeriods"),
        "metricName": Sample("FreeableMemory", "MetricName"),
        "namespace": Sample("AWS/EC2", "Namespace"),
        "period": Sample(300, "Period"),
        "statistic": Sample("Sum", "Statistic"),
        "extendedStatistic": Sample("p99", "ExtendedStatistic", instead=("statistic",)),
        "threshold": Sample(12.5, "Threshold"),
        "thresholdMetricId": Sample(
            "e1",
            "ThresholdMetricId",
            beside={
                "metricQueries": [{**query, "expression": "ANOMALY_DETECTION_BAND(m1)"}],
                "comparisonOperator": "GreaterThanUpperThreshold",
            },
            instead=instead,
            together=True,
        ),
        "unit": Sample("Percent", "Unit"),
        "dimensions": Sample(
            {"DBInstanceIdentifier": "app"}, "Dimensions", [{"Name": "DBInstanceIdentifier", "Value": "app"}]
        ),
        "metricQueries": Sample(
            [query, metric],
            look=lambda _aws, _id, found: [item["Id"] for item in found["Metrics"]],
            shown=["e1", "m1"],
            instead=(*instead, "threshold"),
        ),
        "actionsEnabled": Sample(False, "ActionsEnabled"),
        "alarmActions": Sample([TOPIC], "AlarmActions"),
        "okActions": Sample([TOPIC], "OKActions"),
        "insufficientDataActions": Sample([TOPIC], "InsufficientDataActions"),
        "alarmDescription": Sample("what for", "AlarmDescription"),
        "datapointsToAlarm": Sample(1, "DatapointsToAlarm"),
        "treatMissingData": Sample("breaching", "TreatMissingData"),
        "evaluateLowSampleCountPercentiles": Sample("ignore", "EvaluateLowSampleCountPercentile"),
        "tags": Sample(
            {"Name": "x"},
            look=lambda aws, _id, found: {
                tag["Key"]: tag["Value"]
                for tag in aws.client("cloudwatch").list_tags_for_resource(ResourceARN=found["AlarmArn"])[
                    "Tags"
                ]
            },
        ),
    }


MONITORING_SAMPLES: dict[str, TypeSamples] = {
    "aws:iam/policy:Policy": TypeSamples(
        lambda aws: {"name": aws.unique("policy"), "policy": json.dumps(GRANT)},
        _policy,
        lambda ids: {
            "name": Sample("another-policy", "PolicyName"),
            "description": Sample("what for", "Description"),
            "path": Sample("/services/", "Path"),
            "policy": Sample(json.dumps(DENY), "Document", DENY),
            "tags": Sample(
                {"Name": "x"},
                look=lambda _aws, _id, found: {tag["Key"]: tag["Value"] for tag in found["Tags"]},
            ),
        },
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": TypeSamples(
        lambda aws: {
            "name": aws.unique("alarm"),
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "metricName": "CPUUtilization",
            "namespace": "AWS/RDS",
            "period": 60,
            "statistic": "Average",
            "threshold": 90,
        },
        _alarm,
        _alarm_samples,
    ),
    "aws:cloudwatch/dashboard:Dashboard": TypeSamples(
        lambda aws: {"dashboardName": aws.unique("board"), "dashboardBody": BODY},
        lambda aws, found: aws.client("cloudwatch").get_dashboard(DashboardName=found),
        lambda ids: {
            "dashboardName": Sample("another", "DashboardName"),
            "dashboardBody": Sample(OTHER_BODY, "DashboardBody"),
        },
    ),
    "aws:sns/topic:Topic": TypeSamples(
        lambda aws: {"name": aws.unique("topic")},
        _topic,
        lambda ids: {
            "name": Sample("another", look=lambda _aws, found, _topic: found.rpartition(":")[2]),
            "displayName": Sample("Databases", "DisplayName"),
            "kmsMasterKeyId": Sample(ids["key"], "KmsMasterKeyId"),
            "policy": Sample(
                json.dumps({**GRANT, "Id": "mine"}),
                look=lambda _aws, _id, found: json.loads(found["Policy"]),
                shown={**GRANT, "Id": "mine"},
            ),
            "deliveryPolicy": Sample('{"http": {}}', "DeliveryPolicy"),
            "signatureVersion": Sample(2, "SignatureVersion", "2"),
            "tracingConfig": Sample("Active", "TracingConfig"),
            "fifoTopic": Sample(True, "FifoTopic", "true", beside={"name": "in-order.fifo"}),
            "contentBasedDeduplication": Sample(
                True,
                look=lambda _aws, _id, found: str(found["ContentBasedDeduplication"]).lower(),
                shown="true",
                beside={"name": "once.fifo", "fifoTopic": True},
            ),
            "tags": Sample(
                {"Name": "x"},
                look=lambda aws, found, _topic: {
                    tag["Key"]: tag["Value"]
                    for tag in aws.client("sns").list_tags_for_resource(ResourceArn=found)["Tags"]
                },
            ),
        },
    ),
    "aws:sns/topicPolicy:TopicPolicy": TypeSamples(
        lambda aws: {"arn": aws.ids["topic"], "policy": json.dumps(GRANT)},
        _topic,
        lambda ids: {
            "arn": Sample(ids["topic2"], "TopicArn"),
            "policy": Sample(
                json.dumps(DENY), look=lambda _aws, _id, found: json.loads(found["Policy"]), shown=DENY
            ),
        },
    ),
    "aws:sns/topicSubscription:TopicSubscription": TypeSamples(
        lambda aws: {
            "topic": aws.ids["topic"],
            "protocol": "email",
            "endpoint": f"{aws.unique('dba')}@example.com",
        },
        _subscription,
        lambda ids: {
            "topic": Sample(ids["topic2"], "TopicArn"),
            "protocol": Sample("email-json", "Protocol"),
            "endpoint": Sample("another@example.com", "Endpoint"),
            "rawMessageDelivery": Sample(
                True, look=lambda _aws, _id, found: str(found["RawMessageDelivery"]).lower(), shown="true"
            ),
            "filterPolicy": Sample('{"kind": ["alarm"]}', "FilterPolicy"),
            "filterPolicyScope": Sample(
                "MessageBody", "FilterPolicyScope", beside={"filterPolicy": '{"kind": ["alarm"]}'}
            ),
            "deliveryPolicy": Sample('{"throttlePolicy": {}}', "DeliveryPolicy"),
            "redrivePolicy": Sample('{"deadLetterTargetArn": "x"}', "RedrivePolicy"),
            "subscriptionRoleArn": Sample("arn:aws:iam::123456789012:role/firehose", "SubscriptionRoleArn"),
        },
    ),
    "aws:rds/eventSubscription:EventSubscription": TypeSamples(
        lambda aws: {"name": aws.unique("events"), "snsTopic": aws.ids["topic"]},
        _events,
        lambda ids: {
            "name": Sample("another", "CustSubscriptionId"),
            "snsTopic": Sample(ids["topic2"], "SnsTopicArn"),
            "sourceType": Sample("db-instance", "SourceType"),
            "sourceIds": Sample(["source"], "SourceIdsList", beside={"sourceType": "db-instance"}),
            "eventCategories": Sample(["failure", "maintenance"], "EventCategoriesList"),
            "enabled": Sample(False, "Enabled"),
            **rds_tags("EventSubscriptionArn"),
        },
    ),
}
