"""Receipts: the customer is told number, time and contact, once, by the way that he prefers."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session

from crm.db.intake import TicketIntake
from crm.db.tickets import Ticket
from crm.domain.access import SYSTEM, Action, Actor
from crm.domain.errors import ConflictError, InvalidInputError
from crm.domain.messages import MessageChannel
from crm.domain.receipts import Receipt, channel_title, shown_day, ways
from crm.services import case_access, letterhead, messages, reach
from crm.services.centre import Centre
from crm.services.ticket_changes import record_event
from ivr import ticketnumbers

TEMPLATE = "receipt"
_LONGEST_NAME = 40
_NO_NAME = re.compile(r"https?:|www\.|[/\\@<>\n]|\d{5}|\.[a-z]{2,}", re.IGNORECASE)


def give(
    session: Session, ticket: Ticket, intake: TicketIntake, known: Receipt, *, by: str, centre: Centre, now: datetime
) -> None:
    """Note what the customer knows already (shown, told, nothing), and send it where there is a way to.

    A way that fails is no fault of the intake: the ticket is there, and somebody will call.
    """
    if known is not Receipt.NONE:
        _note(session, ticket, intake, known, "", by, now)
    reachable = {
        str(channel): reach.address_of(session, channel, ticket_id=ticket.id) is not None for channel in MessageChannel
    }
    for way in ways(intake.preferred, reachable, told=known is not Receipt.NONE):
        try:
            messages.queue_message(
                session,
                ticket_id=ticket.id,
                customer_id=ticket.customer_id,
                channel=way,
                template=TEMPLATE,
                language=ticket.language,
                params=params(session, ticket, intake, centre),
                now=now,
                sent_by=SYSTEM.name if by == "customer" else by,
                unique_key=f"{TEMPLATE}:{ticket.id}",
            )
        except InvalidInputError:
            continue
        if known is Receipt.NONE:
            _note(session, ticket, intake, Receipt.QUEUED, way, by, now)
        else:
            intake.receipt_channel = way
        return


def _note(
    session: Session, ticket: Ticket, intake: TicketIntake, how: Receipt, channel: str, by: str, now: datetime
) -> None:
    intake.receipt, intake.receipt_channel, intake.receipt_at = how, channel, now
    if how is not Receipt.QUEUED or channel in {MessageChannel.EMAIL, MessageChannel.SMS}:
        ticket.told_at = now
    record_event(session, ticket, "receipt_given", actor=by, at=now, fields={"how": str(how), "channel": channel})


def params(session: Session, ticket: Ticket, intake: TicketIntake, centre: Centre) -> dict[str, str]:
    """What the template of a receipt is filled with."""
    english = ticket.language == "en"
    number = ticketnumbers.shown(ticket.number)
    hotline = letterhead.house_params(session, ticket.language)["hotline"]
    if centre.public_url:
        code = f"code {intake.progress_code}" if english else f"查询码 {intake.progress_code}"
        progress = f"{centre.public_url}/contact/progress ({code})"
    else:
        progress = f"the hotline {hotline}" if english else f"客服热线 {hotline}"
    return {
        "name": _greeted(intake.reporter_name) or ("customer" if english else "尊敬的客户"),
        "number": number,
        "received": shown_day(ticket.received_at, centre.zone, ticket.language),
        "channel": channel_title(ticket.channel, ticket.language),
        "expected": shown_day(intake.expected_at or ticket.received_at, centre.zone, ticket.language),
        "progress": progress,
    }


def _greeted(name: str) -> str:
    """The name as it may stand in a mail: an advertisement that is typed as a name is not sent on by us."""
    return "" if len(name) > _LONGEST_NAME or _NO_NAME.search(name) else name


def told_by_person(session: Session, actor: Actor, ticket_id: int, *, now: datetime) -> None:
    """A person told the customer number, time and contact. Raises NotFoundError, ForbiddenError, ConflictError."""
    ticket = case_access.for_writing(session, actor, ticket_id, action=Action.TICKET_MOVE)
    intake = session.get(TicketIntake, ticket_id)
    if intake is None:
        raise ConflictError("this ticket has no record of its intake yet")
    if ticket.told_at is None:
        _note(session, ticket, intake, Receipt.TOLD, "", actor.name, now)
        ticket.version += 1


def read_back(session: Session, actor: Actor, ticket_id: int, *, now: datetime) -> None:
    """The record was read to the customer and he agreed. Raises NotFoundError, ForbiddenError, ConflictError."""
    ticket = case_access.for_writing(session, actor, ticket_id, action=Action.TICKET_MOVE)
    if ticket.read_back_at is not None:
        return
    ticket.read_back_at = now
    ticket.version += 1
    intake = session.get(TicketIntake, ticket_id)
    if intake is not None:
        intake.read_back_by = actor.name
    record_event(session, ticket, "read_back", actor=actor.name, at=now)
