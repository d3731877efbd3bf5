"""Jobs by a real Celery over a real Redis: done once, whatever is killed or flushed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select, update

from crm.db.calls import Call, Recording, TranscriptRow
from crm.db.records import Job
from crm.db.session import Database
from crm.jobs.celery_app import make_app, relay, ring
from crm.jobs.work import JobContext
from crm.services.intake import TRANSCRIBE
from crm.services.jobs import SPEECH_QUEUE, enqueue
from recordings import wav
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests import job_worker
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401
from tests.redis_fixture import RedisServer, redis  # noqa: F401

pytestmark = pytest.mark.integration

DEADLINE = 180.0


class Workshop:
    """Recordings that wait for their text, workers that come and go, and a relay that the test turns."""

    def __init__(self, folder: Path, database: Database, redis: RedisServer) -> None:  # noqa: F811
        self.folder = folder
        self.database = database
        self.redis = redis
        self.store = LocalStore(folder / "recordings", KeyRing.of(job_worker.MASTER_KEY))
        self.app = make_app(redis.url, lambda: self.context, zone="UTC")
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def context(self) -> JobContext:
        return JobContext(
            self.database, self.store, lambda: datetime.now(UTC), job_worker.recognise, lambda: True, lambda _: None
        )

    def record(self, index: int, first_sample: int = 1, max_attempts: int = 5) -> int:
        samples = np.full(1600, 100, dtype="<i2")
        samples[0] = first_sample
        content = wav.header(8000, 1, 3200) + samples.tobytes()
        name, key = f"00000000-0000-4000-8000-{index:012d}", f"2026/11/20/recording-{index}"
        self.store.put(key, content)
        now = datetime.now(UTC)
        with self.database.write() as session:
            call = Call(call_id=f"huiyin01-1763604000.{index}", language="en", started_at=now, menu_path=[], flags=[])
            session.add(call)
            session.flush()
            session.add(
                Recording(
                    id=name, call_id=call.call_id, kind="message", source_name="message-1", started_at=now,
                    duration=0.2, rate=8000, channels=1, sha256=sha256(content).hexdigest(), size=len(content),
                    store_key=key, flags=[], peaks=[],
                )
            )  # fmt: skip
            row = TranscriptRow(recording_id=name, language="en")
            session.add(row)
            session.flush()
            job = enqueue(
                session, TRANSCRIBE, {"recording_id": name, "transcript_id": row.id}, now=now,
                unique_key=f"transcribe:{name}", queue=SPEECH_QUEUE, max_attempts=max_attempts,
            )  # fmt: skip
        assert job is not None
        return job

    def work(self) -> subprocess.Popen[bytes]:
        words = [
            sys.executable, "-m", "celery", "--app", "tests.job_worker:app", "worker", "--queues", "asr,default",
            "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "warning",
            "--hostname", f"test{len(self.workers)}@{self.folder.name}",
        ]  # fmt: skip
        environment = {
            **os.environ,
            "TEST_DATABASE": str(self.database.url),
            "TEST_REDIS": self.redis.url,
            "TEST_STORE": str(self.store.root),
        }
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(words, env=environment, stdout=log, stderr=log, start_new_session=True)
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """The worker and its children, at once."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def hasten(self) -> None:
        """Let every lease run out and every pause end now."""
        past = datetime.now(UTC) - timedelta(hours=1)
        with self.database.write() as session:
            session.execute(
                update(Job).where(Job.state.in_(("due", "running"))).values(run_at=past, sent_at=past, lease_until=past)
            )

    def states(self) -> dict[str, int]:
        with self.database.read() as session:
            rows = session.execute(select(Job.state, func.count()).group_by(Job.state))
            return {row[0]: row[1] for row in rows}

    def until(self, holds: Callable[[], bool], turn: Callable[[], object] = lambda: None) -> None:
        deadline = time.monotonic() + DEADLINE
        while not holds():
            if time.monotonic() > deadline:
                log = (self.folder / "worker.log").read_text()[-3000:]
                pytest.fail(f"still {self.states()}; the worker said: {log}")
            turn()
            time.sleep(0.2)


@pytest.fixture
def workshop(tmp_path: Path, database: Database, redis: RedisServer) -> Iterator[Workshop]:  # noqa: F811
    shop = Workshop(tmp_path, database, redis)
    yield shop
    for worker in shop.workers:
        if worker.poll() is None:
            shop.kill(worker)
    shop.app.close()


def texts(shop: Workshop) -> dict[str, int]:
    with shop.database.read() as session:
        rows = session.execute(select(TranscriptRow.state, func.count()).group_by(TranscriptRow.state))
        return {row[0]: row[1] for row in rows}


def test_every_job_is_done_though_redis_is_flushed_and_workers_are_killed(workshop: Workshop) -> None:
    jobs = [workshop.record(index, job_worker.SLOW if index % 3 == 0 else 1) for index in range(1, 25)]
    first = workshop.work()
    ring(workshop.app, jobs, SPEECH_QUEUE)
    workshop.until(lambda: workshop.states().get("done", 0) >= 4)
    with workshop.redis.client as client:
        client.flushall()
    workshop.kill(first)
    workshop.hasten()
    workshop.work()
    workshop.until(
        lambda: workshop.states() == {"done": 24},
        lambda: (workshop.hasten(), relay(workshop.app, workshop.context)),
    )
    assert texts(workshop) == {"done": 24}


def test_a_poison_recording_kills_children_and_delays_nobody(workshop: Workshop) -> None:
    poison = workshop.record(1, job_worker.ABORTS, max_attempts=2)
    failing = workshop.record(2, job_worker.FAILS, max_attempts=2)
    others = [workshop.record(index) for index in range(3, 10)]
    workshop.work()
    ring(workshop.app, [poison, failing, *others], SPEECH_QUEUE)
    workshop.until(lambda: workshop.states().get("done", 0) == 7)
    workshop.until(
        lambda: workshop.states() == {"done": 7, "dead": 2},
        lambda: (workshop.hasten(), relay(workshop.app, workshop.context)),
    )
    assert texts(workshop) == {"done": 7, "failed": 2}


def test_without_redis_nothing_waits_and_the_relay_rings_later(workshop: Workshop) -> None:
    workshop.redis.kill()
    job = workshop.record(1)
    began = time.monotonic()
    ring(workshop.app, [job], SPEECH_QUEUE)
    assert time.monotonic() - began < 5
    workshop.redis.start()
    workshop.work()
    workshop.until(
        lambda: workshop.states() == {"done": 1},
        lambda: (workshop.hasten(), relay(workshop.app, workshop.context)),
    )
