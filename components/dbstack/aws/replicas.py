"""The read replicas of a `Database`, each where it belongs: beside its source, or in a region of its own.

Resources of another region carry `region`, which pulumi-aws has on each since version 7, so that one provider serves
them all; an explicit provider for each region would be another process of some hundred megabytes, and would have to
repeat the credentials, default tags and endpoints of the caller's
(https://www.pulumi.com/registry/packages/aws/how-to-guides/aws-enhanced-region-support).
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from dbstack.aws.children import Children
from dbstack.aws.replica import make_replica
from dbstack.aws.security_group import make_security_group
from dbstack.aws.subnet_group import make_subnet_group
from dbstack.spec.model import DatabaseSpec, GroupSpec, Names, ReplicaSpec
from dbstack.spec.types import DatabaseArgs, PlacementArgs, ReplicaSettings


@dataclass(frozen=True)
class _Source:
    """What the next replica in a chain takes over."""

    instance: "aws.rds.Instance"
    firewall: "aws.ec2.SecurityGroup"
    network: PlacementArgs


def make_replicas(
    name: str,
    names: Names,
    spec: DatabaseSpec,
    args: DatabaseArgs,
    writer: "aws.rds.Instance",
    firewall: "aws.ec2.SecurityGroup",
    suffix: pulumi.Output[str],
    children: Children,
) -> "dict[str, aws.rds.Instance]":
    """Every replica by key, as children of the component that `children` makes for."""
    given = args.get("replicas", {})
    made: dict[str | None, _Source] = {None: _Source(writer, firewall, args["network"])}
    for replica in spec.replicas:
        settings, source = given[replica.key], made[replica.source]
        network = settings.get("network", source.network)
        group = source.firewall
        if replica.own_access:
            group = _firewall(f"{name}-{replica.key}", names, replica, settings, args, network, children)
        subnets = None
        if replica.across_regions:
            subnets = make_subnet_group(
                f"{name}-{replica.key}-subnets",
                GroupSpec(f"{spec.instance.base_name}-{_slug(replica.key)}", replica.tags),
                network["subnet_ids"],
                children,
                replica.region,
            )
        instance = make_replica(
            f"{name}-{replica.key}",
            replica,
            source.instance.arn if replica.across_regions else source.instance.identifier,
            [group.id],
            children,
            suffix=suffix,
            subnet_group_name=subnets.name if subnets else None,
            kms_key_id=settings.get("kms_key_id"),
        )
        made[replica.key] = _Source(instance, group, network)
    return {replica.key: made[replica.key].instance for replica in spec.replicas}


def _firewall(
    name: str,
    names: Names,
    replica: ReplicaSpec,
    settings: ReplicaSettings,
    args: DatabaseArgs,
    network: PlacementArgs,
    children: Children,
) -> "aws.ec2.SecurityGroup":
    """A security group of the replica's own, since it stands elsewhere, listens elsewhere or lets others in."""
    # Groups of another region can't be let in, so those of the database count at home only.
    inherited = [] if replica.region else args.get("access", {}).get("from_security_groups", [])
    physical = f"{names.physical}-{_slug(replica.key)}-access"
    return make_security_group(
        f"{name}-access",
        GroupSpec(physical, {**replica.tags, "Name": f"{replica.identifier}-access"}),
        replica.access,
        children,
        vpc_id=network["vpc_id"],
        port=replica.port or 0,
        application=network.get("application_security_group_id"),
        groups=settings.get("access", {}).get("from_security_groups", inherited),
        region=replica.region,
    )


def _slug(key: str) -> str:
    return key.lower().replace("_", "-")
