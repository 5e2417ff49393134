"""Samples of what can be added to a database: roles, see samples.py."""

from typing import Any

from tests.unit.sandbox_aws.sample import ROLE, Sample, TypeSamples


def _role_of(call: str, key: str, member: str) -> Any:
    def look(aws: Any, resource_id: str) -> Any:
        owner, _, arn = resource_id.partition(",")
        found = getattr(aws.client("rds"), call)(**{member: owner})[key][0]
        return next({**role, member: owner} for role in found["AssociatedRoles"] if role["RoleArn"] == arn)

    return look


FEATURE_SAMPLES: dict[str, TypeSamples] = {
    "aws:rds/roleAssociation:RoleAssociation": TypeSamples(
        lambda aws: {
            "dbInstanceIdentifier": "source",
            "featureName": "s3Import",
            "roleArn": f"{ROLE}-{aws.unique('r')}",
        },
        _role_of("describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
        lambda ids: {
            "dbInstanceIdentifier": Sample("source2", "DBInstanceIdentifier"),
            "featureName": Sample("Lambda", "FeatureName"),
            "roleArn": Sample(f"{ROLE}-other", "RoleArn"),
        },
    ),
    "aws:rds/clusterRoleAssociation:ClusterRoleAssociation": TypeSamples(
        lambda aws: {
            "dbClusterIdentifier": "aurora",
            "featureName": "s3Import",
            "roleArn": f"{ROLE}-{aws.unique('r')}",
        },
        _role_of("describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
        lambda ids: {
            "dbClusterIdentifier": Sample("aurora2", "DBClusterIdentifier"),
            "featureName": Sample("Bedrock", "FeatureName"),
            "roleArn": Sample(f"{ROLE}-other", "RoleArn"),
        },
    ),
}
