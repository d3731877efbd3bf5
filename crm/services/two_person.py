"""What nobody does alone: a recording deleted before its time, or taken out of the house.

One person asks and says why, another who may decide agrees or refuses and says why, and only then it is done, once.
Who asked never decides, and nobody decides on a matter that complains about himself. Consumer protection takes a
recording out without a second person, for a reason that is written down; it never deletes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.calls import Call, Recording
from crm.db.rights import TwoPersonRequest
from crm.domain.access import Action, Actor, Relation
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.services import audit, scope
from crm.services.recording_purge import PURGED, purge, why_kept
from recordings.store import Store, StoredObject

GRANT_LASTS = timedelta(hours=24)
_TEXT = 1000


class Kind(StrEnum):
    """What is asked for."""

    DELETE_RECORDING = "delete_recording"
    EXPORT_RECORDING = "export_recording"


ACTIONS = {Kind.DELETE_RECORDING: Action.DELETE_EARLY, Kind.EXPORT_RECORDING: Action.RECORDING_EXPORT}


@dataclass(frozen=True)
class Decided:
    """How a decision ended. ``purged``: the key of a file that is to be removed now."""

    request: TwoPersonRequest
    purged: str | None = None


def ask(
    session: Session, actor: Actor, kind: Kind, recording_id: str, reason: str, *, now: datetime
) -> TwoPersonRequest:
    """Ask for it. Raises ForbiddenError, NotFoundError, InvalidInputError, ConflictError."""
    _may_ask(actor, kind)
    recording = _recording(session, actor, kind, recording_id)
    text = _text("reason", reason)
    if recording.state == PURGED:
        raise ConflictError("this recording was deleted already")
    if kind is Kind.DELETE_RECORDING:
        kept = why_kept(session, recording_id, now)
        if kept is not None:
            raise ConflictError(kept)
    subject = f"recording:{recording_id}"
    same = select(TwoPersonRequest.id).where(
        TwoPersonRequest.kind == kind, TwoPersonRequest.subject == subject, TwoPersonRequest.state == "open"
    )
    if session.scalars(same).first() is not None:
        raise ConflictError("that was asked for already and waits for a second person")
    row = TwoPersonRequest(kind=kind, subject=subject, reason=text, asked_by_id=actor.user_id, asked_at=now)
    session.add(row)
    session.flush()
    _log(session, actor, row, "asked", text, now)
    return row


def may_decide(actor: Actor, request: TwoPersonRequest) -> bool:
    """Whether he may be the second person: he has the right himself, and is not the first."""
    relations = [Relation.APPROVED] if request.kind == Kind.DELETE_RECORDING else []
    return (
        actor.user_id is not None
        and actor.user_id != request.asked_by_id
        and actor.may(ACTIONS[Kind(request.kind)], relations)
    )


def decide(session: Session, actor: Actor, request_id: int, answer: str, *, agrees: bool, now: datetime) -> Decided:
    """Agree or refuse. A deletion that is agreed to is done at once. Raises ForbiddenError, ConflictError, …."""
    row = _load(session, request_id)
    if not may_decide(actor, row):
        raise ForbiddenError("another person who may do this decides, never the one who asked")
    text = _text("answer", answer)
    recording = _recording(session, actor, Kind(row.kind), row.subject.partition(":")[2])
    state = "refused" if not agrees else "done" if row.kind == Kind.DELETE_RECORDING else "granted"
    values = {
        "state": state,
        "decided_by_id": actor.user_id,
        "decided_at": now,
        "answer": text,
        "expires_at": now + GRANT_LASTS if state == "granted" else None,
        "done_at": now if state == "done" else None,
    }
    _take(session, row, "open", values)
    _log(session, actor, row, "granted" if agrees else "refused", text, now)
    if state != "done":
        return Decided(row)
    kept = why_kept(session, recording.id, now)
    if kept is not None:
        raise ConflictError(kept)
    return Decided(row, purge(session, recording, by=actor.name, reason=f"request {row.id}: {row.reason}", now=now))


def withdraw(session: Session, actor: Actor, request_id: int, *, now: datetime) -> None:
    """Take one's own request back. Raises ForbiddenError, ConflictError."""
    row = _load(session, request_id)
    if actor.user_id is None or row.asked_by_id != actor.user_id:
        raise ForbiddenError("who asked may take it back")
    _take(session, row, "open", {"state": "withdrawn", "decided_at": now})
    _log(session, actor, row, "withdrawn", "", now)


def export(
    session: Session, store: Store, actor: Actor, recording_id: str, reason: str, *, now: datetime
) -> tuple[Recording, StoredObject]:
    """Take a recording out: with the right of his own, or with a grant, which is used up by it.

    Raises ForbiddenError, NotFoundError, InvalidInputError, StoreError.
    """
    _may_ask(actor, Kind.EXPORT_RECORDING)
    recording = _recording(session, actor, Kind.EXPORT_RECORDING, recording_id)
    text, by_request = reason, None
    if not actor.may(Action.RECORDING_EXPORT):
        grant = granted(session, actor, recording_id, now)
        if grant is None:
            raise ForbiddenError("a recording is taken out with somebody's approval: ask for it first")
        _take(session, grant, "granted", {"state": "done", "done_at": now})
        text, by_request = grant.reason, grant.id
    opened = store.open(recording.store_key)
    audit.append(
        session, at=now, actor=actor.name, action="recording.exported", subject=f"recording:{recording_id}",
        detail={"reason": _text("reason", text), "request": by_request, "sha256": recording.sha256},
    )  # fmt: skip
    return recording, opened


def granted(session: Session, actor: Actor, recording_id: str, now: datetime) -> TwoPersonRequest | None:
    """His grant to take this recording out, while it lasts."""
    return session.scalars(
        select(TwoPersonRequest).where(
            TwoPersonRequest.kind == Kind.EXPORT_RECORDING,
            TwoPersonRequest.subject == f"recording:{recording_id}",
            TwoPersonRequest.asked_by_id == actor.user_id,
            TwoPersonRequest.state == "granted",
            TwoPersonRequest.expires_at > now,
        )
    ).first()


def listing(session: Session, actor: Actor, limit: int = 100) -> Sequence[TwoPersonRequest]:
    """What he may decide on and what he asked for: the open ones first, then the newest."""
    rows = session.scalars(
        select(TwoPersonRequest)
        .order_by((TwoPersonRequest.state == "open").desc(), TwoPersonRequest.id.desc())
        .limit(limit)
    ).all()
    kinds = {kind for kind, action in ACTIONS.items() if actor.may(action, [Relation.APPROVED])}
    decides = {kind for kind in kinds if kind is Kind.DELETE_RECORDING or actor.may(ACTIONS[kind])}
    return [row for row in rows if row.asked_by_id == actor.user_id or row.kind in decides]


def calls_of(session: Session, actor: Actor, rows: Sequence[TwoPersonRequest]) -> dict[str, str]:
    """The calls of these recordings that he may know of, by the recording's id."""
    ids = [row.subject.partition(":")[2] for row in rows]
    found = select(Recording.id, Recording.call_id).where(
        Recording.id.in_(ids), Recording.call_id.in_(select(Call.call_id).where(scope.calls_for(actor)))
    )
    return {one.id: one.call_id for one in session.execute(found)}


def _may_ask(actor: Actor, kind: Kind) -> None:
    if actor.user_id is None or not actor.may(ACTIONS[kind], [Relation.APPROVED]):
        raise ForbiddenError("these roles do not do this")


def _recording(session: Session, actor: Actor, kind: Kind, recording_id: str) -> Recording:
    """One that he may hear, or, to delete it, whose call he may know of."""
    reached = scope.recordings_for(actor)
    if kind is Kind.DELETE_RECORDING:
        reached = Recording.call_id.in_(select(Call.call_id).where(scope.calls_for(actor)))
    found = session.scalars(select(Recording).where(Recording.id == recording_id, reached)).first()
    if found is None:
        raise NotFoundError("there is no such recording")
    return found


def _load(session: Session, request_id: int) -> TwoPersonRequest:
    row = session.get(TwoPersonRequest, request_id)
    if row is None:
        raise NotFoundError("there is no such request")
    return row


def _take(session: Session, row: TwoPersonRequest, state: str, values: Mapping[str, object]) -> None:
    """Move it on from this state; of two who do so at once the second is told."""
    taken = session.execute(
        update(TwoPersonRequest)
        .where(TwoPersonRequest.id == row.id, TwoPersonRequest.state == state)
        .values(**values)
        .returning(TwoPersonRequest.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise ConflictError("this was decided already")
    session.refresh(row)


def _text(field: str, text: str) -> str:
    text = text.strip()
    if not text or len(text) > _TEXT or "\0" in text:
        raise InvalidInputError(field, f"is needed, {_TEXT} characters at most")
    return text


def _log(session: Session, actor: Actor, row: TwoPersonRequest, what: str, text: str, now: datetime) -> None:
    audit.append(
        session, at=now, actor=actor.name, action=f"two_person.{what}", subject=row.subject,
        detail={"request": row.id, "kind": row.kind, "text": text},
    )  # fmt: skip
