"""Who has to learn what, how it stands, and how tests went; and giving somebody something to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.errors import InvalidInputError
from crm.domain.training import AssignedKind, thing_of
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import assignments, courses, drills, exam_marking, exam_papers
from crm.services.assignments import Wanted
from crm.web.inputs import day, wholes
from crm.web.knowledge import today
from crm.web.training import attempt

training_people = Blueprint("training_people", __name__, url_prefix="/training/people")
_DUE_IN = timedelta(days=14)


@training_people.get("/")
def index() -> str:
    """How people stand, and what is open."""
    late = request.args.get("late") == "yes"
    person = request.args.get("person", type=int)
    with deps().database.read() as session:
        found = assignments.of_people(session, actor(), today=today(), late=late, user_id=person)
        overview = assignments.overview(session, actor(), today=today())
        things = [
            (AssignedKind.COURSE, [_named(one.id, one) for one in courses.courses(session, only_open=True)]),
            (AssignedKind.EXAM, [_named(one.id, one.text) for one in exam_papers.papers(session, only_open=True)]),
            (AssignedKind.DRILL, [_named(one.id, one) for one in drills.scenarios(session)]),
        ]
        people = assignments.people(session, actor()) if may(Action.TRAINING_ASSIGN) else ()
    return render_template(
        "training_people.html", rows=found, overview=overview, people=people, things=things, late=late,
        assigns=may(Action.TRAINING_ASSIGN), due_on=today() + _DUE_IN,
    )  # fmt: skip


def _named(number: int, titled: Any) -> tuple[int, str, str]:
    return number, titled.title_zh, titled.title_en


@training_people.post("/")
def give() -> Response:
    """Give some people something to do."""

    def do(session: Session) -> int:
        thing, due_on = thing_of(request.form.get("thing", "")), day("due_on")
        if thing is None:
            raise InvalidInputError("id", "there is no such course, test or drill that is open")
        if due_on is None:
            raise InvalidInputError("due_on", "must be today or later, within two years")
        chosen = wholes("people")
        if not chosen:
            raise InvalidInputError("people", "say who is to do it")
        wanted = Wanted(*thing, due_on, note=request.form.get("note", ""))
        return sum(
            assignments.assign(session, actor(), one, wanted, today=today(), now=deps().now()) is not None
            for one in chosen
        )

    attempt(do, _("Given. Who had it already has it once."))
    return redirect(url_for("training_people.index"))


@training_people.post("/<int:assignment_id>/cancel")
def cancel(assignment_id: int) -> Response:
    """Take it back."""
    why = request.form.get("why", "")
    attempt(
        lambda session: assignments.cancel(session, actor(), assignment_id, why, now=deps().now()), _("Taken back.")
    )
    return redirect(url_for("training_people.index"))


@training_people.get("/results")
def results() -> str:
    """How tests went."""
    paper = request.args.get("test", type=int)
    with deps().database.read() as session:
        found = exam_marking.results(session, actor(), paper_id=paper)
        papers = exam_papers.papers(session)
        figures = exam_marking.figures(session, actor(), paper) if paper else None
    return render_template("training_results.html", rows=found, papers=papers, paper=paper, figures=figures)
