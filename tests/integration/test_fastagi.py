"""The FastAGI server with a real Asterisk: real SIP, RTP and DTMF, real recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agi.server import AgiServer
from ops import serve_agi
from ops.sip.script import CallScript, HangUp, Keys, Speak, Step, Wait, WaitHangUp, WaitSound, WaitTone
from tests.asterisk_fixture import QUICK, Hotline, beep, start_hotline, wait_until

pytestmark = pytest.mark.integration


@contextmanager
def serving(hotline: Hotline) -> Iterator[AgiServer]:
    server = AgiServer(serve_agi.house(hotline.settings), ("127.0.0.1", hotline.settings.agi_port), 50)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def hotline() -> Iterator[Hotline]:
    with start_hotline(QUICK, callback_after=5) as made, serving(made):
        yield made


def journal(folder: Path) -> list[dict[str, Any]]:
    path = folder / "journal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def of(folder: Path, event: str) -> list[dict[str, Any]]:
    return [line for line in journal(folder) if line["event"] == event]


def call(hotline: Hotline, *steps: Step, **script: Any) -> Path:
    """One call to its end; gives its folder."""
    before = set(hotline.calls())
    with hotline.user_agent() as caller:
        result = caller.call(CallScript("95000", steps, **script)).wait(90)
    assert result.failure is None, result
    (folder,) = set(hotline.calls()) - before
    wait_until(lambda: "ended" in hotline.events(folder), "the end is written down")
    return folder


def test_keys_100_ms_apart_are_never_lost(hotline: Hotline) -> None:
    """Forty calls at once; the keys fall into prompts, between prompts and between questions."""
    before = set(hotline.calls())
    with hotline.user_agent() as caller:
        calls = []
        for n in range(40):
            keys = Keys("423", tone=0.08 + n % 3 * 0.02, gap=0.1)
            steps = (WaitSound(), Wait(n * 0.06), keys, Wait(1.0), HangUp())
            calls.append(caller.call(CallScript("95000", steps, keeps_sound=False)))
        assert [call.wait(60).failure for call in calls] == [None] * 40
    folders = set(hotline.calls()) - before
    assert len(folders) == 40
    for folder in folders:
        wait_until(lambda folder=folder: of(folder, "caller_hung_up"), "the hang-up is written down")
    chosen = [[line["option"] for line in of(folder, "option_chosen")] for folder in folders]
    assert chosen == [["complaints", "progress"]] * 40


def test_a_keyed_ticket_number_arrives_whole_and_is_not_recorded(hotline: Hotline) -> None:
    folder = call(
        hotline, WaitSound(), Keys("42"), Wait(0.3), Keys("2611220100042", tone=0.1, gap=0.1), Wait(1.5), Keys("0"),
        Wait(2.5), HangUp(),
    )  # fmt: skip
    assert of(folder, "progress_asked")[0]["outcome"] == "unavailable"
    assert [line["segment"] for line in of(folder, "recording_resumed")] == [2]
    assert {path.name for path in folder.glob("caller-*.wav")} == {"caller-1.wav", "caller-2.wav"}
    assert of(folder, "queue_entered")[0]["queue"] == "service"
    assert "2611220100042" not in hotline.logs()


def test_no_digit_and_no_number_reaches_a_log(hotline: Hotline, capfd: pytest.CaptureFixture[str]) -> None:
    folder = call(
        hotline, WaitSound(), Keys("42"), Wait(0.3), Keys("99999999999#"), Wait(1), HangUp(), caller="13912345678"
    )
    wait_until(lambda: of(folder, "caller_hung_up"), "the hang-up is written down")
    written = "".join(capfd.readouterr()) + hotline.logs()
    assert "99999999999" not in written
    assert "13912345678" not in written


def test_who_waits_long_is_offered_a_callback_that_becomes_a_ticket(hotline: Hotline) -> None:
    with hotline.user_agent() as caller:
        waiting = caller.call(CallScript("95000", (WaitSound(), Keys("5")), stay=True))
        assert waiting.answered.wait(30)
        folder = hotline.calls()[-1]
        wait_until(lambda: of(folder, "callback_offered"), "a callback is offered", 40)
        waiting.do(Keys("1"), WaitHangUp(30))
        result = waiting.wait(60)
    assert result.failure is None
    (opened,) = of(folder, "ticket_opened")
    assert (opened["kind"], opened["priority"]) == ("callback", "P3")
    left = [line["reason"] for line in of(folder, "queue_left")]
    assert left[-1] == "callback"
    assert set(left[:-1]) <= {"timeout"}
    assert of(folder, "callback_offered")[0]["waited"] >= 5
    assert [line["seq"] for line in journal(folder)] == list(range(len(journal(folder))))


def test_a_withheld_number_is_asked_for_while_nothing_is_recorded(hotline: Hotline) -> None:
    folder = call(
        hotline, WaitSound(), Keys("41"), Wait(0.5), Keys("02155556666#"), Wait(0.5), Keys("1"), WaitTone(),
        Speak(beep(1500, 1.0)), Keys("#"), Wait(0.8), Keys("1"), WaitHangUp(60), caller=None,
    )  # fmt: skip
    assert of(folder, "call_started")[0]["caller_number"] is None
    assert of(folder, "number_given")[0]["caller_number"] == "02155556666"
    assert of(folder, "ticket_opened")[0]["unfinished"] is False
    assert {path.name for path in folder.glob("line-*.wav")} == {"line-1.wav", "line-2.wav"}


def test_who_reports_a_loss_with_a_withheld_number_can_leave_one_on_his_way_to_a_person(hotline: Hotline) -> None:
    folder = call(
        hotline, WaitSound(), Keys("2"), Wait(0.5), Keys("02155556666#"), Wait(2.5), HangUp(), caller=None
    )  # fmt: skip
    names = [line["event"] for line in journal(folder)]
    assert names.index("ticket_opened") < names.index("number_given") < names.index("queue_entered")
    assert of(folder, "number_given")[0]["caller_number"] == "02155556666"
    queued = [fact for fact in hotline.facts(folder) if fact["event"] == "queue"]
    assert (queued[0]["queue"], queued[0]["priority"]) == ("loss", "10")


def test_a_loss_report_stands_at_the_head_of_its_queue(hotline: Hotline) -> None:
    folder = call(hotline, WaitSound(), Keys("2"), Wait(3.0), HangUp())
    assert of(folder, "ticket_opened")[0]["kind"] == "loss_report"
    queued = [fact for fact in hotline.facts(folder) if fact["event"] == "queue"]
    assert (queued[0]["queue"], queued[0]["priority"]) == ("loss", "10")
