"""Ticket numbers: never given twice, whatever happens to the counter's file."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agi.journal import Journal
from agi.sequence import FILE, OutOfNumbers, TicketSequence
from ivr.callevents import CallEventName

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 0, 0, 30, tzinfo=ZONE)


def sequence(spool: Path, now: datetime = NOW) -> TicketSequence:
    return TicketSequence(spool, 1, lambda: now)


def test_numbers_follow_each_other_also_across_restarts(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("261122 23425\n")
    assert sequence(tmp_path).reserve() == "2611220123426"
    assert sequence(tmp_path).reserve() == "2611220123429"
    assert (tmp_path / FILE).read_text() == "261122 23429\n"


def test_a_new_day_in_the_centres_zone_begins_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("261121 00041\n")
    evening_in_utc = datetime(2026, 11, 21, 16, 0, 1, tzinfo=UTC)
    assert sequence(tmp_path, evening_in_utc.astimezone(ZONE)).reserve() == "2611220123423"


def test_a_clock_that_is_set_back_goes_on_with_the_later_day(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("261122 23425\n")
    assert sequence(tmp_path, NOW - timedelta(days=1)).reserve() == "2611220123426"


@pytest.mark.parametrize("damage", [None, b"", b"\0\0\0\0", b"261122 4", b"269999 00001\n", b"\xff" * 20])
def test_a_lost_or_damaged_counter_never_gives_a_number_twice(tmp_path: Path, damage: bytes | None) -> None:
    folder = tmp_path / "call-1"
    journal = Journal(folder, "call-1", lambda: NOW)
    journal.append([(CallEventName.TICKET_STARTED, {"number": "2611220129879", "kind": "complaint", "priority": "P2"})])
    journal.append([(CallEventName.TICKET_STARTED, {"number": "2611220299999", "kind": "complaint", "priority": "P2"})])
    journal.close()
    if damage is not None:
        (tmp_path / FILE).write_bytes(damage)
    assert sequence(tmp_path).reserve() == "2611220132432"


def test_a_counter_lost_with_its_journals_goes_on_from_the_second_of_the_day(tmp_path: Path) -> None:
    assert sequence(tmp_path / "new", NOW.replace(hour=9)).reserve() == "2611220132432"  # 32,430 seconds


def test_used_up_numbers_are_said(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("261122 99998\n")
    assert sequence(tmp_path).reserve() == "2611220199999"
    with pytest.raises(OutOfNumbers):
        sequence(tmp_path).reserve()


def test_threads_and_processes_get_different_numbers(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("261122 00000\n")
    got: list[str] = []

    def take(own: TicketSequence) -> None:
        got.extend(own.reserve() for _ in range(10))

    shared = sequence(tmp_path)
    threads = [threading.Thread(target=take, args=(own,)) for own in (shared, shared, sequence(tmp_path))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(set(got)) == 30
    assert max(got) == (tmp_path / FILE).read_text().replace(" ", "01").strip()


def test_a_number_that_nobody_understands_is_left_out(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("261122 23425\n")
    numbers = TicketSequence(tmp_path, 1, lambda: NOW, {"2611220123426", "2611220123429"}.__contains__)
    coming = numbers.coming(2)
    assert [numbers.reserve(), numbers.reserve()] == coming
    assert coming[0] > "2611220123429"


def test_a_number_that_is_hard_to_hear_is_better_than_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("261122 99990\n")
    numbers = TicketSequence(tmp_path, 1, lambda: NOW, lambda _number: True)
    assert [numbers.reserve(), numbers.reserve()] == ["2611220199991", "2611220199992"]
