"""One search box: a ticket's number, a telephone number or a name. What is found is what this person may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.domain.access import Action, Actor, reach
from crm.domain.desk import Asked, Reading, readings
from crm.services import calls, tickets
from crm.services.calls import CallSummary
from crm.services.tickets import TicketFilters, TicketSummary

MOST = 20


@dataclass(frozen=True)
class FoundCustomer:
    """A customer as the list of what was found shows him."""

    id: int
    name: str
    numbers: tuple[str, ...]
    grade: str
    elderly: bool


@dataclass(frozen=True)
class Found:
    """What a search came to. ``readings`` empty: what was typed is too short to look for."""

    readings: tuple[Asked, ...]
    tickets: tuple[TicketSummary, ...] = ()
    calls: tuple[CallSummary, ...] = ()
    customers: tuple[FoundCustomer, ...] = ()

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


def find(session: Session, actor: Actor, text: str, *, region: str) -> Found:
    """Look for it in every way that it can be read."""
    ways = readings(text)
    found = Found(ways)
    for way in ways:
        if way.reading is Reading.TICKET:
            page = tickets.list_tickets(session, actor, TicketFilters(number=way.text), limit=2)
            found = Found(ways, (*found.tickets, *page.items), found.calls, found.customers)
        elif way.reading is Reading.TELEPHONE:
            found = _by_telephone(session, actor, way.text, found, region)
        else:
            found = _by_name(session, actor, way.text, found)
    return found


def _by_telephone(session: Session, actor: Actor, text: str, found: Found, region: str) -> Found:
    of_number = tickets.list_tickets(session, actor, TicketFilters(caller_number=text), limit=MOST, region=region)
    heard: Sequence[CallSummary] = ()
    if reach(actor.roles, Action.CALL_READ):
        heard = calls.list_calls(session, actor, caller_number=text, limit=MOST, region=region).items
    return Found(
        found.readings,
        _without_doubles(found.tickets, of_number.items),
        tuple(heard),
        found.customers,
    )


def _by_name(session: Session, actor: Actor, text: str, found: Found) -> Found:  # noqa: ARG001  (customers come here)
    return found


def _without_doubles(some: Sequence[TicketSummary], more: Sequence[TicketSummary]) -> tuple[TicketSummary, ...]:
    known = {one.id for one in some}
    return (*some, *(one for one in more if one.id not in known))
