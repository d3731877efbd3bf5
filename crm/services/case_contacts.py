"""Words with the customer about his case, and when he was promised to hear again. CA-07, IV-09."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.casefile import CaseContact
from crm.domain import case_contacts as rules
from crm.domain.access import Actor
from crm.domain.case_contacts import ContactKind, ContactOutcome
from crm.domain.redaction import hide_cards
from crm.domain.tickets import Channel
from crm.services import first_contact
from crm.services.case_access import for_writing
from crm.services.ticket_changes import record_event

MAX_SPOKE_WITH = 100


@dataclass(frozen=True)
class NewContact:
    """What was said. ``at`` may lie in the past: it is often written down later."""

    kind: ContactKind
    outcome: ContactOutcome
    channel: Channel
    at: datetime
    told: str = ""
    heard: str = ""
    proposal: str = ""
    spoke_with: str = ""
    next_report_at: datetime | None = None


def of_ticket(session: Session, ticket_id: int) -> tuple[CaseContact, ...]:
    """All words, the newest first. The caller has asked who may read the ticket."""
    rows = select(CaseContact).where(CaseContact.ticket_id == ticket_id)
    return tuple(session.scalars(rows.order_by(CaseContact.at.desc(), CaseContact.id.desc())))


def write(session: Session, actor: Actor, ticket_id: int, new: NewContact, *, now: datetime) -> int:
    """Write a word down. Raises InvalidInputError, NotFoundError, ForbiddenError, ConflictError. Gives its id."""
    ticket = for_writing(session, actor, ticket_id)
    rules.check(
        new.kind,
        new.outcome,
        told=new.told,
        heard=new.heard,
        proposal=new.proposal,
        at=new.at,
        next_report_at=new.next_report_at,
        now=now,
    )
    row = CaseContact(
        ticket_id=ticket_id,
        at=new.at,
        recorded_at=now,
        actor=actor.name,
        kind=new.kind,
        channel=new.channel,
        spoke_with=new.spoke_with.strip()[:MAX_SPOKE_WITH],
        told=hide_cards(new.told.strip())[0],
        heard=hide_cards(new.heard.strip())[0],
        proposal=hide_cards(new.proposal.strip())[0],
        outcome=new.outcome,
        next_report_at=new.next_report_at,
    )
    session.add(row)
    session.flush()
    fields = {"contact": new.kind, "channel": new.channel, "outcome": new.outcome, "contact_id": row.id}
    record_event(session, ticket, "customer_contact", actor=actor.name, at=now, fields=fields)
    if new.outcome is not ContactOutcome.NOT_REACHED:
        first_contact.note(session, ticket, actor, now=now)
    return row.id


def last_of(session: Session, ticket_ids: Collection[int]) -> dict[int, CaseContact]:
    """The last word of each of these tickets."""
    newest = (
        select(func.max(CaseContact.id)).where(CaseContact.ticket_id.in_(ticket_ids)).group_by(CaseContact.ticket_id)
    )
    rows = session.scalars(select(CaseContact).where(CaseContact.id.in_(newest)))
    return {row.ticket_id: row for row in rows}
