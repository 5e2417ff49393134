"""Python's garbage collector in a process that keeps what it makes."""

import gc

THRESHOLDS = (50_000, 10, 10)
"""Python's own begin with 700 (2000 since 3.13)."""
_OWN = 2_000


def collect_seldom() -> None:
    """Lets the collector of cycles run once for 50,000 new objects, not for 700.

    A Pulumi program holds all that it declares until it ends, so there is little to find; each time the collector reads
    all of it, and from some dozens of databases on that is half of the program's time (docs/performance.md). A program
    that has set thresholds of its own, or switched the collector off, is left alone.
    """
    first = gc.get_threshold()[0]
    if gc.isenabled() and 0 < first <= _OWN:
        gc.set_threshold(*THRESHOLDS)
