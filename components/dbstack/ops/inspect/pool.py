"""Pool settings of an application that follow from how many connections the server takes."""

from typing import Any

POOL_SIZE = 20
IDLE_SECONDS, CONNECT_SECONDS = 30, 2
# For migrations, monitoring and people.
_KEPT_PERCENT, _KEPT_LEAST = 10, 5


def pool_settings(available: int) -> dict[str, Any]:
    """The default profile: 20 connections a pool, and how many such pools (processes of applications) fit.

    `available`: max_connections less those kept for superusers. A smaller server gets smaller pools. Of a pooler,
    pgbouncer's `default_pool_size` or RDS Proxy's MaxConnectionsPercent, all pools together are the one limit.
    """
    usable = max(available - max(available * _KEPT_PERCENT // 100, _KEPT_LEAST), 1)
    size = min(POOL_SIZE, usable)
    return {
        "maxConnections": available,
        "poolSize": size,
        "pools": usable // size,
        "idleTimeoutSeconds": IDLE_SECONDS,
        "connectTimeoutSeconds": CONNECT_SECONDS,
        "pgbouncer": {"poolMode": "transaction", "defaultPoolSize": size, "maxDbConnections": usable},
        "rdsProxy": {"maxConnectionsPercent": usable * 100 // max(available, 1)},
    }
