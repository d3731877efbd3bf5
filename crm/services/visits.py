"""Return visits: planned when the customer has his answer, made by somebody independent, tried until he is reached.

A customer who is not satisfied has his matter taken up again, one level higher. Every function works in the caller's
writing transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.db.aftercare import ContactTry, Visit
from crm.db.people import Customer, User
from crm.db.surveys import Survey
from crm.db.tickets import Ticket, TicketEvent
from crm.domain import visits as rules_of
from crm.domain.access import SYSTEM, Action, Actor, Relation, Role, reach
from crm.domain.customers import Purpose
from crm.domain.errors import ConflictError, DomainError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.domain.tickets import ENDED, Kind
from crm.domain.visits import Outcome, VisitKind, VisitState
from crm.domain.working_days import working_end
from crm.services import audit, consents, handling, messages, notices, recusal, rules
from crm.services import reach as ways
from crm.services.centre import Centre
from crm.services.public_calendar import calendar
from crm.services.rounds import round_of
from crm.services.ticket_changes import record_event
from crm.services.ticket_moves import system_move
from ivr.ticketnumbers import shown

MAX_NOTE = 2_000
_VISITING = "visit_"


def plan_after_notice(session: Session, ticket: Ticket, centre: Centre, *, now: datetime) -> Visit | None:
    """Plan the visit of a complaint that was answered: so many working days after the notice. Once a round."""
    if Kind(ticket.kind) is not Kind.COMPLAINT or ticket.notified_at is None:
        return None
    days = rules.current(session).return_visit_working_days
    due = working_end(ticket.notified_at, days, centre.zone, calendar(session, centre.calendar))
    turn = round_of(session, ticket.id)
    return plan(
        session,
        VisitKind.COMPLAINT,
        key=f"complaint:{ticket.id}:{turn}",
        due_at=due.at,
        ticket=ticket,
        customer_id=ticket.customer_id,
        turn=turn,
        by=SYSTEM.name,
        now=now,
    )


def plan(
    session: Session,
    kind: VisitKind,
    *,
    key: str,
    due_at: datetime,
    ticket: Ticket | None,
    customer_id: int | None,
    by: str,
    now: datetime,
    turn: int = 0,
) -> Visit | None:
    """Plan a visit; None when this one was planned before."""
    if session.scalar(select(Visit.id).where(Visit.unique_key == key)) is not None:
        return None
    row = Visit(
        kind=kind.value,
        ticket_id=ticket.id if ticket else None,
        customer_id=customer_id,
        round=turn,
        unique_key=key,
        due_at=due_at,
        state=VisitState.PLANNED,
        answers={},
        opinion="",
        made_at=now,
        made_by=by,
        version=1,
    )
    session.add(row)
    session.flush()
    _note(session, row, "planned", by, now, {"due_at": due_at.isoformat()})
    return row


def plan_service(session: Session, actor: Actor, customer_id: int, *, due_at: datetime, now: datetime) -> Visit:
    """Plan a talk about products with a customer who agreed to such calls; it is kept apart from complaints.

    Raises ForbiddenError, NotFoundError, InvalidInputError, ConflictError (one is planned, or a complaint is open).
    """
    if Relation.ANY not in reach(actor.roles, Action.VISIT_WORK):
        raise ForbiddenError("these roles do not plan visits")
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFoundError("there is no such customer")
    if not consents.allows(session, customer_id, Purpose.MARKETING_PHONE, now=now):
        raise InvalidInputError("customer", "has not agreed to calls about products")
    if due_at <= now:
        raise InvalidInputError("due_at", "must lie ahead")
    waiting = select(Visit.id).where(
        Visit.customer_id == customer_id, Visit.kind == VisitKind.SERVICE, Visit.state == VisitState.PLANNED
    )
    if session.scalar(waiting) is not None:
        raise ConflictError("a visit about products is planned already")
    complaint = select(Ticket.id).where(
        Ticket.customer_id == customer_id, Ticket.kind == Kind.COMPLAINT, Ticket.status.not_in(ENDED)
    )
    if session.scalar(complaint.limit(1)) is not None:
        raise ConflictError("nobody speaks of products while a complaint is open")
    key = f"service:{customer_id}:{now.isoformat()}"
    made = plan(session, VisitKind.SERVICE, key=key, due_at=due_at, ticket=None, customer_id=customer_id,
                by=actor.name, now=now)  # fmt: skip
    if made is None:
        raise ConflictError("a visit about products is planned already")
    return made


def may_make(session: Session, user: User, row: Visit) -> bool:
    """Whether this person is independent enough: nobody who had a hand in the matter, nobody whom it is about."""
    if row.id in _of_low_marks(session, user.id):
        return False
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    if ticket is None:
        return True
    hands = recusal.hands_in(session, ticket.id) - _only_visited(session, ticket.id)
    hands |= {one.username for one in (ticket.assignee, ticket.first_agent) if one is not None}
    about = {ticket.accused.username} if ticket.accused else set()
    return rules_of.may_visit(user.username, hands, about)


def _of_low_marks(session: Session, user_id: int) -> frozenset[int]:
    """Visits that low marks for this person's own service brought about."""
    query = select(Survey.follow_up_id).where(Survey.user_id == user_id, Survey.follow_up_id.is_not(None))
    return frozenset(one for one in session.scalars(query) if one is not None)


def _only_visited(session: Session, ticket_id: int) -> set[str]:
    """Who did nothing with this matter but make or plan its visits."""
    rows = session.execute(
        select(TicketEvent.actor, TicketEvent.event).where(TicketEvent.ticket_id == ticket_id).distinct()
    ).all()
    acted = {actor for actor, event in rows if not event.startswith(_VISITING)}
    return {actor for actor, _event in rows} - acted


def give_to(session: Session, actor: Actor, visit_id: int, username: str, *, now: datetime) -> None:
    """Give a visit to somebody. Raises ForbiddenError, NotFoundError, InvalidInputError (not independent)."""
    row = _open(session, actor, visit_id, leads=True)
    user = session.scalars(select(User).where(User.username == username.strip(), User.active)).first()
    if user is None or not reach(_roles(user), Action.VISIT_WORK):
        raise InvalidInputError("visitor", "there is nobody of this name who makes visits")
    if not may_make(session, user, row):
        raise InvalidInputError("visitor", "whoever had a hand in the matter does not make its visit")
    _change(session, row, visitor_id=user.id)
    _note(session, row, "given", actor.name, now, {"visitor": user.username})
    notices.tell(session, user.id, NoticeKind.VISIT_DUE, row.ticket_id, now, by=actor.user_id)


def take(session: Session, actor: Actor, visit_id: int, *, now: datetime) -> None:
    """Make a visit one's own. Raises as ``give_to``."""
    row = _open(session, actor, visit_id)
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    if user is None or not may_make(session, user, row):
        raise ForbiddenError("whoever had a hand in the matter does not make its visit")
    if row.visitor_id not in {None, user.id}:
        raise ConflictError("somebody else makes this visit")
    _change(session, row, visitor_id=user.id)
    _note(session, row, "taken", actor.name, now, {})


def not_reached(
    session: Session, actor: Actor, visit_id: int, *, call_id: str, note: str, centre: Centre, now: datetime
) -> int:
    """The customer was tried in vain; gives the tries so far. The last one that is asked for ends the visit."""
    row = _mine(session, actor, visit_id)
    if len(note) > MAX_NOTE:
        raise InvalidInputError("note", f"must have at most {MAX_NOTE} characters")
    numbers = rules.current(session)
    tries = tries_of(session, row) + 1
    _try(session, row, actor, reached=False, call_id=call_id, note=note, now=now)
    _note(session, row, "not_reached", actor.name, now, {"tries": tries})
    if tries >= numbers.no_answer_tries:
        _end(session, row, Outcome.NO_ANSWER, now)
        _note(session, row, "ended", actor.name, now, {"outcome": Outcome.NO_ANSWER.value})
        _leave_word(session, row, now)
        return tries
    after = now + rules_of.next_try(tries, numbers.visit_retry_hours)
    _change(session, row, next_try_at=centre.quiet.end_of(after.astimezone(centre.zone)))
    return tries


def _leave_word(session: Session, row: Visit, now: datetime) -> None:
    """A message to somebody who could not be reached; without an address there is none."""
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    if ticket is None or row.kind == VisitKind.SERVICE:
        return
    found = ways.ways_to(session, ticket)
    channel = next((one for one in (found.preferred, *found.addresses) if one in {"sms", "email"}), None)
    if channel is None:
        return
    name = ways.name_of(session, ticket) or ("尊敬的客户" if ticket.language == "zh" else "Customer")
    messages.queue_message(
        session, ticket_id=ticket.id, customer_id=ticket.customer_id, channel=channel, template="visit",
        language="en" if ticket.language == "en" else "zh", params={"number": shown(ticket.number), "name": name},
        now=now, sent_by=SYSTEM.name, unique_key=f"visit:{row.id}",
    )  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What a customer said at a visit. ``refused``: he does not want to be asked."""

    answers: Mapping[str, str]
    opinion: str = ""
    call_id: str = ""
    refused: bool = False


def record(session: Session, actor: Actor, visit_id: int, said: Said, *, now: datetime) -> Outcome:
    """Write down what the customer said. Raises as ``take``, and InvalidInputError.

    Who is not satisfied after a complaint has it taken up again, a level higher.
    """
    row = _mine(session, actor, visit_id)
    if len(said.opinion) > MAX_NOTE or "\0" in said.opinion:
        raise InvalidInputError("opinion", f"must have at most {MAX_NOTE} characters")
    if said.refused:
        outcome = Outcome.REFUSED
    else:
        found = rules_of.checked(VisitKind(row.kind), said.answers)
        outcome = rules_of.outcome_of(found)
        row.answers, row.satisfaction, row.settled = dict(found.given), found.satisfaction, found.settled
    if outcome is Outcome.NOT_SATISFIED and not said.opinion.strip():
        raise InvalidInputError("opinion", "what he is not satisfied with must be written down")
    row.opinion = said.opinion.strip()
    _try(session, row, actor, reached=True, call_id=said.call_id, note="", now=now)
    _end(session, row, outcome, now)
    _note(session, row, "ended", actor.name, now, {"outcome": outcome.value, "satisfaction": row.satisfaction})
    if outcome is Outcome.NOT_SATISFIED and row.kind in {VisitKind.COMPLAINT, VisitKind.PERIODIC}:
        _take_up_again(session, row, actor, now)
    return outcome


def _take_up_again(session: Session, row: Visit, actor: Actor, now: datetime) -> None:
    """Reopen the complaint and grade it higher; where it cannot be reopened by itself, its people are told."""
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    if ticket is None:
        return
    reason = f"return visit {row.id}: {row.opinion}"[:MAX_NOTE]
    fields = {"new_facts": row.opinion[:500], "visit_id": row.id}
    try:
        with session.begin_nested():
            system_move(session, ticket, "reopen", now=now, reason=reason, fields=fields)
            if ticket.kind == Kind.COMPLAINT and ticket.level is not None and ticket.level < 3:
                level = rules_of.level_after(ticket.level)
                handling.apply_grade(
                    session, ticket, level, actor=actor.name, reason=reason, signed_by=(actor.name,), now=now
                )
    except DomainError as error:
        record_event(session, ticket, "visit_not_satisfied", actor=actor.name, at=now, reason=str(error))
    for user_id in {ticket.assignee_id, row.visitor_id} - {None}:
        notices.tell(session, user_id, NoticeKind.REOPENED, ticket.id, now, by=actor.user_id)


def cancel(session: Session, actor: Actor, visit_id: int, reason: str, *, now: datetime) -> None:
    """Call a visit off, with a reason; the visit of a complaint is made in any case. Raises ForbiddenError."""
    row = _open(session, actor, visit_id, leads=True)
    if row.kind == VisitKind.COMPLAINT:
        raise ConflictError("the visit after a complaint is made in any case")
    if not reason.strip():
        raise InvalidInputError("reason", "a reason must be given")
    _change(session, row, state=VisitState.CANCELLED, done_at=now, opinion=reason.strip()[:MAX_NOTE])
    _note(session, row, "cancelled", actor.name, now, {"reason": reason.strip()[:200]})


def visitors(session: Session, row: Visit) -> tuple[str, ...]:
    """Who could make this visit: active people whose roles make visits, and who had no hand in the matter."""
    people = session.scalars(select(User).where(User.active).order_by(User.username))
    able = (user for user in people if reach(_roles(user), Action.VISIT_WORK))
    return tuple(user.username for user in able if may_make(session, user, row))


def _roles(user: User) -> frozenset[Role]:
    return frozenset(Role(role.name) for role in user.roles)


def seen(session: Session, actor: Actor, visit_id: int) -> Visit:
    """The row, for who may see it. Raises NotFoundError."""
    row = session.get(Visit, visit_id)
    if row is None:
        raise NotFoundError("there is no such visit")
    mine = row.visitor_id in {None, actor.user_id} and reach(actor.roles, Action.VISIT_WORK)
    if not mine and Relation.ANY not in reach(actor.roles, Action.VISIT_READ):
        raise NotFoundError("there is no such visit")
    return row


def _open(session: Session, actor: Actor, visit_id: int, *, leads: bool = False) -> Visit:
    row = seen(session, actor, visit_id)
    enough = reach(actor.roles, Action.VISIT_WORK)
    if not enough or (leads and Relation.ANY not in enough):
        raise ForbiddenError("these roles do not plan visits" if leads else "these roles make no visits")
    if row.state != VisitState.PLANNED:
        raise ConflictError("this visit has ended")
    return row


def _mine(session: Session, actor: Actor, visit_id: int) -> Visit:
    row = _open(session, actor, visit_id)
    if row.visitor_id != actor.user_id or actor.user_id is None:
        raise ConflictError("take the visit first")
    user = session.get_one(User, actor.user_id)
    if not may_make(session, user, row):
        raise ForbiddenError("whoever had a hand in the matter does not make its visit")
    return row


def _try(session: Session, row: Visit, actor: Actor, *, reached: bool, call_id: str, note: str, now: datetime) -> None:
    session.add(
        ContactTry(
            ticket_id=row.ticket_id, purpose="visit", round=row.round, visit_id=row.id, at=now, by_id=actor.user_id,
            reached=reached, call_id=call_id or None, note=note.strip(),
        )
    )  # fmt: skip
    session.flush()


def tries_of(session: Session, row: Visit) -> int:
    """How often the customer was tried in vain for this visit."""
    tries = select(func.count()).where(ContactTry.visit_id == row.id, ContactTry.reached.is_(False))
    return session.scalar(tries) or 0


def _end(session: Session, row: Visit, outcome: Outcome, now: datetime) -> None:
    _change(session, row, state=VisitState.DONE, outcome=outcome.value, done_at=now, next_try_at=None)


def _change(session: Session, row: Visit, **values: object) -> None:
    """Compare and set: two people do not make one visit."""
    session.flush()
    changed = session.execute(
        update(Visit)
        .where(Visit.id == row.id, Visit.version == row.version, Visit.state == VisitState.PLANNED)
        .values(**values, version=row.version + 1)
        .returning(Visit.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else changed this visit just now")
    session.refresh(row)


def _note(session: Session, row: Visit, what: str, by: str, now: datetime, detail: Mapping[str, object]) -> None:
    ticket = session.get(Ticket, row.ticket_id) if row.ticket_id is not None else None
    told = {"visit_id": row.id, "kind": row.kind, **detail}
    if ticket is not None and row.kind != VisitKind.SERVICE:
        record_event(session, ticket, f"visit_{what}", actor=by, at=now, fields=told)
        return
    audit.append(session, at=now, actor=by, action=f"visit.{what}", subject=f"visit:{row.id}", detail=told)
