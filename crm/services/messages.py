"""Messages: queued in the transaction of what they tell of, given by a job or by a person, and proven.

``queue_message`` is for every part of the house that tells a customer or a colleague something. The text is made
when it is queued. E-mail and SMS go out by the job ``send_message`` (``crm.jobs.send``); for the telephone and for
letters a person gets a task, and says afterwards what came of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.contact_centre import Task
from crm.db.messages import Message, MessageAttempt
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.documents.wording import Wording, WordingError, word
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.messages import BY_HAND, NEXT, MessageChannel, MessageState
from crm.domain.tasks import TaskKind
from crm.services import audit, letterhead, reach
from crm.services.jobs import enqueue
from crm.services.ticket_changes import record_event

SEND = "send_message"
MAX_ATTEMPTS = 110
"""With pauses that grow to a quarter of an hour: a server that is away for a day loses no message."""
CARRY_WITHIN = timedelta(hours=4)
"""A house target for what a person tells or posts."""
_MAX_DETAIL = 500


@dataclass(frozen=True)
class MessageView:
    """A message as pages show it."""

    id: int
    ticket_id: int | None
    channel: str
    template: str
    language: str
    address: str
    subject: str
    body: str
    document_ids: tuple[str, ...]
    state: str
    created_at: datetime
    sent_by: str
    sent_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    attempts: int
    error: str
    proof: Mapping[str, Any]
    task_id: int | None


def queue_message(  # noqa: PLR0913  (each names a thing that a message has)
    session: Session,
    *,
    ticket_id: int | None,
    channel: str,
    template: str,
    language: str,
    params: Mapping[str, str],
    now: datetime,
    sent_by: str,
    customer_id: int | None = None,
    user_id: int | None = None,
    address: str | None = None,
    documents: Sequence[str] = (),
    unique_key: str | None = None,
) -> int:
    """Queue a message to a customer or a colleague; gives its id.

    ``params`` fill the template's places; the bank's name and the hotline are filled in here. ``address`` is for
    whoever is no customer of ours yet; else it is found. The same ``unique_key`` queues one message, whatever is
    asked for afterwards. Raises InvalidInputError: ``channel`` without an address to use it, ``template`` with
    what is missing in the words.
    """
    if unique_key is not None:
        there = session.scalar(select(Message.id).where(Message.unique_key == unique_key))
        if there is not None:
            return there
    way = _channel(channel)
    to = address or reach.address_of(session, way, ticket_id=ticket_id, customer_id=customer_id, user_id=user_id)
    if not to:
        raise InvalidInputError("channel", f"there is no address for {way}")
    made = _worded(session, template, way, language, params)
    row = Message(
        ticket_id=ticket_id,
        customer_id=customer_id,
        user_id=user_id,
        channel=way,
        template=template,
        language=language,
        address=to,
        subject=made.subject,
        body=made.body,
        document_ids=list(documents),
        state=MessageState.QUEUED,
        reference=str(uuid.uuid4()),
        unique_key=unique_key,
        attempts=0,
        created_at=now,
        sent_by=sent_by,
        error="",
        proof={},
    )
    session.add(row)
    session.flush()
    _start(session, row, now)
    note(session, row, "queued", actor=sent_by, now=now)
    return row.id


def _channel(name: str) -> MessageChannel:
    try:
        return MessageChannel(name)
    except ValueError:
        raise InvalidInputError("channel", f"must be one of {', '.join(MessageChannel)}") from None


def _worded(
    session: Session, template: str, channel: MessageChannel, language: str, params: Mapping[str, str]
) -> Wording:
    told = {**letterhead.house_params(session, language), **params}
    try:
        return word(template, channel, language, told)
    except WordingError as error:
        raise InvalidInputError("template", str(error)) from error


def _start(session: Session, row: Message, now: datetime) -> None:
    """Have it carried out: by a job, or by a person."""
    if row.channel not in BY_HAND:
        enqueue(
            session,
            SEND,
            {"message_id": row.id, "round": row.attempts},
            now=now,
            unique_key=f"{SEND}:{row.id}:{row.attempts}",
            max_attempts=MAX_ATTEMPTS,
            priority=3,
        )
        return
    kind = TaskKind.TELL if row.channel == MessageChannel.PHONE else TaskKind.POST
    owner = session.scalars(select(User).where(User.username == row.sent_by, User.active)).first()
    task = Task(
        kind=kind,
        title=row.subject[:200],
        user_id=owner.id if owner else None,
        ticket_id=row.ticket_id,
        customer_id=row.customer_id,
        number=row.address if row.channel == MessageChannel.PHONE else None,
        due_at=now + CARRY_WITHIN,
        state="open",
        made_at=now,
        made_by=row.sent_by,
        outcome="",
        version=1,
    )
    session.add(task)
    session.flush()
    row.task_id = task.id


def get(session: Session, message_id: int) -> Message:
    """The row. Raises NotFoundError."""
    row = session.get(Message, message_id)
    if row is None:
        raise NotFoundError("there is no such message")
    return row


def of_ticket(session: Session, ticket_id: int) -> tuple[MessageView, ...]:
    """The messages of a ticket, oldest first; the caller has asked for rights."""
    rows = session.scalars(
        select(Message).where(Message.ticket_id == ticket_id).order_by(Message.created_at, Message.id)
    )
    return tuple(view(row) for row in rows)


def by_reference(session: Session, reference: str) -> Message | None:
    """A message by what its Message-ID holds, or by the provider's own number of it."""
    return session.scalars(
        select(Message).where((Message.reference == reference) | (Message.provider_id == reference)).limit(1)
    ).first()


def settle(
    session: Session,
    message_id: int,
    state: MessageState,
    *,
    outcome: str,
    actor: str,
    now: datetime,
    at: datetime | None = None,
    detail: Mapping[str, Any] | None = None,
    error: str = "",
) -> Message:
    """Write down what came of a message: compare and set, an attempt, the ticket's event, the end of its task.

    Raises NotFoundError, ConflictError when it has come to something else already.
    """
    row = get(session, message_id)
    if state not in NEXT[MessageState(row.state)]:
        raise ConflictError(f"a message that is {row.state} cannot become {state}")
    when = at or now
    told = {name: str(value)[:_MAX_DETAIL] for name, value in (detail or {}).items() if value}
    values: dict[str, Any] = {"state": state, "attempts": row.attempts + 1, "error": error[:_MAX_DETAIL]}
    values |= {_STAMP[state]: when} if state in _STAMP else {}
    if state in {MessageState.SENT, MessageState.DELIVERED}:
        values["proof"] = {**row.proof, state.value: {"at": when.isoformat(), "by": actor, "outcome": outcome, **told}}
    changed = session.execute(
        update(Message)
        .where(Message.id == row.id, Message.state == row.state, Message.attempts == row.attempts)
        .values(**values)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("this message has changed just now")
    session.refresh(row)
    session.add(MessageAttempt(message_id=row.id, at=now, actor=actor, outcome=outcome, detail=told))
    _end_task(session, row, outcome, now)
    note(session, row, state.value, actor=actor, now=now)
    return row


_STAMP: Mapping[MessageState, str] = {
    MessageState.SENT: "sent_at",
    MessageState.DELIVERED: "delivered_at",
    MessageState.FAILED: "failed_at",
}


def note_try(
    session: Session, row: Message, outcome: str, *, actor: str, now: datetime, detail: Mapping[str, Any], error: str
) -> None:
    """A try that did not settle anything: the line was busy, the server asked for patience."""
    told = {name: str(value)[:_MAX_DETAIL] for name, value in detail.items() if value}
    session.add(MessageAttempt(message_id=row.id, at=now, actor=actor, outcome=outcome, detail=told))
    row.attempts += 1
    row.error = error[:_MAX_DETAIL]
    session.flush()


def send_again(session: Session, message_id: int, *, actor: str, now: datetime) -> Message:
    """Queue a failed message once more. Raises NotFoundError, ConflictError."""
    row = get(session, message_id)
    if row.state != MessageState.FAILED:
        raise ConflictError("only a failed message is sent again")
    row.state, row.failed_at, row.error = MessageState.QUEUED, None, ""
    row.attempts += 1
    session.flush()
    _start(session, row, now)
    note(session, row, "queued_again", actor=actor, now=now)
    return row


def _end_task(session: Session, row: Message, outcome: str, now: datetime) -> None:
    if row.task_id is None:
        return
    session.execute(
        update(Task)
        .where(Task.id == row.task_id, Task.state == "open")
        .values(
            state="cancelled" if row.state == MessageState.CANCELLED else "done",
            done_at=now,
            outcome=outcome,
            version=Task.version + 1,
        )
        .execution_options(synchronize_session=False)
    )


def note(session: Session, row: Message, what: str, *, actor: str, now: datetime) -> None:
    """Write it down: in the ticket's history where there is one, else in the audit chain alone."""
    detail = {"message_id": row.id, "channel": row.channel, "template": row.template}
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    if ticket is not None:
        fields = {**detail, "documents": len(row.document_ids)} if row.document_ids else detail
        record_event(session, ticket, f"message_{what}", actor=actor, at=now, fields=fields)
        return
    audit.append(session, at=now, actor=actor, action=f"message.{what}", subject=f"message:{row.id}", detail=detail)


def view(row: Message) -> MessageView:
    """A row as pages show it."""
    return MessageView(
        id=row.id,
        ticket_id=row.ticket_id,
        channel=row.channel,
        template=row.template,
        language=row.language,
        address=row.address,
        subject=row.subject,
        body=row.body,
        document_ids=tuple(row.document_ids),
        state=row.state,
        created_at=row.created_at,
        sent_by=row.sent_by,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        failed_at=row.failed_at,
        attempts=row.attempts,
        error=row.error,
        proof=row.proof,
        task_id=row.task_id,
    )
