"""What comes at its own time: scheduled reports, and reminders of objections, career talks and the scheme's review."""

from __future__ import annotations

from datetime import datetime

import structlog

from crm.db.session import Database
from crm.jobs.work import JobContext
from crm.services import career_plans, merit_objections, report_runs, scheme_reviews
from crm.services.centre import Centre
from recordings.store import Store

log = structlog.get_logger(__name__)


def tick(context: JobContext) -> None:
    """Do what is due now."""
    if context.centre is not None:
        run(context.database, context.store, context.centre, context.now())


def run(database: Database, store: Store, centre: Centre, now: datetime) -> int:
    """The same at a given time; gives how many reports were made. Asking twice does nothing twice.

    A schedule that fails does not keep the others waiting: its own transaction is taken back, and it is tried again.
    """
    with database.read() as session:
        due = report_runs.due(session, now)
    made = 0
    for schedule_id in due:
        try:
            with database.write() as session:
                made += report_runs.make_due(session, store, schedule_id, centre=centre, now=now)
        except Exception as error:  # whatever goes wrong with one: the others are made, and this one is tried again
            log.exception("report_not_made", schedule=schedule_id, error=type(error).__name__)
    _remind(database, centre, now)
    return made


def _remind(database: Database, centre: Centre, now: datetime) -> None:
    today = now.astimezone(centre.zone).date()
    with database.write() as session:
        merit_objections.remind(session, now=now)
        career_plans.remind(session, today=today, now=now)
        scheme_reviews.remind(session, today=today, now=now, zone=centre.zone)
