"""A protected database that was deleted outside the program is not silently made anew, empty.

`pulumi refresh` drops a deleted database from the state, protected or not, and the next deployment would make an empty
one under its name. So a marker (`pulumi.Stash`, which lives in the state alone) remembers RDS's own id of the database.
It is still there when the database is not, and its change is refused in the preview. So is the change that a
replacement of the database brings it: Pulumi refuses that too, but knows no way out except to take the protection off.

It remembers the size of a growing volume, too: AWS's provider takes a smaller size for one that autoscaling has left
behind, shows no difference and changes nothing, and the program would say a size that never comes.
"""

import pulumi

from dbstack.aws.hooks import guard_hook
from dbstack.common.children import Children

ROLES = ("marker",)
_SIZE = " GiB="


def refuse_empty_successor(args: pulumi.ResourceHookArgs) -> None:
    """The id goes from a known one to one that only a deployment can tell: another database would take its place."""
    name = args.name.removesuffix("-marker")
    before, after = (args.old_inputs or {}).get("input"), (args.new_inputs or {}).get("input")
    if not isinstance(before, str):
        return
    # A known new one is a database that was imported: restored, or brought back by other means.
    if isinstance(after, str):
        _refuse_smaller(name, before, after)
        return
    # A replacement looks the same from here: Pulumi tells no hook of it.
    raise ValueError(
        f"{name}: this protected database ({before.partition(_SIZE)[0]}) would be made anew, empty. If the preview "
        "replaces it, a property that can't be changed in place does that (those after `diff:`): set it back, or make "
        "a new database beside this one and copy the data. If the preview creates it, it was deleted outside this "
        "program, and deploying would make an empty one in its place: restore it from its final snapshot or its "
        "automated backups under the same identifier and import it (`pulumi import`; guide: adopting). To accept an "
        "empty database set deletionProtection: false, deploy, and set it back"
    )


def _refuse_smaller(name: str, before: str, after: str) -> None:
    old, new = (text.partition(_SIZE)[2] for text in (before, after))
    if old and new and int(new) < int(old):
        raise ValueError(
            f"{name}: storage.allocatedGib: {new} GiB is less than the {old} GiB that were asked for before, and RDS "
            f"can't shrink a volume; with maxAllocatedGib AWS's provider would ignore it. Set it back to {old}; to get "
            "a smaller volume make a new database beside this one, copy the data, and switch over"
        )


def remember(
    name: str,
    protected: bool,
    resource_id: pulumi.Output[str],
    children: Children,
    *,
    growing_gib: int | None = None,
) -> None:
    """Keep RDS's own id of a protected database (an instance or a cluster) in the state.

    `growing_gib` is the size that the program says of a volume that autoscaling grows; None: of another.
    """
    # Registered always: the engine looks for the hooks that the state names.
    hook = guard_hook("dbstack-refuse-empty-successor", refuse_empty_successor)
    if protected:
        kept = resource_id
        if growing_gib is not None:
            kept = pulumi.Output.concat(resource_id, f"{_SIZE}{growing_gib}")
        children.make(
            "marker",
            pulumi.Stash,
            f"{name}-marker",
            {"input": kept},
            pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_update=[hook])),
        )
