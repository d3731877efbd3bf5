"""The socket under an event stream: whether its other end is still there, and how to end it."""

from __future__ import annotations

import contextlib
import select
import socket
from typing import Any

from crm.services.live_events import Client

_SEND_BUFFER = 65_536
_USER_TIMEOUT_MS = 30_000


class SocketClient(Client):
    """The browser behind a connection of the web server."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        # What a screen does not read shows soon, and takes little of the kernel's memory.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        with contextlib.suppress(OSError):  # a unix socket has no such option
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MS)

    def gone(self) -> bool:
        """Whether the other end has closed: asked of the kernel, since nothing is read from it."""
        try:
            look = select.poll()
            look.register(self._connection, select.POLLRDHUP)
            return bool(look.poll(0))
        except (OSError, ValueError):
            return True

    def cut(self) -> None:
        """Shut the connection down, which also frees a thread that is writing to it."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)


def client_of(environ: dict[str, Any]) -> Client:
    """The client of this request; under a server that does not show its socket one that cannot be looked at."""
    connection = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    return SocketClient(connection) if isinstance(connection, socket.socket) else Client()
