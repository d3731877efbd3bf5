"""What `/readyz` asks: database, spool, Redis, disk, and whether calls are taken in."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import redis
from sqlalchemy import select

from crm.db.migrate import revisions
from crm.db.records import SpoolFolder
from crm.db.session import Database
from crm.gate.deps import Probe
from ops import disk
from ops.settings import Settings
from recordings.naming import is_call_id
from recordings.spool import changed_at

INGEST_LAG = 60.0
"""Seconds that an ended call may wait in the spool before readiness speaks of it."""
_REMEMBER = 5.0
_AT_ONCE = 500


def web_probes(settings: Settings, database: Database) -> tuple[Probe, ...]:
    """The probes of an installation. The pages need the database and the spool; of the rest they only warn."""
    return (
        Probe("database", database.ping),
        Probe("schema", remembered(lambda: _schema(database))),
        Probe("spool", lambda: _spool(settings.spool)),
        Probe("redis", lambda: _redis(settings.broker_url), required=False),
        Probe("disk", lambda: _disk(settings), required=False),
        Probe("ingest", remembered(lambda: _ingest(settings.spool, database)), required=False),
    )


def remembered(check: Callable[[], str | None]) -> Callable[[], str | None]:
    """The same check, made at most every few seconds however often it is asked for."""
    lock = threading.Lock()
    last: tuple[float, str | None] = (float("-inf"), None)

    def ask() -> str | None:
        nonlocal last
        with lock:
            if time.monotonic() - last[0] >= _REMEMBER:
                last = (time.monotonic(), check())
            return last[1]

    return ask


def _schema(database: Database) -> str | None:
    has, wants = revisions(database.url)
    return None if has == wants else f"the schema is {has}, this version wants {wants}: run `huiyin migrate`"


def _spool(spool: Path) -> str | None:
    if not spool.is_dir():
        return f"{spool} is not there"
    return None if os.access(spool, os.R_OK | os.W_OK | os.X_OK) else f"{spool} cannot be written"


def _redis(url: str) -> str | None:
    client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    try:
        client.ping()
    finally:
        client.close()
    return None


def _disk(settings: Settings) -> str | None:
    room = disk.tightest(settings)
    if room.percent >= settings.disk_warn_percent:
        return None
    return f"{room.percent:.1f} % of the disk of {room.folder} is free, less than {settings.disk_warn_percent:g} %"


def _ingest(spool: Path, database: Database) -> str | None:
    """Calls that have been quiet in the spool for too long without being taken in."""
    waiting = _not_taken_in(spool, database)
    quiet = [time.time() - changed_at(spool / name) for name in waiting]
    late = [seconds for seconds in quiet if seconds > INGEST_LAG]
    return f"{len(late)} calls wait to be taken in, the longest for {max(late):.0f} s" if late else None


def _not_taken_in(spool: Path, database: Database) -> set[str]:
    names = {entry.name for entry in os.scandir(spool) if entry.is_dir() and is_call_id(entry.name)}
    with database.read() as session:
        ordered = sorted(names)
        for start in range(0, len(ordered), _AT_ONCE):
            some = ordered[start : start + _AT_ONCE]
            known = select(SpoolFolder.call_id).where(SpoolFolder.call_id.in_(some), SpoolFolder.state != "open")
            names -= set(session.scalars(known))
    return names
