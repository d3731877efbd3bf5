"""People who log in, and API tokens. Every function works in the caller's writing transaction, which he commits."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from crm.db.people import ApiToken, User, user_roles
from crm.db.people import Role as RoleRow
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.people import conflict
from crm.services import audit, phones

_USERNAME = re.compile(r"\A[a-z0-9][a-z0-9_.-]{1,63}\Z")
_TOKEN_PREFIX = "hy_"  # noqa: S105  (marks our tokens, for scanners of leaked secrets)

_HOLDER = (
    select(ApiToken.id, ApiToken.role, User.id.label("user_id"), User.username, User.active, RoleRow.name)
    .outerjoin(User, User.id == ApiToken.user_id)
    .outerjoin(user_roles, user_roles.c.user_id == User.id)
    .outerjoin(RoleRow, RoleRow.id == user_roles.c.role_id)
    .where(ApiToken.sha256 == bindparam("digest"), ApiToken.revoked_at.is_(None))
)


def create_user(
    session: Session,
    *,
    username: str,
    roles: frozenset[Role],
    password_hash: str | None,
    by: str,
    now: datetime,
    display_name: str = "",
    locale: str = "zh",
) -> User:
    """Make a person. ``password_hash`` None: he comes in by a one-time link. Raises ConflictError for a taken name."""
    if not _USERNAME.match(username):
        raise InvalidInputError("username", "must have 2 to 64 of a-z 0-9 _ . -, a letter or digit first")
    if not roles:
        raise InvalidInputError("roles", "at least one role is needed")
    why = conflict(roles)
    if why is not None:
        raise InvalidInputError("roles", why)
    if session.scalars(select(User.id).where(User.username == username)).first() is not None:
        raise ConflictError(f"there is a user {username} already")
    rows = session.scalars(select(RoleRow).where(RoleRow.name.in_(sorted(roles)))).all()
    user = User(
        username=username,
        display_name=display_name or username,
        password=password_hash,
        active=True,
        locale=locale,
        fs_uniquifier=secrets.token_hex(32),
        sip_user=phones.free_sip_user(session, username) if phones.wants_phone(roles) else None,
        created_at=now,
        roles=list(rows),
    )
    session.add(user)
    session.flush()
    audit.append(
        session,
        at=now,
        actor=by,
        action="user.created",
        subject=f"user:{user.id}",
        detail={"username": username, "roles": sorted(roles)},
    )
    return user


def find_user(session: Session, username: str) -> User | None:
    """The user of this name, active or not."""
    return session.scalars(select(User).where(User.username == username)).first()


def person_named(session: Session, text: str) -> User | None:
    """Who is meant by a user name or, where one person alone has it, by a display name; None when nobody is."""
    wanted = text.strip()
    if not wanted:
        return None
    known = session.scalars(select(User).where(User.username == wanted)).first()
    if known is not None:
        return known
    shown = session.scalars(select(User).where(User.display_name == wanted, User.active).limit(2)).all()
    return shown[0] if len(shown) == 1 else None


def actor_of(user: User) -> Actor:
    """The actor that a user is."""
    return Actor(user.username, frozenset(Role(role.name) for role in user.roles), user.id)


def is_still(session: Session, actor: Actor, uniquifier: str | None = None) -> bool:
    """Whether somebody who logged in is still who he was: active, with the same roles and the same sessions."""
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    if user is None or not user.active or actor_of(user) != actor:
        return False
    return uniquifier is None or user.fs_uniquifier == uniquifier


def create_token(
    session: Session,
    *,
    by: str,
    now: datetime,
    username: str | None = None,
    role: Role | None = None,
    label: str = "",
) -> str:
    """Make an API token of a user, or of a role without a person. The text is shown once; only its hash is kept."""
    if (username is None) == (role is None):
        raise InvalidInputError("user", "a token is of a user or of a role")
    user = None
    if username is not None:
        user = find_user(session, username)
        if user is None or not user.active:
            raise NotFoundError(f"there is no active user {username}")
    token = _TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(sha256=_digest(token), label=label, user_id=user.id if user else None, role=role, created_at=now)
    session.add(row)
    session.flush()
    audit.append(
        session,
        at=now,
        actor=by,
        action="token.created",
        subject=f"token:{row.id}",
        detail={"user": username, "role": role, "label": label},
    )
    return token


def authenticate_token(line: Connection, token: str) -> Actor | None:
    """Who holds this token; None for an unknown or revoked one, or of a user who is not active. Reads only."""
    # A row for each role of his. Each request asks this, so the statement is made once.
    rows = line.execute(_HOLDER, {"digest": _digest(token)}).all()
    if not rows:
        return None
    first = rows[0]
    if first.user_id is None:
        return Actor(f"token:{first.id}", frozenset({Role(first.role)}) if first.role else frozenset())
    roles = frozenset(Role(row.name) for row in rows if row.name is not None)
    return Actor(first.username, roles, first.user_id) if first.active else None


def revoke_token(session: Session, token_id: int, *, by: str, now: datetime) -> None:
    """End a token. Raises NotFoundError."""
    row = session.get(ApiToken, token_id)
    if row is None:
        raise NotFoundError("there is no such token")
    row.revoked_at = row.revoked_at or now
    audit.append(session, at=now, actor=by, action="token.revoked", subject=f"token:{token_id}", detail={})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
