"""Everything that happened with a customer, the latest first: calls, tickets, messages, visits, what he agreed to.

Each entry is one that the actor may see: a call or a ticket that he may not read is not in it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session, lazyload

from crm.db.aftercare import Visit
from crm.db.calls import Call
from crm.db.contact_centre import OutboundCall
from crm.db.customers import (
    Activity,
    ActivityGuest,
    Advice,
    CarePlan,
    CustomerChange,
    CustomerConsent,
    CustomerMerge,
    Feedback,
    RiskAssessment,
)
from crm.db.messages import Message
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, reach
from crm.domain.field_rules import Field, Sight, sight
from crm.services import scope
from crm.services.customer_scope import family, load_customer
from crm.services.paging import Page, checked_limit, decode_cursor, encode_cursor

_ORDER = "timeline"


@dataclass(frozen=True)
class Entry:
    """Something that happened. ``kind`` says what; ``about`` is the id of the thing; ``facts`` are codes and names."""

    at: datetime
    kind: str
    about: int | str
    by: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Window:
    """Which entries a source gives: of these customers, from this time backwards, so many."""

    session: Session
    actor: Actor
    ids: Sequence[int]
    before: datetime | None
    count: int

    def rows(self, model: Any, at: InstrumentedAttribute[Any], *where: ColumnElement[bool], options: Any = ()) -> Any:
        """Rows of a table that names the customer, the latest first."""
        query = select(model).where(model.customer_id.in_(self.ids), *where)
        if self.before is not None:
            query = query.where(at < self.before)
        return self.session.scalars(query.order_by(at.desc()).limit(self.count).options(*options))


def timeline(
    session: Session, actor: Actor, customer_id: int, *, cursor: str | None = None, limit: int | None = None
) -> Page[Entry]:
    """What happened, a page at a time. Raises NotFoundError, InvalidInputError for a bad cursor."""
    row = load_customer(session, actor, customer_id)
    before = decode_cursor(cursor, _ORDER, int)[0] if cursor else None
    count = checked_limit(limit)
    window = _Window(session, actor, family(session, row.id), before, count + 1)
    sources = [sorted(source(window), key=_newest) for source in _SOURCES]
    merged = list(heapq.merge(*sources, key=_newest))
    shown = merged[:count]
    if len(merged) <= count or not shown:
        return Page(tuple(shown), None)
    shown = [one for one in merged if one.at >= shown[-1].at]  # what happened at one instant stays together
    return Page(tuple(shown), encode_cursor(_ORDER, shown[-1].at, row.id))


def _newest(entry: Entry) -> tuple[float, str, str]:
    return -entry.at.timestamp(), entry.kind, str(entry.about)


def _calls(window: _Window) -> Iterator[Entry]:
    if not reach(window.actor.roles, Action.CALL_READ):
        return
    for call in window.rows(Call, Call.started_at, scope.calls_for(window.actor)):
        facts = {"outcome": call.outcome, "queue": call.queue, "talk_time": call.talk_time, "direction": call.direction}
        yield Entry(call.started_at, "call", call.call_id, call.agent or "", facts)


def _tickets(window: _Window) -> Iterator[Entry]:
    plain = (lazyload(Ticket.calls), lazyload(Ticket.recordings), lazyload(Ticket.customer))
    for ticket in window.rows(Ticket, Ticket.received_at, scope.tickets_for(window.actor), options=plain):
        facts = {"number": ticket.number, "kind": ticket.kind, "status": ticket.status, "channel": ticket.channel}
        yield Entry(ticket.received_at, "ticket", ticket.id, "", {**facts, "level": ticket.level})


def _calls_out(window: _Window) -> Iterator[Entry]:
    """Those that never became a call of their own."""
    for row in window.rows(OutboundCall, OutboundCall.asked_at, OutboundCall.call_id.is_(None)):
        user = window.session.get(User, row.user_id)
        yield Entry(row.asked_at, "call_out", row.id, user.username if user else "", {"state": row.state})


def _messages(window: _Window) -> Iterator[Entry]:
    for row in window.rows(Message, Message.created_at):
        facts = {"channel": row.channel, "state": row.state, "template": row.template, "ticket_id": row.ticket_id}
        yield Entry(row.created_at, "message", row.id, row.sent_by, facts)


def _visits(window: _Window) -> Iterator[Entry]:
    for row in window.rows(Visit, Visit.due_at):
        facts = {"state": row.state, "outcome": row.outcome, "visit": row.kind, "ticket_id": row.ticket_id}
        who = row.visitor.username if row.visitor else ""
        yield Entry(row.due_at, "visit", row.id, who, facts)


def _consents(window: _Window) -> Iterator[Entry]:
    for row in window.rows(CustomerConsent, CustomerConsent.at):
        yield Entry(row.at, "consent", row.id, row.by, {"purpose": row.purpose, "given": row.given})


def _changes(window: _Window) -> Iterator[Entry]:
    for row in window.rows(CustomerChange, CustomerChange.at):
        yield Entry(row.at, "change", row.id, row.by, {"fields": list(row.names)})


def _feedback(window: _Window) -> Iterator[Entry]:
    for row in window.rows(Feedback, Feedback.at):
        yield Entry(
            row.at, "feedback", row.id, row.by, {"about": row.about, "subject": row.subject, "score": row.score}
        )


def _wealth(window: _Window) -> Iterator[Entry]:
    if sight(window.actor.roles, Field.WEALTH) is not Sight.WHOLE:
        return
    for row in window.rows(Advice, Advice.at):
        yield Entry(
            row.at, "advice", row.id, row.by, {"advice": row.kind, "product": row.product, "accepted": row.accepted}
        )
    for row in window.rows(RiskAssessment, RiskAssessment.at):
        yield Entry(row.at, "assessment", row.id, row.by, {"level": row.level})
    for row in window.rows(CarePlan, CarePlan.made_at):
        yield Entry(row.made_at, "plan", row.id, row.made_by, {"state": row.state})


def _activities(window: _Window) -> Iterator[Entry]:
    for row in window.rows(ActivityGuest, ActivityGuest.at):
        activity = window.session.get_one(Activity, row.activity_id)
        yield Entry(row.at, "activity", activity.id, row.by, {"title": activity.title, "state": row.state})


def _merges(window: _Window) -> Iterator[Entry]:
    query = select(CustomerMerge).where(CustomerMerge.kept_id.in_(window.ids))
    if window.before is not None:
        query = query.where(CustomerMerge.at < window.before)
    for row in window.session.scalars(query.order_by(CustomerMerge.at.desc()).limit(window.count)):
        yield Entry(row.at, "merge", row.id, row.by, {"merged_id": row.merged_id, "undone": row.undone_at is not None})


_SOURCES: Sequence[Callable[[_Window], Iterator[Entry]]] = (
    _calls,
    _tickets,
    _calls_out,
    _messages,
    _visits,
    _consents,
    _changes,
    _feedback,
    _wealth,
    _activities,
    _merges,
)
