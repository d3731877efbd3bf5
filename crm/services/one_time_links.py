"""One-time links: by one of them a person chooses his password, once and within a day. Each is for one person."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.rights import OneTimeLink
from crm.domain.errors import InvalidInputError, NotFoundError
from crm.services import audit
from crm.services.passwords import hash_password

VALID = timedelta(hours=24)
LEAST, MOST = 15, 128


def make(session: Session, user: User, *, by: str, now: datetime) -> str:
    """A new link's secret; earlier ones of this person open nothing any more. It is shown once: its hash is kept."""
    revoke(session, user.id, now=now)
    secret = secrets.token_urlsafe(32)
    session.add(OneTimeLink(sha256=_digest(secret), user_id=user.id, made_by=by, made_at=now, expires_at=now + VALID))
    session.flush()
    audit.append(
        session, at=now, actor=by, action="user.link_made", subject=f"user:{user.id}",
        detail={"username": user.username},
    )  # fmt: skip
    return secret


def revoke(session: Session, user_id: int, *, now: datetime) -> None:
    """End what is still open of this person's."""
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None), OneTimeLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def person_of(session: Session, secret: str, now: datetime) -> User:
    """Whose link it is. Raises NotFoundError for one that is unknown, used, revoked, too old, or of who has left."""
    return _open(session, secret, now).user


def use(session: Session, secret: str, password: str, again: str, *, now: datetime) -> User:
    """Set the password; every session of the person ends. Raises NotFoundError, InvalidInputError."""
    link = _open(session, secret, now)
    _check(password, again, link.user)
    taken = session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None), OneTimeLink.revoked_at.is_(None))
        .values(used_at=now)
        .returning(OneTimeLink.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise NotFoundError("this link opens nothing any more")
    user = link.user
    user.password, user.fs_uniquifier = hash_password(password), secrets.token_hex(32)
    audit.append(
        session, at=now, actor=user.username, action="user.password_set", subject=f"user:{user.id}",
        detail={"link": link.id},
    )  # fmt: skip
    return user


def _open(session: Session, secret: str, now: datetime) -> OneTimeLink:
    found = session.scalars(select(OneTimeLink).where(OneTimeLink.sha256 == _digest(secret))).first()
    usable = found is not None and found.used_at is None and found.revoked_at is None and found.expires_at > now
    if found is None or not usable or not found.user.active:
        raise NotFoundError("this link opens nothing any more")
    return found


def _check(password: str, again: str, user: User) -> None:
    if not LEAST <= len(password) <= MOST:
        raise InvalidInputError("password", f"must have {LEAST} to {MOST} characters")
    if "\0" in password:
        raise InvalidInputError("password", "must not hold a NUL character")
    if user.username.lower() in password.lower():
        raise InvalidInputError("password", "must not hold the user name")
    if password != again:
        raise InvalidInputError("again", "must be the same twice")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
