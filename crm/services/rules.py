"""The house's numbers as a document with versions: changed as a whole, never overwritten.

A number counts from the moment when its version was made: what began before keeps the number it began with.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.terms import RuleVersion
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.rules import DEFAULT_RULES, Problem, Rules, parse, problems
from crm.services import audit

_REASON = 200


class BadRulesError(InvalidInputError):
    """Numbers that cannot be, each with its reason."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__("rules", "; ".join(f"{one.name}: {one.fault}" for one in found))
        self.found = tuple(found)


def current(session: Session) -> Rules:
    """The numbers in force."""
    newest = _newest(session)
    return parse(newest.document) if newest else DEFAULT_RULES


def version(session: Session) -> int:
    """The number of the version in force; 0 while it is the default."""
    newest = _newest(session)
    return newest.version if newest else 0


def rules_at(session: Session) -> Callable[[datetime], Rules]:
    """The numbers that were in force at a time."""
    rows = session.execute(select(RuleVersion.made_at, RuleVersion.document).order_by(RuleVersion.version)).all()
    since, known = [row.made_at for row in rows], [parse(row.document) for row in rows]

    def at(moment: datetime) -> Rules:
        place = bisect_right(since, moment)
        return known[place - 1] if place else DEFAULT_RULES

    return at


def versions(session: Session, limit: int = 20) -> Sequence[RuleVersion]:
    """The newest versions first, the one in force at the top."""
    return session.scalars(select(RuleVersion).order_by(RuleVersion.version.desc()).limit(limit)).all()


def save(session: Session, actor: Actor, wanted: Rules, reason: str, *, seen: int, now: datetime) -> int:
    """Bring numbers into force; ``seen`` is the version they were made from. Gives the new version.

    Raises BadRulesError, InvalidInputError (no reason), ConflictError when another version came in between.
    """
    wrong = problems(wanted)
    if wrong:
        raise BadRulesError(wrong)
    reason = reason.strip()
    if not 1 <= len(reason) <= _REASON:
        raise InvalidInputError("reason", f"is needed, {_REASON} characters at most")
    newest = _newest(session)
    if (newest.version if newest else 0) != seen:
        raise ConflictError("somebody changed the rules in the meantime")
    if newest is not None and now < newest.made_at:
        raise ConflictError("the clock of this machine is behind the last change of the rules")
    before = parse(newest.document) if newest else DEFAULT_RULES
    made = seen + 1
    session.add(
        RuleVersion(version=made, made_at=now, made_by=actor.name, reason=reason, document=wanted.to_document())
    )
    session.flush()
    changed = {
        name: [old, value] for name, value in wanted.to_document().items() if (old := getattr(before, name)) != value
    }
    audit.append(
        session, at=now, actor=actor.name, action="rules.changed", subject=f"rules:{made}",
        detail={"reason": reason, "changed": changed},
    )  # fmt: skip
    return made


def restore(session: Session, actor: Actor, old: int, reason: str, *, now: datetime) -> int:
    """Bring an earlier version into force again, as a new one; version 0 is the default."""
    row = session.get(RuleVersion, old) if old else None
    if old and row is None:
        raise NotFoundError("there is no such version of the rules")
    wanted = parse(row.document) if row else DEFAULT_RULES
    return save(session, actor, wanted, reason, seen=version(session), now=now)


def _newest(session: Session) -> RuleVersion | None:
    return session.scalars(select(RuleVersion).order_by(RuleVersion.version.desc()).limit(1)).first()
