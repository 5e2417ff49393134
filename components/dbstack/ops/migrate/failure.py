"""What a statement failed with, in words that name it and hold no secret."""

import re
from typing import Any

from dbstack.ops.errors import said
from dbstack.ops.migrate.statements import Statement, literals, without_literals

_SHOWN = 100
# A statement with such a word may hold a secret in its literals.
_SENSITIVE = re.compile(r"(?i)password|secret|token|_key|\bkey\s*:?=|crypt|user mapping|subscription|dblink")
# Their details quote rows.
_INTEGRITY = "23"
_HINTS = {
    "55P03": "another session holds a lock on it: look who in pg_stat_activity, or wait longer with --lock-timeout",
    "57014": "it was cancelled, or took longer than --statement-timeout allows",
    "57P01": "the server ended the connection",
    "25001": "it can't run in a transaction: begin the file with `-- dbstack: no-transaction`",
    "42501": "the user of the migrations must own what it changes, or be granted it",
}


def shown(statement: Statement) -> str:
    """The statement's beginning on one line; literals are left out where one may be a secret."""
    text = without_literals(statement.text) if _SENSITIVE.search(statement.text) else statement.text
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def failed_at(statement: Statement, error: Any) -> int:
    """The line of the file at which PostgreSQL found the error."""
    position = getattr(error.diag, "statement_position", None)
    before = statement.text[: int(position) - 1] if position else ""
    return statement.line + before.count("\n")


def reason(statement: str, error: Any) -> str:
    """What PostgreSQL said, with its detail and hint; without what may be a secret or a row of the user's."""
    diag = error.diag
    told = [said(error)]
    state = error.sqlstate or ""
    if diag.message_detail and not state.startswith(_INTEGRITY):
        told.append(diag.message_detail)
    elif diag.constraint_name:
        told.append(f"constraint {diag.constraint_name} of {diag.table_name}")
    told += [hint for hint in (diag.message_hint, _HINTS.get(state)) if hint]
    text = "; ".join(line.rstrip(".") for line in told)
    if _SENSITIVE.search(statement):
        for literal in sorted(filter(None, literals(statement)), key=len, reverse=True):
            text = text.replace(literal, "…")
    return f"{text} [{state}]" if state else text
