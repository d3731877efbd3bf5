"""Missed callers on both databases: each number once, with what followed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm.db.session import Database
from crm.domain.errors import ForbiddenError
from crm.services import (
    missed_calls,
    outbound,
)
from crm.services.outbound import Wanted
from ivr.routing_plan import Member, Opening
from tests.call_work import (  # noqa: F401
    NOW,
    NUMBER,
    ZONE,
    Exchange,
    People,
    add_call,
    add_callback,
    call,
    people,
    put_plan,
)
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration


def test_a_number_is_missed_once_and_what_followed_is_marked(database: Database, people: People) -> None:  # noqa: F811
    gone: dict[str, Any] = {"agent": None, "outcome": "abandoned"}
    with database.write() as session:
        for seq, minutes in ((1, 50), (2, 40), (3, 30)):
            add_call(session, f"c-0000{seq}", at=NOW - timedelta(minutes=minutes), **gone)
        add_call(session, "c-00004", number="13911112222", at=NOW - timedelta(minutes=35), **gone)
        add_call(session, "c-00005", number="13911112222", at=NOW - timedelta(minutes=20))
        add_call(session, "c-00006", number=None, at=NOW - timedelta(minutes=60), **gone)
        add_call(session, "c-00007", number=None, at=NOW - timedelta(minutes=61), **gone)
        add_callback(
            session, add_call(session, "c-00008", number="13700137000", at=NOW - timedelta(minutes=5), **gone), NOW
        )
        add_call(session, "c-00009", number="13600136000", at=NOW - timedelta(days=9), **gone)

    def listed(name: str = "sam", *, waiting: bool = False) -> list[tuple[str, int, str]]:
        with database.read() as session:
            found = missed_calls.list_missed(session, people[name], now=NOW, zone=ZONE, waiting_only=waiting)
        return [(one.call_id, one.calls, one.since) for one in found]

    assert listed() == [
        ("c-00003", 3, "nothing"), ("c-00004", 1, "came_through"), ("c-00006", 1, "nothing"), ("c-00007", 1, "nothing"),
    ]  # fmt: skip
    assert [one[0] for one in listed(waiting=True)] == ["c-00003", "c-00006", "c-00007"]
    made = call(database, people["ann"], Wanted("missed", number=NUMBER), Exchange())
    assert listed()[0][2] == "tried"
    with database.write() as session:
        outbound.settle(session, made.call_id or "", talked=20.0)
    assert listed()[0][2] == "reached"
    with database.write() as session:
        add_call(session, "c-00010", at=NOW + timedelta(seconds=1), **gone)
    assert listed()[0] == ("c-00010", 4, "nothing")


def test_out_of_hours_is_told_from_the_plan_and_agents_see_their_queues(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        put_plan(session, Member("alice", {"service": 1}), Member("amy", {"cards": 1}), opening=(Opening(4, 480, 600),))
        add_call(session, "c-00001", agent=None, outcome="abandoned")
        add_call(session, "c-00002", number="13911112222", agent=None, outcome="abandoned", at=NOW - timedelta(hours=2))
        found = missed_calls.list_missed(session, people["alice"], now=NOW, zone=ZONE)
        assert [one.why for one in found] == ["out_of_hours", "abandoned"]
        assert missed_calls.list_missed(session, people["amy"], now=NOW, zone=ZONE) == ()
        with pytest.raises(ForbiddenError):
            missed_calls.list_missed(session, people["tess"], now=NOW, zone=ZONE)
