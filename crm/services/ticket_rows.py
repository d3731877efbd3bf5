"""Rows of a list of tickets, as one statement that indexes serve: the rights, the filters, the order and the page.

An actor may see a ticket in several ways (it is a complaint, it is his, his department has it, …). Joined by OR they
would be looked for in the whole table; so each way is followed by itself along its own index, no further than the
page reaches, and what comes together is put in order. Where a filter leaves few rows anyway, the ways are one
condition on these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, union
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.people import User
from crm.db.tickets import Ticket, TicketRecording, ticket_calls
from crm.domain.access import Actor
from crm.domain.tickets import ENDED, Kind
from crm.services import scope
from crm.services.paging import Order, Stage

_T = Ticket.__table__.c
COLUMNS = (
    _T.id, _T.number, _T.kind, _T.status, _T.level, _T.category, _T.severity, _T.priority, _T.customer_id,
    _T.caller_number, _T.channel, _T.received_at, _T.legal_due_at, _T.internal_due_at, _T.language, _T.flags,
    _T.version, User.username.label("assignee"),
)  # fmt: skip
"""Columns of the table, not attributes of the class: rows of a list are many and need no objects."""
FEW = frozenset({"number", "caller_key", "customer_id", "call_id"})
"""Filters that leave few rows."""


@dataclass(frozen=True)
class Wanted:
    """What a list shows: conditions by the name of their filter, and an order."""

    conditions: Mapping[str, ColumnElement[bool]]
    order: Order
    kind: str | None = None
    status: str | None = None

    @property
    def leaves_few(self) -> bool:
        """Whether a filter is the first thing to look at, and not the rights."""
        return not FEW.isdisjoint(self.conditions) or (self.status is not None and self.status not in ENDED)


def rows(session: Session, actor: Actor, wanted: Wanted, after: tuple[Any, Any] | None, most: int) -> list[Row[Any]]:
    """The rows of a page, at most so many, after the row that a cursor names."""
    line, found = session.connection(), list[Row[Any]]()
    ways = scope.ways_to_tickets(session, actor, by_receipt=wanted.order.column is Ticket.received_at)
    linked = _links() if line.dialect.name == "postgresql" else ()
    for stage in _stages(wanted, after):
        if len(found) < most:
            query = _query(actor, ways, wanted, stage, most - len(found))
            found += line.execute(query.add_columns(*linked)).all()
    return found


def _stages(wanted: Wanted, after: tuple[Any, Any] | None) -> Sequence[Stage]:
    """The parts of the list; what has no term of the law has no place among those that have one."""
    stages = wanted.order.stages(after)
    without = wanted.order.column is Ticket.legal_due_at and wanted.kind not in {None, Kind.COMPLAINT}
    return stages[-1:] if without else stages


def _query(actor: Actor, ways: Sequence[ColumnElement[bool]], wanted: Wanted, stage: Stage, most: int) -> Select[Any]:
    query = select(*COLUMNS).outerjoin(User, User.id == Ticket.assignee_id).order_by(*stage.order).limit(most)
    conditions = (scope.not_about(actor), *wanted.conditions.values(), *stage.where)
    if len(ways) == 1 or wanted.leaves_few:
        return query.where(or_(*ways), *conditions)
    found = [select(Ticket.id).where(way, *conditions).order_by(*stage.order).limit(most).subquery() for way in ways]
    return query.where(Ticket.id.in_(union(*(select(one.c.id) for one in found))))


def _links() -> tuple[ColumnElement[Any], ...]:
    """Calls and recordings of a ticket, in the same statement where the database can put them in order."""
    calls = (
        select(func.array_agg(aggregate_order_by(ticket_calls.c.call_id, Call.started_at)))
        .select_from(ticket_calls.join(Call, Call.call_id == ticket_calls.c.call_id))
        .where(ticket_calls.c.ticket_id == Ticket.id)
        .correlate(Ticket)
    )
    by_place = (TicketRecording.position, TicketRecording.recording_id)
    recordings = (
        select(func.array_agg(aggregate_order_by(TicketRecording.recording_id, *by_place)))
        .where(TicketRecording.ticket_id == Ticket.id)
        .correlate(Ticket)
    )
    return calls.scalar_subquery().label("call_ids"), recordings.scalar_subquery().label("recording_ids")
