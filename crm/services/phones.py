"""Agents' phones: who has one, under which SIP user, with which password.

A password is derived, not stored: from a key of the installation, the SIP user and what ends a person's sessions.
So it changes when somebody's sessions are ended, and a copy of the database alone opens no phone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import Role as RoleRow
from crm.db.people import User
from crm.domain.access import Role

PHONE_ROLES = frozenset({Role.A1, Role.A2, Role.SM})
"""Agents answer, supervisors listen."""
WEB_SUFFIX = "-web"
"""The browser's phone of an agent is another endpoint than the one on his desk."""
_SIP_USER = re.compile(r"\A[a-z][a-z0-9_.-]{0,27}\Z")
_TAKEN = frozenset({"trunk", "trunk-out", "anonymous", "system", "global"})
_LONGEST = 28


@dataclass(frozen=True)
class Phone:
    """What an agent's phones log in with."""

    agent: str
    """the user name"""
    sip_user: str
    password: str = field(repr=False)

    @property
    def web_user(self) -> str:
        """The SIP user of the phone in the browser."""
        return self.sip_user + WEB_SUFFIX


def sip_password(key: bytes, sip_user: str, uniquifier: str) -> str:
    """The password of a SIP user, the same at desk and in the browser: 32 letters and digits."""
    digest = hmac.digest(key, f"{sip_user}:{uniquifier}".encode(), hashlib.sha256)
    return base64.b32encode(digest[:20]).decode("ascii").lower()


def is_sip_user(text: str) -> bool:
    """Whether Asterisk's configuration and dialplan can take it for a phone's name."""
    return bool(_SIP_USER.match(text)) and text not in _TAKEN and not text.endswith(WEB_SUFFIX)


def free_sip_user(session: Session, username: str) -> str:
    """The SIP user for a new person: his user name where that can be one, else something close to it."""
    base = re.sub(r"[^a-z0-9_.-]", "", username.lower())[:_LONGEST]
    tries = [base, *(f"agent-{base[:16]}-{number}" for number in range(1, 1000))]
    taken = set(session.scalars(select(User.sip_user).where(User.sip_user.is_not(None))))
    return next(one for one in tries if is_sip_user(one) and one not in taken)


def wants_phone(roles: Collection[str]) -> bool:
    """Whether somebody of these roles has a phone."""
    return not PHONE_ROLES.isdisjoint(roles)


def ensure_sip_users(session: Session) -> int:
    """Give a SIP user to everybody whose role wants one and who has none; tells how many got one."""
    wanting = select(User).where(User.sip_user.is_(None), User.roles.any(RoleRow.name.in_(sorted(PHONE_ROLES))))
    rows = session.scalars(wanting.order_by(User.id)).all()
    for user in rows:
        user.sip_user = free_sip_user(session, user.username)
        session.flush()
    return len(rows)


def phone_of(user: User, key: bytes) -> Phone | None:
    """A person's phone; None for who has none or is not active."""
    if not user.active or not user.sip_user or not wants_phone([role.name for role in user.roles]):
        return None
    return Phone(user.username, user.sip_user, sip_password(key, user.sip_user, user.fs_uniquifier))


def phones(session: Session, key: bytes) -> list[Phone]:
    """Every phone that may log in, in the order of user names."""
    users = session.scalars(select(User).where(User.sip_user.is_not(None)).order_by(User.username))
    return [phone for user in users if (phone := phone_of(user, key)) and is_sip_user(phone.sip_user)]
