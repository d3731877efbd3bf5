"""A roster checked: what is wrong for the people, and every gap for callers, by the routing plan and the needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.shifts import Leave, Shift, StaffingNeed
from crm.domain.rosters import BLOCKING, Demand, Duty, Finding, Gap, Trouble, findings, gaps
from crm.domain.shifts import Activity, Kind, Part, Span, instant, without, work_of
from crm.services import rules
from crm.services.centre import Centre
from crm.services.plan import plan_in_force
from crm.services.shift_kinds import kinds_by_code
from crm.services.shift_people import limits_of
from ivr.routing_plan import LANGUAGES, Plan, Queue

LEAST, NEED = "least", "need"
"""Keys of demands that are no queue: the house's least number, and the people of a forecast."""
_CONTEXT = timedelta(days=15)
_HOUR = timedelta(hours=1)
ALIVE = ("draft", "published")


@dataclass(frozen=True)
class Checked:
    """What was found. ``gaps``: too few on shift; ``break_gaps``: enough on shift, too few while some have a break."""

    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    break_gaps: tuple[Gap, ...]

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What no roster is published with."""
        return tuple(one for one in self.findings if one.trouble in BLOCKING)

    @property
    def clean(self) -> bool:
        """Whether nothing was found at all."""
        return not (self.findings or self.gaps or self.break_gaps)


def parts_of_row(shift: Shift) -> tuple[Part, ...]:
    """What is planned inside a shift and is no work on the phone."""
    return tuple(
        Part(Activity(name), Span(datetime.fromisoformat(begin), datetime.fromisoformat(end)))
        for name, begin, end in shift.parts
    )


def span_of_row(shift: Shift) -> Span:
    """From when until when."""
    return Span(shift.starts_at, shift.ends_at)


def days_of(first: date, last: date, centre: Centre) -> Span:
    """Whole days of the centre as one span."""
    return Span(instant(first, 0, centre.zone), instant(last + timedelta(days=1), 0, centre.zone))


def shifts_in(session: Session, span: Span, states: Sequence[str] = ALIVE) -> Sequence[Shift]:
    """Shifts that touch a span, of everybody."""
    return session.scalars(
        select(Shift)
        .where(Shift.starts_at < span.end, Shift.ends_at > span.begin, Shift.state.in_(states))
        .order_by(Shift.starts_at, Shift.id)
    ).all()


def leaves_in(session: Session, span: Span) -> Sequence[Leave]:
    """Leave that was granted and touches a span."""
    return session.scalars(
        select(Leave)
        .where(Leave.starts_at < span.end, Leave.ends_at > span.begin, Leave.state == "granted")
        .order_by(Leave.starts_at)
    ).all()


def check(session: Session, first: date, last: date, centre: Centre) -> Checked:
    """Check whole days."""
    span = days_of(first, last, centre)
    wide = Span(span.begin - _CONTEXT, span.end + _CONTEXT)
    rows = shifts_in(session, wide)
    leaves = [(one.user_id, Span(one.starts_at, one.ends_at)) for one in leaves_in(session, wide)]
    near = [row for row in rows if span_of_row(row).meets(span)]
    demands = list(_demands(session, first, last, span, centre))
    hard = gaps(demands, _there(near, leaves, breaks=False))
    soft = gaps(demands, _there(near, leaves, breaks=True))
    return Checked(_troubles(session, rows, leaves, first, last), hard, tuple(g for g in soft if not _known(g, hard)))


def troubles_with(
    session: Session, first: date, last: date, *, without: Collection[int], planned: Sequence[Shift]
) -> tuple[Finding, ...]:
    """What would be wrong for the people without some shifts (by id) and with others that are not in the database."""
    wide = Span(
        datetime.combine(first, time.min, tzinfo=UTC) - _CONTEXT,
        datetime.combine(last, time.min, tzinfo=UTC) + _CONTEXT,
    )
    rows = [*(row for row in shifts_in(session, wide) if row.id not in without), *planned]
    leaves = [(one.user_id, Span(one.starts_at, one.ends_at)) for one in leaves_in(session, wide)]
    return _troubles(session, rows, leaves, first - timedelta(days=1), last + timedelta(days=1))


def _known(gap: Gap, hard: Sequence[Gap]) -> bool:
    """Whether a gap is there without any break, too."""
    return any(
        one.span.begin <= gap.span.begin and gap.span.end <= one.span.end and set(gap.keys) <= set(one.keys)
        for one in hard
    )


def _troubles(
    session: Session, rows: Sequence[Shift], leaves: Sequence[tuple[int, Span]], first: date, last: date
) -> tuple[Finding, ...]:
    kinds = kinds_by_code(session)
    duties = [Duty(row.user_id, row.day, span_of_row(row), _is_night(kinds.get(row.kind)), row.id or 0) for row in rows]
    drafts = {(row.user_id, row.day) for row in rows if row.state == "draft"}
    monday = first - timedelta(days=first.weekday())
    found = findings(duties, leaves, limits_of(rules.current(session)))
    return tuple(
        one
        for one in found
        if (first <= one.day <= last or (one.trouble is Trouble.LONG_WEEK and monday <= one.day <= last))
        # leave that was granted after a shift was published is known: nobody is asked to plan it away
        and (one.trouble is not Trouble.ON_LEAVE or (one.user_id, one.day) in drafts)
    )


def _is_night(kind: Kind | None) -> bool:
    return kind is not None and kind.is_night


def _there(rows: Iterable[Shift], leaves: Sequence[tuple[int, Span]], *, breaks: bool) -> Iterator[tuple[int, Span]]:
    """Who is there for callers, and when."""
    for row in rows:
        away = [span for user_id, span in leaves if user_id == row.user_id]
        whole = span_of_row(row)
        for stretch in work_of(whole, parts_of_row(row)) if breaks else (whole,):
            for span in without(stretch, away):
                yield row.user_id, span


def working_in(session: Session, span: Span) -> list[tuple[int, Span]]:
    """Who works on the phone when, breaks and leave taken out, of what is planned or published."""
    leaves = [(one.user_id, Span(one.starts_at, one.ends_at)) for one in leaves_in(session, span)]
    return list(_there(shifts_in(session, span), leaves, breaks=True))


def _demands(session: Session, first: date, last: date, span: Span, centre: Centre) -> Iterator[Demand]:
    yield Demand(LEAST, span, rules.current(session).shift_least_agents)
    needs = select(StaffingNeed).where(StaffingNeed.starts_at >= span.begin, StaffingNeed.starts_at < span.end)
    for need in session.scalars(needs):
        if need.agents:
            yield Demand(NEED, Span(need.starts_at, need.starts_at + _HOUR), need.agents)
    plan = plan_in_force(session)
    if plan is None or not plan.members:
        return
    ids = {row.username: row.id for row in session.execute(select(User.username, User.id).where(User.active))}
    for queue in plan.queues:
        for language, who in _speakers(plan, queue, ids):
            for open_span in _open(queue, first, last, span, centre):
                yield Demand(f"{queue.name}/{language}", open_span, 1, who)


def _speakers(plan: Plan, queue: Queue, ids: dict[str, int]) -> Iterator[tuple[str, frozenset[int]]]:
    """For each language that callers of a queue may speak, who serves them."""
    served = [one for one in plan.members if queue.business in one.skills and one.agent in ids]
    for language in LANGUAGES:
        yield language, frozenset(ids[one.agent] for one in served if language in one.languages)


def _open(queue: Queue, first: date, last: date, span: Span, centre: Centre) -> Iterator[Span]:
    """When a queue is open within these days."""
    if not queue.opening:
        yield span
        return
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for one in queue.opening:
            if one.weekday == day.weekday() and one.opens < one.closes:
                yield Span(instant(day, one.opens, centre.zone), instant(day, one.closes, centre.zone))
