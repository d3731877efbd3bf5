"""What two people do together: recordings deleted before their time, or taken out of the house."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain.access import Action, Relation
from crm.domain.errors import ConflictError, DomainError, ForbiddenError, InvalidInputError
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import two_person as service
from crm.services.two_person import Kind
from crm.web import people_words, refusal_words
from crm.web.pages import own_page

two_person = Blueprint("two_person", __name__, url_prefix="/second-person")


@two_person.get("/")
def index() -> str:
    """What waits for a second person, and what became of the rest."""
    with deps().database.read() as session:
        rows = service.listing(session, actor())
        decides = {row.id for row in rows if row.state == "open" and service.may_decide(actor(), row)}
        calls = service.calls_of(session, actor(), rows)
        return render_template(
            "two_person.html", rows=rows, decides=decides, calls=calls, me=actor().user_id, now=deps().now()
        )


@two_person.post("/recordings/<recording_id>/deletion")
def ask_deletion(recording_id: str) -> Answer:
    """Ask that a recording be deleted before its time."""
    return _ask(Kind.DELETE_RECORDING, recording_id)


@two_person.post("/recordings/<recording_id>/export")
def ask_export(recording_id: str) -> Answer:
    """Ask to take a recording out."""
    return _ask(Kind.EXPORT_RECORDING, recording_id)


def _ask(kind: Kind, recording_id: str) -> Answer:
    reason = request.form.get("reason", "")
    _do(
        lambda session: service.ask(session, actor(), kind, recording_id, reason, now=deps().now()),
        _("That waits for a second person now."),
    )
    return redirect(own_page(request.form.get("next", url_for("two_person.index"))))


@two_person.post("/recordings/<recording_id>/file")
def export(recording_id: str) -> Response | Answer:
    """The WAV file, to be taken out."""
    reason = request.form.get("reason", "")
    try:
        with deps().database.write() as session:
            recording, opened = service.export(session, deps().store, actor(), recording_id, reason, now=deps().now())
    except (ConflictError, ForbiddenError, InvalidInputError) as error:
        flash(_told(error), "error")
        return redirect(url_for("two_person.index"))
    answer = Response(opened.read(0, opened.size), mimetype="audio/wav")
    answer.headers["Content-Length"] = str(opened.size)
    answer.headers["Content-Disposition"] = f'attachment; filename="{recording.id}.wav"'
    return answer


@two_person.post("/<int:request_id>/decision")
def decide(request_id: int) -> Answer:
    """Agree or refuse."""
    agrees = request.form.get("decision") == "agree"
    try:
        with deps().database.write() as session:
            answer = request.form.get("answer", "")
            done = service.decide(session, actor(), request_id, answer, agrees=agrees, now=deps().now())
        if done.purged is not None:
            deps().store.delete(done.purged)
        flash(_("Decided. It stands in the audit log."), "success")
    except (ConflictError, ForbiddenError, InvalidInputError) as error:
        flash(_told(error), "error")
    return redirect(url_for("two_person.index"))


@two_person.post("/<int:request_id>/withdrawal")
def withdraw(request_id: int) -> Answer:
    """Take one's own request back."""
    _do(lambda session: service.withdraw(session, actor(), request_id, now=deps().now()), _("Taken back."))
    return redirect(url_for("two_person.index"))


def _do(change: Callable[[Session], object], done: str) -> None:
    try:
        with deps().database.write() as session:
            change(session)
        flash(done, "success")
    except (ConflictError, ForbiddenError, InvalidInputError) as error:
        flash(_told(error), "error")


def _told(error: DomainError) -> str:
    plain = error.message if isinstance(error, InvalidInputError) else str(error)
    known = people_words.PROBLEMS.get(str(error)) or people_words.PROBLEMS.get(plain)
    return str(known if known is not None else refusal_words.plain(error))


def recording_rights() -> dict[str, bool]:
    """What the page of a recording offers besides listening."""
    asker = actor()
    person = asker.user_id is not None
    return {
        "exports": person and asker.may(Action.RECORDING_EXPORT),
        "asks_export": person and asker.may(Action.RECORDING_EXPORT, [Relation.APPROVED]),
        "asks_deletion": person and asker.may(Action.DELETE_EARLY, [Relation.APPROVED]),
    }
