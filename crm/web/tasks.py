"""The page of tasks: one's own, those that wait for somebody, and for who leads, everybody's."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.domain.access import Action, Relation, reach
from crm.domain.errors import DomainError
from crm.domain.tasks import TaskKind
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import tasks as service
from crm.services.tasks import NewTask
from crm.web import parts
from crm.web.work_words import sentence

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")


@tasks.get("/")
def index() -> str:
    """All three lists, the next due first."""
    asker, now = actor(), deps().now()
    with deps().database.read() as session:
        lists = {
            "mine": service.list_mine(session, asker, now=now),
            "team": service.list_team(session, asker, now=now),
            "others": service.list_others(session, asker, now=now),
        }
        queue_title = parts.queue_titles(session)
    return parts.show(
        "tasks.html",
        lists=lists,
        queue_title=queue_title,
        leads=Relation.ANY in reach(asker.roles, Action.TASK_WORK),
        dials=may(Action.OUTBOUND_CALL) and asker.user_id is not None,
        quiet=is_quiet(),
        now=now.astimezone(deps().centre.zone),
    )


def is_quiet() -> bool:
    """Whether customers are left in peace now."""
    parts_ = deps()
    return parts_.outbound.quiet.cover(parts_.now().astimezone(parts_.centre.zone))


@tasks.post("/")
def make() -> Response | str:
    """Make a follow-up or a callback of one's own."""
    form = request.form
    kind = TaskKind.CALLBACK if form.get("kind") == TaskKind.CALLBACK else TaskKind.FOLLOW_UP
    try:
        new = NewTask(
            kind=kind,
            title=form.get("title", "").strip(),
            due_at=parts.local_instant("due_at", form.get("due_at", "")),
            number=form.get("number", "").strip() or None,
            ticket_id=form.get("ticket_id", type=int),
        )
        with deps().database.write() as session:
            service.make_task(session, actor(), new, now=deps().now())
        flash(_("The task stands in your list."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return _back()


@tasks.post("/<int:task_id>/take")
def take(task_id: int) -> Response | str:
    """Make it one's own."""
    try:
        with deps().database.write() as session:
            service.take(session, actor(), task_id, now=deps().now())
        flash(_("The task is yours now."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return _back()


@tasks.post("/<int:task_id>/give-back")
def give_back(task_id: int) -> Response | str:
    """Let somebody else take it."""
    try:
        with deps().database.write() as session:
            service.give_back(session, actor(), task_id, now=deps().now())
        flash(_("The task waits for somebody else now."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return _back()


@tasks.post("/<int:task_id>/done")
def done(task_id: int) -> Response | str:
    """End it with what came of it."""
    try:
        with deps().database.write() as session:
            service.complete(session, actor(), task_id, request.form.get("outcome", ""), now=deps().now())
        flash(_("The task is done."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
    return _back()


def _back() -> Response | str:
    return index() if parts.wants_part() else redirect(url_for("tasks.index"))
