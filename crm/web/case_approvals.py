"""The panel of signatures: what is asked for, who signed, whose turn it is; and deputies for who is away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.db.handling import ApprovalRequest
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.approvals import SIGNING_WHYS, Decision, Signing
from crm.domain.errors import InvalidInputError, NotFoundError
from crm.domain.money import yuan
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import approval_effects, handling_views
from crm.services.tickets import TicketDetail
from crm.web import case_forms, handling_words, move_words
from crm.web.case_forms import text
from crm.web.locale import chosen_language
from crm.web.words import word

case_approvals = Blueprint("case_approvals", __name__, url_prefix="/tickets/<int:ticket_id>/approvals")
NAME = "approvals"


def panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the template shows; nothing for a ticket for which nothing was ever asked."""
    row = session.get_one(Ticket, ticket.summary.id)
    requests = handling_views.requests_of(session, asker, row, deps().now())
    if not requests:
        return None
    waiting = [one for one in requests if one.state == "open"]
    mine = any(one.may_sign for one in waiting)
    summary = _("your signature is asked for") if mine else _("waits for others") if waiting else ""
    return {
        "requests": requests,
        "words": handling_words,
        "word": word,
        "yuan": yuan,
        "why": _why,
        "english": chosen_language() == "en",
        "given": [(name, word(move_words.INPUTS, name)) for name in ("facts", "responsibility", "basis", "solution")],
        "summary": str(summary),
        "open": bool(waiting),
    }


def _why(code: str) -> str:
    return str(move_words.WHYS.get(SIGNING_WHYS[Signing(code)], code))


@case_approvals.post("/<int:request_id>")
def sign(ticket_id: int, request_id: int) -> Response | Answer:
    """Sign, or send back."""

    def work(session: Session) -> str:
        request = session.get(ApprovalRequest, request_id)
        if request is None or request.ticket_id != ticket_id:
            raise NotFoundError("there is no such request")
        try:
            decision = Decision(text("decision"))
        except ValueError as error:
            raise InvalidInputError("decision", "must be approve or return") from error
        approval_effects.decide(
            session,
            actor(),
            request_id,
            decision,
            opinion=text("opinion"),
            seen=text("fingerprint"),
            now=deps().now(),
            centre=deps().centre,
        )
        return str(_("Signed.") if decision is Decision.APPROVE else _("Sent back. Who asked was told."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_READ)
