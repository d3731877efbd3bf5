"""An agent's own scores: he listens, accepts, or appeals."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.appeals import Point
from crm.domain.errors import DomainError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import appeals, score_views
from crm.web.fairness_words import why
from crm.web.recordings import heard_and_read

scores = Blueprint("scores", __name__, url_prefix="/scores")
_CLOCK = re.compile(r"\A(?:(\d{1,3}):)?(\d{1,5})\Z")


@scores.get("/")
def index() -> str:
    """His scores, those that wait for his answer first."""
    with deps().database.read() as session:
        found = score_views.mine(session, actor(), zone=deps().centre.zone)
    waiting, others = [one for one in found if one.open], [one for one in found if not one.open]
    return render_template("scores.html", waiting=waiting, others=others, now=deps().now())


@scores.get("/<int:evaluation_id>")
def show(evaluation_id: int) -> str:
    """One of them; that he opened it is written down once."""
    zone, now = deps().centre.zone, deps().now()
    with deps().database.read() as session:
        seen = appeals.was_seen(session, appeals.load_own(session, actor(), evaluation_id))
    if not seen:
        with deps().database.write() as session:
            appeals.see(session, actor(), evaluation_id, zone, now=now)
    with deps().database.read() as session:
        row = appeals.load_own(session, actor(), evaluation_id)
        view = score_views.one(session, row, zone=zone, now=now)
        heard = heard_and_read(session, [view.recording_id] if view.recording_id else [])
    return render_template("score.html", view=view, waits=score_views.last_step(view), now=now, **heard)


@scores.post("/<int:evaluation_id>/accept")
def accept(evaluation_id: int) -> Response:
    """He accepts it; with that it is final."""
    try:
        with deps().database.write() as session:
            appeals.acknowledge(session, actor(), evaluation_id, deps().centre.zone, now=deps().now())
        flash(_("You have accepted it. It is final now."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("scores.show", evaluation_id=evaluation_id))


@scores.post("/<int:evaluation_id>/appeal")
def appeal(evaluation_id: int) -> Response | str:
    """He appeals; what he wrote is kept when it cannot be taken."""
    given = request.form
    points = tuple(
        Point(key, given.get(f"says-{key}", "").strip(), _milliseconds(given.get(f"at-{key}", "")))
        for key in given.getlist("point")
    )
    try:
        with deps().database.write() as session:
            appeals.appeal(
                session, actor(), evaluation_id, points, given.get("text", ""), deps().centre.zone, now=deps().now()
            )
    except DomainError as error:
        flash(why(error), "error")
        return show(evaluation_id)
    flash(_("Your appeal is taken. You are told as soon as it is ruled on."), "success")
    return redirect(url_for("scores.show", evaluation_id=evaluation_id))


def _milliseconds(text: str) -> int | None:
    """``1:05`` or ``65`` as milliseconds; anything else is no time."""
    found = _CLOCK.match(text.strip())
    return (int(found[1] or 0) * 60 + int(found[2])) * 1000 if found else None


@scores.post("/appeals/<int:appeal_id>/withdraw")
def withdraw(appeal_id: int) -> Response:
    """He takes his appeal back."""
    try:
        with deps().database.write() as session:
            number = appeals.withdraw(session, actor(), appeal_id, now=deps().now())
    except DomainError as error:
        flash(why(error), "error")
        return redirect(url_for("scores.index"))
    flash(_("Your appeal is withdrawn; the score is final."), "success")
    return redirect(url_for("scores.show", evaluation_id=number))
