"""Which customers an actor may see and work for; and a customer's family: he and who was found to be his double."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, or_, select, true, union
from sqlalchemy.orm import Session, aliased

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg
from crm.db.people import Customer
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.errors import NotFoundError
from crm.services import scope
from crm.services.live_customer import customers_of_live_call

ACTIVE, MERGED = "active", "merged"
_LONGEST_CHAIN = 20


def customers_for(actor: Actor, action: Action = Action.CUSTOMER_READ) -> ColumnElement[bool]:
    """Customers on whom the actor may do this: those of tickets that it reaches, of his calls, and whom he made."""
    enough = reach(actor.roles, action)
    if Relation.ANY in enough:
        return true()
    if not enough:
        return false()
    of_ticket = select(1).select_from(Ticket).where(Ticket.customer_id == Customer.id, scope.tickets_for(actor, action))
    parts: list[ColumnElement[bool]] = [exists(of_ticket)]
    if Relation.OWN in enough:
        parts += [Customer.made_by == actor.name, exists(_his_call(actor))]
    if Relation.ON_CALL in enough and actor.user_id is not None:
        parts.append(Customer.id.in_(customers_of_live_call(actor.user_id)))
    return or_(*parts)


def listed_for(actor: Actor) -> ColumnElement[bool]:
    """The same for lists: where they are few, they are named by their ids, so that nobody looks through all customers.

    A call counts by its leg here: that is how an agent's calls are found by an index.
    """
    enough = reach(actor.roles, Action.CUSTOMER_READ)
    if actor.user_id is None or not enough or enough & {Relation.ANY, Relation.COMPLAINT}:
        return customers_for(actor)
    other = aliased(Customer)
    ids: list[Select[Any]] = [
        select(Ticket.customer_id).where(
            scope.tickets_for(actor, Action.CUSTOMER_READ), Ticket.customer_id.is_not(None)
        ),
        select(other.id).where(other.made_by == actor.name),
        select(Call.customer_id).where(Call.call_id.in_(_took_part(actor)), Call.customer_id.is_not(None)),
    ]
    if Relation.ON_CALL in enough:
        ids.append(customers_of_live_call(actor.user_id))
    return Customer.id.in_(union(*ids).subquery().select())


def _took_part(actor: Actor) -> Select[str]:
    return select(CallLeg.call_id).where(CallLeg.agent == actor.name, CallLeg.answered_at.is_not(None))


def _his_call(actor: Actor) -> Select[int]:
    his = or_(Call.agent == actor.name, Call.call_id.in_(_took_part(actor)))
    return select(1).select_from(Call).where(Call.customer_id == Customer.id, his)


def may_on_customer(session: Session, actor: Actor, action: Action, customer_id: int) -> bool:
    """Whether the actor may do this on this customer."""
    if not reach(actor.roles, action):
        return False
    query = select(Customer.id).where(Customer.id == customer_id, customers_for(actor, action))
    return session.scalar(query) is not None


def load_customer(
    session: Session, actor: Actor, customer_id: int, action: Action = Action.CUSTOMER_READ, *, lock: bool = False
) -> Customer:
    """The row; of a double, of who was kept. Raises NotFoundError for whom the actor may not see, as for nobody."""
    query = select(Customer).where(Customer.id == kept_id(session, customer_id), customers_for(actor, action))
    found = session.scalars(query.with_for_update(of=Customer) if lock else query).first()
    if found is None:
        raise NotFoundError("there is no such customer")
    return found


def kept_id(session: Session, customer_id: int) -> int:
    """Who is kept of the doubles that this one belongs to."""
    for _ in range(_LONGEST_CHAIN):
        following = session.scalar(select(Customer.merged_into_id).where(Customer.id == customer_id))
        if following is None:
            break
        customer_id = following
    return customer_id


def family(session: Session, customer_id: int) -> tuple[int, ...]:
    """The customer and all who were merged into him, himself first."""
    found, fresh = [customer_id], [customer_id]
    while fresh:
        doubles = select(Customer.id).where(Customer.merged_into_id.in_(fresh)).order_by(Customer.id)
        fresh = [one for one in session.scalars(doubles) if one not in found]
        found += fresh
    return tuple(found)
