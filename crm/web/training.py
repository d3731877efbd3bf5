"""A person's own training: what he has to do, courses he takes, tests he sits, drills he plays."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain.access import Action, reach
from crm.domain.errors import DomainError, NotFoundError
from crm.domain.exams import AttemptState, seconds_left
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import assignments, case_library, courses, drills, exam_marking, exams
from crm.services.exams import Sheet
from crm.web.inputs import whole, wholes
from crm.web.knowledge import today
from crm.web.locale import chosen_language
from crm.web.training_words import sentence

training = Blueprint("training", __name__, url_prefix="/training")


def attempt(do: Callable[[Session], Any], done: str = "") -> Any:
    """Do it in one writing transaction, and say what came of it. Gives what it gave; None when it was refused."""
    try:
        with deps().database.write() as session:
            found = do(session)
    except DomainError as error:
        flash(sentence(error), "error")
        return None
    if done:
        flash(done, "success")
    return found if found is not None else True


@training.get("/")
def index() -> str:
    """What he has to do, and what he did."""
    with deps().database.read() as session:
        todo = assignments.mine(session, actor(), today=today())
        sheets = exam_marking.mine(session, actor())
        played = drills.drills(session, actor(), mine=True)
    return render_template(
        "training.html", todo=todo, sheets=sheets, drills=played, runs=may(Action.TRAINING_RUN),
        reads=may(Action.TRAINING_READ), assigns=may(Action.TRAINING_ASSIGN), scores=may(Action.SCORE),
    )  # fmt: skip


@training.get("/courses/<int:course_id>")
def course(course_id: int) -> str:
    """One course; who has to take it has begun it then."""
    with deps().database.write() as session:
        row = courses.load(session, course_id)
        given = assignments.opened(session, actor(), course_id, now=deps().now())
        given_version = given.version if given is not None else None
        taken = given.outcome if given is not None else ""
        sittings = courses.sittings(session, course_id) if row.mode == "class" else ()
        cases = case_library.titles(session, actor(), row.case_ids) if may(Action.KNOWLEDGE_READ) else ()
        session.expunge(row)
    english = chosen_language() == "en"
    return render_template(
        "training_course.html", course=row, title=row.title_en if english else row.title_zh,
        body=row.body_en if english else row.body_zh, given_version=given_version, taken=taken, sittings=sittings,
        cases=cases, runs=may(Action.TRAINING_RUN), me=actor().user_id, now=deps().now(),
    )  # fmt: skip


@training.post("/courses/<int:course_id>/read")
def read(course_id: int) -> Answer:
    """He has worked through it."""
    attempt(
        lambda session: assignments.has_read(
            session, actor(), course_id, version=whole("version") or 0, now=deps().now()
        ),
        _("Written down."),
    )
    return redirect(url_for("training.course", course_id=course_id))


@training.post("/sittings/<int:sitting_id>/book")
def book(sitting_id: int) -> Answer:
    """He takes a place in a class, or gives it back."""
    booked = request.form.get("booked") != "no"
    attempt(
        lambda session: courses.book(session, actor(), sitting_id, booked=booked, now=deps().now()),
        _("Your place is kept.") if booked else _("Your place is given back."),
    )
    return redirect(url_for("training.course", course_id=whole("course") or 0))


@training.post("/tests/<int:paper_id>/begin")
def begin(paper_id: int) -> Answer:
    """Begin a test, or go on with it."""
    made = attempt(lambda session: exams.begin(session, actor(), paper_id, now=deps().now()))
    return redirect(url_for("training.sheet", attempt_id=made) if made else url_for("training.index"))


@training.get("/sheets/<int:attempt_id>")
def sheet(attempt_id: int) -> str:
    """His sheet: to be filled in, or as it was marked; a marked one also of somebody whose results he may see."""
    with deps().database.write() as session:
        try:
            one = exams.own_sheet(session, actor(), attempt_id, language=chosen_language(), now=deps().now())
        except NotFoundError:
            if not reach(actor().roles, Action.TRAINING_READ):
                raise
            one = exam_marking.seen(session, actor(), attempt_id, language=chosen_language())
    running = one.state == AttemptState.RUNNING
    return render_template(
        "training_sheet.html" if running else "training_result.html", sheet=one, left=_left(one), marking=False
    )


def _left(one: Sheet) -> str:
    seconds = seconds_left(deps().now(), one.ends_at)
    minutes = -(-seconds // 60)
    return str(ngettext("%(num)s minute left", "%(num)s minutes left", minutes))


@training.get("/sheets/<int:attempt_id>/left")
def left(attempt_id: int) -> Response:
    """How long he has by the server's clock; the page asks it, and is sent on when the time is over."""
    with deps().database.write() as session:
        one = exams.own_sheet(session, actor(), attempt_id, language=chosen_language(), now=deps().now())
    answer = make_response(_left(one))
    if one.state != AttemptState.RUNNING:
        answer.headers["HX-Redirect"] = url_for("training.sheet", attempt_id=attempt_id)
    return answer


@training.post("/sheets/<int:attempt_id>/answers/<int:position>")
def answer(attempt_id: int, position: int) -> Response:
    """Keep one answer, as it is given."""
    try:
        with deps().database.write() as session:
            _save(session, attempt_id, position)
    except DomainError as error:
        refused = Response(json.dumps({"error": sentence(error)}), status=409, mimetype="application/json")
        refused.headers["HX-Redirect"] = url_for("training.sheet", attempt_id=attempt_id)
        return refused
    return Response(_("Kept at %(time)s.", time=deps().now().astimezone(deps().centre.zone).strftime("%H:%M:%S")))


def _save(session: Session, attempt_id: int, position: int) -> None:
    chosen, text = wholes(f"q{position}"), request.form.get(f"t{position}", "").replace("\r\n", "\n")
    exams.save(session, actor(), attempt_id, position, chosen=chosen, text=text, now=deps().now())


@training.post("/sheets/<int:attempt_id>")
def hand_in(attempt_id: int) -> Answer:
    """Keep all answers of the page; with ``hand_in``, hand the sheet in. What was kept before the end counts."""

    def do(session: Session) -> None:
        now = deps().now()
        one = exams.own_sheet(session, actor(), attempt_id, language=chosen_language(), now=now)
        if one.state == AttemptState.RUNNING:
            for question in one.questions:
                _save(session, attempt_id, question.position)
        if request.form.get("hand_in"):
            exams.submit(session, actor(), attempt_id, now=now)

    attempt(do, "" if request.form.get("hand_in") else _("Your answers are kept."))
    return redirect(url_for("training.sheet", attempt_id=attempt_id))
