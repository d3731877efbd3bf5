"""The job ``send_message``: give a queued message to the mail server or the provider, and write down what came of it.

A try is written down before it is made, with the same reference each time: a process that dies in between leaves a
message that is sent again and that the other side can know by its reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from crm.db.messages import Message
from crm.db.tickets import Ticket
from crm.domain.access import SYSTEM
from crm.domain.errors import ConflictError
from crm.domain.messages import MessageChannel, MessageState
from crm.jobs.outgoing import Accepted, File, LaterError, Outgoing, RefusedError, Sender, Senders
from crm.jobs.work import JobContext, WaitError
from crm.services import delivery, documents, messages

log = structlog.get_logger(__name__)

_NOT_SET_UP = 300.0
_AT_NIGHT = frozenset({MessageChannel.SMS})
"""What rings at the customer's, and so waits for the morning."""
_URGENT = frozenset({"callout"})
"""Templates that wait for nothing."""


def send_message(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Send one message. Raises WaitError (no way out set up, night), LaterError (the book tries again)."""
    message_id, now = int(payload["message_id"]), context.now()
    senders = context.senders or Senders()
    with context.database.read() as session:
        row = messages.get(session, message_id)
        if row.state != MessageState.QUEUED:
            return
        sender = senders.by_channel.get(row.channel)
        _wait_for_morning(row, senders, now)
        made = _outgoing(context, session, row, now)
    if sender is None:
        _note_wait(context, message_id, "no way to send this is set up")
        raise WaitError(f"nothing is set up to send {row.channel}", _NOT_SET_UP)
    _try(context, message_id, sender, made)


def _wait_for_morning(row: Message, senders: Senders, now: datetime) -> None:
    if row.channel not in _AT_NIGHT or row.template in _URGENT:
        return
    here = now.astimezone(senders.zone)
    until = senders.quiet.end_of(here)
    if until > here:
        raise WaitError("customers are not woken", (until - here).total_seconds())


def _outgoing(context: JobContext, session: Session, row: Message, now: datetime) -> Outgoing:
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    files = tuple(
        File(one.file_name, one.media_type, documents.content_of(context.store, one))
        for one in documents.rows_of(session, row.document_ids)
        if row.channel == MessageChannel.EMAIL
    )
    return Outgoing(
        row.reference, row.address, row.subject, row.body, now, files, ticket.number if ticket is not None else ""
    )


def _try(context: JobContext, message_id: int, sender: Sender, made: Outgoing) -> None:
    try:
        taken = sender.send(made)
    except RefusedError as error:
        _settle(context, message_id, MessageState.FAILED, "refused", error.detail, str(error))
    except LaterError as error:
        with context.database.write() as session:
            row = messages.get(session, message_id)
            messages.note_try(
                session, row, "later", actor=SYSTEM.name, now=context.now(), detail=error.detail, error=str(error)
            )
        raise
    else:
        _settle(context, message_id, MessageState.SENT, "accepted", dict(taken.detail), "", taken)


def _settle(
    context: JobContext,
    message_id: int,
    state: MessageState,
    outcome: str,
    detail: Mapping[str, Any],
    error: str,
    taken: Accepted | None = None,
) -> None:
    now = context.now()
    with context.database.write() as session:
        if taken is not None and taken.provider_id:
            messages.get(session, message_id).provider_id = taken.provider_id[:120]
        try:
            delivery.settle(
                session, message_id, state, outcome=outcome, actor=SYSTEM.name, now=now, detail=detail, error=error
            )
        except ConflictError:
            log.warning("message_settled_twice", message=message_id, state=state)


def _note_wait(context: JobContext, message_id: int, why: str) -> None:
    with context.database.write() as session:
        row = messages.get(session, message_id)
        if row.error != why:
            row.error = why


def message_lost(session: Session, payload: Mapping[str, Any], error: str, now: datetime) -> None:
    """All tries were used up: the message failed, and whoever sent it is told."""
    row = session.get(Message, int(payload["message_id"]))
    if row is not None and row.state == MessageState.QUEUED:
        delivery.settle(
            session, row.id, MessageState.FAILED, outcome="given_up", actor=SYSTEM.name, now=now, error=error[:200]
        )
