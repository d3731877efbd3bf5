"""The work after a call: begun by the live service, filled in by the agent, and never lost when his time is over.

What is filled in is kept at once, so that a wrap-up that lapses keeps it; the task that it becomes leads back to the
same form. ``acw_time`` is the time until it was first done or lapsed, and does not change afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from crm.db.contact_centre import Disposition, Task, WrapUp
from crm.db.tickets import Ticket, ticket_calls
from crm.domain.access import SYSTEM, Action, Actor, reach
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.tasks import WRAP_UP_WITHIN, TaskKind, TaskState
from crm.domain.tickets import ENDED, Channel, Kind
from crm.domain.wrapup import MAX_NOTE, Filled, Missing, State, missing
from crm.services import audit, call_links, call_parts, scope, tasks
from crm.services.call_links import Party, party_of
from crm.services.centre import Centre
from crm.services.dispositions import leaf
from crm.services.ticket_changes import NewTicket, create_ticket
from crm.services.tickets import TicketSummary, summaries

MAX_CHOICES = 12


@dataclass(frozen=True)
class WrapUpView:
    """A wrap-up as its form shows it."""

    id: int
    call_id: str
    user_id: int
    queue: str | None
    state: str
    started_at: datetime
    limit_at: datetime
    finished_at: datetime | None
    disposition: str | None
    note: str
    ticket_id: int | None
    acw_time: float | None
    missing: tuple[Missing, ...]
    number: str | None
    customer_id: int | None
    language: str
    task_id: int | None
    """the task that the call was made for, or that this wrap-up became"""


@dataclass(frozen=True)
class Filling:
    """What is filled in; None leaves a part as it is.

    A ticket is continued (``ticket_id``) or made (``new_kind``); ``no_ticket`` takes back one that was chosen.
    """

    disposition: str | None = None
    note: str | None = None
    ticket_id: int | None = None
    new_kind: Kind | None = None
    no_ticket: bool = False


def begin(
    session: Session, user_id: int, call_id: str, queue: str | None, started_at: datetime, limit: timedelta
) -> int:
    """Open the wrap-up of a call, once however often it is asked for. Gives its id."""
    same = (WrapUp.call_id == call_id, WrapUp.user_id == user_id, WrapUp.started_at == started_at)
    found = session.scalars(select(WrapUp.id).where(*same)).first()
    if found is not None:
        return found
    row = WrapUp(
        call_id=call_id,
        user_id=user_id,
        queue=queue,
        state=State.OPEN,
        started_at=started_at,
        limit_at=started_at + limit,
    )
    asked = party_of(session, call_id).outbound
    if asked is not None:
        row.ticket_id = asked.ticket_id
    session.add(row)
    session.flush()
    return row.id


def current(session: Session, actor: Actor) -> WrapUpView | None:
    """The actor's open wrap-up; the newest, should there be several."""
    row = session.scalars(
        select(WrapUp)
        .where(WrapUp.user_id == (actor.user_id or 0), WrapUp.state == State.OPEN)
        .order_by(WrapUp.started_at.desc(), WrapUp.id.desc())
        .limit(1)
    ).first()
    return _view(session, row) if row is not None else None


def get_wrap_up(session: Session, actor: Actor, wrap_up_id: int) -> WrapUpView:
    """One of the actor's own. Raises NotFoundError for anybody else's."""
    return _view(session, _own(session, actor, wrap_up_id))


def of_task(session: Session, actor: Actor, task_id: int) -> int | None:
    """The wrap-up that became this task."""
    task = session.get(Task, task_id)
    if task is None or task.kind != TaskKind.WRAP_UP:
        return None
    mine = (WrapUp.call_id == task.call_id, WrapUp.user_id == actor.user_id, WrapUp.state == State.LAPSED)
    return session.scalars(select(WrapUp.id).where(*mine).order_by(WrapUp.id).limit(1)).first()


def choices(session: Session, actor: Actor, wrap_up_id: int) -> tuple[TicketSummary, ...]:
    """Tickets that this call may be put to: its own first, then what the same customer has open."""
    row = _own(session, actor, wrap_up_id)
    party = party_of(session, row.call_id)
    own = select(ticket_calls.c.ticket_id).where(ticket_calls.c.call_id == row.call_id)
    by_call = session.scalars(select(Ticket).where(or_(Ticket.id.in_(own), Ticket.id == row.ticket_id)))
    found = {ticket.id: ticket for ticket in by_call}
    same = [
        column == value
        for column, value in ((Ticket.customer_id, party.customer_id), (Ticket.caller_key, party.key))
        if value is not None
    ]
    if same:
        still_open = select(Ticket).where(or_(*same), Ticket.status.not_in(sorted(ENDED)))
        for ticket in session.scalars(still_open.order_by(Ticket.received_at.desc()).limit(MAX_CHOICES)):
            found.setdefault(ticket.id, ticket)
    return summaries(session, list(found.values()))


def fill(
    session: Session, actor: Actor, wrap_up_id: int, filling: Filling, *, centre: Centre, now: datetime
) -> WrapUpView:
    """Keep what is filled in so far. Raises InvalidInputError, NotFoundError, ConflictError when it is done already."""
    row = _own(session, actor, wrap_up_id, lock=True)
    if row.state == State.DONE:
        raise ConflictError("this wrap-up is done")
    if filling.note is not None:
        if len(filling.note) > MAX_NOTE or "\0" in filling.note:
            raise InvalidInputError("note", f"must have at most {MAX_NOTE} characters")
        row.note = filling.note.strip()
    if filling.disposition is not None:
        row.disposition = leaf(session, filling.disposition).code
    _choose_ticket(session, actor, row, filling, centre, now)
    session.flush()
    return _view(session, row)


def _choose_ticket(
    session: Session, actor: Actor, row: WrapUp, filling: Filling, centre: Centre, now: datetime
) -> None:
    if filling.no_ticket:
        row.ticket_id = None
    if filling.ticket_id is not None and filling.ticket_id != row.ticket_id:
        row.ticket_id = _checked_ticket(session, actor, row, filling.ticket_id)
    elif filling.ticket_id is None and filling.new_kind is not None:
        if row.ticket_id is not None:
            raise ConflictError("this wrap-up has its ticket already")
        row.ticket_id = _new_ticket(session, actor, row, filling.new_kind, centre, now)


def finish(session: Session, actor: Actor, wrap_up_id: int, *, now: datetime) -> WrapUpView:
    """End it, when nothing is missing any more: the call is put to its ticket, and a task that it became is done.

    Raises InvalidInputError that names the first missing part, ConflictError when it is done already.
    """
    row = _own(session, actor, wrap_up_id, lock=True)
    if row.state == State.DONE:
        raise ConflictError("this wrap-up is done")
    needs = missing(_filled(row))
    if needs:
        raise InvalidInputError(needs[0], "is needed before the wrap-up is done")
    late = row.state == State.LAPSED
    _stop_clock(session, row, now)
    row.state = State.DONE
    if row.ticket_id is not None:
        ticket = session.get_one(Ticket, row.ticket_id)
        call_links.link(session, ticket, row.call_id, actor=actor.name, now=now, note=row.note)
    if late:
        for task in session.scalars(_tasks_of(row)):
            tasks.end(session, task, row.disposition or State.DONE, actor=actor, now=now)
    detail = {"call_id": row.call_id, "disposition": row.disposition, "ticket_id": row.ticket_id, "late": late}
    audit.append(session, at=now, actor=actor.name, action="wrap_up.done", subject=f"wrap_up:{row.id}", detail=detail)
    return _view(session, row)


def lapse(session: Session, wrap_up_id: int, *, now: datetime) -> int | None:
    """Its time is over: it becomes a task of its agent. Gives the task's id, None when it was not open any more."""
    row = session.get(WrapUp, wrap_up_id, with_for_update=True)
    if row is None or row.state != State.OPEN:
        return None
    _stop_clock(session, row, now)
    row.state = State.LAPSED
    party = party_of(session, row.call_id)
    task = Task(
        kind=TaskKind.WRAP_UP,
        title="",
        user_id=row.user_id,
        queue=row.queue,
        ticket_id=row.ticket_id,
        call_id=row.call_id,
        customer_id=party.customer_id,
        number=party.number,
        due_at=now + WRAP_UP_WITHIN,
        made_at=now,
        made_by=SYSTEM.name,
    )
    session.add(task)
    session.flush()
    detail = {"call_id": row.call_id, "task_id": task.id}
    audit.append(
        session, at=now, actor=SYSTEM.name, action="wrap_up.lapsed", subject=f"wrap_up:{row.id}", detail=detail
    )
    return task.id


def lapse_open(session: Session, user_id: int, *, now: datetime) -> tuple[int, ...]:
    """Lapse all that a person has open: he wants the next call. Gives the ids of the tasks."""
    open_ones = select(WrapUp.id).where(WrapUp.user_id == user_id, WrapUp.state == State.OPEN).order_by(WrapUp.id)
    made = [lapse(session, one, now=now) for one in session.scalars(open_ones).all()]
    return tuple(task_id for task_id in made if task_id is not None)


def lapse_overdue(session: Session, *, now: datetime) -> tuple[int, ...]:
    """Lapse whatever is past its limit, whoever was to do it. Gives the ids of the wrap-ups."""
    past = select(WrapUp.id).where(WrapUp.state == State.OPEN, WrapUp.limit_at <= now).order_by(WrapUp.id)
    return tuple(one for one in session.scalars(past).all() if lapse(session, one, now=now) is not None)


def _own(session: Session, actor: Actor, wrap_up_id: int, *, lock: bool = False) -> WrapUp:
    """The row; locked by whoever changes it, since its time may be over at the same instant."""
    if not reach(actor.roles, Action.WRAP_UP):
        raise ForbiddenError("these roles have no wrap-ups")
    row = session.get(WrapUp, wrap_up_id, with_for_update=True if lock else None)
    if row is None or row.user_id != actor.user_id:
        raise NotFoundError("there is no such wrap-up")
    return row


def _stop_clock(session: Session, row: WrapUp, now: datetime) -> None:
    if row.finished_at is None:
        row.finished_at = now
        row.acw_time = max(0.0, (now - row.started_at).total_seconds())
        call_parts.refresh_acw(session, row.call_id)


def _checked_ticket(session: Session, actor: Actor, row: WrapUp, ticket_id: int) -> int:
    """A ticket of this caller, or one that the actor may read anyway."""
    known = scope.may_on_ticket(session, actor, Action.TICKET_READ, ticket_id)
    if not known and ticket_id not in {choice.id for choice in choices(session, actor, row.id)}:
        raise NotFoundError("there is no such ticket")
    return ticket_id


def _new_ticket(session: Session, actor: Actor, row: WrapUp, kind: Kind, centre: Centre, now: datetime) -> int:
    party = party_of(session, row.call_id)
    made = create_ticket(session, actor, _ticket_of(session, row, kind, party), centre=centre, now=now)
    return made.summary.id


def _ticket_of(session: Session, row: WrapUp, kind: Kind, party: Party) -> NewTicket:
    chosen = session.get(Disposition, row.disposition) if row.disposition else None
    title = (chosen.title_en if party.language == "en" else chosen.title_zh) if chosen else ""
    text = row.note or title
    if not text:
        raise InvalidInputError("note", "a new ticket needs a note or a disposition")
    return NewTicket(
        kind=kind,
        channel=Channel.PHONE,
        text=text,
        caller_number=party.number,
        customer_id=party.customer_id,
        category=row.disposition,
        language=party.language,
    )


def _filled(row: WrapUp) -> Filled:
    return Filled(row.disposition, row.note, row.ticket_id is not None)


def _tasks_of(row: WrapUp) -> Select[Task]:
    return select(Task).where(
        Task.kind == TaskKind.WRAP_UP,
        Task.user_id == row.user_id,
        Task.call_id == row.call_id,
        Task.state == TaskState.OPEN,
    )


def _view(session: Session, row: WrapUp) -> WrapUpView:
    party = party_of(session, row.call_id)
    became = session.scalars(_tasks_of(row)).first()
    return WrapUpView(
        id=row.id,
        call_id=row.call_id,
        user_id=row.user_id,
        queue=row.queue,
        state=row.state,
        started_at=row.started_at,
        limit_at=row.limit_at,
        finished_at=row.finished_at,
        disposition=row.disposition,
        note=row.note,
        ticket_id=row.ticket_id,
        acw_time=row.acw_time,
        missing=missing(_filled(row)),
        number=party.number,
        customer_id=party.customer_id,
        language=party.language,
        task_id=became.id if became else (party.outbound.task_id if party.outbound else None),
    )
