"""What surveys came to, with the calls behind them: for who reads key figures, of whom he reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.surveys import Survey
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.errors import InvalidInputError, NotFoundError
from crm.domain.surveys import LOW, Answer, Tally, tally
from crm.services import sections
from crm.services.paging import Order, Page, decode_cursor, encode_cursor

LONGEST = timedelta(days=366)
PAGE = 50
_ORDER = Order("-offered_at", Survey.offered_at, Survey.id, descending=True)


@dataclass(frozen=True)
class Span:
    """Days of the centre, both of them whole."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The first instant afterwards."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)


@dataclass(frozen=True)
class Results:
    """Surveys of a span: all of them together, and of each person and each way."""

    whole: Tally
    people: Mapping[str, Tally]
    ways: Mapping[str, Tally]
    scores: Mapping[int, int]
    """mark → how many gave it"""


def results(session: Session, actor: Actor, span: Span) -> Results:
    """Count the surveys that were offered in these days. Raises InvalidInputError."""
    check(span)
    rows = session.execute(
        select(Survey.score, Survey.recommends, Survey.way, User.username)
        .join(User, User.id == Survey.user_id, isouter=True)
        .where(_seen(actor), Survey.offered_at >= span.start, Survey.offered_at < span.end)
    ).all()
    people: dict[str, list[Answer]] = {}
    ways: dict[str, list[Answer]] = {}
    for row in rows:
        one = Answer(row.score, row.recommends)
        people.setdefault(row.username or "", []).append(one)
        ways.setdefault(row.way, []).append(one)
    return Results(
        tally(Answer(row.score, row.recommends) for row in rows),
        {name: tally(found) for name, found in sorted(people.items())},
        {way: tally(found) for way, found in sorted(ways.items())},
        {mark: sum(row.score == mark for row in rows) for mark in (5, 4, 3, 2, 1)},
    )


def listed(session: Session, actor: Actor, span: Span, *, low: bool = False, cursor: str | None = None) -> Page[Survey]:
    """The surveys themselves, newest first; ``low``: only those with a low mark. Raises InvalidInputError."""
    check(span)
    query = select(Survey).where(_seen(actor), Survey.offered_at >= span.start, Survey.offered_at < span.end)
    if low:
        query = query.where(Survey.score <= LOW)
    (stage,) = _ORDER.stages(decode_cursor(cursor, _ORDER.name, int) if cursor else None)
    rows = session.scalars(query.where(*stage.where).order_by(*stage.order).limit(PAGE + 1)).all()
    shown = tuple(rows[:PAGE])
    following = encode_cursor(_ORDER.name, shown[-1].offered_at, shown[-1].id) if len(rows) > PAGE else None
    return Page(shown, following)


def load(session: Session, actor: Actor, survey_id: int) -> Survey:
    """One survey. Raises NotFoundError for what this person does not see."""
    found = session.scalars(select(Survey).where(Survey.id == survey_id, _seen(actor))).first()
    if found is None:
        raise NotFoundError("there is no such survey")
    return found


def check(span: Span) -> None:
    """Raise InvalidInputError for days that cannot be asked for."""
    if not timedelta() <= span.last - span.first <= LONGEST:
        raise InvalidInputError("to", "must not be before the first day, nor more than a year after it")


def _seen(actor: Actor) -> ColumnElement[bool]:
    """Whose surveys this person reads: everybody's, his people's, or his own."""
    enough = reach(actor.roles, Action.KPI_READ)
    if Relation.ANY in enough:
        return true()
    if actor.user_id is None:
        return false()
    if Relation.SECTION in enough:
        return sections.people_of_section(actor.user_id, Survey.user_id)  # type: ignore[arg-type]  # it may be null
    return Survey.user_id == actor.user_id
