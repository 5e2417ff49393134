"""RDS instances from a script: made, waited for, replicated, failed over, promoted, copied, restored.

For what a program of Pulumi doesn't hold: a restore beside the one that is broken, a drill, a move. What stays belongs
into a stack (`pulumi import`, see docs/adopting.md).
"""

from dbstack.ops.rds.instances import RdsInstances
from dbstack.ops.rds.waiting import Progress

__all__ = ["Progress", "RdsInstances"]
