"""The panel of an escalated complaint: the ground, the new investigation, the deliberation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action, Actor
from crm.domain.errors import DomainError
from crm.domain.escalation import Decision, Ground
from crm.domain.tickets import ENDED, Kind
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import escalations, scope
from crm.services.tickets import TicketDetail
from crm.web import case_page
from crm.web.learn_words import why

case_escalation = Blueprint("case_escalation", __name__, url_prefix="/tickets/<int:ticket_id>/escalation")
_KINDS = frozenset({Kind.COMPLAINT, Kind.REPORT, Kind.REVIEW})
_BETWEEN = re.compile(r"[\s,，;；、]+")


def panel(session: Session, actor: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the panel shows; nothing for what is no complaint."""
    one = ticket.summary
    if one.kind not in _KINDS:
        return None
    found = escalations.of_ticket(session, actor, one.id)
    moves = scope.may_on_ticket(session, actor, Action.TICKET_MOVE, one.id) and one.status not in ENDED
    if not found and not moves:
        return None
    running = next((row for row in found if row.state != "decided"), None)
    return {
        "escalations": found,
        "running": running,
        "moves": moves,
        "decides": moves and actor.may(Action.APPROVE),
        "grounds": list(Ground),
        "decisions": list(Decision),
        "open": running is not None,
        "summary": _("running") if running else (_("decided") if found else ""),
    }


def _changed(ticket_id: int, change: Callable[[Session], object]) -> Response:
    try:
        with deps().database.write() as session:
            change(session)
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(case_page.back_to(ticket_id, "escalation"))


@case_escalation.post("/")
def raise_one(ticket_id: int) -> Response:
    """Escalate it one level up."""
    ground, reason = request.form.get("ground", ""), request.form.get("why", "")
    return _changed(
        ticket_id, lambda session: escalations.raise_one(session, actor(), ticket_id, ground, reason, now=deps().now())
    )


@case_escalation.post("/investigator")
def investigator(ticket_id: int) -> Response:
    """Name who looks into it anew."""
    name, version = request.form.get("investigator", ""), request.form.get("version", 0, type=int)
    return _changed(
        ticket_id,
        lambda session: escalations.name_investigator(
            session, actor(), ticket_id, name, version=version, now=deps().now()
        ),
    )


@case_escalation.post("/findings")
def findings(ticket_id: int) -> Response:
    """What the new investigation found."""
    text, version = request.form.get("findings", ""), request.form.get("version", 0, type=int)
    return _changed(
        ticket_id,
        lambda session: escalations.write_findings(
            session, actor(), ticket_id, text, version=version, now=deps().now()
        ),
    )


@case_escalation.post("/decision")
def decide(ticket_id: int) -> Response:
    """Write the deliberation down."""
    given = request.form
    people = [name for name in _BETWEEN.split(given.get("participants", "")) if name]
    return _changed(
        ticket_id,
        lambda session: escalations.decide(
            session, actor(), ticket_id, participants=people, decision=given.get("decision", ""),
            reasons=given.get("reasons", ""), version=given.get("version", 0, type=int), now=deps().now(),
        ),
    )  # fmt: skip
