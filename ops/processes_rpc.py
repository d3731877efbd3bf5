"""The one door to supervisor's XML-RPC, over the unix socket in HOME/run."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAULT_NOT_RUNNING = 70
FAULT_ALREADY_STARTED = 60


class NotRunningError(Exception):
    """No supervisor answers for this home."""


@dataclass(frozen=True)
class ProcessState:
    """What supervisor knows of a program. ``state``: running, starting, stopping, stopped, backoff, fatal, exited."""

    name: str
    state: str
    pid: int | None
    since: int
    why: str


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self.timeout)
        try:
            connection.connect(self._path)
        except OSError:
            connection.close()
            raise
        self.sock = connection


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__()
        self._path, self._timeout = str(path), timeout

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path, self._timeout)
        self._connection = (host, connection)  # where the base looks for what it must close
        return connection


class Supervisor:
    """Asks and tells the supervisor of one home."""

    def __init__(self, run: Path, timeout: float = 60) -> None:
        self._path, self._timeout = run / "supervisor.sock", timeout

    def _call(self, method: str, *arguments: Any) -> Any:
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=_UnixTransport(self._path, self._timeout))
        try:
            with proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise NotRunningError("Huiyin is not running here; `huiyin up` starts it") from error

    def pid(self) -> int:
        """Process id of the supervisor. Raises NotRunningError."""
        return int(self._call("getPID"))

    def processes(self) -> dict[str, ProcessState]:
        """All programs by name. Raises NotRunningError."""
        return {
            row["name"]: ProcessState(
                row["name"], row["statename"].lower(), row["pid"] or None, row["start"], row["spawnerr"]
            )
            for row in self._call("getAllProcessInfo")
        }

    def start(self, names: Iterable[str]) -> None:
        """Start programs in the given order, without waiting for what they do; one that runs is left alone."""
        for name in names:
            self._tolerant("startProcess", name, FAULT_ALREADY_STARTED, wait=False)

    def stop(self, names: Iterable[str], *, wait: bool = True) -> None:
        """Stop programs in the given order, each before the next unless told not to wait; they stay stopped."""
        for name in names:
            self._tolerant("stopProcess", name, FAULT_NOT_RUNNING, wait=wait)

    def shutdown(self) -> None:
        """Stop everything; returns at once."""
        self._call("shutdown")

    def _tolerant(self, method: str, name: str, fault: int, *, wait: bool) -> None:
        try:
            self._call(method, name, wait)
        except xmlrpc.client.Fault as error:
            if error.faultCode != fault:
                raise
