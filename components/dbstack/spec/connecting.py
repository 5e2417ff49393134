"""Who may log in with an IAM token: the ARN of a database user [UG UsingWithRDS.IAMDBAuth.IAMPolicy]."""

from collections.abc import Sequence
from typing import Any

_WILDCARDS = frozenset("*?$")


def user_fault(user: str) -> str | None:
    """Why no policy is made for this database user."""
    if not user:
        return "'' is empty: name the database user, e.g. app"
    if _WILDCARDS & set(user):
        return f"{user!r} would let others in too (IAM reads * ? and $ as patterns): name one database user"
    return None


def connect_statement(arn: str, resource_ids: Sequence[str], user: str) -> dict[str, Any]:
    """The statement that lets in `user` of the databases with these resource ids; `arn` is that of one of them."""
    # arn:aws:rds:us-east-1:123456789012:db:shop -> arn:aws:rds-db:us-east-1:123456789012:dbuser:db-ABC/app
    _, partition, _, region, account, _ = arn.split(":", 5)
    users = [f"arn:{partition}:rds-db:{region}:{account}:dbuser:{found}/{user}" for found in resource_ids]
    return {"Effect": "Allow", "Action": "rds-db:connect", "Resource": users}


def url_scheme(engine: str) -> str:
    """The scheme of an engine's connection URLs."""
    family = "mysql" if engine == "mariadb" else engine.partition("-")[0]
    return "postgresql" if family == "postgres" else family
