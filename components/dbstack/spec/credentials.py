"""Rules of the master password. No message ever holds the password or a part of it."""

from dbstack.spec.engine_table import PASSWORD_FORBIDDEN
from dbstack.spec.engines import engine_facts

PASSWORD_LEAST = 8
CLUSTER_PASSWORD_MOST = 41


def password_fault(engine: str, password: str) -> str | None:
    """Why RDS would refuse `password` for a known engine [CreateDBInstance.MasterUserPassword]."""
    facts = engine_facts(engine)
    return _fault(password, f"{facts.label} on RDS", facts.password_max, facts.password_forbidden)


def cluster_password_fault(password: str) -> str | None:
    """Why RDS would refuse `password` for a cluster [CreateDBCluster.MasterUserPassword]."""
    return _fault(password, "a cluster", CLUSTER_PASSWORD_MOST, PASSWORD_FORBIDDEN)


def _fault(password: str, whose: str, most: int, forbidden: str) -> str | None:
    if not PASSWORD_LEAST <= len(password) <= most:
        return f"the password has {len(password)} characters: {whose} takes {PASSWORD_LEAST} to {most}"
    if any(character in forbidden or not " " < character < "\x7f" for character in password):
        listed = " ".join(forbidden.replace(" ", ""))
        return (
            "the password has a character that RDS refuses: "
            f"use printable ASCII characters other than {listed} and space"
        )
    return None
