"""Evaluations read: lists, one with its marks and record, two scorers beside each other, what counts in a period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.quality import Evaluation, EvaluationEvent
from crm.domain.access import Actor
from crm.domain.errors import NotFoundError
from crm.domain.evaluations import DONE, OPEN, Purpose
from crm.domain.marks import Mark, fatals_of, taken_by_item
from crm.domain.scorecards import Card
from crm.services import scorecards
from crm.services.evaluation_rights import readable
from crm.services.evaluations import marks_of
from crm.services.paging import Order, Page, checked_limit, decode_cursor, encode_cursor

_ORDER = Order("-made_at", Evaluation.made_at, Evaluation.id, descending=True)
_RECORD = 500


@dataclass(frozen=True)
class EvaluationSummary:
    """An evaluation in a list. Scores in tenths; ``card``: code and number of the version."""

    id: int
    call_id: str | None
    recording_id: str | None
    agent: str
    agent_name: str
    agent_id: int
    scorer: str
    scorer_name: str
    purpose: str
    state: str
    score: int | None
    raw_score: int | None
    grade: str | None
    fatal: bool
    coach: bool
    official: bool
    card_code: str
    card_number: int
    version_id: int
    about_id: int | None
    sample_id: int | None
    made_at: datetime
    saved_at: datetime | None
    submitted_at: datetime | None
    settled_at: datetime | None
    seconds: int | None
    keys: int | None
    version: int


@dataclass(frozen=True)
class EventView:
    """A row of its record."""

    at: datetime
    actor: str
    event: str
    from_state: str | None
    to_state: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class EvaluationDetail:
    """One evaluation, with the card it is filled in on."""

    summary: EvaluationSummary
    card: Card
    marks: tuple[Mark, ...]
    good: str
    advice: str
    events: tuple[EventView, ...] = ()


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to."""

    agent: str | None = None
    scorer: str | None = None
    call_id: str | None = None
    purpose: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    fatal: bool | None = None
    official: bool | None = None


@dataclass(frozen=True)
class Beside:
    """Two scorers of one call. ``items``: code → points taken by each, where they differ."""

    first: EvaluationSummary
    second: EvaluationSummary
    items: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    fatals: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)


@dataclass(frozen=True)
class Counted:
    """An evaluation that counts for an agent. ``score`` in tenths; ``at``: when it was handed in."""

    evaluation_id: int
    agent_id: int
    call_id: str | None
    at: datetime
    score: int
    fatal: bool


def listing(
    session: Session,
    actor: Actor,
    filters: Filters | None = None,
    *,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[EvaluationSummary]:
    """Evaluations that he may read, the newest first; those given back only where they are asked for."""
    count, filters = checked_limit(limit), filters or Filters()
    query = select(Evaluation).where(readable(actor), *_narrowed(filters))
    (stage,) = _ORDER.stages(decode_cursor(cursor, _ORDER.name, int) if cursor else None)
    rows = session.scalars(query.where(*stage.where).order_by(*stage.order).limit(count + 1)).all()
    shown = rows[:count]
    following = encode_cursor(_ORDER.name, shown[-1].made_at, shown[-1].id) if len(rows) > count else None
    return Page(tuple(summary(row) for row in shown), following)


def _narrowed(filters: Filters) -> Iterable[Any]:
    named = {"agent": Evaluation.agent_id, "scorer": Evaluation.scorer_id}
    for name, column in named.items():
        if (wanted := getattr(filters, name)) is not None:
            yield column.in_(select(User.id).where(User.username == wanted))
    for name in ("call_id", "purpose", "fatal", "official"):
        if (wanted := getattr(filters, name)) is not None:
            yield getattr(Evaluation, name) == wanted
    if filters.state is not None:
        yield Evaluation.state == filters.state
    else:
        yield Evaluation.state.in_(sorted(DONE | OPEN))
    if filters.since is not None:
        yield Evaluation.made_at >= filters.since
    if filters.until is not None:
        yield Evaluation.made_at < filters.until


def get(session: Session, actor: Actor, evaluation_id: int) -> EvaluationDetail:
    """One evaluation. Raises NotFoundError for what he may not read, as for what is not there."""
    row = load(session, actor, evaluation_id)
    events = session.scalars(
        select(EvaluationEvent)
        .where(EvaluationEvent.evaluation_id == row.id)
        .order_by(EvaluationEvent.id)
        .limit(_RECORD)
    )
    told = tuple(EventView(e.at, e.actor, e.event, e.from_state, e.to_state, e.detail) for e in events)
    return EvaluationDetail(summary(row), scorecards.card_of(row.card), marks_of(row), row.good, row.advice, told)


def load(session: Session, actor: Actor, evaluation_id: int) -> Evaluation:
    """The row of one that he may read. Raises NotFoundError."""
    row = session.scalars(select(Evaluation).where(Evaluation.id == evaluation_id, readable(actor))).first()
    if row is None:
        raise NotFoundError("there is no such evaluation")
    return row


def beside(session: Session, actor: Actor, evaluation_id: int) -> Beside | None:
    """The blind second of an evaluation next to it, once both are handed in; None where there is none to read."""
    first = load(session, actor, evaluation_id)
    second = session.scalars(
        select(Evaluation)
        .where(Evaluation.about_id == first.id, Evaluation.purpose == Purpose.BLIND, readable(actor))
        .where(Evaluation.state.in_(sorted(DONE)))
        .limit(1)
    ).first()
    if second is None:
        return None
    taken = [taken_by_item(marks_of(row)) for row in (first, second)]
    fatal = [set(fatals_of(marks_of(row))) for row in (first, second)]
    return Beside(
        summary(first), summary(second),
        {code: (a, b) for code in sorted(set(taken[0]) | set(taken[1]))
         if (a := taken[0].get(code, 0)) != (b := taken[1].get(code, 0))},
        {code: (code in fatal[0], code in fatal[1]) for code in sorted(fatal[0] ^ fatal[1])},
    )  # fmt: skip


def that_count(session: Session, since: datetime, until: datetime) -> tuple[Counted, ...]:
    """What counts for agents and was first handed in then; a ruling counts on the day of what it is about."""
    # A ruling is handed in after what it is about: it may be younger than the period, and never older.
    rows = session.scalars(
        select(Evaluation)
        .where(Evaluation.official, Evaluation.submitted_at >= since)
        .where(or_(Evaluation.submitted_at < until, Evaluation.purpose == Purpose.RULING))
        .order_by(Evaluation.submitted_at, Evaluation.id)
    )
    found = []
    for row in rows:
        at = first_of(session, row).submitted_at
        if at is not None and since <= at < until:
            found.append(Counted(row.id, row.agent_id, row.call_id, at, row.score or 0, row.fatal))
    return tuple(found)


def first_of(session: Session, row: Evaluation) -> Evaluation:
    """What a ruling goes back to: the evaluation that the agent was given first."""
    while row.purpose == Purpose.RULING and row.about_id is not None:
        row = session.get_one(Evaluation, row.about_id)
    return row


def summary(row: Evaluation) -> EvaluationSummary:
    """A row as lists show it."""
    plain = {
        name: getattr(row, name)
        for name in (
            "id", "call_id", "recording_id", "agent_id", "purpose", "state", "score", "raw_score", "grade", "fatal",
            "coach", "official", "version_id", "about_id", "sample_id", "made_at", "saved_at", "submitted_at",
            "settled_at", "seconds", "keys", "version",
        )
    }  # fmt: skip
    return EvaluationSummary(
        agent=row.agent.username, agent_name=row.agent.display_name or row.agent.username,
        scorer=row.scorer.username, scorer_name=row.scorer.display_name or row.scorer.username,
        card_code=row.card.scorecard.code, card_number=row.card.number, **plain,
    )  # fmt: skip
