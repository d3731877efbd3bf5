"""The call-out: people of the roster are called, answer, are called again, and their successors after them.

``call_out`` is asked when an emergency is declared and every minute after that; it is the rules of
``crm.domain.emergency`` applied to the rows, so that asking twice does nothing twice.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.emergencies import Emergency, EmergencyCall, EmergencyEvent
from crm.db.messages import Message
from crm.db.people import User
from crm.domain.access import Action, Actor
from crm.domain.emergency import (
    ACTIVE,
    MOST_CALLS,
    Answer,
    Step,
    Summons,
    complete,
    filled_by,
    short_seats,
    summons,
    timetable,
)
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.messages import MessageChannel
from crm.domain.rules import Rules
from crm.services import duty_roster, emergency_signals
from crm.services import emergency_book as book
from crm.services.centre import Centre
from crm.services.messages import queue_message

Site = Callable[[str], str]
"""An address of ours as others open it, from its path; empty where it has none."""
_LOG_IN = {"zh": "请登录系统", "en": "log in to the system"}


def call_out(
    session: Session, row: Emergency, *, rules: Rules, centre: Centre, site: Site, now: datetime
) -> tuple[Summons, ...]:
    """Call whoever is to be called now; gives whom."""
    if row.state not in ACTIVE:
        return ()
    wanted = summons(book.seats_of(row), book.called_of(row), now, rules)
    for one in wanted:
        _call(session, row, one, rules=rules, centre=centre, site=site, now=now)
    _tell_of_gaps(session, row, rules, now)
    return wanted


def _call(
    session: Session, row: Emergency, one: Summons, *, rules: Rules, centre: Centre, site: Site, now: datetime
) -> None:
    call = next((call for call in row.called if call.user_id == one.user_id), None)
    if call is None:
        call = EmergencyCall(emergency_id=row.id, user_id=one.user_id, times=0, first_at=now, last_at=now, note="")
        call.answered_by = ""
        row.called.append(call)
        session.flush()
        session.refresh(call, ["user"])
    call.times, call.last_at = call.times + 1, now
    token = secrets.token_urlsafe(24)
    link = site(f"/emergencies/answer/{token}")
    if link:  # else the one that he may have had before stays good
        call.token_sha256 = digest(token)
    ways = _message(session, row, call, link, rules=rules, centre=centre, now=now)
    book.tell(session, row, [call.user_id], "call_out", now=now)
    book.log(session, row, "called", actor="system", now=now, user=call.user.username, times=call.times, ways=ways)


def digest(token: str) -> str:
    """What is kept of the secret in a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def _message(
    session: Session, row: Emergency, call: EmergencyCall, link: str, *, rules: Rules, centre: Centre, now: datetime
) -> list[str]:
    """Send him a text message and a mail; from the second time on a colleague phones him, too."""
    user, number = call.user, duty_roster.number_of(session, call.user_id, now=now)
    language = "en" if user.locale == "en" else "zh"
    params = {
        "name": user.display_name or user.username, "matter": row.title, "number": row.number, "text": row.situation,
        "at": f"{row.declared_at.astimezone(centre.zone):%Y-%m-%d %H:%M}", "minutes": str(rules.emergency_team_minutes),
        "link": link or _LOG_IN[language],
    }  # fmt: skip
    ways = [(MessageChannel.SMS, number), (MessageChannel.EMAIL, user.email)]
    if 1 < call.times <= MOST_CALLS:
        ways.append((MessageChannel.PHONE, number))
    used = []
    for channel, address in ways:
        if address:
            queue_message(
                session, ticket_id=None, user_id=user.id, channel=channel, template="callout", language=language,
                params=params, now=now, sent_by=row.declared_by.username, address=address,
                unique_key=f"callout:{row.id}:{user.id}:{call.times}:{channel}",
            )  # fmt: skip
            used.append(str(channel))
    return used


def _tell_of_gaps(session: Session, row: Emergency, rules: Rules, now: datetime) -> None:
    """Say once that a seat has nobody left to call, and once that the team is late."""
    seats, called = book.seats_of(row), book.called_of(row)
    short = short_seats(seats, called)
    for seat in row.seats:
        if seat.duty in short and seat.short_told_at is None:
            seat.short_told_at = now
            book.log(session, row, "seat_short", actor="system", now=now, duty=seat.duty)
            book.tell(session, row, _heads(session, row), "seat_short", now=now)
    late = now >= row.declared_at + timedelta(minutes=rules.emergency_team_minutes)
    if late and row.team_late_told_at is None and not complete(seats, called):
        row.team_late_told_at = now
        missing = [str(seat.duty) for seat in seats if filled_by(seat, called) is None]
        book.log(session, row, "team_late", actor="system", now=now, missing=missing)
        book.tell(session, row, _heads(session, row), "team_late", now=now)


_STEPS = (Step.INTERIM, Step.LEAK_REPORT, Step.LEAK_REPORT_LEGAL)


def tell_of_late_steps(session: Session, row: Emergency, *, rules: Rules, now: datetime) -> tuple[Step, ...]:
    """Tell the leads once of each step whose time is over and that nobody has done; gives which."""
    late = [due.step for due in timetable(book.progress_of(row), rules) if due.done_at is None and due.at <= now]
    told = set(
        session.scalars(
            select(EmergencyEvent.event).where(
                EmergencyEvent.emergency_id == row.id, EmergencyEvent.event.in_([f"{step}_late" for step in _STEPS])
            )
        )
    )
    fresh = tuple(step for step in late if step in _STEPS and f"{step}_late" not in told)
    for step in fresh:
        book.log(session, row, f"{step}_late", actor="system", now=now)
        book.tell(session, row, [*book.team_ids(row), *_heads(session, row)], f"{step}_late", now=now)
    return fresh


def _heads(session: Session, row: Emergency) -> list[int]:
    """Who hears that a team is not whole: who declared it, and all who may declare one."""
    return [row.declared_by_id, *emergency_signals.leads(session)]


def answer(
    session: Session, actor: Actor, emergency_id: int, given: str, *, now: datetime, note: str = "",
    of: int | None = None,
) -> None:  # fmt: skip
    """He comes, or cannot; ``of``: somebody else said so to the actor. Raises NotFoundError, InvalidInputError."""
    for_another = of is not None and of != actor.user_id
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_WORK if for_another else Action.EMERGENCY_READ)
    user_id = of if of is not None else actor.user_id
    by = "page" if user_id == actor.user_id else f"told {actor.name}"
    _answer(session, row, user_id, given, by=by, actor=actor.name, note=note, now=now)


def answer_by_link(session: Session, token: str, given: str, *, now: datetime) -> Emergency:
    """The same by the link of a message. Raises NotFoundError for a link that is not valid (any more)."""
    row, call = by_link(session, token)
    _answer(session, row, call.user_id, given, by="link", actor=call.user.username, note="", now=now)
    return row


def by_link(session: Session, token: str) -> tuple[Emergency, EmergencyCall]:
    """What a link is of. Raises NotFoundError."""
    call = session.scalars(select(EmergencyCall).where(EmergencyCall.token_sha256 == digest(token))).first()
    row = session.get(Emergency, call.emergency_id) if call is not None else None
    if call is None or row is None or row.state not in ACTIVE or not call.user.active:
        raise NotFoundError("this link is not valid any more")
    return row, call


def _answer(
    session: Session, row: Emergency, user_id: int | None, given: str, *, by: str, actor: str, note: str, now: datetime
) -> None:
    book.still_open(row)
    if given not in set(Answer):
        raise InvalidInputError("answer", f"must be one of {', '.join(Answer)}")
    call = next((call for call in row.called if call.user_id == user_id), None)
    if call is None:
        raise NotFoundError("he was not called out")
    if call.answer == given:
        return
    call.answer, call.answered_at, call.answered_by, call.note = given, now, by[:12], note.strip()[:500]
    book.log(
        session, row, "answered", actor=actor, now=now, user=call.user.username, answer=given, by=by, note=call.note
    )
    _fill_seats(session, row, now)


def _fill_seats(session: Session, row: Emergency, now: datetime) -> None:
    called = book.called_of(row)
    for seat, rules_seat in zip(row.seats, book.seats_of(row), strict=True):
        user_id = filled_by(rules_seat, called)
        if seat.filled_by_id != user_id:
            seat.filled_by_id, seat.filled_at = user_id, now if user_id is not None else None
    whole = complete(book.seats_of(row), called)
    if whole and row.team_complete_at is None:
        row.team_complete_at = now
        book.log(session, row, "team_complete", actor="system", now=now)
        book.tell(session, row, book.team_ids(row), "team_complete", now=now)


def add_person(session: Session, actor: Actor, emergency_id: int, duty: str, username: str, *, now: datetime) -> None:
    """Put somebody on a seat's list by hand, as the next to be called: a roster may be short.

    Raises InvalidInputError, ConflictError when he is on it already.
    """
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_WORK)
    book.still_open(row)
    seat = next((seat for seat in row.seats if seat.duty == duty), None)
    if seat is None:
        raise InvalidInputError("duty", "this team has no such seat")
    user = session.scalars(select(User).where(User.username == username.strip(), User.active)).first()
    if user is None:
        raise InvalidInputError("username", "there is no such active user")
    if user.id in book.accused(session, book.ticket_ids(session, row.id)):
        raise InvalidInputError("username", "one of the matters is about him")
    if user.id in seat.roster:
        raise ConflictError("he is on this seat's list already")
    seat.roster = [*seat.roster, user.id]
    seat.short_told_at = None
    book.log(session, row, "person_added", actor=actor.name, now=now, duty=duty, user=user.username)


def failed_messages(session: Session, row: Emergency) -> tuple[str, ...]:
    """People whose call-out could not be sent: somebody must reach them otherwise."""
    rows = session.scalars(
        select(Message).where(
            Message.unique_key.startswith(f"callout:{row.id}:", autoescape=True),
            Message.state == "failed",
        )
    )
    ids = {one.user_id for one in rows}
    return tuple(call.user.username for call in row.called if call.user_id in ids and call.answer is None)
