"""The form that an agent fills in after a call: a page of its own, and a part of the agent's window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.domain.errors import ConflictError, DomainError, InvalidInputError, NotFoundError
from crm.domain.tasks import TaskKind, TaskState
from crm.domain.tickets import Kind
from crm.domain.wrapup import State, kind_of
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import dispositions, tasks
from crm.services import wrap_up as service
from crm.services.tasks import TaskView
from crm.services.wrap_up import Filling, WrapUpView
from crm.web import parts
from crm.web.work_words import sentence

wrap_ups = Blueprint("wrap_ups", __name__, url_prefix="/wrap-up")
DONE_EVENT = "wrap-up-done"
"""What the agent's window hears (HX-Trigger) when a wrap-up is done: ``{"call_id": …}``."""
KINDS = (Kind.INQUIRY, Kind.SERVICE, Kind.COMPLAINT, Kind.INCIDENT, Kind.LOSS_REPORT, Kind.SUGGESTION, Kind.PRAISE)


@wrap_ups.get("/")
def current() -> str:
    """The open one, or a sentence that there is none."""
    with deps().database.read() as session:
        found = service.current(session, actor())
        return _page(session, found)


@wrap_ups.get("/<int:wrap_up_id>")
def one(wrap_up_id: int) -> str:
    """A certain one: of a task, say."""
    with deps().database.read() as session:
        return _page(session, service.get_wrap_up(session, actor(), wrap_up_id))


@wrap_ups.get("/of-task/<int:task_id>")
def of_task(task_id: int) -> Answer:
    """The one that became this task."""
    with deps().database.read() as session:
        found = service.of_task(session, actor(), task_id)
    return redirect(url_for("wrap_ups.one", wrap_up_id=found) if found is not None else url_for("tasks.index"))


@wrap_ups.post("/<int:wrap_up_id>/draft")
def draft(wrap_up_id: int) -> Response:
    """Keep what stands in the form while it is being filled in. What cannot be kept yet is left out."""
    given = _filling(request.form)
    with deps().database.write() as session:
        for part in (replace(given, disposition=None), Filling(disposition=given.disposition)):
            try:
                service.fill(session, actor(), wrap_up_id, part, centre=deps().centre, now=deps().now())
            except (InvalidInputError, ConflictError):
                continue
    return Response(status=204)


@wrap_ups.post("/<int:wrap_up_id>")
def finish(wrap_up_id: int) -> Answer | str:
    """Keep all of it and end the wrap-up; with a follow-up where one was asked for."""
    done: WrapUpView | None = None
    try:
        with deps().database.write() as session:
            given = _filling(request.form, finishing=True)
            service.fill(session, actor(), wrap_up_id, given, centre=deps().centre, now=deps().now())
            _follow_up(session, wrap_up_id, request.form)
            done = service.finish(session, actor(), wrap_up_id, now=deps().now())
            _end_task(session, done, request.form)
        flash(_("Done. The call is wrapped up."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
        _keep(wrap_up_id)
    if not parts.wants_part():
        return redirect(url_for("wrap_ups.current") if done else url_for("wrap_ups.one", wrap_up_id=wrap_up_id))
    with deps().database.read() as session:
        found = service.current(session, actor()) if done else service.get_wrap_up(session, actor(), wrap_up_id)
        answer = make_response(_page(session, found))
    if done:
        answer.headers["HX-Trigger"] = json.dumps({DONE_EVENT: {"call_id": done.call_id}})
    return answer


def _keep(wrap_up_id: int) -> None:
    """What was refused as a whole is kept in its parts, so that nothing has to be written twice."""
    draft(wrap_up_id)


def _filling(form: Mapping[str, str], *, finishing: bool = False) -> Filling:
    disposition = form.get("disposition", "") or None
    ticket, kind = form.get("ticket", ""), form.get("new_kind", "")
    new_kind = None
    if finishing and ticket == "new":
        new_kind = Kind(kind) if kind in set(KINDS) else kind_of(disposition or "")
    number = int(ticket) if ticket.isascii() and ticket.isdigit() and len(ticket) < 18 else None
    return Filling(
        disposition=disposition,
        note=form.get("note", ""),
        ticket_id=number,
        new_kind=new_kind,
        no_ticket=number is None and "ticket" in form,
    )


def _follow_up(session: Session, wrap_up_id: int, form: Mapping[str, str]) -> None:
    kind = form.get("follow_up", "")
    if kind not in {TaskKind.FOLLOW_UP, TaskKind.CALLBACK}:
        return
    found = service.get_wrap_up(session, actor(), wrap_up_id)
    new = tasks.NewTask(
        kind=TaskKind(kind),
        title=form.get("follow_up_title", "").strip(),
        due_at=parts.local_instant("due_at", form.get("follow_up_due", "")),
        ticket_id=found.ticket_id,
        call_id=found.call_id,
        customer_id=found.customer_id,
        number=found.number,
        queue=found.queue,
    )
    tasks.make_task(session, actor(), new, now=deps().now())


def _open_task(session: Session, found: WrapUpView | None) -> TaskView | None:
    """The open task that this call was made for. A wrap-up that is a task itself ends by being filled in."""
    if found is None or found.task_id is None or found.state == State.LAPSED:
        return None
    try:
        task = tasks.get_task(session, actor(), found.task_id, now=deps().now())
    except NotFoundError:
        return None
    return task if task.state == TaskState.OPEN and task.kind != TaskKind.WRAP_UP else None


def _end_task(session: Session, done: WrapUpView, form: Mapping[str, str]) -> None:
    """The task that the call was made for is done too, where the agent says so."""
    task = _open_task(session, done) if form.get("task_done") == "1" else None
    if task is not None:
        tasks.complete(session, actor(), task.id, done.note or str(done.disposition), now=deps().now())


def _page(session: Session, found: WrapUpView | None) -> str:
    choices = service.choices(session, actor(), found.id) if found else ()
    own = next((ticket.id for ticket in choices if found and found.call_id in ticket.call_ids), None)
    return parts.show(
        "wrap_up.html",
        wrap_up=found,
        tree=dispositions.tree(session) if found else (),
        choices=choices,
        chosen=(found.ticket_id or own) if found else None,
        queue_title=parts.queue_titles(session),
        called_for=_open_task(session, found),
        kinds=KINDS,
        now=deps().now().astimezone(deps().centre.zone),
    )
