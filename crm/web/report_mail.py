"""Scheduled reports: setting one up, who gets it, each time that it was made, and what proves that it was sent."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.db.schedules import ReportRun, ReportSchedule
from crm.domain.boards import Board
from crm.domain.errors import DomainError, NotFoundError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import boards, report_contents, report_runs
from crm.services import report_schedules as service
from crm.services.report_schedules import Form
from crm.web import pdf_answers
from crm.web.locale import chosen_language
from crm.web.merit_words import why

report_mail = Blueprint("report_mail", __name__, url_prefix="/report-mail")


@report_mail.get("/")
def index() -> str:
    """All schedules."""
    with deps().database.read() as session:
        found = service.listed(session, actor())
        return render_template("report_schedules.html", schedules=found)


@report_mail.get("/new")
@report_mail.get("/<int:schedule_id>/edit")
def edit(schedule_id: int | None = None) -> str:
    """The form of a new schedule, or of one that there is."""
    with deps().database.read() as session:
        row = service.get(session, actor(), schedule_id) if schedule_id is not None else None
        return _form(session, row, _given(row))


def _given(row: ReportSchedule | None) -> Form:
    if row is None:
        wanted = request.args.get("board", Board.CALLS)
        board = wanted if wanted in set(Board) else Board.CALLS
        queue, team = request.args.get("queue", "")[:40], request.args.get("team", "")[:40]
        return Form("", board, queue, team, ("xlsx",), "week", 1, "08:00", (actor().name,))
    return Form(
        row.title, row.board, row.choice.get("queue", ""), row.choice.get("team", ""), tuple(row.formats), row.span,
        row.on_day, row.at_time, tuple(one.user.username for one in row.recipients),
    )  # fmt: skip


def _form(session: Session, row: ReportSchedule | None, given: Form) -> str:
    allowed = [one for one in Board if report_contents.may_read(actor(), one)]
    people = {one.id: one for board in allowed for one in service.readers(session, board)}
    return render_template(
        "report_schedule_edit.html",
        schedule=row,
        given=given,
        boards=allowed,
        people=sorted(people.values(), key=lambda one: (one.display_name, one.id)),
        sections=boards.sections_of(session, actor()),
        formats=list(report_contents.FORMATS),
        language=chosen_language(),
    )


@report_mail.post("/new")
@report_mail.post("/<int:schedule_id>/edit")
def save(schedule_id: int | None = None) -> str | Answer:
    """Make it, or change it; what was typed is kept when something is wrong with it."""
    form = _typed()
    try:
        with deps().database.write() as session:
            row = service.save(
                session, actor(), form, schedule_id=schedule_id, seen=request.form.get("version", 0, type=int),
                zone=deps().centre.zone, now=deps().now(),
            )  # fmt: skip
            made = row.id
        flash(_("The schedule is set."), "success")
        return redirect(url_for("report_mail.show", schedule_id=made))
    except NotFoundError:
        raise
    except DomainError as error:
        flash(why(error), "error")
    with deps().database.read() as session:
        row_now = service.get(session, actor(), schedule_id) if schedule_id is not None else None
        return _form(session, row_now, form)


def _typed() -> Form:
    given = request.form
    span = given.get("span", "")
    day = {"week": "weekday", "month": "monthday"}.get(span, "")
    return Form(
        given.get("title", ""), given.get("board", ""), given.get("queue", "").strip(), given.get("team", ""),
        tuple(given.getlist("format")), span, given.get(day, 0, type=int) if day else 0,
        given.get("at_time", "").strip()[:5], tuple(given.getlist("recipient")),
    )  # fmt: skip


@report_mail.get("/<int:schedule_id>")
def show(schedule_id: int) -> str:
    """A schedule with the times that it was made."""
    with deps().database.read() as session:
        row = service.get(session, actor(), schedule_id)
        return render_template("report_schedule.html", schedule=row, runs=service.runs(session, actor(), schedule_id))


@report_mail.post("/<int:schedule_id>/rest")
def rest(schedule_id: int) -> Answer:
    """Stop it, or have it go on."""
    active = request.form.get("active") == "1"
    with deps().database.write() as session:
        service.rest(session, actor(), schedule_id, active=active, zone=deps().centre.zone, now=deps().now())
    flash(_("It goes on from now.") if active else _("It is stopped."), "success")
    return redirect(url_for("report_mail.show", schedule_id=schedule_id))


@report_mail.post("/<int:schedule_id>/now")
def at_once(schedule_id: int) -> Answer:
    """Make and mail it now, over the last days that are over."""
    try:
        with deps().database.write() as session:
            run = report_runs.make_now(
                session, deps().store, actor(), schedule_id, centre=deps().centre, now=deps().now()
            )
            made = run.id
    except NotFoundError:
        raise
    except DomainError as error:
        flash(why(error), "error")
        return redirect(url_for("report_mail.show", schedule_id=schedule_id))
    return redirect(url_for("report_mail.run", run_id=made))


@report_mail.get("/mine")
def mine() -> str:
    """The reports that were made for this person."""
    with deps().database.read() as session:
        return render_template("report_mine.html", found=service.mine(session, actor()))


@report_mail.get("/runs/<int:run_id>")
def run(run_id: int) -> str:
    """A report as it was made: its files, and what came of each mail."""
    with deps().database.read() as session:
        row = session.get(ReportRun, run_id)
        if row is None or not _may_see(session, row):
            raise NotFoundError("there is no such report")
        schedule = session.get_one(ReportSchedule, row.schedule_id)
        files = report_runs.files_of(session, actor(), row)
        return render_template("report_run.html", run=row, schedule=schedule, files=files)


def _may_see(session: Session, row: ReportRun) -> bool:
    mine = any(one.user_id == actor().user_id for one in row.deliveries)
    return mine or bool(service.readable_parts(session, actor(), row))


@report_mail.get("/runs/<int:run_id>/<document_id>")
def document(run_id: int, document_id: str) -> Response:
    """A file of a report."""
    with deps().database.write() as session:
        view, opened = report_runs.open_document(session, deps().store, actor(), run_id, document_id, now=deps().now())
    return pdf_answers.stored(opened, view.media_type, view.file_name)
