"""The IVR dies, hangs or lies in the middle of a call: the caller stays, hears the apology, and is recorded on."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from ops.asterisk_config import Limits
from ops.sip import sound
from ops.sip.call import Call
from ops.sip.script import CallScript, Wait, WaitSound
from tests.asterisk_fixture import PITCHES, QUICK, Hotline, answers, hears, hotline, start_hotline, wait_until

pytestmark = pytest.mark.integration
__all__ = ["hotline"]

SORRY = PITCHES["fallback_sorry"]


@contextlib.contextmanager
def scripted_ivr(port: int, *commands: str, then: Callable[[socket.socket], None]) -> Iterator[None]:
    """An IVR server that gives these commands to every call, one after the other, and then does ``then``."""
    listener = socket.create_server(("127.0.0.1", port))
    kept: list[socket.socket] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                kept.append(connection)
                lines = connection.makefile("rb")
                while lines.readline().strip():
                    pass
                for command in commands:
                    connection.sendall(command.encode() + b"\n")
                    while lines.readline()[:3] not in {b"200", b""}:
                        pass  # GOSUB says "100 Trying" first
                then(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for connection in kept:
            connection.close()


def hangs(_connection: socket.socket) -> None:
    """Says nothing more, and keeps the connection."""


def dies(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def lies(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\nfailure\n" + b"x" * 9000)
    connection.shutdown(socket.SHUT_RDWR)


def up(caller_call: Call) -> Call:
    assert caller_call.answered.wait(10)
    return caller_call


def heard_sorry(call: Call) -> bool:
    return hears(call.heard(), SORRY)


@pytest.mark.parametrize("then", [dies, lies], ids=["dies", "lies"])
def test_an_ivr_that_goes_away_leaves_the_caller_to_the_fallback(
    hotline: Hotline, then: Callable[[socket.socket], None]
) -> None:
    with (
        scripted_ivr(hotline.settings.agi_port, 'SET VARIABLE HUIYIN_NEXT "hangup"', then=then),
        hotline.user_agent() as caller,
    ):
        call = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(call), "the apology is heard", 5)
        assert not call.finished.is_set()
    assert "reason=unfinished" in (hotline.calls()[-1] / "dialplan.log").read_text()


def test_the_backstop_frees_a_caller_from_a_hung_ivr_and_the_recording_goes_on() -> None:
    limits = Limits(ivr_limit=3, queue_round=2, fallback_round=2, fallback_turns=9)
    with start_hotline(limits) as made, scripted_ivr(made.settings.agi_port, then=hangs):
        with made.user_agent() as caller:
            call = up(caller.call(CallScript("95000", stay=True)))
            wait_until(lambda: heard_sorry(call), "the apology is heard", 8)
            call.do(Wait(1.0))
            wait_until(lambda: "queue" in made.events(), "the caller is in the queue")
            wait_until(lambda: call.heard_seconds > 7, "the call goes on")
        assert {"event": "fallback", "reason": "timeout"}.items() <= made.facts()[1].items()
        wait_until(lambda: "ended" in made.events(), "the end is written down")
        line = sound.read_wav(made.calls()[-1] / "line-1.wav")
        assert hears(line, SORRY), "what is said after the time-out is recorded"
        assert len(sound.read_wav(made.calls()[-1] / "caller-1.wav")) > 6 * sound.RATE


def test_an_ivr_that_died_while_the_recorder_stood_still_gets_a_new_segment(hotline: Hotline) -> None:
    with (
        scripted_ivr(hotline.settings.agi_port, "GOSUB recorder stop 1", then=dies),
        hotline.user_agent() as caller,
    ):
        call = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(call), "the apology is heard", 5)
    wait_until(lambda: "ended" in hotline.events(), "the end is written down")
    assert hears(sound.read_wav(hotline.calls()[-1] / "line-2.wav"), SORRY)


def test_an_ivr_that_paused_the_recorder_itself_counts_the_segment_up(hotline: Hotline) -> None:
    commands = ("GOSUB recorder stop 1", "GOSUB recorder start 1")
    with scripted_ivr(hotline.settings.agi_port, *commands, then=dies), hotline.user_agent() as caller:
        call = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(call), "the apology is heard", 5)
    wait_until(lambda: "ended" in hotline.events(), "the end is written down")
    assert sorted(path.name for path in hotline.calls()[-1].glob("line-*")) == ["line-1.wav", "line-2.wav"]


def test_an_ivr_that_comes_back_takes_the_caller_again(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        call = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(call), "the apology is heard", 5)
        done = ('SET VARIABLE HUIYIN_NEXT "hangup"', 'SET VARIABLE IVR_DONE "1"')
        with scripted_ivr(hotline.settings.agi_port, *done, then=dies):
            assert call.wait(20).ending == "theirs"
    assert hotline.facts()[-1]["ivr_done"] == "1"


@pytest.fixture
def watched() -> Iterator[Hotline]:
    """A hotline with the real IVR and the watchdog; prompts of some seconds, so that a death is in the middle."""
    with start_hotline(QUICK) as made:
        made.service("agi")
        made.service("ami")
        wait_until(lambda: answers(made.settings.agi_port), "the IVR's server answers", 30)
        yield made


def in_the_menu(made: Hotline, call: Call) -> None:
    up(call)
    wait_until(lambda: not sound.is_quiet(call.heard(0.2)), "the welcome is heard", 10)
    assert "fallback" not in made.events()


@pytest.mark.parametrize(
    ("number", "seconds"), [(signal.SIGKILL, 3.0), (signal.SIGSTOP, 8.0)], ids=["killed", "stopped"]
)
def test_the_watchdog_moves_every_caller_on(watched: Hotline, number: signal.Signals, seconds: float) -> None:
    server = watched.services[0]
    with watched.user_agent() as caller:
        calls = [caller.call(CallScript("95000", stay=True)) for _ in range(3)]
        for call in calls:
            in_the_menu(watched, call)
        began = time.monotonic()
        os.kill(server.pid, number)
        for call in calls:
            wait_until(lambda call=call: heard_sorry(call), "the apology is heard", began + seconds - time.monotonic())
        late = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(late), "who calls now hears it, too", seconds)
        assert not any(call.finished.is_set() for call in calls)
    assert len(watched.calls()) == 4


def test_callers_whom_the_ivr_serves_are_left_alone(watched: Hotline) -> None:
    with watched.user_agent() as caller:
        result = caller.call(CallScript("95000", (WaitSound(), Wait(6.0)))).wait(30)
    assert result.failure is None
    wait_until(lambda: "ended" in watched.events(), "the end is written down")
    assert watched.events() == ["started", "ended"]
