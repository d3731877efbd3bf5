"""Writing jobs into the book: in the transaction of the change that asks for them. Running them is crm.jobs'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.db.records import Job
from crm.db.upserts import inserting

DEFAULT_QUEUE = "default"
SPEECH_QUEUE = "asr"


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    unique_key: str | None = None,
    queue: str = DEFAULT_QUEUE,
    priority: int = 5,
    run_at: datetime | None = None,
    max_attempts: int = 5,
) -> int | None:
    """Write a job; gives its id, or None when one with this key was written before (whatever became of it)."""
    statement = (
        inserting(session, Job)
        .values(
            kind=kind,
            queue=queue,
            payload=dict(payload),
            unique_key=unique_key,
            state="due",
            priority=priority,
            attempts=0,
            max_attempts=max_attempts,
            run_at=run_at or now,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Job.id)
    )
    return session.execute(statement).scalar_one_or_none()
