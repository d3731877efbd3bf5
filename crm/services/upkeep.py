"""What the house throws away by itself: done jobs, old idempotency keys. Dead jobs stay until somebody looks."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from crm.db.records import Job
from crm.db.session import Database
from crm.services import idempotency

JOBS_KEPT = timedelta(days=7)
KEYS_KEPT = timedelta(hours=24)
_AT_ONCE = 500


def drop_done_jobs(database: Database, now: datetime) -> int:
    """Remove jobs that were done long ago, some in each transaction; gives their number."""
    some = select(Job.id).where(Job.state == "done", Job.finished_at < now - JOBS_KEPT).limit(_AT_ONCE)
    statement = (
        delete(Job)
        .where(Job.id.in_(some.scalar_subquery()), Job.state == "done")
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    dropped = 0
    while True:
        with database.write() as session:
            gone = len(session.execute(statement).all())
        dropped += gone
        if gone < _AT_ONCE:
            return dropped


def forget_keys(database: Database, now: datetime) -> int:
    """Forget the answers that were kept for repeated requests; gives their number."""
    with database.write() as session:
        return idempotency.forget_before(session, now - KEYS_KEPT)
