"""The desk phone against a registrar of a few lines: registration, calls in and out, hold, refusals."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections import deque
from collections.abc import Iterator

import pytest

from ops.sip import messages
from ops.sip.dialog import Dialog, Phase
from ops.sip.digest import Credentials, authorise
from ops.sip.messages import Message
from ops.sip.phone import DeskPhone, RegistrationRefusedError

HERE, THERE = ("127.0.0.1", 5070), ("127.0.0.1", 5060)
SESSION = messages.describe_session("127.0.0.1", 4000, (8, 0), 7)


def md5_of(text: str) -> str:
    """As digest authentication takes it."""
    return hashlib.new("md5", text.encode(), usedforsecurity=False).hexdigest()


def test_the_answer_to_a_challenge_is_the_one_of_rfc_2617() -> None:
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c"'
    value = authorise(challenge, Credentials("Mufasa", "Circle Of Life"), "GET", "/dir/index.html")
    assert value
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in value
    assert 'opaque="5ccc069c"' in value


def test_a_protected_quality_counts_the_client_in() -> None:
    challenge = 'Digest realm="r",nonce="n",algorithm=MD5,qop="auth"'
    value = authorise(challenge, Credentials("u", "p"), "REGISTER", "sip:x")
    assert value
    said = dict(re.findall(r'(\w+)="?([^",]+)', value))
    who, what = md5_of("u:r:p"), md5_of("REGISTER:sip:x")
    assert said["response"] == md5_of(f"{who}:n:00000001:{said['cnonce']}:auth:{what}")


@pytest.mark.parametrize("challenge", ["", "Basic realm=x", 'Digest realm="r"', 'Digest nonce="n", algorithm=ODD'])
def test_a_challenge_that_is_not_understood_is_not_answered(challenge: str) -> None:
    assert authorise(challenge, Credentials("u", "p"), "REGISTER", "sip:x") is None


class Pair:
    """A caller and a phone, wired to each other without a network."""

    def __init__(self) -> None:
        self.wire: deque[tuple[str, bytes]] = deque()
        self.caller = Dialog(THERE, HERE, "agent1", "138", SESSION, lambda data: self.wire.append(("phone", data)))
        self.caller.invite(0.0)
        self.phone = Dialog.taken(
            messages.parse(self.wire.popleft()[1]), HERE, THERE, SESSION,
            lambda data: self.wire.append(("caller", data)), Credentials("agent1", "x"),
        )  # fmt: skip
        self.deliver()

    def deliver(self) -> None:
        """Carry what was sent, and what is sent because of it."""
        while self.wire:
            to, data = self.wire.popleft()
            (self.phone if to == "phone" else self.caller).receive(messages.parse(data), 0.0)

    def phases(self) -> tuple[Phase, Phase]:
        """Of the caller and of the phone, when all is said."""
        self.deliver()
        return self.caller.phase, self.phone.phase

    def held(self) -> tuple[bool, bool]:
        """Whether the call is held, and whether our description says so."""
        self.deliver()
        return self.phone.on_hold, "a=sendonly" in self.phone.session


def test_a_phone_rings_answers_holds_and_hangs_up() -> None:
    pair = Pair()
    assert pair.phases() == (Phase.CALLING, Phase.RINGING)
    assert (pair.caller.statuses, pair.phone.number) == ([180], "138")
    pair.phone.accept(0.0)
    assert pair.phases() == (Phase.UP, Phase.UP)
    pair.phone.hold(0.0)
    assert pair.held() == (True, True)
    pair.phone.hold(0.0, held=False)
    assert pair.held() == (False, False)
    pair.phone.tick(100.0)
    assert pair.phases() == (Phase.UP, Phase.UP), "the handset's answer was acknowledged"
    pair.phone.hang_up(0.0)
    assert pair.phases() == (Phase.OVER, Phase.OVER)
    assert pair.caller.ended_by_them


def test_a_caller_who_gives_up_stops_the_ringing() -> None:
    pair = Pair()
    pair.caller.hang_up(0.0)
    assert pair.phases() == (Phase.OVER, Phase.OVER)
    assert pair.caller.statuses == [180]
    assert pair.phone.ended_by_them


def test_a_phone_declines() -> None:
    pair = Pair()
    pair.phone.reject(603, "Decline")
    assert pair.phases() == (Phase.OVER, Phase.OVER)
    assert pair.caller.statuses == [180, 603]


def test_an_invitation_that_comes_twice_is_answered_with_what_was_said() -> None:
    pair = Pair()
    assert pair.phone.invitation
    pair.phone.receive(pair.phone.invitation, 0.1)
    assert [messages.parse(data).status for _, data in pair.wire] == [180]


class Registrar(threading.Thread):
    """Takes one password, and says so; keeps what it was asked."""

    def __init__(self, password: str) -> None:
        super().__init__(daemon=True)
        self.password = password
        self.asked: list[Message] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.start()

    def run(self) -> None:
        while True:
            data, source = self.socket.recvfrom(4096)
            if data == b"stop":
                return
            message = messages.parse(data)
            if message.status:
                continue
            self.asked.append(message)
            self.socket.sendto(self._answer(message).to_bytes(), source)

    def _answer(self, message: Message) -> Message:
        said = dict(re.findall(r'(\w+)="?([^",]+)', message.get("authorization")))
        who = md5_of(f"agent1:r:{self.password}")
        what = md5_of(f"{message.method}:{said.get('uri')}")
        if said.get("response") == md5_of(f"{who}:n:{what}"):
            return messages.answer(message, 200, "OK", own_tag="t")
        made = messages.answer(message, 401, "Unauthorized", own_tag="t")
        return Message(made.start, (*made.headers, ("www-authenticate", 'Digest realm="r", nonce="n"')))

    def close(self) -> None:
        self.socket.sendto(b"stop", self.socket.getsockname())
        self.join(5)
        self.socket.close()


@pytest.fixture
def registrar() -> Iterator[Registrar]:
    made = Registrar("right")
    yield made
    made.close()


def test_a_phone_registers_with_its_password_and_logs_out(registrar: Registrar) -> None:
    with DeskPhone(registrar.socket.getsockname(), "agent1", "right") as phone:
        phone.register()
        states = [phone.registration.registered]
        phone.unregister()
        states.append(phone.registration.registered)
    assert states == [True, False]
    assert [one.get("expires") for one in registrar.asked] == ["120", "120", "0", "0"]


def test_a_wrong_password_is_told(registrar: Registrar) -> None:
    with DeskPhone(registrar.socket.getsockname(), "agent1", "wrong") as phone:
        with pytest.raises(RegistrationRefusedError) as refused:
            phone.register()
        assert refused.value.status == 401
    assert len(registrar.asked) == 2, "it does not go on trying"
