"""Every property of every served type: read back by boto3, kept in a listed overlay, or refused by name.

The lists come from the installed pulumi_aws SDK, so a property that a new SDK brings fails here until it is served,
kept or refused.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from tests.unit.sandbox_aws.samples import SAMPLES, Sample
from tests.unit.sandbox_aws.samples_rotation import CODE
from tests.unit.sandbox_aws.sdk import loaded, names_of
from tests.unit.sandbox_aws.world import Walk, fill, world

from dbstack.sandbox.aws.diff import canonical
from dbstack.sandbox.aws.model import Prop
from dbstack.sandbox.aws.table import TYPES

# Handled by a test of its own below: it decides where the object is made.
REGION = "region"
# Merged into the tags that AWS keeps.
TAGS_ALL = "tagsAll"


@pytest.fixture(scope="module")
def walk() -> Iterator[Walk]:
    with mock_aws():
        yield fill(world())


def sdk_properties(token: str) -> tuple[set[str], set[str]]:
    """(inputs, all properties) of the SDK's class, by their camelCase names."""
    package, _, name = token.partition(":")[2].rpartition(":")
    # A word of Python's own bears a `_`.
    module_name = {"lambda": "lambda_"}.get(package.split("/")[0], package.split("/")[0])
    file = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    module = loaded("pulumi_aws", module_name, name, file)
    return names_of(getattr(module, f"{name}Args")), names_of(getattr(module, f"_{name}State"))


def kept(token: str) -> dict[str, Prop]:
    """Inputs that AWS keeps: neither overlay nor refused."""
    return {
        name: prop
        for name, prop in TYPES[token].inputs.items()
        if not prop.overlay and not prop.refused and name not in (REGION, TAGS_ALL)
    }


EVERY_KEPT = [(token, name) for token in TYPES for name in kept(token)]
EVERY_OVERLAY = [
    (token, name) for token, kind in TYPES.items() for name, prop in kind.inputs.items() if prop.overlay
]
EVERY_REFUSED = [
    (token, name)
    for token, kind in TYPES.items()
    for name, prop in kind.inputs.items()
    if prop.refused and prop.refused_when is None
]


@pytest.mark.parametrize("token", TYPES)
def test_the_table_has_exactly_the_properties_of_the_sdk(token: str) -> None:
    inputs, everything = sdk_properties(token)
    kind = TYPES[token]
    assert set(kind.inputs) - {TAGS_ALL} == inputs
    assert set(kind.props) == everything


@pytest.mark.parametrize("token", TYPES)
def test_every_kept_property_has_a_sample(walk: Walk, token: str) -> None:
    assert set(SAMPLES[token].samples(walk.ids)) == set(kept(token))


def given(walk: Walk, token: str, name: str) -> tuple[Sample, dict[str, Any]]:
    samples = SAMPLES[token].samples(walk.ids)
    sample, props = samples[name], SAMPLES[token].plain(walk)
    props = {key: value for key, value in props.items() if key not in sample.instead}
    return sample, {**props, **sample.beside, name: sample.value}


def equal(seen: Any, expected: Any) -> bool:
    form = Prop("set" if isinstance(expected, list) else "string")
    return canonical(seen, form) == canonical(expected, form)


@pytest.mark.parametrize(("token", "name"), EVERY_KEPT)
def test_what_is_given_is_read_back_by_boto3(walk: Walk, token: str, name: str) -> None:
    sample, props = given(walk, token, name)
    plain = SAMPLES[token].plain(walk)
    assert plain.get(name) != sample.value
    resource_id, state, inputs = walk.make(token, props)
    try:
        seen = sample.seen(walk, resource_id, SAMPLES[token].describe(walk, resource_id))
        assert equal(seen, sample.expected), f"boto3 shows {seen!r}"
        assert walk.backend.diff(token, state, inputs, inputs).changes == ()
        read = walk.backend.read(token, resource_id, state, inputs)
        assert read == (resource_id, state, inputs)
    finally:
        remove(walk, token, resource_id, state)


def remove(walk: Walk, token: str, resource_id: str, state: dict[str, Any]) -> None:
    """Names and zones are free again for the next sample."""
    if token == "aws:cloudwatch/logGroup:LogGroup":
        walk.client("logs").put_log_group_deletion_protection(
            logGroupIdentifier=resource_id, deletionProtectionEnabled=False
        )
    if token == "aws:rds/instance:Instance":
        walk.client("rds").modify_db_instance(
            DBInstanceIdentifier=state["identifier"], DeletionProtection=False, ApplyImmediately=True
        )
        state = {**state, "skipFinalSnapshot": True}
    if token == "aws:rds/cluster:Cluster":
        walk.client("rds").modify_db_cluster(
            DBClusterIdentifier=resource_id, DeletionProtection=False, ApplyImmediately=True
        )
        state = {**state, "skipFinalSnapshot": True}
    if token == "aws:rds/globalCluster:GlobalCluster":
        walk.client("rds").modify_global_cluster(
            GlobalClusterIdentifier=resource_id, DeletionProtection=False
        )
        state = {**state, "forceDestroy": True}
    if token == "aws:secretsmanager/secret:Secret":
        state = {**state, "recoveryWindowInDays": 0}
    walk.backend.delete(token, resource_id, state)


@pytest.mark.parametrize(("token", "name"), EVERY_KEPT)
def test_a_change_is_read_back_or_replaces(walk: Walk, token: str, name: str) -> None:
    sample, props = given(walk, token, name)
    kind, prop = TYPES[token], TYPES[token].props[name]
    # What must go along stands before the change, so that it is the one property that changes.
    plain = SAMPLES[token].plain(walk)
    before = {key: value for key, value in plain.items() if prop.replaces or key not in sample.instead}
    if not prop.replaces and not sample.together:
        before |= sample.beside
    if kind.naming and name != kind.naming.prop and kind.naming.prop in before:
        props[kind.naming.prop] = before[kind.naming.prop]
    for key in before:
        if key not in sample.beside and key != name:
            props[key] = before[key]
    if not makes_sense(token, name, before):
        before |= {
            key: SAMPLES[token].plain(walk)[key]
            for key in sample.instead
            if key in SAMPLES[token].plain(walk)
        }
    inputs = walk.checked(token, before)
    resource_id, state = walk.backend.create(token, inputs)
    try:
        if "applyImmediately" in kind.props:
            # Else it would wait for the maintenance window.
            props.setdefault("applyImmediately", True)
        news = walk.backend.check(token, "thing", props, inputs, b"x").inputs
        diff = walk.backend.diff(token, state, inputs, news)
        assert name in diff.changed
        assert (name in {path.split(".")[0].split("[")[0] for path in diff.replaces}) == prop.replaces
        if prop.replaces or sample.create_only or diff.replaces:
            return
        after = walk.backend.update(token, resource_id, state, inputs, news)
        seen = sample.seen(walk, resource_id, SAMPLES[token].describe(walk, resource_id))
        assert equal(seen, sample.expected), f"boto3 shows {seen!r}"
        assert walk.backend.diff(token, after, news, news).changes == ()
        state = after
    finally:
        remove(walk, token, resource_id, state)


PASSWORDS = {"masterPassword", "password", "manageMasterUserPassword", "replicateSourceDb"}


WITH_PASSWORD = ("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")


def makes_sense(token: str, name: str, before: dict[str, Any]) -> bool:
    """Whether the plain resource without `instead` can be made at all."""
    needs_password = token in WITH_PASSWORD and not PASSWORDS & set(before)
    no_policy = (
        token.startswith("aws:appautoscaling")
        and token.endswith(":Policy")
        and "targetTrackingScalingPolicyConfiguration" not in before
    )
    no_source = token.startswith("aws:vpc/") and "cidrIpv4" not in before
    no_value = token.endswith(":SecretVersion") and "secretString" not in before
    no_place = token.endswith(":RouteTableAssociation") and "subnetId" not in before
    no_metric = token.endswith(":MetricAlarm") and not {"metricName", "metricQueries"} & set(before)
    no_statistic = "metricName" in before and "statistic" not in before and token.endswith(":MetricAlarm")
    no_rules = token.endswith(":SecretRotation") and "rotationRules" not in before
    lacking = (needs_password, no_policy, no_source, no_value, no_place, no_metric, no_statistic, no_rules)
    return not any(lacking)


@pytest.mark.parametrize(("token", "name"), EVERY_OVERLAY)
def test_an_overlay_says_why_and_keeps_the_value_in_the_state(walk: Walk, token: str, name: str) -> None:
    prop = TYPES[token].props[name]
    assert len(prop.overlay) > 10
    value = OVERLAY_VALUES.get(f"{token} {name}") or OVERLAY_VALUES[name]
    props = {**SAMPLES[token].plain(walk), **value.get("beside", {}), name: value["value"]}
    props = {key: item for key, item in props.items() if key not in value.get("instead", ())}
    resource_id, state, inputs = walk.make(token, props)
    assert state[name] == value["value"]
    read = walk.backend.read(token, resource_id, state, inputs)
    assert read is not None
    assert read[1][name] == value["value"]
    remove(walk, token, resource_id, state)


CLUSTER = "aws:rds/cluster:Cluster"
S3_BACKUP = {
    "bucketName": "dumps",
    "ingestionRole": "arn:aws:iam::123456789012:role/reads-dumps",
    "sourceEngine": "mysql",
    "sourceEngineVersion": "8.0.36",
}
OVERLAY_VALUES: dict[str, dict[str, Any]] = {
    "s3Import": {"value": S3_BACKUP, "beside": {"engine": "mysql", "engineVersion": "8.0"}},
    f"{CLUSTER} s3Import": {"value": S3_BACKUP, "beside": {"engine": "aurora-mysql", "engineVersion": "8.0"}},
    "engineNativeAuditFieldsIncluded": {"value": True},
    "timeouts": {"value": {"create": "45m"}},
    f"{CLUSTER} snapshotIdentifier": {
        "value": "cluster-taken",
        "instead": ("masterUsername", "masterPassword", "engineVersion"),
    },
    f"{CLUSTER} restoreToPointInTime": {
        "value": {"sourceClusterIdentifier": "aurora", "useLatestRestorableTime": True},
        "instead": ("masterUsername", "masterPassword", "engineVersion"),
    },
    "aws:rds/clusterInstance:ClusterInstance engineVersion": {"value": "16.8"},
    "clusterIdentifierPrefix": {"value": "some-", "instead": ("clusterIdentifier",)},
    "engineMode": {"value": "provisioned"},
    "masterPassword": {"value": "another-password"},
    "masterPasswordWo": {"value": "another-password", "instead": ("masterPassword",)},
    "masterPasswordWoVersion": {"value": 2},
    "dbInstanceParameterGroupName": {"value": "pg"},
    "sourceRegion": {"value": "us-west-2"},
    "sourceDbClusterIdentifier": {
        "value": "arn:aws:rds:us-east-1:123456789012:cluster:aurora",
        "instead": ("engine", "engineVersion"),
    },
    "forceDestroy": {"value": True},
    "namePrefix": {"value": "some-", "instead": ("name",)},
    "aws:kms/alias:Alias namePrefix": {"value": "alias/some-", "instead": ("name",)},
    "identifierPrefix": {"value": "some-", "instead": ("identifier",)},
    "revokeRulesOnDelete": {"value": True},
    "skipDestroy": {"value": True},
    "password": {"value": "another-password"},
    "passwordWo": {"value": "another-password", "instead": ("password",)},
    "passwordWoVersion": {"value": 2},
    "upgradeStorageConfig": {"value": True},
    "allowMajorVersionUpgrade": {"value": True},
    "applyImmediately": {"value": True},
    "skipFinalSnapshot": {"value": True},
    "finalSnapshotIdentifier": {"value": "last"},
    "deleteAutomatedBackups": {"value": False},
    "snapshotIdentifier": {
        "value": "taken",
        "instead": ("username", "engine", "engineVersion", "allocatedStorage", "password"),
    },
    "restoreToPointInTime": {
        "value": {"sourceDbInstanceIdentifier": "source", "useLatestRestorableTime": True},
        "instead": ("username", "engine", "engineVersion", "allocatedStorage", "password"),
    },
    "blueGreenUpdate": {"value": {"enabled": False}},
    "recoveryWindowInDays": {"value": 7},
    "forceOverwriteReplicaSecret": {"value": True},
    "secretStringWo": {"value": "two", "instead": ("secretString",)},
    "secretStringWoVersion": {"value": 2},
    "deletionWindowInDays": {"value": 7},
    "changeableForDays": {"value": 3},
    "bypassPolicyLockoutSafetyCheck": {"value": True},
    "forceDetachPolicies": {"value": True},
    "delayAfterPolicyCreationInMs": {"value": 100},
    "confirmationTimeoutInMinutes": {"value": 2},
    "endpointAutoConfirms": {"value": True},
    "allowOverwrite": {"value": True},
    "rotateImmediately": {"value": False},
    "blockPublicPolicy": {"value": True},
    "code": {"value": CODE},
    "sourceCodeHash": {"value": "hash"},
    "codeSha256": {"value": "hash"},
    "publish": {"value": True},
    "replaceSecurityGroupsOnDestroy": {"value": True},
    "replacementSecurityGroupIds": {"value": ["sg-12345678"]},
    "useResourceTimeoutForPropagation": {"value": True},
    "reservedConcurrentExecutions": {"value": -1},
    "statementIdPrefix": {"value": "some-", "instead": ("statementId",)},
}


@pytest.fixture(scope="module", autouse=True)
def snapshot(walk: Walk) -> None:
    walk.client("rds").create_db_snapshot(DBSnapshotIdentifier="taken", DBInstanceIdentifier="source")
    walk.client("rds").create_db_cluster_snapshot(
        DBClusterSnapshotIdentifier="cluster-taken", DBClusterIdentifier="aurora"
    )


@pytest.mark.parametrize(("token", "name"), EVERY_REFUSED)
def test_a_refused_property_is_refused_by_name(walk: Walk, token: str, name: str) -> None:
    kind = TYPES[token].props[name].kind
    value = {"int": 1, "bool": True, "set": ["x"], "list": ["x"], "object": {}, "object_set": [{}]}.get(
        kind, "x"
    )
    faults = walk.backend.check(token, "thing", {**SAMPLES[token].plain(walk), name: value}, {}).faults
    assert (name, f"is not served by the sandbox: {TYPES[token].props[name].refused}") in faults


@pytest.mark.parametrize(
    "beside",
    [{"backupRetentionPeriod": 0}, {"manageMasterUserPassword": True}, {"engine": "oracle-ee"}],
    ids=str,
)
def test_what_blue_green_updates_cannot_go_with(walk: Walk, beside: dict[str, Any]) -> None:
    token = "aws:rds/instance:Instance"
    plain = {**SAMPLES[token].plain(walk), "blueGreenUpdate": {"enabled": True}, "backupRetentionPeriod": 1}

    def faulty(props: dict[str, Any]) -> bool:
        faults = walk.backend.check(token, "thing", props, {}).faults
        return "blueGreenUpdate" in [path for path, _ in faults]

    assert not faulty(plain)
    # A password of one's own is refused beside a managed one before anything else is looked at.
    props = {
        name: value for name, value in {**plain, **beside}.items() if name != "password" or "engine" in beside
    }
    assert faulty(props)


@pytest.mark.parametrize("token", [token for token in TYPES if "region" in TYPES[token].props])
def test_region_decides_where_it_is_made(walk: Walk, token: str) -> None:
    state = walk.backend.preview_state(token, {"region": "eu-west-1"})
    assert state["region"] == "eu-west-1"
    assert walk.backend.context({"region": "eu-west-1"}).client("ec2").meta.region_name == "eu-west-1"
    changes = walk.backend.diff(token, {"region": "us-east-1"}, {}, {"region": "eu-west-1"}).changes
    assert ("region", True) in {(change.path, change.replaces) for change in changes}
