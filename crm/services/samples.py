"""Calls that are to be scored, as rows: made for a reason, and every change of one a row of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.sampling import Sample, SampleEvent
from crm.domain.errors import ConflictError
from crm.domain.sampling import Week
from crm.domain.sampling_plan import ORDER, Plan, Reason

OPEN, CLAIMED, SCORED, EXCUSED = "open", "claimed", "scored", "excused"
IF_TIME = len(ORDER)
"""Urgency of what was drawn above the least of its quota and has no other reason: no end of its time binds it."""


def week_of(call: Call, zone: ZoneInfo) -> Week:
    """The week that a call is of."""
    return Week.of(call.started_at.astimezone(zone).date())


def add(
    session: Session, call: Call, agent_id: int, reason: Reason, *, plan: Plan, zone: ZoneInfo, by: str, now: datetime,
    position: int | None = None, must: bool = True, **detail: Any,
) -> Sample:  # fmt: skip
    """Have a call of an agent scored for this reason, too."""
    row = session.scalars(
        select(Sample).where(Sample.call_id == call.call_id, Sample.agent_id == agent_id)
    ).one_or_none()
    days = plan.due_days if reason is Reason.RANDOM else plan.risk_due_days
    due = now + timedelta(days=days)
    if row is None:
        row = Sample(
            call_id=call.call_id, agent_id=agent_id, week=str(week_of(call, zone)), reasons=[reason], state=OPEN,
            made_at=now, due_at=due, position=position, must=must and reason is Reason.RANDOM,
            urgency=_urgency([reason], must=must), version=1,
        )  # fmt: skip
        session.add(row)
        session.flush()
        note(session, row, by, "made", now, reason=reason, **detail)
        return row
    if reason in row.reasons and position is None:
        return row
    row.reasons = [one for one in ORDER if one in {*row.reasons, reason}]
    row.position = position if position is not None else row.position
    row.must = row.must or (must and reason is Reason.RANDOM)
    row.urgency = _urgency(row.reasons, must=row.must)
    row.due_at = min(row.due_at, due)
    row.version += 1
    session.flush()
    note(session, row, by, "reason", now, reason=reason, **detail)
    return row


def _urgency(reasons: list[Any], *, must: bool) -> int:
    first = min(ORDER.index(Reason(one)) for one in reasons)
    return first if must or first < ORDER.index(Reason.RANDOM) else IF_TIME


def note(session: Session, row: Sample, by: str, event: str, now: datetime, **detail: Any) -> None:
    """A row of its record."""
    session.add(SampleEvent(sample_id=row.id, at=now, actor=by, event=event, detail=detail))
    session.flush()


def swap(session: Session, row: Sample, **values: Any) -> None:
    """Change it, if nobody else did meanwhile. Raises ConflictError."""
    changed = session.execute(
        update(Sample)
        .where(Sample.id == row.id, Sample.version == row.version, Sample.state == row.state)
        .values(version=row.version + 1, **values)
        .returning(Sample.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else was first with this call")
    session.refresh(row)


def record(session: Session, sample_id: int) -> list[SampleEvent]:
    """All that happened to a sample, in the order of time."""
    return list(session.scalars(select(SampleEvent).where(SampleEvent.sample_id == sample_id).order_by(SampleEvent.id)))
