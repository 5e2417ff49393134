"""What a DB cluster is made from: the rules of `restore_from`, and of a moment.

Sources: [API] RestoreDBClusterFromSnapshot and RestoreDBClusterToPointInTime (botocore 1.44.5).
"""

import re

from dbstack.spec.restored import one_of, refuse_moments, refuse_sources_own
from dbstack.spec.s3_import import FIELD, check_import, is_imported
from dbstack.spec.types import RestoreType
from dbstack.spec.view import Faults, View

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_SNAPSHOT = "snapshot_identifier"
_SOURCES = (_SNAPSHOT, "source_cluster_identifier", FIELD)


def check_cluster_restore_from(view: View, faults: Faults) -> None:
    """`restore_from` of a cluster: one source, and nothing that the source decides."""
    if "restore_from" in view.bad:
        return
    origin = view.sub("restore_from")
    one_of(origin, _SOURCES, "source", faults)
    if is_imported(view):
        refuse_moments(origin, ("restore_to_time",), faults)
        check_import(view, "aurora-mysql", faults)
        return
    if origin.get(_SNAPSHOT) is not None:
        refuse_moments(origin, ("restore_to_time",), faults)
        if origin.get("restore_type") is not None:
            faults.add(
                origin.at("restore_type"), "a snapshot is restored whole: leave this or the snapshot out"
            )
    else:
        check_moment(origin, faults)
    refuse_sources_own(view, ("database_name", "username"), faults)


def check_moment(view: View, faults: Faults) -> None:
    """The moment that a cluster is restored to: of a clone it is always the latest."""
    view.check(faults, "restore_to_time", _moment_fault)
    if view.ok("restore_to_time", "restore_type") and view["restore_type"] is RestoreType.COPY_ON_WRITE:
        faults.add(
            view.at("restore_to_time"), "a clone is always of the latest state: leave one of the two out"
        )


def _moment_fault(text: str) -> str | None:
    return None if _MOMENT.fullmatch(text) else f"{text!r} is no moment: write 2026-01-31T23:45:00Z, in UTC"
