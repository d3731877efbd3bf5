"""Terms of tickets, as the beat asks for them: what time has done, and counters put together."""

from __future__ import annotations

import structlog

from crm.jobs.work import JobContext
from crm.services import counters, term_ticks

log = structlog.get_logger(__name__)


def tick(context: JobContext) -> term_ticks.Ticked:
    """Warn, escalate, tidy up. Whatever was missed while nobody asked is done now."""
    done = term_ticks.run(context.database, context.now())
    if done != term_ticks.Ticked():
        log.info("terms", warned=done.warned, overdue=done.overdue, escalated=done.escalated)
    with context.database.write() as session:
        counters.compact(session)
    return done
