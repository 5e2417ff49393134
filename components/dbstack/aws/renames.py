"""A database that is renamed while replicas follow it.

RDS keeps them on it [UG USER_RenameInstance], but their source has another name then, and AWS's provider takes that for
another source, which it refuses half-way ("cannot elect new source database for replication"). So a replica of a
database that this very deployment renames keeps the name that it knows; what RDS says of it is right from its next
reading on.

And one that would be renamed back: an alias or `named_after` of its component keeps the name that it had in AWS. Where
it has its new one there already (`identifier` or `named_after` said so once, and were taken out again), the alias that
stayed in the program would mean an unwanted rename: a reboot and another host name.
"""

import pulumi

_SOURCE = "replicateSourceDb"


class Renames:
    """The instances that get another identifier in one deployment."""

    def __init__(self) -> None:
        self._new: set[str] = set()
        self._former: dict[str, str] = {}

    def keep(self, known: str, own: str) -> None:
        """AWS is thought to know an instance as `known`; by the name of its component in the program it were `own`."""
        if known != own:
            self._former[_name(known)] = _name(own)

    def note(self, args: pulumi.ResourceHookArgs) -> None:
        """An instance is updated: remember its new name, if it has one. The engine says so before the replicas come.

        Raises ValueError where that is the name from before the component was renamed, and AWS has the later one.
        """
        before = _name(
            (args.old_outputs or {}).get("identifier") or (args.old_inputs or {}).get("identifier")
        )
        after = _name((args.new_inputs or {}).get("identifier"))
        if not before or not after or before == after:
            return
        if before == self._former.get(after):
            raise ValueError(
                f"{args.name}: identifier: {before} would be renamed back to {after}, the name from before its "
                "component was renamed, to which an alias or `named_after` leads. To keep it set `identifier` to "
                f"{before}; where that changes what stands beside it (its secret, its groups), take the alias out "
                f'instead, or write `named_after="{args.name}"`. To have it renamed back set `identifier` to {after}'
            )
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
