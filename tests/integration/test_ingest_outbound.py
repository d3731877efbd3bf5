"""Calls out and callbacks taken in from the spool: the customer is who was dialled, and a callback is a task."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm.db.calls import Call
from crm.db.contact_centre import OutboundCall, RoutingVersion, Task
from crm.db.people import Customer, CustomerNumber, User
from crm.db.tickets import Ticket
from crm.domain.access import Actor, Role
from crm.domain.tickets import Channel, Kind
from crm.services import missed_calls, ticket_changes, users
from crm.services.centre import Centre
from ivr.routing_plan import Opening, Plan, Queue
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)
from tests.integration.test_ingest import Bench, bench, now  # noqa: F401
from tests.spool_builder import START, SpoolCall, speech, wav_of

pytestmark = pytest.mark.integration

LEG = {"leg": "huiyin01-1763604000.3", "agent": "alice", "queue": "", "kind": "outbound"}


def called_out(bench: Bench, call_id: str = "huiyin01-1763604000.1") -> SpoolCall:  # noqa: F811
    call = bench.call(call_id)
    call.fact(0, "started", call_id=call_id, caller="95000", dialled="13800138000", language="zh", direction="outbound")
    call.fact(0, "leg_rang", **LEG)
    return call.fact(4, "leg_answered", **LEG)


def asked(bench: Bench, call_id: str = "huiyin01-1763604000.1") -> int:  # noqa: F811
    """The row of the agent's click, with a ticket."""
    with bench.database.write() as session:
        alice = users.create_user(
            session, username="alice", roles=frozenset({Role.A1}), password_hash=None, by="test", now=START
        )
        ticket = ticket_changes.open_ticket(
            session, number="2611209000232", kind=Kind.INQUIRY, priority="P3", channel=Channel.PHONE,
            received_at=START, centre=Centre(ZoneInfo("UTC")),
        )  # fmt: skip
        session.flush()
        row = OutboundCall(
            call_id=call_id, user_id=alice.id, number="13800138000", number_key="8613800138000", ticket_id=ticket.id,
            reason="as promised", asked_at=START - timedelta(seconds=2), state="dialled", cost=15,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def taken_in(bench: Bench, row_id: int) -> tuple[Call, OutboundCall]:  # noqa: F811
    bench.fresh().scan(now() + timedelta(minutes=1))
    with bench.database.read() as session:
        return session.scalars(select(Call)).one(), session.get_one(OutboundCall, row_id)


def test_a_call_out_that_was_answered_is_settled_and_linked(bench: Bench) -> None:  # noqa: F811
    row_id = asked(bench)
    call = called_out(bench).fact(12, "customer_answered", segment=1).audio("caller-1.wav", wav_of(speech(60.0)))
    call.fact(90, "leg_ended", cause=16, **LEG).fact(90, "ended", duration=90, billsec=86, cause=16, ivr_done=0)
    call_row, row = taken_in(bench, row_id)
    assert (row.state, row.cost) == ("answered", 30)  # 78 seconds with the customer, not 86 with the phone
    assert (call_row.outcome, call_row.dialled_number, call_row.agent) == ("answered", "13800138000", "alice")
    with bench.database.read() as session:
        number = session.scalars(select(CustomerNumber.number)).one()
        ticket = session.scalars(select(Ticket)).one()
        assert (number, [one.call_id for one in ticket.calls]) == ("8613800138000", [call_row.call_id])
        assert len(ticket.recordings) == 1
        assert session.get_one(Customer, call_row.customer_id).numbers[0].number == number
        assert session.scalars(select(User.username)).one() == "alice"
    bench.fresh().scan(now() + timedelta(minutes=1))
    with bench.database.read() as session:
        assert session.get_one(OutboundCall, row_id).cost == 30


@pytest.mark.parametrize(
    ("status", "outcome"), [("BUSY", "busy"), ("NOANSWER", "timed_out"), ("CHANUNAVAIL", "failed")]
)
def test_a_customer_who_was_not_reached_costs_his_first_minute_only(
    bench: Bench,  # noqa: F811
    status: str,
    outcome: str,
) -> None:
    row_id = asked(bench)
    call = called_out(bench).fact(30, "not_reached", status=status, cause=17)
    call.fact(33, "leg_ended", cause=16, **LEG).fact(33, "ended", duration=33, billsec=29, cause=16, ivr_done=0)
    call_row, row = taken_in(bench, row_id)
    assert (call_row.outcome, row.state, row.cost) == (outcome, "dialled", 15)


def test_a_callback_from_the_menu_is_a_task_that_keeps_the_callers_place(bench: Bench) -> None:  # noqa: F811
    call = bench.call().begin()
    call.fact(20, "queue", queue="service")
    call.event(20, "queue_entered", queue="service", priority=0, position=1)
    call.event(90, "ticket_started", number="2611200123425", kind="callback", priority="P3")
    call.event(91, "ticket_opened", number="2611200123425", kind="callback", priority="P3", unfinished=False, file=None)
    call.event(92, "queue_left", queue="service", reason="callback", waited=70)
    call.fact(120, "ended", duration=120, billsec=120, cause=16, ivr_done=1)
    for _ in range(2):
        bench.fresh().scan(now() + timedelta(minutes=1))
    with bench.database.read() as session:
        task = session.scalars(select(Task)).one()
        ticket = session.scalars(select(Ticket)).one()
        assert (task.kind, task.queue, task.number, task.ticket_id) == ("callback", "service", "13800138000", ticket.id)
        assert task.place_at == START + timedelta(seconds=20)
        assert task.due_at == START + timedelta(hours=1, seconds=20)


def test_who_hangs_up_when_told_that_nobody_is_at_work_was_missed(bench: Bench) -> None:  # noqa: F811
    call = bench.call().begin()
    call.event(20, "callback_offered", queue="service", waited=0)
    call.event(24, "caller_hung_up", node="queue")
    call.fact(24, "ended", duration=24, billsec=24, cause=16, ivr_done=0)
    hours = Queue("service", "service", "服务", "Service", opening=(Opening(0, 480, 1080),))
    with bench.database.write() as session:
        plan = Plan(1, (hours,), ()).to_document()
        session.add(RoutingVersion(version=1, made_at=START, made_by="test", document=plan))
    bench.fresh().scan(now() + timedelta(minutes=1))
    with bench.database.read() as session:
        sam = Actor("sam", frozenset({Role.SM}), 1)
        (missed,) = missed_calls.list_missed(
            session, sam, now=START + timedelta(hours=1), zone=ZoneInfo("Asia/Shanghai")
        )
        assert (missed.why, missed.queue, missed.number) == ("out_of_hours", "service", "13800138000")
