"""Callers who left their place in the queue to be called back: a callback ticket is a task of that queue."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.calls import Call, CallEventRow
from crm.db.contact_centre import QueueVisit, Task
from crm.db.tickets import Ticket
from crm.domain.access import SYSTEM
from crm.domain.tasks import TaskKind, TaskState, callback_due
from crm.domain.tickets import ENDED, Kind
from crm.services import audit
from crm.services.centre import Centre
from ivr.callevents import CallEventName


def keep_place(session: Session, ticket: Ticket, call: Call, *, centre: Centre, now: datetime) -> None:
    """Make the task of a callback ticket, or bring it to what is known now. The ingest asks, as often as it likes."""
    if ticket.kind != Kind.CALLBACK or ticket.status in ENDED:
        return
    queued_at = min(_first_queued(session, call.call_id), ticket.received_at)
    due_at = callback_due(queued_at.astimezone(centre.zone), centre.quiet).astimezone(UTC)
    task = session.scalars(
        select(Task).where(Task.ticket_id == ticket.id, Task.kind == TaskKind.CALLBACK).order_by(Task.id).limit(1)
    ).first()
    if task is None:
        task = Task(
            kind=TaskKind.CALLBACK,
            title="",
            queue=call.queue,
            ticket_id=ticket.id,
            call_id=call.call_id,
            customer_id=ticket.customer_id,
            number=ticket.caller_number,
            due_at=due_at,
            place_at=queued_at,
            made_at=now,
            made_by=SYSTEM.name,
        )
        session.add(task)
        session.flush()
        detail = {"kind": task.kind, "user_id": None, "ticket_id": ticket.id}
        audit.append(session, at=now, actor=SYSTEM.name, action="task.made", subject=f"task:{task.id}", detail=detail)
    elif task.state == TaskState.OPEN:
        task.due_at, task.place_at = due_at, queued_at
        task.queue, task.number = task.queue or call.queue, ticket.caller_number
        session.flush()


def _first_queued(session: Session, call_id: str) -> datetime:
    """When the caller first stood in a queue; the end of time when it is not known."""
    visit = session.scalar(select(func.min(QueueVisit.entered_at)).where(QueueVisit.call_id == call_id))
    names = (CallEventName.QUEUE_ENTERED, "queue")
    event = session.scalar(
        select(func.min(CallEventRow.at)).where(CallEventRow.call_id == call_id, CallEventRow.event.in_(names))
    )
    return min((at for at in (visit, event) if at is not None), default=datetime.max.replace(tzinfo=UTC))
