"""The letterhead in force: versioned as the routing plan is. Without a version, the shipped one holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.messages import Letterhead as Row
from crm.domain import letterhead
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError
from crm.domain.letterhead import Letterhead
from crm.services import audit

DEFAULT_HOTLINE = "95000"


@dataclass(frozen=True)
class Version:
    """A letterhead with its number, 0 for the shipped one."""

    number: int
    head: Letterhead
    made_at: datetime | None = None
    made_by: str = ""
    reason: str = ""


def current(session: Session) -> Letterhead:
    """The letterhead in force."""
    return latest(session).head


def latest(session: Session) -> Version:
    """The same, with who made it and why."""
    row = session.scalars(select(Row).order_by(Row.version.desc()).limit(1)).first()
    if row is None:
        return Version(0, Letterhead())
    return Version(row.version, letterhead.parse(row.document), row.made_at, row.made_by, row.reason)


def house_params(session: Session, language: str) -> dict[str, str]:
    """The places of every template that the house fills in itself."""
    head = current(session)
    return {"bank": head.words(language).bank, "hotline": head.hotline or DEFAULT_HOTLINE}


def save(session: Session, actor: Actor, head: Letterhead, *, base: int, reason: str, now: datetime) -> int:
    """Put a new version in force; gives its number.

    Raises ForbiddenError, InvalidInputError, ConflictError when somebody saved another since ``base``.
    """
    if not actor.may(Action.LETTERHEAD_EDIT):
        raise ForbiddenError("these roles do not change the letterhead")
    if not reason.strip():
        raise InvalidInputError("reason", "a reason must be given")
    newest = session.scalar(select(func.max(Row.version))) or 0
    if newest != base:
        raise ConflictError("somebody else changed the letterhead just now")
    made = Row(
        version=newest + 1,
        made_at=now,
        made_by=actor.name,
        reason=reason.strip()[:500],
        document=letterhead.checked(head).to_document(),
    )
    session.add(made)
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action="letterhead.saved",
        subject=f"letterhead:{made.version}",
        detail={"reason": made.reason},
    )
    return made.version
