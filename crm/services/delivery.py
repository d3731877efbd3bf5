"""What comes of messages, and what follows from it: the answer counts as told when a message that carries it is proven.

Everything that settles a message goes through here: the job that sends, the person who tells or posts, a report of
the provider, a mail that came back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import OutboundCall
from crm.db.messages import Message
from crm.db.people import User
from crm.db.tickets import Ticket, ticket_calls
from crm.domain.access import SYSTEM, Action, Actor, Role
from crm.domain.errors import ConflictError, DomainError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.messages import MessageChannel, MessageState, proves
from crm.domain.notices import NoticeKind
from crm.domain.tickets import Status
from crm.services import extensions, messages, notices, replies, scope
from crm.services.ticket_changes import record_event
from crm.services.ticket_moves import move_ticket

log = structlog.get_logger(__name__)

_SKEW = timedelta(minutes=5)
TOLD, BUSY, NO_ANSWER, WRONG_NUMBER = "told", "busy", "no_answer", "wrong_number"
CALL_OUTCOMES = (TOLD, BUSY, NO_ANSWER, WRONG_NUMBER)


def settle(
    session: Session,
    message_id: int,
    state: MessageState,
    *,
    outcome: str,
    actor: str,
    now: datetime,
    at: datetime | None = None,
    detail: Mapping[str, Any] | None = None,
    error: str = "",
) -> Message:
    """Write down what came of a message, and do what follows. Raises what ``messages.settle`` raises."""
    before = messages.get(session, message_id).state
    row = messages.settle(
        session, message_id, state, outcome=outcome, actor=actor, now=now, at=at, detail=detail, error=error
    )
    if proves(row.channel, row.state):
        _notice_given(session, row, at or now, now)
        extensions.told(session, row, at=at or now, actor=actor)
    elif row.state == MessageState.FAILED:
        _failed(session, row, had_counted=proves(row.channel, before), actor=actor, now=now)
    return row


def _notice_given(session: Session, row: Message, at: datetime, now: datetime) -> None:
    """The customer has the answer: the legal clock stops."""
    reply = replies.carried_by(session, row.id)
    if reply is None or not replies.mark_told(session, reply, at=at, now=now):
        return
    ticket = session.get_one(Ticket, reply.ticket_id)
    move = replies.MOVE_AFTER.get(Status(ticket.status))
    if move is None:
        return
    proof = f"{row.channel}: message {row.id}, {at.isoformat(timespec='seconds')}"
    try:
        with session.begin_nested():
            sender = _sender(session, reply.sent_by_id)
            move_ticket(session, sender, ticket.id, move, now=now, fields={"proof": proof})
    except DomainError as error:
        log.warning("notice_without_move", ticket=ticket.id, why=type(error).__name__)
        record_event(session, ticket, "notice_not_moved", actor=SYSTEM.name, at=now, reason=str(error))
        notices.tell(session, reply.sent_by_id, NoticeKind.MESSAGE_FAILED, ticket.id, now, why=str(error)[:200])


def _sender(session: Session, user_id: int | None) -> Actor:
    """Who sent the answer, with the roles that he has now."""
    user = session.get(User, user_id) if user_id is not None else None
    if user is None:
        raise ForbiddenError("nobody sent this answer")
    return Actor(user.username, frozenset(Role(role.name) for role in user.roles), user.id)


def _failed(session: Session, row: Message, *, had_counted: bool, actor: str, now: datetime) -> None:
    """Tell whoever sent it; what had counted as notice counts no more."""
    user = session.scalars(select(User).where(User.username == row.sent_by)).first()
    if user is not None:
        notices.tell(
            session, user.id, NoticeKind.MESSAGE_FAILED, row.ticket_id, now, channel=row.channel, why=row.error[:200]
        )
    reply = replies.carried_by(session, row.id)
    if reply is not None and had_counted and not _told_otherwise(session, reply.id, row.id):
        replies.mark_untold(session, reply, actor=actor, now=now)


def _told_otherwise(session: Session, reply_id: int, but: int) -> bool:
    """Whether another message of the same reply proves that the customer has it."""
    return any(proves(row.channel, row.state) for row in replies.messages_of(session, reply_id) if row.id != but)


@dataclass(frozen=True)
class Told:
    """What came of telling a customer on the telephone. ``spoke_with``: who it was on the other side."""

    outcome: str
    call_id: str = ""
    spoke_with: str = ""
    note: str = ""


def tell_by_phone(session: Session, actor: Actor, message_id: int, told: Told, *, now: datetime) -> Message:
    """Write down a call about a message. Only a call of this ticket that was answered proves anything.

    Raises NotFoundError, ForbiddenError, ConflictError, InvalidInputError.
    """
    row = _carried_by_hand(session, actor, message_id, MessageChannel.PHONE)
    if told.outcome not in CALL_OUTCOMES:
        raise InvalidInputError("outcome", f"must be one of {', '.join(CALL_OUTCOMES)}")
    detail = {"call_id": told.call_id, "spoke_with": told.spoke_with.strip(), "note": told.note.strip()}
    if told.outcome == TOLD:
        at = _answered_call(session, row, told.call_id)
        if not detail["spoke_with"]:
            raise InvalidInputError("spoke_with", "it must be said who was told")
        return settle(
            session, row.id, MessageState.DELIVERED, outcome=TOLD, actor=actor.name, now=now, at=at, detail=detail
        )
    if told.outcome == WRONG_NUMBER:
        return settle(
            session, row.id, MessageState.FAILED, outcome=told.outcome, actor=actor.name, now=now, detail=detail,
            error="this is not the customer's number",
        )  # fmt: skip
    messages.note_try(session, row, told.outcome, actor=actor.name, now=now, detail=detail, error=told.outcome)
    messages.note(session, row, told.outcome, actor=actor.name, now=now)
    return row


def _answered_call(session: Session, row: Message, call_id: str) -> datetime:
    """When the call that is named was answered. It must be one with this customer, and after the message was made."""
    call = session.get(Call, call_id) if call_id else None
    if call is None or call.answered_at is None:
        raise InvalidInputError("call_id", "must be a call with the customer that was answered")
    if call.answered_at < row.created_at - _SKEW or call.call_id not in calls_about(session, row):
        raise InvalidInputError("call_id", "must be a call of this ticket, made since the message was written")
    return call.answered_at


def calls_about(session: Session, row: Message) -> Mapping[str, datetime]:
    """Answered calls with the customer of a message since it was made, newest first, with when they were answered."""
    of_ticket = select(ticket_calls.c.call_id).where(ticket_calls.c.ticket_id == row.ticket_id)
    dialled = select(OutboundCall.call_id).where(
        OutboundCall.ticket_id == row.ticket_id, OutboundCall.call_id.is_not(None)
    )
    whose: list[ColumnElement[bool]] = [Call.call_id.in_(of_ticket), Call.call_id.in_(dialled)]
    if row.customer_id is not None:
        whose.append(Call.customer_id == row.customer_id)
    found = session.execute(
        select(Call.call_id, Call.answered_at)
        .where(or_(*whose), Call.answered_at.is_not(None), Call.answered_at >= row.created_at - _SKEW)
        .order_by(Call.answered_at.desc())
        .limit(20)
    )
    return {call_id: at for call_id, at in found if at is not None}


def post_letter(
    session: Session, actor: Actor, message_id: int, *, tracking: str, posted_at: datetime, now: datetime
) -> Message:
    """A letter is in the post, under this number. Raises as ``tell_by_phone``."""
    row = _carried_by_hand(session, actor, message_id, MessageChannel.LETTER)
    if not 4 <= len(tracking.strip()) <= 60:
        raise InvalidInputError("tracking", "must have 4 to 60 characters: only a registered letter proves anything")
    at = _instant(posted_at, row, now)
    return settle(
        session, row.id, MessageState.SENT, outcome="posted", actor=actor.name, now=now, at=at,
        detail={"tracking": tracking.strip()},
    )  # fmt: skip


def letter_arrived(
    session: Session, actor: Actor, message_id: int, *, received_at: datetime, by: str, returned: bool, now: datetime
) -> Message:
    """A letter was signed for by somebody, or came back. A letter handed over in person arrives without the post."""
    row = _carried_by_hand(session, actor, message_id, MessageChannel.LETTER)
    if returned:
        return settle(
            session, row.id, MessageState.FAILED, outcome="returned", actor=actor.name, now=now,
            detail={"note": by.strip()}, error="the letter came back",
        )  # fmt: skip
    if not by.strip():
        raise InvalidInputError("received_by", "it must be said who signed for it")
    at = _instant(received_at, row, now)
    return settle(
        session, row.id, MessageState.DELIVERED, outcome="signed_for", actor=actor.name, now=now, at=at,
        detail={"received_by": by.strip()},
    )  # fmt: skip


def _instant(at: datetime, row: Message, now: datetime) -> datetime:
    if at.tzinfo is None or not row.created_at - _SKEW <= at <= now + _SKEW:
        raise InvalidInputError("at", "must lie between the writing of the message and now")
    return min(at, now)


def _carried_by_hand(session: Session, actor: Actor, message_id: int, channel: MessageChannel) -> Message:
    row = messages.get(session, message_id)
    demand(session, actor, row)
    if row.channel != channel:
        raise ConflictError("this message goes by another way")
    return row


def demand(session: Session, actor: Actor, row: Message) -> None:
    """Whether this person may carry out a message. Raises NotFoundError, ForbiddenError."""
    if row.ticket_id is None or not scope.may_on_ticket(session, actor, Action.TICKET_READ, row.ticket_id):
        raise NotFoundError("there is no such message")
    carries = replies.carried_by(session, row.id) is not None
    needed = Action.NOTIFY_FINAL if carries else Action.TICKET_MOVE
    if not scope.may_on_ticket(session, actor, needed, row.ticket_id):
        raise ForbiddenError("the final answer is given by the maintenance office")


def reported(session: Session, reference: str, *, delivered: bool, detail: Mapping[str, Any], now: datetime) -> bool:
    """A provider's report, or a mail that came back, about a message. False: nothing of ours, or known already."""
    row = messages.by_reference(session, reference)
    if row is None or row.state in {MessageState.DELIVERED, MessageState.CANCELLED}:
        return False
    state = MessageState.DELIVERED if delivered else MessageState.FAILED
    if row.state == state:
        return False
    settle(
        session, row.id, state, outcome="delivered" if delivered else "bounced", actor=SYSTEM.name, now=now,
        detail=detail, error="" if delivered else str(detail.get("text", "it came back"))[:200],
    )  # fmt: skip
    return True
