"""The notice board: what is new and what was decided, for whom, and who has read it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Action, Role
from crm.domain.errors import DomainError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import announcements as service
from crm.services import departments
from crm.services.announcements import Posting
from crm.web.inputs import day, instant, whole, wholes
from crm.web.knowledge import today
from crm.web.training import attempt
from crm.web.training_words import sentence

announcements = Blueprint("announcements", __name__, url_prefix="/announcements")


@announcements.get("/")
def index() -> str:
    """What is on the board for him."""
    withdrawn = request.args.get("withdrawn") == "yes"
    with deps().database.read() as session:
        found = service.board(session, actor(), withdrawn=withdrawn and may(Action.ANNOUNCE))
    return render_template(
        "announcements.html", entries=found, posts=may(Action.ANNOUNCE), withdrawn=withdrawn, today=today()
    )


@announcements.get("/<int:announcement_id>")
def show(announcement_id: int) -> str:
    """One; that he has seen it is written down."""
    with deps().database.write() as session:
        one = service.show(session, actor(), announcement_id, now=deps().now())
        readers = service.readers(session, actor(), announcement_id) if may(Action.ANNOUNCE) else ()
    return render_template(
        "announcement.html", one=one, readers=readers, posts=may(Action.ANNOUNCE), today=today(), now=deps().now()
    )


@announcements.post("/<int:announcement_id>/confirm")
def confirm(announcement_id: int) -> Response:
    """He has read it."""
    attempt(
        lambda session: service.confirm(session, actor(), announcement_id, now=deps().now()),
        _("It is written down that you have read it."),
    )
    return redirect(url_for("announcements.show", announcement_id=announcement_id))


@announcements.get("/write")
def form() -> str:
    """Write something for the board."""
    return _form()


def _form() -> str:
    with deps().database.read() as session:
        houses = [(one.id, one.name_zh, one.name_en) for one in departments.all_departments(session, active_only=True)]
    return render_template("announcement_write.html", roles=[role.value for role in Role], departments=houses)


@announcements.post("/write")
def write() -> Response | str:
    """Post it; nothing is lost when it is refused."""
    given = request.form
    try:
        posting = Posting(
            kind=given.get("kind", ""),
            title=given.get("title", ""),
            body=given.get("body", "").replace("\r\n", "\n"),
            roles=frozenset(given.getlist("roles")),
            department_id=whole("department"),
            confirm_by=day("confirm_by"),
            slug=given.get("slug", "").strip() or None,
            starts_at=instant("starts_at"),
            ends_at=instant("ends_at"),
            place=given.get("place", ""),
        )
        with deps().database.write() as session:
            made = service.post(session, actor(), posting, today=today(), now=deps().now())
    except DomainError as error:
        flash(sentence(error), "error")
        return _form()
    flash(_("Posted: everybody for whom it is was told."), "success")
    return redirect(url_for("announcements.show", announcement_id=made))


@announcements.post("/<int:announcement_id>/minutes")
def minutes(announcement_id: int) -> Response:
    """Keep what a meeting decided, and who came."""
    came, version = set(wholes("came")), whole("version") or 0
    text = request.form.get("minutes", "").replace("\r\n", "\n")
    attempt(
        lambda session: service.keep_minutes(
            session, actor(), announcement_id, text, came, version=version, now=deps().now()
        ),
        _("The minutes are kept, and everybody asked to come was told."),
    )
    return redirect(url_for("announcements.show", announcement_id=announcement_id))


@announcements.post("/<int:announcement_id>/withdraw")
def withdraw(announcement_id: int) -> Response:
    """Take it down."""
    version = whole("version") or 0
    attempt(
        lambda session: service.withdraw(session, actor(), announcement_id, version=version, now=deps().now()),
        _("Taken down."),
    )
    return redirect(url_for("announcements.index"))
