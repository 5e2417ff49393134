"""What a change does to what stands beside a database: its network, monitoring, permissions, names, backup plans.

No row per property is needed here: nothing of it restarts a database or cuts a connection.
"""

from dbstack.spec.changes.model import TAGS, Rule, TypeRules, online, replaces

CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/"
IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html"
BACKUP = "https://docs.aws.amazon.com/aws-backup/latest/devguide/"
SNS = "https://docs.aws.amazon.com/sns/latest/dg/welcome.html"
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/welcome.html"
RANDOM = "https://www.pulumi.com/registry/packages/random/"

VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/"
SCALING = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Integrating.AutoScaling.html"

_ROUTE = online("what is sent from then on goes another way")
_RIGHTS = online("what its holder may do changes; nothing restarts")
_TOLD = online("only who is told, and when")


def _beside(token: str, source: str, rule: Rule, *, stateful: bool = False, **rules: Rule) -> TypeRules:
    given = {name: (one,) for name, one in rules.items()}
    return TypeRules(token, stateful, source, {"tags": (TAGS,), "tagsAll": (TAGS,), **given}, otherwise=rule)


TYPES = (
    _beside(
        "aws:cloudwatch/metricAlarm:MetricAlarm", CLOUDWATCH + "monitoring/AlarmThatSendsEmail.html", _TOLD
    ),
    _beside(
        "aws:cloudwatch/dashboard:Dashboard", CLOUDWATCH + "monitoring/CloudWatch_Dashboards.html", _TOLD
    ),
    _beside(
        "aws:cloudwatch/logGroup:LogGroup",
        CLOUDWATCH + "logs/Working-with-log-groups-and-streams.html",
        online(),
        stateful=True,
        retentionInDays=online("logs older than that are deleted"),
        name=replaces("the logs in the old group go with it"),
    ),
    _beside("aws:sns/topic:Topic", SNS, _TOLD),
    _beside("aws:sns/topicPolicy:TopicPolicy", SNS, _TOLD),
    _beside("aws:sns/topicSubscription:TopicSubscription", SNS, _TOLD),
    _beside("aws:iam/role:Role", IAM, _RIGHTS),
    _beside("aws:iam/rolePolicy:RolePolicy", IAM, _RIGHTS),
    _beside("aws:iam/rolePolicyAttachment:RolePolicyAttachment", IAM, _RIGHTS),
    _beside("aws:iam/policy:Policy", IAM, _RIGHTS),
    _beside(
        "aws:backup/plan:Plan", BACKUP + "updating-a-backup-plan.html", online("backups that there are stay")
    ),
    _beside(
        "aws:backup/selection:Selection",
        BACKUP + "assigning-resources.html",
        online("what is backed up next"),
    ),
    _beside("aws:backup/vault:Vault", BACKUP + "vaults.html", online(), stateful=True),
    _beside("aws:backup/vaultPolicy:VaultPolicy", BACKUP + "create-a-vault-access-policy.html", _RIGHTS),
    _beside("aws:lambda/function:Function", LAMBDA, online("from its next call")),
    _beside("aws:lambda/permission:Permission", LAMBDA, _RIGHTS),
    _beside("aws:backup/vaultLockConfiguration:VaultLockConfiguration", BACKUP + "vault-lock.html", online()),
    _beside("aws:ec2/vpc:Vpc", VPC + "configure-your-vpc.html", online()),
    _beside("aws:ec2/subnet:Subnet", VPC + "configure-subnets.html", online()),
    _beside("aws:ec2/routeTable:RouteTable", VPC + "VPC_Route_Tables.html", _ROUTE),
    _beside("aws:ec2/routeTableAssociation:RouteTableAssociation", VPC + "VPC_Route_Tables.html", _ROUTE),
    _beside("aws:ec2/internetGateway:InternetGateway", VPC + "VPC_Internet_Gateway.html", _ROUTE),
    _beside(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html",
        online("who is no longer let in can't reach the service"),
    ),
    _beside(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        VPC + "default-security-group.html",
        online("who is no longer let in can't connect"),
    ),
    _beside("aws:ec2/flowLog:FlowLog", VPC + "flow-logs.html", _TOLD),
    _beside("aws:appautoscaling/target:Target", SCALING, online("readers come and go with the load")),
    _beside("aws:appautoscaling/policy:Policy", SCALING, online("readers come and go with the load")),
    _beside("random:index/randomId:RandomId", RANDOM, replaces("names made from it change with it")),
    _beside("random:index/randomPassword:RandomPassword", RANDOM, replaces("another password")),
)
