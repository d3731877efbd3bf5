"""The service level of today: the share of callers who were answered in time. Reference: domain 3.6."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import QueueVisit
from ivr.routing_plan import Plan

SHORT_ABANDON = 5.0
"""Seconds: who hangs up sooner was not really waiting, and counts nowhere."""
_LOST = ("abandoned", "callback", "message")
"""Waits that ended without an agent. One that went on in another queue is counted there."""


def day_of(now: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which today began in the centre's zone."""
    return datetime.combine(now.astimezone(zone).date(), time.min, tzinfo=zone)


def service_levels(session: Session, plan: Plan | None, zone: ZoneInfo, now: datetime) -> Mapping[str, float]:
    """Queue → share of today's callers answered within its target; a queue without callers is not in it."""
    if plan is None or not plan.queues:
        return {}
    answered = QueueVisit.outcome == "answered"
    waits = ((QueueVisit.queue == q.name) & (QueueVisit.wait_time <= q.service_level) for q in plan.queues)
    in_time = func.sum(case((and_(answered, or_(*waits)), 1), else_=0))
    lost = QueueVisit.outcome.in_(_LOST) & (func.coalesce(QueueVisit.wait_time, 0) >= SHORT_ABANDON)
    rows = session.execute(
        select(QueueVisit.queue, in_time, func.count())
        .where(
            QueueVisit.queue.in_([q.name for q in plan.queues]),
            QueueVisit.entered_at >= day_of(now, zone),
            QueueVisit.entered_at <= now,
            or_(answered, lost),
        )
        .group_by(QueueVisit.queue)
    )
    return {queue: good / offered for queue, good, offered in rows}
