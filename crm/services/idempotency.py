"""Repeated POSTs: the first answer is kept under the client's key and given again. In the caller's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.db.records import IdempotencyKey
from crm.domain.access import Actor
from crm.domain.errors import ConflictError, InvalidInputError

MAX_KEY = 100
_RUNNING = 0
"""The status of a key whose work was begun and has no answer yet."""


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    body: Mapping[str, Any]


def replay(session: Session, actor: Actor, path: str, key: str, request: bytes) -> Answer | None:
    """The answer given before, or None at the first time. Raises ConflictError when the request was another."""
    row = session.get(IdempotencyKey, _name(actor, path, key))
    if row is None:
        return None
    if row.request_sha256 != _digest(request):
        raise ConflictError("this Idempotency-Key was used for another request")
    if row.status == _RUNNING:
        raise ConflictError("what this Idempotency-Key was used for is being done, or its end is not known")
    return Answer(row.status, row.body)


def remember(
    session: Session, actor: Actor, path: str, key: str, request: bytes, answer: Answer, *, now: datetime
) -> None:
    """Keep the answer, in the transaction that did the work.

    Raises ConflictError when the same key runs twice at once: roll back, then ``replay``.
    """
    session.add(
        IdempotencyKey(
            key=_name(actor, path, key),
            request_sha256=_digest(request),
            status=answer.status,
            body=dict(answer.body),
            created_at=now,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("this Idempotency-Key is being used right now") from error


def claim(session: Session, actor: Actor, path: str, key: str, request: bytes, *, now: datetime) -> None:
    """Take a key before work that no transaction can take back. Raises ConflictError when somebody has it."""
    remember(session, actor, path, key, request, Answer(_RUNNING, {}), now=now)


def settle(session: Session, actor: Actor, path: str, key: str, answer: Answer) -> None:
    """Keep the answer of a claimed key."""
    row = session.get_one(IdempotencyKey, _name(actor, path, key))
    row.status, row.body = answer.status, dict(answer.body)


def release(session: Session, actor: Actor, path: str, key: str) -> None:
    """Give a claimed key back: nothing was done."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.key == _name(actor, path, key)))


def forget_before(session: Session, instant: datetime) -> int:
    """Drop keys older than this; gives their number."""
    gone = session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.created_at < instant).returning(IdempotencyKey.key)
    )
    return len(gone.all())


def _name(actor: Actor, path: str, key: str) -> str:
    if not 1 <= len(key) <= MAX_KEY:
        raise InvalidInputError("Idempotency-Key", f"must have 1 to {MAX_KEY} characters")
    return hashlib.sha256(f"{actor.name}\n{path}\n{key}".encode()).hexdigest()


def _digest(request: bytes) -> str:
    return hashlib.sha256(request).hexdigest()
