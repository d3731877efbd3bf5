"""The screen-pop on both databases: who is found, in which order, with which clocks, and by which indexes."""

# ruff: noqa: F811  (fixtures that are imported are named again as arguments)

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import OutboundCall
from crm.db.people import Customer, CustomerNumber, User
from crm.db.session import Database
from crm.db.tickets import Ticket, ticket_calls
from crm.domain.numbers import number_key
from crm.services.screen_pop import MOST_CUSTOMERS, compose
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401  (fixtures)
from tests.factories import NOW

pytestmark = pytest.mark.integration
NUMBER = "13800138001"
CALL = "huiyin01-1795322129.7"


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(writes=True) as one:
        yield one


def customer(session: Session, name: str, *numbers: str, **more: Any) -> Customer:
    one = Customer(name=name, created_at=NOW, **more)
    one.numbers = [CustomerNumber(number=number_key(number)) for number in numbers]
    session.add(one)
    session.flush()
    return one


def ticket(session: Session, sequence: int, **columns: Any) -> Ticket:
    values = {
        "number": f"26112101{sequence:05}", "kind": "inquiry", "status": "registered", "priority": "P3",
        "channel": "phone", "received_at": NOW - timedelta(days=sequence), "flags": [], "version": 1, **columns,
    }  # fmt: skip
    if "caller_number" in values:
        values["caller_key"] = number_key(values["caller_number"])
    one = Ticket(**values)
    session.add(one)
    session.flush()
    return one


def call(session: Session, call_id: str, **columns: Any) -> Call:
    values = {"language": "zh", "started_at": NOW - timedelta(hours=1), "menu_path": [], "flags": [], **columns}
    if "caller_number" in values:
        values["caller_key"] = number_key(values["caller_number"])
    one = Call(call_id=call_id, **values)
    session.add(one)
    session.flush()
    return one


def pop(session: Session, number: str | None = NUMBER, **facts: Any) -> dict[str, Any]:
    return compose(session, {"call_id": CALL, "caller_number": number, **facts}, region="CN", now=NOW)


def names(popped: dict[str, Any]) -> list[str]:
    return [one["name"] for one in popped["customers"]]


def test_what_the_phone_side_knows_is_told_as_it_is(session: Session) -> None:
    popped = pop(session, queue="complaints", waited_s=12.5, menu_path=["complaints"], language="en", kind="queue")
    for name, value in {
        "call_id": CALL, "caller_number": NUMBER, "withheld": False, "queue": "complaints", "waited_s": 12.5,
        "menu_path": ["complaints"], "language": "en", "kind": "queue", "verified": False, "outbound": False,
        "customers": [], "open_tickets": [], "live_complaint": None, "last_calls": [], "last_tickets": [],
    }.items():  # fmt: skip
        assert popped[name] == value, name


@pytest.mark.parametrize("number", ["13800138001", "+8613800138001", "008613800138001", "013800138001"])
def test_a_customer_is_found_whatever_way_the_line_writes_his_number(session: Session, number: str) -> None:
    customer(session, "王芳", "138-0013-8001", grade="vip", elderly=True, language="zh")
    found = pop(session, number)["customers"]
    assert [(one["name"], one["grade"], one["elderly"], one["language"], one["verified"]) for one in found] == [
        ("王芳", "vip", True, "zh", False)
    ]


def test_who_share_a_number_come_in_the_order_of_likelihood(session: Session) -> None:
    quiet, recent, waiting, angry = (customer(session, name, NUMBER) for name in ("quiet", "recent", "waits", "angry"))
    ticket(session, 9, customer_id=waiting.id)
    ticket(session, 12, customer_id=angry.id, kind="complaint", priority="P2")
    ticket(session, 1, customer_id=recent.id, status="closed")
    named = customer(session, "named once")
    ticket(session, 2, customer_id=named.id, caller_number=NUMBER, kind="complaint")
    popped = pop(session)
    assert names(popped) == ["angry", "waits", "recent", "quiet", "named once"]
    assert [one["open_complaints"] for one in popped["customers"]] == [1, 0, 0, 0, 1]
    assert popped["customers"][3]["id"] == quiet.id


def test_open_tickets_come_first_with_their_clocks(session: Session) -> None:
    one = customer(session, "王芳", NUMBER)
    ticket(session, 3, customer_id=one.id, internal_due_at=NOW + timedelta(hours=1))
    late = ticket(
        session, 16, caller_number=NUMBER, kind="complaint", priority="P2", level=2,
        legal_due_at=NOW - timedelta(days=1), internal_due_at=NOW - timedelta(days=13), text="x" * 500,
    )  # fmt: skip
    ticket(session, 4, customer_id=one.id, status="closed", legal_due_at=NOW - timedelta(days=1))
    popped = pop(session)
    assert [(t["number"], t["overdue"], t["legal_overdue"]) for t in popped["open_tickets"]] == [
        ("2611210100016", True, True), ("2611210100003", False, False),
    ]  # fmt: skip
    assert popped["live_complaint"]["id"] == late.id
    assert popped["live_complaint"]["legal_due_at"] == "2026-11-20T06:30:00.000Z"
    assert len(popped["live_complaint"]["text"]) < 200
    assert [(t["number"], t["overdue"]) for t in popped["last_tickets"]] == [("2611210100004", False)]


def test_the_ticket_that_this_call_made_is_there(session: Session) -> None:
    call(session, CALL, caller_number=NUMBER, menu_path=["complaints", "record"], language="en", queue="complaints")
    made = ticket(session, 1, kind="complaint", priority="P2")
    session.execute(ticket_calls.insert().values(ticket_id=made.id, call_id=CALL))
    popped = pop(session, None)
    assert (popped["caller_number"], popped["menu_path"], popped["language"], popped["queue"]) == (
        NUMBER, ["complaints", "record"], "en", "complaints",
    )  # fmt: skip
    assert [t["id"] for t in popped["open_tickets"]] == popped["ticket_ids_of_call"] == [made.id]


def test_last_calls_without_the_one_that_runs(session: Session) -> None:
    call(session, CALL, caller_number=NUMBER)
    one = customer(session, "王芳", NUMBER)
    earlier = call(session, "c1", customer_id=one.id, queue="cards", agent="amy", menu_path=["cards"], talk_time=61.5)
    call(session, "c2", caller_number="0086" + NUMBER, started_at=NOW - timedelta(hours=2))
    made = ticket(session, 1, customer_id=one.id)
    session.execute(ticket_calls.insert().values(ticket_id=made.id, call_id="c1"))
    for number in range(10):
        call(session, f"old{number}", caller_number=NUMBER, started_at=NOW - timedelta(days=30 + number))
    last = pop(session)["last_calls"]
    assert [one["call_id"] for one in last] == ["c1", "c2", "old0", "old1", "old2"]
    assert last[0] == {
        "call_id": "c1", "started_at": "2026-11-21T05:30:00.000Z", "outcome": None, "queue": "cards", "agent": "amy",
        "menu_path": ["cards"], "talk_time": earlier.talk_time, "ticket_ids": [made.id],
    }  # fmt: skip


@pytest.mark.parametrize("number", [None, "", "anonymous", "Anonymous"])
def test_a_withheld_number_finds_nobody(session: Session, number: str | None) -> None:
    customer(session, "nobody", "1")
    ticket(session, 1)
    call(session, "c1")
    popped = pop(session, number)
    assert popped["withheld"] is True
    assert [popped[name] for name in ("customers", "open_tickets", "last_calls", "last_tickets")] == [[], [], [], []]


def test_a_call_out_shows_the_customer_who_is_called(session: Session) -> None:
    one = customer(session, "王芳", NUMBER)
    agent = User(username="alice", fs_uniquifier="a", created_at=NOW)
    session.add(agent)
    session.flush()
    session.add(
        OutboundCall(
            call_id=CALL, user_id=agent.id, number=NUMBER, number_key=number_key(NUMBER), customer_id=one.id,
            asked_at=NOW, state="dialled",
        )
    )  # fmt: skip
    session.flush()
    popped = pop(session, None, kind="outbound")
    assert (popped["outbound"], popped["caller_number"], names(popped)) == (True, NUMBER, ["王芳"])


def test_a_number_of_many_is_bounded(session: Session) -> None:
    for number in range(30):
        one = customer(session, f"c{number}", NUMBER)
        ticket(session, number + 1, customer_id=one.id, caller_number=NUMBER)
    popped = pop(session)
    assert len(popped["customers"]) == MOST_CUSTOMERS
    assert len(popped["open_tickets"]) == 20


def test_every_look_up_goes_by_an_index(database: Database, session: Session) -> None:
    """SQLite says SCAN where it reads a whole table; PostgreSQL is told not to, and says Seq Scan where it must."""
    customer(session, "王芳", NUMBER)
    asked: list[tuple[str, Any]] = []
    connection = session.connection()

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    pop(session)
    event.remove(connection, "before_cursor_execute", note)
    assert 4 <= len(asked) <= 12
    is_postgres = session.get_bind().dialect.name == "postgresql"
    if is_postgres:
        session.execute(text("SET LOCAL enable_seqscan = off"))
    for statement, parameters in asked:
        how = "EXPLAIN " if is_postgres else "EXPLAIN QUERY PLAN "
        plan = [str(row) for row in connection.exec_driver_sql(how + statement, parameters)]
        whole = [line for line in plan if "Seq Scan" in line or ("SCAN " in line and "SUBQUERY" not in line)]
        tables = [
            line for line in whole if any(f" {t}" in line for t in ("tickets", "calls", "customers", "customer_n"))
        ]
        assert tables == [], statement
