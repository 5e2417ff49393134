"""Operating a database that runs: finding it, connecting to it, migrating it.

Every command takes a `Target`: `stack_target` finds it in a stack's outputs, `url_target` in a URL, and `connect` opens
a connection to it. psycopg and boto3 (`pip install 'dbstack[ops]'`) are imported when they are used.
"""

from dbstack.ops.connection import connect
from dbstack.ops.errors import OpsError, OpsUsageError
from dbstack.ops.stack import stack_target
from dbstack.ops.target import Target, url_target

__all__ = ["OpsError", "OpsUsageError", "Target", "connect", "stack_target", "url_target"]
