"""Work around a call on both databases: wrap-ups that are never lost, tasks, callbacks, calls out, missed callers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from crm.db.calls import Call, CallEventRow, Recording
from crm.db.contact_centre import OutboundCall, RoutingVersion, Task, WrapUp
from crm.db.records import AuditEntry
from crm.db.session import Database
from crm.db.tickets import Ticket, TicketEvent, ticket_calls
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.numbers import number_key
from crm.domain.outbound import OutboundRules
from crm.domain.tasks import TaskKind
from crm.domain.tickets import Channel, Kind
from crm.domain.wrapup import Missing
from crm.services import (
    audit,
    call_links,
    callbacks,
    customers,
    dispositions,
    knowledge,
    missed_calls,
    outbound,
    tasks,
    users,
    wrap_up,
)
from crm.services.centre import Centre
from crm.services.click_to_call import CallRefusedError, call_out
from crm.services.outbound import Wanted
from crm.services.switchboard import SwitchboardError
from crm.services.ticket_changes import NewTicket, create_ticket, open_ticket
from crm.services.tickets import get_ticket
from crm.services.wrap_up import Filling
from ivr.routing_plan import Member, Opening, Plan, Queue
from ivr.switchboard import SwitchboardCode, Verb
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration

ZONE = ZoneInfo("Asia/Shanghai")
CENTRE = Centre(ZONE)
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)  # a Friday, eleven o'clock in the centre
LIMIT = timedelta(seconds=60)
RULES = OutboundRules()
NUMBER = "13800138000"


class People(dict[str, Actor]):
    """The cast: alice and amy (A1), ann (A2), sam (SM), carl (CM), tess (TR)."""


@pytest.fixture
def people(database: Database) -> People:  # noqa: F811
    cast = {"alice": Role.A1, "amy": Role.A1, "ann": Role.A2, "sam": Role.SM, "carl": Role.CM, "tess": Role.TR}
    with database.write() as session:
        return People(
            (name, users.actor_of(users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW,
            ))) for name, role in cast.items()
        )  # fmt: skip


def add_call(
    session: Any,
    call_id: str,
    *,
    number: str | None = NUMBER,
    at: datetime = NOW,
    agent: str | None = "alice",
    **more: Any,
) -> Call:
    customer = customers.find_or_make(session, number, region="CN", now=at)
    values = {"outcome": "answered", "queue": "service", "ended_at": at + timedelta(seconds=90), **more}
    call = Call(
        call_id=call_id, caller_number=number, caller_key=number_key(number), dialled_number="95000", language="zh",
        started_at=at, answered_at=at, menu_path=[], agent=agent, customer_id=customer.id if customer else None,
        ivr_done=True, flags=[], **values,
    )  # fmt: skip
    session.add(call)
    session.flush()
    return call


def add_recording(session: Any, call_id: str) -> None:
    session.add(
        Recording(
            id=f"rec-{call_id}"[:36], call_id=call_id, kind="call", source_name="call-1", state="stored",
            started_at=NOW, duration=9.0, rate=8000, channels=2, sha256="0" * 64, size=1, flags=[], store_key="x",
            peaks=[],
        )
    )  # fmt: skip
    session.flush()


def add_callback(session: Any, call: Call, received_at: datetime) -> Ticket:
    ticket = open_ticket(
        session, number=f"26112090{call.call_id[-5:]}", kind=Kind.CALLBACK, priority="P3", channel=Channel.PHONE,
        received_at=received_at, centre=CENTRE,
    )  # fmt: skip
    ticket.caller_number, ticket.caller_key, ticket.customer_id = call.caller_number, call.caller_key, call.customer_id
    session.flush()
    session.execute(ticket_calls.insert().values(ticket_id=ticket.id, call_id=call.call_id))
    callbacks.keep_place(session, ticket, call, centre=CENTRE, now=NOW)
    return ticket


def put_plan(session: Any, *members: Member, opening: tuple[Opening, ...] = ()) -> None:
    plan = Plan(
        1,
        (Queue("service", "service", "服务", "Service", opening=opening), Queue("cards", "cards", "用卡", "Cards")),
        members,
    )
    session.add(RoutingVersion(version=1, made_at=NOW, made_by="test", document=plan.to_document()))
    session.flush()


def begun(session: Any, actor: Actor, call_id: str = "c-00001") -> int:
    assert actor.user_id is not None
    return wrap_up.begin(session, actor.user_id, call_id, "service", NOW, LIMIT)


# --- wrap-ups


def test_a_wrap_up_is_begun_once(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        assert begun(session, people["alice"]) == begun(session, people["alice"])
        assert begun(session, people["amy"]) != begun(session, people["alice"])
        assert session.scalar(select(func.count()).select_from(WrapUp)) == 2


def test_it_is_not_done_before_there_is_a_ticket(database: Database, people: People) -> None:  # noqa: F811
    alice = people["alice"]
    with database.write() as session:
        add_call(session, "c-00001")
        one = begun(session, alice)
        found = wrap_up.fill(
            session, alice, one, Filling(disposition="cards.limit", note="wants more"), centre=CENTRE, now=NOW
        )
        assert found.missing == (Missing.TICKET,)
        with pytest.raises(InvalidInputError, match="ticket"):
            wrap_up.finish(session, alice, one, now=NOW)
        made = wrap_up.fill(session, alice, one, Filling(new_kind=Kind.SERVICE), centre=CENTRE, now=NOW)
        done = wrap_up.finish(session, alice, one, now=NOW + timedelta(seconds=41))
        assert (done.state, done.acw_time, done.ticket_id) == ("done", 41.0, made.ticket_id)
        ticket = get_ticket(session, alice, made.ticket_id or 0)
        assert (ticket.summary.kind, ticket.summary.category, ticket.text) == ("service", "cards.limit", "wants more")
        assert ticket.summary.call_ids == ("c-00001",)
        assert [(event.event, event.reason) for event in ticket.events] == [
            ("created", ""),
            ("call_linked", "wants more"),
        ]
        with pytest.raises(ConflictError):
            wrap_up.fill(session, alice, one, Filling(note="more"), centre=CENTRE, now=NOW)


def test_a_reason_without_a_ticket_is_enough(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        one = begun(session, people["alice"])
        wrap_up.fill(session, people["alice"], one, Filling(disposition="no_ticket.silent"), centre=CENTRE, now=NOW)
        assert wrap_up.finish(session, people["alice"], one, now=NOW).state == "done"


@pytest.mark.parametrize("code", ["cards", "no_ticket", "cards.unheard_of", "'; DROP TABLE tasks"])
def test_only_a_leaf_is_chosen(database: Database, people: People, code: str) -> None:  # noqa: F811
    with database.write() as session, pytest.raises(InvalidInputError, match="disposition"):
        wrap_up.fill(session, people["alice"], begun(session, people["alice"]), Filling(code), centre=CENTRE, now=NOW)


def test_a_lapsed_one_is_a_task_and_loses_nothing(database: Database, people: People) -> None:  # noqa: F811
    alice, later = people["alice"], NOW + timedelta(hours=1)
    with database.write() as session:
        add_call(session, "c-00001")
        one = begun(session, alice)
        wrap_up.fill(
            session, alice, one, Filling(disposition="accounts.bill", note="asked twice"), centre=CENTRE, now=NOW
        )
        assert wrap_up.lapse_overdue(session, now=NOW + LIMIT - timedelta(seconds=1)) == ()
        assert wrap_up.lapse_overdue(session, now=NOW + LIMIT) == (one,)
        assert wrap_up.lapse(session, one, now=later) is None
        assert wrap_up.current(session, alice) is None
        (task,) = tasks.list_mine(session, alice, now=NOW)
        assert (task.kind, task.number, task.call_id) == (TaskKind.WRAP_UP, NUMBER, "c-00001")
        assert wrap_up.of_task(session, alice, task.id) == one
        with pytest.raises(ConflictError):
            tasks.give_back(session, alice, task.id, now=later)
        with pytest.raises(ConflictError):
            tasks.complete(session, alice, task.id, "nothing", now=later)
        kept = wrap_up.get_wrap_up(session, alice, one)
        assert (kept.disposition, kept.note, kept.task_id) == ("accounts.bill", "asked twice", task.id)
        wrap_up.fill(session, alice, one, Filling(new_kind=Kind.SERVICE), centre=CENTRE, now=later)
        done = wrap_up.finish(session, alice, one, now=later)
        assert (done.state, done.acw_time) == ("done", 60.0)
        assert tasks.list_mine(session, alice, now=later) == ()


def test_wanting_the_next_call_lapses_all_that_is_open(database: Database, people: People) -> None:  # noqa: F811
    alice = people["alice"]
    assert alice.user_id is not None
    with database.write() as session:
        begun(session, alice, "c-00001")
        begun(session, alice, "c-00002")
        begun(session, people["amy"], "c-00003")
        assert len(wrap_up.lapse_open(session, alice.user_id, now=NOW)) == 2
        assert wrap_up.current(session, people["amy"]) is not None


def test_nobody_fills_in_anothers(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        one = begun(session, people["alice"])
        for name in ("amy", "sam"):
            with pytest.raises(NotFoundError):
                wrap_up.get_wrap_up(session, people[name], one)
        with pytest.raises(ForbiddenError):
            wrap_up.get_wrap_up(session, people["tess"], one)


def test_a_ticket_of_this_caller_is_continued_and_no_other(database: Database, people: People) -> None:  # noqa: F811
    alice, amy = people["alice"], people["amy"]
    with database.write() as session:
        add_call(session, "c-00001")
        add_recording(session, "c-00001")
        same = create_ticket(
            session,
            amy,
            NewTicket(Kind.COMPLAINT, Channel.WEB, "x", caller_number="+86 138 0013 8000"),
            centre=CENTRE,
            now=NOW,
        )
        other = create_ticket(
            session,
            amy,
            NewTicket(Kind.COMPLAINT, Channel.WEB, "y", caller_number="13911112222"),
            centre=CENTRE,
            now=NOW,
        )
        one = begun(session, alice)
        assert [choice.id for choice in wrap_up.choices(session, alice, one)] == [same.summary.id]
        with pytest.raises(NotFoundError):
            wrap_up.fill(session, alice, one, Filling(ticket_id=other.summary.id), centre=CENTRE, now=NOW)
        wrap_up.fill(session, alice, one, Filling("complaints.progress", "", same.summary.id), centre=CENTRE, now=NOW)
        wrap_up.finish(session, alice, one, now=NOW)
        shown = get_ticket(session, people["sam"], same.summary.id).summary
        assert (shown.call_ids, len(shown.recording_ids)) == (("c-00001",), 1)


def test_a_call_whose_row_comes_later_is_linked_then(database: Database, people: People) -> None:  # noqa: F811
    alice = people["alice"]
    with database.write() as session:
        mine = create_ticket(
            session, alice, NewTicket(Kind.INQUIRY, Channel.PHONE, "x"), centre=CENTRE, now=NOW
        ).summary
        one = begun(session, alice)
        wrap_up.fill(session, alice, one, Filling("enquiries.rates", "", mine.id), centre=CENTRE, now=NOW)
        wrap_up.finish(session, alice, one, now=NOW)
        assert get_ticket(session, alice, mine.id).summary.call_ids == ()
        add_call(session, "c-00001")
        add_recording(session, "c-00001")
        for _ in range(2):
            call_links.catch_up(session, "c-00001")
        found = get_ticket(session, alice, mine.id)
        assert (found.summary.call_ids, len(found.summary.recording_ids)) == (("c-00001",), 1)
        assert [event.event for event in found.events].count("call_linked") == 1


def test_the_tree_has_leaves_in_both_languages(database: Database) -> None:  # noqa: F811
    with database.read() as session:
        tree = dispositions.tree(session)
    assert [branch.code for branch in tree][:3] == ["accounts", "cards", "loss"]
    assert all(branch.leaves and all(leaf.title_zh and leaf.title_en for leaf in branch.leaves) for branch in tree)
    assert tree[-1].code == "no_ticket"


# --- tasks and callbacks


def test_callbacks_keep_the_order_in_which_callers_queued(database: Database, people: People) -> None:  # noqa: F811
    night = datetime(2026, 11, 19, 15, tzinfo=UTC)  # 23:00 in the centre
    with database.write() as session:
        for seq, (asked, queued) in enumerate(((9, 8), (5, 1), (7, 3)), 1):
            call = add_call(session, f"c-0000{seq}", number=f"1380013800{seq}", at=night, agent=None)
            session.add(
                CallEventRow(call_id=call.call_id, source="ivr", seq=0, at=night + timedelta(minutes=queued),
                             event="queue_entered", fields={})
            )  # fmt: skip
            session.flush()
            add_callback(session, call, night + timedelta(minutes=asked))
        waiting = tasks.list_team(session, people["alice"], now=NOW)
        assert [task.call_id for task in waiting] == ["c-00002", "c-00003", "c-00001"]
        assert {task.due_at.astimezone(ZONE).strftime("%d %H:%M") for task in waiting} == {"20 08:00"}
        assert all(task.overdue for task in waiting)


def test_a_callback_is_one_task_however_often_it_is_taken_in(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        call = add_call(session, "c-00001", agent=None)
        ticket = add_callback(session, call, NOW)
        callbacks.keep_place(session, ticket, call, centre=CENTRE, now=NOW)
        (task,) = tasks.list_team(session, people["alice"], now=NOW)
        tasks.take(session, people["alice"], task.id, now=NOW)
        tasks.complete(session, people["alice"], task.id, "reached", now=NOW)
        events = get_ticket(session, people["alice"], ticket.id).events
        assert [event.to_status for event in events][-2:] == ["acknowledged", "closed"]
        assert events[-1].fields == {"result": "reached"}
        callbacks.keep_place(session, ticket, call, centre=CENTRE, now=NOW)
        assert session.scalar(select(func.count()).select_from(Task)) == 1


def test_agents_see_the_callbacks_of_queues_that_they_serve(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        put_plan(session, Member("alice", {"service": 1}), Member("amy", {"cards": 1}))
        add_callback(session, add_call(session, "c-00001", agent=None), NOW)
        seen = {name: len(tasks.list_team(session, actor, now=NOW)) for name, actor in people.items() if name != "tess"}
        assert seen == {"alice": 1, "amy": 0, "ann": 0, "sam": 1, "carl": 1}
        (task,) = tasks.list_team(session, people["alice"], now=NOW)
        with pytest.raises(NotFoundError):
            tasks.take(session, people["amy"], task.id, now=NOW)


def test_who_takes_a_callback_reads_its_ticket(database: Database, people: People) -> None:  # noqa: F811
    alice = people["alice"]
    with database.write() as session:
        ticket = add_callback(session, add_call(session, "c-00001", agent=None), NOW)
        with pytest.raises(NotFoundError):
            get_ticket(session, alice, ticket.id)
        (task,) = tasks.list_team(session, alice, now=NOW)
        tasks.take(session, alice, task.id, now=NOW)
        assert get_ticket(session, alice, ticket.id).summary.id == ticket.id
        with pytest.raises(NotFoundError):
            get_ticket(session, people["amy"], ticket.id)
        tasks.give_back(session, alice, task.id, now=NOW)
        with pytest.raises(NotFoundError):
            get_ticket(session, alice, ticket.id)


def test_one_of_two_who_take_at_once_has_it(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        add_callback(session, add_call(session, "c-00001", agent=None), NOW)
    with database.read() as session:
        (task,) = tasks.list_team(session, people["alice"], now=NOW)
    results: list[str] = []

    def take(name: str) -> None:
        try:
            with database.write() as session:
                tasks.take(session, people[name], task.id, now=NOW)
            results.append("taken")
        except (ConflictError, NotFoundError):
            results.append("refused")

    threads = [threading.Thread(target=take, args=(name,)) for name in ("alice", "amy")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["refused", "taken"]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"due_at": NOW - timedelta(hours=1)},
        {"due_at": NOW + timedelta(days=400)},
        {"kind": TaskKind.CALLBACK},
        {"kind": TaskKind.CALLBACK, "number": "12"},
        {"kind": TaskKind.WRAP_UP},
    ],
)
def test_a_task_without_sense_is_refused(database: Database, people: People, changes: dict[str, Any]) -> None:  # noqa: F811
    new = replace(tasks.NewTask(TaskKind.FOLLOW_UP, "look again", NOW + timedelta(hours=2)), **changes)
    with database.write() as session, pytest.raises(InvalidInputError):
        tasks.make_task(session, people["alice"], new, now=NOW)


def test_a_follow_up_of_anothers_ticket_opens_no_door(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        hers = create_ticket(session, people["amy"], NewTicket(Kind.INQUIRY, Channel.WEB, "x"), centre=CENTRE, now=NOW)
        new = tasks.NewTask(TaskKind.FOLLOW_UP, "peek", NOW + timedelta(hours=1), ticket_id=hers.summary.id)
        with pytest.raises(NotFoundError):
            tasks.make_task(session, people["alice"], new, now=NOW)


def test_leaders_see_and_end_other_peoples_tasks(database: Database, people: People) -> None:  # noqa: F811
    new = tasks.NewTask(TaskKind.FOLLOW_UP, "look again", NOW + timedelta(hours=2))
    with database.write() as session:
        made = tasks.make_task(session, people["alice"], new, now=NOW)
        assert [task.id for task in tasks.list_others(session, people["sam"], now=NOW)] == [made]
        assert tasks.list_others(session, people["amy"], now=NOW) == ()
        with pytest.raises(NotFoundError):
            tasks.complete(session, people["amy"], made, "done", now=NOW)
        tasks.complete(session, people["sam"], made, "she is ill", now=NOW)
        with pytest.raises(ConflictError):
            tasks.complete(session, people["alice"], made, "again", now=NOW)
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("task.%"))).all()
        assert actions == ["task.made", "task.done"]
        assert audit.verify(session).broken is None


# --- calls out


class Exchange:
    """Stands in for the door to the phone side."""

    def __init__(self, refuses: str | None = None) -> None:
        self.refuses = refuses
        self.asked: list[tuple[Verb, Mapping[str, Any]]] = []

    def ask(self, verb: Verb, args: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append((verb, args))
        if self.refuses:
            raise SwitchboardError(self.refuses)
        return {"call_id": f"out-{len(self.asked)}"}


def call(
    database: Database,  # noqa: F811
    actor: Actor,
    wanted: Wanted,
    exchange: Exchange | None,
    at: datetime = NOW,
    rules: OutboundRules = RULES,
) -> outbound.OutboundView:
    return call_out(database, exchange, actor, wanted, rules=rules, centre=CENTRE, now=lambda: at)


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
    people: People,
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


# --- missed callers


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


# --- knowledge


@pytest.mark.parametrize(
    ("query", "language", "slug"),
    [
        ("卡丢了怎么办", "zh", "loss-report"),
        ("挂失", "zh", "loss-report"),
        ("账单没收到", "zh", "bill-query"),
        ("溢缴款", "zh", "overpayment"),
        ("盗刷", "zh", "fraud"),
        ("投诉几天答复 期限", "zh", "complaint-rights"),
        ("临时额度", "zh", "limits"),
        ("最低还款额", "zh", "repayment"),
        ("忘记密码", "zh", "pin-reset"),
        ("客户不愿意录音", "zh", "recordings"),
        ("lost card", "en", "loss-report"),
        ("How do I activate a card?", "en", "activation"),
        ("fraudulent transaction", "en", "fraud"),
        ("review of a complaint, how many days", "en", "complaint-rights"),
        ("temporary limit", "en", "limits"),
        ("call back at night", "en", "calling-out"),
    ],
)
def test_a_question_finds_its_article_first(sqlite_database: Database, query: str, language: str, slug: str) -> None:
    with sqlite_database.read() as session:
        found = [one.slug for one in knowledge.search(session, query, language)]
    assert slug in found[:2], found


@pytest.fixture(scope="module")
def sqlite_database(sqlite_template: Any) -> Any:  # noqa: F811
    opened = Database(f"sqlite:///{sqlite_template}")
    yield opened
    opened.dispose()


def test_knowledge_is_published_found_and_counted(database: Database, people: People) -> None:  # noqa: F811
    draft = knowledge.Draft("night-branch", "zh", "夜间网点", "鼓楼支行营业到晚上九点。")
    with database.write() as session:
        assert knowledge.search(session, "鼓楼支行", "zh") == ()
        with pytest.raises(ForbiddenError):
            knowledge.save(session, people["sam"], draft, now=NOW)
        knowledge.save(session, people["tess"], draft, now=NOW)
        assert [one.slug for one in knowledge.search(session, "鼓楼", "zh")] == ["night-branch"]
        assert knowledge.search(session, "鼓楼", "en") == ()
        assert [knowledge.read(session, "night-branch", "en").used for _ in range(3)] == [1, 2, 3]
        assert knowledge.search(session, "", "zh")[0].slug == "night-branch"
        knowledge.save(session, people["tess"], replace(draft, body="改在钟楼支行。"), now=NOW)
        assert knowledge.search(session, "鼓楼", "zh") == ()
        assert [one.slug for one in knowledge.search(session, "钟楼%_'", "zh")] == ["night-branch"]
        for wrong in ({"slug": "No Slug"}, {"slug": "edit"}, {"language": "ko"}, {"title": " "}, {"body": ""}):
            with pytest.raises(InvalidInputError):
                knowledge.save(session, people["tess"], replace(draft, **wrong), now=NOW)


def test_every_article_is_in_both_languages(database: Database) -> None:  # noqa: F811
    with database.read() as session:
        zh = {one.slug for one in knowledge.search(session, "", "zh", limit=99)}
        en = {one.slug for one in knowledge.search(session, "", "en", limit=99)}
    assert zh == en
    assert len(zh) == 15


def test_ticket_events_of_this_work_are_in_the_chain(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        add_call(session, "c-00001")
        one = begun(session, people["alice"])
        wrap_up.fill(
            session, people["alice"], one, Filling("cards.limit", "n", None, Kind.SERVICE), centre=CENTRE, now=NOW
        )
        wrap_up.finish(session, people["alice"], one, now=NOW)
        assert session.scalars(select(TicketEvent.event).order_by(TicketEvent.id)).all() == ["created", "call_linked"]
        assert audit.verify(session).broken is None
