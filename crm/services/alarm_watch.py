"""The watch over counts: a day that brings more of something than chance explains is told, once, and decided on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.analysis import Alarm
from crm.db.analysis import TicketDay as Day
from crm.domain.access import Action, Actor
from crm.domain.alarms import WEEKS, spike
from crm.domain.axes import Axis
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.domain.rules import Rules
from crm.domain.tickets import Kind
from crm.services import audit, emergency_signals, notices, statistics
from crm.services.statistics import Slice

ALL = "all"
WATCHED = (Axis.BUSINESS, Axis.REASON, Axis.CATEGORY, Axis.CHANNEL, Axis.CAUSE, Axis.REGION)
SHOWN = 50


@dataclass(frozen=True)
class AlarmView:
    """An alarm as the page shows it."""

    id: int
    axis: str
    key: str
    day: date
    observed: int
    expected: float
    chance: float
    raised_at: datetime
    state: str
    decided_at: datetime | None
    decided_by: str | None
    note: str


def watch(session: Session, *, rules: Rules, zone: ZoneInfo, now: datetime) -> int:
    """Look at yesterday and today; gives how many alarms are new."""
    today = now.astimezone(zone).date()
    return sum(_watch_day(session, day, rules, now) for day in (today - timedelta(days=1), today))


def _watch_day(session: Session, day: date, rules: Rules, now: datetime) -> int:
    known = session.scalar(select(Day.day).order_by(Day.day).limit(1))
    if known is None:
        return 0
    earlier = [day - timedelta(weeks=back) for back in range(1, WEEKS + 1)]
    earlier = [one for one in earlier if one >= known]
    raised = 0
    for axis in (None, *WATCHED):
        now_counts = _counts(session, day, axis)
        past = [_counts(session, one, axis) for one in earlier]
        for key, observed in now_counts.items():
            if key in {"", "0"}:
                continue
            found = spike(observed, [counts.get(key, 0) for counts in past], rules)
            if found is not None:
                raised += _raise(session, str(axis or ALL), key, day, found.observed, found.expected, found.chance, now)
    return raised


def _counts(session: Session, day: date, axis: Axis | None) -> dict[str, int]:
    part = Slice(day, day, Kind.COMPLAINT)
    return statistics.counted(session, part, axis) if axis else {ALL: statistics.totals(session, part).received}


def _raise(
    session: Session, axis: str, key: str, day: date, observed: int, expected: float, chance: float, now: datetime
) -> int:
    row = session.scalars(select(Alarm).where(Alarm.axis == axis, Alarm.key == key, Alarm.day == day)).first()
    if row is not None:
        row.observed, row.chance = max(row.observed, observed), min(row.chance, chance)
        return 0
    row = Alarm(
        axis=axis, key=key, day=day, observed=observed, expected=expected, chance=chance, raised_at=now, state="new",
        note="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(
        session, at=now, actor="system", action="alarm.raised", subject=f"alarm:{row.id}",
        detail={"axis": axis, "key": key, "day": day.isoformat(), "observed": observed},
    )  # fmt: skip
    for user_id in emergency_signals.leads(session):
        notices.tell(session, user_id, NoticeKind.SPIKE, None, now, axis=axis, key=key, observed=observed,
                     expected=round(expected, 1), path="/analysis/alarms")  # fmt: skip
    return 1


def alarms(session: Session, actor: Actor, *, waiting: bool) -> tuple[AlarmView, ...]:
    """Alarms that nobody has decided on, or the last ones that somebody has."""
    statistics.check(actor, Slice(date(2000, 1, 1), date(2000, 1, 1)))
    which = Alarm.state == "new" if waiting else Alarm.state != "new"
    rows = session.scalars(select(Alarm).where(which).order_by(Alarm.day.desc(), Alarm.chance).limit(SHOWN))
    return tuple(view(row) for row in rows)


def view(row: Alarm) -> AlarmView:
    """A row as pages show it."""
    return AlarmView(
        row.id, row.axis, row.key, row.day, row.observed, row.expected, row.chance, row.raised_at, row.state,
        row.decided_at, row.decided_by, row.note,
    )  # fmt: skip


def decide(session: Session, actor: Actor, alarm_id: int, note: str, *, acted: bool, now: datetime) -> None:
    """Say what it was: nothing (and why), or what is done. Raises ForbiddenError, NotFoundError, ConflictError."""
    if not actor.may(Action.IMPROVE_PLAN):
        raise ForbiddenError("these roles do not decide on alarms")
    row = session.scalars(select(Alarm).where(Alarm.id == alarm_id).with_for_update()).first()
    if row is None:
        raise NotFoundError("there is no such alarm")
    if row.state != "new":
        raise ConflictError("somebody else has decided on this alarm")
    if not note.strip():
        raise InvalidInputError("note", "say what lies behind it")
    row.state, row.decided_at, row.decided_by = ("acted" if acted else "dismissed"), now, actor.name
    row.note = note.strip()[:2000]
    audit.append(
        session, at=now, actor=actor.name, action=f"alarm.{row.state}", subject=f"alarm:{row.id}",
        detail={"note": row.note},
    )  # fmt: skip


def of_day(session: Session, first: date, last: date) -> Sequence[Alarm]:
    """The alarms of a period, for its report."""
    return session.scalars(select(Alarm).where(Alarm.day >= first, Alarm.day <= last).order_by(Alarm.day)).all()


def slice_of(one: AlarmView) -> Slice:
    """What an alarm counted."""
    part = Slice(one.day, one.day, Kind.COMPLAINT)
    return part if one.axis == ALL else replace(part, narrowed=((Axis(one.axis), one.key),))
