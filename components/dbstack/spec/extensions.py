"""Extensions of a PostgreSQL: their names, and which of them the server has to load when it starts.

Sources: [UG] Appendix.PostgreSQL.CommonDBATasks.Extensions (RDS preloads pg_stat_statements), PostgreSQL_pg_cron,
Appendix.PostgreSQL.CommonDBATasks.pgaudit, PostgreSQL_trusted_language_extension-setting-up; the pages of each module
in the PostgreSQL manual and of each project. Which extensions there are only the server knows.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from dbstack.spec.view import Faults, View, check_each

FIELD = "extensions"
LIBRARIES = "shared_preload_libraries"
RDS_PRELOADS = "pg_stat_statements"
"""What RDS loads where nothing is said."""
PRELOADED = frozenset(
    {
        *("anon", "auto_explain", "pg_cron", "pg_hint_plan", "pg_stat_statements", "pg_tle", "pgaudit"),
        *("pglogical", "plrust", "timescaledb"),
    }
)
"""Those of no use, or not to be made, unless the server has loaded them."""
_MODULES = frozenset({"auto_explain"})
"""A library alone: there is nothing to create."""
ONE_DATABASE = frozenset({"pg_cron"})
"""Those that one database of a server can have."""
_CRON, _CRON_DATABASE = "pg_cron", "cron.database_name"
_NAME = re.compile(r"[a-z_][a-z0-9_-]*", re.ASCII)
# PostgreSQL cuts longer names off (NAMEDATALEN).
_LONGEST = 63


def created(extensions: Sequence[str]) -> tuple[str, ...]:
    """Those that `create extension` makes."""
    return tuple(name for name in extensions if name not in _MODULES)


def preloaded(extensions: Sequence[str]) -> tuple[str, ...]:
    """The libraries that they need loaded."""
    return tuple(name for name in extensions if name in PRELOADED)


def with_libraries(wanted: Iterable[str], given: Mapping[str, str]) -> str:
    """`shared_preload_libraries` with those that are wanted beside those that are `given`, or RDS's own."""
    libraries = [name.strip() for name in given.get(LIBRARIES, RDS_PRELOADS).split(",")]
    return ",".join([*libraries, *(name for name in wanted if name not in libraries)])


def extension_parameters(
    extensions: Sequence[str], given: Mapping[str, str], database: str = ""
) -> dict[str, str]:
    """Parameters by name that they need beside the `given` ones; `database` is the one that they are made in."""
    found: dict[str, str] = {}
    libraries = with_libraries(preloaded(extensions), given)
    if libraries != given.get(LIBRARIES, RDS_PRELOADS):
        found[LIBRARIES] = libraries
    # It can be made in the database of this parameter only.
    if _CRON in extensions and database and _CRON_DATABASE not in given:
        found[_CRON_DATABASE] = database
    return found


def check_extensions(view: View, faults: Faults) -> None:
    """`extensions` of a database: PostgreSQL's, well formed, none twice."""
    if not view.ok(FIELD):
        return
    at = view.at(FIELD)
    if view.ok("engine") and "postgres" not in str(view["engine"]):
        faults.add(at, f"only PostgreSQL has extensions, {view['engine']} has none: leave it out")
        return
    check_each(view[FIELD], at, extension_fault, faults)


def extension_fault(name: str) -> str | None:
    """Form of an extension's name."""
    if len(name) > _LONGEST:
        return f"{name!r} has {len(name)} characters: an extension's name has at most {_LONGEST}"
    if _NAME.fullmatch(name):
        return None
    return f"{name!r} is not an extension's name: write it as `select name from pg_available_extensions` shows it"
