"""The user agent: one thread with a selector and a clock of 20 ms carries many calls at once."""

from __future__ import annotations

import contextlib
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ops.sip import g711, messages
from ops.sip.call import Call
from ops.sip.dialog import Dialog, Phase
from ops.sip.digest import Credentials
from ops.sip.messages import Message
from ops.sip.script import CallScript

_TICK = 0.02
_BIG = 1 << 20


class UserAgent:
    """A caller with one SIP address; use as a context manager."""

    credentials: Credentials | None = None
    """What it answers when it is asked who it is; a caller of the trunk has none."""

    def __init__(self, server: tuple[str, int], host: str = "127.0.0.2") -> None:
        self._server = server
        self._host = host
        self._signalling = _socket(host)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._signalling, selectors.EVENT_READ, None)
        self._wishes: queue.SimpleQueue[Callable[[float], None]] = queue.SimpleQueue()
        self._calls: dict[str, Call] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sip-user-agent", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(self, script: CallScript) -> Call:
        """Place a call. It is under way when this returns."""
        media, session = self._sound(script)
        dialog = Dialog(
            local=self._signalling.getsockname(),
            remote=self._server,
            number=script.number,
            caller=script.caller,
            session=session,
            send=self._send,
            credentials=self.credentials,
        )
        call = Call(script, dialog, media)

        def begin(now: float) -> None:
            self._carry(call, now)
            dialog.invite(now)

        self.wish(begin)
        return call

    def wish(self, wish: Callable[[float], None]) -> None:
        """Have something done soon by the thread that carries the calls; it is given the time."""
        self._wishes.put(wish)

    def close(self, timeout: float = 3.0) -> None:
        """Hang up what is still up, and stop."""
        self._stop.set()
        self._thread.join(timeout + 2.0)
        self._selector.close()
        self._signalling.close()

    def _sound(self, script: CallScript) -> tuple[socket.socket, str]:
        """A socket for the sound of a call, and how we describe it."""
        media = _socket(self._host)
        types = tuple(g711.PAYLOAD_TYPES[codec] for codec in script.codecs)
        return media, messages.describe_session(self._host, media.getsockname()[1], types, int(time.time()))

    def _carry(self, call: Call, now: float) -> None:
        self._calls[call.dialog.call_id] = call
        self._selector.register(call.media, selectors.EVENT_READ, call)
        call.started = now

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self._signalling.sendto(data, self._server)

    def _run(self) -> None:
        due = time.monotonic()
        closing_since: float | None = None
        while True:
            now = time.monotonic()
            if self._stop.is_set():
                closing_since = closing_since or now
                self._hang_up_all(now)
                if not self._calls or now - closing_since > 3.0:
                    break
            while not self._wishes.empty():
                self._wishes.get()(now)
            for key, _ in self._selector.select(max(0.0, due - now)):
                self._read(key)
            now = time.monotonic()
            if now >= due:
                self._tick(now)
                due = due + _TICK if now - due < 5 * _TICK else now + _TICK
        for call in list(self._calls.values()):
            self._forget(call)

    def _read(self, key: selectors.SelectorKey) -> None:
        now = time.monotonic()
        source = self._signalling if key.data is None else key.data.media
        while True:
            try:
                data = source.recv(4096)
            except OSError:
                return
            if key.data is None:
                self._signalled(data, now)
            else:
                key.data.received(data, now)

    def _signalled(self, data: bytes, now: float) -> None:
        try:
            message = messages.parse(data)
        except ValueError:
            return
        call = self._calls.get(message.get("call-id"))
        if call:
            with contextlib.suppress(ValueError):
                call.dialog.receive(message, now)
        else:
            self._unexpected(message, now)

    def _unexpected(self, message: Message, now: float) -> None:  # noqa: ARG002  -- a phone knows more of them
        """A message that belongs to no call of ours."""
        if not message.status and message.method != "ACK":
            reason = (200, "OK") if message.method in {"OPTIONS", "BYE"} else (481, "Call does not exist")
            self._send(messages.answer(message, *reason).to_bytes())

    def _tick(self, now: float) -> None:
        for call in list(self._calls.values()):
            call.tick(now)
            if call.finished.is_set():
                self._forget(call)

    def _hang_up_all(self, now: float) -> None:
        for call in self._calls.values():
            if call.dialog.phase in {Phase.UP, Phase.CALLING, Phase.RINGING}:
                call.dialog.hang_up(now)

    def _forget(self, call: Call) -> None:
        self._calls.pop(call.dialog.call_id, None)
        self._selector.unregister(call.media)
        call.media.close()
        call.finished.set()


def _socket(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BIG)
    made.bind((host, 0))
    made.setblocking(False)
    return made
