"""What is learnt from complaints, as the beat asks for it: counters, alarms, topics, reminders, reports."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from crm.db.session import Database
from crm.jobs.work import JobContext
from crm.services import (
    alarm_watch,
    analysis_reports,
    hot_topics,
    process_reviews,
    rectifications,
    rules,
    ticket_counters,
)

log = structlog.get_logger(__name__)
_TOPICS, _DAILY = "topics", "daily"
TOPICS_EVERY = timedelta(hours=1)
MOST_TURNS = 20
"""Turns of counting in one tick: after a long stop the rest is left to the next."""


def tick(context: JobContext) -> None:
    """Count what changed, watch the counts; every hour the topics, every day what is due."""
    if context.centre is not None:
        run(context.database, context.centre.zone, context.now())


def run(database: Database, zone: ZoneInfo, now: datetime) -> None:
    """The same at a given time. Asking twice does nothing twice."""
    for _turn in range(MOST_TURNS):
        with database.write() as session:
            read = ticket_counters.follow(session, zone=zone, now=now)
        if read < ticket_counters.BATCH:
            break
    with database.write() as session:
        if raised := alarm_watch.watch(session, rules=rules.current(session), zone=zone, now=now):
            log.warning("spikes", count=raised)
    with database.write() as session:
        mark = ticket_counters.mark_of(session, _TOPICS, now)
        if mark.last_event_id == 0 or now - mark.at >= TOPICS_EVERY:
            hot_topics.refresh(session, zone=zone, now=now)
            mark.at, mark.last_event_id = now, 1
    _daily(database, zone, now)


def _daily(database: Database, zone: ZoneInfo, now: datetime) -> None:
    """Once a day of the centre: reminders, terms that ended by themselves, the reports of what is over."""
    today = now.astimezone(zone).date()
    with database.write() as session:
        mark = ticket_counters.mark_of(session, _DAILY, now)
        if mark.last_event_id == today.toordinal():
            return
        mark.last_event_id, mark.at = today.toordinal(), now
        ticket_counters.recount_lately(session, zone=zone, now=now)
        rectifications.remind(session, today=today, now=now)
        process_reviews.remind(session, rules=rules.current(session), today=today, now=now)
    with database.write() as session:
        analysis_reports.make_due(session, zone=zone, now=now)
