"""Courses as trainers give them: written, opened, with classes and who came."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.training import CourseMode, CourseState
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import courses, exam_papers
from crm.services.courses import CourseText
from crm.web.inputs import instant, whole, wholes
from crm.web.training import attempt
from crm.web.training_words import sentence

training_courses = Blueprint("training_courses", __name__, url_prefix="/training/courses")


@training_courses.get("/")
def index() -> str:
    """All courses."""
    with deps().database.read() as session:
        found = courses.courses(session)
        session.expunge_all()
    return render_template("training_courses.html", courses=found)


@training_courses.get("/write")
def form() -> str:
    """Write a course, or change one (``?course_id=``), with its classes."""
    return _form(request.args.get("course_id", type=int))


def _form(course_id: int | None) -> str:
    row = None
    sittings: tuple[courses.SittingView, ...] = ()
    people: tuple[tuple[int, str], ...] = ()
    with deps().database.read() as session:
        if course_id is not None:
            row = courses.load(session, course_id)
            sittings, people = courses.sittings(session, course_id), courses.to_take(session, course_id)
        papers = exam_papers.papers(session)
        session.expunge_all()
    return render_template(
        "training_course_write.html", course=row, sittings=sittings, people=people, papers=papers, now=deps().now()
    )


@training_courses.post("/write")
def write() -> Response | str:
    """Keep the course; nothing is lost when it is refused."""
    number = whole("course_id")
    try:
        text = _text()
        with deps().database.write() as session:
            made = courses.write(
                session, actor(), text, now=deps().now(), course_id=number, version=whole("version") or 0
            )
    except DomainError as error:
        flash(sentence(error), "error")
        return _form(number)
    flash(_("The course is kept."), "success")
    return redirect(url_for("training_courses.form", course_id=made))


def _text() -> CourseText:
    given = request.form
    if given.get("mode") not in set(CourseMode):
        raise InvalidInputError("mode", "must be one of the list")
    slugs = given.get("slugs", "").replace("，", ",").replace("\n", ",").split(",")
    return CourseText(
        title_zh=given.get("title_zh", ""),
        title_en=given.get("title_en", ""),
        mode=CourseMode(given["mode"]),
        topic=given.get("topic", ""),
        minutes=whole("minutes") or 0,
        body_zh=given.get("body_zh", "").replace("\r\n", "\n"),
        body_en=given.get("body_en", "").replace("\r\n", "\n"),
        slugs=tuple(dict.fromkeys(slug.strip() for slug in slugs if slug.strip())),
        case_ids=tuple(dict.fromkeys(wholes("case_ids"))),
        paper_id=whole("paper_id"),
    )


@training_courses.post("/<int:course_id>/state")
def state(course_id: int) -> Response:
    """Open it, or give it no more."""
    wanted = CourseState.OPEN if request.form.get("state") == "open" else CourseState.RETIRED
    version = whole("version") or 0
    attempt(
        lambda session: courses.set_state(session, actor(), course_id, wanted, version=version, now=deps().now()),
        _("Done."),
    )
    return redirect(url_for("training_courses.form", course_id=course_id))


@training_courses.post("/<int:course_id>/classes")
def plan(course_id: int) -> Response:
    """Plan a class."""

    def do(session: Session) -> int:
        starts_at, ends_at = instant("starts_at"), instant("ends_at")
        if starts_at is None or ends_at is None:
            raise InvalidInputError("starts_at", "a class begins later than now and ends after it begins")
        return courses.plan_sitting(
            session, actor(), course_id, starts_at=starts_at, ends_at=ends_at, place=request.form.get("place", ""),
            trainer=request.form.get("trainer", ""), seats=whole("seats") or 0, now=deps().now(),
        )  # fmt: skip

    attempt(do, _("The class is planned."))
    return redirect(url_for("training_courses.form", course_id=course_id))


@training_courses.post("/classes/<int:sitting_id>")
def hold(sitting_id: int) -> Response:
    """Write down who came, or call the class off."""

    def do(session: Session) -> None:
        if request.form.get("what") == "call_off":
            courses.call_off(session, actor(), sitting_id, now=deps().now())
        else:
            courses.hold(session, actor(), sitting_id, set(wholes("came")), now=deps().now())

    attempt(do, _("Written down."))
    return redirect(url_for("training_courses.form", course_id=whole("course_id") or 0))
