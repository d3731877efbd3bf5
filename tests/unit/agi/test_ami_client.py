"""The AMI client against a server that is hostile or dead. The defects of pyst2's manager stay cured."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from agi.ami_client import AmiClient, AmiClosed, AmiRefused, AmiTimeout
from agi.ami_protocol import Message

Answer = Callable[[dict[str, str]], bytes | None]


def ok(action: dict[str, str]) -> bytes:
    return f"Response: Success\r\nActionID: {action['ActionID']}\r\n\r\n".encode()


class FakeServer:
    """Takes one connection; keeps every action; answers as the test says (None: hangs up)."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self.actions: list[dict[str, str]] = []
        self.connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            self.connection = connection
            with connection, connection.makefile("rb") as lines:
                connection.sendall(b"Asterisk Call Manager/11.0.0\r\n")
                action: dict[str, str] = {}
                for line in lines:
                    if line.strip():
                        key, _, value = line.decode().strip().partition(": ")
                        assert key not in action, "a header twice"
                        action[key] = value
                        continue
                    self.actions.append(action)
                    answer = ok(action) if action["Action"] == "Login" else self._answer(action)
                    if answer is None:
                        return
                    connection.sendall(answer)
                    action = {}

    def close(self) -> None:
        self._listener.close()
        if self.connection:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)


@contextlib.contextmanager
def connected(answer: Answer = ok, timeout: float = 5.0) -> Iterator[tuple[AmiClient, FakeServer]]:
    server = FakeServer(answer)
    client = AmiClient(server.address, timeout=timeout)
    try:
        client.connect("operator", "secret")
        yield client, server
    finally:
        client.close()
        server.close()


def test_every_action_has_an_id_of_its_own_and_only_its_own_headers() -> None:
    with connected() as (client, server):
        client.action("Redirect", [("Channel", "PJSIP/1")])
        client.action("Ping")
        client.action("Ping")
    assert [set(action) for action in server.actions[1:]] == [
        {"Action", "ActionID", "Channel"},
        {"Action", "ActionID"},
        {"Action", "ActionID"},
    ]
    assert len({action["ActionID"] for action in server.actions}) == 4


def test_a_value_with_a_line_feed_is_refused_and_nothing_is_sent() -> None:
    with connected() as (client, server):
        with pytest.raises(ValueError, match="must not be sent"):
            client.action("Redirect", [("Channel", "x\r\n\r\nAction: Originate")])
        client.action("Ping")
    assert [action["Action"] for action in server.actions] == ["Login", "Ping"]


def test_an_action_that_is_not_answered_ends_in_time_and_the_next_one_works() -> None:
    def answer(action: dict[str, str]) -> bytes:
        return b"" if action["Action"] == "Status" else ok(action)

    with connected(answer) as (client, _):
        with pytest.raises(AmiTimeout):
            client.collect("Status", timeout=0.05)
        assert client.action("Ping").get("Response") == "Success"


def test_answers_find_their_action_whatever_comes_between() -> None:
    def answer(action: dict[str, str]) -> bytes:
        number = action["ActionID"]
        noise = b"Event: FullyBooted\r\n\r\nEvent: Status\r\nActionID: stranger\r\n\r\nResponse: Error\r\n\r\n"
        items = (
            f"Event: Status\r\nActionID: {number}\r\nChannel: PJSIP/1\r\nChanVariable: a=1\r\nChanVariable: b\r\n\r\n"
        )
        end = f"Event: StatusComplete\r\nActionID: {number}\r\nEventList: Complete\r\n\r\n"
        return noise + ok(action) + items.encode() + noise + end.encode()

    with connected(answer) as (client, _):
        (event,) = client.collect("Status")
        assert event.get("Channel") == "PJSIP/1"
        assert event.all("ChanVariable") == ["a=1", "b"]


def test_a_refused_action_says_why() -> None:
    def answer(action: dict[str, str]) -> bytes:
        return f"Response: Error\r\nActionID: {action['ActionID']}\r\nMessage: Permission denied\r\n\r\n".encode()

    with connected(answer) as (client, _):
        with pytest.raises(AmiRefused, match="Permission denied"):
            client.action("Command")
        with pytest.raises(AmiRefused):
            client.collect("Status")


def test_a_connection_that_ends_frees_who_waits_and_is_known_as_ended() -> None:
    with connected(lambda _action: None, timeout=30) as (client, _):
        with pytest.raises(AmiClosed):
            client.action("Ping")
        with pytest.raises(AmiClosed):
            client.action("Ping")
        assert not client.connected


def test_garbage_ends_the_connection() -> None:
    with connected(lambda _action: b"x" * (2 << 20), timeout=30) as (client, _), pytest.raises(AmiClosed):
        client.action("Ping")


def test_events_reach_their_taker() -> None:
    seen: list[Message] = []
    here = threading.Event()

    def take(event: Message) -> None:
        seen.append(event)
        here.set()

    server = FakeServer(lambda action: b"Event: Hangup\r\nChannel: PJSIP/1\r\n\r\n" + ok(action))
    client = AmiClient(server.address, timeout=5, on_event=take)
    try:
        client.connect("reader", "secret")
        client.action("Ping")
        assert here.wait(30)
    finally:
        client.close()
        server.close()
    assert seen[0].get("Channel") == "PJSIP/1"
    assert server.actions[0]["Events"] == "on"


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    with pytest.raises(AmiClosed, match="does not answer"):
        AmiClient(address).connect("operator", "secret")
