"""People and API tokens, as the command line makes them: demo accounts, first administrators, auditors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from crm.db.session import Database
from crm.domain.access import Role
from crm.domain.errors import DomainError
from crm.services import audit, duty_roster, users
from crm.services.checkpoints import Checkpoint
from crm.services.duty_roster import NewEntry
from crm.services.passwords import hash_password, random_password
from ops import checkpoints, field_keys, keys
from ops.accounts_shown import DEMO_FILE, DemoAccount, kept_accounts
from ops.settings import Settings

ACTOR = "command line"
DEMO_PEOPLE = (
    ("admin", Role.AD, "Administrator"),
    ("supervisor", Role.SM, "Supervisor"),
    ("manager", Role.DG, "Manager"),
    ("handler", Role.CM, "Complaint handler"),
    ("qa", Role.QA, "Quality reviewer"),
    ("agent1", Role.A1, "Agent One"),
    ("agent2", Role.A1, "Agent Two"),
    ("agent3", Role.A1, "Agent Three"),
)
DEMO_ROSTER = (("lead", "manager"), ("customers", "handler"), ("floor", "supervisor"))


class AccountError(Exception):
    """A person or token cannot be made or shown; the text says why and what to do."""


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = field_keys.database(settings)
    try:
        yield database
    except DomainError as error:
        raise AccountError(str(error)) from error
    except (OperationalError, ProgrammingError) as error:
        raise AccountError(f"the database is not ready ({error.orig}); `huiyin migrate` prepares it") from error
    finally:
        database.dispose()


@contextmanager
def _session(settings: Settings) -> Iterator[Session]:
    with _database(settings) as database, database.write() as session:
        yield session


def ensure_demo(settings: Settings) -> list[DemoAccount]:
    """Make the demo accounts that are missing, with random passwords that are kept in HOME/secrets."""
    made = [{"user": name, "password": random_password(), "role": role} for name, role, _ in DEMO_PEOPLE]
    keys.keep(settings.secrets, DEMO_FILE, json.dumps(made))
    kept = kept_accounts(settings)
    titles = {name: title for name, _, title in DEMO_PEOPLE}
    with _session(settings) as session:
        for account in kept:
            if users.find_user(session, account.user) is None:
                _add(session, account.user, Role(account.role), account.password, titles[account.user])
        _ensure_roster(session)
    return kept


def _ensure_roster(session: Session) -> None:
    """Have somebody on duty for every seat that an emergency team always has, where nobody has ever been."""
    now, lead = datetime.now(UTC), users.find_user(session, "supervisor")
    if lead is None or duty_roster.was_kept(session):
        return
    for duty, name in DEMO_ROSTER:
        duty_roster.add(session, users.actor_of(lead), NewEntry(duty, name, 1), now=now)


def create_user(settings: Settings, name: str, role: str) -> str:
    """Make a person; gives the one-time password. Raises AccountError."""
    if role not in set(Role):
        raise AccountError(f"there is no role {role!r}: {', '.join(Role)}")
    password = random_password()
    with _session(settings) as session:
        _add(session, name, Role(role), password, name)
    return password


def _add(session: Session, name: str, role: Role, password: str, title: str) -> None:
    users.create_user(
        session,
        username=name,
        roles=frozenset({role}),
        password_hash=hash_password(password),
        by=ACTOR,
        now=datetime.now(UTC),
        display_name=title,
    )


def create_token(settings: Settings, *, user: str | None, role: Role | None) -> str:
    """Make an API token, for a person or (auditor) for a role alone. Raises AccountError."""
    with _session(settings) as session:
        return users.create_token(session, by=ACTOR, now=datetime.now(UTC), username=user, role=role, label=ACTOR)


def verify_audit(settings: Settings, copies: Sequence[Path] = ()) -> audit.Verdict:
    """Walk the audit chain and its checkpoints. Raises AccountError when the database cannot be read."""
    with _database(settings) as database:
        return checkpoints.verify(settings, database, copies)


def checkpoint_audit(settings: Settings) -> tuple[str, Sequence[Checkpoint]]:
    """Sign the chain as it is now; gives the public key and all checkpoints. Raises AccountError."""
    with _database(settings) as database:
        try:
            checkpoints.Keeper(settings, database, lambda: datetime.now(UTC)).checkpoint()
            return checkpoints.signer(settings).public_key, checkpoints.read(settings.audit / checkpoints.FILE)
        except checkpoints.CopyError as error:
            raise AccountError(str(error)) from error
