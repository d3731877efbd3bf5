"""Attendance: each shift that is over, held against what was done in it; who is missing now; and what is corrected.

Clock-in is by login: the first of a login to the pages and a registered phone. What was done is what ``agent_states``
tells. A correction, an excuse or leave that comes later reckons the shift anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import AgentState
from crm.db.people import User
from crm.db.shifts import AttendanceDay, ClockEvent, ExcusedTime, Leave, Shift
from crm.domain.access import Action, Actor
from crm.domain.adherence import (
    Adherence,
    Attendance,
    Clocked,
    Stretch,
    adherence,
    attendance,
    keeps,
    milliseconds,
)
from crm.domain.kpi_facts import Source
from crm.domain.live import AgentStateName
from crm.domain.rules import Rules
from crm.domain.shifts import Activity, Span, without
from crm.services import kpi_sums, shift_people
from crm.services import rules as rule_book
from crm.services.roster_checks import parts_of_row, span_of_row

SETTLED = timedelta(minutes=5)
"""After that the last states of a shift are written."""
AT_ONCE = 200
LOOKED_BACK = timedelta(days=100)
"""Shifts before that were reckoned long ago: nobody looks for them any more."""
_NO_PHONE = frozenset({AgentStateName.OFFLINE})
_ON_PHONE = frozenset(
    {AgentStateName.AVAILABLE, AgentStateName.RINGING, AgentStateName.ON_CALL, AgentStateName.WRAP_UP}
)


@dataclass(frozen=True)
class Reckoned:
    """A shift held against what was done in it."""

    shift: Shift
    attendance: Attendance
    adherence: Adherence
    states: tuple[Stretch, ...]
    gone: tuple[Span, ...]
    paid: int
    logged: int
    phone: int


@dataclass(frozen=True)
class Facts:
    """All that is known of one person's time in a span."""

    states: tuple[Stretch, ...]
    signs: tuple[Clocked, ...]
    leaves: tuple[Span, ...]
    excused: tuple[Span, ...]


def facts_of(session: Session, user_id: int, span: Span, now: datetime) -> Facts:
    """States, signs of coming and going, leave and excused time. A state that lasts is known until now."""
    rows = session.scalars(
        select(AgentState)
        .where(
            AgentState.user_id == user_id,
            AgentState.since < span.end,
            or_(AgentState.until.is_(None), AgentState.until > span.begin),
        )
        .order_by(AgentState.since, AgentState.id)
    )
    states = tuple(
        Stretch(row.state, row.reason, Span(row.since, row.until or now))
        for row in rows
        if row.since < (row.until or now)
    )
    clock = select(ClockEvent).where(
        ClockEvent.user_id == user_id, ClockEvent.at >= span.begin, ClockEvent.at < span.end
    )
    signs = tuple(Clocked(row.at, comes=row.kind == "in") for row in session.scalars(clock.order_by(ClockEvent.at)))
    return Facts(states, signs, _leaves(session, user_id, span), _excused(session, user_id, span))


def _leaves(session: Session, user_id: int, span: Span) -> tuple[Span, ...]:
    query = select(Leave.starts_at, Leave.ends_at).where(
        Leave.user_id == user_id, Leave.state == "granted", Leave.starts_at < span.end, Leave.ends_at > span.begin
    )
    return tuple(Span(row.starts_at, row.ends_at) for row in session.execute(query))


def _excused(session: Session, user_id: int, span: Span) -> tuple[Span, ...]:
    query = select(ExcusedTime.starts_at, ExcusedTime.ends_at).where(
        ExcusedTime.user_id == user_id,
        ExcusedTime.lifted_at.is_(None),
        ExcusedTime.starts_at < span.end,
        ExcusedTime.ends_at > span.begin,
    )
    return tuple(Span(row.starts_at, row.ends_at) for row in session.execute(query))


def reckoned(session: Session, shift: Shift, numbers: Rules, now: datetime) -> Reckoned:
    """A shift as it stands; one that still goes on is held against the plan until now."""
    whole = span_of_row(shift)
    span = Span(whole.begin, min(whole.end, now)) if whole.begin < now else whole
    before = numbers.clock_before_minutes
    facts = facts_of(session, shift.user_id, Span(whole.begin - timedelta(minutes=before), whole.end + SETTLED), now)
    gone = (*facts.leaves, *facts.excused)
    parts = [part for part in parts_of_row(shift) if part.span.begin < span.end]
    kept = adherence(span, parts, facts.states, gone, numbers.break_slack_minutes)
    there = [one.span for one in facts.states if one.state not in _NO_PHONE]
    came = attendance(span, facts.signs, there, gone, grace=numbers.clock_grace_minutes, before=before)
    paid = sum((one.length for one in without(span, facts.leaves)), timedelta())
    return Reckoned(
        shift, came, kept, facts.states, gone, milliseconds(paid), _spent(facts.states, span, _ON_PHONE | {"paused"}),
        _spent(facts.states, span, _ON_PHONE),
    )  # fmt: skip


def _spent(states: Sequence[Stretch], span: Span, which: frozenset[str]) -> int:
    cuts = [one.span.within(span) for one in states if one.state in which]
    return sum(milliseconds(cut.length) for cut in cuts if cut is not None)


def reckon_due(session: Session, now: datetime) -> int:
    """Reckon shifts that are over and were not; gives how many."""
    due = session.scalars(
        select(Shift)
        .outerjoin(AttendanceDay, AttendanceDay.shift_id == Shift.id)
        .where(
            Shift.starts_at > now - LOOKED_BACK,
            Shift.state == "published",
            Shift.ends_at <= now - SETTLED,
            AttendanceDay.shift_id.is_(None),
        )
        .order_by(Shift.ends_at, Shift.id)
        .limit(AT_ONCE)
    ).all()
    for shift in due:
        _keep(session, shift, rule_book.current(session), now)
    return len(due)


def reckon_anew(session: Session, user_id: int, span: Span, now: datetime) -> None:
    """Something about this time was corrected: what was reckoned of it is reckoned once more."""
    query = (
        select(Shift)
        .join(AttendanceDay, AttendanceDay.shift_id == Shift.id)
        .where(Shift.user_id == user_id, Shift.starts_at < span.end, Shift.ends_at > span.begin)
    )
    for shift in session.scalars(query).all():
        _keep(session, shift, rule_book.current(session), now)


def _keep(session: Session, shift: Shift, numbers: Rules, now: datetime) -> None:
    found = reckoned(session, shift, numbers, now)
    row = session.get(AttendanceDay, shift.id)
    if row is None:
        row = AttendanceDay(shift_id=shift.id, user_id=shift.user_id, day=shift.day)
        session.add(row)
    row.verdict, row.came_at, row.went_at = found.attendance.verdict, found.attendance.came_at, found.attendance.went_at
    row.paid, row.planned, row.kept = found.paid, found.adherence.planned, found.adherence.kept
    row.logged, row.phone, row.late, row.early = (
        found.logged,
        found.phone,
        found.attendance.late,
        found.attendance.early,
    )
    row.reckoned_at = now
    session.flush()
    kpi_sums.note(session, Source.SHIFTS, shift.starts_at)


@dataclass(frozen=True)
class Line:
    """A shift in the list: whose, and how it was kept; ``day`` None: it is not over yet."""

    user: User
    shift: Shift
    day: AttendanceDay | None


@dataclass(frozen=True)
class Sums:
    """Of a person over the days of a list: milliseconds and shifts."""

    user: User
    shifts: int
    kept_shifts: int
    absent: int
    late: int
    left_early: int
    on_leave: int
    planned: int
    adhered: int
    logged: int


def lines(
    session: Session, actor: Actor, first: date, last: date, *, department_id: int | None = None
) -> Sequence[Line]:
    """Published shifts of these days of those whom the actor may see."""
    ids = {one.id for one in shift_people.people(session, actor, department_id=department_id)}
    query = (
        select(Shift, AttendanceDay)
        .outerjoin(AttendanceDay, AttendanceDay.shift_id == Shift.id)
        .where(Shift.day >= first, Shift.day <= last, Shift.state == "published", Shift.user_id.in_(ids))
        .order_by(Shift.starts_at, Shift.user_id)
    )
    return [Line(shift.user, shift, day) for shift, day in session.execute(query).unique()]


def sums(found: Sequence[Line]) -> Sequence[Sums]:
    """By person, of what was reckoned."""
    by_user: dict[int, list[Line]] = defaultdict(list)
    for line in found:
        if line.day is not None:
            by_user[line.user.id].append(line)
    return [_sum(his) for _, his in sorted(by_user.items(), key=lambda pair: pair[1][0].user.username)]


def _sum(his: Sequence[Line]) -> Sums:
    days = [line.day for line in his if line.day is not None]
    of: Mapping[str, int] = {name: sum(one.verdict == name for one in days) for name in {one.verdict for one in days}}
    return Sums(
        his[0].user, len(days), of.get("present", 0), of.get("absent", 0), of.get("late", 0), of.get("left_early", 0),
        of.get("leave", 0), sum(one.planned for one in days), sum(one.kept for one in days),
        sum(one.logged for one in days),
    )  # fmt: skip


def of_shift(session: Session, actor: Actor, shift_id: int, now: datetime) -> Reckoned | None:
    """One shift with all its stretches. None: there is none that the actor may see."""
    shift = session.get(Shift, shift_id)
    if shift is None or shift.state != "published":
        return None
    ids = select(User.id).where(User.id == shift.user_id, shift_people.within_reach(actor, Action.SHIFT_READ))
    if session.scalar(ids) is None:
        return None
    return reckoned(session, shift, rule_book.current(session), now)


@dataclass(frozen=True)
class Standing:
    """Somebody on shift now: what is planned for him, and what he does. ``state`` empty: nothing is known of him."""

    user: User
    shift: Shift
    planned: Activity
    state: str
    reason: str
    since: datetime | None
    kept: bool


def standings(session: Session, actor: Actor, now: datetime) -> Sequence[Standing]:
    """Everybody on shift now whom the actor may see; who is not where he should be comes first."""
    ids = {one.id for one in shift_people.people(session, actor)}
    rows = session.scalars(
        select(Shift).where(
            Shift.state == "published", Shift.starts_at <= now, Shift.ends_at > now, Shift.user_id.in_(ids)
        )
    ).all()
    away = {
        row.user_id
        for table in (Leave, ExcusedTime)
        for row in session.execute(
            select(table.user_id).where(
                table.starts_at <= now,
                table.ends_at > now,
                *([Leave.state == "granted"] if table is Leave else [ExcusedTime.lifted_at.is_(None)]),
            )
        )
    }
    present = {row.user_id: row for row in session.scalars(select(AgentState).where(AgentState.until.is_(None)))}
    found = [_standing(one, present.get(one.user_id), now) for one in rows if one.user_id not in away]
    return sorted(found, key=lambda one: (one.kept, one.user.username))


def _standing(shift: Shift, state: AgentState | None, now: datetime) -> Standing:
    planned = next((part.activity for part in parts_of_row(shift) if part.span.begin <= now < part.span.end), None)
    activity = planned or Activity.WORK
    name, reason = (state.state, state.reason) if state is not None else (AgentStateName.OFFLINE.value, "")
    since = state.since if state is not None else None
    return Standing(shift.user, shift, activity, name, reason, since, keeps(activity, name, reason))
