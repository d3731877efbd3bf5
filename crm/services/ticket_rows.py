"""Rows of a list of tickets, as one statement that indexes serve: the rights, the filters, the order and the page.

An actor may see a ticket in several ways (it is a complaint, it is his, his department has it, …). Joined by OR they
would be looked for in the whole table; so each way is followed by itself along its own index, no further than the
page reaches, and what comes together is put in order. Where a filter leaves few rows anyway, the ways are one
condition on these.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, String, bindparam, func, or_, select, union
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.people import User
from crm.db.tickets import Ticket, TicketRecording, ticket_calls
from crm.domain.access import Actor
from crm.domain.tickets import ENDED, Kind
from crm.services import scope
from crm.services.paging import Order, Stage

_T = Ticket.__table__.c
OWN_COLUMNS = (
    _T.id, _T.number, _T.kind, _T.status, _T.level, _T.category, _T.severity, _T.priority, _T.customer_id,
    _T.caller_number, _T.channel, _T.received_at, _T.legal_due_at, _T.internal_due_at, _T.language, _T.flags,
    _T.version,
)  # fmt: skip
"""Columns of the table, not attributes of the class: rows of a list are many and need no objects."""
COLUMNS = (*OWN_COLUMNS, User.username.label("assignee"))
FEW = frozenset({"number", "caller_key", "customer_id", "call_id"})
"""Filters that leave few rows."""


_KEPT = 500
"""Statements that are kept by who asks for what: to build one takes longer than to ask it."""


@dataclass(frozen=True)
class Wanted:
    """What a list shows: conditions by the name of their filter, and an order. Equal keys are the same list."""

    key: Hashable
    conditions: Mapping[str, ColumnElement[bool]] = field(compare=False)
    order: Order = field(compare=False)
    kind: str | None = field(default=None, compare=False)
    status: str | None = field(default=None, compare=False)

    @property
    def leaves_few(self) -> bool:
        """Whether a filter is the first thing to look at, and not the rights."""
        return self.is_once or (self.status is not None and self.status not in ENDED)

    @property
    def is_once(self) -> bool:
        """Whether hardly anybody asks the same again."""
        return not FEW.isdisjoint(self.conditions)


class Place(Enum):
    """Where a page begins."""

    BEGINNING = "beginning"
    AFTER = "after"
    """a row whose time is known"""
    AFTER_TIMELESS = "after_timeless"


def rows(session: Session, actor: Actor, wanted: Wanted, after: tuple[Any, Any] | None, most: int) -> list[Row[Any]]:
    """The rows of a page, at most so many, after the row that a cursor names."""
    line, found = session.connection(), list[Row[Any]]()
    place = Place.BEGINNING
    if after is not None:
        place = Place.AFTER_TIMELESS if after[0] is None else Place.AFTER
    build = _statements.__wrapped__ if wanted.is_once else _statements
    where, linked = scope.belongs(session, actor), line.dialect.name == "postgresql"
    for statement in build(actor, where, wanted, place, linked=linked):
        if len(found) < most:
            at, key = after or (None, None)
            found += line.execute(statement, {"most": most - len(found), "after_at": at, "after_key": key}).all()
    return found


@lru_cache(maxsize=_KEPT)
def _statements(
    actor: Actor, where: scope.Belongs, wanted: Wanted, place: Place, *, linked: bool
) -> tuple[Select[Any], ...]:
    """One for each part of the list. Parameters: ``most``, ``after_at``, ``after_key``."""
    ways = scope.ways_to_tickets(actor, where, by_receipt=wanted.order.column is Ticket.received_at)
    links = _links() if linked else ()
    return tuple(_query(actor, ways, wanted, stage).add_columns(*links) for stage in _stages(wanted, place))


def _stages(wanted: Wanted, place: Place) -> Sequence[Stage]:
    """The parts of the list; what has no term of the law has no place among those that have one."""
    order = wanted.order
    after_key = bindparam("after_key", type_=order.key.type)
    after = None
    if place is not Place.BEGINNING:
        timeless = place is Place.AFTER_TIMELESS
        after = (None if timeless else bindparam("after_at", type_=order.column.type), after_key)
    stages = order.stages(after)
    without = order.column is Ticket.legal_due_at and wanted.kind not in {None, Kind.COMPLAINT}
    return stages[-1:] if without else stages


def _query(actor: Actor, ways: Sequence[ColumnElement[bool]], wanted: Wanted, stage: Stage) -> Select[Any]:
    most = bindparam("most", type_=Integer)
    query = select(*COLUMNS).outerjoin(User, User.id == Ticket.assignee_id).order_by(*stage.order).limit(most)
    conditions = (scope.not_about(actor), *wanted.conditions.values(), *stage.where)
    if len(ways) == 1 or wanted.leaves_few:
        return query.where(or_(*ways), *conditions)
    found = [select(Ticket.id).where(way, *conditions).order_by(*stage.order).limit(most).subquery() for way in ways]
    return query.where(Ticket.id.in_(union(*(select(one.c.id) for one in found))))


def _links() -> tuple[ColumnElement[Any], ...]:
    """Calls and recordings of a ticket, in the same statement where the database can put them in order."""
    none = array([], type_=String)
    calls = (
        select(func.coalesce(func.array_agg(aggregate_order_by(ticket_calls.c.call_id, Call.started_at)), none))
        .select_from(ticket_calls.join(Call, Call.call_id == ticket_calls.c.call_id))
        .where(ticket_calls.c.ticket_id == Ticket.id)
        .correlate(Ticket)
    )
    by_place = (TicketRecording.position, TicketRecording.recording_id)
    recordings = (
        select(func.coalesce(func.array_agg(aggregate_order_by(TicketRecording.recording_id, *by_place)), none))
        .where(TicketRecording.ticket_id == Ticket.id)
        .correlate(Ticket)
    )
    return calls.scalar_subquery().label("call_ids"), recordings.scalar_subquery().label("recording_ids")
