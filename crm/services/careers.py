"""Careers: what somebody is since when, what the next position asks of him, and who may place him."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from crm.db.careers import CareerStep
from crm.db.merits import Merit
from crm.db.people import User
from crm.domain.access import Action, Actor, Relation, Role, reach
from crm.domain.careers import Position, next_positions
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.services import audit, sections

_ON_THE_WAY = (Role.A1, Role.A2, Role.SM, Role.QA, Role.TR)
"""Roles whose people have a career in the service centre."""
_OF_ROLE = {
    Role.SM: Position.SECTION_MANAGER,
    Role.TR: Position.TRAINER,
    Role.QA: Position.QUALITY,
    Role.A2: Position.SENIOR_AGENT,
    Role.A1: Position.AGENT,
}
"""What somebody is taken to be until it is written down."""


def newest(session: Session, person_id: int) -> CareerStep | None:
    """The position that counts."""
    query = select(CareerStep).where(CareerStep.person_id == person_id)
    return session.scalars(query.order_by(CareerStep.since_on.desc(), CareerStep.id.desc()).limit(1)).first()


def history(session: Session, person_id: int) -> Sequence[CareerStep]:
    """All positions, the newest first."""
    query = select(CareerStep).where(CareerStep.person_id == person_id)
    return session.scalars(query.order_by(CareerStep.since_on.desc(), CareerStep.id.desc())).all()


def position_of(session: Session, person: User, today: date) -> tuple[Position, date]:
    """His position, and since when: as it was written down, else by his role since he came."""
    step = newest(session, person.id)
    if step is not None:
        return Position(step.position), step.since_on
    roles = {role.name for role in person.roles}
    found = next((position for role, position in _OF_ROLE.items() if role in roles), Position.AGENT)
    return found, min(person.created_at.date(), today)


def check_promotion(session: Session, person_id: int, target: str) -> None:
    """Raises InvalidInputError where no way leads from his position to this one."""
    person = session.get_one(User, person_id)
    here, _since = position_of(session, person, date.max)
    if target not in set(next_positions(here)):
        raise InvalidInputError("position", f"no way leads there from {here}")


def promoted(session: Session, actor: Actor, merit: Merit, today: date, *, now: datetime) -> None:
    """A promotion is in force: it is his position from today. What he may do in the house, an administrator sets."""
    _add(session, actor, merit.person_id, Position(merit.position), today, "", now=now, merit_id=merit.id)


def place(
    session: Session, actor: Actor, person_id: int, position: Position, since_on: date, reason: str, *, now: datetime
) -> None:
    """Write down what somebody is, and why: when he came, or moved. Up the ladder leads a promotion alone.

    Raises NotFoundError, ForbiddenError, InvalidInputError.
    """
    person = load(session, actor, person_id, Action.CAREER_LEAD)
    if person.id == actor.user_id:
        raise ForbiddenError("nobody decides about himself")
    if not 1 <= len(reason.strip()) <= 500:
        raise InvalidInputError("reason", "must have 1 to 500 characters")
    if since_on > now.date():
        raise InvalidInputError("since", "must not lie ahead")
    step = newest(session, person_id)
    if step is not None and position in next_positions(Position(step.position)):
        raise InvalidInputError("position", "that is a promotion: propose it as a reward")
    if step is not None and since_on < step.since_on:
        raise InvalidInputError("since", "must not lie before what is written down already")
    _add(session, actor, person_id, position, since_on, reason.strip(), now=now)


def _add(
    session: Session, actor: Actor, person_id: int, position: Position, since_on: date, reason: str, *, now: datetime,
    merit_id: int | None = None,
) -> None:  # fmt: skip
    row = CareerStep(
        person_id=person_id, position=position, since_on=since_on, merit_id=merit_id, reason=reason, made_at=now,
        made_by=actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    detail = {"person_id": person_id, "position": position, "since": since_on.isoformat(), "merit_id": merit_id}
    audit.append(session, at=now, actor=actor.name, action="career.step", subject=f"user:{person_id}", detail=detail)


def people_of(actor: Actor, action: Action) -> ColumnElement[bool]:
    """People about whose careers he may do this."""
    enough = reach(actor.roles, action)
    if Relation.ANY in enough:
        return true()
    parts: list[ColumnElement[bool]] = [false()]
    if actor.user_id is not None and Relation.OWN in enough:
        parts.append(User.id == actor.user_id)
    if actor.user_id is not None and Relation.SECTION in enough:
        parts.append(sections.people_of_section(actor.user_id, User.id))
    return or_(*parts)


def load(session: Session, actor: Actor, person_id: int, action: Action = Action.CAREER_READ) -> User:
    """A person about whose career he may do this. Raises NotFoundError."""
    query = select(User).where(User.id == person_id, people_of(actor, action))
    found = session.scalars(query).first()
    if found is None:
        raise NotFoundError("there is no such person")
    return found


def staff(session: Session, actor: Actor, today: date) -> list[tuple[User, Position, date]]:
    """The people whose careers he may see, with their positions."""
    query = select(User).where(User.active, people_of(actor, Action.CAREER_READ)).order_by(User.display_name, User.id)
    people = [one for one in session.scalars(query) if any(role.name in _ON_THE_WAY for role in one.roles)]
    return [(one, *position_of(session, one, today)) for one in people]
