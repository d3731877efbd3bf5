"""The panel of the handling order: where a complaint is, what its level asks for, who has to act next."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.errors import InvalidInputError
from crm.domain.handling import Act
from crm.domain.money import fen_of, yuan
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import departments, handling, handling_views, penalties
from crm.services.penalties import PenaltyKind
from crm.services.tickets import TicketDetail
from crm.web import case_forms, handling_words, parts
from crm.web.case_forms import text
from crm.web.locale import chosen_language
from crm.web.words import word

case_handling = Blueprint("case_handling", __name__, url_prefix="/tickets/<int:ticket_id>/handling")
NAME = "handling"


def panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the template shows."""
    row = session.get_one(Ticket, ticket.summary.id)
    view = handling_views.handling_of(session, asker, row)
    if view is None:
        return None
    places = departments.all_departments(session, active_only=True)
    return {
        "view": view,
        "words": handling_words,
        "word": word,
        "yuan": yuan,
        "departments": [(one.code, department_name(one)) for one in places],
        "acts": [(str(act), word(handling_words.ACTS, act)) for act in view.by_hand],
        "penalty_kinds": [(str(kind), word(handling_words.PENALTIES, kind)) for kind in PenaltyKind],
        "name": department_name,
        "now": deps().now().astimezone(deps().centre.zone),
        "levels": [(str(level), str(level)) for level in (1, 2, 3) if level != view.level],
        "accused": row.accused.display_name or row.accused.username if row.accused else row.complained_about,
        "summary": word(handling_words.STEPS, str(view.step)),
        "open": view.level is not None,
    }


def department_name(department: Any) -> str:
    """The department's name in the language of the screen."""
    return str(department.name_en if chosen_language() == "en" else department.name_zh)


@case_handling.post("/acts")
def act(ticket_id: int) -> Response | Answer:
    """Write an act down."""

    def work(session: Session) -> str:
        try:
            wanted = Act(text("act"))
        except ValueError as error:
            raise InvalidInputError("act", "must be one of the list") from error
        department = text("department") or None
        made = handling.record(
            session, actor(), ticket_id, wanted, note=text("note"), department=department, now=deps().now()
        )
        said = _("Written down.")
        if handling.promises(made):
            said += " " + _("It reads like a promise of a result: nobody promises one before it is decided.")
        return str(said)

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_handling.post("/up")
def pass_up(ticket_id: int) -> Response | Answer:
    """One step up the handling order."""

    def work(session: Session) -> str:
        step = handling.pass_up(session, actor(), ticket_id, reason=text("reason"), now=deps().now())
        return str(_("It is with this step now: %(step)s.", step=word(handling_words.STEPS, str(int(step)))))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_handling.post("/level")
def regrade(ticket_id: int) -> Response | Answer:
    """Grade it anew."""

    def work(session: Session) -> str:
        level = case_forms.number("level")
        asked = handling.regrade(session, actor(), ticket_id, level=level, reason=text("reason"), now=deps().now())
        if asked is not None:
            return str(_("A lower level counts when the next higher one has signed. He was told."))
        return str(_("It has the new level now."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_RECLASSIFY)


@case_handling.post("/facts")
def new_facts(ticket_id: int) -> Response | Answer:
    """New facts came in."""

    def work(session: Session) -> str:
        received = parts.local_instant("received_at", text("received_at")) if text("received_at") else None
        handling.new_facts(session, actor(), ticket_id, text=text("new_facts"), received_at=received, now=deps().now())
        return str(_("Written down. The term began anew with their receipt."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_handling.post("/penalties")
def penalty(ticket_id: int) -> Response | Answer:
    """Propose a warning or penalty."""

    def work(session: Session) -> str:
        try:
            kind = PenaltyKind(text("kind"))
        except ValueError as error:
            raise InvalidInputError("kind", "must be one of the list") from error
        penalties.propose(
            session,
            actor(),
            ticket_id,
            person=text("person"),
            kind=kind,
            amount_fen=fen_of(text("amount")) if text("amount") else 0,
            reason=text("reason"),
            now=deps().now(),
        )
        return str(_("Proposed. The deputy general manager was asked to sign."))

    return case_forms.act(ticket_id, NAME, work, action=Action.REWARD_PROPOSE)
