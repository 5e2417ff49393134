"""A database that is renamed while replicas follow it.

RDS keeps them on it [UG USER_RenameInstance], but their source has another name then, and AWS's provider takes that for
another source, which it refuses half-way ("cannot elect new source database for replication"). So a replica of a
database that this very deployment renames keeps the name that it knows; what RDS says of it is right from its next
reading on.
"""

import pulumi

_SOURCE = "replicateSourceDb"


class Renames:
    """The instances that get another identifier in one deployment."""

    def __init__(self) -> None:
        self._new: set[str] = set()

    def note(self, args: pulumi.ResourceHookArgs) -> None:
        """An instance is updated: remember its new name, if it has one. The engine says so before the replicas come."""
        before = _name(
            (args.old_outputs or {}).get("identifier") or (args.old_inputs or {}).get("identifier")
        )
        after = _name((args.new_inputs or {}).get("identifier"))
        if before and after and before != after:
            self._new.add(after)

    async def keep_source(self, args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        """The transform of a replica: the other name of a renamed source is no change. A new replica takes it."""
        if not self._new:
            return None
        source = await pulumi.Output.from_input(args.props.get(_SOURCE)).future()
        if _name(source) not in self._new:
            return None
        ignored = [*(args.opts.ignore_changes or []), _SOURCE]
        args.opts.ignore_changes = ignored
        return pulumi.ResourceTransformResult(args.props, args.opts)


def _name(value: object) -> str:
    """The identifier, also of an ARN, as RDS keeps it."""
    return value.rpartition(":")[2].lower() if isinstance(value, str) else ""
