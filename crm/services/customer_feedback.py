"""What customers say of the house's way of working and of its products; passed on, answered, counted by subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.db.customers import Feedback
from crm.db.people import Customer
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.customers import MAX_TEXT
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.feedback import SUBJECTS, About, FeedbackState
from crm.services import audit, scope
from crm.services.customer_scope import customers_for, load_customer
from crm.services.paging import Page, checked_limit, decode_cursor, encode_cursor

_ORDER = "feedback"
_MOST = 50


@dataclass(frozen=True)
class FeedbackInput:
    """What a customer said."""

    about: str
    subject: str
    score: int | None = None
    text: str = ""
    ticket_id: int | None = None


@dataclass(frozen=True)
class SubjectSum:
    """How often a subject was spoken of, and how it was judged."""

    about: str
    subject: str
    count: int
    answered: int
    score: float | None


def write_down(session: Session, actor: Actor, customer_id: int, said: FeedbackInput, *, now: datetime) -> int:
    """Keep it; gives its id. Raises InvalidInputError, NotFoundError."""
    row = load_customer(session, actor, customer_id, Action.CUSTOMER_EDIT)
    if said.about not in set(About) or said.subject not in SUBJECTS[About(said.about)]:
        raise InvalidInputError("subject", "is not one of the choices")
    if said.score is not None and not 1 <= said.score <= 5:
        raise InvalidInputError("score", "must be 1 to 5")
    text = said.text.replace("\r\n", "\n").strip()
    if len(text) > MAX_TEXT or not (text or said.score):
        raise InvalidInputError("text", f"write what he said, at most {MAX_TEXT} characters")
    if said.ticket_id is not None and not scope.may_on_ticket(session, actor, Action.TICKET_READ, said.ticket_id):
        raise NotFoundError("there is no such ticket")
    made = Feedback(
        customer_id=row.id, at=now, by=actor.name, about=said.about, subject=said.subject, score=said.score, text=text,
        ticket_id=said.ticket_id, state=FeedbackState.NEW, answer="",
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.append(
        session, at=now, actor=actor.name, action="customer.feedback", subject=f"customer:{row.id}",
        detail={"id": made.id},
    )  # fmt: skip
    return made.id


def answer(session: Session, actor: Actor, feedback_id: int, text: str, *, passed: bool, now: datetime) -> None:
    """Say what came of it, or to whom it was passed on. Only who leads customers' matters does that."""
    if not reach(actor.roles, Action.CUSTOMER_MERGE):
        raise ForbiddenError("your role does not allow this")
    row = session.scalars(_visible(actor).where(Feedback.id == feedback_id)).first()
    if row is None:
        raise NotFoundError("there is no such feedback")
    if row.state == FeedbackState.ANSWERED:
        raise ConflictError("this feedback is answered already")
    tidy = " ".join(text.split())
    if not 1 <= len(tidy) <= MAX_TEXT:
        raise InvalidInputError("answer", f"must have 1 to {MAX_TEXT} characters")
    row.state = FeedbackState.PASSED if passed else FeedbackState.ANSWERED
    row.answer, row.answered_by, row.answered_at = tidy, actor.name, now
    audit.append(
        session, at=now, actor=actor.name, action=f"feedback.{row.state}", subject=f"customer:{row.customer_id}",
        detail={"id": row.id},
    )  # fmt: skip


def _visible(actor: Actor) -> Select[Feedback]:
    """Feedback of customers whom the actor may see."""
    return select(Feedback).join(Customer, Customer.id == Feedback.customer_id).where(customers_for(actor))


def of_customer(session: Session, customer_ids: tuple[int, ...]) -> tuple[Feedback, ...]:
    """What one customer said, the latest first."""
    query = select(Feedback).where(Feedback.customer_id.in_(customer_ids)).order_by(Feedback.id.desc()).limit(_MOST)
    return tuple(session.scalars(query))


def list_feedback(
    session: Session, actor: Actor, *, about: str | None = None, state: str | None = None,
    cursor: str | None = None, limit: int | None = None,
) -> Page[Feedback]:  # fmt: skip
    """Feedback of customers whom the actor may see, the latest first."""
    count = checked_limit(limit)
    query = _visible(actor)
    if about:
        query = query.where(Feedback.about == about)
    if state:
        query = query.where(Feedback.state == state)
    if cursor:
        query = query.where(Feedback.id < decode_cursor(cursor, _ORDER, int)[1])
    rows = session.scalars(query.order_by(Feedback.id.desc()).limit(count + 1)).all()
    following = encode_cursor(_ORDER, None, rows[count - 1].id) if len(rows) > count else None
    return Page(tuple(rows[:count]), following)


def sums(session: Session, actor: Actor, *, since: datetime) -> tuple[SubjectSum, ...]:
    """By subject, the most spoken of first: what product design and the rules of work are to look at."""
    if Relation.ANY not in reach(actor.roles, Action.CUSTOMER_READ):
        return ()
    answered = func.count(Feedback.answered_at)
    query = (
        select(Feedback.about, Feedback.subject, func.count(), answered, func.avg(Feedback.score))
        .where(Feedback.at >= since)
        .group_by(Feedback.about, Feedback.subject)
        .order_by(func.count().desc(), Feedback.about, Feedback.subject)
    )
    return tuple(
        SubjectSum(about, subject, count, done, float(score) if score is not None else None)
        for about, subject, count, done, score in session.execute(query)
    )


def ticket_numbers(session: Session, actor: Actor, rows: tuple[Feedback, ...]) -> dict[int, str]:
    """Numbers of the tickets that feedback belongs to, of those that the actor may see."""
    ids = [row.ticket_id for row in rows if row.ticket_id is not None]
    shown = select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids), scope.tickets_for(actor))
    return {row.id: row.number for row in session.execute(shown)}
