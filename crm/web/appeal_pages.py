"""Appeals, for whoever rules on them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.db.quality import Evaluation
from crm.domain.access import Action
from crm.domain.appeals import Ruled, Verdict
from crm.domain.errors import DomainError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import appeal_rulings, evaluation_views, evaluations, score_views
from crm.services.appeal_rulings import LISTS
from crm.web.fairness_words import why
from crm.web.recordings import heard_and_read

appeal_pages = Blueprint("appeals", __name__, url_prefix="/appeals")


@appeal_pages.get("/")
def index() -> str:
    """Appeals: open, taken by me, late, ended."""
    which = request.args.get("which", "open")
    which = which if which in LISTS else "open"
    now, zone = deps().now(), deps().centre.zone
    with deps().database.read() as session:
        rows = appeal_rulings.listing(session, actor(), which, now=now)
        found = [
            (score_views.step_view(session, row, now), score_views.line(session, row.evaluation, zone)) for row in rows
        ]
    return render_template("appeals.html", found=found, which=which, lists=LISTS)


@appeal_pages.get("/<int:appeal_id>")
def show(appeal_id: int) -> str:
    """One appeal: the call, what was taken for what, what the agent says, and the ruling."""
    zone, now = deps().centre.zone, deps().now()
    with deps().database.read() as session:
        row = appeal_rulings.load(session, actor(), appeal_id)
        view = score_views.one(session, row.evaluation, zone=zone, now=now)
        step = score_views.step_view(session, row, now)
        refused = appeal_rulings.why_not(session, actor(), row)
        heard = heard_and_read(session, [view.recording_id] if view.recording_id else [])
    _note(view.line.id)
    return render_template(
        "appeal.html", view=view, step=step, refused=refused, mine=step.ruler_id == actor().user_id,
        verdicts=list(Verdict), given=request.form, **heard,
    )  # fmt: skip


def _note(evaluation_id: int) -> None:
    """Who has read what a scorer found does not score the call blind."""
    with deps().database.read() as session:
        if evaluations.was_read(session, actor(), session.get_one(Evaluation, evaluation_id)):
            return
    with deps().database.write() as session:
        evaluations.note_reading(session, actor(), session.get_one(Evaluation, evaluation_id), now=deps().now())


def _take(appeal_id: int) -> Response:
    try:
        with deps().database.write() as session:
            appeal_rulings.take(session, actor(), appeal_id, now=deps().now())
        flash(_("Written down."), "success")
    except DomainError as error:
        flash(why(error), "error")
    return redirect(url_for("appeals.show", appeal_id=appeal_id))


@appeal_pages.post("/<int:appeal_id>/take")
def take(appeal_id: int) -> Response:
    """Take a first step, or give it back."""
    return _take(appeal_id)


@appeal_pages.post("/<int:appeal_id>/take-last")
def take_last(appeal_id: int) -> Response:
    """Take a last step, or give it back."""
    return _take(appeal_id)


def _rule(appeal_id: int) -> Response | str:
    given = request.form
    decisions = [
        Ruled(key, Verdict(verdict), given.get(f"reason-{key}", ""), given.get(f"taken-{key}", 0, type=int))
        for key in given.getlist("point")
        if (verdict := given.get(f"verdict-{key}", "")) in set(Verdict)
    ]
    try:
        with deps().database.write() as session:
            appeal_rulings.rule(
                session, actor(), appeal_id, decisions, given.get("reason", ""),
                version=given.get("version", 0, type=int), zone=deps().centre.zone, now=deps().now(),
            )  # fmt: skip
    except DomainError as error:
        flash(why(error), "error")
        return show(appeal_id)
    flash(_("Ruled; the agent was told."), "success")
    return redirect(url_for("appeals.show", appeal_id=appeal_id))


@appeal_pages.post("/<int:appeal_id>")
def rule(appeal_id: int) -> Response | str:
    """Rule on a first step."""
    return _rule(appeal_id)


@appeal_pages.post("/<int:appeal_id>/last")
def rule_last(appeal_id: int) -> Response | str:
    """Rule on a last step."""
    return _rule(appeal_id)


@appeal_pages.get("/of/<int:evaluation_id>")
def of_score(evaluation_id: int) -> str | Response:
    """A score with its appeal and its coaching, for whoever may read it."""
    zone, now = deps().centre.zone, deps().now()
    with deps().database.read() as session:
        row = evaluation_views.first_of(session, evaluation_views.load(session, actor(), evaluation_id))
        if row.agent_id == actor().user_id and may(Action.SCORE_APPEAL):
            return redirect(url_for("scores.show", evaluation_id=row.id))
        view = score_views.one(session, row, zone=zone, now=now)
        coaches = may(Action.COACH)
    _note(row.id)
    return render_template("score_record.html", view=view, coaches=coaches)
