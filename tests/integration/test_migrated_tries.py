"""What migration 0030 makes of tries that only the audit log knew, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from crm.db import migrate
from crm.db.aftercare import ContactTry, Visit
from crm.db.session import Database
from crm.domain.access import Role
from crm.domain.visits import VisitKind, VisitState
from crm.services import audit, users, visit_lists
from tests.database_fixture import database_url, postgres, sqlite_template  # noqa: F401

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)


def test_tries_of_the_audit_log_become_rows_and_stay_append_only(database_url: str) -> None:  # noqa: F811
    database = Database(database_url)
    with database.write() as session:
        users.create_user(session, username="carl", roles=frozenset({Role.CM}), password_hash=None, by="test", now=NOW)
        visit = Visit(kind=VisitKind.SERVICE, unique_key="service:1", due_at=NOW, state=VisitState.PLANNED, answers={},
                      opinion="", made_at=NOW, made_by="sam", version=1)  # fmt: skip
        session.add(visit)
        session.flush()
        for action, subject in (
            ("visit.not_reached", f"visit:{visit.id}"),
            ("visit.taken", f"visit:{visit.id}"),
            ("visit.not_reached", f"visit:{visit.id}0"),
        ):
            audit.append(session, at=NOW, actor="carl", action=action, subject=subject, detail={})
        session.add(ContactTry(purpose="visit", visit_id=visit.id, at=NOW, reached=False, note="engaged"))
    database.dispose()
    migrate.downgrade(database_url, "0029")
    migrate.upgrade(database_url)
    with database.read() as session:
        (kept,) = visit_lists.made_tries(session, session.scalars(select(Visit)).one())
        assert (kept.at, kept.by, kept.reached, kept.note) == (NOW, "carl", False, "")
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text("DELETE FROM contact_tries"))
    database.dispose()
