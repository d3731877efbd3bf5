"""Terms of tickets, as the beat asks for them: what time has done, and counters put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from crm.jobs.work import JobContext
from crm.services import counters, term_recount, term_ticks

log = structlog.get_logger(__name__)


def tick(context: JobContext) -> term_ticks.Ticked:
    """Warn, escalate, tidy up. Whatever was missed while nobody asked is done now."""
    done = term_ticks.run(context.database, context.now())
    if done != term_ticks.Ticked():
        log.info("terms", warned=done.warned, overdue=done.overdue, escalated=done.escalated)
    with context.database.write() as session:
        counters.compact(session)
    return done


def recount(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Count the open terms anew that a calendar decides about. Doing it twice does no more than once."""
    year, by = int(payload["year"]), str(payload["by"])
    moved = term_recount.after_calendar(context.database, year, by=by, now=context.now())
    log.info("terms_recounted", year=year, moved=moved)
