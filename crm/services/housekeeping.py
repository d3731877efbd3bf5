"""What needs a person in the engine room: dead jobs, quarantined and left folders, recordings without a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from crm.db.calls import Recording, TranscriptRow
from crm.db.records import Job, SpoolFolder
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError
from crm.services import audit
from crm.services.intake import TRANSCRIBE

SHOWN = 50
"""Rows of a list; the count says how many more there are."""
LEFT = and_(SpoolFolder.state == "done", SpoolFolder.error.is_not(None), SpoolFolder.next_try_at.is_(None))
"""A folder that holds less of a call than was taken in of it: the ingest says why and leaves it to a person."""


@dataclass(frozen=True)
class DeadJob:
    """A job that was given up. ``call_id``, ``language``: what it is about, where it is about such a thing."""

    id: int
    kind: str
    call_id: str | None
    language: str | None
    error: str
    attempts: int
    died_at: datetime | None


@dataclass(frozen=True)
class Quarantined:
    """A call's spool folder that could not be taken in."""

    call_id: str
    error: str
    attempts: int
    since: datetime


@dataclass(frozen=True)
class Left:
    """A call's spool folder that is left as it is, because more was taken in of the call before."""

    call_id: str
    why: str
    taken_in: datetime | None


@dataclass(frozen=True)
class Troubles:
    """All of it. The lists are the newest ones; ``waiting``: recordings without a model, by language."""

    dead_jobs: tuple[DeadJob, ...]
    dead_count: int
    quarantined: tuple[Quarantined, ...]
    quarantined_count: int
    left: tuple[Left, ...]
    left_count: int
    waiting: Mapping[str, int]


def troubles(session: Session, actor: Actor) -> Troubles:
    """What the actor may know of it. Raises ForbiddenError."""
    _demand(actor, Action.SYSTEM_READ)
    dead, folders = Job.state == "dead", SpoolFolder.state == "quarantined"
    jobs = session.scalars(select(Job).where(dead).order_by(Job.finished_at.desc(), Job.id.desc()).limit(SHOWN)).all()
    calls = _calls_of(session, [str(job.payload.get("recording_id")) for job in jobs])
    rows = session.scalars(
        select(SpoolFolder).where(folders).order_by(SpoolFolder.first_seen_at.desc(), SpoolFolder.call_id).limit(SHOWN)
    )
    left = session.scalars(
        select(SpoolFolder).where(LEFT).order_by(SpoolFolder.first_seen_at.desc(), SpoolFolder.call_id).limit(SHOWN)
    )
    waiting = session.execute(
        select(TranscriptRow.language, func.count(func.distinct(TranscriptRow.recording_id)))
        .where(TranscriptRow.state == "waiting_for_model")
        .group_by(TranscriptRow.language)
        .order_by(TranscriptRow.language)
    )
    return Troubles(
        dead_jobs=tuple(_dead_job(job, calls) for job in jobs),
        dead_count=session.scalar(select(func.count()).select_from(Job).where(dead)) or 0,
        quarantined=tuple(Quarantined(r.call_id, r.error or "", r.attempts, r.first_seen_at) for r in rows),
        quarantined_count=session.scalar(select(func.count()).select_from(SpoolFolder).where(folders)) or 0,
        left=tuple(Left(row.call_id, row.error or "", row.ingested_at) for row in left),
        left_count=session.scalar(select(func.count()).select_from(SpoolFolder).where(LEFT)) or 0,
        waiting={row[0]: row[1] for row in waiting},
    )


def _calls_of(session: Session, recording_ids: list[str]) -> Mapping[str, str]:
    rows = session.execute(select(Recording.id, Recording.call_id).where(Recording.id.in_(recording_ids)))
    return {row.id: row.call_id for row in rows}


def _dead_job(job: Job, calls: Mapping[str, str]) -> DeadJob:
    language: Any = job.payload.get("language")
    return DeadJob(
        id=job.id,
        kind=job.kind,
        call_id=calls.get(str(job.payload.get("recording_id"))),
        language=str(language) if language else None,
        error=job.last_error or "",
        attempts=job.attempts,
        died_at=job.finished_at,
    )


def run_job_again(session: Session, actor: Actor, job_id: int, *, now: datetime) -> None:
    """Give a dead job all its attempts again; the relay rings for it. Raises ForbiddenError, ConflictError."""
    _demand(actor, Action.SYSTEM_MEND)
    row = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == "dead")
        .values(state="due", attempts=0, run_at=now, sent_at=None, finished_at=None)
        .returning(Job.kind, Job.payload, Job.last_error)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        raise ConflictError("this job is not dead any more")
    if row.kind == TRANSCRIBE:
        session.execute(
            update(TranscriptRow)
            .where(TranscriptRow.id == int(row.payload["transcript_id"]), TranscriptRow.state == "failed")
            .values(state="queued", error=None)
            .execution_options(synchronize_session=False)
        )
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action="job.run_again",
        subject=f"job:{job_id}",
        detail={"kind": row.kind, "error": _kind_of(row.last_error)},
    )


def try_folder_again(session: Session, actor: Actor, call_id: str, *, now: datetime) -> None:
    """Let the ingest look at a quarantined folder again. Raises ForbiddenError, ConflictError."""
    _demand(actor, Action.SYSTEM_MEND)
    row = session.execute(
        update(SpoolFolder)
        .where(SpoolFolder.call_id == call_id, SpoolFolder.state == "quarantined")
        .values(state="open", attempts=0, signature="", next_try_at=now)
        .returning(SpoolFolder.error)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        raise ConflictError("this folder is not quarantined any more")
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action="spool.try_again",
        subject=f"call:{call_id}"[:120],
        detail={"error": _kind_of(row.error)},
    )


def _kind_of(error: str | None) -> str:
    """The name of the exception: the chain keeps no text that might hold what a customer said."""
    return (error or "").partition(":")[0][:60]


def _demand(actor: Actor, action: Action) -> None:
    if not actor.may(action):
        raise ForbiddenError("your role does not allow this")
