"""Tasks: what people have to do after calls. Every change works in the caller's writing transaction.

A task has an owner, or it waits for whoever takes it; then the agents of its queue see it, with the number's middle
hidden by the page, and taking it is what lets them read its ticket (``crm.services.scope``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, select, true, update
from sqlalchemy.orm import Session

from crm.db.contact_centre import Task
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.numbers import digits_of
from crm.domain.tasks import TaskKind, TaskState
from crm.domain.tickets import Kind, Status
from crm.services import audit, scope
from crm.services.customers import get_customer
from crm.services.plan import plan_in_force, queues_served
from crm.services.ticket_moves import move_ticket

MAX_SHOWN = 200
MAX_TITLE = 200
MAX_OUTCOME = 2_000
_FARTHEST = timedelta(days=366)


@dataclass(frozen=True)
class TaskView:
    """A task as lists show it. ``title`` empty: the kind says it all."""

    id: int
    kind: str
    title: str
    user: str | None
    queue: str | None
    ticket_id: int | None
    ticket_number: str | None
    call_id: str | None
    customer_id: int | None
    number: str | None
    due_at: datetime
    place_at: datetime | None
    state: str
    made_at: datetime
    made_by: str
    done_at: datetime | None
    outcome: str
    overdue: bool
    version: int


@dataclass(frozen=True)
class NewTask:
    """A task to be made. ``mine`` false: whoever takes it, of ``queue`` where one is named."""

    kind: TaskKind
    title: str
    due_at: datetime
    ticket_id: int | None = None
    call_id: str | None = None
    customer_id: int | None = None
    number: str | None = None
    queue: str | None = None
    mine: bool = True


def list_mine(session: Session, actor: Actor, *, now: datetime) -> tuple[TaskView, ...]:
    """The actor's open tasks, the next due first."""
    return _views(session, [Task.user_id == actor.user_id, Task.state == TaskState.OPEN], now)


def list_team(session: Session, actor: Actor, *, now: datetime) -> tuple[TaskView, ...]:
    """Open tasks that nobody has taken and that the actor may take; callbacks in the order of the queue."""
    return _views(session, [Task.user_id.is_(None), Task.state == TaskState.OPEN, _reachable(session, actor)], now)


def list_others(session: Session, actor: Actor, *, now: datetime) -> tuple[TaskView, ...]:
    """Open tasks of other people, for whoever leads them; nothing for anybody else."""
    if Relation.ANY not in reach(actor.roles, Action.TASK_WORK):
        return ()
    others = and_(Task.user_id.is_not(None), Task.user_id != (actor.user_id or 0))
    return _views(session, [others, Task.state == TaskState.OPEN], now)


def get_task(session: Session, actor: Actor, task_id: int, *, now: datetime) -> TaskView:
    """One task. Raises NotFoundError for what the actor may not see, as for what is not there."""
    _load(session, actor, task_id)
    return _views(session, [Task.id == task_id], now)[0]


def make_task(session: Session, actor: Actor, new: NewTask, *, now: datetime) -> int:
    """Make a task. Raises ForbiddenError, InvalidInputError, NotFoundError. Gives its id."""
    if not reach(actor.roles, Action.TASK_WORK) or (new.mine and actor.user_id is None):
        raise ForbiddenError("these roles have no tasks")
    _check(session, actor, new, now)
    task = Task(
        kind=new.kind,
        title=new.title.strip(),
        user_id=actor.user_id if new.mine else None,
        queue=new.queue,
        ticket_id=new.ticket_id,
        call_id=new.call_id,
        customer_id=new.customer_id,
        number=new.number,
        due_at=new.due_at,
        made_at=now,
        made_by=actor.name,
    )
    session.add(task)
    _note(session, task, "made", actor, now)
    return task.id


def take(session: Session, actor: Actor, task_id: int, *, now: datetime) -> None:
    """Make an unowned task one's own. Raises ConflictError when somebody was first."""
    task = _load(session, actor, task_id)
    if actor.user_id is None:
        raise ForbiddenError("a token without a person takes no tasks")
    _change(session, task, {"user_id": actor.user_id}, Task.user_id.is_(None))
    _note(session, task, "taken", actor, now)


def give_back(session: Session, actor: Actor, task_id: int, *, now: datetime) -> None:
    """Let somebody else take it. A wrap-up stays with its agent."""
    task = _own(session, actor, task_id)
    if task.kind == TaskKind.WRAP_UP:
        raise ConflictError("a wrap-up is filled in by the agent of the call")
    _change(session, task, {"user_id": None}, Task.user_id.is_not(None))
    _note(session, task, "given_back", actor, now)


def complete(session: Session, actor: Actor, task_id: int, outcome: str, *, now: datetime) -> None:
    """End a task with what came of it; the ticket of a callback is closed with it.

    Raises ConflictError when it has ended already.
    """
    task = _own(session, actor, task_id)
    if task.kind == TaskKind.WRAP_UP:
        raise ConflictError("a wrap-up is done when it is filled in")
    if task.kind in {TaskKind.TELL, TaskKind.POST}:
        raise ConflictError("say on the page of the ticket what came of it")
    end(session, task, outcome, actor=actor, now=now)
    _close_callback(session, actor, task, now)


def end(session: Session, task: Task, outcome: str, *, actor: Actor, now: datetime) -> None:
    """The same without asking whose it is: other services have asked."""
    if not 1 <= len(outcome.strip()) <= MAX_OUTCOME:
        raise InvalidInputError("outcome", f"must have 1 to {MAX_OUTCOME} characters")
    _change(session, task, {"state": TaskState.DONE, "done_at": now, "outcome": outcome.strip()}, true())
    _note(session, task, "done", actor, now)


def _close_callback(session: Session, actor: Actor, task: Task, now: datetime) -> None:
    """A callback's ticket asked for the call and nothing else. One that became more than that is left alone."""
    ticket = session.get(Ticket, task.ticket_id) if task.kind == TaskKind.CALLBACK and task.ticket_id else None
    if ticket is None or ticket.kind != Kind.CALLBACK:
        return
    if ticket.status == Status.REGISTERED:
        move_ticket(session, actor, ticket.id, "acknowledge", now=now)
    if ticket.status == Status.ACKNOWLEDGED:
        move_ticket(session, actor, ticket.id, "complete", now=now, fields={"result": task.outcome})


def _load(session: Session, actor: Actor, task_id: int) -> Task:
    found = session.scalars(select(Task).where(Task.id == task_id, _reachable(session, actor))).first()
    if found is None:
        raise NotFoundError("there is no such task")
    return found


def _own(session: Session, actor: Actor, task_id: int) -> Task:
    task = _load(session, actor, task_id)
    if task.user_id != actor.user_id and Relation.ANY not in reach(actor.roles, Action.TASK_WORK):
        raise ConflictError("take the task first")
    return task


def _reachable(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Tasks that the actor may see: his own, and those that wait for an agent of a queue that he serves."""
    enough = reach(actor.roles, Action.TASK_WORK)
    if Relation.ANY in enough:
        return true()
    if Relation.OWN not in enough or actor.user_id is None:
        return Task.id.is_(None)
    served = queues_served(plan_in_force(session), actor.name)
    of_queue = true() if served is None else or_(Task.queue.is_(None), Task.queue.in_(sorted(served)))
    if Relation.COMPLAINT in reach(actor.roles, Action.TICKET_READ):
        of_queue = true()  # the complaint office calls anybody back
    return or_(Task.user_id == actor.user_id, and_(Task.user_id.is_(None), of_queue))


def _change(session: Session, task: Task, values: dict[str, object], holds: ColumnElement[bool]) -> None:
    """Compare and set: what has ended, or was changed by somebody else just now, stays as it is."""
    changed = session.execute(
        update(Task)
        .where(Task.id == task.id, Task.version == task.version, Task.state == TaskState.OPEN, holds)
        .values(**values, version=task.version + 1)
        .returning(Task.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else was first")
    session.refresh(task)


def _note(session: Session, task: Task, what: str, actor: Actor, now: datetime) -> None:
    session.flush()
    detail = {"kind": task.kind, "user_id": task.user_id, "ticket_id": task.ticket_id}
    audit.append(session, at=now, actor=actor.name, action=f"task.{what}", subject=f"task:{task.id}", detail=detail)


def _check(session: Session, actor: Actor, new: NewTask, now: datetime) -> None:
    if new.kind is TaskKind.WRAP_UP:
        raise InvalidInputError("kind", "a wrap-up is no task that anybody makes")
    if len(new.title) > MAX_TITLE or (new.kind is TaskKind.FOLLOW_UP and not new.title.strip()):
        raise InvalidInputError("title", f"must have 1 to {MAX_TITLE} characters")
    if new.due_at.tzinfo is None or not now - timedelta(minutes=5) <= new.due_at <= now + _FARTHEST:
        raise InvalidInputError("due_at", "must be an instant within the year to come")
    if new.number is not None and not 3 <= len(digits_of(new.number)) <= 20:
        raise InvalidInputError("number", "must have 3 to 20 digits")
    if new.kind is TaskKind.CALLBACK and new.number is None:
        raise InvalidInputError("number", "a callback needs one")
    if new.ticket_id is not None and not scope.may_on_ticket(session, actor, Action.TICKET_READ, new.ticket_id):
        raise NotFoundError("there is no such ticket")
    if new.customer_id is not None:
        get_customer(session, new.customer_id)


def _views(session: Session, conditions: Sequence[ColumnElement[bool]], now: datetime) -> tuple[TaskView, ...]:
    unplaced = case((Task.place_at.is_(None), 1), else_=0)
    rows = session.execute(
        select(Task, User.username, Ticket.number)
        .outerjoin(User, User.id == Task.user_id)
        .outerjoin(Ticket, Ticket.id == Task.ticket_id)
        .where(*conditions)
        .order_by(Task.due_at, unplaced, Task.place_at, Task.id)
        .limit(MAX_SHOWN)
    )
    return tuple(_view(task, user, number, now) for task, user, number in rows)


def _view(task: Task, user: str | None, ticket_number: str | None, now: datetime) -> TaskView:
    return TaskView(
        id=task.id,
        kind=task.kind,
        title=task.title,
        user=user,
        queue=task.queue,
        ticket_id=task.ticket_id,
        ticket_number=ticket_number,
        call_id=task.call_id,
        customer_id=task.customer_id,
        number=task.number,
        due_at=task.due_at,
        place_at=task.place_at,
        state=task.state,
        made_at=task.made_at,
        made_by=task.made_by,
        done_at=task.done_at,
        outcome=task.outcome,
        overdue=task.state == TaskState.OPEN and task.due_at < now,
        version=task.version,
    )
