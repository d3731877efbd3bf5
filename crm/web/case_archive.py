"""The panel of the archive and of holds, and the pages of what is kept: archives, deletions, files for authorities."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain.access import Action, Actor, reach
from crm.domain.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.tickets import Status
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import archives, documents, holds, regulator_export, retention, scope
from crm.services.regulator_export import Wanted
from crm.services.tickets import TicketDetail
from crm.web import after_words, case_forms, case_page, case_words
from crm.web.case_forms import number, text
from crm.web.locale import chosen_language
from crm.web.pdf_answers import stored
from ivr.ticketnumbers import keyed

case_archive = Blueprint("case_archive", __name__, url_prefix="/tickets/<int:ticket_id>/archive")
archive_pages = Blueprint("archives", __name__, url_prefix="/archives")
NAME = "archive"


def panel(session: Session, asker: Actor, detail: TicketDetail) -> dict[str, Any] | None:
    """What the template shows: archives and holds; nothing while there is neither, nor anybody who could set one."""
    ticket_id, status = detail.summary.id, Status(detail.summary.status)
    made, held = archives.of_ticket(session, ticket_id), holds.of_ticket(session, ticket_id)
    sets = bool(reach(asker.roles, Action.LEGAL_HOLD))
    closes = status is Status.CLOSED and scope.may_on_ticket(session, asker, Action.TICKET_MOVE, ticket_id)
    if not made and not held and not sets and not closes:
        return None
    on = any(one.lifted_at is None for one in held)
    return {
        "archives": made,
        "holds": held,
        "held": on,
        "sets": sets,
        "makes": closes
        and not any(one.made_at >= detail.summary.received_at and one.state == "stored" for one in made),
        "takes": bool(reach(asker.roles, Action.ARCHIVE_TAKE)),
        "summary": str(_("held")) if on else str(_("archived")) if made else "",
        "open": bool(made) or on,
    }


@case_archive.post("/")
def make(ticket_id: int) -> Response | Answer:
    """Have the archive made."""

    def work(session: Session) -> str:
        archives.ask(session, actor(), ticket_id, now=deps().now())
        return str(_("The archive is being made; the ticket moves by itself when it is done."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_archive.post("/hold")
def hold(ticket_id: int) -> Response | Answer:
    """Hold the file."""

    def work(session: Session) -> str:
        holds.set_hold(
            session, actor(), ticket_id, reason=text("reason"), reference=text("reference"), now=deps().now()
        )
        return str(_("The file is held: nothing of it is deleted."))

    return _keep(ticket_id, work)


@case_archive.post("/hold/<int:hold_id>/lift")
def lift(ticket_id: int, hold_id: int) -> Response | Answer:
    """Lift a hold."""

    def work(session: Session) -> str:
        holds.lift(session, actor(), hold_id, reason=text("reason"), now=deps().now())
        return str(_("The hold is lifted."))

    return _keep(ticket_id, work)


def _keep(ticket_id: int, work: Callable[[Session], str]) -> Response | Answer:
    """Do it, whatever the ticket's status: an archived file is held, too."""
    try:
        with deps().database.write() as session:
            said = work(session)
    except (NotFoundError, ForbiddenError):
        raise
    except DomainError as error:
        return case_forms.refused(ticket_id, error)
    flash(said, "success")
    return redirect(case_page.back_to(ticket_id, NAME))


@archive_pages.get("/")
def index() -> str:
    """Archives, lists of deletions, files for authorities."""
    return _page({})


def _page(given: dict[str, str]) -> str:
    wanted = keyed(request.args.get("number", ""))
    with deps().database.read() as session:
        found = archives.newest(session, actor(), number=wanted)
        lists = retention.newest(session, actor())
        exports = regulator_export.newest(session, actor())
    today = deps().now().astimezone(deps().centre.zone).date()
    return render_template(
        "archives.html", archives=found, lists=lists, exports=exports, wanted=request.args.get("number", "")[:20],
        given=given, takes=may(Action.ARCHIVE_TAKE), agrees=may(Action.DELETION_AGREE), words=after_words,
        since=today.replace(month=1, day=1), until=today, me=actor().name,
    )  # fmt: skip


@archive_pages.get("/<int:archive_id>/bundle.zip")
def bundle(archive_id: int) -> Response:
    """The bundle, taken out of the house."""
    with deps().database.write() as session:
        paper, opened = archives.open_archive(session, deps().store, actor(), archive_id, now=deps().now())
        view = documents.view(paper)
    return stored(opened, view.media_type, view.file_name, save=True)


@archive_pages.get("/exports/<int:export_id>/file.zip")
def export_file(export_id: int) -> Response:
    """A file for an authority."""
    with deps().database.write() as session:
        paper, opened = regulator_export.open_export(session, deps().store, actor(), export_id, now=deps().now())
        view = documents.view(paper)
    return stored(opened, view.media_type, view.file_name, save=True)


@archive_pages.get("/deletions/<int:deletion_id>/report.pdf")
def report(deletion_id: int) -> Response:
    """The report of a deletion."""
    with deps().database.write() as session:
        row = retention.load(session, actor(), deletion_id)
        papers = documents.rows_of(session, [row.document_id] if row.document_id else [])
        if not papers:
            raise NotFoundError("this list has no report yet")
        opened = documents.opened(session, deps().store, papers[0], actor(), now=deps().now())
        view = documents.view(papers[0])
    return stored(opened, view.media_type, view.file_name)


@archive_pages.post("/exports")
def ask_export() -> Response | Answer:
    """Ask for a file for an authority."""

    def work(session: Session) -> str:
        since, until = _day("since"), _day("until") + timedelta(days=1)
        numbers = tuple(text("numbers").replace(",", " ").replace("，", " ").split())
        wanted = Wanted(text("body"), text("reference"), text("why"), since, until, numbers, chosen_language())
        regulator_export.ask(session, actor(), wanted, now=deps().now())
        return str(_("The file is being made."))

    return _act(work)


def _day(name: str) -> datetime:
    try:
        day = datetime.fromisoformat(request.form.get(name, "")).date()
    except ValueError:
        raise InvalidInputError(name, "must be a day") from None
    return datetime.combine(day, time.min, tzinfo=deps().centre.zone)


@archive_pages.post("/deletions")
def ask_early() -> Response | Answer:
    """Ask to delete before the time is over; somebody else must agree."""

    def work(session: Session) -> str:
        numbers = text("numbers").replace(",", " ").replace("，", " ").split()
        retention.propose_early(session, actor(), numbers, reason=text("reason"), now=deps().now())
        return str(_("Somebody else must agree to it."))

    return _act(work)


@archive_pages.post("/deletions/<int:deletion_id>/agree")
def agree(deletion_id: int) -> Response | Answer:
    """Agree to a list."""

    def work(session: Session) -> str:
        retention.agree(session, actor(), deletion_id, seen=number("seen"), now=deps().now())
        return str(_("Agreed. It is carried out now, and ends in a report."))

    return _act(work)


@archive_pages.post("/deletions/<int:deletion_id>/refuse")
def refuse(deletion_id: int) -> Response | Answer:
    """Refuse a list."""

    def work(session: Session) -> str:
        retention.refuse(session, actor(), deletion_id, text("reason"), seen=number("seen"), now=deps().now())
        return str(_("Refused. Nothing of it is deleted."))

    return _act(work)


def _act(work: Callable[[Session], str]) -> Response | Answer:
    try:
        with deps().database.write() as session:
            said = work(session)
    except NotFoundError:
        raise
    except DomainError as error:
        flash(case_words.case_sentence(error), "error")
        page = _page(dict(request.form.items()))
        return Response(page, 422, content_type="text/html; charset=utf-8")
    flash(said, "success")
    return redirect(url_for("archives.index"))
