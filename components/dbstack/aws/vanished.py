"""A protected database that was deleted outside the program is not silently made anew, empty.

`pulumi refresh` drops a deleted database from the state, protected or not, and the next deployment would make an empty
one under its name. So a marker (`pulumi.Stash`, which lives in the state alone) remembers RDS's own id of the database.
It is still there when the database is not, and its change is refused in the preview.
"""

import pulumi

from dbstack.aws.children import Children
from dbstack.aws.guards import guard_hook

ROLES = ("marker",)


def refuse_empty_successor(args: pulumi.ResourceHookArgs) -> None:
    """The id goes from a known one to one that only a deployment can tell: another database would take its place."""
    before, after = (args.old_inputs or {}).get("input"), (args.new_inputs or {}).get("input")
    # A known new one is a database that was imported: restored, or brought back by other means.
    if not isinstance(before, str) or isinstance(after, str):
        return
    name = args.name.removesuffix("-marker")
    raise ValueError(
        f"{name}: this protected database ({before}) is no longer in the state: it was deleted outside this program, "
        "and deploying would make an empty one in its place. Restore it from its final snapshot or its automated "
        f"backups under the same identifier and import it (`pulumi import`; guide: adopting). To accept an empty "
        "database set deletionProtection: false, deploy, and set it back"
    )


def remember(name: str, protected: bool, resource_id: pulumi.Output[str], children: Children) -> None:
    """Keep RDS's own id of a protected database (an instance or a cluster) in the state."""
    # Registered always: the engine looks for the hooks that the state names.
    hook = guard_hook("dbstack-refuse-empty-successor", refuse_empty_successor)
    if protected:
        children.make(
            "marker",
            pulumi.Stash,
            f"{name}-marker",
            {"input": resource_id},
            pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_update=[hook])),
        )
