"""Key figures, as the beat asks for them: what changed is counted anew, the last days always, a longer time nightly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from crm.db.session import Database
from crm.domain.kpi_facts import Source
from crm.jobs.work import JobContext
from crm.services import kpi_months, kpi_stays, kpi_sums, ticket_counters

log = structlog.get_logger(__name__)
EVERY = 60.0
"""Seconds between two turns."""
MOST_TURNS = 20
"""Turns of counting in one tick: after a long stop the rest is left to the next."""
_OTHERS = (Source.STATES, Source.QUALITY, Source.SURVEYS, Source.EXAMS, Source.SHIFTS)
"""What leaves no notes of its changes."""
LATELY, OTHERS_EVERY = 2, timedelta(minutes=5)
NIGHTLY = 75
_MARK, _DAILY = "kpi_others", "kpi_daily"


def tick(context: JobContext) -> None:
    """Count what changed."""
    if context.centre is not None:
        run(context.database, context.centre.zone, context.now())


def freeze(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Fix a month that somebody asked to be fixed. A second time does nothing."""
    if context.centre is None:
        raise RuntimeError("a month is the centre's: it has no zone here")
    with context.database.write() as session:
        kpi_months.freeze(
            session, str(payload["month"]), by=str(payload["by"]), note=str(payload["note"]),
            zone=context.centre.zone, now=context.now(),
        )  # fmt: skip


def run(database: Database, zone: ZoneInfo, now: datetime) -> None:
    """The same at a given time. Asking twice does nothing twice."""
    with database.write() as session:
        kpi_stays.observe(session, now.astimezone(zone).date())
    for _turn in range(MOST_TURNS):
        with database.write() as session:
            ticket_counters.mark_of(session, _MARK, now)  # one at a time
            if kpi_sums.follow(session, zone=zone, now=now).taken < kpi_sums.MOST:
                break
    with database.write() as session:
        mark = ticket_counters.mark_of(session, _MARK, now)
        if mark.last_event_id == 0 or now - mark.at >= OTHERS_EVERY:
            kpi_sums.recount_lately(session, _OTHERS, days=LATELY, zone=zone, now=now)
            mark.at, mark.last_event_id = now, 1
    _nightly(database, zone, now)


def _nightly(database: Database, zone: ZoneInfo, now: datetime) -> None:
    """Once a day of the centre: terms of complaints ended by themselves, scores were ruled on, shifts were mended."""
    today = now.astimezone(zone).date().toordinal()
    with database.write() as session:
        if ticket_counters.mark_of(session, _DAILY, now).last_event_id == today:
            return
    for source in (*_OTHERS, Source.TICKETS):
        with database.write() as session:
            kpi_sums.recount_lately(session, (source,), days=NIGHTLY, zone=zone, now=now)
    with database.write() as session:
        mark = ticket_counters.mark_of(session, _DAILY, now)
        mark.last_event_id, mark.at = today, now
    log.info("kpi_recounted", days=NIGHTLY)
