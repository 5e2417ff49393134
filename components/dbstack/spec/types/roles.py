"""Who may do what inside a database: three roles, and the users in them."""

from enum import StrEnum
from typing import NotRequired, TypedDict


class DatabaseRole(StrEnum):
    """What a user of the database may do. Each of them may what the one before it may."""

    READ = "read"
    """Read every table and sequence."""
    WRITE = "write"
    """Insert, update and delete rows too."""
    ADMIN = "admin"
    """Make, change and drop tables too; they belong to the role, not to the user."""


class DatabaseUserArgs(TypedDict):
    """A user of the database, whom `dbstack roles apply` makes."""

    roles: list[DatabaseRole]
    """What it may do: `read`, `write` or `admin`. Change: nothing until `dbstack roles apply`, which gives and takes membership."""
    iam: NotRequired[bool]
    """Whether it logs in with a token of IAM instead of a password (`rds_iam`; of MySQL and MariaDB `AWSAuthenticationPlugin`); a database in a container knows no IAM and gives it a password. Default false. Change: nothing until `dbstack roles apply`; its password ends, or it gets one."""


class RolesArgs(TypedDict):
    """Roles and users inside a PostgreSQL, MySQL or MariaDB. `up` does nothing with them: `dbstack roles apply` does, see docs/roles.md."""

    prefix: NotRequired[str]
    """What the roles' names begin with: `app` makes `app_read`, `app_write` and `app_admin`. Default `app`. Change: nothing until `dbstack roles apply`, which makes new roles; the old ones stay."""
    schemas: NotRequired[list[str]]
    """Schemas whose tables and sequences the roles are for; of MySQL and MariaDB, where a schema is a database, databases. They must be there. Default `[public]`; of MySQL and MariaDB the first database. Change: nothing until `dbstack roles apply`, which gives privileges, and takes them in a schema that is no longer named."""
    excluded_tables: NotRequired[list[str]]
    """Tables that the roles get nothing on, as `table` or `schema.table`; `*` stands for any characters. PostgreSQL only. Default none; the log of the packaged audit trigger never is for the roles. Change: nothing until `dbstack roles apply`, which gives or takes the privileges."""
    users: NotRequired[dict[str, DatabaseUserArgs]]
    """Users by name. Default none. Change: nothing until `dbstack roles apply`; one that is taken out here is never dropped, only told, and may no longer log in after `--revoke-undeclared`."""
