"""Calls out on both databases: what is refused is a row, limits hold under concurrency, answers cost."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.db.contact_centre import OutboundCall
from crm.db.records import AuditEntry
from crm.db.session import Database
from crm.domain.outbound import OutboundRules
from crm.domain.tickets import Channel, Kind
from crm.services import (
    call_links,
    outbound,
    tasks,
    wrap_up,
)
from crm.services.click_to_call import CallRefusedError
from crm.services.outbound import Wanted
from crm.services.ticket_changes import NewTicket, create_ticket
from crm.services.tickets import get_ticket
from ivr.switchboard import SwitchboardCode, Verb
from tests.call_work import (  # noqa: F401
    CENTRE,
    NOW,
    NUMBER,
    Exchange,
    People,
    add_call,
    add_callback,
    begun,
    call,
    people,
)
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration


def test_a_customer_of_a_ticket_is_called_and_it_is_written_down(database: Database, people: People) -> None:  # noqa: F811
    alice, exchange = people["alice"], Exchange()
    with database.write() as session:
        mine = create_ticket(
            session, alice,
            NewTicket(Kind.INQUIRY, Channel.PHONE, "x", caller_number="+86 138 0013 8000", language="en"),
            centre=CENTRE, now=NOW,
        ).summary  # fmt: skip
    made = call(database, alice, Wanted("as promised", ticket_id=mine.id), exchange)
    assert exchange.asked == [(Verb.DIAL, {"agent": "alice", "number": NUMBER, "language": "en"})]
    assert (made.state, made.call_id, made.cost, made.ticket_id) == ("dialled", "out-1", 15, mine.id)
    with database.write() as session:
        add_call(session, "out-1", number=None)
        for _ in range(2):
            outbound.settle(session, "out-1", talked=61.0)
        call_links.catch_up(session, "out-1")
        ended = outbound.get_outbound(session, alice, made.id)
        assert (ended.state, ended.cost) == ("answered", 30)
        shown = get_ticket(session, alice, mine.id)
        assert shown.summary.call_ids == ("out-1",)
        assert [event.event for event in shown.events] == ["created", "called_out"]
        one = begun(session, alice, "out-1")
        assert wrap_up.get_wrap_up(session, alice, one).number == NUMBER
        assert wrap_up.get_wrap_up(session, alice, one).ticket_id == mine.id


@pytest.mark.parametrize(
    ("name", "wanted", "at", "why"),
    [
        ("alice", Wanted("why not", number=NUMBER), NOW, "not_yours"),
        ("ann", Wanted("", number=NUMBER), NOW, "no_reason"),
        ("ann", Wanted("x", number="+1 415 555 0123"), NOW, "no_number"),
        ("ann", Wanted("x", number="4008001234"), NOW, "destination"),
        ("ann", Wanted("x", number=NUMBER), datetime(2026, 11, 20, 14, tzinfo=UTC), "quiet_hours"),
    ],
)
def test_what_is_refused_is_a_row_and_dials_nobody(
    database: Database,  # noqa: F811
    people: People,  # noqa: F811
    name: str,
    wanted: Wanted,
    at: datetime,
    why: str,
) -> None:
    exchange = Exchange()
    with pytest.raises(CallRefusedError, match=why):
        call(database, people[name], wanted, exchange, at)
    assert exchange.asked == []
    with database.read() as session:
        row = session.scalars(select(OutboundCall)).one()
        assert (row.state, row.refused, row.cost) == ("refused", why, 0)
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "outbound.refused"


def test_who_agreed_is_called_at_night_and_that_is_written_down(database: Database, people: People) -> None:  # noqa: F811
    at = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    made = call(database, people["ann"], Wanted("asked for it", number=NUMBER, agreed=True), Exchange(), at)
    assert (made.state, made.agreed) == ("dialled", True)


def test_three_calls_a_day_to_a_customer_whatever_the_spelling(database: Database, people: People) -> None:  # noqa: F811
    spellings = [NUMBER, "+8613800138000", "138 0013 8000"]
    for number in spellings:
        call(database, people["ann"], Wanted("x", number=number), Exchange())
    with pytest.raises(CallRefusedError, match="customer_limit"):
        call(database, people["sam"], Wanted("x", number=NUMBER), Exchange())
    assert (
        call(database, people["sam"], Wanted("x", number=NUMBER), Exchange(), NOW + timedelta(days=1)).state
        == "dialled"
    )


def test_a_call_that_was_never_put_through_counts_for_nothing(database: Database, people: People) -> None:  # noqa: F811
    for exchange in (Exchange(SwitchboardCode.NO_PHONE), None, Exchange(SwitchboardCode.BUSY)):
        with pytest.raises(CallRefusedError):
            call(database, people["ann"], Wanted("x", number=NUMBER), exchange)
    with database.read() as session:
        rows = session.execute(select(OutboundCall.state, OutboundCall.refused, OutboundCall.cost)).all()
    assert sorted(rows) == [("failed", "busy", 0), ("failed", "no_exchange", 0), ("failed", "no_phone", 0)]
    assert call(database, people["ann"], Wanted("x", number=NUMBER), Exchange()).state == "dialled"


def test_what_is_spent_in_a_day_ends_somewhere(database: Database, people: People) -> None:  # noqa: F811
    rules = OutboundRules(spend_daily=40, customer_daily=99)
    for _ in range(2):
        call(database, people["ann"], Wanted("x", number=NUMBER), Exchange(), rules=rules)
    with pytest.raises(CallRefusedError, match="spend_cap"):
        call(database, people["ann"], Wanted("x", number=NUMBER), Exchange(), rules=rules)


def test_the_limit_holds_when_all_dial_at_once(database: Database, people: People) -> None:  # noqa: F811
    results: list[str] = []

    def one() -> None:
        try:
            results.append(call(database, people["ann"], Wanted("x", number=NUMBER), Exchange()).state)
        except CallRefusedError as refused:
            results.append(refused.why)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["customer_limit"] * 5 + ["dialled"] * 3


def test_an_agent_calls_from_his_own_task_only(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        add_callback(session, add_call(session, "c-00001", agent=None), NOW)
        (task,) = tasks.list_team(session, people["alice"], now=NOW)
    with pytest.raises(CallRefusedError, match="not_yours"):
        call(database, people["alice"], Wanted("x", task_id=task.id), Exchange())
    with database.write() as session:
        tasks.take(session, people["alice"], task.id, now=NOW)
    with pytest.raises(CallRefusedError, match="not_yours"):
        call(database, people["alice"], Wanted("x", task_id=task.id, number="13911112222"), Exchange())
    made = call(database, people["alice"], Wanted("x", task_id=task.id), Exchange())
    assert (made.state, made.task_id, made.ticket_id) == ("dialled", task.id, task.ticket_id)


def test_a_customer_is_called_by_who_works_for_him(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        customer_id = add_call(session, "c-00001", agent="alice").customer_id
    assert call(database, people["alice"], Wanted("x", customer_id=customer_id), Exchange()).number == NUMBER
    with pytest.raises(CallRefusedError, match="not_yours"):
        call(database, people["amy"], Wanted("x", customer_id=customer_id), Exchange())
