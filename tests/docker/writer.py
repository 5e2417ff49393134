"""A client that writes through whatever happens to the server, and remembers what it was told is committed."""

import contextlib
import subprocess
import threading
import time

from tests.docker.project import sql


class Writer(threading.Thread):
    """Inserts numbers into the table `written`, one commit each, until told to stop.

    `acknowledged` are those that the server said are committed: none of them may ever be missing.
    """

    def __init__(self, url: str, filler: int = 0) -> None:
        super().__init__(daemon=True)
        # A connection whose other end is gone without a word is given up.
        self._url = f"{url}&tcp_user_timeout=5000&connect_timeout=5"
        self._filler = filler // 32
        self._number = 0
        self._over = threading.Event()
        self.acknowledged: list[int] = []
        self.failures: list[str] = []
        sql(url, "CREATE TABLE IF NOT EXISTS written (n int PRIMARY KEY, filler text)")

    def __enter__(self) -> "Writer":
        self.start()
        self.reaches(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join(30)

    def run(self) -> None:
        while not self._over.is_set():
            command = ["psql", self._url, "-XAtq", "-v", "ON_ERROR_STOP=1"]
            pipe = subprocess.PIPE
            client = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
            # Its input goes when it ends, at the latest: then there is no one to write to.
            with contextlib.suppress(BrokenPipeError):
                self._write(client)
            try:
                failure = client.communicate(timeout=20)[1]
            except subprocess.TimeoutExpired:
                client.kill()
                failure = client.communicate()[1]
            if not self._over.is_set():  # Down, starting, full: that is what is tested.
                self.failures.append(failure)
                time.sleep(0.05)

    def _write(self, client: "subprocess.Popen[str]") -> None:
        """One row after the other, until the client ends."""
        assert client.stdin is not None
        assert client.stdout is not None
        while not self._over.is_set():
            self._number += 1
            # Not compressible, so that it fills a disk.
            filler = f"SELECT string_agg(md5(random()::text), '') FROM generate_series(1, {self._filler})"
            # psql prints the row when the server has said that it is committed.
            row = f"INSERT INTO written VALUES ({self._number}, ({filler})) RETURNING n;"
            print(row, file=client.stdin, flush=True)
            line = client.stdout.readline()
            if not line:
                return
            self.acknowledged.append(int(line))
            time.sleep(0.005)

    def reaches(self, more: int, patience: float = 120) -> None:
        """Waits until so many more rows are committed."""
        wanted, end = len(self.acknowledged) + more, time.monotonic() + patience
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < end, self.failures[-3:]
            time.sleep(0.02)

    def fails(self, patience: float = 120) -> None:
        """Waits for the next failure."""
        before, end = len(self.failures), time.monotonic() + patience
        while len(self.failures) == before:
            assert time.monotonic() < end, "no failure"
            time.sleep(0.02)

    def lost(self) -> list[int]:
        """What was acknowledged and is not there."""
        found = {int(line) for line in sql(self._url, "SELECT n FROM written").split()}
        return sorted(set(self.acknowledged) - found)
