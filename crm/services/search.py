"""One search box: a ticket's number, a telephone number or a name. What is found is what this person may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from crm.domain.access import Action, Actor, reach
from crm.domain.desk import Asked, Reading, readings
from crm.services import calls, customer_search, tickets
from crm.services.calls import CallSummary
from crm.services.customer_search import CustomerLine
from crm.services.tickets import TicketFilters, TicketSummary

MOST = 20
FEW = 3


@dataclass(frozen=True)
class Found:
    """What a search came to. ``readings`` empty: what was typed is too short to look for."""

    readings: tuple[Asked, ...]
    tickets: tuple[TicketSummary, ...] = ()
    calls: tuple[CallSummary, ...] = ()
    customers: tuple[CustomerLine, ...] = ()

    @property
    def only_ticket(self) -> TicketSummary | None:
        """The one ticket that was named by its number, when nothing else was found."""
        named = bool(self.readings) and self.readings[0].reading is Reading.TICKET
        alone = len(self.tickets) == 1 and not self.customers and not self.calls
        return self.tickets[0] if named and alone else None

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.tickets or self.calls or self.customers)


def find(session: Session, actor: Actor, text: str, *, region: str, today: date) -> Found:
    """Look for it in every way that it can be read. Names and numbers of customers come masked."""
    ways = readings(text)
    found = Found(ways)
    for way in ways:
        if way.reading is Reading.TICKET:
            named = tickets.list_tickets(session, actor, TicketFilters(number=way.text), limit=2).items
            found = replace(found, tickets=_joined(found.tickets, named))
        elif way.reading is Reading.TELEPHONE:
            found = _by_telephone(session, actor, way.text, found, region)
    if any(way.reading is not Reading.TICKET for way in ways) and reach(actor.roles, Action.CUSTOMER_READ):
        found = replace(found, customers=customer_search.search(session, actor, text, today=today, region=region))
    return _with_their_tickets(session, actor, found)


def _by_telephone(session: Session, actor: Actor, text: str, found: Found, region: str) -> Found:
    of_number = tickets.list_tickets(session, actor, TicketFilters(caller_number=text), limit=MOST, region=region)
    heard: Sequence[CallSummary] = ()
    if reach(actor.roles, Action.CALL_READ):
        heard = calls.list_calls(session, actor, caller_number=text, limit=MOST, region=region).items
    return replace(found, tickets=_joined(found.tickets, of_number.items), calls=tuple(heard))


def _with_their_tickets(session: Session, actor: Actor, found: Found) -> Found:
    """With the tickets of the customers who were found, while they are few enough to be meant."""
    if not found.customers or len(found.customers) > FEW:
        return found
    more = found.tickets
    for customer in found.customers:
        page = tickets.list_tickets(session, actor, TicketFilters(customer_id=customer.id), limit=MOST)
        more = _joined(more, page.items)
    return replace(found, tickets=more)


def _joined(some: Sequence[TicketSummary], more: Sequence[TicketSummary]) -> tuple[TicketSummary, ...]:
    known = {one.id for one in some}
    return (*some, *(one for one in more if one.id not in known))
