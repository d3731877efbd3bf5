"""The desk: what is mine by the clock, what is new, what waits on whom; and one search box."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.desk import MAX_QUERY
from crm.domain.money import yuan
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import assistance, desk_asks, execution, notices, tasks
from crm.services import desk as service
from crm.services import search as searching
from crm.web import case_lists
from crm.web.case_solution import remedy_names
from crm.web.desk_words import POSTS, SIGNED

desk = Blueprint("desk", __name__, url_prefix="/desk")
search = Blueprint("search", __name__, url_prefix="/search")
SHOWN_TASKS = 10


@desk.get("/")
def show() -> str:
    """My work today."""
    asker, now = actor(), deps().now().astimezone(deps().centre.zone)
    with deps().database.read() as session:
        found = service.desk(session, asker, now=now)
        mine = tasks.list_mine(session, asker, now=now) if may(Action.TASK_WORK) else ()
        values = {
            "desk": found,
            "steps": execution.steps_for(session, asker),
            "questions": assistance.waiting_for(session, asker),
            "signatures": desk_asks.signatures(session, asker, now=now),
            "visits": desk_asks.visits(session, asker),
            "notices": notices.list_notices(session, asker, only_unread=True)[:SHOWN_TASKS],
            "tasks": mine[:SHOWN_TASKS],
            "more_tasks": max(0, len(mine) - SHOWN_TASKS),
            "departments": dict(case_lists.departments(session)),
        }
    return render_template(
        "desk.html",
        now=now,
        remedies=remedy_names(),
        posts=POSTS,
        signed=SIGNED,
        yuan=yuan,
        takes=may(Action.TICKET_MOVE),
        **values,
    )


@search.get("/")
def index() -> str | Response:
    """What was found; a ticket that was named by its number is shown at once."""
    asked = request.args.get("q", "").strip()[:MAX_QUERY]
    centre = deps().centre
    with deps().database.read() as session:
        today = deps().now().astimezone(centre.zone).date()
        found = searching.find(session, actor(), asked, region=centre.region, today=today)
    if found.only_ticket is not None:
        return redirect(url_for("tickets.show", ticket_id=found.only_ticket.id))
    return render_template(
        "search.html", asked=asked, found=found, customers="customers.show" in current_app.view_functions
    )
