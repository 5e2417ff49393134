"""Parts that more than one plan has: what happens on deletion, who may connect."""

from dbstack.spec.model import AccessSpec, DeletionSpec
from dbstack.spec.types import OnDelete
from dbstack.spec.view import View


def deletion_spec(view: View, *, final_snapshot: bool) -> DeletionSpec:
    """What `on_delete` and `deletion_protection` come to; without `final_snapshot` there are no data of its own."""
    on_delete: OnDelete = view["on_delete"]
    protected: bool | None = view.get("deletion_protection")
    return DeletionSpec(
        on_delete=on_delete,
        protected=on_delete is not OnDelete.DESTROY if protected is None else protected,
        final_snapshot=final_snapshot and on_delete is not OnDelete.DESTROY,
        retain=on_delete is OnDelete.RETAIN,
    )


def access_spec(view: View, has_application: bool) -> AccessSpec:
    """Who may connect; the application group is let in where there is one, unless said otherwise."""
    wanted: bool | None = view.get("from_application")
    adopted = "security_group_ids" in view.given
    return AccessSpec(
        adopted=adopted,
        from_application=has_application and not adopted if wanted is None else wanted,
        from_cidrs=tuple(view["from_cidrs"]),
        egress=view["egress"],
    )
