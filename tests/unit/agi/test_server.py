"""The server: bounded, asked for its health, stopped in order, silent about what a log may not hold."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agi.runner import House
from agi.server import AgiServer
from ivr.callevents import parse_line
from tests.fake_asterisk import FakeAsterisk, Message

ARGUMENTS = ("call_id=huiyin01-1.1", "caller=13812345678", "dialled=95000", "language=en", "audio=wav", "segment=1")
Serve = Callable[..., AgiServer]
Hold = Callable[[AgiServer, str], "HeldCall"]


def wait_until(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.005)


def health(server: AgiServer) -> dict[str, object]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(b"health\n")
        answer: dict[str, object] = json.loads(connection.makefile().readline())
        return answer


class HeldCall:
    """A call whose caller listens and does nothing."""

    def __init__(self, server: AgiServer, name: str) -> None:
        self.connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        fake = FakeAsterisk(0, arguments=(f"call_id={name}", *ARGUMENTS[1:]), environment={"agi_uniqueid": name})
        self.connection.sendall(fake._environment())

    def first_command(self) -> bytes:
        try:
            return self.connection.recv(4096)
        except ConnectionResetError:  # refused while we were still talking
            return b""


@pytest.fixture
def hold() -> Iterator[Callable[[AgiServer, str], HeldCall]]:
    """Makes calls that stay until the test ends."""
    calls: list[HeldCall] = []

    def make(server: AgiServer, name: str) -> HeldCall:
        calls.append(HeldCall(server, name))
        return calls[-1]

    yield make
    for call in calls:
        call.connection.close()


def test_health_names_the_channels_in_hand(serve: Serve, hold: Hold) -> None:
    server = serve()
    first = health(server)
    assert first["channels"] == []
    call = hold(server, "huiyin01-7.7")
    assert call.first_command()
    assert health(server) == {"instance": first["instance"], "channels": ["huiyin01-7.7"]}
    call.connection.close()
    wait_until(lambda: health(server)["channels"] == [], "the session ends")


def test_two_servers_are_told_apart(serve: Serve) -> None:
    assert health(serve())["instance"] != health(serve())["instance"]


def test_beyond_the_limit_a_call_is_refused_at_once_and_health_still_answers(serve: Serve, hold: Hold) -> None:
    server = serve(max_sessions=3)
    calls = [hold(server, f"huiyin01-1.{n}") for n in range(3)]
    assert all(call.first_command() for call in calls)
    for n in range(20):
        assert hold(server, f"huiyin01-2.{n}").first_command() == b"", "closed without a command"
    assert len(health(server)["channels"]) == 3  # type: ignore[arg-type]  # a list
    calls[0].connection.close()
    wait_until(lambda: len(health(server)["channels"]) == 2, "a session ends")  # type: ignore[arg-type]  # a list
    assert hold(server, "huiyin01-3.1").first_command()


def test_sixty_calls_at_once(serve: Serve, hold: Hold) -> None:
    server = serve(max_sessions=60)
    calls = [hold(server, f"huiyin01-1.{n}") for n in range(60)]
    assert all(call.first_command() for call in calls)


def test_a_stopped_server_leaves_its_callers_to_the_fallback(serve: Serve, house: House, hold: Hold) -> None:
    server = serve()
    port = server.port
    call = hold(server, "huiyin01-1.1")
    assert call.first_command()
    server.stop()
    assert call.first_command() == b""
    lines = (house.spool / "huiyin01-1.1" / "journal.jsonl").read_text().splitlines()
    last = parse_line(lines[-1])
    assert (last.event, last.fields) == ("ivr_finished", {"next": "fallback"})
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("unknown", ARGUMENTS),
        ("inbound", ()),
        ("inbound", ("call_id=../etc",)),
        ("inbound", ("call_id=a/b",)),
        ("inbound", ("call_id=huiyin01-1.1", "audio=mp3")),
    ],
)
def test_what_cannot_be_served_goes_to_the_fallback(
    serve: Serve, house: House, script: str, arguments: tuple[str, ...]
) -> None:
    asterisk = FakeAsterisk(serve().port, script=script, arguments=arguments).call()
    assert asterisk.commands == []
    assert not house.spool.exists()


@pytest.mark.parametrize("data", [b"", b"\n", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 9000, b"a: b\n" * 30_000])
def test_strangers_do_no_harm(serve: Serve, data: bytes) -> None:
    server = serve()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        with suppress(ConnectionError):  # closed before we had said all
            connection.sendall(data)
        with suppress(OSError):  # not connected any more
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            assert connection.recv(100) == b""
    assert health(server)["channels"] == []


def test_no_digit_name_or_number_is_logged(serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
    caller = ["4", "2", "4111111111111", "2611220187654", "0"]
    fake = FakeAsterisk(
        serve().port, arguments=ARGUMENTS, caller=caller, environment={"agi_calleridname": "Mallory Secret"}
    )
    fake.call()
    FakeAsterisk(fake.port, arguments=ARGUMENTS, caller=["4", "1", Message(), "1", None]).call()
    written = "".join(capfd.readouterr())
    for secret in ("4111111111111", "2611220187654", "Mallory", "13812345678"):
        assert secret not in written


def test_a_call_is_one_line_in_the_log(serve: Serve, capfd: pytest.CaptureFixture[str]) -> None:
    FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=["5"]).call()
    written: list[str] = []

    def logged() -> bool:
        written.extend(line for line in capfd.readouterr().out.splitlines() if "huiyin01-1.1" in line)
        return bool(written)

    wait_until(logged, "the call is logged")
    assert len(written) == 1
    assert "enquiries" in written[0]


def test_a_failure_of_ours_sends_the_caller_to_the_fallback(
    serve: Serve, house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr("agi.runner.anything_said", broken)
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=["4", "1", Message()]).call()
    assert "IVR_DONE" not in asterisk.variables
    journal = house.spool / "huiyin01-1.1" / "journal.jsonl"
    wait_until(lambda: "fallback" in journal.read_text(), "the journal says so")


def test_a_call_that_hangs_inside_us_is_not_called_served(
    serve: Serve, hold: Hold, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung = threading.Event()
    monkeypatch.setattr("agi.server.HELD_SECONDS", 0.05)
    monkeypatch.setattr(house.sequence, "reserve", lambda: hung.wait(10))
    server = serve()
    call = hold(server, "huiyin01-5.5")
    for reply in (b"200 result=0\n", b"200 result=1 (OK:2)\n"):
        assert call.first_command()
        assert health(server)["channels"] == ["huiyin01-5.5"]
        call.connection.sendall(reply)
    wait_until(lambda: health(server)["channels"] == [], "the hung call is given up")
    hung.set()
