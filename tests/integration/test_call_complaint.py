"""The real IVR on the real Asterisk: a complaint by phone, and the caller's ways to end it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ivr import speech
from ops.prompts import ahead
from ops.sip import g711, sound
from ops.sip.script import CallScript, HangUp, Keys, Speak, Step, Wait, WaitHangUp, WaitSound, WaitTone
from tests.asterisk_fixture import QUICK, Hotline, answers, beep, hears, start_hotline, wait_until

pytestmark = pytest.mark.integration

TO_THE_TONE: tuple[Step, ...] = (WaitSound(), Keys("41", tone=0.06, gap=0.04), WaitTone())
"""The keys come 100 ms apart, during the welcome."""
SAID = beep(1500, 2.0)


@pytest.fixture(scope="module")
def house() -> Iterator[Hotline]:
    with start_hotline(QUICK) as made:
        made.service("agi")
        wait_until(lambda: answers(made.settings.agi_port), "the IVR's server answers", 30)
        yield made


def call(house: Hotline, *steps: Step, caller: str | None = "13800138000") -> tuple[list[dict[str, Any]], Path]:
    """Make a call; its journal and folder once it is over."""
    before = set(house.calls())
    with house.user_agent() as agent:
        result = agent.call(CallScript("95000", steps, caller=caller)).wait(90)
    assert result.failure is None
    (folder,) = set(house.calls()) - before
    wait_until(lambda: "ended" in house.events(folder), "the end is written down")
    wait_until(lambda: names(journal(folder))[-1] in {"ivr_finished", "caller_hung_up"}, "the journal is finished")
    return journal(folder), folder


def journal(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]


def names(lines: list[dict[str, Any]]) -> list[str]:
    return [line["event"] for line in lines]


def only(lines: list[dict[str, Any]], event: str) -> dict[str, Any]:
    (found,) = (line for line in lines if line["event"] == event)
    return found


def test_a_complaint_from_the_ringing_to_the_number(house: Hotline) -> None:
    lines, folder = call(house, *TO_THE_TONE, Wait(0.3), Speak(SAID), Keys("#"), Wait(1.0), Keys("1"), WaitHangUp(60))
    started, opened = only(lines, "ticket_started"), only(lines, "ticket_opened")
    assert started["number"] == opened["number"] == only(lines, "ticket_number_spoken")["number"]
    assert (opened["kind"], opened["unfinished"], opened["file"]) == ("complaint", False, "message-1.wav")
    message = sound.read_wav(folder / "message-1.wav")
    assert hears(message, 1500)
    assert 2.0 * sound.RATE <= len(message) <= 4.0 * sound.RATE
    noted = only(lines, "message_recorded")
    assert noted["ended_by"] == "key"
    assert noted["duration"] == pytest.approx(2.3, abs=0.7)
    facts = house.facts(folder)
    assert facts[-1]["ivr_done"] == "1"
    recorded = len(sound.read_wav(folder / "caller-1.wav")) / sound.RATE
    assert abs(recorded - float(facts[-1]["billsec"])) < 1.0, "the whole call is recorded"


def test_a_sequence_that_was_rendered_ahead_is_heard_in_a_mandarin_call(house: Hotline) -> None:
    now = datetime.now(house.settings.zone)
    number = ahead.coming(house.settings.model_copy(update={"numbers_ahead": 1}), now)[0]
    own = [house.settings.prompts / "zh" / f"{name}.wav" for name in {*speech.ticket_number("zh", number)}]
    for piece in own:  # where the operator's pieces are, no take is used
        piece.rename(piece.with_suffix(".aside"))
    take = ahead.path_of(house.settings.prompts_ahead, "zh", number)
    take.parent.mkdir(parents=True, exist_ok=True)
    take.write_bytes(g711.encode(beep(1300, 1.0), "alaw"))
    to_the_tone = (WaitSound(), Keys("941", tone=0.06, gap=0.04), WaitTone())
    try:
        steps = (Wait(0.3), Speak(SAID), Keys("#"), Wait(1.0), Keys("1"), WaitHangUp(60))
        lines, folder = call(house, *to_the_tone, *steps)
    finally:
        for piece in own:
            piece.with_suffix(".aside").rename(piece)
    assert only(lines, "ticket_opened")["number"] == number
    assert hears(sound.read_wav(folder / "line-1.wav"), 1300)


def test_who_hangs_up_while_he_speaks_has_complained_all_the_same(house: Hotline) -> None:
    lines, folder = call(house, *TO_THE_TONE, Wait(0.2), Speak(SAID), HangUp())
    opened = only(lines, "ticket_opened")
    assert (opened["unfinished"], opened["number"]) == (True, only(lines, "ticket_started")["number"])
    noted = only(lines, "message_recorded")
    assert noted["ended_by"] == "hangup"
    assert noted["duration"] >= 1.0
    message = sound.read_wav(folder / opened["file"])
    assert hears(message, 1500)
    assert len(message) >= sound.RATE


def test_four_seconds_of_silence_end_the_message_and_five_more_keep_it(house: Hotline) -> None:
    lines, _ = call(house, *TO_THE_TONE, Wait(0.2), Speak(SAID), WaitHangUp(60))
    assert only(lines, "message_recorded")["ended_by"] == "silence"
    assert only(lines, "ticket_opened")["unfinished"] is False


def test_zero_leads_to_a_person_and_music(house: Hotline) -> None:
    with house.user_agent() as agent:
        waiting = agent.call(CallScript("95000", (WaitSound(), Keys("0")), stay=True))
        assert waiting.answered.wait(30)
        wait_until(lambda: "queue" in house.events(), "the caller is in the queue")
        wait_until(lambda: waiting.heard_seconds > 4 and not sound.is_quiet(waiting.heard(0.5)), "there is music")
        assert "fallback" not in house.events()
