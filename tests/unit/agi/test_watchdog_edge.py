"""How the watchdog understands the two sides that it asks."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from agi.ami_protocol import Message
from agi.watchdog import Answer, IvrChannel
from agi.watchdog_edge import ask_health, with_ivr


@contextlib.contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """One connection; what was asked is read first."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(100) == b"health\n"
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        listener.close()
        thread.join(5)


def test_a_healthy_server_says_whom_it_serves() -> None:
    with server(lambda c: c.sendall(b'{"instance": "a", "channels": ["n-1.1", "n-1.2"]}\n')) as address:
        health = ask_health(address, 5)
    assert (health.answer, health.served) == (Answer.UP, {"n-1.1", "n-1.2"})


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\n",
        b"[]\n",
        b"{}\n",
        b'{"channels": 7}\n',
        b"\xff\xfe\n",
        b'{"channels": ["1.1"',
        b"HTTP/1.1 400\r\n\r\n",
    ],
)
def test_an_answer_that_is_none_counts_as_silence(said: bytes) -> None:
    with server(lambda c: c.sendall(said)) as address:
        assert ask_health(address, 5).answer is Answer.SILENT


def test_a_server_that_takes_the_question_and_says_nothing_is_silent() -> None:
    with server(lambda c: c.recv(1) and None) as address:
        assert ask_health(address, 0.05).answer is Answer.SILENT


def test_an_endless_answer_is_not_waited_for() -> None:
    def drip(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"x" * 4096)

    with server(drip) as address:
        assert ask_health(address, 0.2).answer is Answer.SILENT


def test_nobody_there_is_dead() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    assert ask_health(address, 5).answer is Answer.DEAD


def status(application: str, context: str) -> Message:
    return Message(
        (
            ("Event", "Status"),
            ("Channel", "PJSIP/1"),
            ("Uniqueid", "1.1"),
            ("Application", application),
            ("Context", context),
        )
    )


@pytest.mark.parametrize(
    ("application", "context", "counts"),
    [
        ("AGI", "ivr", True),
        ("Read", "ivr", True),
        ("AGI", "elsewhere", True),
        ("Queue", "wait", False),
        ("Playback", "prompt", False),
        ("", "", False),
    ],
)
def test_who_is_with_the_ivr(application: str, context: str, counts: bool) -> None:
    assert with_ivr([status(application, context)]) == ((IvrChannel("PJSIP/1", "1.1"),) if counts else ())
