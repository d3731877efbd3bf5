"""核查: who does not accept the decision on his complaint has it looked at by the upper office, as a child ticket.

He asks in writing, within the days that the rules give from the notice. The review goes to the upper office, to
somebody who had no hand in the complaint; it has its own term. When it finds otherwise, the complaint is taken up
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.departments import Department
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError
from crm.domain.tickets import ENDED, Channel, Kind, Reviewing, priority_of
from crm.services import rules, ticket_changes
from crm.services.centre import Centre
from crm.services.departments import UPPER
from crm.services.numbers import next_number
from crm.services.tickets import TicketDetail, detail_of, load_ticket

WRITTEN = frozenset({Channel.LETTER, Channel.EMAIL, Channel.WEB, Channel.APP, Channel.ONLINE, Channel.BRANCH})
"""Channels by which something comes in writing; at a branch he hands it in."""
MAX_TEXT = 20_000


class Outcome(StrEnum):
    """What a review came to."""

    UPHELD = "upheld"
    CHANGED = "changed"


@dataclass(frozen=True)
class Application:
    """What the complainant asks for, in writing. ``received_at``: when it reached us; None: now."""

    text: str
    channel: Channel
    received_at: datetime | None = None
    department: str | None = None
    """code of the upper office; None: the first there is"""


def apply_for(
    session: Session, actor: Actor, ticket_id: int, wanted: Application, *, centre: Centre, now: datetime
) -> TicketDetail:
    """Open the review. Raises ForbiddenError, IllegalMoveError, InvalidInputError, ConflictError, NotFoundError."""
    parent = load_ticket(session, actor, ticket_id)
    if not actor.may(Action.TICKET_CREATE):
        raise ForbiddenError("these roles do not make tickets")
    received_at = wanted.received_at or now
    _check(session, parent, wanted, received_at, now, centre)
    review = ticket_changes.open_ticket(
        session,
        number=next_number(session, centre, now),
        kind=Kind.REVIEW,
        priority=priority_of(Kind.REVIEW, parent.severity),
        channel=wanted.channel,
        received_at=received_at,
        centre=centre,
    )
    review.parent_id, review.text = parent.id, wanted.text.strip()
    review.level, review.category, review.severity = parent.level, parent.category, parent.severity
    review.business_code, review.reason_code, review.channel_code = (
        parent.business_code, parent.reason_code, parent.channel_code,
    )  # fmt: skip
    review.customer_id, review.language = parent.customer_id, parent.language
    review.caller_number, review.caller_key = parent.caller_number, parent.caller_key
    review.complained_about_id, review.complained_about = parent.complained_about_id, parent.complained_about
    review.amount_fen, review.demand = parent.amount_fen, parent.demand
    review.created_by_id = actor.user_id
    review.department_id = _upper(session, wanted.department).id
    session.flush()
    fields = {"parent": parent.number}
    ticket_changes.record_event(
        session, review, "created", actor=actor.name, at=now, to_status=review.status, fields=fields
    )
    parent.version += 1
    fields = {"number": review.number, "received_at": received_at.isoformat()}
    ticket_changes.record_event(session, parent, "review_asked", actor=actor.name, at=now, fields=fields)
    return detail_of(session, review)


def _check(
    session: Session, parent: Ticket, wanted: Application, received_at: datetime, now: datetime, centre: Centre
) -> None:
    if parent.kind != Kind.COMPLAINT:
        raise IllegalMoveError("only the decision on a complaint is reviewed")
    if parent.notified_at is None:
        raise IllegalMoveError("there is no decision yet that could be reviewed")
    if wanted.channel not in WRITTEN:
        raise InvalidInputError("channel", "a review is asked for in writing")
    if not 1 <= len(wanted.text.strip()) <= MAX_TEXT:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    if received_at.tzinfo is None or not parent.notified_at <= received_at <= now:
        raise InvalidInputError("received_at", "must lie between the notice and now")
    days = rules.rules_at(session)(parent.notified_at).review_apply_days
    last = parent.notified_at.astimezone(centre.zone).date() + timedelta(days=days)
    if received_at.astimezone(centre.zone).date() > last:
        raise IllegalMoveError(f"a review is asked for within {days} days of the notice")
    if any(one.status not in ENDED for one in reviews_of(session, parent.id)):
        raise ConflictError("a review of this complaint is under way")


def reviews_of(session: Session, ticket_id: int) -> list[Ticket]:
    """The reviews of a complaint, oldest first."""
    query = select(Ticket).where(Ticket.parent_id == ticket_id, Ticket.kind == Kind.REVIEW)
    return list(session.scalars(query.order_by(Ticket.id)))


def last_day(session: Session, ticket: Ticket, centre: Centre) -> datetime | None:
    """Until when a review may be asked for; None while there is no decision."""
    if ticket.notified_at is None or ticket.kind != Kind.COMPLAINT:
        return None
    days = rules.rules_at(session)(ticket.notified_at).review_apply_days
    return ticket.notified_at.astimezone(centre.zone) + timedelta(days=days)


def wrong_with(session: Session, ticket: Ticket) -> Reviewing | None:
    """What keeps a review from being handed to somebody."""
    if ticket.kind != Kind.REVIEW:
        return None
    if ticket.parent_id is None:
        return Reviewing.NO_COMPLAINT
    department = session.get(Department, ticket.department_id) if ticket.department_id is not None else None
    return None if department is not None and department.kind == UPPER else Reviewing.NOT_HIGHER


def _upper(session: Session, code: str | None) -> Department:
    query = select(Department).where(Department.kind == UPPER, Department.active).order_by(Department.id)
    if code:
        query = query.where(Department.code == code)
    found = session.scalars(query.limit(1)).first()
    if found is None:
        raise InvalidInputError("department", "there is no upper office: make one among the departments")
    return found
