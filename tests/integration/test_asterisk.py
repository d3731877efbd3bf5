"""The real Asterisk with our configuration: who gets in, what is heard when nothing of ours works."""

from __future__ import annotations

import wave

import pytest

from ops.sip.script import CallScript, Keys, Speak, Wait, WaitHangUp, WaitSound, WaitTone
from tests.asterisk_fixture import PITCHES, Hotline, beep, hears, hotline, start_hotline, wait_until

pytestmark = pytest.mark.integration
__all__ = ["hotline"]


def test_without_an_ivr_the_caller_hears_the_apology_and_stands_in_the_queue(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        call = caller.call(CallScript("95000", stay=True))
        assert call.answered.wait(5)
        wait_until(lambda: hears(call.heard(), PITCHES["fallback_sorry"]), "the apology is heard", 3)
        wait_until(lambda: "queue" in hotline.events(), "the caller is in the queue")
    wait_until(lambda: "ended" in hotline.events(), "the end is written down")
    facts = hotline.facts()
    assert facts[0]["caller"] == "13800138000"
    assert facts[0]["dialled"] == "95000"
    assert facts[1] == {"event": "fallback", "epoch": facts[1]["epoch"], "reason": "unfinished"}
    assert facts[-1]["hangup_source"] == "caller"
    assert float(facts[-1]["billsec"]) > 0.5


def test_with_the_ivr_dead_for_long_the_dialplan_takes_the_message_itself(hotline: Hotline) -> None:
    said = beep(1500, 2.0)
    steps = (WaitTone(30), Wait(0.3), Speak(said), Wait(0.2), Keys("#"), WaitHangUp(20))
    with hotline.user_agent() as caller:
        result = caller.call(CallScript("95000", steps)).wait(60)
    assert result.failure is None
    assert result.ending == "theirs"
    assert hears(result.heard, PITCHES["fallback_message_thanks"])
    assert "message" in hotline.events()
    with wave.open(str(hotline.calls()[-1] / "message-1.wav")) as message:
        assert message.getframerate() == 8000
        assert 2.0 <= message.getnframes() / 8000 <= 4.0


def test_other_numbers_do_not_exist(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        calls = [caller.call(CallScript(number)) for number in ("95001", "9500", "950000", "s", "h", "1", "_X.")]
        assert [call.wait(5).status for call in calls] == [404] * len(calls)
    assert hotline.calls() == []


def test_who_is_not_the_trunk_gets_no_call(hotline: Hotline) -> None:
    with hotline.user_agent("127.0.0.3") as stranger:
        result = stranger.call(CallScript("95000", caller="110")).wait(5)
    assert result.status == 401
    assert hotline.calls() == []


def test_one_call_past_the_limit_is_refused_before_it_is_answered() -> None:
    with start_hotline(max_calls=2) as small, small.user_agent() as caller:
        calls = [caller.call(CallScript("95000", stay=True)) for _ in range(2)]
        assert all(call.answered.wait(5) for call in calls)
        refused = caller.call(CallScript("95000")).wait(5)
        assert (refused.status, refused.answered) == (503, False)
        assert len(small.calls()) == 2


def test_a_withheld_number_is_empty(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        caller.call(CallScript("95000", (WaitSound(),), caller=None)).wait(10)
    assert hotline.facts()[0]["caller"] == ""
