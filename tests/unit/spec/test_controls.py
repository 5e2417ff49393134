"""The security controls: each rule on a resource that breaks it and on one that doesn't."""

from collections.abc import Mapping
from typing import Any

import pytest

from dbstack.spec.controls import (
    CIS,
    CONTROLS,
    UNKNOWN,
    Declared,
    World,
    acknowledgement_faults,
    findings,
    plain,
)
from dbstack.spec.controls.around import ALARM, KEY, LOGS, PLAN, POLICY, ROLE_POLICY, SECRET, VAULT
from dbstack.spec.controls.rules import (
    CLUSTER,
    CLUSTER_PARAMETERS,
    CLUSTER_SNAPSHOT,
    INSTANCE,
    MEMBER,
    PARAMETERS,
    PROXY,
    SELECTION,
    SNAPSHOT,
    SUBNET_GROUP,
    SUBSCRIPTION,
)
from dbstack.spec.controls.rules_around import (
    ASSOCIATION,
    DEFAULT_GROUP,
    FLOW_LOG,
    GROUP,
    INGRESS,
    ROTATION,
    ROUTE,
    ROUTE_TABLE,
    RULE,
    SUBNET,
    VPC,
)

EXPORTS = "enabledCloudwatchLogsExports"
TAGS = {"tags": {"Name": "x"}}
PORT = {"fromPort": 5433, "toPort": 5433, "ipProtocol": "tcp"}
EVERYBODY = (
    '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}]}'
)
ANY_KEY = '{"Statement": {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": "*"}}'
ONE_KEY = '{"Statement": {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": "arn:aws:kms:eu-west-1:1:key/a"}}'


def off(
    token: str, properties: Mapping[str, Any], *others: tuple[str, Mapping[str, Any]], whole: bool = False
) -> set[str]:
    """Ids of the controls that the resource doesn't meet, with others beside it."""
    first = Declared(token, "first", properties)
    beside = [Declared(other, f"other-{index}", given) for index, (other, given) in enumerate(others)]
    return {found.control.id for found in findings(World([first, *beside], whole)) if found.resource is first}


def group(
    token: str = PARAMETERS, family: str = "postgres14", **parameters: str
) -> tuple[str, dict[str, Any]]:
    given = [{"name": name.replace("__", "."), "value": value} for name, value in parameters.items()]
    return token, {"family": family, "parameters": given}


POSTGRES = {"engine": "postgres", "engineVersion": "17"}
AURORA_MYSQL = {"engine": "aurora-mysql"}
NAMED = {"parameterGroupName": UNKNOWN}
CLUSTER_NAMED = {"dbClusterParameterGroupName": UNKNOWN}

# id, type, what breaks it, what meets it, what stands beside the first, beside the second
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any], list[Any], list[Any]]] = [
    ("RDS.1", SNAPSHOT, {"sharedAccounts": ["all"]}, {"sharedAccounts": ["123456789012"]}, [], []),
    ("RDS.1", CLUSTER_SNAPSHOT, {"sharedAccounts": ["all"]}, {}, [], []),
    ("RDS.2", INSTANCE, {"publiclyAccessible": True}, {}, [], []),
    ("RDS.2", MEMBER, {"publiclyAccessible": True}, {"publiclyAccessible": False}, [], []),
    ("RDS.3", INSTANCE, {}, {"storageEncrypted": True}, [], []),
    (
        "RDS.3",
        INSTANCE,
        {"storageEncrypted": False, "snapshotIdentifier": "s"},
        {"snapshotIdentifier": "s"},
        [],
        [],
    ),
    ("RDS.5", INSTANCE, {}, {"multiAz": True}, [], []),
    ("RDS.6", INSTANCE, {}, {"monitoringInterval": 60}, [], []),
    ("RDS.6", MEMBER, {"monitoringInterval": 0}, {"monitoringInterval": 1.0}, [], []),
    ("RDS.7", CLUSTER, {}, {"deletionProtection": True}, [], []),
    ("RDS.8", INSTANCE, {"deletionProtection": False}, {"deletionProtection": True}, [], []),
    (
        "RDS.9",
        INSTANCE,
        {**POSTGRES, EXPORTS: ["postgresql"]},
        {**POSTGRES, EXPORTS: ["postgresql", "upgrade"]},
        [],
        [],
    ),
    (
        "RDS.9",
        INSTANCE,
        {"replicateSourceDb": "a"},
        {"replicateSourceDb": "a", EXPORTS: ["error"]},
        [],
        [],
    ),
    (
        "RDS.9",
        INSTANCE,
        {"engine": "sqlserver-ex"},
        {"engine": "sqlserver-ex", EXPORTS: ["error"]},
        [],
        [],
    ),
    ("RDS.10", INSTANCE, POSTGRES, {"engine": "oracle-ee"}, [], []),
    ("RDS.10", INSTANCE, POSTGRES, {**POSTGRES, "iamDatabaseAuthenticationEnabled": True}, [], []),
    ("RDS.11", INSTANCE, {"backupRetentionPeriod": 6}, {"backupRetentionPeriod": 7}, [], []),
    ("RDS.11", INSTANCE, {}, {"replicateSourceDb": UNKNOWN}, [], []),
    ("RDS.12", CLUSTER, {}, {"iamDatabaseAuthenticationEnabled": True}, [], []),
    ("RDS.13", INSTANCE, {"autoMinorVersionUpgrade": False}, {}, [], []),
    ("RDS.14", CLUSTER, AURORA_MYSQL, {**AURORA_MYSQL, "backtrackWindow": 3600}, [], []),
    ("RDS.15", CLUSTER, AURORA_MYSQL, AURORA_MYSQL, [(MEMBER, {})], [(MEMBER, {}), (MEMBER, {})]),
    ("RDS.16", CLUSTER, AURORA_MYSQL, {**AURORA_MYSQL, "copyTagsToSnapshot": True}, [], []),
    ("RDS.17", INSTANCE, {}, {"copyTagsToSnapshot": True}, [], []),
    ("RDS.23", INSTANCE, POSTGRES, {**POSTGRES, "port": 5433}, [], []),
    ("RDS.23", INSTANCE, {**POSTGRES, "port": 5432}, {"replicateSourceDb": "a"}, [], []),
    (
        "RDS.23",
        CLUSTER,
        {"engine": "aurora-postgresql"},
        {"engine": "aurora-postgresql", "port": 3306},
        [],
        [],
    ),
    ("RDS.24", CLUSTER, {"masterUsername": "admin"}, {"masterUsername": "dbadmin"}, [], []),
    ("RDS.25", INSTANCE, {"username": "Postgres"}, {"username": "dbadmin"}, [], []),
    ("RDS.26", INSTANCE, {}, {}, [], [(SELECTION, {})]),
    ("RDS.27", CLUSTER, {}, {"storageEncrypted": True}, [], []),
    ("RDS.28", CLUSTER, {}, TAGS, [], []),
    ("RDS.29", CLUSTER_SNAPSHOT, {}, TAGS, [], []),
    ("RDS.30", INSTANCE, {"tags": {"aws:cloudformation:stack-id": "x"}}, TAGS, [], []),
    ("RDS.32", SNAPSHOT, {}, TAGS, [], []),
    ("RDS.33", SUBNET_GROUP, {}, TAGS, [], []),
    ("RDS.34", CLUSTER, AURORA_MYSQL, {**AURORA_MYSQL, EXPORTS: ["audit"]}, [], []),
    ("RDS.35", CLUSTER, {**POSTGRES, "autoMinorVersionUpgrade": False}, POSTGRES, [], []),
    ("RDS.36", INSTANCE, POSTGRES, {**POSTGRES, EXPORTS: ["postgresql"]}, [], []),
    (
        "RDS.37",
        CLUSTER,
        {"engine": "aurora-postgresql"},
        {"engine": "aurora-postgresql", EXPORTS: ["postgresql"]},
        [],
        [],
    ),
    ("RDS.38", INSTANCE, {"engine": "postgres", "engineVersion": "14.9"}, POSTGRES, [], []),
    (
        "RDS.38",
        INSTANCE,
        {**POSTGRES, **NAMED},
        {**POSTGRES, **NAMED},
        [group(rds__force_ssl="0")],
        [group(rds__force_ssl="1")],
    ),
    (
        "RDS.38",
        INSTANCE,
        {**POSTGRES, **NAMED},
        {**POSTGRES, **NAMED},
        [group()],
        [group(family="postgres17")],
    ),
    (
        "RDS.39",
        INSTANCE,
        {"engine": "mysql"},
        {"engine": "mysql", **NAMED},
        [],
        [group(require_secure_transport="ON")],
    ),
    (
        "RDS.40",
        INSTANCE,
        {"engine": "sqlserver-se"},
        {"engine": "sqlserver-se", EXPORTS: ["agent", "error"]},
        [],
        [],
    ),
    (
        "RDS.41",
        INSTANCE,
        {"engine": "sqlserver-se"},
        {"engine": "sqlserver-se", **NAMED},
        [],
        [group(rds__force_ssl="1")],
    ),
    (
        "RDS.42",
        INSTANCE,
        {"engine": "mariadb"},
        {"engine": "mariadb", EXPORTS: ["audit", "error"]},
        [],
        [],
    ),
    ("RDS.43", PROXY, {"requireTls": False}, {"requireTls": True}, [], []),
    (
        "RDS.44",
        INSTANCE,
        {"engine": "mariadb", "engineVersion": "11.4"},
        {"engine": "mariadb", "engineVersion": "11.8"},
        [],
        [],
    ),
    (
        "RDS.45",
        CLUSTER,
        {**AURORA_MYSQL, **CLUSTER_NAMED},
        {**AURORA_MYSQL, **CLUSTER_NAMED},
        [group(CLUSTER_PARAMETERS, server_audit_logging="1", server_audit_events="")],
        [group(CLUSTER_PARAMETERS, server_audit_logging="1", server_audit_events="CONNECT")],
    ),
    ("RDS.47", CLUSTER, POSTGRES, {**POSTGRES, "copyTagsToSnapshot": True}, [], []),
    ("RDS.48", CLUSTER, {"engine": "mysql"}, {"engine": "mysql", "copyTagsToSnapshot": True}, [], []),
    ("RDS.50", CLUSTER, {"backupRetentionPeriod": 1}, {"backupRetentionPeriod": 35}, [], []),
    ("EC2.2", VPC, {}, {}, [], [(DEFAULT_GROUP, {})]),
    ("EC2.2", DEFAULT_GROUP, {"ingress": [{"protocol": "-1"}]}, {}, [], []),
    ("EC2.6", VPC, {}, {}, [], [(FLOW_LOG, {})]),
    ("EC2.15", SUBNET, {"mapPublicIpOnLaunch": True}, {}, [], []),
    ("EC2.18", INGRESS, {"cidrIpv4": "0.0.0.0/0", **PORT}, {"cidrIpv4": "10.0.0.0/8", **PORT}, [], []),
    (
        "EC2.18",
        INGRESS,
        {"cidrIpv6": "::/0", **PORT},
        {"cidrIpv6": "::/0", "fromPort": 443, "toPort": 443},
        [],
        [],
    ),
    ("EC2.19", INGRESS, {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"}, {"cidrIpv4": UNKNOWN}, [], []),
    (
        "EC2.19",
        RULE,
        {"type": "ingress", "fromPort": 1000, "toPort": 2000, "protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]},
        {"type": "egress", "fromPort": 0, "toPort": 0, "protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]},
        [],
        [],
    ),
    (
        "EC2.19",
        GROUP,
        {"ingress": [{"fromPort": 6379, "toPort": 6379, "protocol": "tcp", "ipv6CidrBlocks": ["::/0"]}]},
        {"ingress": UNKNOWN},
        [],
        [],
    ),
    ("KMS.1", POLICY, {"policy": ANY_KEY}, {"policy": ONE_KEY}, [], []),
    ("KMS.2", ROLE_POLICY, {"policy": ANY_KEY}, {"policy": UNKNOWN}, [], []),
    ("KMS.4", KEY, {}, {"enableKeyRotation": True}, [], []),
    (
        "KMS.5",
        KEY,
        {"policy": EVERYBODY},
        {"policy": EVERYBODY.replace('"*"}', '"arn:aws:iam::1:root"}')},
        [],
        [],
    ),
    ("SecretsManager.1", SECRET, {}, {}, [], [(ROTATION, {})]),
    (
        "SecretsManager.4",
        ROTATION,
        {"rotationRules": {"automaticallyAfterDays": 91}},
        {"rotationRules": {"automaticallyAfterDays": 90}},
        [],
        [],
    ),
    ("SecretsManager.5", SECRET, {}, TAGS, [], []),
    ("CloudWatch.15", ALARM, {"alarmActions": []}, {"alarmActions": UNKNOWN}, [], []),
    ("CloudWatch.16", LOGS, {"retentionInDays": 364}, {"retentionInDays": 365}, [], []),
    ("CloudWatch.17", ALARM, {"actionsEnabled": False}, {}, [], []),
    ("Backup.3", VAULT, {}, TAGS, [], []),
    ("Backup.5", PLAN, {}, TAGS, [], []),
]
EVENTS = {
    "RDS.19": ("db-cluster", ["maintenance", "failure"], CLUSTER),
    "RDS.20": ("db-instance", ["maintenance", "configuration change", "failure"], INSTANCE),
    "RDS.21": ("db-parameter-group", ["configuration change"], INSTANCE),
    "RDS.22": ("db-security-group", ["configuration change", "failure"], INSTANCE),
}
for _id, (_source, _categories, _token) in EVENTS.items():
    _whole = (SUBSCRIPTION, {"sourceType": _source, "eventCategories": _categories})
    _part = (SUBSCRIPTION, {"sourceType": _source, "eventCategories": _categories[1:] or ["x"]})
    CASES += [
        (
            _id,
            _token,
            {},
            {},
            [_part],
            [_whole],
        ),
        (_id, _token, {}, {}, [(_whole[0], {**_whole[1], "sourceIds": ["app"]})], [(SUBSCRIPTION, {})]),
    ]


@pytest.mark.parametrize(("id", "token", "bad", "good", "beside_bad", "beside_good"), CASES)
def test_a_control(
    id: str,
    token: str,
    bad: dict[str, Any],
    good: dict[str, Any],
    beside_bad: list[Any],
    beside_good: list[Any],
) -> None:
    assert id in off(token, bad, *beside_bad, whole=True)
    assert id not in off(token, good, *beside_good, whole=True)


def test_each_rule_is_tried() -> None:
    judged = {control.id for control in CONTROLS.values() if control.judge is not None}
    assert judged == {case[0] for case in CASES} | {"RDS.46"}


def test_what_is_unknown_is_judged_by_no_rule() -> None:
    """In a preview anything may be an output."""

    class Everything(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            return UNKNOWN

    for control in CONTROLS.values():
        for token in control.types:
            # What a resource lacks beside it is known all the same.
            beside = off(token, Everything()) & {control.id}
            assert beside <= {"EC2.2", "EC2.6", "SecretsManager.1", "RDS.15"}, (control.id, token)


def test_a_missing_neighbour_may_be_elsewhere_in_the_stack() -> None:
    assert {"RDS.20", "RDS.26"} & off(INSTANCE, {}) == set()


@pytest.mark.parametrize("gateway", [{"gatewayId": UNKNOWN}, {"natGatewayId": UNKNOWN}])
@pytest.mark.parametrize("inline", [True, False])
def test_a_way_to_the_internet(gateway: dict[str, Any], inline: bool) -> None:
    """RDS.46: instance -> subnet group -> subnet -> association -> table -> route."""
    route = (
        {"cidrBlock": "0.0.0.0/0", **gateway} if inline else {"destinationCidrBlock": "0.0.0.0/0", **gateway}
    )

    def link(urn: str, token: str, properties: dict[str, Any], **links: str) -> Declared:
        return Declared(token, urn, properties, urn, {name: frozenset({to}) for name, to in links.items()})

    instance = link("db", INSTANCE, {}, dbSubnetGroupName="group")
    world = World(
        [
            instance,
            link("group", SUBNET_GROUP, TAGS, subnetIds="subnet"),
            link("subnet", SUBNET, {}),
            link("lone", SUBNET, {}),
            link("association", ASSOCIATION, {}, subnetId="subnet", routeTableId="table"),
            link("table", ROUTE_TABLE, {"routes": [route] if inline else []}),
            *([] if inline else [link("route", ROUTE, route, routeTableId="table")]),
        ],
        whole=True,
    )
    found = {finding.control.id for finding in findings(world) if finding.resource is instance}
    assert ("RDS.46" in found) == ("gatewayId" in gateway)


def test_acknowledgements() -> None:
    given = {"RDS.5": "dev", "rds.6": "x", "RDS.8": "  ", "Nothing.1": "x"}
    faults = dict(acknowledgement_faults(given))
    assert set(faults) == {"rds.6", "RDS.8", "Nothing.1"}
    assert "did you mean 'RDS.6'?" in faults["rds.6"]
    assert "no reason" in faults["RDS.8"]


def test_the_table() -> None:
    for control in CONTROLS.values():
        assert control.title
        assert control.default
        assert control.satisfy
        assert not control.satisfy.endswith(".")
        assert control.page.startswith("https://docs.aws.amazon.com/securityhub/latest/userguide/")
    assert set(CIS) <= set(CONTROLS)
    numbers = {int(id[4:]) for id in CONTROLS if id.startswith("RDS.")}
    assert numbers == set(range(1, 52)) - {18, 49}


def test_properties_as_the_rules_read_them() -> None:
    given = {"multi_az": True, "parameters": [{"name": "x", "apply_method": 1}], "id": object}
    assert plain(given, lambda value: value is object) == {
        "multiAz": True,
        "parameters": [{"name": "x", "applyMethod": 1}],
        "id": UNKNOWN,
    }


def test_the_types_are_pulumis() -> None:
    import pulumi_aws as aws

    tokens = {token for control in CONTROLS.values() for token in control.types} | {case[1] for case in CASES}
    for token in sorted(tokens):
        _, module, name = token.split(":")
        assert getattr(getattr(aws, module.split("/")[0]), name).pulumi_type == token
