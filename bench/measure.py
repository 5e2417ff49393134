"""Times whole commands: wall seconds and peak memory of the process with everything that it started."""

import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SAMPLE_SECONDS = 0.05
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1024 * 1024


class BenchError(Exception):
    """A measured command failed, or two programs that must declare the same do not."""


@dataclass(frozen=True)
class Sample:
    """One run of one command."""

    seconds: float
    mib: float
    """Largest sum of the resident memory of the process tree (pages shared between processes count in each)."""
    output: str


@dataclass(frozen=True)
class Command:
    """What to run and where."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    timeout: float = 3600


@dataclass
class Series:
    """The counted runs of one variant."""

    samples: list[Sample] = field(default_factory=list[Sample])

    @property
    def seconds(self) -> float:
        """Median wall time."""
        return statistics.median(sample.seconds for sample in self.samples)

    @property
    def mib(self) -> float:
        """Median peak memory."""
        return statistics.median(sample.mib for sample in self.samples)

    @property
    def spread(self) -> tuple[float, float]:
        """Fastest and slowest run, seconds."""
        times = [sample.seconds for sample in self.samples]
        return min(times), max(times)


class _TreeMemory(threading.Thread):
    """Samples the resident memory of one session's processes: whatever a command starts stays in its session."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._session = session
        self._done = threading.Event()
        self._foreign: set[str] = set()

    def run(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, self._sum())

    def stop(self) -> None:
        """End the sampling; `peak` (bytes) is final afterwards."""
        self._done.set()
        self.join()

    def _sum(self) -> int:
        total = 0
        for pid in os.listdir("/proc"):
            if not pid.isdigit() or pid in self._foreign:
                continue
            try:
                stat = Path("/proc", pid, "stat").read_text()
            except OSError:
                continue  # ended meanwhile
            fields = stat[stat.rindex(")") + 2 :].split()
            if int(fields[3]) == self._session:
                total += int(fields[21]) * PAGE
            else:
                # Remembered, since reading every process of the machine each time would disturb what is measured.
                self._foreign.add(pid)
        return total


def run(command: Command) -> Sample:
    """Run it once. Raises BenchError with the end of its output when it fails or takes longer than its limit."""
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=dict(command.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        memory = _TreeMemory(process.pid)
        memory.start()
        watchdog = threading.Timer(command.timeout, os.killpg, (process.pid, signal.SIGKILL))
        watchdog.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        watchdog.cancel()
        memory.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        output = log.read().decode(errors="replace")
    if process.returncode != 0:
        tail = "\n".join(output.splitlines()[-30:])
        raise BenchError(f"{' '.join(command.argv)} ended with {process.returncode}:\n{tail}")
    # A run shorter than the sampling interval is known only from the kernel's own count of its largest process.
    return Sample(seconds, max(memory.peak, usage.ru_maxrss * 1024) / MIB, output)


Step = Callable[[], Sample]


def interleave(variants: Mapping[str, Step], runs: int, warm_up: int = 1) -> dict[str, Series]:
    """Run the variants in turn, `runs` counted times each; every second round goes backwards."""
    series = {name: Series() for name in variants}
    names = list(variants)
    for round_number in range(-warm_up, runs):
        for name in names if round_number % 2 == 0 else reversed(names):
            sample = variants[name]()
            if round_number >= 0:
                series[name].samples.append(sample)
    return series
