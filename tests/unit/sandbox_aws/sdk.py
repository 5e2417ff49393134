"""The property names that the installed Pulumi SDKs have."""

import importlib
import sys
from typing import Any


def loaded(package: str, module: str, member: str, file: str) -> Any:
    """The module `package.module.file`. Pulumi loads `package.module` lazily, which must have happened before."""
    getattr(getattr(importlib.import_module(package), module), member)
    return sys.modules[f"{package}.{module}.{file}"]


def names_of(cls: type) -> set[str]:
    getters = [value.fget for value in vars(cls).values() if isinstance(value, property)]
    return {getter._pulumi_name for getter in getters}
