"""The panel of files that came with a matter, and the way to one of them. Opening one is written down."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action, Actor
from crm.domain.errors import DomainError, InvalidInputError
from crm.domain.file_types import ACCEPTED_EXTENSIONS
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import attachments, scope
from crm.services.attachments import AttachmentView
from crm.services.tickets import TicketDetail
from crm.web import case_page, intake_words
from crm.web.submission_form import sent_files
from recordings.store import StoredObject

case_files = Blueprint("case_files", __name__)
NAME = "files"


def panel(session: Session, asker: Actor, ticket: TicketDetail) -> dict[str, Any] | None:
    """What the template shows; nothing where there are no files and none can be added."""
    files = attachments.of_ticket(session, asker, ticket.summary.id)
    adds = scope.may_on_ticket(session, asker, Action.ATTACHMENT_ADD, ticket.summary.id)
    if not files and not adds:
        return None
    return {
        "files": files,
        "adds": adds,
        "accepted": ",".join(ACCEPTED_EXTENSIONS),
        "summary": str(len(files)) if files else _("none yet"),
        "open": bool(files),
    }


@case_files.post("/tickets/<int:ticket_id>/files")
def add(ticket_id: int) -> Response:
    """Put files to the ticket: all of them, or none."""
    files = sent_files(request.files)
    if not files:
        flash(_("Choose a file first."), "error")
        return redirect(case_page.back_to(ticket_id, NAME))
    try:
        with deps().database.write() as session:
            for file in files:
                _add(session, ticket_id, file.name, file.content)
        flash(_("Added: %(count)s", count=len(files)), "success")
    except InvalidInputError as error:
        flash(intake_words.file_sentence(error.message), "error")
    except DomainError as error:
        flash(intake_words.sentence(error), "error")
    return redirect(case_page.back_to(ticket_id, NAME))


def _add(session: Session, ticket_id: int, name: str, content: bytes) -> None:
    try:
        attachments.add(
            session, deps().store, actor(), ticket_id, io.BytesIO(content), file_name=name, now=deps().now()
        )
    except InvalidInputError as error:
        raise InvalidInputError("files", f"{name}: {error.message}") from error


@case_files.get("/attachments/<attachment_id>")
def show(attachment_id: str) -> Response:
    """The file: to be looked at where a browser can do that safely, else to be saved."""
    with deps().database.write() as session:
        facts = attachments.get_attachment(session, actor(), attachment_id)
        opened = attachments.open_content(session, deps().store, actor(), attachment_id, now=deps().now())
    return file_response(facts, opened)


def file_response(facts: AttachmentView, opened: StoredObject) -> Response:
    """The content with the headers that keep it from doing anything: its real kind, no sniffing, no scripts."""
    response = Response(opened.read(0, opened.size), 200, mimetype=facts.media_type)
    how = "inline" if facts.shown else "attachment"
    response.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(facts.file_name, safe='')}"
    response.headers["Content-Length"] = str(opened.size)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
