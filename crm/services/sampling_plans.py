"""The plan of sampling as a document with versions: changed as a whole, never overwritten; and first days at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.sampling import SamplingPlan, WorkStart
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.sampling_plan import DEFAULT_PLAN, BadPlanError, Plan, problems, read
from crm.services import audit

_REASON = 200
_EARLIEST = date(1950, 1, 1)


def current(session: Session) -> Plan:
    """The plan in force."""
    newest = _newest(session)
    return read(newest.document) if newest else DEFAULT_PLAN


def version(session: Session) -> int:
    """The number of the version in force; 0 while it is the default."""
    newest = _newest(session)
    return newest.version if newest else 0


def versions(session: Session, limit: int = 20) -> Sequence[SamplingPlan]:
    """The newest versions first."""
    return session.scalars(select(SamplingPlan).order_by(SamplingPlan.version.desc()).limit(limit)).all()


def save(session: Session, actor: Actor, wanted: Plan, reason: str, *, seen: int, now: datetime) -> int:
    """Bring a plan into force; ``seen`` is the version that it was made from. Gives the new version.

    Raises BadPlanError, InvalidInputError (no reason), ConflictError (another version came in between).
    """
    check_planner(actor)
    wrong = problems(wanted)
    if wrong:
        raise BadPlanError(wrong)
    reason = reason.strip()
    if not 1 <= len(reason) <= _REASON:
        raise InvalidInputError("reason", f"is needed, {_REASON} characters at most")
    if version(session) != seen:
        raise ConflictError("somebody changed the plan in the meantime")
    before, document = current(session).to_document(), wanted.to_document()
    session.add(SamplingPlan(version=seen + 1, made_at=now, made_by=actor.name, reason=reason, document=document))
    session.flush()
    changed = {name: [before[name], value] for name, value in document.items() if before[name] != value}
    audit.append(
        session, at=now, actor=actor.name, action="sampling.plan_changed", subject=f"sampling_plan:{seen + 1}",
        detail={"reason": reason, "changed": changed},
    )  # fmt: skip
    return seen + 1


def check_planner(actor: Actor) -> None:
    """Raises ForbiddenError for who does not set the plan."""
    if not actor.may(Action.SAMPLING_PLAN):
        raise ForbiddenError("these roles do not plan the sampling")


def _newest(session: Session) -> SamplingPlan | None:
    return session.scalars(select(SamplingPlan).order_by(SamplingPlan.version.desc()).limit(1)).first()


def starts(session: Session, users: Mapping[int, User], zone: ZoneInfo) -> dict[int, date]:
    """The first day of each: what was written down, else the day on which he was made known here."""
    found = {user_id: user.created_at.astimezone(zone).date() for user_id, user in users.items()}
    rows = session.execute(select(WorkStart.user_id, WorkStart.started_on)).all()
    found.update({row.user_id: row.started_on for row in rows if row.user_id in found})
    return found


def set_start(session: Session, actor: Actor, user_id: int, started_on: date, *, today: date, now: datetime) -> None:
    """Write down when somebody began. Raises ForbiddenError, NotFoundError, InvalidInputError."""
    check_planner(actor)
    if not _EARLIEST <= started_on <= today.replace(year=today.year + 1, day=1):
        raise InvalidInputError("started_on", "is no first day at work")
    if session.get(User, user_id) is None:
        raise NotFoundError("there is no such person")
    row = session.get(WorkStart, user_id)
    before = row.started_on.isoformat() if row else None
    if row is None:
        session.add(WorkStart(user_id=user_id, started_on=started_on, set_at=now, set_by=actor.name))
    else:
        row.started_on, row.set_at, row.set_by = started_on, now, actor.name
    audit.append(
        session, at=now, actor=actor.name, action="sampling.start_set", subject=f"user:{user_id}",
        detail={"before": before, "after": started_on.isoformat()},
    )  # fmt: skip
