"""The scheme of rewards and penalties: versions of it, each with its reason. Without any the house's defaults count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.merits import MeritScheme
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError
from crm.domain.merits import Scheme, checked_scheme
from crm.services import audit

SHOWN = 20


def current(session: Session) -> tuple[Scheme, int]:
    """The scheme in force and its version; 0 is the house's default."""
    row = session.scalars(select(MeritScheme).order_by(MeritScheme.version.desc()).limit(1)).first()
    return (Scheme.from_document(row.document), row.version) if row is not None else (Scheme(), 0)


def of_version(session: Session, version: int) -> Scheme:
    """The scheme that something was proposed under."""
    row = session.get(MeritScheme, version)
    return Scheme() if row is None else Scheme.from_document(row.document)


def versions(session: Session) -> Sequence[MeritScheme]:
    """The last versions, newest first."""
    return session.scalars(select(MeritScheme).order_by(MeritScheme.version.desc()).limit(SHOWN)).all()


def save(session: Session, actor: Actor, scheme: Scheme, reason: str, *, seen: int, now: datetime) -> int:
    """Make this the scheme in force; what was proposed before keeps its own. ``seen``: the version he changed.

    Raises ForbiddenError, InvalidInputError, ConflictError.
    """
    if not actor.may(Action.REWARD_APPROVE):
        raise ForbiddenError("these roles do not change the scheme")
    if not 1 <= len(reason.strip()) <= 500:
        raise InvalidInputError("reason", "must have 1 to 500 characters")
    checked_scheme(scheme)
    before, version = current(session)
    if version != seen:
        raise ConflictError("somebody else changed the scheme just now")
    if before == scheme:
        raise InvalidInputError("kinds", "nothing has changed")
    row = MeritScheme(
        version=version + 1, made_at=now, made_by=actor.name, reason=reason.strip(), document=scheme.to_document()
    )
    session.add(row)
    session.flush()
    detail = {"version": row.version, "reason": row.reason, "document": row.document}
    audit.append(session, at=now, actor=actor.name, action="scheme.changed", subject="scheme:1", detail=detail)
    return row.version
