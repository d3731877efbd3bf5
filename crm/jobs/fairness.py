"""Scores, appeals, calibrations and coaching, as the beat asks for them: what time does to them."""

from __future__ import annotations

import structlog

from crm.jobs.work import JobContext
from crm.services import appeal_ticks, calibrations, coaching_ticks

log = structlog.get_logger(__name__)
EVERY = 60.0
"""Seconds between two turns."""


def tick(context: JobContext) -> None:
    """Let terms begin and end, pass late appeals on, plan coaching, draw retests, remind. Twice does nothing twice."""
    if context.centre is None:
        return
    now = context.now()
    done = appeal_ticks.run(context.database, context.centre, now)
    coached = coaching_ticks.run(context.database, context.centre, now)
    with context.database.write() as session:
        reminded = calibrations.remind(session, now)
    if done != appeal_ticks.Ticked() or coached or reminded:
        log.info("fairness", opened=done.opened, lapsed=done.lapsed, late=done.late, coached=coached)
