"""The server's settings against the description's parameters."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dbstack.ops.inspect.model import Finding, Row
from dbstack.ops.inspect.probes import warning

NAME, TITLE = "settings", "Settings that differ from the description"
_SWITCH = {"1": "on", "true": "on", "yes": "on", "0": "off", "false": "off", "no": "off"}
# Set at RDS's own layer: PostgreSQL doesn't know them.
_RDS = ("rds.",)


def described(project: Path, stack: str, database: str) -> dict[str, str]:
    """The parameters that the stack's config gives a database, without those that only RDS knows or computes.

    None where the stack's file is faulty: that is `dbstack check`'s to tell.
    """
    from dbstack.config.files import database_settings, read_stack
    from dbstack.spec.errors import SpecError

    try:
        _, settings = read_stack(project, stack)
    except SpecError:
        return {}
    given: Mapping[str, str] = (
        database_settings(settings, database).get("parameter_group", {}).get("parameters", {})
    )
    return {name: text for name, text in given.items() if not name.startswith(_RDS) and "{" not in text}


def judge(rows: Sequence[Row], wanted: Mapping[str, str]) -> Iterable[Finding]:
    """What differs, and what waits for a restart."""
    for row in rows:
        name, unit = row["name"], row["unit"]
        if name in wanted and not same(str(row["setting"]), wanted[name]):
            found = f"{row['setting']} {unit}".strip()
            yield warning(
                f"{name} is {found}, and the description says {wanted[name]} (it comes from {row['source']})"
            )
        if row["pending_restart"]:
            yield warning(f"{name} was changed and waits for a restart of the server")


def same(found: str, wanted: str) -> bool:
    """Whether two spellings of a value mean the same; RDS takes numbers in the setting's own unit."""
    left, right = (_SWITCH.get(text.strip().lower(), text.strip().lower()) for text in (found, wanted))
    if left == right:
        return True
    if "," in wanted or "," in found:
        # RDS adds libraries of its own to a list.
        return {part.strip() for part in right.split(",")} <= {part.strip() for part in left.split(",")}
    try:
        return float(left) == float(right)
    except ValueError:
        return False
