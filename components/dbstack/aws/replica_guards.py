"""What is refused about a read replica that became a database of its own, by the program or behind its back."""

import pulumi

from dbstack.aws.group_guards import group_guard
from dbstack.aws.guards import update_guard
from dbstack.aws.hooks import guard_hook
from dbstack.spec.model import ReplicaSpec
from dbstack.spec.types import OnDelete


def refuse_new_promoted(args: pulumi.ResourceHookArgs) -> None:
    """A promoted replica that would be made (anew) would be an empty database, or none at all."""
    raise ValueError(
        f"{args.name}: promoted: there is no replica to promote, and a replica that is promoted can't be made anew: "
        "its data would be gone. For a new replica leave `promoted` out, deploy, then promote it; for a promoted one "
        "undo the change that replaces it"
    )


def refuse_lost_replica(args: pulumi.ResourceHookArgs) -> None:
    """Deleted as a replica, without a final snapshot, what has no source any more is the only copy of its data."""
    outputs = args.old_outputs or {}
    if outputs.get("replicateSourceDb") or not outputs.get("skipFinalSnapshot"):
        return
    raise ValueError(
        f"{args.name}: this replica was promoted outside the program: it replicates from nothing, holds data of its "
        "own, and a replica is deleted without a final snapshot. Put it back with `promoted: true`, deploy, and delete "
        "it then: RDS takes a final snapshot first"
    )


def register_deletion_guard() -> pulumi.ResourceHook:
    """Pulumi looks a deletion's hook up by its name, so it must be there also when the last replica has left."""
    return guard_hook("dbstack-refuse-lost-replica", refuse_lost_replica)


def replica_guard(spec: ReplicaSpec, *, group_chosen: bool) -> pulumi.ResourceHookBinding:
    """The guards of a replica, as a binding; one more where its parameter group was left to the default."""
    binding = update_guard()
    if not group_chosen:
        binding.before_update = [*(binding.before_update or []), group_guard()]
    if spec.promoted:
        binding.before_create = [guard_hook("dbstack-refuse-new-promoted", refuse_new_promoted)]
    lost = register_deletion_guard()
    deletion = spec.deletion
    if not deletion.protected and deletion.on_delete is OnDelete.SNAPSHOT and not spec.promoted:
        # Bound only where a deletion is to be expected: with it, `pulumi destroy` must be run with --run-program.
        binding.before_delete = [lost]
    return binding
