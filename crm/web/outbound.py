"""Calling a customer from a page: the form with its reason, and what became of the call."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.errors import DomainError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services.click_to_call import CallRefusedError, call_out
from crm.services.outbound import Wanted
from crm.web import parts
from crm.web.pages import own_page
from crm.web.tasks import is_quiet
from crm.web.work_words import CALL_REFUSALS, sentence, word

outbound = Blueprint("outbound", __name__, url_prefix="/call-out")


@outbound.get("/form")
def form() -> str:
    """The form for a task, a ticket, a customer (``?ticket_id=``…), or for a number that is typed in."""
    about = {name: request.args.get(name, type=int) for name in ("task_id", "ticket_id", "customer_id")}
    return parts.show("call_out.html", about=about, quiet=is_quiet())


@outbound.post("/")
def dial() -> Response | str:
    """Ring one's own phone, then dial."""
    given = request.form
    wanted = Wanted(
        reason=given.get("reason", "").strip(),
        number=given.get("number", "").strip() or None,
        task_id=given.get("task_id", type=int),
        ticket_id=given.get("ticket_id", type=int),
        customer_id=given.get("customer_id", type=int),
        agreed=given.get("agreed") == "1",
    )
    here = deps()
    try:
        call_out(
            here.database,
            here.switchboard,
            actor(),
            wanted,
            rules=here.outbound,
            centre=here.centre,
            now=here.now,
        )
        flash(_("Your phone rings now. Pick it up, and the customer is dialled."), "success")
    except CallRefusedError as refused:
        flash(word(CALL_REFUSALS, refused.why), "error")
    except DomainError as error:
        flash(sentence(error), "error")
    if parts.wants_part():
        return render_template("parts/messages.html")
    return redirect(own_page(given.get("next", "/tasks/")))
