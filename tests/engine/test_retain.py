"""`onDelete: retain` in the real engine: a rule that leaves goes; a `down` leaves the database and what it needs."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.engine.project import Project

pytestmark = pytest.mark.engine

OFFICE = "198.51.100.0/24"
SHARED: dict[str, Any] = {
    "onDelete": "retain",
    "deletionProtection": False,
    "password": {"source": "generated"},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("retain") / "shop")
    config = {
        "aws:region": "us-east-1",
        "dbstack:stack": {
            "environment": "dev",
            "network": {"vpcCidr": "10.10.0.0/16", "availabilityZones": 2},
            "databases": {
                "app": {
                    "engine": "postgres",
                    "engineVersion": "17",
                    "instanceClass": "db.t3.medium",
                    "access": {"fromCidrs": [OFFICE]},
                    **SHARED,
                }
            },
            "clusters": {
                "orders": {
                    "engine": "aurora-postgresql",
                    "engineVersion": "16.6",
                    "instanceClass": "db.r6g.large",
                    "endpoints": {"reports": {}},
                    **SHARED,
                }
            },
        },
    }
    (project.folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
    yield project
    project.stop()


def sources(project: Project, group: str) -> set[str]:
    """What a security group lets in, by block or by group."""
    found = project.client("ec2").describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )
    return {
        rule.get("CidrIpv4") or rule["ReferencedGroupInfo"]["GroupId"]
        for rule in found["SecurityGroupRules"]
        if not rule["IsEgress"]
    }


def test_down_leaves_the_database_and_what_it_needs(project: Project) -> None:
    project.up("dev").ok()
    project.preview_shows_no_change("dev")
    rds, secrets = project.client("rds"), project.client("secretsmanager")
    [instance] = [
        one for one in rds.describe_db_instances()["DBInstances"] if "DBClusterIdentifier" not in one
    ]
    [cluster] = rds.describe_db_clusters()["DBClusters"]
    groups = [one["VpcSecurityGroups"][0]["VpcSecurityGroupId"] for one in (instance, cluster)]
    assert OFFICE in sources(project, groups[0])
    before = {secret["ARN"] for secret in secrets.list_secrets()["SecretList"]}
    assert len(before) == 2
    values = {arn: secrets.get_secret_value(SecretId=arn)["SecretString"] for arn in before}
    logs = project.client("logs").describe_log_groups(logGroupNamePrefix="/aws/rds/")["logGroups"]
    assert logs

    # A source that leaves is shut out though the group is one that stays.
    project.edit("dev", access={"fromCidrs": []})
    project.up("dev").ok()
    [application] = sources(project, groups[0])

    project.pulumi("destroy", "--stack", "dev", "--yes").ok()
    assert project.export("dev")["deployment"].get("resources", []) == []

    kept = rds.describe_db_instances(DBInstanceIdentifier=instance["DBInstanceIdentifier"])["DBInstances"][0]
    assert [one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]] == [
        cluster["DBClusterIdentifier"]
    ]
    members = {one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]}
    assert {one["DBInstanceIdentifier"] for one in cluster["DBClusterMembers"]} <= members
    custom = rds.describe_db_cluster_endpoints(DBClusterIdentifier=cluster["DBClusterIdentifier"])
    assert "CUSTOM" in {one["EndpointType"] for one in custom["DBClusterEndpoints"]}
    for name in (kept["DBSubnetGroup"]["DBSubnetGroupName"], cluster["DBSubnetGroup"]):
        assert rds.describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
    parameters = kept["DBParameterGroups"][0]["DBParameterGroupName"]
    assert rds.describe_db_parameter_groups(DBParameterGroupName=parameters)["DBParameterGroups"]
    shared = cluster["DBClusterParameterGroup"]
    assert rds.describe_db_cluster_parameter_groups(DBClusterParameterGroupName=shared)
    assert {arn: secrets.get_secret_value(SecretId=arn)["SecretString"] for arn in before} == values
    assert not any("DeletedDate" in one for one in secrets.list_secrets()["SecretList"])
    assert [sources(project, group) for group in groups] == [{application}, {application}]
    role = kept["MonitoringRoleArn"].rpartition("/")[2]
    attached = project.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == ["AmazonRDSEnhancedMonitoringRole"]
    assert project.client("logs").describe_log_groups(logGroupNamePrefix="/aws/rds/")["logGroups"] == logs
    # The network that they stand in.
    ec2 = project.client("ec2")
    subnets = [one["SubnetIdentifier"] for one in kept["DBSubnetGroup"]["Subnets"]]
    assert len(ec2.describe_subnets(SubnetIds=subnets)["Subnets"]) == 2
    assert ec2.describe_security_groups(GroupIds=[application])["SecurityGroups"]
