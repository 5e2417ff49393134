"""The stack config: the object `dbstack:stack` in `Pulumi.<stack>.yaml`, read, checked, and handed on typed."""

from dbstack.config.files import check_files
from dbstack.config.stack import load, stack_faults

__all__ = ["check_files", "load", "stack_faults"]
