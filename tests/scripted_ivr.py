"""An IVR server for tests: it does what the test says, however bad that is."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

Commands = Callable[[str], Sequence[str]]
"""What to do for a call, by the environment that Asterisk sent."""


def always(*commands: str) -> Commands:
    """The same for every call."""
    return lambda _environment: commands


def hangs(_connection: socket.socket) -> None:
    """Says nothing more, and keeps the connection."""


def dies(connection: socket.socket) -> None:
    """Ends the connection."""
    connection.shutdown(socket.SHUT_RDWR)


def lies(connection: socket.socket) -> None:
    """Speaks another protocol, at length, and goes."""
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\nfailure\n" + b"x" * 9000)
    connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def scripted_ivr(port: int, commands: Commands, then: Callable[[socket.socket], None]) -> Iterator[None]:
    """Give the commands to every call, one after the other, and then do ``then``."""
    listener = socket.create_server(("127.0.0.1", port))
    kept: list[socket.socket] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                kept.append(connection)
                lines = connection.makefile("rb")
                asked = list(takewhile(lambda line: line not in {b"\n", b""}, iter(lines.readline, None)))
                if asked == [b"health\n"] or not asked:
                    connection.close()  # the watchdog; this server has no answer for it
                    continue
                environment = b"".join(asked).decode(errors="replace")
                for command in commands(environment):
                    connection.sendall(command.encode() + b"\n")
                    while lines.readline()[:3] not in {b"200", b""}:
                        pass  # GOSUB says "100 Trying" first
                then(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for connection in kept:
            connection.close()
