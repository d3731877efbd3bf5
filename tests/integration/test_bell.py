"""The bell: a notice that any process wrote is told to its person's open pages, once, and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from crm.db.session import Database
from crm.domain.access import Role
from crm.domain.live import Message
from crm.domain.notices import NoticeKind
from crm.live.bell import Bell
from crm.services import notices, users
from tests.call_work import NOW
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration


class Told(list[Message]):
    """What was sent to screens; a clock beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW

    def send(self, messages: Sequence[Message]) -> None:
        self.extend(messages)

    def clock(self) -> datetime:
        return self.now


def tell(database: Database, user_id: int, at: datetime = NOW) -> None:  # noqa: F811
    with database.write() as session:
        notices.tell(session, user_id, NoticeKind.ASSIGNED, None, at)


def test_a_notice_rings_once_and_only_for_whom_it_is(database: Database) -> None:  # noqa: F811
    with database.write() as session:
        people = {
            name: users.create_user(
                session, username=name, roles=frozenset({Role.CM}), password_hash=None, by="test", now=NOW
            ).id
            for name in ("carl", "ulla")
        }
    tell(database, people["carl"])
    told = Told()
    bell = Bell(database, told.send, told.clock)
    bell.look()
    assert told == [], "what was there before is shown by the pages themselves"
    tell(database, people["carl"])
    tell(database, people["ulla"])
    bell.look()
    bell.look()
    assert [(one.to, one.event, one.data["unread"]) for one in told] == [
        ("user:carl", "notice", 2),
        ("user:ulla", "notice", 1),
    ]
    told.now += timedelta(minutes=5)
    bell.look()
    tell(database, people["ulla"], told.now)
    bell.look()
    assert len(told) == 3


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_notice_whose_transaction_ends_late_is_not_missed(database: Database) -> None:  # noqa: F811
    """PostgreSQL only: SQLite has one writer at a time, and ids come in the order of the commits."""
    with database.write() as session:
        carl = users.create_user(
            session, username="carl", roles=frozenset({Role.CM}), password_hash=None, by="test", now=NOW
        ).id
    told = Told()
    bell = Bell(database, told.send, told.clock)
    bell.look()
    slow = database.session(writes=True)
    notices.tell(slow, carl, NoticeKind.ASSIGNED, None, NOW)
    tell(database, carl)
    bell.look()
    assert len(told) == 1
    slow.commit()
    slow.close()
    bell.look()
    assert len(told) == 2, "its id is smaller than one that was told already"
