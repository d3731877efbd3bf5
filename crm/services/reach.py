"""How a customer or a colleague can be reached: the address of each channel, and the channel that is tried first."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import Customer, CustomerNumber, User
from crm.db.tickets import Ticket
from crm.domain.messages import MessageChannel, first_channel


def address_of(
    session: Session,
    channel: MessageChannel,
    *,
    ticket_id: int | None = None,
    customer_id: int | None = None,
    user_id: int | None = None,
) -> str | None:
    """The address to use, or None where there is none."""
    if user_id is not None:
        user = session.get(User, user_id)
        return user.email if user is not None and channel is MessageChannel.EMAIL else None
    ticket = session.get(Ticket, ticket_id) if ticket_id is not None else None
    customer = customer_id or (ticket.customer_id if ticket else None)
    if channel in {MessageChannel.SMS, MessageChannel.PHONE}:
        return (ticket.caller_number if ticket else None) or _number(session, customer)
    return None


def _number(session: Session, customer_id: int | None) -> str | None:
    if customer_id is None:
        return None
    return session.scalars(
        select(CustomerNumber.number)
        .where(CustomerNumber.customer_id == customer_id)
        .order_by(CustomerNumber.id)
        .limit(1)
    ).first()


def preferred(session: Session, ticket: Ticket) -> MessageChannel | None:
    """The channel that the customer is to be told by first; None where nothing reaches him."""
    reachable = {channel: address_of(session, channel, ticket_id=ticket.id) is not None for channel in MessageChannel}
    return first_channel(_wish(session, ticket), reachable)


def _wish(session: Session, ticket: Ticket) -> str | None:
    customer = session.get(Customer, ticket.customer_id) if ticket.customer_id else None
    return getattr(customer, "preferred_channel", None)
