"""How a customer or a colleague can be reached: the address of each channel, and the channel that is tried first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.customers import CustomerContact, CustomerProfile
from crm.db.intake import TicketIntake
from crm.db.people import Customer, User
from crm.db.tickets import Ticket
from crm.domain.messages import MessageChannel, first_channel

_EMAIL = "email"
_POST = "post"


@dataclass(frozen=True)
class Ways:
    """The ways to a customer. ``preferred``: his own wish where it can be used, else what the house tries first."""

    preferred: MessageChannel | None
    wished: bool
    addresses: dict[MessageChannel, str]

    def has(self, channel: MessageChannel) -> bool:
        """Whether there is an address for it."""
        return channel in self.addresses


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
    return _addresses(session, ticket, customer_id or (ticket.customer_id if ticket else None)).get(channel)


def ways_to(session: Session, ticket: Ticket) -> Ways:
    """How the customer of this ticket can be told."""
    addresses = _addresses(session, ticket, ticket.customer_id)
    wish = _wish(session, ticket)
    first = first_channel(wish, {channel: channel in addresses for channel in MessageChannel})
    return Ways(first, first is not None and first == wish, addresses)


def name_of(session: Session, ticket: Ticket) -> str:
    """The customer's name as letters address him; empty when nobody knows it."""
    if ticket.customer is not None and ticket.customer.name:
        return ticket.customer.name
    intake = session.get(TicketIntake, ticket.id)
    return intake.reporter_name if intake else ""


def _addresses(session: Session, ticket: Ticket | None, customer_id: int | None) -> dict[MessageChannel, str]:
    """What the ticket itself was given comes first: it is the newest that the customer said of himself."""
    intake = session.get(TicketIntake, ticket.id) if ticket else None
    customer = session.get(Customer, customer_id) if customer_id is not None else None
    contacts = _contacts(session, customer_id)
    number = (ticket.caller_number if ticket else None) or _number(customer)
    found = {
        MessageChannel.SMS: number,
        MessageChannel.PHONE: number,
        MessageChannel.EMAIL: (intake.email if intake else "") or contacts.get(_EMAIL),
        MessageChannel.LETTER: (intake.postal_address if intake else "")
        or contacts.get(_POST)
        or _home(session, customer_id),
    }
    return {channel: address for channel, address in found.items() if address}


def _contacts(session: Session, customer_id: int | None) -> dict[str, str]:
    if customer_id is None:
        return {}
    rows = session.scalars(
        select(CustomerContact).where(
            CustomerContact.customer_id == customer_id, CustomerContact.kind.in_((_EMAIL, _POST))
        )
    ).all()
    return {row.kind: row.address for row in sorted(rows, key=lambda row: row.id)}


def _number(customer: Customer | None) -> str | None:
    if customer is None or not customer.numbers:
        return None
    return min(customer.numbers, key=lambda one: (not one.preferred, one.id)).number


def _home(session: Session, customer_id: int | None) -> str | None:
    profile = session.get(CustomerProfile, customer_id) if customer_id is not None else None
    return profile.address if profile else None


def _wish(session: Session, ticket: Ticket) -> str | None:
    """What the customer asked for: once for all, or when he brought this matter."""
    if ticket.customer is not None and ticket.customer.preferred_channel:
        return ticket.customer.preferred_channel
    intake = session.get(TicketIntake, ticket.id)
    return intake.preferred if intake else None
