"""The duty roster: who is called out for which seat of an emergency team."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.emergency import CORE, Duty
from crm.domain.errors import DomainError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import duty_roster
from crm.services.duty_roster import NewEntry
from crm.web import parts
from crm.web.learn_words import why

duty = Blueprint("duty", __name__, url_prefix="/duty")


@duty.get("/")
def index() -> str:
    """The roster, seat by seat."""
    with deps().database.read() as session:
        found = duty_roster.entries(session, now=deps().now())
        gaps = duty_roster.gaps(session, now=deps().now())
    return render_template(
        "duty.html",
        seats={one: [entry for entry in found if entry.duty == one] for one in Duty},
        core=CORE,
        gaps=gaps,
        edits=may(Action.ROSTER_EDIT),
    )


@duty.post("/")
def add() -> Response:
    """Put somebody on it."""
    given = request.form
    try:
        starts, ends = given.get("starts_at", ""), given.get("ends_at", "")
        new = NewEntry(
            duty=given.get("duty", ""),
            username=given.get("username", ""),
            rank=given.get("rank", 0, type=int),
            number=given.get("number", ""),
            starts_at=parts.local_instant("starts_at", starts) if starts else None,
            ends_at=parts.local_instant("ends_at", ends) if ends else None,
        )
        with deps().database.write() as session:
            duty_roster.add(session, actor(), new, now=deps().now())
        flash(_("Put on the roster."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("duty.index"))


@duty.post("/<int:entry_id>/remove")
def remove(entry_id: int) -> Response:
    """Take somebody off."""
    try:
        with deps().database.write() as session:
            duty_roster.remove(session, actor(), entry_id, now=deps().now())
        flash(_("Taken off the roster."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("duty.index"))
