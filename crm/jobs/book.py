"""The book of jobs: claim, finish, put off, bury, and find what must be rung for again.

Every change is a compare-and-set, so that any number of messages about one job do it once. An attempt is
counted when it is claimed, before anything is done: a job that kills its process is found out by its row.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from crm.db.records import Job

LEASE = timedelta(seconds=30)
RESEND_AFTER = timedelta(seconds=60)
RING_TIME = timedelta(seconds=3)
"""How long the writer of a job has to ring for it himself."""
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 900.0
_KEPT_ERROR = 2_000


@dataclass(frozen=True)
class Claimed:
    """A job that this process holds until its lease runs out."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    max_attempts: int
    token: str


@dataclass(frozen=True)
class Call:
    """A job to ring for."""

    id: int
    queue: str


@dataclass(frozen=True)
class Buried:
    """A job that was given up."""

    kind: str
    payload: Mapping[str, Any]
    error: str


def _claimable(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(Job.state == "due", Job.run_at <= now),
        and_(Job.state == "running", Job.lease_until < now, Job.attempts < Job.max_attempts),
    )


def claim(session: Session, job_id: int, *, now: datetime) -> Claimed | None:
    """Take the job, or None when it is done, not due, or held by somebody else."""
    token = str(uuid.uuid4())
    row = session.execute(
        update(Job)
        .where(Job.id == job_id, _claimable(now))
        .values(state="running", attempts=Job.attempts + 1, lease_until=now + LEASE, lease_token=token)
        .returning(Job.id, Job.kind, Job.payload, Job.attempts, Job.max_attempts)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Claimed(row.id, row.kind, row.payload, row.attempts, row.max_attempts, token) if row else None


def _change(session: Session, job: Claimed, **values: Any) -> bool:
    changed = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.state == "running", Job.lease_token == job.token)
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    return changed.one_or_none() is not None


def renew(session: Session, job: Claimed, *, now: datetime) -> bool:
    """Hold it longer. False: somebody else has it by now."""
    return _change(session, job, lease_until=now + LEASE)


def finish(session: Session, job: Claimed, *, now: datetime) -> bool:
    """It is done."""
    return _change(session, job, state="done", finished_at=now, last_error=None, lease_until=None, lease_token=None)


def put_off(session: Session, job: Claimed, *, until: datetime, why: str) -> bool:
    """It waits for something outside; this was no attempt."""
    return _change(
        session,
        job,
        state="due",
        attempts=Job.attempts - 1,
        run_at=until,
        sent_at=None,
        lease_until=None,
        lease_token=None,
        last_error=why[:_KEPT_ERROR],
    )


def fail(session: Session, job: Claimed, *, now: datetime, error: str, for_good: bool = False) -> Buried | None:
    """Try it again later, after a pause that grows; or bury it, when it had all its attempts."""
    error = error.replace("\0", "")[:_KEPT_ERROR]
    if for_good or job.attempts >= job.max_attempts:
        buried = _change(
            session, job, state="dead", finished_at=now, last_error=error, lease_until=None, lease_token=None
        )
        return Buried(job.kind, job.payload, error) if buried else None
    _change(
        session,
        job,
        state="due",
        run_at=now + pause_after(job.attempts),
        sent_at=None,
        lease_until=None,
        lease_token=None,
        last_error=error,
    )
    return None


def pause_after(attempts: int) -> timedelta:
    """5 s, 15 s, 45 s … at most a quarter of an hour."""
    return timedelta(seconds=min(_LONGEST_PAUSE, _FIRST_PAUSE * 3 ** max(0, attempts - 1)))


def bury_lost(session: Session, *, now: datetime, limit: int = 100) -> list[Buried]:
    """Give up jobs whose process died in their last attempt."""
    lost = (
        select(Job.id)
        .where(Job.state == "running", Job.lease_until < now, Job.attempts >= Job.max_attempts)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    error = "the process died in each attempt"
    rows = session.execute(
        update(Job)
        .where(Job.id.in_(lost.scalar_subquery()), Job.state == "running")
        .values(state="dead", finished_at=now, last_error=error, lease_until=None, lease_token=None)
        .returning(Job.kind, Job.payload)
        .execution_options(synchronize_session=False)
    )
    return [Buried(row.kind, row.payload, error) for row in rows]


def to_ring(session: Session, *, now: datetime, queue: str, limit: int) -> list[Call]:
    """Jobs of a queue that nobody was told of, or whose bell was lost; they count as rung for from now on."""
    unheard = or_(
        and_(Job.sent_at.is_(None), Job.created_at < now - RING_TIME),
        Job.sent_at < now - RESEND_AFTER,
        and_(Job.state == "running", Job.lease_until < now),
    )
    chosen = (
        select(Job.id)
        .where(Job.queue == queue, _claimable(now), unheard)
        .order_by(Job.priority, Job.run_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(chosen))
    if ids:
        session.execute(
            update(Job).where(Job.id.in_(ids)).values(sent_at=now).execution_options(synchronize_session=False)
        )
    return [Call(job_id, queue) for job_id in ids]
