"""Shifts, as the beat asks for them: shifts that are over are reckoned, swaps lapse, unread hand-overs are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from crm.jobs.work import JobContext
from crm.services import attendance, handovers, shift_swaps

log = structlog.get_logger(__name__)
EVERY = 60.0


@dataclass(frozen=True)
class Ticked:
    """What was done."""

    reckoned: int = 0
    lapsed: int = 0
    told: int = 0


def run(session: Session, now: datetime) -> Ticked:
    """Do what is due; done twice it does no more than once."""
    return Ticked(
        attendance.reckon_due(session, now), shift_swaps.lapse(session, now), handovers.tell_unread(session, now)
    )


def tick(context: JobContext) -> Ticked:
    """The same in a transaction of its own."""
    with context.database.write() as session:
        done = run(session, context.now())
    if done != Ticked():
        log.info("shifts", reckoned=done.reckoned, lapsed=done.lapsed, told=done.told)
    return done
