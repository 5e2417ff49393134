"""What `on_delete` means to Pulumi: the options of a database, of what it needs, and of what stands on that."""

import pulumi

from dbstack.spec.model import DeletionSpec


def data_options(deletion: DeletionSpec) -> pulumi.ResourceOptions:
    """Of an instance, a replica or a cluster, or of what else holds data."""
    return pulumi.ResourceOptions(
        protect=True if deletion.protected else None,
        retain_on_delete=True if deletion.retain else None,
    )


def needed_options(retain: bool, with_: pulumi.Resource | None = None) -> pulumi.ResourceOptions:
    """Of what a database that is retained can't go on without.

    Taken out of the program by itself it goes all the same, where `with_` says what it stands on: a rule that stayed
    would let somebody in for ever. Together with that it stays. Without `with_` it stays whenever it leaves.
    """
    if not retain:
        return pulumi.ResourceOptions()
    if with_ is None:
        return pulumi.ResourceOptions(retain_on_delete=True)
    return pulumi.ResourceOptions(deleted_with=with_)
