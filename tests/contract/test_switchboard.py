"""The switchboard's socket: what goes in, what comes out, at both ends, and that strangers' bytes do no harm."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.exchange_view import Channel, View
from agi.switchboard import Order, Outside, Refused
from agi.switchboard_server import Switchboard, SwitchboardServer
from crm.domain.errors import ConflictError, DomainError, InvalidInputError, NotFoundError, UnavailableError
from crm.services import switchboard as door
from crm.services.switchboard import SwitchboardDoor
from ivr.switchboard import SwitchboardCode, Verb

CALL = "huiyin01-1763770000.1"


class FakeLink:
    """An exchange with one caller and one agent."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.orders: list[Order] = []
        self.refuses: Refused | None = None

    def view(self, agents: list[str]) -> View:
        channels = (
            Channel("PJSIP/trunk-00000001", CALL, CALL, bridge="b"),
            Channel("PJSIP/lin-00000002", "huiyin01-1763770001.2", CALL, "lin", "queue", bridge="b"),
        )
        phones = {"wang": "wang-web", "lin": "lin"}
        return View(channels, {agent: phones[agent] for agent in agents if agent in phones})

    def carry_out(self, order: Order) -> None:
        if self.refuses:
            raise self.refuses
        self.orders.append(order)


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


def served(path: Path, answer: Callable[[bytes], bytes]) -> Iterator[Path]:
    server = SwitchboardServer(path, answer)
    try:
        yield path
    finally:
        server.close()


@pytest.fixture
def path(link: FakeLink, home: Path) -> Iterator[Path]:
    handlers = {Verb.SNAPSHOT: lambda _args: {"channels": []}}
    outside = Outside(("1XXXXXXXXXX",), lambda: "huiyin01-1763770009.9001")
    yield from served(home / "switchboard.sock", Switchboard(link, outside, handlers).answer)  # type: ignore[arg-type]


def test_a_transfer_goes_through_the_door(link: FakeLink, path: Path) -> None:
    door.blind_transfer(SwitchboardDoor(path), CALL, "lin", "agent:wang")
    (order,) = link.orders
    assert [step.action()[0] for step in order.steps] == ["Setvar"] * 4 + ["Redirect", "Hangup"]


def test_what_others_carry_out_is_theirs(path: Path) -> None:
    assert SwitchboardDoor(path).ask(Verb.SNAPSHOT, {}) == {"channels": []}


def test_dialling_gives_the_id_that_the_call_will_have(link: FakeLink, path: Path) -> None:
    assert door.dial(SwitchboardDoor(path), "wang", "13800138000", "zh") == "huiyin01-1763770009.9001"


@pytest.mark.parametrize(
    ("ask", "error", "code"),
    [
        (lambda d: door.requeue(d, "huiyin01-1.1"), NotFoundError, "unknown_call"),
        (lambda d: door.hang_up(d, CALL, "nobody"), ConflictError, "not_on_call"),
        (lambda d: door.transfer(d, CALL, "lin"), ConflictError, "no_answer"),
        (lambda d: door.blind_transfer(d, CALL, "lin", "agent:zhao"), ConflictError, "no_phone"),
        (lambda d: door.blind_transfer(d, CALL, "lin", "PJSIP/trunk"), InvalidInputError, "bad_request"),
        (lambda d: door.dial(d, "wang", "0013800138000", "zh"), ConflictError, "refused"),
        (lambda d: d.ask(Verb.LOAD_PLAN, {}), InvalidInputError, "bad_request"),
    ],
)
def test_a_refusal_is_a_domain_error_with_its_code(
    path: Path, ask: Callable[[SwitchboardDoor], object], error: type[DomainError], code: str
) -> None:
    with pytest.raises(door.SwitchboardError) as raised:
        ask(SwitchboardDoor(path))
    assert isinstance(raised.value, error)
    assert raised.value.code == code


def test_without_the_exchange_it_is_unavailable(link: FakeLink, path: Path) -> None:
    link.refuses = Refused(SwitchboardCode.NO_EXCHANGE, "the telephone exchange does not answer")
    with pytest.raises(UnavailableError):
        door.hang_up(SwitchboardDoor(path), CALL, "lin")


def test_nobody_listens(home: Path) -> None:
    with pytest.raises(UnavailableError):
        door.requeue(SwitchboardDoor(home / "none.sock"), CALL)


def test_who_never_answers_holds_nobody_past_the_deadline(home: Path) -> None:
    release = threading.Event()

    def hangs(_line: bytes) -> bytes:
        release.wait(30)
        return b""

    for socket_path in served(home / "hangs.sock", hangs):
        with pytest.raises(UnavailableError):
            door.requeue(SwitchboardDoor(socket_path, deadline=0.2), CALL)
        release.set()


@pytest.mark.parametrize(
    "reply", [b"", b"\n", b"null\n", b"[]\n", b'{"ok": true}\n', b'{"ok": false}\n', b"\xff\xfe\n"]
)
def test_an_answer_that_is_none_is_no_answer(home: Path, reply: bytes) -> None:
    for socket_path in served(home / "odd.sock", lambda _line: reply):
        with pytest.raises(UnavailableError):
            door.requeue(SwitchboardDoor(socket_path), CALL)


def test_the_socket_is_its_owners_alone(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_client_that_goes_half_way_leaves_the_door_open(path: Path) -> None:
    for bytes_sent in (b"", b"{", b'{"verb": "requeue"'):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(bytes_sent)
    assert SwitchboardDoor(path).ask(Verb.SNAPSHOT, {}) == {"channels": []}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_line_has_an_answer(line: bytes) -> None:
    reply = json.loads(Switchboard(FakeLink(), Outside()).answer(line))  # type: ignore[arg-type]
    assert reply["ok"] is False
    assert reply["error"] in set(SwitchboardCode)


@given(
    st.sampled_from(list(Verb)),
    st.dictionaries(
        st.sampled_from(ARGUMENTS := ["call_id", "agent", "target", "supervisor", "number", "language"]),
        JSON
        | st.sampled_from([CALL, "lin", "wang", "agent:wang", "queue:cards\nAction: x", "lin\r\nAction: Originate"]),
    ),
)
def test_no_argument_makes_a_second_action(verb: Verb, args: dict[str, Any]) -> None:
    link = FakeLink()
    reply = json.loads(Switchboard(link, Outside()).answer(json.dumps({"verb": verb, "args": args}).encode()))  # type: ignore[arg-type]
    assert reply["ok"] or reply["error"] in set(SwitchboardCode)
    for order in link.orders:
        for step in order.steps:
            for name, value in step.action()[1]:
                assert not set(f"{name}{value}") & set("\r\n\0;,$|"), (name, value)
