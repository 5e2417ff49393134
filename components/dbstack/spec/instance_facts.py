"""Memory and CPU credits of instance classes, and how engines derive max_connections: data, with its date and source.

As of 2026-11-26. Sources: memory: EC2's DescribeInstanceTypes, as moto 5.2.5 ships it, compared class by class by a
test with those that [CFN] names for RDS; `x2g`, which EC2 doesn't tell, from [UG] Concepts.DBInstanceClass.Summary.
Credits: [EC2] burstable-credits-baseline-concepts, what a day earns: baseline share x vCPUs x 60 x 24.
Formulas and what RDS keeps for itself: [UG] CHAP_Limits, "Maximum number of database connections"; of Aurora [AUG]
AuroraMySQL.Managing.Performance and AuroraPostgreSQL.Managing, "Maximum connections". A class that is missing has None,
and no alarm is derived from it.
"""

import math
import re
from collections.abc import Mapping

AS_OF = "2026-11"

# GiB of a class's `large` size, by family; xlarge has twice that, Nxlarge N times twice. None of these is exact to the
# byte, nor need it be: thresholds are parts of it.
_LARGE: Mapping[str, float] = {
    **dict.fromkeys(("m4", "m5", "m5d", "m6g", "m6gd", "m6i", "m6id", "m6idn", "m6in", "m7g", "m7i"), 8),
    **dict.fromkeys(("m8a", "m8g", "m8gd", "m8i", "m9g"), 8),
    **dict.fromkeys(("r5", "r5b", "r5d", "r6g", "r6gd", "r6i", "r6id", "r6idn", "r6in", "r7g", "r7i"), 16),
    **dict.fromkeys(("r8a", "r8g", "r8gd", "r8i", "z1d"), 16),
    **dict.fromkeys(("r4", "r3"), 15.25),
    "c6gd": 4,
    "m3": 7.5,
    "x1": 30.5,
    "x1e": 61,
    "x2g": 32,
    "x2iedn": 64,
    "x2iezn": 64,
    "x2idn": 32,
}
_SMALL: Mapping[str, int] = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_CREDITS_MOST: Mapping[str, Mapping[str, int]] = {
    "t3": {"micro": 288, "small": 576, "medium": 576, "large": 864, "xlarge": 2304, "2xlarge": 4608},
    "t4g": {"micro": 288, "small": 576, "medium": 576, "large": 864, "xlarge": 2304, "2xlarge": 4608},
    "t2": {"micro": 144, "small": 288, "medium": 576, "large": 864, "xlarge": 1296, "2xlarge": 1958},
}
# Engine -> (bytes of memory for a connection, the most). MySQL's formula has no end of its own but the parameter's.
_CONNECTIONS: Mapping[str, tuple[int, int]] = {
    "postgres": (9_531_392, 5_000),
    "aurora-postgresql": (9_531_392, 5_000),
    "mysql": (12_582_880, 100_000),
    "mariadb": (25_165_760, 12_000),
    "oracle": (9_868_951, 20_000),
}
# Up to how many GiB -> which share RDS leaves to the engine: [UG] gives about 630 of 683 at 8 GiB, 60 of 85 at 1 GiB;
# between them as measured by users (198 of 225 at 2 GiB, 413 of 450 at 4 GiB, on PostgreSQL).
_LEFT: tuple[tuple[float, float], ...] = ((1, 0.7), (2, 0.88), (4, 0.91))
_LEFT_ABOVE = 0.92
# Aurora MySQL: GREATEST({log(memory/805306368)*45},{log(memory/8187281408)*1000}), `log` to the base 2 and rounded, as
# the table of defaults by class there shows: 45, 90, 135 of t3 and t4g, 1000 to 7000 of r3 to x2g.
_AURORA_MYSQL: tuple[tuple[int, int], ...] = ((805_306_368, 45), (8_187_281_408, 1000))
# [AUG] aurora-serverless-v2.setting-capacity. The cap of Aurora PostgreSQL with a minimum of 0 or 0.5 ACUs is recalled:
# no copy of the page was at hand on 2026-11-26.
GIB_OF_AN_ACU = 2
_SMALL_MINIMUM, _MOST_OF_A_SMALL_MINIMUM = 0.5, 2000
GIB = 1024**3


def memory_gib(instance_class: str) -> float | None:
    """Memory of a class; None where the table doesn't know it."""
    _, _, rest = instance_class.partition("db.")
    family, _, size = rest.partition(".")
    if family in _CREDITS_MOST:
        return _SMALL.get(size)
    large = _LARGE.get(family)
    match = re.fullmatch(r"(\d*)(x?)large", size)
    if large is None or match is None:
        return None
    count, extra = match.groups()
    return large if not extra else large * 2 * int(count or 1)


def credits_most(instance_class: str) -> int | None:
    """The most CPU credits that a burstable class gathers; None for others."""
    family, _, size = instance_class.removeprefix("db.").partition(".")
    return _CREDITS_MOST.get(family, {}).get(size)


def max_connections(engine: str, memory: float | None) -> int | None:
    """About what the engine's default formula comes to with what RDS leaves it of `memory`, in GiB."""
    if memory is None:
        return None
    left = memory * GIB * next((part for gib, part in _LEFT if memory <= gib), _LEFT_ABOVE)
    if engine == "aurora-mysql":
        return max(round(math.log2(left / share)) * step for share, step in _AURORA_MYSQL)
    formula = next((found for name, found in _CONNECTIONS.items() if engine.startswith(name)), None)
    if formula is None:
        return None
    share, most = formula
    return min(int(left // share), most)


def of_a_small_minimum(engine: str, min_acu: float | None, connections: int) -> int:
    """What Serverless v2 allows of `connections` where an instance may shrink to almost nothing."""
    small = engine == "aurora-postgresql" and min_acu is not None and min_acu <= _SMALL_MINIMUM
    return min(connections, _MOST_OF_A_SMALL_MINIMUM) if small else connections
