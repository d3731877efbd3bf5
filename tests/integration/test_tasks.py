"""Tasks and callbacks on both databases: places are kept, one of two takes them, rights come with them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.db.calls import CallEventRow
from crm.db.contact_centre import Task
from crm.db.records import AuditEntry
from crm.db.session import Database
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.tasks import TaskKind
from crm.domain.tickets import Channel, Kind
from crm.services import (
    audit,
    callbacks,
    tasks,
)
from crm.services.ticket_changes import NewTicket, create_ticket
from crm.services.tickets import get_ticket
from ivr.routing_plan import Member
from tests.call_work import (  # noqa: F401
    CENTRE,
    NOW,
    ZONE,
    People,
    add_call,
    add_callback,
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
        told = select(AuditEntry.action).where(AuditEntry.action.like("task.%")).order_by(AuditEntry.id)
        actions = session.scalars(told).all()
        assert actions == ["task.made", "task.done"]
        assert audit.verify(session).broken is None
