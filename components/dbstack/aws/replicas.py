"""The read replicas of a `Database`, each where it belongs: beside its source, or in a region of its own.

Resources of another region carry `region`, which pulumi-aws has on each since version 7, so that one provider serves
them all; an explicit provider for each region would be another process of some hundred megabytes, and would have to
repeat the credentials, default tags and endpoints of the caller's
(https://www.pulumi.com/registry/packages/aws/how-to-guides/aws-enhanced-region-support).
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

import pulumi
import pulumi_aws as aws

from dbstack.aws.groups import make_parameter_group
from dbstack.aws.monitoring import Watching
from dbstack.aws.replica import make_replica
from dbstack.aws.security_group import let_in
from dbstack.aws.subnet_group import place
from dbstack.common.children import Children
from dbstack.spec.model import DatabaseSpec, GroupSpec, Names, ReplicaSpec
from dbstack.spec.monitoring import replica_monitoring, watched_elsewhere
from dbstack.spec.types import AccessArgs, DatabaseArgs, MonitoringArgs, PlacementArgs, ReplicaSettings


class _Source(NamedTuple):
    """What the next replica in a chain takes over."""

    instance: "aws.rds.Instance"
    groups: Sequence[pulumi.Input[str]]
    network: PlacementArgs
    group_chosen: bool
    """Whether the parameter group is one that the program says."""


def make_replicas(
    name: str,
    names: Names,
    spec: DatabaseSpec,
    args: DatabaseArgs,
    writer: "aws.rds.Instance",
    groups: Sequence[pulumi.Input[str]],
    suffix: pulumi.Output[str],
    watching: Watching,
    children: Children,
) -> "dict[str, aws.rds.Instance]":
    """Every replica by key, as children of the component that `children` makes for."""
    given = args.get("replicas", {})
    made: dict[str | None, _Source] = {
        None: _Source(
            writer,
            groups,
            args.get("network", {"vpc_id": ""}),
            "parameter_group" in args or children.transformed("parameter_group"),
        )
    }
    for replica in spec.replicas:
        settings, source = given[replica.key], made[replica.source]
        network = settings.get("network", source.network)
        groups = source.groups
        if replica.own_access:
            groups = _groups(f"{name}-{replica.key}", names, replica, settings, args, network, children)
        subnets = None
        if replica.across_regions:
            subnets = place(
                f"{name}-{replica.key}-subnets",
                GroupSpec(f"{spec.instance.base_name}-{_slug(replica.key)}", replica.tags),
                network,
                children,
                retain=replica.deletion.retain,
                region=replica.region,
            )
        # Said, though RDS gives a replica its source's group: in a major upgrade the old one must come out of use.
        parameters: pulumi.Input[str] = source.instance.parameter_group_name
        group_chosen = "parameter_group" in settings or source.group_chosen
        if replica.parameter_group is not None:
            parameters = make_parameter_group(
                f"{name}-{replica.key}",
                replica.parameter_group,
                replica.deletion,
                replica.tags,
                children,
                replica.region,
            )
        instance = make_replica(
            f"{name}-{replica.key}",
            replica,
            source.instance.arn if replica.across_regions else source.instance.identifier,
            groups,
            children,
            suffix=suffix,
            watching=watching,
            monitoring_args=_monitoring(args, settings, replica),
            subnet_group_name=subnets,
            parameter_group_name=parameters,
            kms_key_id=settings.get("kms_key_id"),
            group_chosen=group_chosen,
            after=source.instance,
        )
        made[replica.key] = _Source(instance, groups, network, group_chosen)
    return {replica.key: made[replica.key].instance for replica in spec.replicas}


def _monitoring(args: DatabaseArgs, settings: ReplicaSettings, replica: ReplicaSpec) -> MonitoringArgs:
    """The replica's references over the database's; keys and topics of another region can't serve it."""
    inherited = watched_elsewhere(args.get("monitoring", {}), replica.across_regions or bool(replica.region))
    return cast(MonitoringArgs, replica_monitoring(inherited, settings.get("monitoring", {})))


def _groups(
    name: str,
    names: Names,
    replica: ReplicaSpec,
    settings: ReplicaSettings,
    args: DatabaseArgs,
    network: PlacementArgs,
    children: Children,
) -> list[pulumi.Input[str]]:
    """Security groups of the replica's own, since it stands elsewhere, listens elsewhere or lets others in."""
    # Groups and lists of another region can't be let in, so those of the database count at home only.
    database = AccessArgs() if replica.region else args.get("access", {})
    inherited: AccessArgs = {
        "from_security_groups": database.get("from_security_groups", []),
        "from_prefix_lists": database.get("from_prefix_lists", []),
    }
    physical = f"{names.physical}-{_slug(replica.key)}-access"
    return let_in(
        f"{name}-access",
        GroupSpec(physical, {**replica.tags, "Name": f"{replica.identifier}-access"}),
        replica.access,
        children,
        access={**inherited, **settings.get("access", {})},
        network=network,
        port=replica.port or 0,
        retain=replica.deletion.retain,
        region=replica.region,
    )


def _slug(key: str) -> str:
    return key.lower().replace("_", "-")
