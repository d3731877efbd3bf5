"""What the handlers do, run in this process: waits, better models, integrity; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from asr.engine import RecogniserUnavailableError
from asr.transcript import Segment, Side, Transcript
from crm.db.calls import Recording, TranscriptRow
from crm.db.records import Job
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.jobs import integrity, transcribe, work
from crm.jobs.table import HANDLERS, ON_DEAD
from crm.jobs.work import JobContext, ModelChoice
from crm.services import audit
from crm.services.audio_intake import Recorder
from crm.services.centre import Centre
from crm.services.ingest import Ingest, IngestConfig
from crm.services.look_jobs import LOOK
from crm.services.recordings import get_transcript
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from recordings.store import Store
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401
from tests.spool_builder import complaint_call

pytestmark = pytest.mark.integration

AUDITOR = Actor("audrey", frozenset({Role.AU}))


class Desk:
    """A taken-in complaint, its two jobs, and a clock that the test turns."""

    def __init__(self, folder: Path, database: Database) -> None:  # noqa: F811
        self.database = database
        self.store = LocalStore(folder / "recordings", KeyRing.of(b"k" * 32))
        self.clock = datetime.now(UTC) + timedelta(minutes=1)
        self.model: ModelChoice | None = self.a_model("whisper", "1")
        self.room = True
        complaint_call(folder / "spool", "huiyin01-1763604000.1", "2611200100001")
        config = IngestConfig(folder / "spool", Centre(ZoneInfo("Asia/Shanghai")))
        Ingest(database, Recorder(self.store, b"i" * 32), config).scan(self.clock)

    @staticmethod
    def a_model(engine: str, digit: str) -> ModelChoice:
        return ModelChoice(engine, f"{engine}-model", digit * 64, ((engine, f"{engine}-model"),))

    @property
    def context(self) -> JobContext:
        return JobContext(
            self.database, self.store, lambda: self.clock, self.recognise, lambda: self.room, lambda _: self.model
        )

    def recognise(self, channels: object, rate: int, language: str) -> Transcript:
        if self.model is None:
            raise RecogniserUnavailableError("no speech model for en")
        segment = Segment(Side.CALLER, 0.0, 1.0, f"said by {self.model.engine}", 0.9)
        return Transcript(language, self.model.engine, self.model.model, self.model.version, (segment,))

    def run_due(self) -> list[str]:
        with self.database.read() as session:
            due = session.scalars(
                select(Job.id).where(Job.state == "due", Job.run_at <= self.clock, Job.kind != LOOK).order_by(Job.id)
            ).all()
        return [work.run(job_id, self.context, HANDLERS, ON_DEAD) for job_id in due]

    def texts(self) -> list[tuple[str, str]]:
        with self.database.read() as session:
            ids = session.scalars(select(Recording.id).order_by(Recording.kind)).all()
            found = [get_transcript(session, AUDITOR, one) for one in ids]
            return [(one.state, one.text) for one in found]


@pytest.fixture
def desk(tmp_path: Path, database: Database) -> Desk:  # noqa: F811
    return Desk(tmp_path, database)


def test_a_recording_gets_its_text_with_engine_and_model(desk: Desk) -> None:
    assert desk.run_due() == ["done", "done"]
    assert desk.texts() == [("done", "said by whisper")] * 2
    assert desk.run_due() == []


@pytest.mark.parametrize(
    ("hinder", "help_out", "state"),
    [
        (
            lambda d: setattr(d, "model", None),
            lambda d: setattr(d, "model", Desk.a_model("vosk", "2")),
            "waiting_for_model",
        ),
        (lambda d: setattr(d, "room", False), lambda d: setattr(d, "room", True), "queued"),
    ],
    ids=["no model", "no room"],
)
def test_it_waits_without_counting_attempts(
    desk: Desk, hinder: Callable[[Desk], None], help_out: Callable[[Desk], None], state: str
) -> None:
    hinder(desk)
    for _ in range(8):
        assert desk.run_due() == ["waits", "waits"]
        desk.clock += timedelta(minutes=10)
    assert desk.texts() == [(state, "")] * 2
    with desk.database.read() as session:
        assert set(session.scalars(select(Job.attempts))) == {0}
    help_out(desk)
    assert desk.run_due() == ["done", "done"]


def test_a_model_that_arrives_wakes_what_waits_for_it(desk: Desk) -> None:
    desk.model = None
    desk.run_due()
    desk.model = Desk.a_model("vosk", "2")
    assert desk.run_due() == []
    assert transcribe.look_for_models(desk.context) == 2
    assert desk.run_due() == ["done", "done"]


def test_a_better_model_transcribes_again_and_the_old_text_stays(desk: Desk) -> None:
    desk.run_due()
    whisper, vosk = Desk.a_model("whisper", "1"), Desk.a_model("vosk", "2")
    desk.model = replace(vosk, ranked=(*vosk.ranked, *whisper.ranked))
    assert transcribe.look_for_models(desk.context) == 1
    assert transcribe.look_for_models(desk.context) == 0
    assert desk.run_due() == ["done"]
    assert desk.texts() == [("done", "said by whisper")] * 2
    assert desk.run_due() == ["done", "done"]
    assert desk.texts() == [("done", "said by vosk")] * 2
    with desk.database.read() as session:
        old = session.scalars(select(TranscriptRow).where(TranscriptRow.engine == "whisper")).all()
        assert all(row.superseded_by and row.text for row in old)
    assert transcribe.look_for_models(desk.context) == 0


def test_a_worse_model_changes_nothing(desk: Desk) -> None:
    desk.model = Desk.a_model("vosk", "2")
    desk.run_due()
    vosk, whisper = Desk.a_model("vosk", "2"), Desk.a_model("whisper", "1")
    desk.model = replace(whisper, ranked=(*vosk.ranked, *whisper.ranked))
    transcribe.look_for_models(desk.context)
    desk.run_due()
    assert desk.texts() == [("done", "said by vosk")] * 2


def test_integrity_finds_missing_damaged_and_orphaned_files(desk: Desk) -> None:
    assert integrity.check(desk.context).missing == ()
    with desk.database.read() as session:
        rows = session.scalars(select(Recording).order_by(Recording.kind)).all()
    content = b"".join(desk.store.open(rows[0].store_key).read(0, rows[0].size))
    desk.store.delete(rows[0].store_key)
    desk.store.put(rows[1].store_key, b"another sound")
    desk.store.put("2026/11/20/ffffffff-ffff-4fff-8fff-ffffffffffff-000000000000", b"nobody's")
    found = integrity.check(desk.context)
    assert (found.missing, found.damaged, len(found.orphans)) == ((rows[0].id,), (rows[1].id,), 1)
    with desk.database.read() as session:
        states = {row.id: row.state for row in session.scalars(select(Recording))}
        assert states == {rows[0].id: "missing", rows[1].id: "damaged"}
        assert audit.verify(session).broken is None
    desk.store.put(rows[0].store_key, content)
    assert integrity.check(desk.context).missing == ()
    with desk.database.read() as session:
        assert session.get_one(Recording, rows[0].id).state == "stored"


def test_an_older_copy_is_dropped_after_a_day_and_an_orphan_never(desk: Desk) -> None:
    with desk.database.read() as session:
        key = session.scalars(select(Recording.store_key)).first()
    assert key is not None
    older, orphan = key[:-12] + "0" * 12, "2026/11/20/ffffffff-ffff-4fff-8fff-ffffffffffff-000000000000"
    for one in (older, orphan):
        desk.store.put(one, b"a sound")
    assert integrity.check(desk.context).superseded == 0
    assert desk.store.has(older), "it may be of a call that is being taken in"
    desk.clock += timedelta(days=1)
    assert integrity.check(desk.context).superseded == 1
    assert (desk.store.has(older), desk.store.has(orphan), desk.store.has(key)) == (False, True, True)


def test_a_copy_that_gets_its_row_while_it_is_looked_at_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk.database.read() as session:
        row = session.scalars(select(Recording)).first()
    assert row is not None
    newer = row.store_key[:-12] + "0" * 12
    desk.store.put(newer, b"a sound")
    desk.clock += timedelta(days=2)
    real = integrity.standing

    def meanwhile(store: Store, seen: Recording) -> str:
        with desk.database.write() as session:
            session.get_one(Recording, row.id).store_key = newer
        return real(store, seen)

    monkeypatch.setattr(integrity, "standing", meanwhile)
    assert integrity.check(desk.context).superseded == 0
    assert desk.store.has(newer)


def test_a_missing_file_fails_for_good(desk: Desk) -> None:
    for key in list(desk.store.keys()):
        desk.store.delete(key)
    assert desk.run_due() == ["dead", "dead"]
    assert [state for state, _ in desk.texts()] == ["failed", "failed"]
