"""How many calls the hours to come will bring, how many agents they need, and how many are planned.

Calls are waits in queues as ``queue_visits`` has them: what overflowed counts where it went, who hung up within the
short limit asks for nobody. Hours are those of the centre's clock; a zone that is not whole hours from UTC is counted
by the hour that an instant falls in there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import CallLeg, QueueVisit, WrapUp
from crm.db.shifts import StaffingNeed
from crm.domain.access import Action, Actor, Relation
from crm.domain.erlang import Goal, Load, Service, agents_needed
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.domain.forecast import Counts, Error, HourForecast, forecast_day, past_error
from crm.domain.kpi_facts import SHORT_MS
from crm.domain.rosters import fewest
from crm.domain.shifts import Span, instant
from crm.domain.working_days import DayKind
from crm.services import public_calendar, roster_checks
from crm.services.centre import Centre
from crm.services.shift_people import write_down

HANDLE = 240
"""Seconds that a call takes while no call was ever handled."""
PATIENCE = 120
"""Seconds until a caller hangs up, while too few ever did."""
FEW = 30
_HOUR = timedelta(hours=1)
ERLANG_C, ERLANG_A = "erlang_c", "erlang_a"


@dataclass(frozen=True)
class Past:
    """What was counted. ``handle`` and ``patience`` in seconds; None: too little is known, the default is used."""

    counts: Counts
    handle: float | None
    patience: float | None
    calls: int


@dataclass(frozen=True)
class HourPlan:
    """An hour to come: what is expected, who is needed, who is planned, and what was taken over for it."""

    expected: HourForecast
    needed_c: Service | None
    needed_a: Service | None
    planned: int
    """the fewest who work at the same time in it"""
    adopted: StaffingNeed | None


@dataclass(frozen=True)
class Outlook:
    """Days hour by hour, and what they were reckoned from."""

    hours: Sequence[HourPlan]
    past: Past
    handle: float
    patience: float
    error: Error


def past_of(session: Session, first: date, last: date, centre: Centre, queue: str | None = None) -> Past:
    """Calls by hour of whole days, the mean handling time and the mean patience of those who waited."""
    span = roster_checks.days_of(first, last, centre)
    counts: Counter[tuple[date, int]] = Counter()
    for hour, calls in session.execute(_by_hour(session, span, queue)):
        local = datetime.fromisoformat(f"{hour}:00").replace(tzinfo=UTC).astimezone(centre.zone)
        counts[local.date(), local.hour] += calls
    return Past(counts, _handle(session, span, queue), _patience(session, span, queue), counts.total())


def _by_hour(session: Session, span: Span, queue: str | None) -> Any:
    entered = QueueVisit.entered_at
    if session.get_bind().dialect.name == "postgresql":
        hour = func.to_char(func.timezone("UTC", entered), 'YYYY-MM-DD"T"HH24')
    else:
        hour = func.strftime("%Y-%m-%dT%H", entered)
    query = select(hour, func.count()).where(*_counted(span, queue)).group_by(hour)
    return query.order_by(hour)


def _counted(span: Span, queue: str | None) -> list[ColumnElement[bool]]:
    short = and_(QueueVisit.outcome == "abandoned", func.coalesce(QueueVisit.wait_time, 0.0) < SHORT_MS / 1000)
    wanted = [
        QueueVisit.entered_at >= span.begin,
        QueueVisit.entered_at < span.end,
        or_(QueueVisit.outcome.is_(None), and_(QueueVisit.outcome.not_in(("overflow", "returned")), not_(short))),
    ]
    return [*wanted, QueueVisit.queue == queue] if queue else wanted


def _handle(session: Session, span: Span, queue: str | None) -> float | None:
    """Talk and hold of answered calls, and the work after them, each by its own number of calls."""
    of_queue = [CallLeg.queue == queue] if queue else [CallLeg.queue.is_not(None)]
    spoken = func.coalesce(CallLeg.talk_time, 0.0) + func.coalesce(CallLeg.hold_time, 0.0)
    legs = select(func.count(), func.sum(spoken)).where(
        CallLeg.rang_at >= span.begin, CallLeg.rang_at < span.end, CallLeg.answered_at.is_not(None), *of_queue
    )
    number, seconds = session.execute(legs).one()
    if not number:
        return None
    after = select(func.count(), func.sum(WrapUp.acw_time)).where(
        WrapUp.started_at >= span.begin, WrapUp.started_at < span.end, WrapUp.acw_time.is_not(None),
        *([WrapUp.queue == queue] if queue else []),
    )  # fmt: skip
    wraps, acw = session.execute(after).one()
    return float(seconds or 0) / number + (float(acw or 0) / wraps if wraps else 0.0)


def _patience(session: Session, span: Span, queue: str | None) -> float | None:
    """All waiting over the number of those who gave up: the maximum-likelihood mean of exponential patience."""
    gave_up = func.sum(case((QueueVisit.outcome == "abandoned", 1), else_=0))
    row = session.execute(
        select(gave_up, func.sum(func.coalesce(QueueVisit.wait_time, 0.0))).where(*_counted(span, queue))
    ).one()
    return float(row[1]) / row[0] if (row[0] or 0) >= FEW else None


@dataclass(frozen=True)
class Question:
    """What is asked: days to come, from so many weeks before; a queue or all of them; what callers are promised."""

    first: date
    days: int = 7
    weeks: int = 8
    queue: str | None = None
    goal: Goal = Goal()  # noqa: RUF009  (frozen)


MOST_DAYS, MOST_WEEKS = 14, 26


def outlook(session: Session, actor: Actor, asked: Question, *, centre: Centre, now: datetime) -> Outlook:
    """The hours to come. Raises ForbiddenError, InvalidInputError."""
    _may(actor)
    if not 1 <= asked.days <= MOST_DAYS:
        raise InvalidInputError("days", f"must be 1 to {MOST_DAYS}")
    if not 1 <= asked.weeks <= MOST_WEEKS:
        raise InvalidInputError("weeks", f"must be 1 to {MOST_WEEKS}")
    today = now.astimezone(centre.zone).date()
    known_to = min(asked.first, today) - timedelta(days=1)
    past = past_of(session, known_to - timedelta(weeks=asked.weeks + 2), known_to, centre, asked.queue)
    calendar = public_calendar.calendar(session, centre.calendar)
    kinds: dict[date, DayKind] = {}

    def kind_of(day: date) -> DayKind:
        return kinds.setdefault(day, calendar.kind_of(day))

    days = [asked.first + timedelta(days=n) for n in range(asked.days)]
    handle, patience = past.handle or HANDLE, past.patience or PATIENCE
    expected = [hour for day in days for hour in forecast_day(day, past.counts, kind_of, asked.weeks)]
    planned, adopted = _planned(session, days, centre), _adopted(session, days, centre)
    hours = []
    for one in expected:
        at = instant(one.day, one.hour * 60, centre.zone)
        hours.append(
            HourPlan(one, _need(one, handle, None, asked.goal), _need(one, handle, patience, asked.goal),
                     planned.get(at, 0), adopted.get(at))
        )  # fmt: skip
    recent = [known_to - timedelta(days=n) for n in range(7)]
    return Outlook(hours, past, handle, patience, past_error(recent, past.counts, kind_of, asked.weeks))


def _need(one: HourForecast, handle: float, patience: float | None, goal: Goal) -> Service | None:
    if one.calls is None:
        return None
    return agents_needed(Load(one.calls, handle, patience), goal)


def _planned(session: Session, days: Sequence[date], centre: Centre) -> Mapping[datetime, int]:
    """For each hour the fewest people who work on the phone at the same time, of what is planned or published."""
    span = roster_checks.days_of(days[0], days[-1], centre)
    there = roster_checks.working_in(session, span)
    found = {}
    for day in days:
        for hour in range(24):
            at = instant(day, hour * 60, centre.zone)
            found[at] = fewest(there, Span(at, at + _HOUR))
    return found


def _adopted(session: Session, days: Sequence[date], centre: Centre) -> Mapping[datetime, StaffingNeed]:
    span = roster_checks.days_of(days[0], days[-1], centre)
    query = select(StaffingNeed).where(StaffingNeed.starts_at >= span.begin, StaffingNeed.starts_at < span.end)
    return {one.starts_at: one for one in session.scalars(query)}


def adopt(session: Session, actor: Actor, asked: Question, method: str, *, centre: Centre, now: datetime) -> int:
    """Take a forecast over as what the roster is checked against; gives the number of hours. Raises as ``outlook``."""
    if method not in {ERLANG_C, ERLANG_A}:
        raise InvalidInputError("method", f"must be {ERLANG_C} or {ERLANG_A}")
    if asked.queue is not None:
        raise InvalidInputError("queue", "needs are of all queues together")
    found = outlook(session, actor, asked, centre=centre, now=now)
    hours = 0
    for one in found.hours:
        need = one.needed_c if method == ERLANG_C else one.needed_a
        if need is None or one.expected.calls is None:
            continue
        row = one.adopted or StaffingNeed(starts_at=instant(one.expected.day, one.expected.hour * 60, centre.zone))
        row.agents, row.calls, row.handle = need.agents, round(one.expected.calls * 10), round(found.handle)
        row.method, row.made_at, row.made_by = method, now, actor.name
        session.add(row)
        hours += 1
    if not hours:
        raise InvalidInputError("days", "nothing is known that a forecast could be made from")
    session.flush()
    write_down(
        session, actor.name, "needs_adopted", now=now, first=asked.first, days=asked.days, method=method, hours=hours,
        goal=[asked.goal.share, asked.goal.seconds],
    )  # fmt: skip
    return hours


def _may(actor: Actor) -> None:
    if not actor.may(Action.SHIFT_PLAN, [Relation.SECTION]):
        raise ForbiddenError("these roles do not plan shifts")
