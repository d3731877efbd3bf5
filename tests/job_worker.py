"""A Celery application over a test's database, with a scripted recogniser: ``celery --app tests.job_worker:app``.

``TEST_DATABASE``, ``TEST_REDIS`` and ``TEST_STORE`` say where. A recording whose first sample is 666 kills its
process as a broken decoder does; 667 raises. ``slow`` recordings (668) take a while.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from celery import signals

from asr.engine import Pcm, RecognitionError
from asr.transcript import Segment, Side, Transcript
from crm.db.session import Database
from crm.jobs.celery_app import make_app, relay
from crm.jobs.work import JobContext, ModelChoice
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests import vault as _vault  # noqa: F401  (gives the databases their keys)

ABORTS, FAILS, SLOW = 666, 667, 668
MASTER_KEY = b"k" * 32


def recognise(channels: Sequence[Pcm], rate: int, language: str) -> Transcript:
    first = int(channels[0][0])
    if first == ABORTS:
        os.abort()
    if first == FAILS:
        raise RecognitionError("nobody understands this")
    if first == SLOW:
        time.sleep(0.2)
    segment = Segment(Side.CALLER, 0.0, len(channels[0]) / rate, "heard", 0.9)
    return Transcript(language, "scripted", "model-1", "1" * 64, (segment,))


@cache
def context() -> JobContext:
    return JobContext(
        database=Database(os.environ["TEST_DATABASE"]),
        store=LocalStore(Path(os.environ["TEST_STORE"]), KeyRing.of(MASTER_KEY)),
        now=lambda: datetime.now(UTC),
        recognise=recognise,
        has_room=lambda: True,
        choice=lambda _: ModelChoice("scripted", "model-1", "1" * 64, (("scripted", "model-1"),)),
    )


app = make_app(os.environ.get("TEST_REDIS", "unix:///nowhere"), context, zone="UTC")


def _in_child(**_: object) -> None:
    context.cache_clear()


def _ready(**_: object) -> None:
    relay(app, context())
    context().database.dispose()


signals.worker_process_init.connect(_in_child)
signals.worker_ready.connect(_ready)
