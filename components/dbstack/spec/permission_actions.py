"""What a deployment calls: per resource type its actions, whom its roles are handed to, and what they reach, as data.

Sources: AWS's service authorization reference, and the requests that the provider was seen to send (a test compares
them with the sandbox's own record). https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from collections.abc import Mapping

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
# A password that RDS manages, and an encrypted volume: RDS acts with the caller's rights. The role of enhanced
# monitoring is handed to it.
_HANDED_ON = (
    "kms:CreateGrant",
    "kms:DescribeKey",
    "secretsmanager:CreateSecret",
    "secretsmanager:TagResource",
    "iam:PassRole",
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
        "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:RestoreDBInstanceFromS3",
        "rds:RestoreDBInstanceToPointInTime",
        *_HANDED_ON,
    ),
    "aws:rds/roleAssociation:RoleAssociation": (
        "iam:PassRole",
        "rds:AddRoleToDBInstance",
        "rds:DescribeDBInstances",
        "rds:RemoveRoleFromDBInstance",
    ),
    "aws:rds/clusterRoleAssociation:ClusterRoleAssociation": (
        "iam:PassRole",
        "rds:AddRoleToDBCluster",
        "rds:DescribeDBClusters",
        "rds:RemoveRoleFromDBCluster",
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
    "aws:rds/cluster:Cluster": (
        *_RDS_TAGS,
        *_HANDED_ON,
        "rds:CreateDBCluster",
        "rds:CreateDBClusterSnapshot",
        "rds:RestoreDBClusterFromS3",
        "rds:DeleteDBCluster",
        "rds:DeleteDBClusterAutomatedBackup",
        "rds:DescribeDBClusters",
        "rds:DescribeDBClusterSnapshots",
        "rds:DescribeGlobalClusters",
        "rds:DisableHttpEndpoint",
        "rds:EnableHttpEndpoint",
        "rds:ListTagsForResource",
        "rds:ModifyDBCluster",
        "rds:RemoveFromGlobalCluster",
        "rds:RestoreDBClusterFromSnapshot",
        "rds:RestoreDBClusterToPointInTime",
    ),
    "aws:rds/globalCluster:GlobalCluster": (
        *_RDS_TAGS,
        "rds:CreateGlobalCluster",
        "rds:DeleteGlobalCluster",
        "rds:DescribeDBClusters",
        "rds:DescribeGlobalClusters",
        "rds:ListTagsForResource",
        "rds:ModifyDBCluster",
        "rds:ModifyGlobalCluster",
        "rds:RemoveFromGlobalCluster",
    ),
    "aws:ram/resourceShare:ResourceShare": (
        "ram:CreateResourceShare",
        "ram:DeleteResourceShare",
        "ram:GetResourceShares",
        "ram:ListResourceSharePermissions",
        "ram:TagResource",
        "ram:UntagResource",
        "ram:UpdateResourceShare",
    ),
    "aws:ram/resourceAssociation:ResourceAssociation": (
        "ram:AssociateResourceShare",
        "ram:DisassociateResourceShare",
        "ram:GetResourceShareAssociations",
    ),
    "aws:ram/principalAssociation:PrincipalAssociation": (
        "ram:AssociateResourceShare",
        "ram:DisassociateResourceShare",
        "ram:GetResourceShareAssociations",
    ),
    "aws:rds/clusterInstance:ClusterInstance": (
        *_RDS_READ,
        *_RDS_TAGS,
        "rds:CreateDBInstance",
        "rds:DeleteDBInstance",
        "rds:DescribeDBClusters",
        "rds:ModifyDBInstance",
        "rds:RebootDBInstance",
        "iam:PassRole",
    ),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": (
        *_RDS_TAGS,
        "rds:CreateDBClusterParameterGroup",
        "rds:DeleteDBClusterParameterGroup",
        "rds:DescribeDBClusterParameterGroups",
        "rds:DescribeDBClusterParameters",
        "rds:ListTagsForResource",
        "rds:ModifyDBClusterParameterGroup",
        "rds:ResetDBClusterParameterGroup",
    ),
    "aws:rds/clusterActivityStream:ClusterActivityStream": (
        "kms:CreateGrant",
        "kms:DescribeKey",
        "rds:DescribeDBClusters",
        "rds:StartActivityStream",
        "rds:StopActivityStream",
    ),
    "aws:rds/shardGroup:ShardGroup": (
        *_RDS_TAGS,
        "rds:CreateDBShardGroup",
        "rds:DeleteDBShardGroup",
        "rds:DescribeDBShardGroups",
        "rds:ListTagsForResource",
        "rds:ModifyDBShardGroup",
    ),
    "aws:rds/clusterEndpoint:ClusterEndpoint": (
        *_RDS_TAGS,
        "rds:CreateDBClusterEndpoint",
        "rds:DeleteDBClusterEndpoint",
        "rds:DescribeDBClusterEndpoints",
        "rds:ListTagsForResource",
        "rds:ModifyDBClusterEndpoint",
    ),
    "aws:appautoscaling/target:Target": (
        "application-autoscaling:DeregisterScalableTarget",
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:ListTagsForResource",
        "application-autoscaling:RegisterScalableTarget",
        "application-autoscaling:TagResource",
        "application-autoscaling:UntagResource",
    ),
    "aws:appautoscaling/policy:Policy": (
        "application-autoscaling:DeleteScalingPolicy",
        "application-autoscaling:DescribeScalingPolicies",
        "application-autoscaling:PutScalingPolicy",
    ),
    "aws:rds/optionGroup:OptionGroup": (
        *_RDS_TAGS,
        "rds:CreateOptionGroup",
        "rds:DeleteOptionGroup",
        "rds:DescribeOptionGroups",
        "rds:ListTagsForResource",
        "rds:ModifyOptionGroup",
    ),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": (
        "kms:CreateGrant",
        "kms:DescribeKey",
        "rds:DescribeDBInstanceAutomatedBackups",
        "rds:StartDBInstanceAutomatedBackupsReplication",
        "rds:StopDBInstanceAutomatedBackupsReplication",
    ),
    "aws:rds/proxy:Proxy": (
        *_RDS_TAGS,
        "rds:CreateDBProxy",
        "rds:DeleteDBProxy",
        "rds:DescribeDBProxies",
        "rds:ListTagsForResource",
        "rds:ModifyDBProxy",
        "iam:PassRole",
    ),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": (
        "rds:DescribeDBProxyTargetGroups",
        "rds:ModifyDBProxyTargetGroup",
    ),
    "aws:rds/proxyTarget:ProxyTarget": (
        "rds:DeregisterDBProxyTargets",
        "rds:DescribeDBProxyTargetGroups",
        "rds:DescribeDBProxyTargets",
        "rds:RegisterDBProxyTargets",
    ),
    "aws:rds/proxyEndpoint:ProxyEndpoint": (
        *_RDS_TAGS,
        "rds:CreateDBProxyEndpoint",
        "rds:DeleteDBProxyEndpoint",
        "rds:DescribeDBProxyEndpoints",
        "rds:ListTagsForResource",
        "rds:ModifyDBProxyEndpoint",
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (
        "ec2:CreateTags",
        "ec2:CreateVpcEndpoint",
        "ec2:DeleteTags",
        "ec2:DeleteVpcEndpoints",
        "ec2:DescribePrefixLists",
        "ec2:DescribeVpcEndpoints",
        "ec2:ModifyVpcEndpoint",
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": (
        "secretsmanager:CancelRotateSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:RotateSecret",
        # Secrets Manager tries the function in the caller's name.
        "lambda:InvokeFunction",
    ),
    "aws:lambda/function:Function": (
        # A function in a VPC: Lambda looks at its subnets and groups with the caller's rights.
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:DeleteFunction",
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetFunctionConfiguration",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
    ),
    "aws:lambda/permission:Permission": (
        "lambda:AddPermission",
        "lambda:GetPolicy",
        "lambda:RemovePermission",
    ),
    "aws:backup/vaultPolicy:VaultPolicy": (
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:GetBackupVaultAccessPolicy",
        "backup:PutBackupVaultAccessPolicy",
    ),
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": (
        "backup:DeleteBackupVaultLockConfiguration",
        "backup:DescribeBackupVault",
        "backup:PutBackupVaultLockConfiguration",
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
    "aws:route53/record:Record": (
        "route53:ChangeResourceRecordSets",
        "route53:GetChange",
        "route53:GetHostedZone",
        "route53:ListResourceRecordSets",
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
_MONITORING = "monitoring.rds.amazonaws.com"
PASSED_TO: Mapping[str, tuple[str, ...]] = {
    # The second is of the domain that it joins, the last reads a backup in S3.
    "aws:rds/instance:Instance": (_MONITORING, "directoryservice.rds.amazonaws.com", "rds.amazonaws.com"),
    "aws:rds/cluster:Cluster": (_MONITORING, "rds.amazonaws.com"),
    "aws:rds/clusterInstance:ClusterInstance": (_MONITORING,),
    "aws:rds/roleAssociation:RoleAssociation": ("rds.amazonaws.com",),
    "aws:rds/clusterRoleAssociation:ClusterRoleAssociation": ("rds.amazonaws.com",),
    "aws:rds/proxy:Proxy": ("rds.amazonaws.com",),
    "aws:lambda/function:Function": ("lambda.amazonaws.com",),
    "aws:backup/selection:Selection": ("backup.amazonaws.com",),
    "aws:ec2/flowLog:FlowLog": ("vpc-flow-logs.amazonaws.com",),
}
"""Whom the roles of a resource are handed to; these names are the same in every partition."""

SERVICE_LINKED: Mapping[str, str] = {
    "aws:rds/": "rds.amazonaws.com",
    "aws:appautoscaling/": "rds.application-autoscaling.amazonaws.com",
}
"""Service whose own role AWS makes for the first resource of an account, by the beginning of the type."""

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "rds": (
        "arn:{partition}:rds:{region}:{account}:db:{prefix}*",
        "arn:{partition}:rds:{region}:{account}:subgrp:{prefix}*",
        "arn:{partition}:rds:{region}:{account}:pg:{prefix}*",
        "arn:{partition}:rds:{region}:{account}:pg:default.*",
        "arn:{partition}:rds:{region}:{account}:cluster:{prefix}*",
        "arn:{partition}:rds:{region}:{account}:cluster-pg:{prefix}*",
        "arn:{partition}:rds:{region}:{account}:cluster-pg:default.*",
        "arn:{partition}:rds:{region}:{account}:cluster-snapshot:{prefix}*",
        "arn:{partition}:rds:{region}:{account}:cluster-snapshot:rds:{prefix}*",
        "arn:{partition}:rds:{region}:{account}:cluster-endpoint:{prefix}*",
        # RDS names these by random ids.
        "arn:{partition}:rds:{region}:{account}:db-proxy:*",
        "arn:{partition}:rds:{region}:{account}:db-proxy-endpoint:*",
        "arn:{partition}:rds:{region}:{account}:target-group:*",
        "arn:{partition}:rds:{region}:{account}:shard-group:*",
        "arn:{partition}:rds:{region}:{account}:og:*",
        "arn:{partition}:rds:{region}:{account}:snapshot:{prefix}*",
        "arn:{partition}:rds:{region}:{account}:snapshot:rds:{prefix}*",
        "arn:{partition}:rds:{region}:{account}:auto-backup:*",
        "arn:{partition}:rds:{region}:{account}:es:{prefix}*",
    ),
    "secretsmanager": (
        "arn:{partition}:secretsmanager:{region}:{account}:secret:{prefix}*",
        "arn:{partition}:secretsmanager:{region}:{account}:secret:rds!*",
    ),
    "ec2": ("arn:{partition}:ec2:{region}:{account}:*/*",),
    "kms": ("arn:{partition}:kms:{region}:{account}:key/*",),
    "iam": ("arn:{partition}:iam::{account}:role/{role_prefix}*",),
    "lambda": ("arn:{partition}:lambda:{region}:{account}:function:{prefix}*",),
    "application-autoscaling": (
        "arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/*",
    ),
    "logs": (
        "arn:{partition}:logs:{region}:{account}:log-group:/aws/rds/*",
        "arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda/{prefix}*",
        "arn:{partition}:logs:{region}:{account}:log-group:/vpc/flow-logs/{prefix}*",
    ),
    "cloudwatch": (
        "arn:{partition}:cloudwatch:{region}:{account}:alarm:{prefix}*",
        "arn:{partition}:cloudwatch::{account}:dashboard/{prefix}*",
    ),
    "sns": ("arn:{partition}:sns:{region}:{account}:{prefix}*",),
    # A share's id is random.
    "ram": ("arn:{partition}:ram:{region}:{account}:resource-share/*",),
    # Zones have random ids, and a change's is not known before it is made.
    "route53": ("arn:{partition}:route53:::hostedzone/*", "arn:{partition}:route53:::change/*"),
    "backup": (
        "arn:{partition}:backup:{region}:{account}:backup-vault:{prefix}*",
        "arn:{partition}:backup:{region}:{account}:backup-plan:*",
    ),
}
"""Resources by the prefix of the physical names; what EC2 names by random ids only region and account bound."""

UNBOUND = frozenset(
    {
        "backup-storage:MountCapsule",
        "ram:GetResourceShareAssociations",
        "ram:GetResourceShares",
    }
)
"""Reads, and what a vault's key is mounted by, that AWS takes no resource for; so are most describing calls."""

SHARES = "ram:CreateResourceShare"
"""Takes no resource either, but writes: bounded by what is shared.
https://docs.aws.amazon.com/ram/latest/userguide/security-iam-policies-examples.html"""
