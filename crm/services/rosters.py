"""The roster: shifts given, moved and taken away, patterns rolled out, and what was planned published."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.shifts import Leave, Shift, ShiftEvent, ShiftKind, ShiftPattern
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.domain.rosters import Finding, Gap
from crm.domain.shifts import Kind, Span, parts_of, span_of, unrolled
from crm.services import notices, roster_checks, shift_people
from crm.services.centre import Centre
from crm.services.roster_checks import ALIVE, Checked
from crm.services.shift_kinds import kind_of, kinds_by_code
from crm.services.shift_people import write_down

WEEK = 7
MOST_DAYS = 62
MOST_AHEAD = timedelta(days=400)
MAX_REASON = 200
MY_SHIFTS = "/shifts/mine"


class BlockedRosterError(ConflictError):
    """A roster that cannot be published, with what is in its way."""

    def __init__(self, found: Sequence[Finding]) -> None:
        super().__init__("the roster has shifts at the same time or during leave")
        self.found = tuple(found)


class ReasonNeededError(InvalidInputError):
    """There are gaps or troubles: whoever publishes all the same says why."""

    def __init__(self, checked: Checked) -> None:
        super().__init__("reason", "say why it is published with what was found")
        self.checked = checked


@dataclass(frozen=True)
class Week:
    """People and days with their shifts and leave."""

    first: date
    days: tuple[date, ...]
    people: Sequence[User]
    shifts: Mapping[tuple[int, date], Sequence[Shift]]
    leaves: Mapping[tuple[int, date], Leave]
    hours: Mapping[int, float]


def monday_of(day: date) -> date:
    """The day on which its week begins."""
    return day - timedelta(days=day.weekday())


def week(session: Session, actor: Actor, first: date, centre: Centre, *, department_id: int | None = None) -> Week:
    """A week of those whom the actor may see."""
    people = shift_people.people(session, actor, department_id=department_id)
    ids = {one.id for one in people}
    days = tuple(first + timedelta(days=n) for n in range(WEEK))
    query = (
        select(Shift)
        .where(Shift.day >= days[0], Shift.day <= days[-1], Shift.state.in_(ALIVE), Shift.user_id.in_(ids))
        .order_by(Shift.starts_at)
    )
    cells: dict[tuple[int, date], list[Shift]] = defaultdict(list)
    hours: Counter[int] = Counter()
    for shift in session.scalars(query):
        cells[shift.user_id, shift.day].append(shift)
        hours[shift.user_id] += int((shift.ends_at - shift.starts_at).total_seconds())
    span = roster_checks.days_of(days[0], days[-1], centre)
    leaves = {
        (one.user_id, day): one
        for one in roster_checks.leaves_in(session, span)
        for day in days
        if one.user_id in ids and Span(one.starts_at, one.ends_at).meets(roster_checks.days_of(day, day, centre))
    }
    return Week(first, days, people, cells, leaves, {user: seconds / 3600 for user, seconds in hours.items()})


def assign(
    session: Session, actor: Actor, user_id: int, day: date, code: str, *, centre: Centre, now: datetime,
    replaces: int | None = None, version: int | None = None,
) -> Shift:  # fmt: skip
    """Give somebody a shift, or another one in place of one that he has. What replaces a published one is published.

    Raises ForbiddenError, NotFoundError, InvalidInputError, ConflictError.
    """
    user = shift_people.load(session, actor, user_id, Action.SHIFT_PLAN, locks=True)
    row = session.get(ShiftKind, code)
    if row is None or not row.active:
        raise InvalidInputError("kind", "there is no such kind of shift")
    before = _replaced(session, user, replaces, version)
    span = span_of(kind_of(row), day, centre.zone)
    _in_time(span, now)
    if before is not None:
        _cancel(session, before, actor, "replaced", now)
    made = _add(session, actor, user.id, day, kind_of(row), centre, now=now, origin="hand")
    if before is not None and before.published_at is not None:
        made.state, made.published_at = "published", now
        _tell(session, actor, [user.id], day, now)
    write_down(
        session, actor.name, "given", now=now, user_id=user.id, shift_id=made.id, day=day, kind=code,
        state=made.state, instead_of=before.kind if before is not None else None,
    )  # fmt: skip
    return made


def _replaced(session: Session, user: User, shift_id: int | None, version: int | None) -> Shift | None:
    if shift_id is None:
        return None
    found = session.get(Shift, shift_id)
    if found is None or found.user_id != user.id:
        raise NotFoundError("there is no such shift")
    if found.state not in ALIVE or (version is not None and found.version != version):
        raise ConflictError("somebody else changed this shift just now")
    return found


def _in_time(span: Span, now: datetime) -> None:
    if span.end <= now:
        raise InvalidInputError("day", "the shift would be over already")
    if span.begin > now + MOST_AHEAD:
        raise InvalidInputError("day", "nobody plans so far ahead")


def _add(
    session: Session, actor: Actor, user_id: int, day: date, kind: Kind, centre: Centre, *, now: datetime, origin: str
) -> Shift:
    span = span_of(kind, day, centre.zone)
    clash = session.scalar(
        select(Shift.id).where(
            Shift.user_id == user_id, Shift.state.in_(ALIVE), Shift.starts_at < span.end, Shift.ends_at > span.begin
        )
    )
    if clash is not None:
        raise ConflictError("he has another shift at that time")
    same = session.scalar(
        select(func.count()).select_from(Shift).where(Shift.day == day, Shift.kind == kind.code, Shift.state.in_(ALIVE))
    )
    parts = parts_of(kind, span, same or 0)
    made = Shift(
        user_id=user_id, day=day, kind=kind.code, starts_at=span.begin, ends_at=span.end,
        parts=[[str(one.activity), one.span.begin.isoformat(), one.span.end.isoformat()] for one in parts],
        state="draft", origin=origin, made_at=now, made_by=actor.name,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def cancel(
    session: Session, actor: Actor, shift_id: int, *, reason: str, now: datetime, version: int | None = None
) -> None:
    """Take a shift away. A published one needs a reason. Raises as ``assign`` does."""
    shift = session.get(Shift, shift_id)
    if shift is None:
        raise NotFoundError("there is no such shift")
    shift_people.load(session, actor, shift.user_id, Action.SHIFT_PLAN, locks=True)
    session.refresh(shift)
    if shift.state not in ALIVE or (version is not None and shift.version != version):
        raise ConflictError("somebody else changed this shift just now")
    if shift.ends_at <= now:
        raise ConflictError("a shift that is over is not taken away: correct the clock, or excuse the time")
    was_published = shift.state == "published"
    if was_published and not 1 <= len(reason.strip()) <= MAX_REASON:
        raise InvalidInputError("reason", f"must have 1 to {MAX_REASON} characters")
    _cancel(session, shift, actor, "taken_away", now, reason=reason.strip())
    if was_published:
        _tell(session, actor, [shift.user_id], shift.day, now)


def _cancel(session: Session, shift: Shift, actor: Actor, event: str, now: datetime, **detail: str) -> None:
    state = shift.state
    shift.state, shift.version = "cancelled", shift.version + 1
    session.flush()
    write_down(
        session, actor.name, event, now=now, user_id=shift.user_id, shift_id=shift.id, day=shift.day, kind=shift.kind,
        was=state, **detail,
    )  # fmt: skip


@dataclass(frozen=True)
class Fill:
    """A pattern for people: the first begins with day ``offset`` of it, each next one ``step`` days further on."""

    pattern_id: int
    user_ids: tuple[int, ...]
    first: date
    last: date
    offset: int = 0
    step: int = 1


@dataclass(frozen=True)
class Filled:
    """How many shifts were made, and how many were left out because something was there already."""

    made: int
    left_out: int


def fill(session: Session, actor: Actor, wanted: Fill, *, centre: Centre, now: datetime) -> Filled:
    """Roll a pattern out. What somebody has already stays. Raises as ``assign`` does."""
    pattern = session.get(ShiftPattern, wanted.pattern_id)
    if pattern is None or not pattern.active:
        raise InvalidInputError("pattern", "there is no such pattern")
    if not wanted.user_ids:
        raise InvalidInputError("people", "choose who gets the shifts")
    if wanted.last < wanted.first or (wanted.last - wanted.first).days >= MOST_DAYS:
        raise InvalidInputError("days", f"must be 1 to {MOST_DAYS} days")
    kinds = kinds_by_code(session)
    made = left_out = 0
    for number, user_id in enumerate(dict.fromkeys(wanted.user_ids)):
        shift_people.load(session, actor, user_id, Action.SHIFT_PLAN, locks=True)
        offset = (wanted.offset + number * wanted.step) % len(pattern.days)
        for day, code in unrolled(pattern.days, wanted.first, wanted.last, offset):
            try:
                _in_time(span_of(kinds[code], day, centre.zone), now)
                shift = _add(session, actor, user_id, day, kinds[code], centre, now=now, origin="pattern")
                shift_people.note(session, actor.name, "rolled_out", shift, now)
                made += 1
            except (ConflictError, InvalidInputError):
                left_out += 1
    write_down(
        session, actor.name, "pattern_filled", now=now, pattern=pattern.id, first=wanted.first, last=wanted.last,
        users=list(wanted.user_ids), offset=wanted.offset, step=wanted.step, made=made, left_out=left_out,
    )  # fmt: skip
    return Filled(made, left_out)


@dataclass(frozen=True)
class Published:
    """What was published: shifts and the people who were told."""

    shifts: int
    people: int
    checked: Checked


def publish(
    session: Session, actor: Actor, first: date, last: date, *, centre: Centre, now: datetime, reason: str = ""
) -> Published:
    """Publish all drafts of these days that the actor plans.

    Two shifts at a time and shifts during leave are in the way. With gaps and other troubles it may be done, with a
    reason; both stand in the history. Raises ForbiddenError, ConflictError, BlockedRosterError, ReasonNeededError.
    """
    if last < first or (last - first).days >= MOST_DAYS:
        raise InvalidInputError("days", f"must be 1 to {MOST_DAYS} days")
    mine = {one.id for one in shift_people.people(session, actor, Action.SHIFT_PLAN)}
    if not mine:
        raise ForbiddenError("these roles do not plan shifts")
    drafts = session.scalars(
        select(Shift)
        .where(Shift.day >= first, Shift.day <= last, Shift.state == "draft", Shift.user_id.in_(mine))
        .order_by(Shift.id)
    ).all()
    if not drafts:
        raise ConflictError("there is nothing to publish")
    checked = roster_checks.check(session, first, last, centre)
    blocking = [one for one in checked.blocking if one.user_id in mine]
    if blocking:
        raise BlockedRosterError(blocking)
    if (checked.gaps or checked.findings) and not 1 <= len(reason.strip()) <= MAX_REASON:
        raise ReasonNeededError(checked)
    for shift in drafts:
        shift.state, shift.published_at, shift.version = "published", now, shift.version + 1
        shift_people.note(session, actor.name, "told", shift, now)
    told = sorted({one.user_id for one in drafts})
    _tell(session, actor, told, first, now)
    write_down(
        session, actor.name, "published", now=now, first=first, last=last, shifts=len(drafts), people=len(told),
        reason=reason.strip(), gaps=[_gap_line(one) for one in checked.gaps],
        troubles=[[str(one.trouble), one.user_id, one.day.isoformat()] for one in checked.findings],
    )  # fmt: skip
    return Published(len(drafts), len(told), checked)


def _gap_line(gap: Gap) -> list[object]:
    return [gap.span.begin.isoformat(), gap.span.end.isoformat(), gap.have, gap.least, list(gap.keys)]


def _tell(session: Session, actor: Actor, user_ids: Sequence[int], day: date, now: datetime) -> None:
    for user_id in user_ids:
        notices.tell(
            session, user_id, NoticeKind.SHIFTS, None, now, by=actor.user_id, path=f"{MY_SHIFTS}?from={day.isoformat()}"
        )


def of_person(session: Session, actor: Actor, user_id: int, first: date, last: date) -> Sequence[Shift]:
    """Somebody's published shifts. Raises ForbiddenError, NotFoundError."""
    shift_people.load(session, actor, user_id, Action.SHIFT_READ)
    return session.scalars(
        select(Shift)
        .where(Shift.user_id == user_id, Shift.state == "published", Shift.day >= first, Shift.day <= last)
        .order_by(Shift.starts_at)
    ).all()


def history(session: Session, actor: Actor, user_id: int, limit: int = 50) -> Sequence[ShiftEvent]:
    """What happened to somebody's shifts, the newest first. Raises ForbiddenError, NotFoundError."""
    shift_people.load(session, actor, user_id, Action.SHIFT_READ)
    query = select(ShiftEvent).where(ShiftEvent.user_id == user_id).order_by(ShiftEvent.id.desc()).limit(limit)
    return session.scalars(query).all()


def publications(session: Session, limit: int = 10) -> Sequence[ShiftEvent]:
    """The last times that a roster was published, with what was known to be wrong with it."""
    query = select(ShiftEvent).where(ShiftEvent.event == "published").order_by(ShiftEvent.id.desc()).limit(limit)
    return session.scalars(query).all()
