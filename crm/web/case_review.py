"""The panel of reviews: a complaint's reviews by the upper office, and the complaint that a review is of."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.db.departments import Department
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.errors import InvalidInputError
from crm.domain.tickets import ENDED, Channel, Kind
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import reviews, scope
from crm.services.departments import UPPER
from crm.services.reviews import WRITTEN, Application
from crm.services.tickets import TicketDetail
from crm.web import case_forms, parts
from crm.web.case_forms import text
from crm.web.case_handling import department_name
from crm.web.showing import ticket_number
from crm.web.words import CHANNELS, STATUSES, word

case_review = Blueprint("case_review", __name__, url_prefix="/tickets/<int:ticket_id>/reviews")
NAME = "review"


def panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the template shows; nothing while there is no decision that could be reviewed."""
    row, now = session.get_one(Ticket, ticket.summary.id), deps().now()
    children = reviews.reviews_of(session, row.id)
    parent = session.get(Ticket, row.parent_id) if row.kind == Kind.REVIEW and row.parent_id else None
    last = reviews.last_day(session, row, deps().centre)
    if parent is None and not children and last is None:
        return None
    under_way = any(one.status not in ENDED for one in children)
    in_time = last is not None and now.astimezone(deps().centre.zone).date() <= last.date()
    upper = session.scalars(select(Department).where(Department.kind == UPPER, Department.active)).all()
    readable = scope.tickets_for(asker)
    seen = select(Ticket.id).where(Ticket.id.in_([one.id for one in (*children, *([parent] if parent else []))]))
    links = set(session.scalars(seen.where(readable)))
    return {
        "parent": parent,
        "children": children,
        "links": links,
        "last": last,
        "in_time": in_time,
        "may_apply": in_time and not under_way and asker.may(Action.TICKET_CREATE),
        "channels": [(str(one), word(CHANNELS, one)) for one in Channel if one in WRITTEN],
        "offices": [(one.code, department_name(one)) for one in upper],
        "now": now.astimezone(deps().centre.zone),
        "word": lambda code: word(STATUSES, code),
        "open": parent is not None or bool(children),
    }


@case_review.post("/")
def ask(ticket_id: int) -> Response | Answer:
    """Take in what somebody asks for in writing."""

    def work(session: Session) -> str:
        try:
            channel = Channel(text("channel"))
        except ValueError as error:
            raise InvalidInputError("channel", "a review is asked for in writing") from error
        received = parts.local_instant("received_at", text("received_at")) if text("received_at") else None
        wanted = Application(text("text"), channel, received, text("department") or None)
        made = reviews.apply_for(session, actor(), ticket_id, wanted, centre=deps().centre, now=deps().now())
        return str(_("The review is ticket %(number)s.", number=ticket_number(made.summary.number)))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_READ)
