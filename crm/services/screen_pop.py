"""The screen-pop: who calls and why, put together from the call's facts and the rows that belong to its number.

Nobody is identified by the number he calls from: everything here is *unverified* until the agent has asked and said
so (``crm.services.identify``). Each
look-up goes by an index and is bounded, so that a number with thousands of tickets costs no more than another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session, lazyload

from crm.db.calls import Call
from crm.db.people import Customer, CustomerNumber
from crm.db.tickets import Ticket, ticket_calls
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.candidates import Candidate, ranked
from crm.domain.errors import NotFoundError
from crm.domain.live import instant
from crm.domain.numbers import number_key
from crm.domain.tickets import COMPLAINT_KINDS, ENDED
from crm.services import scope
from crm.services.call_links import Party, party_of
from crm.services.live_customer import live_call

MOST_CUSTOMERS = 8
MOST_TICKETS = 20
_LAST = 5
_MOST_OPEN = 40
_MOST_CALLS = 20
"""So many of a number and of each of its customers are looked at, the newest first."""
_TEXT = 140
_LEADS = frozenset({Relation.ANY, Relation.SECTION})


def compose(session: Session, facts: Mapping[str, Any], *, region: str, now: datetime) -> dict[str, Any]:
    """What the agent sees. ``facts``: call_id and what the phone side knows of the call.

    Of the facts it reads caller_number, queue, waited_s, menu_path, language and kind; what is missing is taken from
    the call's row, when there is one.
    """
    call_id = str(facts["call_id"])
    party, call = party_of(session, call_id), session.get(Call, call_id)
    number = facts.get("caller_number") or party.number
    key = number_key(number, region) or party.key
    found = _look_up(session, key, party, call_id)
    known = call.customer_id if call and call.identified_at else None
    tickets = [_ticket(ticket, now) for ticket in found.open_tickets]
    return {
        "call_id": call_id,
        "caller_number": number,
        "withheld": key is None,
        "queue": facts.get("queue") or (call.queue if call else None),
        "waited_s": facts.get("waited_s") or 0.0,
        "menu_path": list(facts.get("menu_path") or (call.menu_path if call else ())),
        "language": facts.get("language") or party.language,
        "kind": facts.get("kind"),
        "outbound": party.outbound is not None,
        "verified": known is not None,
        "customers": [_customer(found, one, known) for one in found.candidates],
        "open_tickets": tickets,
        "live_complaint": next((ticket for ticket in tickets if ticket["is_complaint"]), None),
        "ticket_ids_of_call": list(found.of_call),
        "last_tickets": [_ticket(ticket, now) for ticket in found.ended_tickets],
        "last_calls": [_call(one, found.links.get(one.call_id, ())) for one in found.calls],
    }


def pop_of_call(session: Session, actor: Actor, call_id: str, *, region: str, now: datetime) -> dict[str, Any]:
    """The same for who is on the call, or leads those who are: a page that was loaded anew asks for it.

    Raises NotFoundError for anybody else, as for a call that is not there.
    """
    mine = actor.user_id is not None and session.scalar(live_call(actor.user_id)) == call_id
    seen = select(Call.call_id).where(Call.call_id == call_id, scope.calls_for(actor))
    leads = not _LEADS.isdisjoint(reach(actor.roles, Action.TICKET_READ)) and session.scalar(seen) is not None
    if not mine and not leads:
        raise NotFoundError("there is no such call, or you are not on it")
    return compose(session, {"call_id": call_id}, region=region, now=now)


@dataclass(frozen=True)
class _Found:
    candidates: tuple[Candidate, ...]
    customers: Mapping[int, Customer]
    open_tickets: tuple[Ticket, ...]
    ended_tickets: tuple[Ticket, ...]
    calls: tuple[Call, ...]
    links: Mapping[str, Sequence[int]]
    of_call: tuple[int, ...]


def _look_up(session: Session, key: str | None, party: Party, call_id: str) -> _Found:
    owners = _owners(session, key, party)
    tickets = _tickets(session, key, owners, call_id)
    calls = _calls(session, key, owners, call_id)
    links = _links(session, [call_id, *(call.call_id for call in calls)])
    candidates = _candidates(owners, tickets, calls)
    rows = session.scalars(select(Customer).where(Customer.id.in_([one.customer_id for one in candidates])))
    live = [ticket for ticket in tickets if ticket.status not in ENDED]
    ended = [ticket for ticket in tickets if ticket.status in ENDED]
    return _Found(
        candidates=candidates,
        customers={customer.id: customer for customer in rows},
        open_tickets=tuple(sorted(live, key=_urgency)[:MOST_TICKETS]),
        ended_tickets=tuple(ended[:_LAST]),
        calls=calls[:_LAST],
        links=links,
        of_call=tuple(links.get(call_id, ())),
    )


def _owners(session: Session, key: str | None, party: Party) -> tuple[int, ...]:
    """Customers who have this number, and the one whom the call is already known to be with."""
    owners: list[int] = []
    if key is not None:
        query = select(CustomerNumber.customer_id).where(CustomerNumber.number_key == key)
        owners += session.scalars(query.order_by(CustomerNumber.id).limit(MOST_CUSTOMERS))
    if party.customer_id is not None:
        owners.append(party.customer_id)
    return tuple(dict.fromkeys(owners))


def _tickets(session: Session, key: str | None, owners: Sequence[int], call_id: str) -> tuple[Ticket, ...]:
    """The open tickets of the number, of its owners and of this call, and the newest that are not, newest first.

    Their ids come first, each part by its index, and the rows by their ids: as one statement a planner may think that
    reading the whole table is quicker, and be wrong.
    """
    newest = (Ticket.received_at.desc(), Ticket.id.desc())
    whose = [Ticket.customer_id == owner for owner in owners]
    whose += [Ticket.caller_key == key] if key is not None else []
    parts = []
    for one in whose:
        for is_open, most in ((Ticket.status.not_in(ENDED), _MOST_OPEN), (Ticket.status.in_(ENDED), _LAST)):
            parts.append(select(Ticket.id).where(one, is_open).order_by(*newest).limit(most))
    of_call = select(ticket_calls.c.ticket_id).where(ticket_calls.c.call_id == call_id)
    ids = session.scalars(union(*(select(part.subquery()) for part in (*parts, of_call)))).all()
    plain = (lazyload(Ticket.calls), lazyload(Ticket.recordings), lazyload(Ticket.customer))
    return tuple(session.scalars(select(Ticket).where(Ticket.id.in_(ids)).order_by(*newest).options(*plain)))


def _calls(session: Session, key: str | None, owners: Sequence[int], call_id: str) -> tuple[Call, ...]:
    whose = [Call.customer_id == owner for owner in owners]
    whose += [Call.caller_key == key] if key is not None else []
    if not whose:
        return ()
    newest = Call.started_at.desc()
    parts = [select(Call.call_id).where(one).order_by(newest).limit(_MOST_CALLS) for one in whose]
    ids = session.scalars(union(*(select(part.subquery()) for part in parts))).all()
    query = select(Call).where(Call.call_id.in_(ids), Call.call_id != call_id).order_by(newest)
    return tuple(session.scalars(query))


def _links(session: Session, call_ids: Sequence[str]) -> dict[str, list[int]]:
    links: dict[str, list[int]] = {}
    query = select(ticket_calls).where(ticket_calls.c.call_id.in_(call_ids)).order_by(ticket_calls.c.ticket_id)
    for ticket_id, call_id in session.execute(query):
        links.setdefault(call_id, []).append(ticket_id)
    return links


def _candidates(owners: Sequence[int], tickets: Sequence[Ticket], calls: Sequence[Call]) -> tuple[Candidate, ...]:
    ids = dict.fromkeys([*owners, *(t.customer_id for t in tickets), *(c.customer_id for c in calls)])
    return ranked(_candidate(one, one in owners, tickets, calls) for one in ids if one is not None)[:MOST_CUSTOMERS]


def _candidate(customer: int, own: bool, tickets: Sequence[Ticket], calls: Sequence[Call]) -> Candidate:  # noqa: FBT001  (of its own row)
    his = [ticket for ticket in tickets if ticket.customer_id == customer]
    live = [ticket for ticket in his if ticket.status not in ENDED]
    talked = [call for call in calls if call.customer_id == customer]
    times = [*(ticket.received_at for ticket in his), *(call.started_at for call in talked)]
    complaints = sum(ticket.kind in COMPLAINT_KINDS for ticket in live)
    return Candidate(customer, complaints, len(live) - complaints, len(talked), max(times, default=None), own)


def _urgency(ticket: Ticket) -> tuple[bool, str, datetime]:
    """Complaints first, then by priority, then who has waited longest."""
    return ticket.kind not in COMPLAINT_KINDS, ticket.priority, ticket.received_at


def _customer(found: _Found, one: Candidate, known: int | None) -> dict[str, Any]:
    row = found.customers.get(one.customer_id)
    return {
        "id": one.customer_id,
        "name": row.name if row else "",
        "grade": row.grade if row else "",
        "elderly": row.elderly if row else False,
        "language": row.language if row else None,
        "verified": one.customer_id == known,
        "open_tickets": one.complaints + one.tickets,
        "open_complaints": one.complaints,
        "calls": one.calls,
        "last_contact_at": instant(one.last_contact) if one.last_contact else None,
    }


def _ticket(ticket: Ticket, now: datetime) -> dict[str, Any]:
    live = ticket.status not in ENDED
    return {
        "id": ticket.id,
        "number": ticket.number,
        "kind": ticket.kind,
        "is_complaint": ticket.kind in COMPLAINT_KINDS,
        "status": ticket.status,
        "level": ticket.level,
        "priority": ticket.priority,
        "category": ticket.category,
        "customer_id": ticket.customer_id,
        "assignee": ticket.assignee.username if ticket.assignee else None,
        "received_at": instant(ticket.received_at),
        "legal_due_at": instant(ticket.legal_due_at) if ticket.legal_due_at else None,
        "internal_due_at": instant(ticket.internal_due_at) if ticket.internal_due_at else None,
        "legal_overdue": live and ticket.legal_due_at is not None and ticket.legal_due_at < now,
        "overdue": live and any(due is not None and due < now for due in (ticket.legal_due_at, ticket.internal_due_at)),
        "text": ticket.text[:_TEXT],
    }


def _call(call: Call, ticket_ids: Sequence[int]) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "started_at": instant(call.started_at),
        "outcome": call.outcome,
        "queue": call.queue,
        "agent": call.agent,
        "menu_path": list(call.menu_path),
        "talk_time": call.talk_time,
        "ticket_ids": list(ticket_ids),
    }
