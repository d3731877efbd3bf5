"""Who signs for whom while somebody is away. Only one stands in for a person at a time; he signs under his own name."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from crm.db.handling import Deputy
from crm.db.people import User
from crm.domain.access import Action, Actor, Relation, Role
from crm.domain.approvals import SIGNERS
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.services import audit

LONGEST = timedelta(days=92)


def name_deputy(
    session: Session,
    actor: Actor,
    *,
    principal: str,
    deputy: str,
    from_at: datetime,
    until_at: datetime,
    reason: str,
    now: datetime,
) -> Deputy:
    """Have somebody stand in. Raises ForbiddenError, InvalidInputError, ConflictError."""
    away, stands = _person(session, "principal", principal), _person(session, "deputy", deputy)
    _may_name(actor, away)
    if away.id == stands.id:
        raise InvalidInputError("deputy", "nobody is his own deputy")
    for field, user in (("principal", away), ("deputy", stands)):
        if SIGNERS.isdisjoint({Role(one.name) for one in user.roles}):
            raise InvalidInputError(field, "must be somebody who signs: a manager, the maintenance office, or a head")
    if not reason.strip() or len(reason) > 500:
        raise InvalidInputError("reason", "must have 1 to 500 characters")
    if until_at <= max(from_at, now) or until_at - from_at > LONGEST:
        raise InvalidInputError("until", f"must lie ahead and after the beginning, at most {LONGEST.days} days")
    overlap = select(Deputy.id).where(
        Deputy.principal_id == away.id, Deputy.ended_at.is_(None), Deputy.from_at < until_at, Deputy.until_at > from_at
    )
    if session.scalars(overlap).first() is not None:
        raise ConflictError("somebody else stands in for him in that time already")
    row = Deputy(
        principal_id=away.id,
        deputy_id=stands.id,
        from_at=from_at,
        until_at=until_at,
        reason=reason.strip(),
        made_by=actor.name,
        made_at=now,
    )
    session.add(row)
    session.flush()
    _log(session, actor, "deputy.named", row, now)
    return row


def end(session: Session, actor: Actor, deputy_id: int, *, now: datetime) -> None:
    """He is back. Raises NotFoundError, ForbiddenError."""
    row = session.get(Deputy, deputy_id)
    if row is None:
        raise NotFoundError("there is no such deputy")
    _may_name(actor, row.principal)
    if row.ended_at is None and row.until_at > now:
        row.ended_at, row.ended_by = now, actor.name
        _log(session, actor, "deputy.ended", row, now)


def standing_in(session: Session, now: datetime) -> list[Deputy]:
    """Those who stand in for somebody now."""
    return list(session.scalars(select(Deputy).where(*_in_force(now)).order_by(Deputy.id)))


def principals_of(session: Session, user_id: int, now: datetime) -> list[User]:
    """Active people for whom this person stands in now."""
    rows = session.scalars(select(Deputy).where(Deputy.deputy_id == user_id, *_in_force(now)).order_by(Deputy.id))
    return [row.principal for row in rows if row.principal.active]


def listed(session: Session, now: datetime) -> list[Deputy]:
    """Present and coming ones, the next first."""
    query = select(Deputy).where(Deputy.until_at > now, or_(Deputy.ended_at.is_(None), Deputy.ended_at > now))
    return list(session.scalars(query.order_by(Deputy.from_at, Deputy.id)))


def _in_force(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Deputy.from_at <= now, Deputy.until_at > now, or_(Deputy.ended_at.is_(None), Deputy.ended_at > now))


def _may_name(actor: Actor, principal: User) -> None:
    relations = {Relation.OWN} if actor.user_id == principal.id else set()
    if not actor.may(Action.DEPUTY_NAME, relations):
        raise ForbiddenError("only he himself, the general manager or an administrator names his deputy")


def _person(session: Session, field: str, username: str) -> User:
    user = session.scalars(select(User).where(User.username == username.strip(), User.active)).first()
    if user is None:
        raise InvalidInputError(field, "there is no such active user")
    return user


def _log(session: Session, actor: Actor, action: str, row: Deputy, now: datetime) -> None:
    detail = {
        "principal_id": row.principal_id,
        "deputy_id": row.deputy_id,
        "from": row.from_at.isoformat(),
        "until": row.until_at.isoformat(),
        "reason": row.reason,
    }
    audit.append(session, at=now, actor=actor.name, action=action, subject=f"deputy:{row.id}", detail=detail)
