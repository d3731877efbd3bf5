"""The look at a call's words after its transcript, and the beat of sampling: seeds, draws, risk rules, claims."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from crm.db.session import Database
from crm.jobs.work import JobContext
from crm.services import call_risks, quality_looks, sampling, sampling_draws

log = structlog.get_logger(__name__)
EVERY = 60.0
"""Seconds between two ticks."""
_NO_CENTRE = ZoneInfo("UTC")


def look_at_call(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Find what a scorer should look at in a call."""
    zone = context.centre.zone if context.centre is not None else _NO_CENTRE
    with context.database.write() as session:
        quality_looks.look(session, str(payload["call_id"]), zone=zone, now=context.now())


def tick(context: JobContext) -> None:
    """Draw what is due, look for calls at risk, let claims lapse."""
    if context.centre is not None:
        run(context.database, context.centre.zone, context.now())


def run(database: Database, zone: ZoneInfo, now: datetime) -> None:
    """The same at a given time. Asking twice does nothing twice."""
    with database.write() as session:
        due = sampling_draws.due(session, zone=zone, now=now)
    for week in due:
        with database.write() as session:
            drawn = sampling_draws.draw(session, week, zone=zone, now=now)
        log.info("week_drawn", week=str(week), calls=drawn)
    with database.write() as session:
        call_risks.scan(session, zone=zone, now=now)
    with database.write() as session:
        sampling.tidy(session, now=now)
