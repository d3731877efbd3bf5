"""A line between a browser and the exchange's web socket: it can be torn, and listened to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Line:
    """Passes TCP connections on to a port of this machine; use as a context manager.

    ``notice`` is given what comes back from that port, before the browser has it.
    """

    def __init__(self, port: int, notice: Callable[[bytes], None] = lambda _: None) -> None:
        self._port = port
        self._notice = notice
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lines: list[tuple[socket.socket, socket.socket]] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def switch(self) -> str:
        """Chromium's switch that has it reach the port by way of this line."""
        return f"--host-resolver-rules=MAP 127.0.0.1:{self._port} 127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for ends in self._lines:
            for end in ends:
                end.close()

    def tear(self) -> None:
        """The browser loses its connections; the exchange is not told, as when a network goes away."""
        for near, _ in self._lines:
            with contextlib.suppress(OSError):
                near.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._lines.append((near, far))
                for way in ((near, far, lambda _: None), (far, near, self._notice)):
                    threading.Thread(target=_pass_on, args=way, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, notice: Callable[[bytes], None]) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            notice(data)
            target.sendall(data)
