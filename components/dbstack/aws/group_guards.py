"""A parameter or option group that would change unasked, as of an adopted database: refused in preview."""

import pulumi

from dbstack.aws.hooks import guard_hook
from dbstack.aws.version_guards import made_for_cluster, made_for_instance


def refuse_unasked_group_move(args: pulumi.ResourceHookArgs) -> None:
    """Fail the update where an instance would leave a group that dbstack didn't make, though nothing says so."""
    engine, before, after = _groups(args, "parameterGroupName")
    if before is None or before == after or made_for_instance(before, engine):
        return
    raise ValueError(_refusal(args.name, before))


def refuse_unasked_cluster_group_move(args: pulumi.ResourceHookArgs) -> None:
    """The same for a cluster, whose group bears the cluster's name and the family."""
    engine, before, after = _groups(args, "dbClusterParameterGroupName")
    if before is None or before == after:
        return
    old, new = made_for_cluster(before, engine), made_for_cluster(after or "", engine)
    # A name that isn't known yet can't tell whose the old one is.
    if old is not None and (new is None or old.group(1) == new.group(1)):
        return
    raise ValueError(_refusal(args.name, before))


def refuse_unasked_option_group_move(args: pulumi.ResourceHookArgs) -> None:
    """Fail the update where an instance would leave an option group that isn't dbstack's, though nothing says so."""
    engine, before, after = _groups(args, "optionGroupName")
    if (
        before is None
        or before == after
        or before.startswith("default:")
        or made_for_instance(before, engine)
    ):
        return
    raise ValueError(
        f"{args.name}: optionGroup isn't set, and this database uses {before}, which dbstack didn't make: it would "
        f"lose the options in it. To keep it write `optionGroup: {{name: {before}}}`; to consent write `optionGroup: "
        "{options: [...]}` with the options that are to stay, or `{name: "
        + (after or "default:...")
        + "}` for none"
    )


def _groups(args: pulumi.ResourceHookArgs, key: str) -> tuple[str, str | None, str | None]:
    old, new, outputs = args.old_inputs or {}, args.new_inputs or {}, args.old_outputs or {}
    # A replica's engine is its source's: only what AWS told has it.
    engine = new.get("engine") or outputs.get("engine")
    before, after = outputs.get(key) or old.get(key), new.get(key)
    return (
        str(engine),
        before if isinstance(before, str) and before else None,
        after if isinstance(after, str) else None,
    )


def _refusal(name: str, before: str) -> str:
    keep = "{engineDefault: true}" if before.startswith("default.") else f"{{name: {before}}}"
    return (
        f"{name}: parameterGroup isn't set, and this database uses {before}, which dbstack didn't make: it would get a "
        "new group with dbstack's parameters (TLS forced, among them), and lose those of the old one at its next "
        f"restart. To keep it write `parameterGroup: {keep}`; to consent write `parameterGroup: {{parameters: {{}}}}`, "
        "with the parameters in it that are to stay"
    )


def group_guard() -> pulumi.ResourceHook:
    """For an instance or a replica whose group was left to the default."""
    return guard_hook("dbstack-refuse-unasked-group-move", refuse_unasked_group_move)


def option_group_guard() -> pulumi.ResourceHook:
    """For an instance whose option group was left to the default."""
    return guard_hook("dbstack-refuse-unasked-option-group-move", refuse_unasked_option_group_move)


def cluster_group_guard() -> pulumi.ResourceHook:
    """For a cluster whose group was left to the default."""
    return guard_hook("dbstack-refuse-unasked-cluster-group-move", refuse_unasked_cluster_group_move)
