"""The page of callers whom nobody spoke with, each with one click to call him back."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from crm.domain.access import Action
from crm.domain.errors import DomainError, NotFoundError
from crm.domain.tasks import TaskKind
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import missed_calls as service
from crm.services import tasks
from crm.services.missed_calls import MissedCaller
from crm.web import parts
from crm.web.tasks import is_quiet
from crm.web.work_words import sentence

missed = Blueprint("missed", __name__, url_prefix="/missed")
DAYS = (1, 3, 7, 31)


def _listed(session: Session, days: int, *, waiting: bool) -> tuple[MissedCaller, ...]:
    here = deps()
    return service.list_missed(session, actor(), now=here.now(), zone=here.centre.zone, days=days, waiting_only=waiting)


@missed.get("/")
def index() -> str:
    """The list of the last days."""
    days = request.args.get("days", 7, type=int)
    days = days if days in DAYS else 7
    waiting = request.args.get("waiting") == "1"
    with deps().database.read() as session:
        callers, queue_title = _listed(session, days, waiting=waiting), parts.queue_titles(session)
    return parts.show(
        "missed.html",
        callers=callers,
        queue_title=queue_title,
        days=days,
        all_days=DAYS,
        waiting=waiting,
        works=may(Action.TASK_WORK) and actor().user_id is not None,
        quiet=is_quiet(),
    )


@missed.post("/<call_id>/callback")
def callback(call_id: str) -> Response:
    """Make the callback a task of one's own; it may be dialled from there."""
    try:
        with deps().database.write() as session:
            listed = _listed(session, max(DAYS), waiting=False)
            caller = next((one for one in listed if one.call_id == call_id), None)
            if caller is None or caller.number is None:
                raise NotFoundError("there is no such missed call")
            new = tasks.NewTask(
                kind=TaskKind.CALLBACK,
                title="",
                due_at=deps().now() + timedelta(minutes=15),
                call_id=caller.call_id,
                customer_id=caller.customer_id,
                number=caller.number,
                queue=caller.queue,
            )
            tasks.make_task(session, actor(), new, now=deps().now())
        flash(_("The callback stands in your tasks: call from there."), "success")
    except DomainError as error:
        flash(sentence(error), "error")
        return redirect(url_for("missed.index"))
    return redirect(url_for("tasks.index"))
