"""The first look at a ticket: what it is about, what it belongs to, whether many have the same cause.

Looking again changes nothing that a person decided, and finds what the first look could not see yet (a transcript).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.db.intake import TicketIntake
from crm.db.terms import TicketClock
from crm.db.tickets import Ticket
from crm.domain.receipts import Receipt, expected_at
from crm.domain.submissions import ORAL_CHANNELS, Form, OnBehalf, Preferred
from crm.domain.tickets import ENDED, Kind
from crm.services import classify, complaint_groups, emergency_signals, rules, same_matters
from crm.services.submissions import new_code
from crm.services.terms import DEFAULT_ZONE


def look(session: Session, ticket_id: int, *, now: datetime) -> None:
    """Look at one ticket; one that has ended meanwhile is left alone."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        return
    ensure_intake(session, ticket)
    if ticket.status in ENDED:
        return
    before = classify.newest(session, ticket_id)
    if before is None or before.state == classify.OPEN:
        classify.make(session, ticket, now=now)
    text, source = classify.told(session, ticket)
    if source == classify.TRANSCRIPT and text:
        emergency_signals.look_at(session, ticket, text, now=now)
    same_matters.look(session, ticket, now=now)
    complaint_groups.look(session, ticket, now=now)


def ensure_intake(session: Session, ticket: Ticket) -> TicketIntake:
    """The row of what was told when the ticket came in; a ticket that a call or a program made gets its row here."""
    there = session.get(TicketIntake, ticket.id)
    if there is not None:
        return there
    numbers = rules.current(session)
    clock = session.get(TicketClock, ticket.id)
    oral = ticket.channel in ORAL_CHANNELS
    row = TicketIntake(
        ticket_id=ticket.id,
        form=Form.ORAL if oral else Form.WRITTEN,
        preferred=Preferred.PHONE,
        on_behalf=OnBehalf.SELF,
        people=1,
        place="",
        platform="",
        external_url="",
        progress_code=new_code(),
        receipt=Receipt.NONE,
        receipt_channel="",
        read_back_by="",
        first_contact_due_at=ticket.received_at + numbers.first_contact(ticket.priority),
        expected_at=expected_at(
            Kind(ticket.kind),
            ticket.level,
            ticket.received_at,
            ZoneInfo(clock.zone if clock else DEFAULT_ZONE),
            numbers,
            legal_due=ticket.legal_due_at,
            target=ticket.internal_due_at,
        ),
        left_out=[],
    )
    session.add(row)
    session.flush()
    return row
