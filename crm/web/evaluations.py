"""Evaluations: the list, one of them, and the screen on which a call is scored."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.db.quality import Evaluation
from crm.domain.access import Action
from crm.domain.errors import ConflictError, DomainError, ForbiddenError, InvalidInputError
from crm.domain.evaluations import OPEN, Purpose, State
from crm.domain.marks import score_of
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import evaluation_rights, evaluation_sheet, evaluation_views, sampling
from crm.services import evaluations as service
from crm.services.evaluation_views import EvaluationDetail, EvaluationSummary, Filters
from crm.services.evaluations import Aim
from crm.services.paging import Page
from crm.web import sheet_data
from crm.web.locale import chosen_language
from crm.web.quality_words import refusal
from crm.web.recordings import heard_and_read

evaluations = Blueprint("evaluations", __name__, url_prefix="/evaluations")


@evaluations.get("/")
def index() -> str:
    """What he has open, and what was scored."""
    given = {
        name: request.args.get(name, "").strip()[:100] for name in ("agent", "scorer", "call_id", "purpose", "state")
    }
    filters = Filters(
        agent=given["agent"] or None, scorer=given["scorer"] or None, call_id=given["call_id"] or None,
        purpose=given["purpose"] or None, state=given["state"] or None,
        fatal=True if request.args.get("fatal") == "1" else None,
    )  # fmt: skip
    page: Page[EvaluationSummary] = Page((), None)
    problem = None
    try:
        with deps().database.read() as session:
            page = evaluation_views.listing(session, actor(), filters, cursor=request.args.get("cursor"), limit=25)
    except InvalidInputError:
        problem = _("This page of the list is no longer there. Begin again with the first page.")
    return render_template(
        "evaluations.html", page=page, given=given, fatal=filters.fatal, problem=problem, purposes=list(Purpose),
        states=list(State), scores=may(Action.SCORE), open_states=OPEN, edits=may(Action.SCORECARD_EDIT),
        query={name: value for name, value in request.args.items() if name != "cursor"},
    )  # fmt: skip


@evaluations.post("/claim")
def claim() -> Response:
    """Begin to score a call."""
    purpose = Purpose.BLIND if request.form.get("purpose") == Purpose.BLIND else Purpose.ROUTINE
    call_id = request.form.get("call_id", "")[:100]
    try:
        with deps().database.write() as session:
            made = service.claim(
                session, actor(), call_id, agent=request.form.get("agent") or None, aim=Aim(purpose), now=deps().now()
            )
    except (ForbiddenError, ConflictError, InvalidInputError) as error:
        flash(refusal(error), "error")
        return redirect(url_for("calls.show", call_id=call_id))
    return redirect(url_for("evaluations.score", evaluation_id=made))


@evaluations.get("/<int:evaluation_id>")
def show(evaluation_id: int) -> str | Response:
    """One evaluation as it was handed in; his own open one goes to the screen where it is scored."""
    with deps().database.read() as session:
        found = evaluation_views.get(session, actor(), evaluation_id)
        row = evaluation_views.load(session, actor(), evaluation_id)
        if found.summary.state in OPEN and row.scorer_id == actor().user_id:
            return redirect(url_for("evaluations.score", evaluation_id=evaluation_id))
        read_before = service.was_read(session, actor(), row)
        page = _shown(session, found, row)
    if not read_before:
        with deps().database.write() as session:
            service.note_reading(session, actor(), session.get_one(Evaluation, evaluation_id), now=deps().now())
    return render_template("evaluation.html", **page)


def _shown(session: Session, found: EvaluationDetail, row: Evaluation) -> dict[str, Any]:
    result = score_of(found.card, found.marks)
    return {
        "found": found,
        "one": found.summary,
        "results": {one.code: one for one in result.items},
        "grades": {grade.code: grade.title[chosen_language()] for grade in found.card.grades},
        "language": chosen_language(),
        "beside": evaluation_views.beside(session, actor(), row.id),
        "may_second": may(Action.SCORE) and row.official and row.purpose == Purpose.ROUTINE,
        "whole_record": may(Action.SCORE),
        **heard_and_read(session, [row.recording_id] if row.recording_id else []),
    }


@evaluations.get("/<int:evaluation_id>/score")
def score(evaluation_id: int) -> str | Response:
    """The screen on which a call is scored."""
    with deps().database.read() as session:
        found = evaluation_views.get(session, actor(), evaluation_id)
        row = evaluation_views.load(session, actor(), evaluation_id)
        if row.state not in OPEN or row.scorer_id != actor().user_id:
            return redirect(url_for("evaluations.show", evaluation_id=evaluation_id))
        heard = heard_and_read(session, [row.recording_id] if row.recording_id else [])
        transcript = next(iter(heard["transcripts"].values()), None)
        length = service.duration_ms(session, row)
        return render_template(
            "evaluation_score.html",
            one=found.summary,
            card=found.card,
            language=chosen_language(),
            letters=sheet_data.letters(found.card),
            sheet=sheet_data.sheet(found, length),
            words=sheet_data.words(),
            candidates=sheet_data.suggestions(evaluation_sheet.candidates(session, row), row, found.card),
            lanes=sheet_data.lanes(evaluation_sheet.timeline(session, row), transcript, length),
            length=length,
            tickets=evaluation_sheet.tickets(session, actor(), row),
            **heard,
        )


@evaluations.post("/<int:evaluation_id>/release")
def release(evaluation_id: int) -> Response:
    """Give it back; what was written stays on record."""
    why = request.form.get("why", "")[:500]
    try:
        with deps().database.write() as session:
            sampling.release_evaluation(session, actor(), evaluation_id, why=why, now=deps().now())
        flash(_("Given back. Another may begin it anew; what you wrote stays on record."), "success")
    except DomainError as error:
        flash(refusal(error), "error")
    return redirect(url_for("evaluations.index"))


def scoring_of_call(session: Session, call_id: str) -> dict[str, Any]:
    """What the page of a call offers: whom of it he may score."""
    if not may(Action.SCORE):
        return {"to_score": ()}
    try:
        call = evaluation_rights.call_to_score(session, actor(), call_id)
    except InvalidInputError:  # it still runs
        return {"to_score": ()}
    return {"to_score": evaluation_rights.agents_of(session, call)}
