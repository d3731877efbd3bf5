"""Training and knowledge, as the beat asks for them: tests that end, plans that give, what people are reminded of."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from crm.db.session import Database
from crm.jobs.work import JobContext
from crm.services import (
    announcements,
    assignments,
    drills,
    exams,
    knowledge_keeping,
    knowledge_use,
    ticket_counters,
    training_plans,
)

log = structlog.get_logger(__name__)
EVERY = 30.0
_DAILY = "training_daily"


def tick(context: JobContext) -> None:
    """Do what is due now."""
    if context.centre is not None:
        run(context.database, context.centre.zone, context.now())


def run(database: Database, zone: ZoneInfo, now: datetime) -> None:
    """The same at a given time. Asking twice does nothing twice."""
    with database.write() as session:
        if taken := exams.take_in_due(session, now=now):
            log.info("sheets_taken_in", count=taken)
    with database.write() as session:
        drills.follow(session, now=now)
    today = now.astimezone(zone).date()
    with database.write() as session:
        mark = ticket_counters.mark_of(session, _DAILY, now)
        if mark.last_event_id == today.toordinal():
            return
        mark.last_event_id, mark.at = today.toordinal(), now
        given = training_plans.give(session, today=today, zone=zone, now=now)
        assignments.remind(session, today=today, now=now)
        announcements.follow(session, today=today, now=now)
        knowledge_keeping.remind(session, today=today, now=now)
        knowledge_use.forget_gaps(session, today=today)
    if given:
        log.info("training_given", count=given)
