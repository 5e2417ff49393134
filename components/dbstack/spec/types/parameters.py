"""Parameter groups: made, adopted by name, or the engine's own."""

from typing import NotRequired, TypedDict


class ParameterGroupArgs(TypedDict):
    """The parameters of the engine: a group of its own (with TLS forced), an existing one, or the engine's default one."""

    parameters: NotRequired[dict[str, str]]
    """Parameters by name, beside and above those that dbstack sets. Default none. Change: in force after the next reboot."""
    name: NotRequired[str]
    """Name of an existing parameter group. Default: one is made for the engine's version. Change: its static parameters with the next reboot."""
    engine_default: NotRequired[bool]
    """Use AWS's own group, which can't be changed and forces no TLS everywhere. Default false."""
