"""What the house throws away by itself, and all that it must never throw away; on both databases."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from crm.db.calls import Recording
from crm.db.records import IdempotencyKey, Job, SpoolFolder
from crm.db.session import Database
from crm.services.audio_intake import Recorder
from crm.services.centre import Centre
from crm.services.ingest import Ingest, IngestConfig
from crm.services.jobs import enqueue
from crm.services.spool_upkeep import SpoolUpkeep
from ops.upkeep import AT_ONCE, Upkeep
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401
from tests.spool_builder import SpoolCall, complaint_call, speech, wav_of

pytestmark = pytest.mark.integration

CALL = "huiyin01-1763604000.1"
DAY = timedelta(days=1)


class Place:
    """A taken-in call, and the upkeep over it."""

    def __init__(self, folder: Path, database: Database) -> None:  # noqa: F811
        self.database = database
        self.spool = folder / "spool"
        self.store = LocalStore(folder / "recordings", KeyRing.of(b"k" * 32))
        self.began = datetime.now(UTC)
        self.path = complaint_call(self.spool, CALL, "2611200100001").path
        config = IngestConfig(self.spool, Centre(ZoneInfo("Asia/Shanghai")))
        self.ingest = Ingest(database, Recorder(self.store, b"i" * 32), config)
        self.ingest.scan(self.began)
        self.folders = SpoolUpkeep(database, self.store, self.spool, 7 * DAY)
        self.upkeep = Upkeep(database, self.store, self.folders)

    def stored(self) -> list[str]:
        return sorted(self.store.keys())

    def change(self, **values: object) -> None:
        with self.database.write() as session:
            session.execute(update(SpoolFolder).values(**values))


@pytest.fixture
def place(tmp_path: Path, database: Database) -> Place:  # noqa: F811
    return Place(tmp_path, database)


def test_a_folder_goes_when_its_time_is_over_and_its_call_stays(place: Place) -> None:
    place.upkeep.turn(place.began + 6 * DAY)
    assert place.path.is_dir()
    place.upkeep.turn(place.began + 8 * DAY)
    assert list(place.spool.glob(f"*{CALL}")) == []
    place.ingest.scan(place.began + 8 * DAY)
    assert len(place.stored()) == 2
    with place.database.read() as session:
        assert session.get_one(SpoolFolder, CALL).state == "done"


def _lose(place: Place) -> None:
    place.store.delete(place.stored()[0])


def _swap(place: Place) -> None:
    place.store.put(place.stored()[0], b"another sound")


def _damage(place: Place) -> None:
    path = next(place.store.root.rglob("*.rec"))
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1])


def _add_audio(place: Place) -> None:
    """Late audio, of which neither the row nor the signature knows."""
    (place.path / "message-2.wav").write_bytes(wav_of(speech(1)))


def _lose_row(place: Place) -> None:
    """A file for which no recording stands, though all else says done."""
    with place.database.write() as session:
        session.execute(update(Recording).where(Recording.kind == "message").values(source_name="message-9"))


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda place: place.change(state="open"), id="not taken in"),
        pytest.param(lambda place: place.change(state="quarantined"), id="quarantined"),
        pytest.param(lambda place: place.change(ingested_at=None), id="no time"),
        pytest.param(lambda place: place.change(signature=""), id="no signature"),
        pytest.param(_lose, id="lost in the store"),
        pytest.param(_swap, id="another sound in the store"),
        pytest.param(_damage, id="damaged in the store"),
        pytest.param(_add_audio, id="late audio"),
        pytest.param(_lose_row, id="audio without a recording"),
    ],
)
def test_a_folder_stays_while_it_may_be_needed(place: Place, harm: Callable[[Place], None]) -> None:
    harm(place)
    files = sorted(path.name for path in place.path.iterdir())
    later = place.began + 100 * DAY
    place.upkeep.turn(later)
    assert place.folders.retire([CALL], later) == 0, "also when it is asked for by its name"
    assert sorted(path.name for path in place.path.iterdir()) == files


def test_audio_whose_retention_ended_does_not_live_on_in_the_spool(place: Place) -> None:
    for key in place.stored():
        place.store.delete(key)
    with place.database.write() as session:
        session.execute(update(Recording).values(state="purged"))
    place.upkeep.turn(place.began + 8 * DAY)
    assert not place.path.exists()


def test_what_a_kill_left_half_removed_is_removed(place: Place) -> None:
    left = place.spool / f"~retired-{CALL}"
    left.mkdir()
    (left / "caller-1.wav").write_bytes(b"x")
    place.upkeep.turn(place.began)
    assert not left.exists()
    assert place.path.is_dir()


def test_many_folders_go_a_few_at_a_time(place: Place) -> None:
    for index in range(2, AT_ONCE + 3):
        complaint_call(place.spool, f"huiyin01-1763604000.{index}", f"26112001{index:05}")
    place.ingest.scan(place.began)
    later = place.began + 8 * DAY
    place.upkeep.turn(later)
    assert len(list(place.spool.glob("huiyin*"))) == 2
    place.upkeep.turn(later)
    assert list(place.spool.glob("huiyin*")) == []


def test_done_jobs_go_after_a_week_and_dead_ones_stay(place: Place) -> None:
    with place.database.write() as session:
        for state in ("done", "dead", "due", "running"):
            for age in (6, 8):
                job = enqueue(session, "a_kind", {}, now=place.began, unique_key=f"{state} {age}")
                session.execute(
                    update(Job).where(Job.id == job).values(state=state, finished_at=place.began - age * DAY)
                )
    place.upkeep.turn(place.began)
    with place.database.read() as session:
        left = set(session.scalars(select(Job.unique_key).where(Job.kind == "a_kind")))
    assert left == {f"{state} {age}" for state in ("done", "dead", "due", "running") for age in (6, 8)} - {"done 8"}


def test_answers_are_kept_for_a_day(place: Place) -> None:
    with place.database.write() as session:
        for hours in (23, 25):
            created = place.began - timedelta(hours=hours)
            session.add(IdempotencyKey(key=f"{hours}", request_sha256="0", status=201, body={}, created_at=created))
    place.upkeep.turn(place.began)
    with place.database.read() as session:
        assert session.scalars(select(IdempotencyKey.key)).all() == ["23"]


def test_halves_in_the_store_are_swept_but_not_one_that_is_being_written(place: Place) -> None:
    folder = next(place.store.root.rglob("*.rec")).parent
    old, fresh = folder / "x.rec.00.part", folder / "y.rec.00.part"
    for path, age in ((old, timedelta(hours=2)), (fresh, timedelta(minutes=1))):
        path.write_bytes(b"half")
        at = (place.began - age).timestamp()
        os.utime(path, (at, at))
    place.upkeep.turn(place.began)
    assert (old.exists(), fresh.exists(), len(place.stored())) == (False, True, 2)


def test_it_is_done_once_an_hour(place: Place) -> None:
    place.upkeep.turn(place.began + 6 * DAY)
    place.change(ingested_at=place.began - DAY)
    place.upkeep.turn(place.began + 6 * DAY + timedelta(minutes=59))
    assert place.path.is_dir()
    place.upkeep.turn(place.began + 6 * DAY + timedelta(minutes=61))
    assert not place.path.exists()


def test_the_folder_of_a_call_out_that_nobody_answered_goes_too(place: Place) -> None:
    unanswered = SpoolCall(place.spool, "huiyin01-1763604100.900001")
    unanswered.fact(0, "started", call_id=unanswered.call_id, caller="95000", dialled="1380", direction="outbound")
    unanswered.audio("agent-huiyin01-1763604101.5.wav", wav_of(speech(2)))
    unanswered.fact(5, "ended", duration=5, billsec=0, cause=16, ivr_done=0)
    place.ingest.scan(place.began + DAY)
    assert place.folders.retire([unanswered.call_id], place.began + 30 * DAY) == 1
    assert not unanswered.path.exists()
