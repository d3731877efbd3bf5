"""Scorecards and their versions: which one a call is scored by, drafts, and their publication by a second person."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.db.quality import Evaluation, Scorecard, ScorecardVersion
from crm.domain.access import Action, Actor, reach
from crm.domain.card_form import CardFlawsError, content_of, parse
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.scorecards import Card
from crm.services import audit

DRAFT, PUBLISHED = "draft", "published"
SUBJECTS = ("call", "drill")
MAX_CONTENT = 200_000
MAX_REASON = 500
_CODE = re.compile(r"\A[a-z][a-z0-9-]{1,39}\Z")


class BadCardError(InvalidInputError):
    """A card that cannot be published, with all its flaws."""

    def __init__(self, flaws: Sequence[tuple[str, str]]) -> None:
        super().__init__("content", "; ".join(f"{where}: {what}" for where, what in flaws))
        self.flaws = tuple(flaws)


@dataclass(frozen=True)
class VersionView:
    """A version of a card. ``card``: None while a draft has flaws; ``used``: evaluations made by it."""

    id: int
    card_id: int
    code: str
    subject: str
    queues: tuple[str, ...]
    active: bool
    number: int
    state: str
    in_force: bool
    content: Mapping[str, Any]
    card: Card | None
    flaws: tuple[tuple[str, str], ...]
    reason: str
    made_at: datetime
    made_by: str
    published_at: datetime | None
    published_by: str | None
    sha256: str
    lock: int
    used: int


def card_of(version: ScorecardVersion) -> Card:
    """The card of a published version."""
    return _parsed(version.id, version.sha256, json.dumps(version.content, ensure_ascii=False))


@lru_cache(maxsize=64)
def _parsed(_version_id: int, _sha256: str, content: str) -> Card:
    return parse(json.loads(content))


def in_force(session: Session, queue: str | None = None, subject: str = "call") -> ScorecardVersion:
    """The version by which a call of this queue is scored now. Raises IllegalMoveError where there is none."""
    cards = session.scalars(
        select(Scorecard).where(Scorecard.active, Scorecard.subject == subject).order_by(Scorecard.id)
    ).all()
    chosen = [card for card in cards if queue is not None and queue in card.queues]
    for card in [*chosen, *(card for card in cards if not card.queues)]:
        newest = _newest(session, card.id, PUBLISHED)
        if newest is not None:
            return newest
    raise IllegalMoveError("there is no scorecard in force for this")


def _newest(session: Session, card_id: int, state: str) -> ScorecardVersion | None:
    return session.scalars(
        select(ScorecardVersion)
        .where(ScorecardVersion.scorecard_id == card_id, ScorecardVersion.state == state)
        .order_by(ScorecardVersion.number.desc())
        .limit(1)
    ).first()


def versions(session: Session, actor: Actor, card_id: int | None = None) -> tuple[VersionView, ...]:
    """All versions, or those of a card: by card, the newest first. Raises ForbiddenError."""
    _check_reads(actor)
    query = select(ScorecardVersion).order_by(ScorecardVersion.scorecard_id, ScorecardVersion.number.desc())
    if card_id is not None:
        query = query.where(ScorecardVersion.scorecard_id == card_id)
    rows = session.scalars(query).all()
    counted = session.execute(select(Evaluation.version_id, func.count().label("used")).group_by(Evaluation.version_id))
    counts = {row.version_id: row.used for row in counted}
    newest: dict[int, int] = {}
    for row in rows:
        if row.state == PUBLISHED:
            newest.setdefault(row.scorecard_id, row.id)
    return tuple(_view(row, row.id in newest.values(), counts.get(row.id, 0)) for row in rows)


def version(session: Session, actor: Actor, version_id: int) -> VersionView:
    """One version. Raises NotFoundError, ForbiddenError."""
    row = session.get(ScorecardVersion, version_id)
    if row is None:
        raise NotFoundError("there is no such version of a scorecard")
    return next(one for one in versions(session, actor, row.scorecard_id) if one.id == version_id)


def _view(row: ScorecardVersion, newest: bool, used: int) -> VersionView:  # noqa: FBT001  (within this module)
    card, flaws = _read(row.content)
    head = row.scorecard
    return VersionView(
        row.id, row.scorecard_id, head.code, head.subject, tuple(head.queues), head.active, row.number, row.state,
        newest and head.active, row.content, card, flaws, row.reason, row.made_at, row.made_by, row.published_at,
        row.published_by, row.sha256, row.lock, used,
    )  # fmt: skip


def _read(content: Mapping[str, Any]) -> tuple[Card | None, tuple[tuple[str, str], ...]]:
    try:
        return parse(content), ()
    except CardFlawsError as error:
        return None, error.flaws


def make(
    session: Session,
    actor: Actor,
    code: str,
    *,
    like: int,
    subject: str = "call",
    queues: Sequence[str] = (),
    now: datetime,
) -> int:
    """A new card with a draft like this version; gives the draft's id. Raises InvalidInputError, NotFoundError."""
    _check_edits(actor)
    code = code.strip()
    if not _CODE.match(code):
        raise InvalidInputError("code", "has 2 to 40 small letters, digits and -, and begins with a letter")
    if subject not in SUBJECTS:
        raise InvalidInputError("subject", f"must be one of {', '.join(SUBJECTS)}")
    if session.scalars(select(Scorecard.id).where(Scorecard.code == code)).first() is not None:
        raise ConflictError("there is a card with this code already")
    model = _load(session, like)
    card = Scorecard(
        code=code, subject=subject, queues=sorted(set(queues)), active=True, made_at=now, made_by=actor.name
    )
    session.add(card)
    session.flush()
    draft = _draft(session, card.id, 1, model.content, actor, now)
    _note(session, actor, "made", card, now, like=like)
    return draft.id


def draft(session: Session, actor: Actor, version_id: int, *, now: datetime) -> int:
    """A draft like this version; gives its id. A card has one draft at a time: the one that is there is given."""
    _check_edits(actor)
    model = _load(session, version_id)
    there = _newest(session, model.scorecard_id, DRAFT)
    if there is not None:
        return there.id
    last = session.scalar(
        select(func.max(ScorecardVersion.number)).where(ScorecardVersion.scorecard_id == model.scorecard_id)
    )
    return _draft(session, model.scorecard_id, (last or 0) + 1, model.content, actor, now).id


def _draft(
    session: Session, card_id: int, number: int, content: Mapping[str, Any], actor: Actor, now: datetime
) -> ScorecardVersion:
    row = ScorecardVersion(
        scorecard_id=card_id, number=number, state=DRAFT, content=dict(content), sha256="", reason="", made_at=now,
        made_by=actor.name, lock=1,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def save(
    session: Session, actor: Actor, version_id: int, content: Mapping[str, Any], *, lock: int, now: datetime
) -> VersionView:
    """Keep a draft as it is now, flaws and all. Raises ConflictError, IllegalMoveError, InvalidInputError."""
    _check_edits(actor)
    row = _load(session, version_id)
    if row.state != DRAFT:
        raise IllegalMoveError("a published version stays as it is; make a draft from it")
    if len(json.dumps(content, ensure_ascii=False)) > MAX_CONTENT:
        raise InvalidInputError("content", "is too long")
    _swap(session, row, lock, {"content": dict(content), "made_by": actor.name, "made_at": now})
    return version(session, actor, version_id)


def publish(session: Session, actor: Actor, version_id: int, reason: str, *, lock: int, now: datetime) -> None:
    """Bring a draft into force; evaluations that are open keep the version that they were begun with.

    Raises BadCardError, ForbiddenError (who wrote it does not publish it), ConflictError, IllegalMoveError.
    """
    _check_edits(actor)
    row = _load(session, version_id)
    if row.state != DRAFT:
        raise IllegalMoveError("this version is published already")
    if row.made_by == actor.name:
        raise ForbiddenError("who changed the draft last does not publish it")
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise InvalidInputError("reason", f"is needed, {MAX_REASON} characters at most")
    card, flaws = _read(row.content)
    if card is None:
        raise BadCardError(flaws)
    content = content_of(card)
    digest = hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()
    changes = {
        "state": PUBLISHED, "content": content, "sha256": digest, "reason": reason, "published_at": now,
        "published_by": actor.name,
    }  # fmt: skip
    _swap(session, row, lock, changes)
    _note(session, actor, "published", row.scorecard, now, version=row.number, sha256=digest, reason=reason)


def discard(session: Session, actor: Actor, version_id: int) -> int:
    """Throw a draft away; gives the id of its card. Raises IllegalMoveError."""
    _check_edits(actor)
    row = _load(session, version_id)
    if row.state != DRAFT:
        raise IllegalMoveError("a published version stays as it is")
    if row.number == 1:
        raise IllegalMoveError("the first draft of a card is the card itself")
    card_id = row.scorecard_id
    session.delete(row)
    session.flush()
    return card_id


def assign(session: Session, actor: Actor, card_id: int, *, queues: Sequence[str], active: bool, now: datetime) -> None:
    """Say which calls a card is for, and whether it is in use. One card for all other calls must stay in use."""
    _check_edits(actor)
    card = session.get(Scorecard, card_id)
    if card is None:
        raise NotFoundError("there is no such scorecard")
    if card.subject == "call" and not _covered(session, card, queues=queues, active=active):
        raise IllegalMoveError("one card for all other calls must stay in use")
    was = (sorted(card.queues), card.active)
    card.queues, card.active = sorted(set(queues)), active
    session.flush()
    if was[0] != card.queues:
        _note(session, actor, "assigned", card, now, queues=card.queues)
    if was[1] != active:
        _note(session, actor, "revived" if active else "retired", card, now)


def _covered(session: Session, card: Scorecard, *, queues: Sequence[str], active: bool) -> bool:
    """Whether a published card for all calls that no other is for would be left."""
    published = select(ScorecardVersion.scorecard_id).where(ScorecardVersion.state == PUBLISHED)
    in_use = session.scalars(
        select(Scorecard).where(Scorecard.active, Scorecard.subject == "call", Scorecard.id.in_(published))
    ).all()
    left = [one for one in in_use if one.id != card.id and not one.queues]
    return bool(left) or (active and not queues and _newest(session, card.id, PUBLISHED) is not None)


def _swap(session: Session, row: ScorecardVersion, lock: int, values: Mapping[str, Any]) -> None:
    changed = session.execute(
        update(ScorecardVersion)
        .where(ScorecardVersion.id == row.id, ScorecardVersion.lock == lock, ScorecardVersion.state == DRAFT)
        .values(lock=lock + 1, **values)
        .returning(ScorecardVersion.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else changed this draft just now")
    session.refresh(row)


def _load(session: Session, version_id: int) -> ScorecardVersion:
    row = session.get(ScorecardVersion, version_id)
    if row is None:
        raise NotFoundError("there is no such version of a scorecard")
    return row


def _check_edits(actor: Actor) -> None:
    if not actor.may(Action.SCORECARD_EDIT):
        raise ForbiddenError("these roles do not change scorecards")


def _check_reads(actor: Actor) -> None:
    if not any(reach(actor.roles, one) for one in (Action.SCORE_READ, Action.SCORECARD_EDIT, Action.SCORE)):
        raise ForbiddenError("these roles do not read scorecards")


def _note(session: Session, actor: Actor, event: str, card: Scorecard, now: datetime, **detail: Any) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=f"scorecard.{event}", subject=f"scorecard:{card.id}",
        detail={"code": card.code, **detail},
    )  # fmt: skip
