"""`DatabaseSubnetGroup`: the subnets that a database may stand in."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from dbstack.aws.deletion import needed_options
from dbstack.common.children import Children, Transforms, names_for, register_declared
from dbstack.spec.model import GroupSpec
from dbstack.spec.plan import plan_subnet_group
from dbstack.spec.types import DatabaseSubnetGroupArgs, PlacementArgs

ROLES = ("subnet_group",)


class DatabaseSubnetGroup(pulumi.ComponentResource):
    """A DB subnet group over private subnets in at least two zones.

    Raises SpecError before anything is created: fewer than two subnets, one twice, a name that AWS refuses.
    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
    """

    group_name: pulumi.Output[str]
    """Name of the DB subnet group."""

    def __init__(
        self,
        name: str,
        args: DatabaseSubnetGroupArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transform: Transforms | None = None,
    ) -> None:
        spec = plan_subnet_group(args, names_for(name))
        super().__init__("dbstack:index:DatabaseSubnetGroup", name, {}, opts)
        group = make_subnet_group(name, spec, args["subnet_ids"], Children(self, transform, ROLES))
        self.group_name = group.name
        register_declared(self)


def make_subnet_group(
    name: str,
    spec: GroupSpec,
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    children: Children,
    region: str | None = None,
    retain: bool = False,
) -> "aws.rds.SubnetGroup":
    """The group as a child of the component that `children` makes for.

    `region` where it isn't the provider's; `retain` where a database that stays stands in it.
    """
    return children.make(
        "subnet_group",
        aws.rds.SubnetGroup,
        name,
        {
            "name": spec.name,
            # Fixed text: a changed description would replace the group.
            "description": "Private subnets of the database",
            "subnet_ids": subnet_ids,
            "region": region,
            "tags": dict(spec.tags),
        },
        needed_options(retain),
    )


def place(
    name: str,
    spec: GroupSpec,
    network: PlacementArgs,
    children: Children,
    *,
    retain: bool,
    region: str | None = None,
) -> pulumi.Input[str]:
    """Name of the subnet group of a placement: the adopted one, else one that is made."""
    if "subnet_group_name" in network:
        return network["subnet_group_name"]
    return make_subnet_group(name, spec, network.get("subnet_ids", []), children, region, retain).name
