"""Replies: written in their parts, drawn as a letter, sent by the customer's channel, told when that is proven.

The legal clock stops at notice: when a message that carries the reply is proven, the ticket is moved at once, in the
name of who sent it. Every function works in the caller's writing transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.db.aftercare import Reply, ReplyMessage
from crm.db.messages import Message
from crm.db.people import User
from crm.db.tickets import Ticket, TicketEvent
from crm.domain import letterhead as heads
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.messages import MessageChannel
from crm.domain.moves import refusal
from crm.domain.reply import MAX_PART, PARTS, ReplyState, Unready, in_short, may_use, missing
from crm.domain.tickets import Status
from crm.services import audit, case_facts, letterhead, messages, reach, rules, scope, ticket_facts
from crm.services.after_facts import parts_of, reply_of
from crm.services.rounds import round_of
from crm.services.ticket_changes import record_event

LINK_DAYS = 60
"""Days that a customer's link to his letter works."""
MOVE_AFTER: Mapping[Status, str] = {Status.NOTIFYING: "notify", Status.ON_SPOT: "tell_result"}
"""The move that follows when the answer has reached the customer."""
_OPEN = frozenset(MOVE_AFTER)
_DRAFTED = _OPEN | {Status.INVESTIGATING, Status.PENDING_APPROVAL, Status.EXECUTING}
"""Statuses in which a reply is written: while the case is worked on, though it goes out at the end only."""

UNREADY_WHYS: Mapping[Unready, str] = {
    Unready.PARTS: "the reply lacks a part",
    Unready.STATUS: "the ticket is not ready to be answered",
    Unready.NO_WAY: "no address of the customer is known",
    Unready.PREFERRED: "the customer's own channel comes first; say why not",
    Unready.ADDRESS: "there is no address for this channel",
}


@dataclass(frozen=True)
class ReplyView:
    """A reply as pages show it."""

    id: int
    ticket_id: int
    position: int
    state: str
    language: str
    parts: Mapping[str, str]
    remedies: tuple[str, ...]
    missing: tuple[str, ...]
    written_by: str
    written_at: datetime
    sent_by: str
    sent_at: datetime | None
    told_at: datetime | None
    seen_at: datetime | None
    document_id: str | None
    version: int


def of_ticket(session: Session, ticket_id: int) -> tuple[ReplyView, ...]:
    """All replies of a ticket, oldest first; the caller has asked for rights."""
    rows = session.scalars(select(Reply).where(Reply.ticket_id == ticket_id).order_by(Reply.position))
    return tuple(view(session, row) for row in rows)


def draft(session: Session, ticket: Ticket, language: str) -> dict[str, str]:
    """What the case file says already, for a reply that nobody has begun; of a quick solution, its result."""
    known = {**dict.fromkeys(PARTS, ""), **case_facts.reply_parts(session, ticket.id, language)}
    result = session.scalars(
        select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.event == "solve_on_spot")
        .order_by(TicketEvent.id.desc())
        .limit(1)
    ).first()
    if result is not None and not known["solution"]:
        known["solution"] = str(result.fields.get("result", ""))
    return known


def default_remedies(session: Session, language: str) -> tuple[str, ...]:
    """The ways out that the letterhead names, with the days in which a review can be asked for."""
    days = rules.current(session).review_apply_days
    return heads.remedies(letterhead.current(session), language, review_days=days)


def write(
    session: Session,
    actor: Actor,
    ticket_id: int,
    parts: Mapping[str, str],
    remedies: Sequence[str],
    *,
    language: str,
    seen: int,
    now: datetime,
) -> ReplyView:
    """Write the reply, or write it anew while it is a draft. ``seen``: the version it was made from, 0 for none.

    Raises NotFoundError, ForbiddenError, ConflictError, InvalidInputError.
    """
    ticket = _reach(session, actor, ticket_id)
    if Status(ticket.status) not in _DRAFTED:
        raise ConflictError("the reply is written while the matter is worked on")
    given = {name: _checked(name, parts.get(name, "")) for name in PARTS}
    ways = [_checked("remedies", one) for one in remedies if one.strip()]
    if language not in {"zh", "en"}:
        raise InvalidInputError("language", "must be zh or en")
    row = reply_of(session, ticket_id)
    if row is not None and row.state != ReplyState.DRAFT:
        raise ConflictError("this reply has been sent; it is not changed any more")
    if (row.version if row else 0) != seen:
        raise ConflictError("somebody else changed the reply in the meantime")
    if row is None:
        row = Reply(ticket_id=ticket.id, position=_next(session, ticket.id), round=round_of(session, ticket.id),
                    state=ReplyState.DRAFT, version=0, written_at=now)  # fmt: skip
        session.add(row)
    for name, text in given.items():
        setattr(row, name, text)
    row.remedies, row.language = ways, language
    row.written_by_id, row.written_at, row.version = actor.user_id, now, row.version + 1
    session.flush()
    sealed = hashlib.sha256("\x1f".join([*given.values(), *ways]).encode()).hexdigest()
    record_event(session, ticket, "reply_written", actor=actor.name, at=now,
                 fields={"reply_id": row.id, "version": row.version, "sha256": sealed})  # fmt: skip
    return view(session, row)


def _checked(name: str, text: str) -> str:
    if len(text) > MAX_PART or "\0" in text:
        raise InvalidInputError(name, f"must have at most {MAX_PART} characters")
    return text.replace("\r\n", "\n").strip()


def _next(session: Session, ticket_id: int) -> int:
    return (session.scalar(select(func.max(Reply.position)).where(Reply.ticket_id == ticket_id)) or 0) + 1


def _reach(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    """The ticket, for somebody who may give its final answer."""
    if not scope.may_on_ticket(session, actor, Action.TICKET_READ, ticket_id):
        raise NotFoundError("there is no such ticket")
    ticket = session.get_one(Ticket, ticket_id)
    if not scope.may_on_ticket(session, actor, Action.NOTIFY_FINAL, ticket_id):
        raise ForbiddenError("the final answer is given by the maintenance office")
    return ticket


def unready(session: Session, ticket: Ticket, row: Reply | None, channel: MessageChannel, why: str) -> Unready | None:
    """Why the reply cannot go out by this channel now; None when it can."""
    if row is None or missing(parts_of(row), row.remedies):
        return Unready.PARTS
    if Status(ticket.status) not in _OPEN:
        return Unready.STATUS
    ways = reach.ways_to(session, ticket)
    preferred = ways.preferred if ways.wished else None
    return may_use(channel, preferred=preferred, tried=_tried(session, row.id), reachable=ways.addresses, why=why)


def _tried(session: Session, reply_id: int) -> frozenset[MessageChannel]:
    rows = session.scalars(
        select(Message.channel)
        .join(ReplyMessage, ReplyMessage.message_id == Message.id)
        .where(ReplyMessage.reply_id == reply_id)
    )
    return frozenset(MessageChannel(channel) for channel in rows)


@dataclass(frozen=True)
class Sending:
    """How a reply is to go out. ``letter``: the id of its letter; ``page``: the address of public pages, or empty."""

    channel: MessageChannel
    letter: str
    params: Mapping[str, str]
    page: str
    why: str = ""


def send(session: Session, actor: Actor, ticket_id: int, sending: Sending, *, seen: int, now: datetime) -> int:
    """Send the reply by a channel; gives the message's id. The letter has been drawn and put away before.

    Raises NotFoundError, ForbiddenError, ConflictError, InvalidInputError (``channel``, with the reason).
    """
    ticket = _reach(session, actor, ticket_id)
    row = reply_of(session, ticket_id)
    why = unready(session, ticket, row, sending.channel, sending.why)
    if why is not None or row is None:
        raise InvalidInputError("channel", UNREADY_WHYS[why or Unready.PARTS])
    if row.version != seen:
        raise ConflictError("somebody else changed the reply in the meantime")
    ways = reach.ways_to(session, ticket)
    _check_move(session, actor, ticket, now)
    link = _link(row, sending.page, now)
    message_id = messages.queue_message(
        session,
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        channel=sending.channel,
        template="reply",
        language=row.language,
        params={
            **sending.params,
            **_told(row, sending.channel),
            "link": link or sending.params.get("hotline", ""),
        },
        now=now,
        sent_by=actor.name,
        documents=[sending.letter],
    )
    session.add(
        ReplyMessage(
            reply_id=row.id,
            message_id=message_id,
            preferred=ways.preferred if ways.wished else None,
            why=sending.why.strip()[:500],
        )
    )
    row.state, row.document_id = ReplyState.SENT, sending.letter
    row.sent_by_id, row.sent_at, row.version = actor.user_id, now, row.version + 1
    session.flush()
    return message_id


def _check_move(session: Session, actor: Actor, ticket: Ticket, now: datetime) -> None:
    """Nothing goes out to a customer that could not be followed by the ticket's move. Raises IllegalMoveError."""
    move = MOVE_AFTER[Status(ticket.status)]
    facts = ticket_facts.gather(session, ticket, actor, {"proof": "the message that is sent now"}, now=now)
    why = refusal(move, facts, actor.roles)
    if why is not None:
        raise IllegalMoveError(why)


def _told(row: Reply, channel: MessageChannel) -> dict[str, str]:
    """The parts as a message of this channel tells them."""
    parts = parts_of(row)
    if channel is MessageChannel.SMS:
        parts = {**parts, "solution": in_short(parts["solution"])}
    return {**parts, "remedies": "\n".join(row.remedies)}


def _link(row: Reply, page: str, now: datetime) -> str:
    """The customer's link to his letter; a new secret each time, because only its digest is kept."""
    if not page:
        return ""
    secret = secrets.token_urlsafe(18)
    row.link_digest = digest_of(secret)
    row.link_until = now + timedelta(days=LINK_DAYS)
    return f"{page.rstrip('/')}/{secret}"


def digest_of(secret: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def by_secret(session: Session, secret: str, *, now: datetime) -> Reply | None:
    """The reply that a customer's link leads to; None for a link that is wrong or too old."""
    row = session.scalars(select(Reply).where(Reply.link_digest == digest_of(secret))).first()
    return row if row is not None and row.link_until is not None and now <= row.link_until else None


def mark_told(session: Session, row: Reply, *, at: datetime, now: datetime) -> bool:
    """The answer has reached the customer at ``at``; False when that was known."""
    changed = session.execute(
        update(Reply)
        .where(Reply.id == row.id, Reply.state == ReplyState.SENT)
        .values(state=ReplyState.TOLD, told_at=at, version=Reply.version + 1)
        .returning(Reply.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        return False
    session.refresh(row)
    ticket = session.get_one(Ticket, row.ticket_id)
    record_event(session, ticket, "reply_told", actor=_name(session, row.sent_by_id) or "system", at=now,
                 fields={"reply_id": row.id, "told_at": at.isoformat()})  # fmt: skip
    return True


def mark_untold(session: Session, row: Reply, *, actor: str, now: datetime) -> None:
    """What counted as notice did not arrive after all: the reply waits to be sent again."""
    row.state, row.told_at, row.version = ReplyState.SENT, None, row.version + 1
    session.flush()
    ticket = session.get_one(Ticket, row.ticket_id)
    record_event(session, ticket, "notice_lost", actor=actor, at=now, fields={"reply_id": row.id})


def carried_by(session: Session, message_id: int) -> Reply | None:
    """The reply that a message carries."""
    return session.scalars(
        select(Reply).join(ReplyMessage, ReplyMessage.reply_id == Reply.id).where(ReplyMessage.message_id == message_id)
    ).first()


def messages_of(session: Session, reply_id: int) -> Sequence[Message]:
    """The messages that carry a reply, oldest first."""
    return session.scalars(
        select(Message)
        .join(ReplyMessage, ReplyMessage.message_id == Message.id)
        .where(ReplyMessage.reply_id == reply_id)
        .order_by(Message.id)
    ).all()


def first_seen(session: Session, row: Reply, *, now: datetime) -> None:
    """The customer opened his link."""
    if row.seen_at is None:
        row.seen_at = now
        session.flush()
        audit.append(session, at=now, actor="customer", action="reply.seen", subject=f"reply:{row.id}",
                     detail={"ticket_id": row.ticket_id})  # fmt: skip


def _name(session: Session, user_id: int | None) -> str:
    user = session.get(User, user_id) if user_id is not None else None
    return user.username if user else ""


def view(session: Session, row: Reply) -> ReplyView:
    """A row as pages show it."""
    return ReplyView(
        id=row.id,
        ticket_id=row.ticket_id,
        position=row.position,
        state=row.state,
        language=row.language,
        parts=parts_of(row),
        remedies=tuple(row.remedies),
        missing=missing(parts_of(row), row.remedies),
        written_by=_name(session, row.written_by_id),
        written_at=row.written_at,
        sent_by=_name(session, row.sent_by_id),
        sent_at=row.sent_at,
        told_at=row.told_at,
        seen_at=row.seen_at,
        document_id=row.document_id,
        version=row.version,
    )
