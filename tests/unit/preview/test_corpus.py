"""Recorded changes, judged anew: a class or a text that changes is a difference in the golden file.

tests/fixtures/record_previews.py records them with the real engine.
"""

import copy
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from tests.fixtures.preview_changes import CHANGES, CONTAINER_CHANGES, CONTAINERS, STACK
from tests.fixtures.previews import CORPUS, GOLDEN, changes, conditions, golden, judged, touched

from dbstack.preview import render_markdown, to_json
from dbstack.preview.reading import read_report
from dbstack.preview.report import Report
from dbstack.preview.text import render_text
from dbstack.sandbox.aws.table import TYPES as SERVED
from dbstack.spec.changes import TABLE
from dbstack.spec.changes.model import removed

SCHEMA: dict[str, Any] = json.loads((files("dbstack.config") / "stack.schema.json").read_text())
RECORDED: dict[str, Any] = json.loads(CORPUS.read_text())
EXPECTED: dict[str, Any] = json.loads(GOLDEN.read_text())
NAMES = sorted(changes(RECORDED))


@cache
def reported(name: str) -> Report:
    return judged(RECORDED, name)


@pytest.mark.parametrize("name", NAMES)
def test_the_report_of_each_recorded_change(name: str):
    assert golden(reported(name)) == EXPECTED[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_report_survives_its_json_form(name: str):
    made = reported(name)
    again = read_report(to_json(made).encode())
    assert render_markdown(again) == render_markdown(made)
    assert render_text(again) == render_text(made)


def test_the_corpus_is_whole():
    assert len(NAMES) >= 60
    assert set(NAMES) == EXPECTED.keys()
    found = {one.risk for name in NAMES for one in reported(name).findings}
    # None is unknown: the tables know whatever the library makes.
    assert {str(risk) for risk in found} == {"data-loss", "downtime", "reboot", "online"}


def test_nothing_recorded_is_of_a_machine_or_secret():
    text = CORPUS.read_text()
    for word in ("/tmp", "/root", "/work", "base-password", "not-a-real-password"):
        assert word not in text


# What every type has, and what only says how the provider goes about it.
COMMON = {"region", "tags", "tagsAll", "timeouts", "forceDestroy", "skipDestroy", "namePrefix"}
# What the corpus doesn't change; the rules of it are tested in tests/unit/spec/test_changes.py.
LEFT_OUT: dict[str, set[str]] = {
    "Key": {"bypassPolicyLockoutSafetyCheck"},
    "PrincipalAssociation": {"principal", "resourceShareArn"},
    "ResourceAssociation": {"resourceArn", "resourceShareArn"},
    "Cluster": {
        "clusterScalabilityType",
        "dbInstanceParameterGroupName",
        "enableGlobalWriteForwarding",
        "globalClusterIdentifier",
        "masterPasswordWo",
        "masterPasswordWoVersion",
        "publiclyAccessible",
        "restoreToPointInTime",
        "s3Import",
        "sourceRegion",
    },
    "ClusterActivityStream": {"engineNativeAuditFieldsIncluded", "kmsKeyId", "resourceArn"},
    "ClusterInstance": {"customIamInstanceProfile", "dbSubnetGroupName", "engine", "engineVersion"},
    "ClusterRoleAssociation": {"dbClusterIdentifier", "featureName"},
    "ClusterSnapshot": {"dbClusterIdentifier", "sharedAccounts"},
    "GlobalCluster": {"engine", "engineLifecycleSupport", "sourceDbClusterIdentifier"},
    "Instance": {
        "backupTarget",
        "customIamInstanceProfile",
        "customerOwnedIpEnabled",
        "passwordWo",
        "passwordWoVersion",
        "restoreToPointInTime",
        "s3Import",
        "upgradeStorageConfig",
    },
    "InstanceAutomatedBackupsReplication": {"kmsKeyId", "sourceDbInstanceArn"},
    "Proxy": {"defaultAuthScheme", "endpointNetworkType", "targetConnectionNetworkType"},
    "ProxyEndpoint": {"targetRole"},
    "ProxyTarget": {"dbClusterIdentifier"},
    "RoleAssociation": {"dbInstanceIdentifier"},
    "ShardGroup": {
        "computeRedundancy",
        "dbClusterIdentifier",
        "dbShardGroupIdentifier",
        "maxAcu",
        "minAcu",
        "publiclyAccessible",
    },
    "Snapshot": {"dbInstanceIdentifier", "sharedAccounts"},
    "Record": {"allowOverwrite", "name", "records", "ttl", "type", "zoneId"},
    "Secret": {"forceOverwriteReplicaSecret"},
    "SecretPolicy": {"blockPublicPolicy"},
    "SecretRotation": {"rotateImmediately", "rotationEnabled", "secretId"},
    "SecretVersion": {"secretBinary", "secretStringWo", "secretStringWoVersion", "versionStages"},
}


def test_every_property_of_the_tables_that_the_sandbox_serves_is_changed_once():
    seen = {(token, prop) for name in NAMES for token, prop, *_ in touched(RECORDED, name)}
    for token in TABLE.keys() & SERVED.keys():
        served = {name for name, prop in SERVED[token].inputs.items() if not prop.refused}
        missing = {prop for prop in served & TABLE[token].rules.keys() - COMMON if (token, prop) not in seen}
        assert missing == LEFT_OUT.get(token.rpartition(":")[2], set()), token


# Of these the engine never tells one side: it sees no difference, or the sandbox has no such thing.
ONE_SIDED = {
    ("engineVersion", "it names the same major without a minor"),
    ("storageType", "magnetic storage is involved"),
}


def test_every_condition_is_met_and_not_met():
    sides = conditions(RECORDED)
    for token in TABLE.keys() & SERVED.keys():
        for prop, rules in TABLE[token].rules.items():
            if prop not in SERVED[token].inputs or prop in LEFT_OUT.get(token.rpartition(":")[2], ()):
                continue
            for rule in rules:
                # That AWS keeps what is no longer given is no change at all.
                if rule.test is None or rule.test is removed or (prop, rule.condition) in ONE_SIDED:
                    continue
                assert sides[token, prop, rule.condition] == {True, False}, (token, prop, rule.condition)


def leaves(node: dict[str, Any], path: str = "") -> Iterator[str]:
    if "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]]
    for choice in node.get("anyOf", node.get("oneOf", ())):
        yield from leaves(choice, path)
    for name, inner in node.get("properties", {}).items():
        yield from leaves(inner, f"{path}.{name}" if path else name)
    if isinstance(node.get("additionalProperties"), dict):
        yield from leaves(node["additionalProperties"], f"{path}.*")
    if node.get("type") not in (None, "object"):
        yield path


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every value of a stack by its path."""
    if isinstance(value, dict) and value:
        return {
            where: inner
            for name, one in value.items()
            for where, inner in flat(one, f"{path}.{name}" if path else name).items()
        }
    return {path: value}


# Arguments that no change of the corpus changes: they exclude what the stack has, need what the sandbox has not, or
# are read once, when a database is made.
NOT_CHANGED = (
    "*.acuPercent",
    "*.alarms.burstBalancePercent",
    "*.alarms.cpuCredits",
    "*.alarms.transactionIds",
    "*.alarms.volumeUsedGib",
    "*.docker.exporter.*",
    "*.docker.networkName",
    "*.docker.pgbouncer.*",
    "*.docker.walArchive",
    "*.extensions",
    "*.limitless.*",
    "*.parameterGroup.pgaudit",
    "*.password.rotation.*",
    "*.restoreFrom.*",
    "*.roles.*",
    "backupPlan.rules.*.copies.*.deleteAfterDays",
    "clusters.*.password.config",
    "databases.*.backup.crossRegion.retentionDays",
    "databases.*.blueGreenUpdate.discardSource",
    "databases.*.customerOwnedIp",
    "databases.*.replicas.*.dnsName",
    "databases.*.replicas.*.kmsKeyId",
    "databases.*.replicas.*.network.*",
    "databases.*.replicas.*.region",
    "databases.*.replicas.*.storage.*",
    "docker.mongo.*",
    "docker.monitoring.*",
    "network.applicationSecurityGroupId",
    "network.subnet*",
    "network.vpcId",
)


def test_every_argument_of_the_stack_is_changed_once():
    changed: set[str] = set()
    for base, changes_of in ((STACK, CHANGES), (CONTAINERS, CONTAINER_CHANGES)):
        for change in changes_of.values():
            stack = copy.deepcopy(base)
            change(stack)
            before, after = flat(base), flat(stack)
            changed |= {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    root = SCHEMA["properties"]["config"]["properties"]["dbstack:stack"]
    missing = {
        leaf
        for leaf in leaves(root)
        if not any(re.fullmatch(re.escape(leaf).replace(r"\*", ".+"), path) for path in changed)
    }
    known = {pattern: {leaf for leaf in missing if fnmatchcase(leaf, pattern)} for pattern in NOT_CHANGED}
    left = missing - set().union(*known.values())
    assert not left, "give each a change in tests/fixtures/preview_changes.py and record it, or name it above"
    assert all(known.values()), "a pattern stands for nothing any more"
