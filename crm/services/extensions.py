"""Longer terms: asked for by who has the case, signed along the chain, told to the customer, and only then longer.

The term itself is worked out from the events that are written here (``crm.domain.terms``): without a signature or
without the notice it stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.handling import ApprovalRequest
from crm.db.messages import Message
from crm.db.terms import TicketClock
from crm.db.tickets import Ticket, TicketEvent
from crm.domain import clocks
from crm.domain.access import Action, Actor
from crm.domain.approvals import FIXED_CHAINS, Seat
from crm.domain.clocks import Span
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError
from crm.domain.extensions import EXTENDS_TO, WHYS, NoExtension, Offer, offer
from crm.domain.messages import MessageChannel
from crm.domain.term_types import Clock, TermKind
from crm.services import approvals, messages, reach, rules, scope, terms
from crm.services.public_calendar import calendar
from crm.services.ticket_changes import record_event
from crm.services.tickets import load_ticket

TEMPLATE = "extension"
_REASON = 500
_COMPLEXITY: Mapping[tuple[str, int], str] = {
    ("zh", 30): "复杂",
    ("zh", 60): "特别复杂",
    ("en", 30): "complex",
    ("en", 60): "exceptionally complex",
}


@dataclass(frozen=True)
class Standing:
    """How the extension of a ticket stands. ``offer``: what may be asked for, or why nothing may."""

    clock: Clock
    offer: Offer | NoExtension
    request: ApprovalRequest | None
    message: Message | None
    would_end: datetime | None
    """when the term would end with the extension that is offered or asked for"""


def standing(session: Session, ticket: Ticket, now: datetime) -> Standing:
    """How it stands. Reads only."""
    clock = terms.clock(session, ticket)
    offered = offer(clock, now)
    to = clock.asked or (offered.to if isinstance(offered, Offer) else None)
    return Standing(
        clock,
        offered,
        _request(session, ticket, clock.asked),
        _message(session, ticket, clock),
        _end_with(session, ticket, clock, to),
    )


def ask(session: Session, actor: Actor, ticket_id: int, reason: str, *, now: datetime) -> ApprovalRequest:
    """Ask for the next step. Raises ConflictError that says why not, InvalidInputError, ForbiddenError."""
    ticket = _mine(session, actor, ticket_id)
    reason = reason.strip()
    if not 5 <= len(reason) <= _REASON or "\0" in reason:
        raise InvalidInputError("reason", f"must have 5 to {_REASON} characters; the customer is told it")
    clock = terms.clock(session, ticket)
    offered = offer(clock, now)
    if isinstance(offered, NoExtension):
        raise ConflictError(WHYS[offered])
    legal = clock.current(TermKind.LEGAL)
    ends = _end_with(session, ticket, clock, offered.to)
    content = {
        "ticket": ticket.number,
        "to": offered.to,
        "cycle": clock.cycle,
        "from_due": legal.due_at.isoformat() if legal else None,
        "to_due": ends.isoformat() if ends else None,
        "reason": reason,
    }
    seats = tuple(Seat(post) for post in FIXED_CHAINS[offered.subject])
    request = approvals.ask(
        session, ticket, actor, approvals.Asked(offered.subject, content, seats, reason=reason), now=now
    )
    fields = {"to": offered.to, "request_id": request.id}
    record_event(session, ticket, "extension_asked", actor=actor.name, at=now, reason=reason, fields=fields)
    return request


def tell(session: Session, actor: Actor, ticket_id: int, channel: str | None, *, now: datetime) -> int:
    """Tell the customer of an extension that is signed: by the channel, else by the one he prefers.

    Gives the message's id. It counts when the message is proven. Raises ConflictError, InvalidInputError.
    """
    ticket = _mine(session, actor, ticket_id)
    clock = terms.clock(session, ticket)
    if clock.asked is None or not clock.approved:
        raise ConflictError("no extension is signed that the customer should be told of")
    ends = _end_with(session, ticket, clock, clock.asked)
    legal = clock.current(TermKind.LEGAL)
    if ends is None or legal is None or now > legal.due_at:
        raise ConflictError(WHYS[NoExtension.OVER])
    request = _request(session, ticket, clock.asked)
    ways = reach.ways_to(session, ticket)
    way = channel or ways.preferred
    if way is None:
        raise InvalidInputError("channel", "there is no way to reach the customer: write down a number or an address")
    return messages.queue_message(
        session, ticket_id=ticket.id, customer_id=ticket.customer_id, channel=way, template=TEMPLATE,
        language=ticket.language if ticket.language in {"zh", "en"} else "zh",
        params=_params(session, ticket, clock.asked, ends, request.reason if request else "", now),
        now=now, sent_by=actor.name, unique_key=_key(session, ticket, clock, str(way)),
    )  # fmt: skip


def told(session: Session, message: Message, *, at: datetime, actor: str) -> None:
    """A message of an extension is proven. Called by what settles messages."""
    if message.template != TEMPLATE or message.ticket_id is None:
        return
    ticket = session.get_one(Ticket, message.ticket_id)
    clock = terms.clock(session, ticket)
    if clock.asked is None or clock.told:
        return
    fields = {"to": clock.asked, "message_id": message.id, "channel": message.channel}
    record_event(session, ticket, "extension_told", actor=actor, at=at, fields=fields)


def _mine(session: Session, actor: Actor, ticket_id: int) -> Ticket:
    ticket = load_ticket(session, actor, ticket_id)
    if not scope.may_on_ticket(session, actor, Action.CASE_WORK, ticket_id):
        raise ForbiddenError("these roles do not ask for a longer term of this ticket")
    return ticket


def _request(session: Session, ticket: Ticket, to: int | None) -> ApprovalRequest | None:
    """The newest request for this step."""
    if to is None:
        return None
    subjects = [subject for subject, step in EXTENDS_TO.items() if step == to]
    newest = (
        select(ApprovalRequest)
        .where(ApprovalRequest.ticket_id == ticket.id, ApprovalRequest.subject.in_(subjects))
        .order_by(ApprovalRequest.id.desc())
    )
    return session.scalars(newest.limit(1)).first()


def _message(session: Session, ticket: Ticket, clock: Clock) -> Message | None:
    """The newest message about the extension that is being asked for."""
    if clock.asked is None:
        return None
    asked_at = session.scalars(
        select(TicketEvent.at)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.event == "extension_asked")
        .order_by(TicketEvent.id.desc())
        .limit(1)
    ).one()
    newest = (
        select(Message)
        .where(Message.ticket_id == ticket.id, Message.template == TEMPLATE, Message.created_at >= asked_at)
        .order_by(Message.id.desc())
    )
    return session.scalars(newest.limit(1)).first()


def _end_with(session: Session, ticket: Ticket, clock: Clock, to: int | None) -> datetime | None:
    """When the legal term would end with one step more."""
    legal = clock.current(TermKind.LEGAL)
    if legal is None or to is None:
        return None
    kept = session.get(TicketClock, ticket.id)
    zone = ZoneInfo(kept.zone if kept else terms.DEFAULT_ZONE)
    span = Span(legal.started_at, clock.body, None, clock.step + 1, clock.pauses)
    return clocks.legal_end(span, rules.current(session), zone, calendar(session)).at


def _params(session: Session, ticket: Ticket, to: int, ends: datetime, reason: str, now: datetime) -> Mapping[str, str]:
    kept = session.get(TicketClock, ticket.id)
    zone = ZoneInfo(kept.zone if kept else terms.DEFAULT_ZONE)
    language = ticket.language if ticket.language in {"zh", "en"} else "zh"
    name = reach.name_of(session, ticket)
    return {
        "name": name or ("尊敬的客户" if language == "zh" else "customer"),
        "number": ticket.number,
        "complexity": _COMPLEXITY[language, to],
        "due": _day(ends, zone, language),
        "date": _day(now, zone, language),
        "reason": reason,
    }


def _day(at: datetime, zone: ZoneInfo, language: str) -> str:
    local = at.astimezone(zone)
    return f"{local.year}年{local.month}月{local.day}日" if language == "zh" else f"{local.day} {local:%B %Y}"


def _key(session: Session, ticket: Ticket, clock: Clock, way: str) -> str:
    """One message a request and channel, however often the button is pressed."""
    request = _request(session, ticket, clock.asked)
    failed = _message(session, ticket, clock)
    tries = failed.id if failed is not None and failed.state == "failed" else 0
    return f"extension:{ticket.id}:{clock.cycle}:{request.id if request else 0}:{way}:{tries}"


def channels(session: Session, ticket: Ticket) -> tuple[str, ...]:
    """The channels on which the customer of this ticket can be told, the preferred one first."""
    ways = reach.ways_to(session, ticket)
    found = [channel for channel in MessageChannel if ways.has(channel)]
    return tuple(sorted((channel.value for channel in found), key=lambda name: name != ways.preferred))
