"""Surveys of customers: what the menu heard after a call, links after visits, and what follows a low mark.

The caller answers after his agent has left the line, so nobody rates himself; a low mark plans a visit by somebody
else. Every function that changes something works in the caller's writing transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.aftercare import Visit
from crm.db.calls import Call
from crm.db.people import User
from crm.db.surveys import Survey
from crm.db.tickets import Ticket
from crm.domain import surveys as rules_of
from crm.domain.access import SYSTEM
from crm.domain.errors import ConflictError, InvalidInputError
from crm.domain.messages import MessageChannel
from crm.domain.surveys import MAX_OPINION, Way
from crm.domain.visits import VisitKind
from crm.domain.working_days import working_end
from crm.services import letter, messages, reach, rules, visits
from crm.services.centre import Centre
from crm.services.public_calendar import calendar
from crm.services.replies import digest_of
from ivr.callevents import CallEvent, CallEventName
from ivr.menu import RECOMMENDATION, SATISFACTION

PAGE = "/survey"
_BY_ITSELF = (MessageChannel.SMS, MessageChannel.EMAIL)
FOLLOW_UP_DAYS = 2
"""Working days within which somebody calls after a low mark."""


@dataclass
class _Heard:
    """A hand-over in a journal, with what was keyed after it."""

    at: datetime
    agent: str
    score: int | None = None
    recommends: int | None = None
    answered_at: datetime | None = None


def of_journal(journal: Iterable[CallEvent]) -> list[_Heard]:
    """The hand-overs of a call, in their order."""
    found: list[_Heard] = []
    for event in journal:
        if event.event == CallEventName.SURVEY_OFFERED:
            found.append(_Heard(event.at, str(event.fields.get("agent") or "")))
        elif event.event == CallEventName.SURVEY_ANSWERED and found:
            _hear(found[-1], event)
    return found


def _hear(one: _Heard, event: CallEvent) -> None:
    question, score = event.fields.get("question"), event.fields.get("score")
    try:
        if question == SATISFACTION:
            one.score = rules_of.checked(score).score
        elif question == RECOMMENDATION:
            one.recommends = rules_of.checked(1, score).recommends
        else:
            return
    except InvalidInputError:  # a journal that somebody wrote by hand
        return
    one.answered_at = one.answered_at or event.at


def write_of_call(
    session: Session, call: Call, journal: Iterable[CallEvent], *, centre: Centre, now: datetime
) -> tuple[Survey, ...]:
    """The surveys of a call as rows: made once, completed when more was heard. The ingest asks; again does no harm."""
    rows = []
    for number, heard in enumerate(of_journal(journal)):
        key = f"call:{call.call_id}:{number}"
        user = session.scalars(select(User).where(User.username == heard.agent)).first() if heard.agent else None
        row = session.scalars(select(Survey).where(Survey.unique_key == key)).first()
        if row is None:
            row = Survey(
                way=Way.MENU, unique_key=key, call_id=call.call_id, opinion="", language=call.language,
                offered_at=heard.at,
            )  # fmt: skip
            session.add(row)
        row.user_id, row.queue, row.language = user.id if user else None, call.queue, call.language
        row.offered_at = heard.at
        row.answered_at = heard.answered_at if heard.score is not None else None
        row.score, row.recommends = heard.score, heard.recommends if heard.score is not None else None
        session.flush()
        follow(session, row, centre=centre, now=now)
        rows.append(row)
    return tuple(rows)


def follow(session: Session, row: Survey, *, centre: Centre, now: datetime) -> Visit | None:
    """Somebody calls a customer who gave a low mark: a visit, once. None where there is nobody who could be called."""
    if not rules_of.is_low(row.score) or row.follow_up_id is not None:
        return None
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    call = session.get(Call, row.call_id) if row.call_id is not None else None
    visited = session.get(Visit, row.visit_id) if row.visit_id is not None else None
    customer_id = next(
        (one.customer_id for one in (ticket, call, visited) if one is not None and one.customer_id), None
    )
    if customer_id is None:
        return None
    days = calendar(session, centre.calendar)
    due = working_end(row.answered_at or now, FOLLOW_UP_DAYS, centre.zone, days)
    made = visits.plan(
        session, VisitKind.CALL, key=f"survey:{row.id}", due_at=due.at, ticket=ticket, customer_id=customer_id,
        by=SYSTEM.name, now=now,
    )  # fmt: skip
    row.follow_up_id = made.id if made else None
    session.flush()
    return made


def invite(session: Session, visit: Visit, centre: Centre, *, now: datetime) -> Survey | None:
    """Send a link after a visit, once; None where no link can reach the customer, or one was sent before."""
    key = f"visit:{visit.id}"
    ticket = session.get(Ticket, visit.ticket_id) if visit.ticket_id is not None else None
    known = session.scalar(select(Survey.id).where(Survey.unique_key == key))
    if not centre.public_url or ticket is None or known is not None:
        return None
    ways = reach.ways_to(session, ticket)
    channel = next((one for one in (ways.preferred, *_BY_ITSELF) if one in _BY_ITSELF and ways.has(one)), None)
    if channel is None:
        return None
    secret, language = secrets.token_urlsafe(18), "en" if ticket.language == "en" else "zh"
    until = now + timedelta(days=rules.current(session).questionnaire_days)
    row = Survey(
        way=Way.LINK, unique_key=key, visit_id=visit.id, ticket_id=ticket.id, user_id=visit.visitor_id,
        language=language, offered_at=now, until=until, digest=digest_of(secret), opinion="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    told = letter.params(session, ticket, language, zone=centre.zone, now=now)
    link = {"link": f"{centre.public_url}{PAGE}/{secret}", "until": letter.day(until, language, centre.zone)}
    messages.queue_message(
        session, ticket_id=ticket.id, customer_id=ticket.customer_id, channel=channel, template="survey",
        language=language, params={**told, **link}, now=now, sent_by=SYSTEM.name, unique_key=f"survey:{row.id}",
    )  # fmt: skip
    return row


def by_secret(session: Session, secret: str, *, now: datetime) -> Survey | None:
    """The survey that a link leads to; None for a link that is wrong or too old."""
    row = session.scalars(select(Survey).where(Survey.digest == digest_of(secret))).first()
    return row if row is not None and row.until is not None and now <= row.until else None


def answer(
    session: Session, secret: str, score: int, recommends: int | None, opinion: str, *, centre: Centre, now: datetime
) -> Survey:
    """Keep what the customer says, once. Raises ConflictError (answered, or no such link), InvalidInputError."""
    row = by_secret(session, secret, now=now)
    if row is None:
        raise ConflictError("this link does not work any more")
    found = rules_of.checked(score, recommends)
    if len(opinion) > MAX_OPINION or "\0" in opinion:
        raise InvalidInputError("opinion", f"must have at most {MAX_OPINION} characters")
    changed = session.execute(
        update(Survey)
        .where(Survey.id == row.id, Survey.answered_at.is_(None))
        .values(answered_at=now, score=found.score, recommends=found.recommends, opinion=opinion.strip())
        .returning(Survey.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("this survey has been answered")
    session.refresh(row)
    follow(session, row, centre=centre, now=now)
    return row
