"""The customer of the call that an agent is on: whose tickets and calls he may read until his work after it is done.

The window is the agent's present state and nothing else: the moment it is another one, it is shut. A number that
several customers share opens all of them, because nobody knows yet which one it is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, union
from sqlalchemy.orm import aliased

from crm.db.calls import Call
from crm.db.contact_centre import AgentState, OutboundCall
from crm.db.people import CustomerNumber
from crm.db.tickets import Ticket, ticket_calls
from crm.domain.live import WITH_CUSTOMER

_KEPT = 1000
"""Statements that are kept by who asks."""


@lru_cache(maxsize=_KEPT)
def live_call(user_id: int) -> Select[str | None]:
    """The id of the call that rings at this agent, that he is on, or that he is finishing."""
    return select(AgentState.call_id).where(
        AgentState.user_id == user_id,
        AgentState.until.is_(None),
        AgentState.state.in_(sorted(WITH_CUSTOMER)),
        AgentState.call_id.is_not(None),
    )


def ids_of_live_customer(user_id: int) -> list[Select[Any]]:
    """Tickets of that call, of its number, and of the customers who have it: a query by an index for each."""
    other = aliased(Ticket)
    return [
        select(ticket_calls.c.ticket_id).where(ticket_calls.c.call_id.in_(live_call(user_id))),
        select(other.id).where(other.caller_key.in_(_keys(user_id))),
        select(other.id).where(other.customer_id.in_(customers_of_live_call(user_id))),
    ]


def calls_of_live_customer(user_id: int) -> ColumnElement[bool]:
    """That call, and the earlier ones of its number and its customers."""
    return or_(
        Call.call_id.in_(live_call(user_id)),
        Call.caller_key.in_(_keys(user_id)),
        Call.customer_id.in_(customers_of_live_call(user_id)),
    )


def customers_of_live_call(user_id: int) -> Select[int | None]:
    """Customers who have the number of that call, and the one whom it is known to be with."""
    call = live_call(user_id)
    named = union(
        select(CustomerNumber.customer_id).where(CustomerNumber.number_key.in_(_keys(user_id))),
        select(Call.customer_id).where(Call.call_id.in_(call), Call.customer_id.is_not(None)),
        select(OutboundCall.customer_id).where(OutboundCall.call_id.in_(call), OutboundCall.customer_id.is_not(None)),
    ).subquery()
    return select(named.c.customer_id)


def _keys(user_id: int) -> Select[str | None]:
    call = live_call(user_id)
    known = union(
        select(Call.caller_key).where(Call.call_id.in_(call), Call.caller_key.is_not(None)),
        select(OutboundCall.number_key).where(OutboundCall.call_id.in_(call)),
    ).subquery()
    return select(known.c[0])
