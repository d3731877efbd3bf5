"""The spool becomes rows: each call and each complaint once, with its audio, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from crm.db.calls import Call, CallEventRow, Recording, TranscriptRow
from crm.db.models import Base
from crm.db.records import AuditEntry, Job, SpoolFolder
from crm.db.session import Database
from crm.db.tickets import Ticket, TicketEvent
from crm.domain.access import Actor, Role
from crm.domain.numbers import number_key
from crm.services import audit, housekeeping
from crm.services.audio_intake import Recorder
from crm.services.centre import Centre
from crm.services.ingest import Ingest, IngestConfig
from recordings import wav
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from recordings.store import StoreError
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401
from tests.spool_builder import SpoolCall, complaint_call, speech, unclosed, wav_of

pytestmark = pytest.mark.integration

LATER = timedelta(minutes=1)
NUMBER = "2611200100001"
ROOT = Actor("root", frozenset({Role.AD}))


def now() -> datetime:
    return datetime.now(UTC)


class Bench:
    """A spool, a store and an ingest over one database."""

    def __init__(self, folder: Path, database: Database) -> None:  # noqa: F811
        self.spool = folder / "spool"
        self.spool.mkdir()
        self.database = database
        self.store = LocalStore(folder / "recordings", KeyRing.of(b"k" * 32))
        self.rung: list[int] = []
        self.ingest = self.fresh()

    def fresh(self, **changes: object) -> Ingest:
        config = IngestConfig(self.spool, Centre(ZoneInfo("Asia/Shanghai")), **changes)  # type: ignore[arg-type]
        return Ingest(self.database, Recorder(self.store, b"i" * 32), config, self.rung.extend)

    def call(self, call_id: str = "huiyin01-1763604000.1", **fields: object) -> SpoolCall:
        return SpoolCall(self.spool, call_id, **fields)  # type: ignore[arg-type]

    def counts(self) -> dict[str, int]:
        with self.database.read() as session:
            return {
                table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
                for table in (Call, CallEventRow, Recording, TranscriptRow, Ticket, TicketEvent, Job)
            }

    def one(self, table: type[Base]) -> Base:
        with self.database.read() as session:
            return session.scalars(select(table)).one()


@pytest.fixture
def bench(tmp_path: Path, database: Database) -> Bench:  # noqa: F811
    return Bench(tmp_path, database)


def test_a_complaint_becomes_a_ticket_with_its_message_first(bench: Bench) -> None:
    complaint_call(bench.spool, "huiyin01-1763604000.1", NUMBER)
    scan = bench.ingest.scan(now())
    assert (scan.done, scan.failed) == (1, 0)
    with bench.database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert (ticket.number, ticket.kind, ticket.priority, ticket.status) == (NUMBER, "complaint", "P2", "registered")
        assert ticket.flags == []
        assert [link.recording.kind for link in ticket.recordings] == ["message", "call"]
        call = session.scalars(select(Call)).one()
        assert (call.outcome, call.language, call.menu_path, call.ivr_done) == ("answered", "en", ["complaints"], True)
        assert call.caller_number == "13800138000"
        assert call.customer_id == ticket.customer_id is not None
        whole = session.scalars(select(Recording).where(Recording.kind == "call")).one()
        assert (whole.channels, whole.rate, whole.duration, whole.flags) == (2, 8000, 20.0, [])
        assert len(whole.peaks) == 2
        assert audit.verify(session).broken is None
    assert len(bench.rung) == 2


def test_a_second_scan_and_a_second_ingest_add_nothing(bench: Bench) -> None:
    complaint_call(bench.spool, "huiyin01-1763604000.1", NUMBER)
    bench.ingest.scan(now())
    first = bench.counts()
    bench.ingest.scan(now() + LATER)
    bench.fresh().scan(now() + LATER)
    with bench.database.write() as session:
        session.execute(text("UPDATE spool_folders SET signature = 'forgotten'"))
    bench.fresh().scan(now() + LATER)
    assert bench.counts() == first
    assert len(list(bench.store.keys())) == first["recordings"]


def test_the_store_has_what_the_row_says(bench: Bench) -> None:
    complaint_call(bench.spool, "huiyin01-1763604000.1", NUMBER)
    bench.ingest.scan(now())
    with bench.database.read() as session:
        for row in session.scalars(select(Recording)):
            opened = bench.store.open(row.store_key)
            content = b"".join(opened.read(0, opened.size))
            assert opened.size == row.size
            assert wav.parse(content).duration == pytest.approx(row.duration, abs=0.001)


def test_a_running_call_is_shown_and_completed_later(bench: Bench) -> None:
    call = bench.call().begin().reserve(NUMBER).message().open_ticket(NUMBER)
    scan = bench.ingest.scan(now())
    assert scan.open == 1
    assert bench.one(Call).ended_at is None
    assert bench.one(Ticket).number == NUMBER
    assert bench.counts()["recordings"] == 1
    call.end()
    bench.ingest.scan(now() + LATER)
    assert bench.one(Call).outcome == "answered"
    assert bench.counts()["tickets"] == 1
    assert bench.counts()["recordings"] == 2
    with bench.database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert [link.recording.kind for link in ticket.recordings] == ["message", "call"]


def test_a_reserved_number_with_audio_after_it_is_an_unfinished_complaint(bench: Bench) -> None:
    bench.call().begin().reserve(NUMBER).end(finished=False)
    bench.ingest.scan(now() + LATER)
    ticket = bench.one(Ticket)
    assert (ticket.number, ticket.flags) == (NUMBER, ["unfinished"])


def test_a_reserved_number_without_any_audio_is_no_complaint(bench: Bench) -> None:
    call = bench.call().begin().reserve(NUMBER)
    for side in ("caller", "line"):
        call.audio(f"{side}-1.wav", wav_of(speech(0)))
    call.end()
    bench.ingest.scan(now() + LATER)
    assert bench.counts()["tickets"] == 0


def test_a_message_of_the_fallback_is_a_callback_numbered_by_the_crm(bench: Bench) -> None:
    call = bench.call().fact(0, "started", caller="13800138000", dialled="95000", language="zh")
    call.fact(1, "fallback", reason="down").fact(30, "message", file="message-1.wav")
    call.audio("message-1.wav", wav_of(speech(5))).end(40, ivr_done=0, finished=False)
    bench.ingest.scan(now() + LATER)
    ticket = bench.one(Ticket)
    assert (ticket.kind, ticket.flags, ticket.number[6:8]) == ("callback", ["unfinished"], "90")
    bench.fresh().scan(now() + LATER)
    assert bench.counts()["tickets"] == 1


def test_a_call_without_a_ticket_is_a_call_with_a_recording(bench: Bench) -> None:
    bench.call().begin().end()
    bench.ingest.scan(now())
    counts = bench.counts()
    assert (counts["calls"], counts["recordings"], counts["tickets"], counts["jobs"]) == (1, 1, 0, 1)


def test_a_number_that_was_given_out_twice_loses_no_complaint(bench: Bench) -> None:
    complaint_call(bench.spool, "huiyin01-1763604000.1", NUMBER)
    complaint_call(bench.spool, "huiyin01-1763604000.2", NUMBER)
    bench.ingest.scan(now())
    with bench.database.read() as session:
        tickets = session.scalars(select(Ticket).order_by(Ticket.id)).all()
        assert [t.number == NUMBER for t in tickets] == [True, False]
        assert tickets[1].flags == ["renumbered"]


def test_late_audio_replaces_what_was_salvaged_too_early(bench: Bench) -> None:
    call = bench.call().begin()
    whole = wav_of(speech(20))
    call.audio("caller-1.wav", unclosed(whole)[:200_044]).audio("line-1.wav", unclosed(whole)[:200_044]).end()
    bench.ingest.scan(now() + LATER)
    row = bench.one(Recording)
    assert "salvaged" in row.flags
    assert "truncated" in row.flags
    call.audio("caller-1.wav", whole).audio("line-1.wav", whole)
    bench.ingest.scan(now() + 2 * LATER)
    again = bench.one(Recording)
    assert again.id == row.id
    assert (again.flags, again.duration) == ([], 20.0)
    assert again.sha256 != row.sha256


def test_a_number_that_is_keyed_later_reaches_the_ticket_that_is_there(bench: Bench) -> None:
    call = bench.call(caller=None).begin().reserve(NUMBER).message().open_ticket(NUMBER)
    bench.ingest.scan(now())
    ticket = bench.one(Ticket)
    assert isinstance(ticket, Ticket)
    assert (ticket.caller_number, ticket.caller_key, ticket.customer_id) == (None, None, None)
    call.event(12, "number_given", caller_number="13800138000").end()
    bench.ingest.scan(now() + LATER)
    bench.fresh().scan(now() + 2 * LATER)
    with bench.database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert ticket.caller_number == "13800138000"
        assert (
            session.scalars(select(Ticket).where(Ticket.caller_key == number_key("13800138000", "CN"))).one() is ticket
        )
        assert ticket.customer_id == session.scalars(select(Call)).one().customer_id is not None
        assert [event.event for event in ticket.events] == ["registered_by_phone", "caller_number_given"]
        assert audit.verify(session).broken is None


@pytest.mark.parametrize("how", ["without its end", "before the boot", "shorter", "broken", "gone"])
def test_a_folder_that_holds_less_than_before_is_left_as_it_is(bench: Bench, how: str) -> None:
    call = complaint_call(bench.spool, "huiyin01-1763604000.1", NUMBER)
    bench.ingest.scan(now())
    before, keys = bench.counts(), {row.store_key for row in rows_of(bench, Recording)}
    if how in {"without its end", "before the boot"}:
        (call.path / "dialplan.log").write_text((call.path / "dialplan.log").read_text().splitlines()[0] + "\n")
    if how == "before the boot":
        (bench.spool / "boots").write_text(f"{call.instant(60).timestamp()}\n")
    if how == "gone":
        (call.path / "message-1.wav").unlink()
    elif how == "broken":
        call.audio("caller-1.wav", unclosed(wav_of(speech(20, seed=3)))[:40_044])
    else:
        for side, seed in (("caller", 3), ("line", 4)):
            call.audio(f"{side}-1.wav", unclosed(wav_of(speech(20, seed=seed)))[:40_044])
    for ingest in (bench.ingest, bench.fresh()):
        ingest.scan(now() + LATER)
    assert bench.counts() == before
    assert {row.store_key for row in rows_of(bench, Recording)} == keys
    assert (bench.one(Call).outcome, bench.one(Call).flags) == ("answered", [])
    row = bench.one(SpoolFolder)
    assert (row.state, bool(row.error)) == ("done", True)
    with bench.database.read() as session:
        assert session.scalars(select(SpoolFolder.call_id).where(housekeeping.LEFT)).all() == [row.call_id]
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "spool.left")).all()
        assert len(told) == 1
        assert audit.verify(session).broken is None


def test_a_folder_that_is_whole_again_is_taken_in_again(bench: Bench) -> None:
    call = complaint_call(bench.spool, "huiyin01-1763604000.1", NUMBER)
    bench.ingest.scan(now())
    whole = (call.path / "message-1.wav").read_bytes()
    call.audio("message-1.wav", whole[:8_044])
    bench.ingest.scan(now() + LATER)
    assert bench.one(SpoolFolder).error
    call.audio("message-1.wav", whole)
    bench.ingest.scan(now() + timedelta(minutes=10))
    assert bench.one(SpoolFolder).error is None
    with bench.database.read() as session:
        assert not session.scalars(select(SpoolFolder.call_id).where(housekeeping.LEFT)).all()


def rows_of(bench: Bench, table: type[Recording]) -> list[Recording]:
    with bench.database.read() as session:
        return list(session.scalars(select(table)))


def test_files_that_are_still_being_closed_are_waited_for(bench: Bench) -> None:
    call = bench.call().begin()
    call.audio("caller-1.wav", unclosed(wav_of(speech(20)))).audio("line-1.wav", unclosed(wav_of(speech(20)))).end()
    assert bench.ingest.scan(now()).waiting == 1
    assert bench.counts()["calls"] == 0


def test_a_dead_exchange_leaves_salvaged_recordings(bench: Bench) -> None:
    call = bench.call().begin().reserve(NUMBER)
    call.audio("caller-1.wav", unclosed(wav_of(speech(9)))).audio("line-1.wav", unclosed(wav_of(speech(9))))
    (bench.spool / "boots").write_text(f"{call.instant(60).timestamp()}\n")
    bench.ingest.scan(now() + LATER)
    row = bench.one(Call)
    assert (row.outcome, row.flags) == ("failed", ["cut"])
    assert row.ended_at is not None
    recording = bench.one(Recording)
    assert recording.flags == ["salvaged"]
    assert recording.estimated_loss == pytest.approx(2.048)
    assert bench.one(Ticket).flags == ["unfinished"]


def test_paused_stretches_are_joined_at_their_times(bench: Bench) -> None:
    call = bench.call().begin()
    call.event(5, "recording_paused", cause="digits", segment=1).event(8, "recording_resumed", segment=2)
    for side in ("caller", "line"):
        call.audio(f"{side}-1.wav", wav_of(speech(5))).audio(f"{side}-2.wav", wav_of(speech(12)))
    call.end(20)
    bench.ingest.scan(now())
    recording = bench.one(Recording)
    assert recording.duration == pytest.approx(20.0)
    assert recording.flags == ["gap"]


def test_corrupt_lines_are_kept_aside_and_flagged(bench: Bench) -> None:
    call = bench.call().begin()
    call.raw('{"v":1,"seq":2,"at":"2026-11-20T02:00')
    call.raw("\x00\ud800 <script>")
    call.raw("[" * 100_000)
    call.end()
    bench.ingest.scan(now())
    assert bench.one(Call).flags == ["corrupt_journal", "journal_gap"]
    with bench.database.read() as session:
        kept = session.scalars(select(CallEventRow).where(CallEventRow.source == "corrupt")).all()
        assert len(kept) == 3


def test_an_unreadable_file_is_kept_as_it_is(bench: Bench) -> None:
    call = bench.call().begin().reserve(NUMBER)
    call.audio("message-1.wav", b"not a wav").open_ticket(NUMBER).end()
    bench.ingest.scan(now() + LATER)
    with bench.database.read() as session:
        row = session.scalars(select(Recording).where(Recording.kind == "message")).one()
        assert (row.state, row.flags) == ("damaged", ["unreadable"])
        assert b"".join(bench.store.open(row.store_key).read(0, row.size)) == b"not a wav"
        assert session.scalars(select(Ticket)).one().recordings[0].recording_id == row.id


def test_hostile_text_comes_through_as_text(bench: Bench) -> None:
    call = bench.call(caller="138<script>")
    call.begin().event(
        4, "option_chosen", node="main", option="'; DROP TABLE calls; --\u202e\x00", huge=float("inf")
    ).end()
    bench.ingest.scan(now())
    row = bench.one(Call)
    assert row.caller_number == "138"
    assert row.menu_path[1].startswith("'; DROP TABLE")
    assert "\0" not in json.dumps(row.menu_path)


def test_a_poison_folder_is_quarantined_and_delays_nobody(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    import crm.services.intake

    complaint_call(bench.spool, "huiyin01-1763604000.1", NUMBER)
    complaint_call(bench.spool, "huiyin01-1763604000.2", "2611200100002")
    prepare = crm.services.intake.prepare

    def poisoned(folder: object, *args: object, **named: object) -> object:
        if folder.call_id.endswith(".1"):  # type: ignore[attr-defined]
            raise ZeroDivisionError("poison")
        return prepare(folder, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(crm.services.intake, "prepare", poisoned)
    ingest = bench.fresh(max_attempts=3)
    assert ingest.scan(now()).done == 1
    for minutes in range(1, 4):
        ingest.scan(now() + minutes * timedelta(hours=1))
    with bench.database.read() as session:
        row = session.get_one(SpoolFolder, "huiyin01-1763604000.1")
        assert (row.state, row.attempts) == ("quarantined", 3)
        assert "poison" in (row.error or "")
    monkeypatch.undo()
    (bench.spool / "huiyin01-1763604000.1" / "message-2.wav").write_bytes(wav_of(speech(1)))
    ingest.scan(now() + timedelta(days=1))
    assert bench.counts()["calls"] == 2


def test_a_store_without_room_blames_no_folder(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    complaint_call(bench.spool, "huiyin01-1763604000.1", NUMBER)

    def full(*_: object) -> None:
        raise StoreError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "put", full)
        for minute in range(20):
            assert bench.ingest.scan(now() + timedelta(minutes=minute)).failed == 1
    assert bench.ingest.scan(now() + timedelta(hours=1)).done == 1


def test_a_quarantined_folder_is_tried_again_when_somebody_asks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    import crm.services.intake

    complaint_call(bench.spool, "huiyin01-1763604000.1", NUMBER)
    ingest = bench.fresh(max_attempts=1)
    with monkeypatch.context() as patch:
        patch.setattr(crm.services.intake, "prepare", lambda *_, **__: 1 / 0)
        assert ingest.scan(now()).failed == 1
    assert ingest.scan(now() + LATER).done == 0
    with bench.database.write() as session:
        housekeeping.try_folder_again(session, ROOT, "huiyin01-1763604000.1", now=now())
    assert ingest.scan(now() + LATER).done == 1
    assert bench.one(SpoolFolder).state == "done"
    with bench.database.read() as session:
        assert audit.verify(session).broken is None
