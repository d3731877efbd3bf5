"""Kinds of shifts and patterns: read, made and changed. A shift that was planned keeps the times it has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.shifts import ShiftKind, ShiftPattern
from crm.domain.access import Action, Actor, Relation
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.shifts import MOST_PATTERN_DAYS, Activity, Break, Kind, KindFault, kind_faults
from crm.services import rules
from crm.services.shift_people import break_rules_of, write_down

_CODE = re.compile(r"\A[a-z][a-z0-9_]{0,11}\Z")


class BadKindError(InvalidInputError):
    """A kind of shift that cannot be, with everything that is wrong with it."""

    def __init__(self, faults: Sequence[KindFault]) -> None:
        super().__init__("kind", ", ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class KindForm:
    """A kind of shift as somebody wants it."""

    kind: Kind
    title_zh: str
    title_en: str
    active: bool = True


def kind_of(row: ShiftKind) -> Kind:
    """As the rules see it."""
    breaks = tuple(Break(Activity(name), int(after), int(minutes)) for name, after, minutes in row.breaks)
    return Kind(row.code, row.begins, row.minutes, breaks)


def kinds(session: Session, *, only_active: bool = False) -> Sequence[ShiftKind]:
    """All kinds, by when they begin."""
    query = select(ShiftKind).order_by(ShiftKind.active.desc(), ShiftKind.begins, ShiftKind.code)
    return session.scalars(query.where(ShiftKind.active) if only_active else query).all()


def kinds_by_code(session: Session) -> Mapping[str, Kind]:
    """All kinds as the rules see them."""
    return {row.code: kind_of(row) for row in kinds(session)}


def patterns(session: Session, *, only_active: bool = False) -> Sequence[ShiftPattern]:
    """All patterns."""
    query = select(ShiftPattern).order_by(ShiftPattern.active.desc(), ShiftPattern.id)
    return session.scalars(query.where(ShiftPattern.active) if only_active else query).all()


def save_kind(session: Session, actor: Actor, form: KindForm, *, now: datetime) -> ShiftKind:
    """Make or change one. Raises ForbiddenError, BadKindError, InvalidInputError."""
    _may(actor)
    code = form.kind.code
    if not _CODE.match(code):
        raise InvalidInputError("code", "must have 1 to 12 of a-z 0-9 _, a letter first")
    _titles(form.title_zh, form.title_en, 40)
    faults = kind_faults(form.kind, break_rules_of(rules.current(session)))
    if faults:
        raise BadKindError(faults)
    row = session.get(ShiftKind, code)
    if row is None:
        row = ShiftKind(code=code)
        session.add(row)
    row.title_zh, row.title_en, row.active = form.title_zh.strip(), form.title_en.strip(), form.active
    row.begins, row.minutes = form.kind.begins, form.kind.minutes
    row.breaks = [[str(one.kind), one.after, one.minutes] for one in form.kind.breaks]
    row.updated_at, row.updated_by = now, actor.name
    session.flush()
    write_down(
        session, actor.name, "kind_saved", now=now, code=code, begins=row.begins, minutes=row.minutes,
        breaks=row.breaks, active=row.active,
    )  # fmt: skip
    return row


def save_pattern(
    session: Session, actor: Actor, pattern_id: int | None, title_zh: str, title_en: str, days: Sequence[str],
    *, active: bool = True, now: datetime,
) -> ShiftPattern:  # fmt: skip
    """Make or change one. Raises ForbiddenError, NotFoundError, InvalidInputError."""
    _may(actor)
    _titles(title_zh, title_en, 60)
    if not 1 <= len(days) <= MOST_PATTERN_DAYS:
        raise InvalidInputError("days", f"must have 1 to {MOST_PATTERN_DAYS} days")
    known = {row.code for row in kinds(session, only_active=True)}
    unknown = sorted({code for code in days if code and code not in known})
    if unknown:
        raise InvalidInputError("days", f"no kind of shift: {', '.join(unknown)}")
    if not any(days):
        raise InvalidInputError("days", "a pattern has at least one shift")
    row = session.get(ShiftPattern, pattern_id) if pattern_id is not None else ShiftPattern()
    if row is None:
        raise NotFoundError("there is no such pattern")
    row.title_zh, row.title_en, row.days, row.active = title_zh.strip(), title_en.strip(), list(days), active
    row.updated_at, row.updated_by = now, actor.name
    session.add(row)
    session.flush()
    write_down(session, actor.name, "pattern_saved", now=now, pattern=row.id, days=row.days, active=active)
    return row


def _titles(zh: str, en: str, most: int) -> None:
    for name, text in (("title_zh", zh), ("title_en", en)):
        if not 1 <= len(text.strip()) <= most:
            raise InvalidInputError(name, f"must have 1 to {most} characters")


def _may(actor: Actor) -> None:
    if not actor.may(Action.SHIFT_PLAN, [Relation.SECTION]):
        raise ForbiddenError("these roles do not plan shifts")
