"""The signalling of one outgoing call: INVITE to BYE, retransmissions included. No sockets, no clock of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from ops.sip import messages
from ops.sip.messages import Message, RemoteMedia

_FIRST_RETRY = 0.5
_GIVE_UP = 16.0


class Phase(StrEnum):
    """Where the call stands."""

    CALLING = "calling"
    UP = "up"
    CANCELLING = "cancelling"
    CLOSING = "closing"
    OVER = "over"


@dataclass
class _Retry:
    data: bytes
    at: float
    interval: float
    until: float


@dataclass
class Dialog:
    """One call's signalling."""

    local: tuple[str, int]
    remote: tuple[str, int]
    number: str
    caller: str | None
    session: str
    send: Callable[[bytes], None]
    phase: Phase = Phase.CALLING
    statuses: list[int] = field(default_factory=list)
    media: RemoteMedia | None = None
    ended_by_them: bool = False
    unanswered: bool = False

    def __post_init__(self) -> None:
        self.call_id = f"{secrets.token_hex(10)}@{self.local[0]}"
        self._tag = secrets.token_hex(6)
        self._branch = _branch()
        self._sequence = 1
        self._to = f"<sip:{self.number}@{self.remote[0]}:{self.remote[1]}>"
        self._target = f"sip:{self.number}@{self.remote[0]}:{self.remote[1]}"
        self._route: list[str] = []
        self._retry: _Retry | None = None

    @property
    def contact(self) -> str:
        """Where the other side reaches us."""
        return f"sip:caller@{self.local[0]}:{self.local[1]}"

    def invite(self, now: float) -> None:
        """Call."""
        extra = [("contact", f"<{self.contact}>"), ("allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE")]
        if self.caller is None:
            extra.append(("privacy", "id"))
        extra.append(("content-type", "application/sdp"))
        self._repeat(self._request("INVITE", self._branch, extra, self.session), now)

    def hang_up(self, now: float) -> None:
        """End the call, or stop calling."""
        if self.phase is Phase.UP:
            self._sequence += 1
            self.phase = Phase.CLOSING
            self._repeat(self._request("BYE", _branch(), []), now)
        elif self.phase is Phase.CALLING:
            self.phase = Phase.CANCELLING
            self._repeat(self._request("CANCEL", self._branch, []), now)

    def tick(self, now: float) -> None:
        """Send again what was not answered yet."""
        retry = self._retry
        if retry is None or now < retry.at:
            return
        if now > retry.until:
            self._retry, self.phase, self.unanswered = None, Phase.OVER, True
            return
        self.send(retry.data)
        retry.interval = min(2 * retry.interval, 4.0)
        retry.at = now + retry.interval

    def receive(self, message: Message, now: float) -> None:
        """Take a message of this call."""
        if message.status:
            if message.method == "INVITE":
                self._invite_answered(message, now)
            elif message.method in {"BYE", "CANCEL"} and message.status >= 200:
                self._retry = None
                if message.method == "BYE":
                    self.phase = Phase.OVER
        else:
            self._asked(message)

    def _invite_answered(self, message: Message, now: float) -> None:
        if message.branch != self._branch:
            return
        if self.phase is Phase.CALLING:
            self._retry = None
            self.statuses.append(message.status)
        if message.status < 200:
            return
        self._to = message.get("to")
        if message.status >= 300:
            self.send(self._request("ACK", self._branch, []))
            if self.phase in {Phase.CALLING, Phase.CANCELLING}:
                self._retry, self.phase = None, Phase.OVER
            return
        if self.phase in {Phase.CALLING, Phase.CANCELLING}:
            self._target = messages.contact_uri(message.get("contact")) or self._target
            self._route = list(reversed(message.all("record-route")))
            self.media = messages.read_session(message.body)
        self.send(self._request("ACK", _branch(), []))
        given_up = self.phase is Phase.CANCELLING
        if self.phase in {Phase.CALLING, Phase.CANCELLING}:
            self.phase = Phase.UP
        if given_up:
            self.hang_up(now)

    def _asked(self, message: Message) -> None:
        if message.method == "ACK":
            return
        if message.method == "BYE":
            self.send(messages.answer(message, 200, "OK").to_bytes())
            if self.phase is Phase.UP:
                self.ended_by_them = True
            self._retry, self.phase = None, Phase.OVER
        elif message.method in {"INVITE", "UPDATE"}:
            body = self.session if message.body else ""
            self.send(messages.answer(message, 200, "OK", self.contact, body).to_bytes())
        else:
            self.send(messages.answer(message, 200, "OK", self.contact).to_bytes())

    def _repeat(self, data: bytes, now: float) -> None:
        self._retry = _Retry(data, now + _FIRST_RETRY, _FIRST_RETRY, now + _GIVE_UP)
        self.send(data)

    def _request(self, method: str, branch: str, extra: list[tuple[str, str]], body: str = "") -> bytes:
        host, port = self.local
        name = "caller" if self.caller is None else self.caller
        who = '"Anonymous" <sip:anonymous@anonymous.invalid>' if self.caller is None else f"<sip:{name}@{host}>"
        headers = [
            ("via", f"SIP/2.0/UDP {host}:{port};rport;branch={branch}"),
            ("max-forwards", "70"),
            ("from", f"{who};tag={self._tag}"),
            ("to", self._to),
            ("call-id", self.call_id),
            ("cseq", f"{self._sequence if method == 'BYE' else 1} {method}"),
            *(("route", route) for route in self._route),
            ("user-agent", "Huiyin caller"),
            *extra,
        ]
        return Message(f"{method} {self._target} SIP/2.0", tuple(headers), body).to_bytes()


def _branch() -> str:
    return f"z9hG4bK{secrets.token_hex(8)}"
