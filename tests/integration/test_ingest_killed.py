"""The ingest is killed at random moments, again and again: every call and complaint is there exactly once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm.db.calls import Call, Recording, TranscriptRow
from crm.db.records import Job, SpoolFolder
from crm.db.session import Database
from crm.db.tickets import Ticket, TicketEvent
from crm.services import audit
from crm.services.intake import TRANSCRIBE
from crm.services.look_jobs import LOOK
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401
from tests.ingest_process import MASTER_KEY
from tests.spool_builder import SpoolCall, complaint_call, speech, unclosed, wav_of

pytestmark = [pytest.mark.integration, pytest.mark.torture]

CALLS = 60
KILLS = 15
DEADLINE = 240.0


def fill(spool: Path) -> dict[str, str]:
    """Calls of several sorts; call id → the ticket number that its caller was promised, or nothing."""
    promised = {}
    for index in range(1, CALLS + 1):
        call_id, number = f"huiyin01-{1763604000 + index}.{index}", f"26112001{index:05d}"
        promised[call_id] = number if index % 4 else ""
        if index % 4 == 0:
            SpoolCall(spool, call_id).begin().end(6)
        elif index % 4 == 1:
            complaint_call(spool, call_id, number)
        elif index % 4 == 2:
            SpoolCall(spool, call_id).begin().reserve(number).end(8, finished=False)
        else:
            call = SpoolCall(spool, call_id).begin().reserve(number)
            call.audio("message-1.wav", unclosed(wav_of(speech(4)))).end(9, finished=False)
    return promised


def start(spool: Path, store: Path, url: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.ingest_process", str(spool), str(store), url]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def finished(database: Database) -> int:  # noqa: F811
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(SpoolFolder).where(SpoolFolder.state == "done")) or 0


def test_killed_at_random_it_takes_each_call_exactly_once(tmp_path: Path, database: Database) -> None:  # noqa: F811
    spool, store = tmp_path / "spool", tmp_path / "recordings"
    promised = fill(spool)
    for entry in spool.iterdir():
        os.utime(entry, (1, 1))
        for file in entry.iterdir():
            os.utime(file, (1, 1))
    dice = random.Random(20261122)
    deadline = time.monotonic() + DEADLINE
    kills = 0
    while finished(database) < CALLS:
        assert time.monotonic() < deadline, f"{finished(database)} of {CALLS} after {kills} kills"
        process = start(spool, store, str(database.url))
        try:
            if kills < KILLS:
                time.sleep(dice.uniform(0.0, 0.5))  # the random moment
                kills += 1
            else:
                while finished(database) < CALLS and time.monotonic() < deadline:
                    time.sleep(0.2)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()  # type: ignore[union-attr]
    check(database, LocalStore(store, KeyRing.of(MASTER_KEY)), promised)


def check(database: Database, store: LocalStore, promised: dict[str, str]) -> None:  # noqa: F811
    with database.read() as session:
        calls = set(session.scalars(select(Call.call_id)))
        assert calls == set(promised)
        numbers = sorted(session.scalars(select(Ticket.number)))
        assert numbers == sorted(number for number in promised.values() if number)
        rows = session.scalars(select(Recording)).all()
        assert {row.call_id for row in rows if row.kind == "call"} == set(promised)
        keys = set(store.keys())
        assert keys == {row.store_key for row in rows}
        for row in rows:
            opened = store.open(row.store_key)
            assert sum(map(len, opened.read(0, opened.size))) == row.size
        assert session.scalar(select(func.count()).select_from(TranscriptRow)) == len(rows)
        assert Counter(session.scalars(select(Job.kind))) == {TRANSCRIBE: len(rows), LOOK: len(numbers)}
        assert session.scalar(select(func.count()).select_from(TicketEvent)) == len(numbers)
        assert audit.verify(session).broken is None
