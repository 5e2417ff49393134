"""The controls of what stands round a database: network, keys, secrets, alarms, logs, backup vaults."""

from dbstack.spec.controls import rules_around as rules
from dbstack.spec.controls.model import Control, Scope, Severity
from dbstack.spec.controls.rules import must_be, must_not_be, tagged
from dbstack.spec.controls.rules_around import DEFAULT_GROUP, GROUP, INGRESS, RULE, SUBNET, VPC

CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
COMPONENT, STACK = Scope.COMPONENT, Scope.STACK

KEY = "aws:kms/key:Key"
SECRET = "aws:secretsmanager/secret:Secret"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
VAULT = "aws:backup/vault:Vault"
PLAN = "aws:backup/plan:Plan"
POLICY = "aws:iam/policy:Policy"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
_DOORS = (INGRESS, RULE, GROUP)
_WORLD = "refuses 0.0.0.0/0 and ::/0 on every port"

CONTROLS: tuple[Control, ...] = (
    Control(
        "EC2.2",
        "Default security groups let nothing through",
        HIGH,
        (VPC, DEFAULT_GROUP),
        "emptied in its own VPC",
        "let DatabaseNetwork make the VPC",
        rules.default_group_closed,
        COMPONENT,
    ),
    Control(
        "EC2.6",
        "VPCs have flow logs",
        MEDIUM,
        (VPC,),
        "on in its own VPC",
        "leave flowLogs of the network on",
        rules.flow_logs,
        COMPONENT,
    ),
    Control(
        "EC2.10",
        "VPCs reach the EC2 API through an endpoint of their own",
        MEDIUM,
        (VPC,),
        "none: nothing in a database's network calls the EC2 API",
        "set network.endpoints: [ec2]",
    ),
    Control(
        "EC2.15",
        "Subnets give no public addresses",
        MEDIUM,
        (SUBNET,),
        "none, always",
        "leave mapPublicIpOnLaunch alone",
        must_not_be("mapPublicIpOnLaunch", "it gives public addresses"),
    ),
    Control(
        "EC2.18",
        "Security groups are open to the world only on 80 and 443",
        HIGH,
        _DOORS,
        _WORLD,
        "name the networks that need it in access.fromCidrs",
        rules.open_on_any_port,
    ),
    Control(
        "EC2.19",
        "Security groups are not open to the world on ports of high risk",
        CRITICAL,
        _DOORS,
        _WORLD,
        "name the networks that need it in access.fromCidrs",
        rules.open_on_risky_port,
    ),
    Control(
        "EC2.21",
        "Network ACLs don't let the world in on ports 22 and 3389",
        MEDIUM,
        (),
        "the VPC's own ACL, open: no route leads into its subnets from outside",
        "put a network ACL of your own on the subnets",
    ),
    Control(
        "KMS.1",
        "Managed policies don't decrypt with every key",
        MEDIUM,
        (POLICY,),
        "names the keys",
        "name the keys in the policy",
        rules.decrypts_everything,
    ),
    Control(
        "KMS.2",
        "Inline policies don't decrypt with every key",
        MEDIUM,
        (ROLE_POLICY,),
        "names the keys",
        "name the keys in the policy",
        rules.decrypts_everything,
    ),
    Control(
        "KMS.3",
        "Keys are not deleted by mistake",
        CRITICAL,
        (KEY,),
        "keeps keys protected",
        "keep the key protected",
    ),
    Control(
        "KMS.4",
        "Keys are rotated",
        MEDIUM,
        (KEY,),
        "on",
        "set enableKeyRotation: true",
        must_be("enableKeyRotation", "the key is never rotated"),
    ),
    Control(
        "KMS.5",
        "Keys are not public",
        CRITICAL,
        (KEY,),
        "only the account's",
        "name the principals in the policy",
        rules.public_key_policy,
    ),
    Control(
        "SecretsManager.1",
        "Secrets are rotated",
        MEDIUM,
        (SECRET,),
        "by RDS, which keeps the password; a generated one as password.rotation says",
        "set password.rotation, or password.source: managed",
        rules.rotated,
        COMPONENT,
    ),
    Control(
        "SecretsManager.2",
        "Rotations succeed",
        MEDIUM,
        (),
        "only the running account shows it",
        "see what Secrets Manager says of a failed rotation in CloudTrail (RotationFailed)",
    ),
    Control(
        "SecretsManager.3",
        "Secrets are in use",
        MEDIUM,
        (),
        "only the running account shows it",
        "take away a database whose password nobody has read for 90 days",
    ),
    Control(
        "SecretsManager.4",
        "Secrets are rotated within 90 days",
        MEDIUM,
        (rules.ROTATION,),
        "30 days",
        "set password.rotation.days: 90 or less",
        rules.rotated_in_time,
    ),
    Control(
        "SecretsManager.5",
        "Secrets are tagged",
        LOW,
        (SECRET,),
        "Name, Environment",
        "set environment or tags",
        tagged,
    ),
    Control(
        "CloudWatch.15",
        "Alarms tell somebody",
        HIGH,
        (ALARM,),
        "the stack's topic",
        "set notifications of the stack",
        rules.has_action,
    ),
    Control(
        "CloudWatch.16",
        "Logs are kept for a year",
        MEDIUM,
        (LOGS,),
        "365 days",
        "set monitoring.logRetentionDays: 365 or more",
        rules.log_retention,
    ),
    Control(
        "CloudWatch.17",
        "Alarms are switched on",
        HIGH,
        (ALARM,),
        "on",
        "leave actionsEnabled alone",
        must_be("actionsEnabled", "the alarm's actions are off", default=True),
    ),
    Control(
        "Backup.1",
        "Recovery points are encrypted",
        MEDIUM,
        (VAULT,),
        "with the vault's key",
        "leave the vault's key alone",
    ),
    Control(
        "Backup.3",
        "Vaults are tagged",
        LOW,
        (VAULT,),
        "Name, Environment",
        "set environment or tags",
        tagged,
    ),
    Control(
        "Backup.5",
        "Backup plans are tagged",
        LOW,
        (PLAN,),
        "Name, Environment",
        "set environment or tags",
        tagged,
    ),
)
