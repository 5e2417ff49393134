"""Starts one module of the sandbox: ``python -I entry.py MODULE ARGUMENTS...`` calls ``main(arguments)`` of it.

The executables that the sandbox puts on PATH start so, and not with ``-m``, because that would run
``dbstack/__init__.py`` first, which imports Pulumi: a third of a second for each of a dozen processes.
"""

import importlib
import importlib.util
import sys
import types
from pathlib import Path

SANDBOX = Path(__file__).resolve().parent
# The language host needs only the messages of the protocol, which are a package inside Pulumi's.
WITHOUT_PULUMI = ("langhost",)


def bare_package(name: str, folder: Path) -> None:
    """Makes ``import name.x`` work without running the package's own ``__init__.py``."""
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


if __name__ == "__main__":
    bare_package("dbstack", SANDBOX.parent)
    bare_package("dbstack.sandbox", SANDBOX)
    if sys.argv[1] in WITHOUT_PULUMI:
        found = importlib.util.find_spec("pulumi")
        if found and found.origin:
            bare_package("pulumi", Path(found.origin).parent)
            bare_package("pulumi.runtime", Path(found.origin).parent / "runtime")
    module = importlib.import_module(f"dbstack.sandbox.{sys.argv[1]}")
    sys.exit(module.main(sys.argv[2:]))
