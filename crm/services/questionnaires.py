"""Questionnaires: a link with a secret that goes to the customer after his answer, and what he says there.

By it he confirms or disputes himself; the house then makes the ticket's move.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.aftercare import Questionnaire
from crm.db.tickets import Ticket
from crm.domain.errors import ConflictError, DomainError, InvalidInputError
from crm.domain.messages import MessageChannel
from crm.domain.notices import NoticeKind
from crm.domain.tickets import Status
from crm.services import letter, messages, notices, reach, rules
from crm.services.centre import Centre
from crm.services.replies import digest_of
from crm.services.rounds import round_of
from crm.services.ticket_changes import record_event
from crm.services.ticket_moves import system_move

PAGE = "/answer/rate"
MAX_OPINION = 2_000
CUSTOMER = "customer"
_BY_ITSELF = (MessageChannel.SMS, MessageChannel.EMAIL)
QUESTIONS = ("attitude", "speed", "clear")
"""Marks from 1 to 5 that may be given beside the one that counts."""


@dataclass(frozen=True)
class Rated:
    """What a customer said. ``settled``: whether the matter is settled; ``disputes``: he does not accept the answer."""

    score: int
    settled: bool
    disputes: bool
    opinion: str
    marks: Mapping[str, int]


def invite(session: Session, ticket: Ticket, centre: Centre, *, now: datetime) -> int | None:
    """Send a questionnaire, once a round; None where no link can reach the customer, or it was sent before."""
    turn = round_of(session, ticket.id)
    there = select(Questionnaire.id).where(Questionnaire.ticket_id == ticket.id, Questionnaire.round == turn)
    if not centre.public_url or session.scalar(there) is not None:
        return None
    ways = reach.ways_to(session, ticket)
    channel = next((one for one in (ways.preferred, *_BY_ITSELF) if one in _BY_ITSELF and ways.has(one)), None)
    if channel is None:
        return None
    secret = secrets.token_urlsafe(18)
    until = now + timedelta(days=rules.current(session).questionnaire_days)
    row = Questionnaire(ticket_id=ticket.id, round=turn, digest=digest_of(secret), sent_at=now, until=until,
                        disputes=False, answers={}, opinion="")  # fmt: skip
    session.add(row)
    session.flush()
    language = "en" if ticket.language == "en" else "zh"
    told = letter.params(session, ticket, language, zone=centre.zone, now=now)
    messages.queue_message(
        session,
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        channel=channel,
        template="questionnaire",
        language=language,
        params={
            **told,
            "link": f"{centre.public_url}{PAGE}/{secret}",
            "until": letter.day(until, language, centre.zone),
        },
        now=now,
        sent_by="system",
        unique_key=f"questionnaire:{ticket.id}:{turn}",
    )
    return row.id


def by_secret(session: Session, secret: str, *, now: datetime) -> Questionnaire | None:
    """The questionnaire that a link leads to; None for a link that is wrong or too old."""
    row = session.scalars(select(Questionnaire).where(Questionnaire.digest == digest_of(secret))).first()
    return row if row is not None and now <= row.until else None


def answer(session: Session, secret: str, rated: Rated, *, now: datetime) -> Questionnaire:
    """Keep what the customer says, and move his ticket. Raises ConflictError (answered), InvalidInputError."""
    row = by_secret(session, secret, now=now)
    if row is None:
        raise ConflictError("this link does not work any more")
    if rated.score not in {1, 2, 3, 4, 5} or any(mark not in {1, 2, 3, 4, 5} for mark in rated.marks.values()):
        raise InvalidInputError("score", "must be 1 to 5")
    if len(rated.opinion) > MAX_OPINION or "\0" in rated.opinion:
        raise InvalidInputError("opinion", f"must have at most {MAX_OPINION} characters")
    if rated.disputes and not rated.opinion.strip():
        raise InvalidInputError("opinion", "say what you do not agree with")
    changed = session.execute(
        update(Questionnaire)
        .where(Questionnaire.id == row.id, Questionnaire.answered_at.is_(None))
        .values(answered_at=now, score=rated.score, settled=rated.settled, disputes=rated.disputes,
                opinion=rated.opinion.strip(), answers=dict(rated.marks))
        .returning(Questionnaire.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()  # fmt: skip
    if changed is None:
        raise ConflictError("this questionnaire has been answered")
    session.refresh(row)
    _follow(session, row, now)
    return row


def _follow(session: Session, row: Questionnaire, now: datetime) -> None:
    """Write it into the ticket, move it where that is possible, tell its people."""
    ticket = session.get_one(Ticket, row.ticket_id)
    record_event(session, ticket, "questionnaire_answered", actor=CUSTOMER, at=now, reason=row.opinion,
                 fields={"score": row.score, "settled": row.settled, "disputes": row.disputes})  # fmt: skip
    move, reason, fields = "confirm", "", {"satisfaction": row.score, "opinion": row.opinion}
    if row.disputes:
        move, reason, fields = "dispute", row.opinion, {}
    if Status(ticket.status) in {Status.NOTIFIED, *({Status.CONFIRMED} if row.disputes else set())}:
        try:
            with session.begin_nested():
                system_move(session, ticket, move, now=now, reason=reason, fields=fields)
        except DomainError as error:
            record_event(session, ticket, "answer_not_moved", actor="system", at=now, reason=str(error))
    kind = NoticeKind.DISPUTED if row.disputes else NoticeKind.NEW_MATERIAL
    for user_id in {ticket.assignee_id, ticket.first_agent_id} - {None}:
        notices.tell(session, user_id, kind, ticket.id, now)


def of_ticket(session: Session, ticket_id: int) -> tuple[Questionnaire, ...]:
    """The questionnaires of a ticket, oldest first."""
    rows = session.scalars(select(Questionnaire).where(Questionnaire.ticket_id == ticket_id).order_by(Questionnaire.id))
    return tuple(rows)
