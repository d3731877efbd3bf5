"""The hand-over log: what one shift leaves to the next."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.tickets import Ticket
from crm.domain.errors import InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import handovers as service
from crm.services.handovers import Area, NewItem
from crm.services.scope import tickets_for
from crm.web import shift_words
from crm.web.shifts import do

handovers = Blueprint("handovers", __name__, url_prefix="/handovers")
ITEMS = 5


@handovers.get("/")
def index() -> str:
    """What is open, what was left, and a form for what is left now."""
    return _page({})


def _page(given: Mapping[str, str]) -> str:
    with deps().database.read() as session:
        found = service.latest(session, actor())
        items = service.open_items(session, actor())
        named = {one.ticket_id for one in items} | {item.ticket_id for one in found for item in one.items}
        readable = select(Ticket.id, Ticket.number).where(Ticket.id.in_(named - {None}), tickets_for(actor()))
        return render_template(
            "handovers.html",
            found=found,
            items=items,
            tickets={row.id: row.number for row in session.execute(readable)},
            next_people={one.id: service.comes_next(session, one.next_at) for one in found[:3]},
            areas=list(Area),
            rows=ITEMS,
            me=actor().user_id,
            now=deps().now(),
            given=given,
            words=shift_words,
        )


@handovers.post("/")
def write() -> Response | tuple[str, int]:
    """Leave something to the next shift. What was typed stays when something is wrong with it."""
    form = request.form
    try:
        with deps().database.write() as session:
            items = [
                NewItem(form.get(f"area_{n}", ""), form.get(f"item_{n}", ""), form.get(f"ticket_{n}", ""))
                for n in range(ITEMS)
                if form.get(f"item_{n}", "").strip()
            ]
            service.write(session, actor(), form.get("text", ""), items, now=deps().now())
    except InvalidInputError as error:
        flash(shift_words.said(error), "error")
        return _page(form), 422
    flash(_("Written down. The next shift reads and takes it over."), "success")
    return redirect(url_for("handovers.index"))


@handovers.post("/<int:handover_id>/read")
def read(handover_id: int) -> Response:
    """Take it over."""

    def work(session: Session) -> str:
        service.read(session, actor(), handover_id, now=deps().now())
        return str(_("Taken over."))

    return do(work, url_for("handovers.index"))


@handovers.post("/items/<int:item_id>")
def settle(item_id: int) -> Response:
    """Something is done."""

    def work(session: Session) -> str:
        service.settle(session, actor(), item_id, request.form.get("outcome", ""), now=deps().now())
        return str(_("Settled."))

    return do(work, url_for("handovers.index"))
