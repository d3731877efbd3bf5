"""Objections against penalties: within the scheme's days, ruled by somebody who had no hand in it, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.merits import Merit, MeritObjection
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError
from crm.domain.merits import MAX_TEXT, PENALTIES, MeritState, Ruling
from crm.domain.notices import NoticeKind
from crm.domain.working_days import working_end
from crm.services import merit_scheme, merit_signers, merits, notices
from crm.services.centre import Centre
from crm.services.public_calendar import calendar


def until(session: Session, row: Merit, centre: Centre) -> datetime | None:
    """Until when he may object; None where there is nothing to object to."""
    if row.kind not in PENALTIES or row.in_force_at is None or row.state != MeritState.APPROVED:
        return None
    scheme = merit_scheme.of_version(session, row.scheme_version)
    days = calendar(session, centre.calendar)
    return working_end(row.in_force_at, scheme.objection_days, centre.zone, days).at


def object_to(session: Session, actor: Actor, merit_id: int, text: str, *, centre: Centre, now: datetime) -> None:
    """Object to a penalty about oneself. Raises NotFoundError, ForbiddenError, ConflictError, InvalidInputError."""
    row = merits.locked(session, merit_id)
    if row.person_id != actor.user_id:
        raise ForbiddenError("only whom it is about objects to it")
    if row.objection is not None:
        raise ConflictError("there is an objection already")
    last = until(session, row, centre)
    if last is None:
        raise ConflictError("there is nothing to object to")
    if now > last:
        raise ConflictError("the time to object is over")
    if not 1 <= len(text.strip()) <= MAX_TEXT or "\0" in text:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    scheme = merit_scheme.of_version(session, row.scheme_version)
    due = working_end(now, scheme.ruling_days, centre.zone, calendar(session, centre.calendar)).at
    session.add(MeritObjection(merit_id=row.id, text=text.strip(), at=now, due_at=due))
    session.flush()
    session.refresh(row)
    merits.log(session, actor, row, "objected", now)
    for user in merit_signers.rulers(session, row):
        notices.tell(session, user.id, NoticeKind.MERIT_OBJECTED, None, now, path=merits.path_of(row.id))


def may_rule(session: Session, actor: Actor, row: Merit) -> bool:
    """Whether he rules on it."""
    open_one = row.objection is not None and not row.objection.ruling
    return open_one and any(one.id == actor.user_id for one in merit_signers.rulers(session, row))


def rule(session: Session, actor: Actor, merit_id: int, ruling: Ruling, opinion: str, *, now: datetime) -> None:
    """Rule: the penalty stands, or is lifted. Raises ForbiddenError, ConflictError, InvalidInputError."""
    row = merits.locked(session, merit_id)
    if row.objection is None or row.objection.ruling:
        raise ConflictError("there is no objection to rule on")
    if not may_rule(session, actor, row):
        raise ForbiddenError("somebody rules who had no hand in it")
    if not 1 <= len(opinion.strip()) <= MAX_TEXT or "\0" in opinion:
        raise InvalidInputError("opinion", "a ruling gives its reasons")
    one = row.objection
    one.ruling, one.opinion, one.ruled_at, one.ruled_by_id = ruling, opinion.strip(), now, actor.user_id
    if ruling is Ruling.LIFTED:
        row.state, row.ended_at = MeritState.LIFTED, now
    session.flush()
    merits.log(session, actor, row, f"ruled_{ruling}", now, late=True if now > one.due_at else None)
    merits.tell_person(session, row, now)
    notices.tell(session, row.proposed_by_id, NoticeKind.MERIT_RULED, None, now, path=merits.path_of(row.id))


def remind(session: Session, *, now: datetime) -> int:
    """Tell those who rule of each objection that is late, once. Gives how many were."""
    late = select(MeritObjection).where(
        MeritObjection.ruling == "", MeritObjection.due_at < now, MeritObjection.reminded_at.is_(None)
    )
    found = list(session.scalars(late.with_for_update(of=MeritObjection)))
    for one in found:
        one.reminded_at = now
        for user in merit_signers.rulers(session, one.merit):
            path = merits.path_of(one.merit_id)
            notices.tell(session, user.id, NoticeKind.MERIT_OBJECTED, None, now, path=path, late=True)
    session.flush()
    return len(found)
