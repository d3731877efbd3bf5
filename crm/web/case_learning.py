"""The panel of what a ticket is counted as and what is learnt from it: region, like cases, its emergency."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.emergencies import Emergency, EmergencyTicket
from crm.db.tickets import Ticket
from crm.domain import regions
from crm.domain.access import Action, Actor
from crm.domain.errors import DomainError
from crm.domain.tickets import COMPLAINT_KINDS
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import case_library, emergency_book, scope, ticket_regions
from crm.services.tickets import TicketDetail
from crm.web import case_page
from crm.web.learn_words import why
from crm.web.locale import chosen_language

case_learning = Blueprint("case_learning", __name__, url_prefix="/tickets/<int:ticket_id>/learning")


def panel(session: Session, actor: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the panel shows; nothing for what is no complaint."""
    if ticket.summary.kind not in COMPLAINT_KINDS:
        return None
    row = session.get_one(Ticket, ticket.summary.id)
    known = ticket_regions.region_of(session, row.id)
    language = chosen_language()
    mine = select(EmergencyTicket.emergency_id).where(EmergencyTicket.ticket_id == row.id)
    seen = emergency_book.seen_by(actor) if actor.may(Action.EMERGENCY_READ) else None
    emergencies = (
        session.scalars(select(Emergency).where(Emergency.id.in_(mine), seen)).all() if seen is not None else ()
    )
    return {
        "region": known,
        "region_name": regions.REGIONS[known].title(language)
        if known is not None and known in regions.REGIONS
        else None,
        "guess": None if known else regions.of_landline(row.caller_number),
        "regions": [(code, name.title(language)) for code, name in regions.REGIONS.items()],
        "sets": scope.may_on_ticket(session, actor, Action.TICKET_RECLASSIFY, row.id),
        "alike": case_library.like_this(session, actor, row),
        "suggests": actor.may(Action.KNOWLEDGE_SUGGEST),
        "emergencies": emergencies,
        "declares": actor.may(Action.EMERGENCY_DECLARE) and not row.emergency,
        "open": bool(emergencies),
    }


@case_learning.post("/region")
def region(ticket_id: int) -> Response:
    """Say which region a complaint is counted in."""
    try:
        with deps().database.write() as session:
            ticket_regions.set_region(session, actor(), ticket_id, request.form.get("region", ""), now=deps().now())
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(case_page.back_to(ticket_id, "learning"))
