"""Rules of the master password. No message ever holds the password or a part of it."""

from dbstack.spec.engines import engine_facts

PASSWORD_LEAST = 8
CLUSTER_PASSWORD_MOST = 41
# RDS: "Only printable ASCII characters besides '/', '@', '"', ' ' may be used."
FORBIDDEN = '/@" '


def password_fault(engine: str, password: str) -> str | None:
    """Why RDS would refuse `password` for a known engine [CreateDBInstance.MasterUserPassword]."""
    facts = engine_facts(engine)
    if not PASSWORD_LEAST <= len(password) <= facts.password_max:
        return (
            f"the password has {len(password)} characters: "
            f"{facts.label} on RDS takes {PASSWORD_LEAST} to {facts.password_max}"
        )
    forbidden = facts.password_forbidden
    if any(character in forbidden or not " " < character < "\x7f" for character in password):
        listed = " ".join(forbidden.replace(" ", ""))
        return (
            "the password has a character that RDS refuses: "
            f"use printable ASCII characters other than {listed} and space"
        )
    return None


def cluster_password_fault(password: str) -> str | None:
    """Why RDS would refuse `password`. The message never holds it."""
    if not PASSWORD_LEAST <= len(password) <= CLUSTER_PASSWORD_MOST:
        return (
            f"the password has {len(password)} characters: "
            f"a cluster takes {PASSWORD_LEAST} to {CLUSTER_PASSWORD_MOST}"
        )
    if any(character in FORBIDDEN or not " " < character < "\x7f" for character in password):
        return (
            "the password has a character that RDS refuses: "
            'use printable ASCII characters other than / @ " and space'
        )
    return None
