"""A client of the Asterisk Manager Interface: one reader thread, a deadline for everything.

pyst2's own manager keeps headers of earlier actions, repeats one ActionID, lets a line feed in a value start
another action and waits without a deadline; so this one is ours (docs/decisions has the reasons).
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import socket
import threading
import time
from collections.abc import Callable

from agi.ami_protocol import AmiError, Fields, Message, Parser, ProtocolError, encode

_MAX_LIST = 10_000


class AmiClosed(AmiError):  # noqa: N818 -- it says what happened, and is not always an error
    """There is no connection, or it ended before the answer."""


class AmiTimeout(AmiError):  # noqa: N818 -- as TimeoutError's relatives are named
    """No answer in time."""


class AmiRefused(AmiError):  # noqa: N818 -- Asterisk's answer, not a fault
    """Asterisk answered that it will not do it."""


class _Pending:
    """An action whose answer is awaited."""

    def __init__(self, *, wants_list: bool) -> None:
        self.wants_list = wants_list
        self.done = threading.Event()
        self.response: Message | None = None
        self.items: list[Message] = []

    def take(self, message: Message) -> None:
        if message.get("Response"):
            self.response = message
            if not self.wants_list or message.get("Response") == "Error":
                self.done.set()
        elif message.get("EventList") in {"Complete", "Cancelled"}:
            self.done.set()
        elif len(self.items) < _MAX_LIST:
            self.items.append(message)


class AmiClient:
    """One connection. Its methods may be used from any thread."""

    def __init__(
        self, address: tuple[str, int], *, timeout: float = 2.0, on_event: Callable[[Message], None] | None = None
    ) -> None:
        self._address = address
        self._timeout = timeout
        self._on_event = on_event
        self._socket: socket.socket | None = None
        self._pending: dict[str, _Pending] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._prefix = secrets.token_hex(4)
        self._thread: threading.Thread | None = None

    def connect(self, username: str, secret: str) -> None:
        """Connect and log in. Raises AmiError."""
        try:
            made = socket.create_connection(self._address, self._timeout)
        except OSError as error:
            raise AmiClosed(f"the manager interface does not answer: {error}") from error
        made.settimeout(self._timeout)
        self._socket = made
        self._thread = threading.Thread(target=self._read, args=(made,), name="ami-reader", daemon=True)
        self._thread.start()
        events = "on" if self._on_event else "off"
        try:
            self.action("Login", [("Username", username), ("Secret", secret), ("Events", events)])
        except AmiError:
            self.close()
            raise

    @property
    def connected(self) -> bool:
        """Whether the connection stands, as far as is known."""
        return self._socket is not None

    def action(self, name: str, fields: Fields = (), *, timeout: float | None = None) -> Message:
        """Do something. Raises AmiRefused, AmiTimeout, AmiClosed; ValueError for a value that must not be sent."""
        return self._ask(name, fields, timeout, wants_list=False)[0]

    def collect(self, name: str, fields: Fields = (), *, timeout: float | None = None) -> list[Message]:
        """Ask for a list, as Status: the events that the answer consists of."""
        return self._ask(name, fields, timeout, wants_list=True)[1]

    def close(self) -> None:
        """End the connection; whoever waits for an answer gets AmiClosed."""
        with self._lock:
            made, self._socket = self._socket, None
            waiting, self._pending = list(self._pending.values()), {}
        if made:
            with contextlib.suppress(OSError):
                made.shutdown(socket.SHUT_RDWR)
            made.close()
        for pending in waiting:
            pending.done.set()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(self._timeout + 1.0)

    def _ask(
        self, name: str, fields: Fields, timeout: float | None, *, wants_list: bool
    ) -> tuple[Message, list[Message]]:
        action_id = f"{self._prefix}-{next(self._numbers)}"
        data = encode(name, action_id, fields)
        pending = _Pending(wants_list=wants_list)
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        try:
            with self._lock:
                if self._socket is None:
                    raise AmiClosed("not connected")
                self._pending[action_id] = pending
                self._socket.sendall(data)
            if not pending.done.wait(max(0.0, deadline - time.monotonic())):
                raise AmiTimeout(f"{name} was not answered in time")
        except OSError as error:
            self.close()
            raise AmiClosed(f"the connection ended: {error}") from error
        finally:
            with self._lock:
                self._pending.pop(action_id, None)
        if pending.response is None:
            raise AmiClosed(f"the connection ended before {name} was answered")
        if pending.response.get("Response") == "Error":
            raise AmiRefused(f"{name}: {pending.response.get('Message')}")
        return pending.response, pending.items

    def _read(self, source: socket.socket) -> None:
        parser = Parser()
        with contextlib.suppress(OSError, ProtocolError):
            while True:
                try:
                    data = source.recv(65536)
                except TimeoutError:
                    continue
                if not data:
                    break
                for message in parser.feed(data):
                    self._received(message)
        if self._socket is source:
            self.close()

    def _received(self, message: Message) -> None:
        with self._lock:
            pending = self._pending.get(message.get("ActionID"))
        if pending:
            pending.take(message)
        elif message.get("Event") and self._on_event:
            self._on_event(message)
