"""Parameter groups, of instances and of clusters."""

from typing import NotRequired, TypedDict

from dbstack.spec.types.choices import PgauditClass


class ParameterGroupArgs(TypedDict):
    """The parameters of the engine: a group of its own (with TLS forced), an existing one, or the engine's default one.

    See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html
    """

    parameters: NotRequired[dict[str, str]]
    """Parameters by name, beside and above those that dbstack sets. Default none. Change: in force after the next reboot, which you choose; of an instance, those that are known to be dynamic at once."""
    pgaudit: NotRequired[list[PgauditClass]]
    """PostgreSQL: classes of statements that pgaudit logs, e.g. `[ddl, role]`; sets `shared_preload_libraries` and `pgaudit.log`, and the database's `extensions` or a migration has to create `pgaudit`. Default none. Change: the first one with the next reboot, then online. See https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.html"""
    name: NotRequired[str]
    """Name of an existing group instead. Default: one is made for the engine's version; a database that uses another one, as after an import, doesn't leave it until `parameters` is given. Change: its static parameters with the next reboot."""
    engine_default: NotRequired[bool]
    """Use AWS's own group, which can't be changed and forces no TLS everywhere. Default false. Change: as another `name`."""
