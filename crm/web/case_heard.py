"""The panel of what the customer says to his answer: he confirms, disputes, is not reached, has it explained."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain.access import Action, Actor
from crm.domain.tickets import COMPLAINT_KINDS, Kind, Status
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import confirming, questionnaires, rules, scope
from crm.services.after_facts import contact_tries
from crm.services.tickets import TicketDetail
from crm.web import case_forms
from crm.web.case_forms import number, text

case_heard = Blueprint("case_heard", __name__, url_prefix="/tickets/<int:ticket_id>/heard")
NAME = "heard"
_SHOWN = frozenset(
    {Status.NOTIFIED, Status.CONFIRMED, Status.DISPUTED, Status.FORM_SIGNED, Status.RETURN_VISIT, Status.CLOSED,
     Status.ARCHIVED}
)  # fmt: skip


def panel(session: Session, asker: Actor, detail: TicketDetail) -> dict[str, Any] | None:
    """What the template shows: nothing before the customer has his answer."""
    ticket_id, status = detail.summary.id, Status(detail.summary.status)
    if status not in _SHOWN or Kind(detail.summary.kind) not in COMPLAINT_KINDS:
        return None
    moves = scope.may_on_ticket(session, asker, Action.TICKET_MOVE, ticket_id)
    return {
        "asks": moves and status is Status.NOTIFIED,
        "disputes": moves and status in {Status.NOTIFIED, Status.CONFIRMED},
        "explains": moves and status in {Status.NOTIFIED, Status.CONFIRMED, Status.DISPUTED},
        "disputed": status is Status.DISPUTED,
        "tries": contact_tries(session, ticket_id),
        "tries_needed": rules.current(session).no_answer_tries,
        "questionnaires": questionnaires.of_ticket(session, ticket_id),
        "marks": [(str(mark), str(mark)) for mark in (5, 4, 3, 2, 1)],
        "open": status in {Status.NOTIFIED, Status.DISPUTED},
        "summary": "",
    }


@case_heard.post("/confirmed")
def confirmed(ticket_id: int) -> Response | Answer:
    """He is content, or says how much."""

    def work(session: Session) -> str:
        confirming.confirm(session, actor(), ticket_id, satisfaction=number("satisfaction"), opinion=text("opinion"),
                           call_id=text("call_id"), now=deps().now())  # fmt: skip
        return str(_("The customer's confirmation is written down."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_heard.post("/not-reached")
def not_reached(ticket_id: int) -> Response | Answer:
    """He was tried in vain."""

    def work(session: Session) -> str:
        tries, needed = confirming.try_in_vain(
            session, actor(), ticket_id, call_id=text("call_id"), note=text("note"), now=deps().now()
        )
        if tries < needed:
            return str(_("Written down: try %(tries)s of %(needed)s.", tries=tries, needed=needed))
        confirming.give_up_asking(session, actor(), ticket_id, now=deps().now())
        return str(_("Written down. He was tried as often as the rules ask for: the matter goes on."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_heard.post("/disputed")
def disputed(ticket_id: int) -> Response | Answer:
    """He refuses the answer."""

    def work(session: Session) -> str:
        confirming.dispute(session, actor(), ticket_id, reason=text("reason"), call_id=text("call_id"),
                           now=deps().now())  # fmt: skip
        return str(
            _("The dispute is written down. Decide what next: take it up again, or tell him why the answer stands.")
        )

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_heard.post("/explained")
def explained(ticket_id: int) -> Response | Answer:
    """What he did not understand was explained."""

    def work(session: Session) -> str:
        confirming.explained(session, actor(), ticket_id, note=text("note"), now=deps().now())
        return str(_("Written down."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)
