"""The results as rows, their bounds, and the page docs/performance.md."""

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Series


@dataclass(frozen=True)
class Row:
    """One comparison: what was measured against what it is compared with."""

    group: str
    what: str
    measured: Series
    against: Series | None = None
    bound: float | None = None
    """Largest allowed ratio of the medians, wall time."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Median wall time over the other's."""
        return self.measured.seconds / self.against.seconds if self.against else None

    @property
    def memory_ratio(self) -> float | None:
        """Median peak memory over the other's."""
        return self.measured.mib / self.against.mib if self.against else None

    @property
    def ok(self) -> bool:
        """Within its bound, or without one."""
        return self.bound is None or (self.ratio is not None and self.ratio <= self.bound)


@dataclass(frozen=True)
class Section:
    """A titled table with the words before and after it."""

    title: str
    intro: str
    rows: list[Row]
    measured: str = "dbstack"
    against: str = "plain"
    after: str = ""
    missed: tuple[str, ...] = ()
    """Bounds missed that no row holds."""

    @property
    def faults(self) -> list[str]:
        """Every bound missed, in words."""
        rows = [row for row in self.rows if not row.ok]
        return [f"{row.what}: {row.ratio:.2f} > {row.bound:.2f}" for row in rows] + list(self.missed)


def _time(series: Series | None) -> str:
    if series is None:
        return "–"
    low, high = series.spread
    return f"{series.seconds:.2f} s ({low:.2f}–{high:.2f})"


def _table(section: Section, usual: int) -> str:
    head = (
        f"| what | {section.measured}: median (min–max) | {section.against}: median (min–max) | time ratio "
        f"| bound | peak memory: {section.measured} / {section.against} | memory ratio |"
    )
    lines = [head, "|---|---|---|---|---|---|---|"]
    for row in section.rows:
        ratio = f"**{row.ratio:.2f}**" if row.ratio is not None else "–"
        bound = f"≤ {row.bound:.2f}{'' if row.ok else ' **missed**'}" if row.bound is not None else "–"
        memory = (
            f"{row.measured.mib:.0f} / {row.against.mib:.0f} MiB"
            if row.against
            else f"{row.measured.mib:.0f} MiB"
        )
        memory_ratio = f"{row.memory_ratio:.2f}" if row.memory_ratio is not None else "–"
        runs = len(row.measured.samples)
        what = row.what if runs >= usual else f"{row.what} ({runs} run{'s' if runs > 1 else ''})"
        cells = [what, _time(row.measured), _time(row.against), ratio, bound, memory, memory_ratio]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine() -> str:
    """The machine in one line: no host name, no path."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {system}, Python {platform.python_version()}"


HEADING = "\n\n## "


def page(sections: list[Section], command: str, runs: int, versions: str, before: str = "") -> str:
    """The whole page as markdown. What of the page `before` wasn't measured now stays, as it was."""
    parts = [
        "# Performance",
        "Written by `make bench`, or part by part by `python -m bench --only PART`; don't edit it by hand.",
        f"Machine: {machine()}. {versions}\n"
        f"Each figure is the median of {runs} runs after a warm-up (fewer where it says so), with the fastest and "
        "slowest; the variants of one table ran in turn within one session, so read the ratios, not the seconds. Peak "
        "memory is the largest sum of resident memory over the command and all that it started (engine, language "
        "host, program, plugin launchers); the sandbox's background process, which every variant shares, is not in it.",
    ]
    known = dict(_titled(block) for block in before.rstrip().split(HEADING)[1:])
    for section in sections:
        blocks = (section.intro, f"Command: `{command}`.", _table(section, runs), section.after)
        known[section.title] = "\n\n".join(block for block in blocks if block)
    return HEADING.join(["\n\n".join(parts), *(f"{title}\n\n{text}" for title, text in known.items())]) + "\n"


def _titled(block: str) -> tuple[str, str]:
    title, _, text = block.partition("\n\n")
    return title, text


def write_json(path: Path, sections: list[Section]) -> None:
    """The raw samples, for somebody who wants to look closer."""
    data = [
        {
            "section": section.title,
            "what": row.what,
            "measured": [[s.seconds, s.mib] for s in row.measured.samples],
            "against": [[s.seconds, s.mib] for s in row.against.samples] if row.against else None,
        }
        for section in sections
        for row in section.rows
    ]
    path.write_text(json.dumps(data, indent=1))
