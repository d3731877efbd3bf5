"""Forms in the panels of a ticket: done in one transaction; what was refused stays in its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, current_app, flash, g, make_response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from crm.domain.access import Action
from crm.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import case_access
from crm.web import case_page
from crm.web.case_words import case_sentence


@dataclass(frozen=True)
class Kept:
    """What somebody typed into a form that was refused."""

    form: str
    fields: MultiDict[str, str]


def act(
    ticket_id: int, panel: str, work: Callable[[Session], str], *, action: Action = Action.CASE_WORK
) -> Response | Answer:
    """Do it and come back to the panel; ``work`` gives what is said then.

    His rights are asked first, whatever he sent. When the rest is refused the ticket is shown with what was typed
    still in its fields, and with the reason.
    """
    try:
        with deps().database.write() as session:
            case_access.for_writing(session, actor(), ticket_id, action=action)
            said = work(session)
    except (NotFoundError, ForbiddenError):
        raise
    except DomainError as error:
        return refused(ticket_id, error)
    flash(said, "success")
    return redirect(case_page.back_to(ticket_id, panel))


def refused(ticket_id: int, error: DomainError) -> Response:
    """The ticket again, with the reason and what was typed."""
    flash(case_sentence(error), "error")
    keep()
    page = current_app.view_functions["tickets.show"](ticket_id=ticket_id)
    status = HTTPStatus.CONFLICT if isinstance(error, ConflictError) else HTTPStatus.UNPROCESSABLE_ENTITY
    return make_response(page, status)


def keep() -> None:
    """Have the page that is shown now keep what was typed."""
    g.kept = Kept(request.form.get("form", ""), request.form)


def kept(form: str, name: str, default: object = "") -> str:
    """What a field of this form shows: what was typed before it was refused, else the default."""
    found: Kept | None = g.get("kept")
    value = found.fields.get(name) if found is not None and found.form == form else None
    return str(default if value is None else value)


def is_kept(form: str) -> bool:
    """Whether this form was just refused."""
    found: Kept | None = g.get("kept")
    return found is not None and found.form == form


def text(name: str) -> str:
    """A field of the form, without the white space around it."""
    return request.form.get(name, "").strip()


def number(name: str) -> int:
    """A whole number of the form; -1 for what is none, which nothing has."""
    return request.form.get(name, -1, type=int)


def several(name: str) -> list[str]:
    """All values of a field that may be there more than once."""
    return request.form.getlist(name)
