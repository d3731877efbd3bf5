"""A phone's registration: REGISTER, the password when asked for it, and again before it lapses. No sockets."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

from ops.sip.digest import Credentials, authorise
from ops.sip.messages import Message

_RETRY = 0.5
_GIVE_UP = 8.0


class Registration:
    """Keeps one phone registered. ``settled`` is set when the last wish was answered or given up."""

    def __init__(
        self, local: tuple[str, int], remote: tuple[str, int], credentials: Credentials, send: Callable[[bytes], None]
    ) -> None:
        self._local, self._remote, self._credentials, self._send = local, remote, credentials, send
        self._call_id = f"{secrets.token_hex(10)}@{local[0]}"
        self._sequence = 0
        self._branch = ""
        self._pending = b""
        self._expires = 0
        self._next = float("inf")
        self._until = float("inf")
        self._challenged = False
        self.status = 0
        """The last final status, 0 when nobody answered."""
        self.settled = threading.Event()

    @property
    def call_id(self) -> str:
        """By which answers are known."""
        return self._call_id

    @property
    def registered(self) -> bool:
        """Whether the exchange took it, the last time it was asked."""
        return self._expires > 0 and 200 <= self.status < 300

    def ask(self, now: float, expires: int) -> None:
        """Register for ``expires`` seconds; 0 ends it."""
        self._expires, self._challenged, self._until = expires, False, now + _GIVE_UP
        self.settled.clear()
        self._request(now, "")

    def tick(self, now: float) -> None:
        """Send again what was lost; register again at half time."""
        if now < self._next:
            return
        if not self._pending:
            self._challenged, self._until = False, now + _GIVE_UP
            self._request(now, "")
        elif now > self._until:
            self._settle(0, float("inf"))
        else:
            self._send(self._pending)
            self._next = now + _RETRY

    def receive(self, message: Message, now: float) -> None:
        """Take an answer."""
        if message.branch != self._branch or message.status < 200:
            return
        if message.status == 401 and not self._challenged:
            self._challenged = True
            value = authorise(message.get("www-authenticate"), self._credentials, "REGISTER", self._uri)
            if value:
                self._request(now, value)
                return
        renew = now + self._expires / 2 if message.status < 300 and self._expires else float("inf")
        self._settle(message.status, renew)

    def _settle(self, status: int, again: float) -> None:
        self._pending, self._next, self.status = b"", again, status
        self.settled.set()

    @property
    def _uri(self) -> str:
        return f"sip:{self._remote[0]}:{self._remote[1]}"

    def _request(self, now: float, authorisation: str) -> None:
        self._sequence += 1
        self._branch = f"z9hG4bK{secrets.token_hex(8)}"
        who = f"sip:{self._credentials.user}@{self._remote[0]}"
        headers = [
            ("via", f"SIP/2.0/UDP {self._local[0]}:{self._local[1]};rport;branch={self._branch}"),
            ("max-forwards", "70"),
            ("from", f"<{who}>;tag={secrets.token_hex(6)}"),
            ("to", f"<{who}>"),
            ("call-id", self._call_id),
            ("cseq", f"{self._sequence} REGISTER"),
            ("contact", f"<sip:{self._credentials.user}@{self._local[0]}:{self._local[1]}>"),
            ("expires", str(self._expires)),
            *([("authorization", authorisation)] if authorisation else []),
        ]
        self._pending = Message(f"REGISTER {self._uri} SIP/2.0", tuple(headers)).to_bytes()
        self._next = now + _RETRY
        self._send(self._pending)
