"""Temporary solutions of an emergency, and the bulletins that tell departments and customers how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.departments import Department, DepartmentMember
from crm.db.emergencies import Emergency, EmergencyBulletin, EmergencyMeasure, EmergencyTicket
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.emergency import bulletin_due
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.rules import Rules
from crm.domain.tickets import ENDED
from crm.services import emergency_book as book
from crm.services import reach
from crm.services.centre import Centre
from crm.services.messages import queue_message

MAX_TEXT = 4_000
MAX_CUSTOMER_TEXT = 400
"""It goes out as a text message, too."""
REMIND_BEFORE = timedelta(minutes=15)
_NO_MORE = {"zh": "无(本次为最后一次通报)", "en": "none (this is the last bulletin)"}
_SOMEBODY = {"zh": "客户", "en": "Customer"}


@dataclass(frozen=True)
class NewMeasure:
    """A temporary solution. ``tell_agents``: what agents say to callers while it holds."""

    text: str
    owner: str
    tell_agents: str = ""
    ends_at: datetime | None = None


@dataclass(frozen=True)
class NewBulletin:
    """What is told now. ``final``: nothing more will follow."""

    internal: str
    customer_zh: str = ""
    customer_en: str = ""
    final: bool = False


def decide(session: Session, actor: Actor, emergency_id: int, new: NewMeasure, *, now: datetime) -> int:
    """Put a temporary solution in force. Raises InvalidInputError, ConflictError when all is over."""
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_WORK)
    book.still_open(row)
    if not 1 <= len(new.text.strip()) <= MAX_TEXT or len(new.tell_agents) > MAX_TEXT:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    owner = session.scalars(select(User).where(User.username == new.owner.strip(), User.active)).first()
    if owner is None:
        raise InvalidInputError("owner", "there is no such active user")
    if new.ends_at is not None and new.ends_at <= now:
        raise InvalidInputError("ends_at", "must lie ahead")
    measure = EmergencyMeasure(
        emergency_id=row.id, text=new.text.strip(), tell_agents=new.tell_agents.strip(), owner_id=owner.id,
        decided_at=now, decided_by=actor.name, ends_at=new.ends_at, outcome="",
    )  # fmt: skip
    session.add(measure)
    row.interim_at = row.interim_at or now
    session.flush()
    book.log(session, row, "measure", actor=actor.name, now=now, text=measure.text, owner=owner.username)
    book.tell(session, row, [owner.id, *book.team_ids(row)], "measure", now=now, by=actor.user_id)
    return measure.id


def end_measure(
    session: Session, actor: Actor, emergency_id: int, measure_id: int, outcome: str, *, now: datetime
) -> None:
    """End it, or hand it over to somebody's ordinary work, and say so. Raises ConflictError when it is over."""
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_WORK)
    measure = session.get(EmergencyMeasure, measure_id)
    if measure is None or measure.emergency_id != row.id:
        raise NotFoundError("there is no such measure")
    if measure.ended_at is not None:
        raise ConflictError("this measure is over already")
    if not 1 <= len(outcome.strip()) <= MAX_TEXT:
        raise InvalidInputError("outcome", "say how it ended, or to whom it was handed over")
    measure.ended_at, measure.ended_by, measure.outcome = now, actor.name, outcome.strip()
    book.log(session, row, "measure_ended", actor=actor.name, now=now, measure=measure.id, outcome=measure.outcome)


def instructions(session: Session) -> Sequence[tuple[str, str, str]]:
    """What agents say to callers now: number and title of each emergency that is on, and the words."""
    rows = session.execute(
        select(Emergency.number, Emergency.title, EmergencyMeasure.tell_agents)
        .join(EmergencyMeasure, EmergencyMeasure.emergency_id == Emergency.id)
        .where(Emergency.ended_at.is_(None), EmergencyMeasure.ended_at.is_(None), EmergencyMeasure.tell_agents != "")
        .order_by(Emergency.declared_at.desc(), EmergencyMeasure.id.desc())
    )
    return [(number, title, words) for number, title, words in rows]


def issue(
    session: Session, actor: Actor, emergency_id: int, new: NewBulletin, *, rules: Rules, centre: Centre, now: datetime
) -> EmergencyBulletin:
    """Tell departments and customers how it stands. Raises InvalidInputError, ConflictError when all is over."""
    row = book.load(session, actor, emergency_id, Action.EMERGENCY_WORK)
    book.still_open(row)
    tickets = _affected(session, row)
    _check(new, tickets)
    position = (
        session.scalar(select(func.max(EmergencyBulletin.position)).where(EmergencyBulletin.emergency_id == row.id))
        or 0
    ) + 1
    due = bulletin_due(book.progress_of(row), rules) or now
    following = None if new.final else now + timedelta(hours=rules.bulletin_hours)
    message_ids, not_told = _to_customers(session, actor, row, new, position, tickets, centre, now, following)
    told = book.tell(session, row, _people(session, row, tickets), "bulletin", now=now, by=actor.user_id)
    bulletin = EmergencyBulletin(
        emergency_id=row.id, position=position, due_at=due, issued_at=now, issued_by=actor.name,
        internal_text=new.internal.strip(), customer_zh=new.customer_zh.strip(), customer_en=new.customer_en.strip(),
        final=new.final, told_people=told, message_ids=message_ids, not_told=not_told,
    )  # fmt: skip
    session.add(bulletin)
    row.last_bulletin_at = now
    session.flush()
    book.log(
        session, row, "bulletin", actor=actor.name, now=now, position=position, final=new.final,
        customers=len(message_ids), not_told=len(not_told), colleagues=told, late=now > due,
    )  # fmt: skip
    return bulletin


def _check(new: NewBulletin, tickets: Sequence[Ticket]) -> None:
    if not 1 <= len(new.internal.strip()) <= MAX_TEXT:
        raise InvalidInputError("internal", f"must have 1 to {MAX_TEXT} characters")
    wanted = {_language(ticket) for ticket in tickets}
    for language, text in (("zh", new.customer_zh), ("en", new.customer_en)):
        if len(text) > MAX_CUSTOMER_TEXT:
            raise InvalidInputError(f"customer_{language}", f"must have at most {MAX_CUSTOMER_TEXT} characters")
        if language in wanted and not text.strip():
            raise InvalidInputError(f"customer_{language}", "customers of this language are to be told, too")


def _affected(session: Session, row: Emergency) -> Sequence[Ticket]:
    """The matters whose customers are told: those that are not withdrawn, merged or declined."""
    gone = ENDED - {"closed", "archived"}
    return session.scalars(
        select(Ticket)
        .join(EmergencyTicket, EmergencyTicket.ticket_id == Ticket.id)
        .where(EmergencyTicket.emergency_id == row.id, Ticket.status.not_in(sorted(gone)))
        .order_by(Ticket.id)
    ).all()


def _language(ticket: Ticket) -> str:
    return "en" if ticket.language == "en" else "zh"


def _to_customers(
    session: Session, actor: Actor, row: Emergency, new: NewBulletin, position: int, tickets: Sequence[Ticket],
    centre: Centre, now: datetime, following: datetime | None,
) -> tuple[list[int], list[int]]:  # fmt: skip
    """One message a customer, by the channel he prefers; and the tickets whose customer nothing reaches."""
    sent, not_told, known = [], [], set()
    for ticket in tickets:
        who = (ticket.customer_id, ticket.caller_key) if ticket.customer_id or ticket.caller_key else (ticket.id,)
        if who in known:
            continue
        known.add(who)
        language = _language(ticket)
        channel = reach.ways_to(session, ticket).preferred
        if channel is None:
            not_told.append(ticket.id)
            continue
        params = {
            "name": reach.name_of(session, ticket) or _SOMEBODY[language],
            "matter": row.title, "number": ticket.number, "at": _clock(now, centre),
            "text": (new.customer_en if language == "en" else new.customer_zh).strip(),
            "next": _clock(following, centre) if following else _NO_MORE[language],
        }  # fmt: skip
        message_id = queue_message(
            session, ticket_id=ticket.id, customer_id=ticket.customer_id, channel=channel, template="bulletin",
            language=language, params=params, now=now, sent_by=actor.name,
            unique_key=f"bulletin:{row.id}:{position}:{ticket.id}",
        )  # fmt: skip
        sent.append(message_id)
    return sent, not_told


def _clock(at: datetime, centre: Centre) -> str:
    return f"{at.astimezone(centre.zone):%m-%d %H:%M}"


def _people(session: Session, row: Emergency, tickets: Sequence[Ticket]) -> list[int]:
    """The team, who works on the matters, and the heads of all departments."""
    heads = session.scalars(
        select(DepartmentMember.user_id)
        .join(Department, Department.id == DepartmentMember.department_id)
        .where(Department.active, DepartmentMember.post.in_(("head", "deputy")))
    )
    workers = [ticket.assignee_id for ticket in tickets if ticket.assignee_id is not None]
    return [*book.team_ids(row), *workers, *heads]


def remind(session: Session, row: Emergency, *, rules: Rules, now: datetime) -> bool:
    """Remind the team that a bulletin is due, a quarter of an hour before it, once; and when it is late, once more."""
    due = bulletin_due(book.progress_of(row), rules)
    if due is None or now < due - REMIND_BEFORE:
        return False
    mark = due if now >= due else due - REMIND_BEFORE
    if row.reminded_for is not None and row.reminded_for >= mark:
        return False
    row.reminded_for = mark
    what = "bulletin_late" if now >= due else "bulletin_due"
    book.log(session, row, what, actor="system", now=now)
    book.tell(session, row, book.team_ids(row), what, now=now)
    return True
