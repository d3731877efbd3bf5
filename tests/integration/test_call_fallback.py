"""The IVR dies, hangs or lies in the middle of a call: the caller stays, hears the apology, and is recorded on."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from ops.asterisk_config import Limits
from ops.sip import sound
from ops.sip.call import Call
from ops.sip.script import CallScript, Wait, WaitSound
from tests.asterisk_fixture import PITCHES, QUICK, Hotline, answers, hears, hotline, start_hotline, wait_until
from tests.scripted_ivr import always, dies, hangs, lies, scripted_ivr

pytestmark = pytest.mark.integration
__all__ = ["hotline"]

SORRY = PITCHES["fallback_sorry"]


def up(caller_call: Call) -> Call:
    assert caller_call.answered.wait(30)
    return caller_call


def heard_sorry(call: Call) -> bool:
    return hears(call.heard(), SORRY)


@pytest.mark.parametrize("then", [dies, lies], ids=["dies", "lies"])
def test_an_ivr_that_goes_away_leaves_the_caller_to_the_fallback(
    hotline: Hotline, then: Callable[[socket.socket], None]
) -> None:
    with (
        scripted_ivr(hotline.settings.agi_port, always('SET VARIABLE HUIYIN_NEXT "hangup"'), then),
        hotline.user_agent() as caller,
    ):
        call = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(call), "the apology is heard", 5)
        assert not call.finished.is_set()
    assert "reason=unfinished" in (hotline.calls()[-1] / "dialplan.log").read_text()


def test_the_backstop_frees_a_caller_from_a_hung_ivr_and_the_recording_goes_on() -> None:
    limits = Limits(ivr_limit=3, queue_round=2, fallback_round=2, fallback_turns=9)
    with start_hotline(limits) as made, scripted_ivr(made.settings.agi_port, always(), hangs):
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
        scripted_ivr(hotline.settings.agi_port, always("GOSUB recorder stop 1"), dies),
        hotline.user_agent() as caller,
    ):
        call = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(call), "the apology is heard", 5)
    wait_until(lambda: "ended" in hotline.events(), "the end is written down")
    assert hears(sound.read_wav(hotline.calls()[-1] / "line-2.wav"), SORRY)


def test_an_ivr_that_paused_the_recorder_itself_counts_the_segment_up(hotline: Hotline) -> None:
    pause = always("GOSUB recorder stop 1", "GOSUB recorder start 1")
    with scripted_ivr(hotline.settings.agi_port, pause, dies), hotline.user_agent() as caller:
        call = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(call), "the apology is heard", 5)
    wait_until(lambda: "ended" in hotline.events(), "the end is written down")
    assert sorted(path.name for path in hotline.calls()[-1].glob("line-*")) == ["line-1.wav", "line-2.wav"]


def test_an_ivr_that_comes_back_takes_the_caller_again(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        call = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(call), "the apology is heard", 5)
        done = always('SET VARIABLE HUIYIN_NEXT "hangup"', 'SET VARIABLE IVR_DONE "1"')
        with scripted_ivr(hotline.settings.agi_port, done, dies):
            assert call.wait(20).ending == "theirs"
    assert hotline.facts()[-1]["ivr_done"] == "1"


def test_a_server_that_is_back_takes_the_next_call_at_once(watched: Hotline) -> None:
    watched.services[0].kill()
    watched.services[0].wait(30)
    with watched.user_agent() as caller:
        first = up(caller.call(CallScript("95000", stay=True)))
        wait_until(lambda: heard_sorry(first), "the apology is heard", 5)
        watched.service("agi")
        wait_until(lambda: answers(watched.settings.agi_port), "the IVR's server answers", 30)
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > 1.5, "the watchdog has seen it")
        caller.call(CallScript("95000", (WaitSound(), Wait(1.0)))).wait(30)
    wait_until(lambda: "ended" in watched.events(), "the end is written down")
    assert watched.events() == ["started", "ended"]


@pytest.fixture
def watched() -> Iterator[Hotline]:
    """A hotline with the real IVR and the watchdog; prompts of some seconds, so that a death is in the middle."""
    with start_hotline(QUICK) as made:
        made.service("agi")
        wait_until(lambda: answers(made.settings.agi_port), "the IVR's server answers", 30)
        made.service("ami")
        wait_until((made.settings.run / "ami.ready").exists, "the watchdog watches", 30)
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


def test_a_server_that_wakes_up_does_not_say_that_the_caller_hung_up(watched: Hotline) -> None:
    server = watched.services[0]
    with watched.user_agent() as caller:
        call = caller.call(CallScript("95000", stay=True))
        in_the_menu(watched, call)
        os.kill(server.pid, signal.SIGSTOP)
        wait_until(lambda: heard_sorry(call), "the apology is heard", 8)
        os.kill(server.pid, signal.SIGCONT)
        journal = watched.calls()[-1] / "journal.jsonl"
        wait_until(lambda: '"event":"ivr_finished","next":"fallback"' in journal.read_text(), "it says what happened")
        assert not call.finished.is_set()
        assert "caller_hung_up" not in journal.read_text()


def test_callers_whom_the_ivr_serves_are_left_alone(watched: Hotline) -> None:
    with watched.user_agent() as caller:
        result = caller.call(CallScript("95000", (WaitSound(), Wait(6.0)))).wait(30)
    assert result.failure is None
    wait_until(lambda: "ended" in watched.events(), "the end is written down")
    assert watched.events() == ["started", "ended"]
