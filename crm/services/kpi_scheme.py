"""The scheme of the personal composite and of targets: versions, each from a month on. Append-only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.kpi import KpiFreeze, KpiWeights
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError
from crm.domain.kpi_composite import Scheme, parse
from crm.services import audit

_MONTH = re.compile(r"\A[0-9]{4}-(0[1-9]|1[0-2])\Z")
MAX_REASON = 200


@dataclass(frozen=True)
class Version:
    """A scheme as it was set. Version 0 is the house's first, which nobody set."""

    version: int
    first_month: str
    scheme: Scheme
    made_at: datetime | None = None
    made_by: str = ""
    reason: str = ""


FIRST = Version(0, "0001-01", Scheme())


def checked_month(text: str) -> str:
    """A month, written YYYY-MM. Raises InvalidInputError."""
    if not _MONTH.match(text) or text.startswith("0000"):
        raise InvalidInputError("month", "must be written like 2026-11")
    return text


def history(session: Session) -> list[Version]:
    """All versions, the newest first."""
    rows = session.scalars(select(KpiWeights).order_by(KpiWeights.version.desc()))
    return [*(_version(row) for row in rows), FIRST]


def _version(row: KpiWeights) -> Version:
    return Version(row.version, row.first_month, parse(row.document), row.made_at, row.made_by, row.reason)


def of_month(session: Session, month: str) -> Version:
    """What counts in a month: the newest version that was set for it or for one before."""
    row = session.scalars(
        select(KpiWeights).where(KpiWeights.first_month <= month).order_by(KpiWeights.version.desc()).limit(1)
    ).first()
    return FIRST if row is None else _version(row)


def current(session: Session) -> Version:
    """The newest version."""
    row = session.scalars(select(KpiWeights).order_by(KpiWeights.version.desc()).limit(1)).first()
    return FIRST if row is None else _version(row)


def by_version(session: Session, version: int) -> Version:
    """A version by its number."""
    row = session.get(KpiWeights, version)
    return FIRST if row is None else _version(row)


def change(
    session: Session, actor: Actor, document: Mapping[str, Any], *, first_month: str, reason: str, expected: int,
    now: datetime, today: date,
) -> Version:  # fmt: skip
    """Set a new version from a month on. Raises ForbiddenError, InvalidInputError, ConflictError.

    A month that is frozen was counted with its own version and stays so.
    """
    if not actor.may(Action.KPI_MANAGE):
        raise ForbiddenError("these roles do not set the scheme")
    scheme, month, why = parse(document), checked_month(first_month), reason.strip()
    if not 1 <= len(why) <= MAX_REASON:
        raise InvalidInputError("reason", f"must have 1 to {MAX_REASON} characters")
    if month < f"{today:%Y-%m}" and session.scalar(select(KpiFreeze.id).where(KpiFreeze.month >= month).limit(1)):
        raise ConflictError("a month from then on is frozen already: choose a later one")
    latest = current(session)
    if latest.version != expected:
        raise ConflictError("somebody has changed the scheme meanwhile: look at it again")
    row = KpiWeights(
        version=latest.version + 1, made_at=now, made_by=actor.name, first_month=month, reason=why,
        document=scheme.to_document(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.append(
        session,
        at=now,
        actor=actor.name,
        action="kpi.scheme",
        subject=f"kpi_scheme:{row.version}",
        detail={"first_month": month, "reason": why},
    )
    return _version(row)
