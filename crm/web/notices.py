"""Notices: the page of them, and what the bell of every page shows."""

from __future__ import annotations

from flask import Blueprint, Flask, g, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import notices as service
from crm.web.desk_words import NOTICES

notices = Blueprint("notices", __name__, url_prefix="/notices")


@notices.get("/")
def index() -> str:
    """His notices, the newest first."""
    with deps().database.read() as session:
        found = service.list_notices(session, actor())
    return render_template("notices.html", notices=found)


@notices.get("/<int:notice_id>")
def follow(notice_id: int) -> Response:
    """Go where a notice leads; it is seen then."""
    with deps().database.write() as session:
        service.mark_read(session, actor(), now=deps().now(), ids=[notice_id])
        found = next((one for one in service.list_notices(session, actor()) if one.id == notice_id), None)
    if found is None:
        return redirect(url_for("notices.index"))
    return redirect(address_of(found))


@notices.post("/read")
def read_all() -> Response:
    """He has seen all that were on the page."""
    ids = [int(one) for one in request.form.getlist("id") if one.isdecimal()]
    with deps().database.write() as session:
        service.mark_read(session, actor(), now=deps().now(), ids=ids)
    return redirect(url_for("notices.index"))


def address_of(notice: service.NoticeView) -> str:
    """Where a notice leads."""
    request_id = notice.params.get("request_id")
    if notice.ticket_id is None and isinstance(request_id, int):
        return url_for("questions.show", request_id=request_id)
    if notice.kind == "step_assigned":
        return url_for("desk.show", _anchor="steps")
    if notice.ticket_id is not None:
        return url_for("tickets.show", ticket_id=notice.ticket_id, _anchor=notice.params.get("panel"))
    address = notice.params.get("path")
    return address if isinstance(address, str) and address.startswith("/") else url_for("notices.index")


@notices.get("/count")
def count() -> Response:
    """How many he has not seen: pages ask it by themselves."""
    return jsonify(unread=unread())


def seen(ticket_id: int) -> None:
    """He looks at a ticket: what he was told of it he has seen."""
    asker = actor()
    if asker.user_id is None or not unread():
        return
    with deps().database.read() as session:
        told = any(one.ticket_id == ticket_id for one in service.list_notices(session, asker, only_unread=True))
    if told:
        with deps().database.write() as session:
            service.mark_read(session, asker, now=deps().now(), ticket_id=ticket_id)
        g.pop("unread")


def unread() -> int:
    """How many the bell shows; asked once a page."""
    if "unread" not in g:
        asker = actor()
        if asker.user_id is None:
            g.unread = 0
        else:
            with deps().database.read() as session:
                g.unread = service.unread(session, asker.user_id)
    return int(g.unread)


def init_bell(app: Flask) -> None:
    """Give the templates what bell and search box need."""
    app.jinja_env.globals.update(
        unread_notices=unread,
        notice_words=lambda: {code: str(text) for code, text in NOTICES.items()},
        may_search=lambda: may(Action.TICKET_READ),
        has_events=lambda: deps().events is not None,
    )
