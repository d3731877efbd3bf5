"""The signalling of one call, placed or taken: INVITE to BYE, retransmissions included. No sockets, no clock."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from ops.sip import messages
from ops.sip.digest import Credentials, authorise
from ops.sip.messages import Message, RemoteMedia

_FIRST_RETRY = 0.5
_GIVE_UP = 16.0
_CHALLENGES = {401: ("www-authenticate", "authorization"), 407: ("proxy-authenticate", "proxy-authorization")}


class Phase(StrEnum):
    """Where the call stands."""

    CALLING = "calling"
    RINGING = "ringing"
    """They call us."""
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


@dataclass(frozen=True)
class _Request:
    """What we asked, to know its answer by and to ask it again with credentials."""

    method: str
    branch: str
    sequence: int
    body: str
    authorised: bool


@dataclass
class Dialog:
    """One call's signalling. ``session`` is our side of the sound as it is now."""

    local: tuple[str, int]
    remote: tuple[str, int]
    number: str
    caller: str | None
    session: str
    send: Callable[[bytes], None]
    credentials: Credentials | None = None
    phase: Phase = Phase.CALLING
    statuses: list[int] = field(default_factory=list)
    media: RemoteMedia | None = None
    invitation: Message | None = None
    """The INVITE of a call that came in."""
    on_hold: bool = False
    """Whether they agreed that we hold the call."""
    referred: int = 0
    """The answer to the last transfer that we asked for."""
    ended_by_them: bool = False
    unanswered: bool = False

    def __post_init__(self) -> None:
        self.call_id = f"{secrets.token_hex(10)}@{self.local[0]}"
        self._tag = secrets.token_hex(6)
        name = "caller" if self.caller is None else self.caller
        who = (
            '"Anonymous" <sip:anonymous@anonymous.invalid>' if self.caller is None else f"<sip:{name}@{self.local[0]}>"
        )
        self._ours = f"{who};tag={self._tag}"
        self._target = f"sip:{self.number}@{self.remote[0]}:{self.remote[1]}"
        self._theirs = f"<{self._target}>"
        self._route: list[str] = []
        self._sequence = 0
        self._invite: _Request | None = None
        self._last: _Request | None = None
        self._retry: _Retry | None = None
        self._said = b""
        """Our last answer to their INVITE, for when it was lost."""

    @classmethod
    def taken(
        cls, invitation: Message, local: tuple[str, int], remote: tuple[str, int], session: str,
        send: Callable[[bytes], None], credentials: Credentials,
    ) -> Dialog:  # fmt: skip
        """A call that comes in; it rings. Raises ValueError when it has no sound."""
        media = messages.read_session(invitation.body)
        number = messages.user_of(invitation.get("from"))
        made = cls(local, remote, number, credentials.user, session, send, credentials, Phase.RINGING)
        made.media, made.invitation, made.call_id = media, invitation, invitation.get("call-id")
        made._ours, made._theirs = f"{invitation.get('to')};tag={made._tag}", invitation.get("from")
        made._target = messages.contact_uri(invitation.get("contact"))
        made._route = invitation.all("record-route")
        made._answer_invitation(180, "Ringing")
        return made

    @property
    def contact(self) -> str:
        """Where the other side reaches us."""
        return f"sip:{self.credentials.user if self.credentials else 'caller'}@{self.local[0]}:{self.local[1]}"

    # What we do.

    def invite(self, now: float) -> None:
        """Call."""
        self._invite = self._ask("INVITE", now, self.session)

    def accept(self, now: float) -> None:
        """Answer a call that rings."""
        if self.phase is Phase.RINGING:
            self.phase = Phase.UP
            self._answer_invitation(200, "OK", self.session)
            self._retry = _Retry(self._said, now + _FIRST_RETRY, _FIRST_RETRY, now + _GIVE_UP)

    def reject(self, status: int = 486, reason: str = "Busy Here") -> None:
        """Refuse a call that rings."""
        if self.phase is Phase.RINGING:
            self._answer_invitation(status, reason)
            self.phase = Phase.OVER

    def hold(self, now: float, *, held: bool = True) -> None:
        """Put the other side on hold, or take it back."""
        if self.phase is Phase.UP:
            self.session = messages.change_direction(self.session, "sendonly" if held else "sendrecv")
            self._invite = self._ask("INVITE", now, self.session)

    def refer(self, now: float, target: str) -> None:
        """Ask the other side to call somebody else in our place; ``referred`` has the answer."""
        if self.phase is Phase.UP:
            self.referred = 0
            self._ask("REFER", now, extra=(("refer-to", f"<{target}>"), ("contact", f"<{self.contact}>")))

    def hang_up(self, now: float) -> None:
        """End the call, or stop calling."""
        if self.phase is Phase.UP:
            self.phase = Phase.CLOSING
            self._ask("BYE", now)
        elif self.phase is Phase.RINGING:
            self.reject(480, "Temporarily Unavailable")
        elif self.phase is Phase.CALLING and self._invite:
            self.phase = Phase.CANCELLING
            asked = self._invite
            self._repeat(self._request(_Request("CANCEL", asked.branch, asked.sequence, "", authorised=False)), now)

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

    # What they do.

    def receive(self, message: Message, now: float) -> None:
        """Take a message of this call."""
        if not message.status:
            self._asked(message)
        elif message.method == "INVITE":
            self._invite_answered(message, now)
        elif message.method == "REFER" and message.status >= 200:
            self._retry, self.referred = None, message.status
        elif message.method in {"BYE", "CANCEL"} and message.status >= 200:
            self._retry = None
            if message.method == "BYE" and not self._again(self._last, message, now):
                self.phase = Phase.OVER

    def _invite_answered(self, message: Message, now: float) -> None:
        asked = self._invite
        if asked is None or message.branch != asked.branch:
            return
        if self.phase is not Phase.CLOSING and self.phase is not Phase.CANCELLING:
            self._retry = None
        if self.phase is Phase.CALLING:
            self.statuses.append(message.status)
        if message.status < 200:
            return
        if message.status >= 300:
            self._invite_refused(asked, message, now)
            return
        self._theirs = message.get("to") if self.invitation is None else self._theirs
        if self.phase in {Phase.CALLING, Phase.CANCELLING}:
            self._target = messages.contact_uri(message.get("contact")) or self._target
            self._route = list(reversed(message.all("record-route")))
        self.media = messages.read_session(message.body)
        self.send(self._request(_Request("ACK", _branch(), asked.sequence, "", asked.authorised)))
        self.on_hold = "a=sendonly" in asked.body
        given_up = self.phase is Phase.CANCELLING
        if self.phase in {Phase.CALLING, Phase.CANCELLING}:
            self.phase = Phase.UP
        if given_up:
            self.hang_up(now)

    def _invite_refused(self, asked: _Request, message: Message, now: float) -> None:
        known = self._theirs
        self._theirs = message.get("to")
        self.send(self._request(_Request("ACK", asked.branch, asked.sequence, "", authorised=False)))
        self._theirs = known
        if self.phase is not Phase.CANCELLING and (again := self._again(asked, message, now)):
            self._invite = again
        elif self.phase in {Phase.CALLING, Phase.CANCELLING}:
            self._retry, self.phase = None, Phase.OVER

    def _again(self, asked: _Request | None, message: Message, now: float) -> _Request | None:
        """Ask once more, with the password, when that is what they want."""
        if asked is None or self.credentials is None or asked.authorised or message.status not in _CHALLENGES:
            return None
        challenge, header = _CHALLENGES[message.status]
        value = authorise(message.get(challenge), self.credentials, asked.method, self._target)
        return self._ask(asked.method, now, asked.body, (header, value)) if value else None

    def _asked(self, message: Message) -> None:
        if message.method == "ACK":
            if self._retry and self._retry.data == self._said:
                self._retry = None
        elif message.method == "BYE":
            self.send(messages.answer(message, 200, "OK").to_bytes())
            if self.phase is Phase.UP:
                self.ended_by_them = True
            self._retry, self.phase = None, Phase.OVER
        elif message.method == "CANCEL":
            self.send(messages.answer(message, 200, "OK", own_tag=self._tag).to_bytes())
            if self.phase is Phase.RINGING:
                self._answer_invitation(487, "Request Terminated")
                self.phase, self.ended_by_them = Phase.OVER, True
        elif self.invitation and message.branch == self.invitation.branch:
            self.send(self._said)
        else:
            if message.method in {"INVITE", "UPDATE"} and message.body:
                self.media = messages.read_session(message.body)
            body = self.session if message.method == "INVITE" or message.body else ""
            self.send(messages.answer(message, 200, "OK", self.contact, body).to_bytes())

    # On the wire.

    def _answer_invitation(self, status: int, reason: str, body: str = "") -> None:
        if self.invitation is not None:
            self._said = messages.answer(self.invitation, status, reason, self.contact, body, self._tag).to_bytes()
            self.send(self._said)

    def _ask(
        self, method: str, now: float, body: str = "", authorisation: tuple[str, str] | None = None,
        extra: tuple[tuple[str, str], ...] = (),
    ) -> _Request:  # fmt: skip
        self._sequence += 1
        asked = _Request(method, _branch(), self._sequence, body, authorisation is not None)
        self._last = asked
        self._repeat(self._request(asked, (authorisation, *extra) if authorisation else extra), now)
        return asked

    def _repeat(self, data: bytes, now: float) -> None:
        self._retry = _Retry(data, now + _FIRST_RETRY, _FIRST_RETRY, now + _GIVE_UP)
        self.send(data)

    def _request(self, asked: _Request, extra: tuple[tuple[str, str], ...] = ()) -> bytes:
        headers = [
            ("via", f"SIP/2.0/UDP {self.local[0]}:{self.local[1]};rport;branch={asked.branch}"),
            ("max-forwards", "70"),
            ("from", self._ours),
            ("to", self._theirs),
            ("call-id", self.call_id),
            ("cseq", f"{asked.sequence} {asked.method}"),
            *(("route", route) for route in self._route),
            ("user-agent", "Huiyin caller"),
            *extra,
        ]
        if asked.method == "INVITE":
            headers += [("contact", f"<{self.contact}>"), ("allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE")]
            if self.caller is None:
                headers.append(("privacy", "id"))
        if asked.body:
            headers.append(("content-type", "application/sdp"))
        return Message(f"{asked.method} {self._target} SIP/2.0", tuple(headers), asked.body).to_bytes()


def _branch() -> str:
    return f"z9hG4bK{secrets.token_hex(8)}"
