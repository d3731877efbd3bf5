"""The panel of the reply: written, looked at as a letter, sent by the customer's channel, proven."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from crm.db.messages import Message
from crm.db.tickets import Ticket
from crm.documents import reply_letter
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, InvalidInputError
from crm.domain.messages import MessageChannel
from crm.domain.reply import PARTS, REMEDIES, ReplyState
from crm.domain.tickets import Status
from crm.gate.deps import deps
from crm.gate.guard import actor
from crm.services import delivery, documents, letter, messages, reach, replies, scope
from crm.services.after_facts import reply_of
from crm.services.delivery import Told
from crm.services.replies import Sending
from crm.services.tickets import TicketDetail, load_ticket
from crm.web import after_words, case_forms, showing
from crm.web.case_forms import number, text
from crm.web.pdf_answers import pdf

case_reply = Blueprint("case_reply", __name__, url_prefix="/tickets/<int:ticket_id>/reply")
NAME = "reply"
_SAID = ("answer", "tracking", "call_id", "spoke_with", "received_by", "note")
"""What a proof may hold, in the order that it is shown in."""
_WRITTEN = frozenset({Status.INVESTIGATING, Status.PENDING_APPROVAL, Status.EXECUTING, *replies.MOVE_AFTER})


def panel(session: Session, asker: Actor, detail: TicketDetail) -> dict[str, Any] | None:
    """What the template shows; no panel before there is anything to answer or to read."""
    ticket_id, status = detail.summary.id, Status(detail.summary.status)
    row, sent = reply_of(session, ticket_id), messages.of_ticket(session, ticket_id)
    answers = scope.may_on_ticket(session, asker, Action.NOTIFY_FINAL, ticket_id)
    writes = answers and status in _WRITTEN and (row is None or row.state == ReplyState.DRAFT)
    if row is None and not sent and not writes:
        return None
    ticket = session.get_one(Ticket, ticket_id)
    view = replies.view(session, row) if row else None
    language = view.language if view else detail.summary.language
    return {
        "reply": view,
        "writes": writes,
        "sends": answers and status in replies.MOVE_AFTER and view is not None and not view.missing,
        "language": language if language in {"zh", "en"} else "zh",
        "draft": _draft(session, ticket, language) if writes and view is None else {},
        "ways": _ways(session, ticket) if answers else [],
        "messages": sent,
        "carries": answers or scope.may_on_ticket(session, asker, Action.TICKET_MOVE, ticket_id),
        "calls": _calls(session, sent),
        "proofs": _proofs(sent),
        "parts": [(name, after_words.PARTS[name]) for name in (*PARTS, REMEDIES)],
        "words": after_words,
        "documents": documents.of_ticket(session, ticket_id),
        "summary": _summary(view),
        "open": writes or bool(sent),
    }


def _summary(view: replies.ReplyView | None) -> str:
    if view is None:
        return str(_("not written yet"))
    return str(after_words.REPLY_STATES[view.state])


def _draft(session: Session, ticket: Ticket, language: str) -> dict[str, str]:
    language = language if language in {"zh", "en"} else "zh"
    remedies = "\n".join(replies.default_remedies(session, language))
    return {**replies.draft(session, ticket, language), REMEDIES: remedies}


def _ways(session: Session, ticket: Ticket) -> list[dict[str, Any]]:
    """The channels with their addresses as this person may read them; the customer's own one says so."""
    ways = reach.ways_to(session, ticket)
    return [
        {
            "channel": channel.value,
            "address": showing.masked(ways.addresses[channel])
            if channel in {MessageChannel.SMS, MessageChannel.PHONE}
            else ways.addresses[channel],
            "first": channel is ways.preferred,
            "wished": ways.wished and channel is ways.preferred,
        }
        for channel in MessageChannel
        if ways.has(channel)
    ]


def _calls(session: Session, sent: tuple[messages.MessageView, ...]) -> dict[int, list[tuple[str, str]]]:
    """For each message that waits to be told: the calls in which that may have happened, with their time."""
    zone = deps().centre.zone
    waiting = [one for one in sent if one.channel == MessageChannel.PHONE and one.state == "queued"]
    return {
        one.id: [
            (call_id, f"{at.astimezone(zone):%Y-%m-%d %H:%M} · {call_id}")
            for call_id, at in delivery.calls_about(session, messages.get(session, one.id)).items()
        ]
        for one in waiting
    }


def _proofs(sent: tuple[messages.MessageView, ...]) -> dict[int, list[tuple[str, datetime, str]]]:
    """What proves each message: the state, since when, and the other side's words."""
    found: dict[int, list[tuple[str, datetime, str]]] = {}
    for one in sent:
        for state in ("sent", "delivered"):
            told = one.proof.get(state)
            if told:
                said = " · ".join(str(told[key]) for key in _SAID if told.get(key))
                found.setdefault(one.id, []).append((state, datetime.fromisoformat(told["at"]), said))
    return found


@case_reply.post("/")
def write(ticket_id: int) -> Response | Answer:
    """Write the reply, or write it anew."""

    def work(session: Session) -> str:
        replies.write(
            session,
            actor(),
            ticket_id,
            {name: text(name) for name in PARTS},
            text(REMEDIES).splitlines(),
            language=text("language"),
            seen=number("seen"),
            now=deps().now(),
        )
        return str(_("The reply is written. Look at the letter before you send it."))

    return case_forms.act(ticket_id, NAME, work, action=Action.NOTIFY_FINAL)


@case_reply.get("/letter.pdf")
def see(ticket_id: int) -> Response:
    """The letter as it would go out now."""
    with deps().database.read() as session:
        ticket = load_ticket(session, actor(), ticket_id)
        row = reply_of(session, ticket.id)
        if row is None:
            raise ConflictError("the reply is not written yet")
        made = letter.gather(session, ticket, row, zone=deps().centre.zone, now=deps().now())
    return pdf(reply_letter.draw(made), f"reply-{ticket.number}.pdf")


@case_reply.post("/send")
def send(ticket_id: int) -> Response | Answer:
    """Send the reply by a channel."""

    def work(session: Session) -> str:
        now, zone = deps().now(), deps().centre.zone
        ticket = load_ticket(session, actor(), ticket_id)
        row = reply_of(session, ticket.id)
        if row is None:
            raise ConflictError("the reply is not written yet")
        channel = _channel(text("channel"))
        why = replies.unready(session, ticket, row, channel, text("why"))
        if why is not None:
            raise InvalidInputError("channel", replies.UNREADY_WHYS[why])
        kept = letter.keep(session, deps().store, actor(), ticket, row, zone=zone, now=now)
        sending = Sending(
            channel=channel,
            letter=kept.id,
            params=letter.params(session, ticket, row.language, zone=zone, now=now),
            page=f"{deps().centre.public_url}/answer/reply" if deps().centre.public_url else "",
            why=text("why"),
        )
        replies.send(session, actor(), ticket_id, sending, seen=number("seen"), now=now)
        return str(after_words.QUEUED[channel])

    return case_forms.act(ticket_id, NAME, work, action=Action.NOTIFY_FINAL)


def _channel(name: str) -> MessageChannel:
    if name not in set(MessageChannel):
        raise InvalidInputError("channel", "choose how the customer is told")
    return MessageChannel(name)


@case_reply.post("/messages/<int:message_id>/told")
def told(ticket_id: int, message_id: int) -> Response | Answer:
    """Say what came of a call."""

    def work(session: Session) -> str:
        _of(session, ticket_id, message_id)
        said = Told(text("outcome"), text("call_id"), text("spoke_with"), text("note"))
        row = delivery.tell_by_phone(session, actor(), message_id, said, now=deps().now())
        return str(_("Written down: the customer has been told.") if row.state == "delivered" else _("Written down."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_reply.post("/messages/<int:message_id>/posted")
def posted(ticket_id: int, message_id: int) -> Response | Answer:
    """Say under which number a letter is in the post."""

    def work(session: Session) -> str:
        _of(session, ticket_id, message_id)
        delivery.post_letter(
            session, actor(), message_id, tracking=text("tracking"), posted_at=moment("posted_at"), now=deps().now()
        )
        return str(_("Written down. It counts as told when it has been signed for."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_reply.post("/messages/<int:message_id>/arrived")
def arrived(ticket_id: int, message_id: int) -> Response | Answer:
    """Say that a letter was signed for, or came back."""

    def work(session: Session) -> str:
        _of(session, ticket_id, message_id)
        delivery.letter_arrived(
            session,
            actor(),
            message_id,
            received_at=moment("received_at"),
            by=text("received_by"),
            returned=text("returned") == "yes",
            now=deps().now(),
        )
        return str(_("Written down."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


@case_reply.post("/messages/<int:message_id>/again")
def again(ticket_id: int, message_id: int) -> Response | Answer:
    """Send a message that failed once more."""

    def work(session: Session) -> str:
        row = _of(session, ticket_id, message_id)
        delivery.demand(session, actor(), row)
        messages.send_again(session, row.id, actor=actor().name, now=deps().now())
        return str(_("It is on its way again."))

    return case_forms.act(ticket_id, NAME, work, action=Action.TICKET_MOVE)


def _of(session: Session, ticket_id: int, message_id: int) -> Message:
    row = messages.get(session, message_id)
    if row.ticket_id != ticket_id:
        raise ConflictError("this message belongs to another ticket")
    return row


def moment(name: str) -> datetime:
    """A time of a form, as the centre's clock shows it. Raises InvalidInputError."""
    try:
        found = datetime.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise InvalidInputError("at", "must be a day and a time") from None
    return found if found.tzinfo else found.replace(tzinfo=deps().centre.zone)
