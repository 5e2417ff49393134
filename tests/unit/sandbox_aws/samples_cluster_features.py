"""Samples of what can be added to a database: roles, activity streams, shards; see samples.py."""

from typing import Any

from tests.unit.sandbox_aws.sample import ROLE, Sample, TypeSamples, rds_tags
from tests.unit.sandbox_aws.samples_clusters import cluster


def _role_of(call: str, key: str, member: str) -> Any:
    def look(aws: Any, resource_id: str) -> Any:
        owner, _, arn = resource_id.partition(",")
        found = getattr(aws.client("rds"), call)(**{member: owner})[key][0]
        return next({**role, member: owner} for role in found["AssociatedRoles"] if role["RoleArn"] == arn)

    return look


def _active(aws: Any) -> str:
    """ARN of a new cluster with an instance."""
    name = aws.make("aws:rds/cluster:Cluster", cluster(aws))[0]
    member = {"identifier": aws.unique("m"), "clusterIdentifier": name, "engine": "aurora-postgresql"}
    aws.make("aws:rds/clusterInstance:ClusterInstance", {**member, "instanceClass": "db.r6g.large"})
    aws.ids["last active"] = _cluster(aws, name)["DBClusterArn"]
    return aws.ids["last active"]


def _sharded(aws: Any) -> str:
    """A new cluster that has room for shards."""
    sharded = {"clusterScalabilityType": "limitless", "engineMode": "", "engineVersion": "16.9-limitless"}
    return aws.make("aws:rds/cluster:Cluster", {**cluster(aws), **sharded})[0]


def _cluster(aws: Any, name: str) -> Any:
    return aws.client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]


def _global(aws: Any, name: str) -> Any:
    return aws.client("rds").describe_global_clusters(GlobalClusterIdentifier=name)["GlobalClusters"][0]


def _share(aws: Any, arn: str) -> Any:
    found = aws.client("ram").get_resource_shares(resourceOwner="SELF", resourceShareArns=[arn])
    return found["resourceShares"][0]


def _association(kind: str) -> Any:
    def look(aws: Any, resource_id: str) -> Any:
        share, _, entity = resource_id.partition(",")
        call = aws.client("ram").get_resource_share_associations
        found = call(associationType=kind, resourceShareArns=[share])["resourceShareAssociations"]
        return next(one for one in found if one["associatedEntity"] == entity)

    return look


def _new_share(aws: Any) -> str:
    return aws.make("aws:ram/resourceShare:ResourceShare", {"name": aws.unique("share")})[0]


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
    "aws:rds/clusterActivityStream:ClusterActivityStream": TypeSamples(
        lambda aws: {"resourceArn": _active(aws), "kmsKeyId": aws.ids["key"], "mode": "async"},
        _cluster,
        lambda ids: {
            "resourceArn": Sample(ids["active"], look=lambda _aws, _id, found: found["DBClusterArn"]),
            "kmsKeyId": Sample(ids["key2"], "ActivityStreamKmsKeyId"),
            "mode": Sample("sync", "ActivityStreamMode"),
        },
    ),
    "aws:rds/globalCluster:GlobalCluster": TypeSamples(
        lambda aws: {
            "globalClusterIdentifier": aws.unique("world"),
            "engine": "aurora-postgresql",
            "engineVersion": "16.8",
        },
        _global,
        lambda ids: {
            "globalClusterIdentifier": Sample("named-world", "GlobalClusterIdentifier"),
            "engine": Sample("aurora-mysql", "Engine", beside={"engineVersion": "8.0.mysql_aurora.3.08.0"}),
            "engineVersion": Sample("16.9", "EngineVersion"),
            "engineLifecycleSupport": Sample(
                "open-source-rds-extended-support-disabled",
                "EngineLifecycleSupport",
                create_only="ModifyGlobalCluster does not take it",
            ),
            "databaseName": Sample("app", "DatabaseName"),
            "storageEncrypted": Sample(True, "StorageEncrypted"),
            "deletionProtection": Sample(True, "DeletionProtection"),
            **rds_tags("GlobalClusterArn"),
        },
    ),
    "aws:ram/resourceShare:ResourceShare": TypeSamples(
        lambda aws: {"name": aws.unique("share")},
        _share,
        lambda ids: {
            "name": Sample("named-share", "name"),
            "allowExternalPrincipals": Sample(True, "allowExternalPrincipals"),
            "tags": Sample(
                {"Name": "x"},
                look=lambda _aws, _id, found: {tag["key"]: tag["value"] for tag in found["tags"]},
            ),
        },
    ),
    "aws:ram/resourceAssociation:ResourceAssociation": TypeSamples(
        lambda aws: {"resourceShareArn": _new_share(aws), "resourceArn": aws.ids["active"]},
        _association("RESOURCE"),
        lambda ids: {
            "resourceShareArn": Sample(ids["share"], "resourceShareArn"),
            "resourceArn": Sample(ids["active2"], "associatedEntity"),
        },
    ),
    "aws:ram/principalAssociation:PrincipalAssociation": TypeSamples(
        lambda aws: {"resourceShareArn": _new_share(aws), "principal": "111111111111"},
        _association("PRINCIPAL"),
        lambda ids: {
            "resourceShareArn": Sample(ids["share"], "resourceShareArn"),
            "principal": Sample("222222222222", "associatedEntity"),
        },
    ),
    "aws:rds/shardGroup:ShardGroup": TypeSamples(
        lambda aws: {
            "dbClusterIdentifier": _sharded(aws),
            "dbShardGroupIdentifier": aws.unique("shards"),
            "maxAcu": 64,
        },
        lambda aws, found: aws.client("rds").describe_db_shard_groups(DBShardGroupIdentifier=found)[
            "DBShardGroups"
        ][0],
        lambda ids: {
            "dbClusterIdentifier": Sample(ids["sharded"], "DBClusterIdentifier"),
            "dbShardGroupIdentifier": Sample("named-shards", "DBShardGroupIdentifier"),
            "maxAcu": Sample(128, "MaxACU"),
            "minAcu": Sample(32, "MinACU"),
            "computeRedundancy": Sample(1, "ComputeRedundancy"),
            "publiclyAccessible": Sample(True, "PubliclyAccessible"),
            **rds_tags("DBShardGroupArn"),
        },
    ),
}


def fill_features(aws: Any) -> None:
    """Clusters that a stream, or a shard group, can move to."""
    aws.ids["active"], aws.ids["sharded"] = _active(aws), _sharded(aws)
    aws.ids["active2"], aws.ids["share"] = _active(aws), _new_share(aws)
    world = {"globalClusterIdentifier": "world", "engine": "aurora-postgresql", "engineVersion": "16.8"}
    aws.ids["world"] = aws.make("aws:rds/globalCluster:GlobalCluster", world)[0]
