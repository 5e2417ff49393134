"""What can go wrong in the sandbox, as exceptions whose text a user can act on."""


class SandboxError(Exception):
    """A command of the sandbox could not be carried out. ``str()`` is one clear sentence; the exit code is 1."""

    exit_code = 1


class UsageError(SandboxError):
    """The command was asked for in a way that cannot work (no project here, ...). The exit code is 2."""

    exit_code = 2


class EngineUnavailable(SandboxError):
    """No Pulumi engine could be found or made.

    Attributes:
        refused: True only if a module registry was reached and answered that it does not serve a module of the
            engine. A machine without network, without Go or without disk space has ``refused`` False.
        exit_code: 4 if refused (what `.ci/run` asks for), else 1.
    """

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused
        self.exit_code = 4 if refused else 1
