"""People and API tokens, as the command line makes them: demo accounts, first administrators, auditors."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from crm.db.models import ApiToken, Role, User
from crm.db.session import Database
from crm.domain import access
from crm.services import audit
from ops import keys
from ops.accounts_shown import DEMO_FILE, DemoAccount, demo_accounts
from ops.settings import Settings

ACTOR = "command line"
DEMO_PEOPLE = (
    ("admin", "AD", "Administrator"),
    ("supervisor", "SM", "Supervisor"),
    ("manager", "DG", "Manager"),
    ("handler", "CM", "Complaint handler"),
    ("qa", "QA", "Quality reviewer"),
    ("agent1", "A1", "Agent One"),
    ("agent2", "A1", "Agent Two"),
    ("agent3", "A1", "Agent Three"),
)


class AccountError(Exception):
    """A person or token cannot be made or shown; the text says why and what to do."""


@contextmanager
def _writing(settings: Settings) -> Iterator[Session]:
    database = Database(settings.sql_url)
    try:
        with database.write() as session:
            yield session
    except (OperationalError, ProgrammingError) as error:
        raise AccountError(f"the database is not ready ({error.orig}); `huiyin migrate` prepares it") from error
    finally:
        database.dispose()


def ensure_demo(settings: Settings) -> list[DemoAccount]:
    """Make the demo accounts that are missing, with random passwords that are kept in HOME/secrets."""
    made = [
        DemoAccount(
            name,
            secrets.token_urlsafe(15),
            role,
            name if role == "A1" else None,
            secrets.token_urlsafe(15) if role == "A1" else None,
        )
        for name, role, _ in DEMO_PEOPLE
    ]
    keys.keep(settings.secrets, DEMO_FILE, json.dumps([asdict(one) for one in made]))
    kept = demo_accounts(settings)
    titles = {name: title for name, _, title in DEMO_PEOPLE}
    with _writing(settings) as session:
        known = set(session.scalars(select(User.username)))
        for account in kept:
            if account.user not in known:
                _add_user(session, account.user, account.role, account.password, titles.get(account.user, ""))
    return kept


def create_user(settings: Settings, name: str, role: str) -> str:
    """Make a person; gives the one-time password. Raises AccountError."""
    password = secrets.token_urlsafe(15)
    with _writing(settings) as session:
        if session.scalar(select(User.id).where(User.username == name)):
            raise AccountError(f"there is a user {name!r} already")
        _add_user(session, name, role, password, name)
    return password


def _add_user(session: Session, name: str, role: str, password: str, title: str) -> None:
    now = datetime.now(UTC)
    user = User(
        username=name,
        display_name=title,
        password=PasswordHasher().hash(password),
        fs_uniquifier=secrets.token_hex(32),
        sip_user=name if role == access.Role.A1 else None,
        created_at=now,
        roles=[_role(session, role)],
    )
    session.add(user)
    audit.append(session, at=now, actor=ACTOR, action="user.created", subject=f"user:{name}", detail={"role": role})


def _role(session: Session, name: str) -> Role:
    if name not in set(access.Role):
        raise AccountError(f"there is no role {name!r}: {', '.join(access.Role)}")
    found = session.scalar(select(Role).where(Role.name == name))
    if found is None:
        found = Role(name=name, description=access.ROLE_TITLES[access.Role(name)])
        session.add(found)
        session.flush()
    return found


def create_token(settings: Settings, *, user: str | None, role: str | None) -> str:
    """Make an API token, for a person or (auditor) for a role alone; only its hash is kept. Raises AccountError."""
    token = "hy_" + secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    with _writing(settings) as session:
        row = session.scalar(select(User).where(User.username == user)) if user else None
        if user and row is None:
            raise AccountError(f"there is no user {user!r}")
        session.add(
            ApiToken(
                sha256=hashlib.sha256(token.encode()).hexdigest(),
                label=f"made on the command line for {user or role}",
                user_id=row.id if row else None,
                role=role,
                created_at=now,
            )
        )
        audit.append(
            session,
            at=now,
            actor=ACTOR,
            action="token.created",
            subject=f"user:{user}" if user else f"role:{role}",
            detail={},
        )
    return token


def verify_audit(settings: Settings) -> audit.Verdict:
    """Walk the audit chain. Raises AccountError when the database cannot be read."""
    database = Database(settings.sql_url)
    try:
        with database.read() as session:
            return audit.verify(session)
    except (OperationalError, ProgrammingError) as error:
        raise AccountError(f"the database cannot be read ({error.orig})") from error
    finally:
        database.dispose()
