"""The doctor's checks of what was written: the database, its audit chain's schema, the spool, the services."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from crm.db import migrate
from crm.db.models import Job, SpoolFolder, TranscriptRow
from crm.db.session import Database
from crm.services import housekeeping
from ops import backup_database, house, status
from ops.doctor_checks import Finding, Level
from ops.settings import Settings
from recordings.naming import is_call_id

SPOOL_LATE = 300
"""Seconds after which a finished call should be in the database."""


def database(settings: Settings) -> list[Finding]:
    """It answers, has this version's schema, and no job died."""
    kind = backup_database.kind(settings.sql_url)
    if kind == "sqlite" and not (settings.home / "huiyin.sqlite3").exists() and not settings.database_url:
        return [Finding("database", Level.BAD, "there is none yet", "huiyin migrate (make run does it)")]
    opened = Database(settings.sql_url)
    try:
        has, wants = migrate.revisions(settings.sql_url)
        if has != wants:
            text = f"{kind}, schema {has or 'none'}, but this version wants {wants}"
            return [Finding("database", Level.BAD, text, "huiyin migrate")]
        return [Finding("database", Level.GOOD, f"{kind}, schema {has}"), *_jobs(opened)]
    except SQLAlchemyError as error:
        text = str(getattr(error, "orig", error)).strip().splitlines()[0]
        return [Finding("database", Level.BAD, f"{kind}: {text}", "is HUIYIN_DATABASE_URL right, does the server run?")]
    finally:
        opened.dispose()


def _jobs(opened: Database) -> list[Finding]:
    with opened.read() as session:
        dead = session.scalar(select(func.count()).select_from(Job).where(Job.state == "dead")) or 0
        due = select(func.count()).select_from(Job).where(Job.state == "due", Job.run_at < datetime.now(UTC))
        waiting = session.scalar(due) or 0
        without_model = session.scalar(
            select(func.count()).select_from(TranscriptRow).where(TranscriptRow.state == "waiting_for_model")
        )
    findings = []
    if dead:
        findings.append(
            Finding(
                "jobs", Level.WARNING, f"{dead} gave up after all attempts", "see System in the pages, run them again"
            )
        )
    if without_model:
        findings.append(
            Finding("transcripts", Level.WARNING, f"{without_model} wait for a model", "huiyin models fetch or add")
        )
    return findings or [Finding("jobs", Level.GOOD, f"{waiting} due, none dead")]


def spool(settings: Settings) -> list[Finding]:
    """Calls that ended a while ago are in the database; nothing was quarantined."""
    if not settings.spool.is_dir():
        return [Finding("spool", Level.GOOD, "empty")]
    folders = [path for path in settings.spool.iterdir() if path.is_dir() and is_call_id(path.name)]
    opened = Database(settings.sql_url)
    try:
        with opened.read() as session:
            rows = session.execute(select(SpoolFolder.call_id, SpoolFolder.state)).all()
            left = session.scalars(select(SpoolFolder.call_id).where(housekeeping.LEFT)).all()
    except SQLAlchemyError:
        return [Finding("spool", Level.WARNING, f"{len(folders)} calls; the database cannot be asked about them", "")]
    finally:
        opened.dispose()
    known = {row.call_id: row.state for row in rows}
    late = [path.name for path in folders if path.name not in known and time.time() - path.stat().st_mtime > SPOOL_LATE]
    quarantined = [name for name, state in known.items() if state == "quarantined"]
    findings = []
    if late:
        text = f"{len(late)} calls wait since more than {SPOOL_LATE // 60} minutes, the first is {min(late)}"
        findings.append(Finding("spool", Level.BAD, text, "huiyin start jobs; see HOME/logs/ingest.log"))
    if quarantined:
        text = f"{len(quarantined)} calls could not be read: {', '.join(quarantined[:3])}"
        findings.append(Finding("spool", Level.WARNING, text, "look at them in HOME/spool; nothing was deleted"))
    if left:
        text = f"{len(left)} folders hold less of a call than was taken in, and are left: {', '.join(left[:3])}"
        findings.append(
            Finding("spool", Level.WARNING, text, "System in the pages says why; look at them in HOME/spool")
        )
    return findings or [Finding("spool", Level.GOOD, f"{len(folders)} calls, all taken in or running")]


def services(settings: Settings) -> list[Finding]:
    """When it runs: every service answers."""
    if not house.running(settings):
        return [Finding("services", Level.GOOD, "nothing runs (huiyin up starts it)")]
    silent = {name: row for name, row in status.services(settings).items() if not row["answers"]}
    return [
        Finding(name, Level.BAD, f"{row['state']}: {row['why']}", f"huiyin start {name}; see HOME/logs/{name}.log")
        for name, row in silent.items()
    ] or [Finding("services", Level.GOOD, "all answer")]
