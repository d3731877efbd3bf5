"""Who gets a phone, and what Asterisk is told of it, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.db.people import User
from crm.db.session import Database
from crm.domain.access import Role
from crm.services import phones as agents_phones
from crm.services import users
from ops import phones
from ops.settings import Settings
from tests.database_fixture import database, database_url, postgres, sqlite_template

pytestmark = pytest.mark.integration
__all__ = ["database", "database_url", "postgres", "sqlite_template"]
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def make(database: Database, name: str, role: Role) -> None:
    """A person."""
    with database.write() as session:
        users.create_user(session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW)


def change(database: Database, name: str, **values: object) -> None:
    """Set columns of a person."""
    with database.write() as session:
        user = session.scalars(select(User).where(User.username == name)).one()
        for key, value in values.items():
            setattr(user, key, value)


def sip_users(database: Database) -> dict[str, str | None]:
    """By user name."""
    with database.read() as session:
        return {user.username: user.sip_user for user in session.scalars(select(User))}


def test_agents_and_supervisors_get_a_phone_and_others_none(database: Database) -> None:
    for name, role in (("li", Role.A1), ("chen", Role.A2), ("wu", Role.SM), ("zhao", Role.QA), ("9to5", Role.A1)):
        make(database, name, role)
    assert sip_users(database) == {"li": "li", "chen": "chen", "wu": "wu", "zhao": None, "9to5": "agent-9to5-1"}


def test_people_from_before_get_one_too(database: Database) -> None:
    make(database, "li", Role.A1)
    make(database, "zhao", Role.QA)
    change(database, "li", sip_user=None)
    with database.write() as session:
        assert agents_phones.ensure_sip_users(session) == 1
        assert agents_phones.ensure_sip_users(session) == 0
    assert sip_users(database) == {"li": "li", "zhao": None}


def test_asterisks_file_follows_the_database(database: Database, settings: Settings) -> None:
    make(database, "li", Role.A1)
    make(database, "chen", Role.A1)
    assert phones.refresh(settings, database)
    assert not phones.refresh(settings, database), "nothing changed"
    file = phones.phones_file(settings)
    first = file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    for text in ("[li](agent-desk)", "[li-web](agent-browser)", "[chen](agent-desk)", "set_var = HUIYIN_AGENT=li\n"):
        assert text in first
    change(database, "li", fs_uniquifier="his sessions were ended")
    assert phones.refresh(settings, database)
    second = file.read_text(encoding="utf-8")
    assert first != second
    change(database, "li", active=False)
    assert phones.refresh(settings, database)
    assert "[li]" not in file.read_text(encoding="utf-8")
    assert "[chen]" in file.read_text(encoding="utf-8")
