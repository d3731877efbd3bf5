"""Lectures, salons, courses and lessons for consumers: planned, invited to, held, judged. The caller commits.

Nobody is invited who did not agree to be: a lesson for consumers is no promotion and needs no consent of that kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.db.customers import Activity, ActivityGuest, Advice, CarePlan
from crm.db.people import Customer
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, reach
from crm.domain.activities import (
    AFTER_IT_BEGAN,
    BEFORE_AND_AFTER,
    NEXT,
    ActivityKind,
    ActivityState,
    Effect,
    GuestFacts,
    GuestState,
    Topic,
    effect,
)
from crm.domain.customers import MAX_TEXT, Purpose
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.tickets import COMPLAINT_KINDS
from crm.domain.wealth import Product
from crm.services import audit, consents
from crm.services.customer_scope import customers_for, load_customer
from crm.services.customer_views import name_shown
from crm.services.paging import Page, checked_limit, decode_cursor, encode_cursor

MOST_SEATS = 100_000
_ORDER = "activities"


@dataclass(frozen=True)
class ActivityInput:
    """An activity as somebody plans it."""

    kind: str
    title: str
    topic: str
    starts_at: datetime
    online: bool = False
    place: str = ""
    seats: int | None = None
    text: str = ""


@dataclass(frozen=True)
class GuestView:
    """A guest as the actor sees him: without a name where he may not see the customer."""

    customer_id: int
    name: str | None
    visible: bool
    state: str
    at: datetime
    score: int | None
    interest: str


def plan(session: Session, actor: Actor, given: ActivityInput, *, now: datetime) -> Activity:
    """A new activity. Raises InvalidInputError, ForbiddenError."""
    _check_runs(actor)
    row = Activity(made_at=now, made_by=actor.name, state=ActivityState.PLANNED)
    _fill(row, given, now)
    session.add(row)
    session.flush()
    _audit(session, actor, row, "planned", now)
    return row


def change(
    session: Session, actor: Actor, activity_id: int, given: ActivityInput, *, expected_version: int, now: datetime
) -> Activity:
    """Change what is planned; what is over stays as it was."""
    row = _load(session, actor, activity_id, expected_version)
    _fill(row, given, now)
    row.version += 1
    _audit(session, actor, row, "changed", now)
    return row


def settle(
    session: Session, actor: Actor, activity_id: int, state: str, *, expected_version: int, now: datetime
) -> Activity:
    """It was held, or it is called off. Guests of whom nobody said that they came were absent."""
    row = _load(session, actor, activity_id, expected_version)
    if state not in {ActivityState.HELD, ActivityState.CANCELLED}:
        raise InvalidInputError("state", "is not one of the choices")
    if state == ActivityState.HELD:
        if row.starts_at > now:
            raise IllegalMoveError("it has not begun yet")
        for guest in row.guests:
            if guest.state == GuestState.REGISTERED:
                guest.state, guest.at, guest.by = GuestState.ABSENT, now, actor.name
    row.state, row.version = state, row.version + 1
    _audit(session, actor, row, state, now)
    return row


def _load(session: Session, actor: Actor, activity_id: int, expected_version: int) -> Activity:
    _check_runs(actor)
    row = session.get(Activity, activity_id, with_for_update=True)
    if row is None:
        raise NotFoundError("there is no such activity")
    if row.version != expected_version:
        raise ConflictError("this activity was changed meanwhile")
    if row.state != ActivityState.PLANNED:
        raise IllegalMoveError("this activity is over")
    return row


def _check_runs(actor: Actor) -> None:
    if not reach(actor.roles, Action.ACTIVITY_RUN):
        raise ForbiddenError("your role does not allow this")


def _fill(row: Activity, given: ActivityInput, now: datetime) -> None:
    for name, choices in (("kind", ActivityKind), ("topic", Topic)):
        if getattr(given, name) not in set(choices):
            raise InvalidInputError(name, "is not one of the choices")
    title, place = " ".join(given.title.split()), " ".join(given.place.split())
    if not 1 <= len(title) <= 120:
        raise InvalidInputError("title", "must have 1 to 120 characters")
    if len(place) > 200 or not (place or given.online):
        raise InvalidInputError("place", "say where, or that it is online")
    if given.starts_at <= now:
        raise InvalidInputError("starts_at", "must lie ahead")
    if given.seats is not None and not 1 <= given.seats <= MOST_SEATS:
        raise InvalidInputError("seats", f"must be 1 to {MOST_SEATS}")
    if len(given.text) > MAX_TEXT:
        raise InvalidInputError("text", f"must have at most {MAX_TEXT} characters")
    row.kind, row.topic, row.title, row.place = given.kind, given.topic, title, place
    row.online, row.starts_at, row.seats = given.online, given.starts_at, given.seats
    row.text = given.text.replace("\r\n", "\n").strip()


def get_activity(session: Session, actor: Actor, activity_id: int) -> Activity:
    """One of them. Raises NotFoundError."""
    row = session.get(Activity, activity_id) if reach(actor.roles, Action.ACTIVITY_READ) else None
    if row is None:
        raise NotFoundError("there is no such activity")
    return row


def list_activities(
    session: Session, actor: Actor, *, kind: str | None = None, cursor: str | None = None, limit: int | None = None
) -> Page[Activity]:
    """The latest first, those to come on top."""
    count = checked_limit(limit)
    if not reach(actor.roles, Action.ACTIVITY_READ):
        raise ForbiddenError("your role does not allow this")
    query = select(Activity)
    if kind:
        query = query.where(Activity.kind == kind)
    if cursor:
        at, key = decode_cursor(cursor, _ORDER, int)
        query = query.where((Activity.starts_at < at) | ((Activity.starts_at == at) & (Activity.id < key)))
    rows = session.scalars(query.order_by(Activity.starts_at.desc(), Activity.id.desc()).limit(count + 1)).all()
    following = encode_cursor(_ORDER, rows[count - 1].starts_at, rows[count - 1].id) if len(rows) > count else None
    return Page(tuple(rows[:count]), following)


def invite(session: Session, actor: Actor, activity_id: int, customer_id: int, *, now: datetime) -> None:
    """Invite a customer who agreed to be invited. Raises InvalidInputError without his consent, ConflictError twice."""
    activity = get_activity(session, actor, activity_id)
    _check_runs(actor)
    if activity.state != ActivityState.PLANNED or activity.starts_at <= now:
        raise IllegalMoveError("this activity is over")
    row = load_customer(session, actor, customer_id)
    needs = activity.kind != ActivityKind.EDUCATION
    if needs and not consents.allows(session, row.id, Purpose.ACTIVITIES, now=now):
        raise InvalidInputError("customer_id", "has not agreed to be invited")
    if _guest(session, activity.id, row.id) is not None:
        raise ConflictError("this customer is invited already")
    session.add(
        ActivityGuest(
            activity_id=activity.id, customer_id=row.id, state=GuestState.INVITED, at=now, by=actor.name, remark=""
        )
    )
    session.flush()
    _audit(session, actor, activity, "invited", now, customer_id=row.id)


def mark(
    session: Session, actor: Actor, activity_id: int, customer_id: int, state: str, *, score: int | None = None,
    remark: str = "", interest: str = "", now: datetime,
) -> None:  # fmt: skip
    """What a guest said, whether he came, what he thought of it."""
    activity = get_activity(session, actor, activity_id)
    _check_runs(actor)
    row = load_customer(session, actor, customer_id)
    guest = _guest(session, activity.id, row.id)
    if guest is None:
        raise NotFoundError("this customer was not invited")
    if state not in set(GuestState) or (
        state != guest.state and GuestState(state) not in NEXT[GuestState(guest.state)]
    ):
        raise IllegalMoveError("a guest cannot go from there to here")
    if state in AFTER_IT_BEGAN and activity.starts_at > now:
        raise IllegalMoveError("it has not begun yet")
    if state == GuestState.REGISTERED and guest.state != state and _full(session, activity):
        raise ConflictError("there is no seat left")
    if (score is not None or remark or interest) and state != GuestState.ATTENDED:
        raise InvalidInputError("score", "only who was there can judge it")
    if score is not None and not 1 <= score <= 5:
        raise InvalidInputError("score", "must be 1 to 5")
    if interest and interest not in set(Product):
        raise InvalidInputError("interest", "is not one of the choices")
    if len(remark) > MAX_TEXT:
        raise InvalidInputError("remark", f"must have at most {MAX_TEXT} characters")
    guest.state, guest.at, guest.by = state, now, actor.name
    guest.score, guest.remark, guest.interest = (
        score or guest.score,
        remark.strip() or guest.remark,
        interest or guest.interest,
    )
    _audit(session, actor, activity, state, now, customer_id=row.id)


def _guest(session: Session, activity_id: int, customer_id: int) -> ActivityGuest | None:
    query = select(ActivityGuest).where(
        ActivityGuest.activity_id == activity_id, ActivityGuest.customer_id == customer_id
    )
    return session.scalars(query).first()


def _full(session: Session, activity: Activity) -> bool:
    if activity.seats is None:
        return False
    session.execute(select(Activity.id).where(Activity.id == activity.id).with_for_update())
    taken = (GuestState.REGISTERED, GuestState.ATTENDED)
    count = select(func.count()).where(ActivityGuest.activity_id == activity.id, ActivityGuest.state.in_(taken))
    return (session.scalar(count) or 0) >= activity.seats


def guests_of(session: Session, actor: Actor, activity: Activity) -> tuple[GuestView, ...]:
    """Its guests; names only of customers whom the actor may see, and masked."""
    ids = [guest.customer_id for guest in activity.guests]
    visible = session.scalars(select(Customer).where(Customer.id.in_(ids), customers_for(actor)))
    names = {row.id: name_shown(actor, row.name, in_list=True) for row in visible}
    return tuple(
        GuestView(
            guest.customer_id, names.get(guest.customer_id), guest.customer_id in names, guest.state, guest.at,
            guest.score, guest.interest,
        )
        for guest in activity.guests
    )  # fmt: skip


def effect_of(session: Session, activity: Activity) -> Effect:
    """What came of it: who came, what they thought, what they asked for, and whether they complain less."""
    ids = [guest.customer_id for guest in activity.guests if guest.state == GuestState.ATTENDED]
    begin, end = activity.starts_at - BEFORE_AND_AFTER, activity.starts_at + BEFORE_AND_AFTER
    before = _counted(session, Ticket, Ticket.received_at, ids, begin, activity.starts_at)
    after = _counted(session, Ticket, Ticket.received_at, ids, activity.starts_at, end)
    advised = _counted(session, Advice, Advice.at, ids, activity.starts_at, end)
    planned = _counted(session, CarePlan, CarePlan.made_at, ids, activity.starts_at, end)
    return effect(
        [
            GuestFacts(
                GuestState(guest.state), guest.score, bool(guest.interest), before.get(guest.customer_id, 0),
                after.get(guest.customer_id, 0), advised.get(guest.customer_id, 0), planned.get(guest.customer_id, 0),
            )
            for guest in activity.guests
        ]
    )  # fmt: skip


def _counted(
    session: Session,
    model: type[Ticket | Advice | CarePlan],
    at: InstrumentedAttribute[datetime],
    ids: Sequence[int],
    begin: datetime,
    end: datetime,
) -> Mapping[int | None, int]:
    """Customer → rows within the time; of tickets only complaints."""
    query = select(model.customer_id, func.count()).where(model.customer_id.in_(ids), at >= begin, at < end)
    if model is Ticket:
        query = query.where(Ticket.kind.in_(sorted(COMPLAINT_KINDS)))
    return {row[0]: row[1] for row in session.execute(query.group_by(model.customer_id))}


def _audit(session: Session, actor: Actor, row: Activity, what: str, now: datetime, **detail: int) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=f"activity.{what}", subject=f"activity:{row.id}", detail=detail
    )
