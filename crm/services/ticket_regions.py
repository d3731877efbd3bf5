"""The region that a complaint is counted in: said by a person, suggested by a landline's area code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm.db.analysis import TicketRegion
from crm.domain.access import Action, Actor
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.domain.regions import REGIONS
from crm.services import scope
from crm.services.ticket_changes import record_event
from crm.services.tickets import load_ticket


def region_of(session: Session, ticket_id: int) -> str | None:
    """Its two digits, once somebody said."""
    row = session.get(TicketRegion, ticket_id)
    return row.region if row else None


def set_region(session: Session, actor: Actor, ticket_id: int, region: str, *, now: datetime) -> None:
    """Say where it is counted. Raises ForbiddenError, InvalidInputError, NotFoundError."""
    ticket = load_ticket(session, actor, ticket_id)
    if not scope.may_on_ticket(session, actor, Action.TICKET_RECLASSIFY, ticket_id):
        raise ForbiddenError("these roles do not say where this ticket is counted")
    if region not in REGIONS:
        raise InvalidInputError("region", "must be one of the regions")
    row = session.get(TicketRegion, ticket_id)
    if row is not None and row.region == region:
        return
    before = row.region if row else None
    if row is None:
        row = TicketRegion(ticket_id=ticket_id)
        session.add(row)
    row.region, row.set_at, row.set_by = region, now, actor.name
    name = REGIONS[region]
    record_event(session, ticket, "region_set", actor=actor.name, at=now, reason=f"{name.zh} {name.en}",
                 fields={"v": [before, region]})  # fmt: skip
