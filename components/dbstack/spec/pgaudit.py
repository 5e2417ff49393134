"""Session auditing by pgaudit: the parameters that a word of `parameter_group` stands for.

Source: [UG] Appendix.PostgreSQL.CommonDBATasks.pgaudit. A migration makes the extension: `create extension pgaudit`.
"""

from collections.abc import Mapping, Sequence

from dbstack.spec.extensions import LIBRARIES, with_libraries
from dbstack.spec.view import Faults, View

FIELD = "pgaudit"
_LOG = "pgaudit.log"


def pgaudit_parameters(classes: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """By name: the library beside those that are `given` or RDS's own, and what is logged."""
    return {LIBRARIES: with_libraries([FIELD], given), _LOG: ",".join(str(name) for name in classes)}


def check_pgaudit(group: View, engine: str | None, faults: Faults) -> None:
    """Only a group that dbstack makes for a PostgreSQL, and nothing said twice."""
    if not group.ok(FIELD):
        return
    at, spell = group.at(FIELD), group.path.naming.spell
    if engine is not None and "postgres" not in engine:
        faults.add(at, "only PostgreSQL has pgaudit: leave it out")
    for name in ("name", "engine_default"):
        if group.get(name):
            faults.add(
                at,
                f"{spell(name)} uses a group that dbstack doesn't make: set it there, or leave {spell(name)} out",
            )
    if not group[FIELD]:
        faults.add(at, "is empty: name classes of statements, e.g. [ddl, role], or leave it out")
    if _LOG in (group.get("parameters") or {}):
        faults.add(group.at("parameters").key(_LOG), f"{spell(FIELD)} says it already: leave one out")
