"""The IAM permissions that a deployment needs: per resource type its actions, as data.

Sources: AWS's service authorization reference, and the requests that the provider was seen to send (a test compares
them with the sandbox's own record). https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from collections.abc import Iterable, Mapping
from typing import Any

# Describing calls take no resource in EC2's and RDS's policies, or the provider lists before it knows a name.
_RDS_READ = ("rds:DescribeDBInstances", "rds:DescribeDBSubnetGroups", "rds:ListTagsForResource")
_RDS_TAGS = ("rds:AddTagsToResource", "rds:RemoveTagsFromResource")
_SECRETS = (
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteSecret",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:GetSecretValue",
    "secretsmanager:ListSecretVersionIds",
    "secretsmanager:PutSecretValue",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret",
    "secretsmanager:UpdateSecretVersionStage",
)

_SNS = (
    "sns:CreateTopic",
    "sns:DeleteTopic",
    "sns:GetTopicAttributes",
    "sns:ListTagsForResource",
    "sns:SetTopicAttributes",
    "sns:TagResource",
    "sns:UntagResource",
)

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "aws:rds/instance:Instance": (
        *_RDS_READ,
        *_RDS_TAGS,
        "rds:CreateDBInstance",
        "rds:CreateDBInstanceReadReplica",
        "rds:CreateDBSnapshot",
        "rds:DeleteDBInstance",
        "rds:DeleteDBInstanceAutomatedBackup",
        "rds:DescribeDBSnapshots",
        "rds:ModifyDBInstance",
        "rds:PromoteReadReplica",
        "rds:RebootDBInstance",
        # A password that RDS manages, and an encrypted volume: RDS acts with the caller's rights.
        "kms:CreateGrant",
        "kms:DescribeKey",
        "secretsmanager:CreateSecret",
        "secretsmanager:TagResource",
        # The role of enhanced monitoring is handed to RDS.
        "iam:PassRole",
    ),
    "aws:rds/roleAssociation:RoleAssociation": (
        "iam:PassRole",
        "rds:AddRoleToDBInstance",
        "rds:DescribeDBInstances",
        "rds:RemoveRoleFromDBInstance",
    ),
    "aws:rds/subnetGroup:SubnetGroup": (
        *_RDS_READ,
        *_RDS_TAGS,
        "rds:CreateDBSubnetGroup",
        "rds:DeleteDBSubnetGroup",
        "rds:ModifyDBSubnetGroup",
    ),
    "aws:rds/parameterGroup:ParameterGroup": (
        *_RDS_TAGS,
        "rds:CreateDBParameterGroup",
        "rds:DeleteDBParameterGroup",
        "rds:DescribeDBParameterGroups",
        "rds:DescribeDBParameters",
        "rds:ListTagsForResource",
        "rds:ModifyDBParameterGroup",
        "rds:ResetDBParameterGroup",
    ),
    "aws:ec2/vpc:Vpc": (
        "ec2:CreateTags",
        "ec2:CreateVpc",
        "ec2:DeleteTags",
        "ec2:DeleteVpc",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcs",
        "ec2:ModifyVpcAttribute",
    ),
    "aws:ec2/subnet:Subnet": (
        "ec2:CreateSubnet",
        "ec2:CreateTags",
        "ec2:DeleteSubnet",
        "ec2:DeleteTags",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:ModifySubnetAttribute",
    ),
    "aws:ec2/routeTable:RouteTable": (
        "ec2:CreateRouteTable",
        "ec2:CreateTags",
        "ec2:DeleteRouteTable",
        "ec2:DeleteTags",
        "ec2:DescribeRouteTables",
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (
        "ec2:AssociateRouteTable",
        "ec2:DescribeRouteTables",
        "ec2:DisassociateRouteTable",
    ),
    "aws:ec2/securityGroup:SecurityGroup": (
        "ec2:CreateSecurityGroup",
        "ec2:CreateTags",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteTags",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": (
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateTags",
        "ec2:DeleteTags",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateTags",
        "ec2:DeleteTags",
        "ec2:DescribeSecurityGroupRules",
        "ec2:ModifySecurityGroupRules",
        "ec2:RevokeSecurityGroupIngress",
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:CreateTags",
        "ec2:DeleteTags",
        "ec2:DescribeSecurityGroupRules",
        "ec2:ModifySecurityGroupRules",
        "ec2:RevokeSecurityGroupEgress",
    ),
    "aws:ec2/flowLog:FlowLog": (
        "ec2:CreateFlowLogs",
        "ec2:CreateTags",
        "ec2:DeleteFlowLogs",
        "ec2:DeleteTags",
        "ec2:DescribeFlowLogs",
        "iam:PassRole",
    ),
    "aws:secretsmanager/secret:Secret": _SECRETS,
    "aws:secretsmanager/secretVersion:SecretVersion": _SECRETS,
    "aws:rds/eventSubscription:EventSubscription": (
        *_RDS_TAGS,
        "rds:CreateEventSubscription",
        "rds:DeleteEventSubscription",
        "rds:DescribeEventSubscriptions",
        "rds:ListTagsForResource",
        "rds:ModifyEventSubscription",
    ),
    "aws:iam/role:Role": (
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:GetRole",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
        "iam:ListRoleTags",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        "iam:DeleteRolePolicy",
        "iam:GetRolePolicy",
        "iam:PutRolePolicy",
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        "iam:AttachRolePolicy",
        "iam:DetachRolePolicy",
        "iam:ListAttachedRolePolicies",
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        "logs:CreateLogGroup",
        "logs:DeleteLogGroup",
        "logs:DeleteRetentionPolicy",
        "logs:DescribeLogGroups",
        "logs:ListTagsForResource",
        "logs:PutRetentionPolicy",
        "logs:TagResource",
        "logs:UntagResource",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        "cloudwatch:DeleteDashboards",
        "cloudwatch:GetDashboard",
        "cloudwatch:PutDashboard",
    ),
    "aws:sns/topic:Topic": _SNS,
    "aws:sns/topicPolicy:TopicPolicy": _SNS,
    "aws:sns/topicSubscription:TopicSubscription": (
        "sns:GetSubscriptionAttributes",
        "sns:Subscribe",
        "sns:Unsubscribe",
    ),
    "aws:backup/vault:Vault": (
        "backup-storage:MountCapsule",
        "backup:CreateBackupVault",
        "backup:DeleteBackupVault",
        "backup:DescribeBackupVault",
        "backup:ListTags",
        "backup:TagResource",
        "backup:UntagResource",
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault.html
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:GenerateDataKey",
        "kms:RetireGrant",
    ),
    "aws:backup/plan:Plan": (
        "backup:CreateBackupPlan",
        "backup:DeleteBackupPlan",
        "backup:GetBackupPlan",
        "backup:ListTags",
        "backup:TagResource",
        "backup:UntagResource",
        "backup:UpdateBackupPlan",
    ),
    "aws:backup/selection:Selection": (
        "backup:CreateBackupSelection",
        "backup:DeleteBackupSelection",
        "backup:GetBackupSelection",
        "iam:PassRole",
    ),
}
"""What creating, reading, updating and deleting a resource of a type calls."""

ALWAYS = ("sts:GetCallerIdentity",)
"""What the provider calls for itself; every principal is allowed it without a policy."""
SERVICE_LINKED = "rds.amazonaws.com"

# Resources by the prefix of the physical names; what EC2 names by random ids is bounded by region and account alone.
_RESOURCES: Mapping[str, tuple[str, ...]] = {
    "rds": (
        "arn:aws:rds:{region}:{account}:db:{prefix}*",
        "arn:aws:rds:{region}:{account}:subgrp:{prefix}*",
        "arn:aws:rds:{region}:{account}:pg:{prefix}*",
        "arn:aws:rds:{region}:{account}:og:*",
        "arn:aws:rds:{region}:{account}:snapshot:{prefix}*",
        "arn:aws:rds:{region}:{account}:auto-backup:*",
        "arn:aws:rds:{region}:{account}:es:{prefix}*",
    ),
    "secretsmanager": (
        "arn:aws:secretsmanager:{region}:{account}:secret:{prefix}*",
        "arn:aws:secretsmanager:{region}:{account}:secret:rds!*",
    ),
    "ec2": ("arn:aws:ec2:{region}:{account}:*/*",),
    "kms": ("arn:aws:kms:{region}:{account}:key/*",),
    # The role of enhanced monitoring is named by Pulumi.
    "iam": ("arn:aws:iam::{account}:role/{prefix}*", "arn:aws:iam::{account}:role/*-monitoring-*"),
    "logs": (
        "arn:aws:logs:{region}:{account}:log-group:/aws/rds/*",
        "arn:aws:logs:{region}:{account}:log-group:/vpc/flow-logs/{prefix}*",
    ),
    "cloudwatch": (
        "arn:aws:cloudwatch:{region}:{account}:alarm:{prefix}*",
        "arn:aws:cloudwatch::{account}:dashboard/{prefix}*",
    ),
    "sns": ("arn:aws:sns:{region}:{account}:{prefix}*",),
    "backup": (
        "arn:aws:backup:{region}:{account}:backup-vault:{prefix}*",
        "arn:aws:backup:{region}:{account}:backup-plan:*",
    ),
}


def actions(types: Iterable[str]) -> frozenset[str]:
    """Everything that resources of these types need."""
    return frozenset(action for token in types for action in ACTIONS[token])


def policy(types: Iterable[str], *, region: str, account: str, prefix: str) -> dict[str, Any]:
    """An IAM policy that allows just that, in one region of one account, for names that begin with `prefix`."""
    wanted = actions(types)
    names = {"region": region, "account": account, "prefix": prefix}
    listing = sorted(action for action in wanted if _is_listing(action))
    statements: list[dict[str, Any]] = [
        {"Sid": "Read", "Effect": "Allow", "Action": listing, "Resource": "*"}
        | {"Condition": {"StringEquals": {"aws:RequestedRegion": region}}}
    ]
    for service, resources in _RESOURCES.items():
        chosen = sorted(a for a in wanted if a.startswith(f"{service}:") and not _is_listing(a))
        if not chosen:
            continue
        statement: dict[str, Any] = {
            "Sid": service.capitalize(),
            "Effect": "Allow",
            "Action": chosen,
            "Resource": [resource.format(**names) for resource in resources],
        }
        if service == "kms":
            # Not for the caller's own use: only what these services do on their behalf.
            via = [f"{name}.{region}.amazonaws.com" for name in ("backup", "rds", "secretsmanager")]
            statement["Condition"] = {"StringEquals": {"kms:ViaService": via}}
        statements.append(statement)
    statements.append(
        {
            "Sid": "FirstDatabaseOfTheAccount",
            "Effect": "Allow",
            "Action": "iam:CreateServiceLinkedRole",
            "Resource": f"arn:aws:iam::{account}:role/aws-service-role/{SERVICE_LINKED}/*",
            "Condition": {"StringEquals": {"iam:AWSServiceName": SERVICE_LINKED}},
        }
    )
    return {"Version": "2012-10-17", "Statement": statements}


def _is_listing(action: str) -> bool:
    """AWS takes no resource for it, or the provider lists before it knows a name."""
    if action.startswith(("kms:", "secretsmanager:", "backup:")):
        return False
    return action.partition(":")[2].startswith("Describe") or action == "backup-storage:MountCapsule"
