"""An agent's desk phone for tests, benchmarks and the demo: it registers, rings, answers, holds and dials.

with DeskPhone(("127.0.0.1", 5060), "agent1", password) as phone:
    phone.register()
    call = phone.wait_ring()
    call.answer()
    call.play(samples)
    assert call.heard(1.0) ...
    call.hang_up()
"""

from __future__ import annotations

import queue

from ops.sip import messages
from ops.sip.agent import UserAgent
from ops.sip.call import Call
from ops.sip.dialog import Dialog, Phase
from ops.sip.digest import Credentials
from ops.sip.g711 import Codec, Samples
from ops.sip.messages import Message
from ops.sip.registration import Registration
from ops.sip.script import CallScript, Speak

_RENEW = 120


class RegistrationRefusedError(Exception):
    """The exchange does not take the phone. ``status`` is SIP's, 0 when nobody answered."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the registration was answered with {status}" if status else "nobody answered")
        self.status = status


class PhoneCall:
    """A call at a desk phone, taken or dialled. Its methods may be used from any thread."""

    def __init__(self, phone: DeskPhone, call: Call) -> None:
        self._phone = phone
        self.call = call
        """The call as the user agent has it: sound, steps, result."""

    def header(self, name: str) -> str:
        """A header of the INVITE that made the phone ring, ``x-call-id`` say; empty when it has none."""
        invitation = self.call.dialog.invitation
        return invitation.get(name.lower()) if invitation else ""

    @property
    def caller(self) -> str:
        """The number that the phone shows: of P-Asserted-Identity, else of From."""
        return messages.user_of(self.header("p-asserted-identity") or self.header("from"))

    @property
    def phase(self) -> Phase:
        """Where the call stands."""
        return self.call.dialog.phase

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.call.finished.is_set()

    @property
    def on_hold(self) -> bool:
        """Whether the exchange agreed that the other side is on hold."""
        return self.call.dialog.on_hold

    def answer(self) -> None:
        """Lift the handset. The sound flows when this returns, or TimeoutError."""
        self._phone.wish(self.call.dialog.accept)
        self.wait_answered(5.0)

    def reject(self, status: int = 486) -> None:
        """Decline."""
        self._phone.wish(lambda _: self.call.dialog.reject(status, "Declined"))
        self.wait_over(5.0)

    def hold(self) -> None:
        """Put the other side on hold (``on_hold`` says when the exchange agreed)."""
        self._phone.wish(self.call.dialog.hold)

    def unhold(self) -> None:
        """Take the other side back."""
        self._phone.wish(lambda now: self.call.dialog.hold(now, held=False))

    def hang_up(self) -> None:
        """End it."""
        self.call.hang_up()

    def play(self, samples: Samples) -> None:
        """Speak samples of 8 kHz, after what is being spoken; between them the line is silent."""
        self.call.do(Speak(samples))

    def heard(self, last: float | None = None) -> Samples:
        """What was heard since the answer, or in the last seconds of it."""
        return self.call.heard(last)

    def wait_answered(self, timeout: float = 15.0) -> None:
        """Until the call is up. Raises TimeoutError."""
        if not self.call.answered.wait(timeout):
            raise TimeoutError(f"the call is still {self.phase} after {timeout} s")

    def wait_over(self, timeout: float = 15.0) -> None:
        """Until the call has ended. Raises TimeoutError."""
        self.call.wait(timeout)


class DeskPhone(UserAgent):
    """A SIP phone of an agent; use as a context manager."""

    def __init__(
        self, server: tuple[str, int], user: str, password: str, host: str = "127.0.0.1",
        codecs: tuple[Codec, ...] = ("alaw", "ulaw"), *, keeps_sound: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(server, host)
        self.credentials: Credentials = Credentials(user, password)
        self._script = CallScript("", codecs=codecs, caller=user, stay=True, keeps_sound=keeps_sound)
        self._rings: queue.SimpleQueue[PhoneCall] = queue.SimpleQueue()
        self.registration = Registration(self._signalling.getsockname(), server, self.credentials, self._send)

    @property
    def user(self) -> str:
        """The SIP user."""
        return self.credentials.user

    def register(self, expires: int = _RENEW, timeout: float = 10.0) -> None:
        """Register, and keep it up. Raises RegistrationRefusedError."""
        self.registration.settled.clear()
        self.wish(lambda now: self.registration.ask(now, expires))
        if not self.registration.settled.wait(timeout) or not 200 <= self.registration.status < 300:
            raise RegistrationRefusedError(self.registration.status)

    def unregister(self) -> None:
        """Log out. Raises RegistrationRefusedError."""
        self.register(expires=0)

    def wait_ring(self, timeout: float = 15.0) -> PhoneCall:
        """The next call that rings. Raises TimeoutError."""
        try:
            return self._rings.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"{self.user}'s phone did not ring within {timeout} s") from None

    def rings(self) -> bool:
        """Whether a call rings or rang that nobody has taken with ``wait_ring``."""
        return not self._rings.empty()

    def dial(self, number: str) -> PhoneCall:
        """Call somebody. It is under way when this returns."""
        script = CallScript(
            number, caller=self.user, codecs=self._script.codecs, stay=True, keeps_sound=self._script.keeps_sound
        )
        return PhoneCall(self, self.call(script))

    def _unexpected(self, message: Message, now: float) -> None:
        if message.get("call-id") == self.registration.call_id:
            self.registration.receive(message, now)
        elif message.method == "INVITE" and not message.status and not messages.tag(message.get("to")):
            self._ring(message, now)
        else:
            super()._unexpected(message, now)

    def _ring(self, invitation: Message, now: float) -> None:
        media, session = self._sound(self._script)
        try:
            dialog = Dialog.taken(
                invitation, self._signalling.getsockname(), self._server, session, self._send, self.credentials
            )
        except ValueError:
            media.close()
            self._send(messages.answer(invitation, 488, "Not Acceptable Here", own_tag="none").to_bytes())
            return
        call = Call(self._script, dialog, media)
        self._carry(call, now)
        self._rings.put(PhoneCall(self, call))

    def _tick(self, now: float) -> None:
        super()._tick(now)
        self.registration.tick(now)
