"""What the package shows to others: its names, and its components as Pulumi's analyzer sees them."""

import ast
from pathlib import Path

import pulumi
import pytest
from pulumi.provider.experimental.analyzer import Analyzer

import dbstack
from dbstack.spec import types

COMPONENTS = [
    value
    for value in (getattr(dbstack, name) for name in dbstack.__all__)
    if isinstance(value, type) and issubclass(value, pulumi.ComponentResource)
]


@pytest.fixture(scope="module")
def analyzed():
    return Analyzer("dbstack").analyze(COMPONENTS)


def test_all_names_what_is_public() -> None:
    """The names that a type checker sees are those that are there, and each is loaded when it is asked for."""
    checked = next(
        node for node in ast.parse(Path(dbstack.__file__).read_text()).body if isinstance(node, ast.If)
    )
    public = {alias.name for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(dbstack.__all__) == public | {"__version__"}
    homes = {name: getattr(dbstack, name).__module__ for name in public}
    assert all(home.startswith("dbstack.") for home in homes.values()), homes
    assert set(dbstack.__all__) <= set(dir(dbstack))
    with pytest.raises(AttributeError, match="'Databases'"):
        dbstack.Databases  # noqa: B018


def test_the_components_are_hosted(analyzed) -> None:
    assert sorted(analyzed["component_definitions"]) == [
        "Database",
        "DatabaseBackupPlan",
        "DatabaseCluster",
        "DatabaseClusterFromPointInTime",
        "DatabaseClusterFromSnapshot",
        "DatabaseDashboard",
        "DatabaseInstance",
        "DatabaseInstanceFromPointInTime",
        "DatabaseInstanceFromSnapshot",
        "DatabaseMonitoringRole",
        "DatabaseNetwork",
        "DatabaseNotifications",
        "DatabaseProxy",
        "DatabaseSecurityGroup",
        "DatabaseSubnetGroup",
        "DockerDatabase",
        "DockerStack",
        "GlobalCluster",
        "ReadReplica",
        "SecondaryCluster",
    ]


@pytest.mark.parametrize(
    ("component", "required", "outputs"),
    [
        (
            "Database",
            {"engine", "engineVersion", "instanceClass"},
            {
                "identifier",
                "url",
                "host",
                "port",
                "database",
                "username",
                "secretArn",
                "engine",
                "arn",
                "resourceId",
                "securityGroupId",
                "replicas",
                "replicaResourceIds",
                "replicaArns",
                "proxyHost",
                "proxyArn",
                "proxyResourceId",
            },
        ),
        (
            "DatabaseInstance",
            {"engine", "engineVersion", "instanceClass", "subnetGroupName", "securityGroupIds"},
            {
                "identifier",
                "arn",
                "host",
                "port",
                "database",
                "username",
                "secretArn",
                "engine",
                "resourceId",
            },
        ),
        (
            "ReadReplica",
            {"instanceClass", "securityGroupIds"},
            {"identifier", "arn", "host", "port", "resourceId"},
        ),
        (
            "DatabaseNetwork",
            {"vpcCidr"},
            {"vpcId", "subnetIds", "routeTableId", "applicationSecurityGroupId"},
        ),
        (
            "DatabaseProxy",
            {"engine", "vpcId", "subnetIds", "secretArn", "databaseSecurityGroupId"},
            {"host", "port", "arn", "resourceId", "securityGroupId", "endpoints"},
        ),
        (
            "DatabaseBackupPlan",
            {"resourceArns"},
            {"vaultName", "vaultArn", "planId", "planArn", "roleArn"},
        ),
        ("DatabaseSubnetGroup", {"subnetIds"}, {"groupName"}),
        ("DatabaseSecurityGroup", {"vpcId", "port"}, {"securityGroupId"}),
    ],
)
def test_hosted_schema(analyzed, component: str, required: set[str], outputs: set[str]) -> None:
    definition = analyzed["component_definitions"][component]
    assert {name for name, field in definition.inputs.items() if not field.optional} == required
    assert set(definition.outputs) == outputs


def test_only_references_and_secrets_may_be_outputs(analyzed) -> None:
    """What decides which resources exist is plain, so that a plan needs no engine."""
    definitions = analyzed["component_definitions"] | analyzed["type_definitions"]
    open_fields = {
        f"{owner}.{name}"
        for owner, definition in definitions.items()
        for name, field in (
            getattr(definition, "inputs", None) or getattr(definition, "properties", {})
        ).items()
        if not _is_plain(field)
    }
    assert open_fields == {
        "AlarmsArgs.topicArn",
        "Database.associatedRoles",
        "DatabaseInstance.associatedRoles",
        "DatabaseInstanceFromSnapshot.associatedRoles",
        "DatabaseInstanceFromPointInTime.associatedRoles",
        "DatabaseCluster.associatedRoles",
        "DatabaseClusterFromSnapshot.associatedRoles",
        "DatabaseClusterFromPointInTime.associatedRoles",
        "DatabaseCluster.globalClusterIdentifier",
        "SecondaryCluster.associatedRoles",
        "SecondaryCluster.globalClusterIdentifier",
        "SecondaryCluster.primaryArn",
        "DatabaseNotifications.topicArn",
        "DatabaseNotifications.kmsKeyId",
        "DashboardInstanceArgs.identifier",
        "DnsArgs.zoneId",
        "DomainArgs.authSecretArn",
        "DomainArgs.directoryId",
        "DomainArgs.roleName",
        "AccessArgs.fromSecurityGroups",
        "AccessArgs.fromPrefixLists",
        "BackupCopyArgs.vaultArn",
        "BackupVaultArgs.kmsKeyId",
        "BackupVaultArgs.name",
        "DatabaseBackupPlan.resourceArns",
        "DatabaseBackupPlan.roleArn",
        "AccessArgs.securityGroupIds",
        "ClusterMonitoringArgs.monitoringRoleArn",
        "ClusterMonitoringArgs.performanceInsightsKmsKeyId",
        "ClusterStorageArgs.kmsKeyId",
        "DatabaseClusterFromPointInTime.sourceClusterIdentifier",
        "DatabaseClusterFromSnapshot.snapshotIdentifier",
        "CrossRegionBackupArgs.kmsKeyId",
        "DatabaseInstance.securityGroupIds",
        "DatabaseInstance.subnetGroupName",
        "DatabaseInstanceFromPointInTime.securityGroupIds",
        "DatabaseInstanceFromPointInTime.subnetGroupName",
        "DatabaseInstanceFromSnapshot.securityGroupIds",
        "DatabaseInstanceFromSnapshot.snapshotIdentifier",
        "DatabaseInstanceFromSnapshot.subnetGroupName",
        "PointInTimeArgs.sourceAutomatedBackupsArn",
        "PointInTimeArgs.sourceIdentifier",
        "PointInTimeArgs.sourceResourceId",
        "RestoreFromArgs.snapshotIdentifier",
        "RestoreFromArgs.sourceAutomatedBackupsArn",
        "RestoreFromArgs.sourceIdentifier",
        "RestoreFromArgs.sourceResourceId",
        "ClusterRestoreFromArgs.snapshotIdentifier",
        "ClusterRestoreFromArgs.sourceClusterIdentifier",
        "DatabaseProxy.applicationSecurityGroupId",
        "DatabaseProxy.clusterIdentifier",
        "DatabaseProxy.databaseSecurityGroupId",
        "DatabaseProxy.instanceIdentifier",
        "DatabaseProxy.kmsKeyId",
        "DatabaseProxy.roleArn",
        "DatabaseProxy.secretArn",
        "DatabaseProxy.subnetIds",
        "DatabaseProxy.vpcId",
        "ProxySecretArgs.kmsKeyId",
        "ProxySecretArgs.secretArn",
        "ProxySettings.roleArn",
        "DatabaseSecurityGroup.applicationSecurityGroupId",
        "DatabaseSecurityGroup.vpcId",
        "DatabaseSubnetGroup.subnetIds",
        "DatabaseSettings.associatedRoles",
        "DockerDatabase.associatedRoles",
        "DockerSettings.networkName",
        "FlowLogArgs.logKmsKeyId",
        "MasterPasswordArgs.kmsKeyId",
        "MasterPasswordArgs.value",
        "MonitoringArgs.logKmsKeyId",
        "ClusterMonitoringArgs.logKmsKeyId",
        "ActivityStreamArgs.kmsKeyId",
        "MonitoringArgs.monitoringRoleArn",
        "MonitoringArgs.performanceInsightsKmsKeyId",
        "RotationArgs.functionArn",
        "OptionArgs.securityGroupIds",
        "PlacementArgs.applicationSecurityGroupId",
        "PlacementArgs.subnetGroupName",
        "PlacementArgs.subnetIds",
        "PlacementArgs.vpcId",
        "S3BackupArgs.bucketName",
        "S3BackupArgs.ingestionRoleArn",
        "S3BackupArgs.prefix",
        "ReadReplica.kmsKeyId",
        "ReadReplica.parameterGroupName",
        "ReadReplica.securityGroupIds",
        "ReadReplica.sourceArn",
        "ReadReplica.sourceIdentifier",
        "ReadReplica.subnetGroupName",
        "ReplicaSettings.kmsKeyId",
        "StorageArgs.kmsKeyId",
    }


def test_every_argument_has_a_docstring() -> None:
    fields = 0
    folder = Path(types.__path__[0])
    parsed = [ast.parse((folder / f"{module}.py").read_text()) for module in types.MODULES]
    for owner in [owner for module in parsed for owner in module.body]:
        if not isinstance(owner, ast.ClassDef):
            continue
        assert ast.get_docstring(owner), owner.name
        following = [*owner.body[1:], None]
        for field, after in zip(owner.body, following, strict=True):
            if isinstance(field, ast.AnnAssign):
                fields += 1
                documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                assert documented, ast.unparse(field)
    assert fields > 80


def _is_plain(field) -> bool:
    element = field.items or field.additional_properties
    return bool(field.plain) and (element is None or _is_plain(element))
