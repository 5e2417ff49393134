"""What watches an instance: the role of enhanced monitoring, Performance Insights, log groups for its logs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from dbstack.aws import alarms
from dbstack.aws.alarms import make_alarms
from dbstack.aws.deletion import needed_options
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.model import DeletionSpec, MonitoringSpec
from dbstack.spec.names import role_prefix
from dbstack.spec.partitions import MONITORING_POLICY, managed_policy
from dbstack.spec.plan import plan_tags
from dbstack.spec.types import ClusterMonitoringArgs, DatabaseMonitoringRoleArgs, MonitoringArgs

ROLES = ("monitoring_role", "monitoring_policy", "log_group", *alarms.ROLES)

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
_SERVICE = "monitoring.rds.amazonaws.com"


class DatabaseMonitoringRole(pulumi.ComponentResource):
    """An IAM role by which RDS writes enhanced monitoring to CloudWatch, for all databases of a stack.

    A database without `monitoring.monitoring_role_arn` makes one of its own.
    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    """

    arn: pulumi.Output[str]
    """ARN of the role."""

    def __init__(
        self,
        name: str,
        args: DatabaseMonitoringRoleArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        names = names_for(name)
        tags = plan_tags(DatabaseMonitoringRoleArgs, args, names)
        super().__init__("dbstack:index:DatabaseMonitoringRole", name, {}, opts)
        children = Children(self, transform, ROLES[:2], args.get("controls"))
        self.arn = make_monitoring_role(
            name, names.physical, children, tags, retain=args.get("retain", False)
        )
        register_declared(self)


class Watching:
    """Makes what the monitoring of one component's instances needs; they share one role."""

    def __init__(
        self, name: str, physical: str, children: Children, tags: Mapping[str, str], *, retain: bool
    ) -> None:
        self._name = name
        self.physical = physical
        self._retain = retain
        self._children = children
        self._tags = tags
        self._role: pulumi.Output[str] | None = None

    def properties(
        self,
        name: str,
        identifier: str,
        spec: MonitoringSpec,
        given: MonitoringArgs,
        deletion: DeletionSpec,
        tags: Mapping[str, str],
        region: str | None = None,
    ) -> "tuple[dict[str, Any], list[aws.cloudwatch.LogGroup]]":
        """Properties of the instance `identifier`, and the log groups that have to be there before it."""
        watched = {
            "monitoring_interval": spec.interval_seconds,
            "monitoring_role_arn": self.role_arn(given) if spec.interval_seconds else None,
            "performance_insights_enabled": spec.insights,
            "performance_insights_retention_period": spec.insights_retention_days,
            "performance_insights_kms_key_id": given.get("performance_insights_kms_key_id")
            if spec.insights
            else None,
            "database_insights_mode": str(spec.insights_mode) if spec.insights_mode else None,
            "enabled_cloudwatch_logs_exports": list(spec.log_exports),
        }
        groups = make_log_groups(
            name,
            f"instance/{identifier}",
            spec.log_exports,
            self._children,
            days=spec.log_retention_days,
            kms_key_id=given.get("log_kms_key_id"),
            retain=deletion.retain,
            tags=tags,
            region=region,
        )
        topic = given.get("alarms", {}).get("topic_arn")
        if topic is not None:
            make_alarms(name, identifier, spec.alarms, topic, self._children, tags, region)
        return watched, groups

    def role_arn(self, given: MonitoringArgs | ClusterMonitoringArgs) -> pulumi.Input[str]:
        """ARN of the role that is named, else of one that is made, once."""
        adopted = given.get("monitoring_role_arn")
        if adopted is not None:
            return adopted
        if self._role is None:
            self._role = make_monitoring_role(
                self._name, self.physical, self._children, self._tags, retain=self._retain
            )
        return self._role


def make_log_groups(
    name: str,
    of: str,
    exports: Sequence[str],
    children: Children,
    *,
    days: int,
    kms_key_id: pulumi.Input[str] | None,
    retain: bool,
    tags: Mapping[str, str],
    region: str | None = None,
) -> "list[aws.cloudwatch.LogGroup]":
    """The groups that RDS writes the logs of `of` to: `instance/` or `cluster/` and its identifier.

    RDS would make them itself when it first writes to them, and such groups keep everything for ever.
    """
    identifier = of.rpartition("/")[2]
    return [
        children.make(
            "log_group",
            aws.cloudwatch.LogGroup,
            f"{name}-log-{log}",
            {
                "name": f"/aws/rds/{of}/{log}",
                "retention_in_days": days,
                "kms_key_id": kms_key_id,
                # Kept with a database that is kept; else a new database of this name would find its groups there.
                "skip_destroy": retain or None,
                "region": region,
                "tags": {**tags, "Name": f"{identifier}-{log}"},
            },
        )
        for log in exports
    ]


def make_monitoring_role(
    name: str, physical: str, children: Children, tags: Mapping[str, str], *, retain: bool
) -> pulumi.Output[str]:
    """ARN of a role by which RDS may write to CloudWatch, known once it may."""
    role_name = f"{name}-monitoring"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": _SERVICE}, "Action": "sts:AssumeRole"},
        ],
    }
    role = children.make(
        "monitoring_role",
        aws.iam.Role,
        role_name,
        {
            "name_prefix": role_prefix(physical, "monitoring"),
            "assume_role_policy": json.dumps(trust),
            "description": "RDS enhanced monitoring",
            "tags": {**tags, "Name": f"{physical}-monitoring"},
        },
        needed_options(retain),
    )
    attached = children.make(
        "monitoring_policy",
        aws.iam.RolePolicyAttachment,
        role_name,
        {"role": role.name, "policy_arn": role.arn.apply(lambda arn: managed_policy(arn, MONITORING_POLICY))},
        needed_options(retain, role),
    )
    return pulumi.Output.all(role.arn, attached.id).apply(lambda made: str(made[0]))
