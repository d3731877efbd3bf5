"""Whole calls over TCP: our server, a fake Asterisk, the journal and the message on disk."""

from __future__ import annotations

import errno
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agi import runner
from agi.prompts import PromptLibrary
from agi.runner import House
from agi.server import AgiServer
from ivr.callevents import parse_line
from ivr.speech import Part
from tests.fake_asterisk import HANG_UP, FakeAsterisk, Message

CALL_ID = "huiyin01-1763770000.12"
ARGUMENTS = (f"call_id={CALL_ID}", "caller=13800001234", "dialled=95000", "language=zh", "audio=wav", "segment=1")
Serve = Callable[..., AgiServer]


def journal(house: House) -> list[dict[str, Any]]:
    lines = (house.spool / CALL_ID / "journal.jsonl").read_text().splitlines()
    for index, line in enumerate(lines):
        assert parse_line(line).seq == index
    return [json.loads(line) for line in lines]


def events(house: House) -> list[str]:
    return [line["event"] for line in journal(house)]


def wait_until(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.005)


def only(house: House, event: str) -> dict[str, Any]:
    (line,) = [line for line in journal(house) if line["event"] == event]
    return line


def test_a_complaint_is_recorded_kept_and_gets_its_number_told_twice(serve: Serve, house: House) -> None:
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=["4", "1", Message(), "1", None]).call()
    assert asterisk.variables["IVR_DONE"] == "1"
    assert asterisk.variables["HUIYIN_NEXT"] == "hangup"
    opened = only(house, "ticket_opened")
    assert (opened["kind"], opened["priority"], opened["unfinished"]) == ("complaint", "P2", False)
    assert opened["file"] == "message-1.wav"
    assert (house.spool / CALL_ID / "message-1.wav").stat().st_size == 44 + 2 * 16_000
    digits = [name for name in asterisk.played() if name.startswith("digit_")]
    assert digits == [f"digit_{digit}" for digit in opened["number"] * 2]
    assert "answer_within_days_7" in asterisk.played()
    assert only(house, "ticket_number_spoken")["times"] == 2
    names = events(house)
    assert names.index("ticket_started") < names.index("message_recorded") < names.index("ticket_opened")


def test_the_tone_comes_right_before_the_recording(serve: Serve) -> None:
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=["4", "1", Message(), None, None]).call()
    record = asterisk.names().index("RECORD FILE")
    assert asterisk.commands[record - 1][:2] == ["EXEC", "Playback"]
    assert asterisk.commands[record - 1][2].endswith("/tone")
    assert asterisk.commands[record][3:] == ["wav", "#", "300000", "s=4"]


@pytest.mark.parametrize(
    "caller",
    [
        ["4", "1", Message(ended_by="hangup")],
        ["4", "1", Message(), HANG_UP],
        ["4", "1", Message(), "2", HANG_UP],
    ],
)
def test_a_message_outlives_a_hang_up_as_an_unfinished_complaint(
    serve: Serve, house: House, caller: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CLOSING_SECONDS", 0.05)  # this Asterisk closes its end late
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=caller).call()
    wait_until(lambda: "caller_hung_up" in events(house), "the hang-up is written down")
    opened = only(house, "ticket_opened")
    assert opened["unfinished"] is True
    assert opened["file"] == "message-1.wav"
    assert events(house)[-1] == "caller_hung_up"
    assert "IVR_DONE" not in asterisk.variables


def test_recorded_again_the_second_take_counts(serve: Serve, house: House) -> None:
    caller = ["4", "1", Message(), "3", Message(3.0), "1", None]
    FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=caller).call()
    assert only(house, "message_discarded")["file"] == "message-1.wav"
    assert only(house, "ticket_opened")["file"] == "message-2.wav"
    assert len(list((house.spool / CALL_ID).glob("message-*.wav"))) == 2


def test_silence_is_asked_again_once_and_then_a_person_is_offered(serve: Serve, house: House) -> None:
    quiet = Message(1.0, ended_by="silence", loud=False)
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=["4", "1", quiet, quiet, "1"]).call()
    assert asterisk.played().count("complaint_empty") == 1
    assert asterisk.variables["HUIYIN_QUEUE"] == "complaints"
    assert only(house, "ticket_opened")["unfinished"] is True


def test_a_withheld_number_is_asked_for_with_the_recorder_stopped(serve: Serve, house: House) -> None:
    arguments = ["caller=" if text.startswith("caller=") else text for text in ARGUMENTS]
    caller = ["4", "1", "02155556666", "1", Message(), "1", None]
    asterisk = FakeAsterisk(serve().port, arguments=arguments, caller=caller).call()
    assert only(house, "call_started")["caller_number"] is None
    assert only(house, "number_given")["caller_number"] == "02155556666"
    names = asterisk.names()
    asked = next(i for i, words in enumerate(asterisk.commands) if words[-1] == "15")
    assert names.index("GOSUB recorder stop") < asked < names.index("GOSUB recorder start")
    assert names.index("GOSUB recorder start") < names.index("RECORD FILE")
    assert only(house, "recording_resumed")["segment"] == 2


def test_a_loss_report_is_a_top_ticket_at_the_head_of_the_queue(serve: Serve, house: House) -> None:
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=["2"]).call()
    opened = only(house, "ticket_opened")
    assert (opened["kind"], opened["priority"]) == ("loss_report", "P1")
    assert asterisk.variables["HUIYIN_QUEUE"] == "loss"
    assert int(asterisk.variables["HUIYIN_PRIORITY"]) > 0
    assert asterisk.variables["IVR_DONE"] == "1"


def test_progress_is_unavailable_when_the_crm_is_down_and_no_digit_is_recorded(serve: Serve, house: House) -> None:
    caller = ["4", "2", "2611220100001", "0"]
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=caller).call()
    assert "progress_unavailable" in asterisk.played()
    assert only(house, "progress_asked")["outcome"] == "unavailable"
    assert "2611220100001" not in (house.spool / CALL_ID / "journal.jsonl").read_text()
    names = asterisk.names()
    assert names.count("GOSUB recorder stop") == names.count("GOSUB recorder start") == 1


def test_who_cut_the_notice_short_hears_a_short_one_before_an_agent(serve: Serve) -> None:
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=["0"]).call()
    assert asterisk.played()[-2:] == ["notice_short", "to_person"]


def test_after_a_queue_time_out_the_position_is_told_and_the_caller_goes_back(serve: Serve, house: House) -> None:
    arguments = (*ARGUMENTS, "queue=enquiries", "priority=0", "position=2", "waited=20", "offered=")
    asterisk = FakeAsterisk(serve().port, script="queue-wait", arguments=arguments).call()
    assert asterisk.played() == ["notice_short", "queue_position_2"]
    assert asterisk.variables["HUIYIN_QUEUE"] == "enquiries"
    assert events(house) == ["notice_played", "queue_left", "queue_entered", "ivr_finished"]


def test_a_callback_is_offered_and_becomes_a_ticket(serve: Serve, house: House) -> None:
    arguments = (*ARGUMENTS, "queue=enquiries", "priority=0", "position=11", "waited=61", "offered=")
    asterisk = FakeAsterisk(serve().port, script="queue-wait", arguments=arguments, caller=["1", None]).call()
    assert asterisk.played()[1] == "queue_position_many"
    assert (only(house, "ticket_opened")["kind"], only(house, "ticket_opened")["priority"]) == ("callback", "P3")
    assert only(house, "queue_left")["reason"] == "callback"
    assert asterisk.variables["HUIYIN_NEXT"] == "hangup"


def test_a_number_that_was_keyed_in_the_menu_is_not_asked_for_again(serve: Serve, house: House) -> None:
    withheld = ["caller=" if text.startswith("caller=") else text for text in ARGUMENTS]
    port = serve().port
    caller: list[Any] = [None, "4", "1", "02155556666", "1", Message(), "0"]
    FakeAsterisk(port, arguments=withheld, caller=caller).call()
    back = (*withheld, "queue=service", "priority=0", "position=1", "waited=61", "offered=")
    asterisk = FakeAsterisk(port, script="queue-wait", arguments=back, caller=["1", None]).call()
    assert asterisk.played()[:2] == ["queue_position_1", "callback_offer"]
    assert "ask_callback_number" not in asterisk.played()
    assert "GOSUB recorder stop" not in asterisk.names()
    kinds = [line["kind"] for line in journal(house) if line["event"] == "ticket_opened"]
    assert kinds == ["complaint", "callback"]
    assert only(house, "number_given")["caller_number"] == "02155556666"


@pytest.mark.parametrize(
    ("fact", "first"),
    [("event=started|epoch=1763770000\n", "notice_short"), ("event=fallback|epoch=1763770000\n", "queue_position_2")],
)
def test_a_caller_of_whom_nothing_is_known_hears_the_notice_unless_the_fallback_said_it(
    serve: Serve, house: House, fact: str, first: str
) -> None:
    folder = house.spool / CALL_ID
    folder.mkdir(parents=True)
    (folder / "dialplan.log").write_text(fact)
    back = (*ARGUMENTS, "queue=service", "priority=0", "position=2", "waited=20", "offered=")
    asterisk = FakeAsterisk(serve().port, script="queue-wait", arguments=back).call()
    assert asterisk.played()[0] == first
    assert asterisk.played()[-1] == "queue_position_2"


@pytest.mark.parametrize("script", ["inbound", "queue-wait"])
@pytest.mark.parametrize("moved", [True, False])
def test_a_session_whose_caller_was_moved_on_does_not_say_that_he_hung_up(
    serve: Serve, house: House, script: str, *, moved: bool
) -> None:
    folder = house.spool / CALL_ID
    folder.mkdir(parents=True)
    earlier = "event=fallback|epoch=1763770000\n" * (script == "queue-wait")
    (folder / "dialplan.log").write_text(earlier)

    class MovedOn(FakeAsterisk):
        """Gets as far as the first question and is taken away there."""

        def _reply(self, words: list[str], doings: Any) -> str | None:
            if words[:2] != ["EXEC", "Read"]:
                return super()._reply(words, doings)
            if moved:
                (folder / "dialplan.log").write_text(f"{earlier}event=fallback|epoch=1763770001|reason=moved\n")
            return None

    arguments = (*ARGUMENTS, "queue=service", "priority=0", "position=2", "waited=61", "offered=")
    MovedOn(serve().port, script=script, arguments=arguments).call()
    last = "ivr_finished" if moved else "caller_hung_up"
    wait_until(lambda: events(house)[-1] == last, "the end is written down")
    assert ("caller_hung_up" in events(house)) is not moved


def test_a_second_session_of_a_call_continues_its_journal(serve: Serve, house: House) -> None:
    port = serve().port
    FakeAsterisk(port, arguments=ARGUMENTS, caller=["5"]).call()
    arguments = (*ARGUMENTS, "queue=enquiries", "priority=0", "position=1", "waited=20", "offered=")
    FakeAsterisk(port, script="queue-wait", arguments=arguments).call()
    assert [line["seq"] for line in journal(house)] == list(range(len(journal(house))))


def test_english_is_behind_nine(serve: Serve, house: House) -> None:
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=["9", "4", "1", Message(), "1", None]).call()
    assert asterisk.variables["HUIYIN_LANGUAGE"] == "en"
    assert only(house, "language_chosen")["language"] == "en"
    last = [words for words in asterisk.commands if words[:2] == ["EXEC", "Read"]][-1]
    assert "/en/ticket_number_is" in last[2]


def test_a_missing_prompt_is_skipped(serve: Serve, house: House, tmp_path: Path) -> None:
    nothing = PromptLibrary(
        tmp_path, tmp_path, ("zh", "en"), ticket_parts=lambda *told: (Part(pieces(*told)),), digits=pieces
    )
    caller = ["4", "1", Message(), "1", None]
    asterisk = FakeAsterisk(serve(prompts=nothing).port, arguments=ARGUMENTS, caller=caller).call()
    assert asterisk.variables["IVR_DONE"] == "1"
    assert only(house, "ticket_opened")["unfinished"] is False


def pieces(_language: str, digits: str) -> tuple[str, ...]:
    return tuple(f"digit_{digit}" for digit in digits)


@pytest.mark.parametrize(("caller", "queue"), [(["5"], "enquiries"), (["4", "1", Message()], None)])
def test_a_full_disk_stops_promises_but_not_the_way_to_a_person(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caller: list[Any], queue: str | None
) -> None:
    def full(_fd: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("agi.journal.os.write", full)
    asterisk = FakeAsterisk(serve().port, arguments=ARGUMENTS, caller=caller).call()
    assert asterisk.variables.get("HUIYIN_QUEUE") == queue
    assert "ticket_number_is" not in asterisk.played()
