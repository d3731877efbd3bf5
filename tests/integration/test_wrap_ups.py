"""Wrap-ups on both databases: not done before there is a ticket, and never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.db.contact_centre import WrapUp
from crm.db.session import Database
from crm.db.tickets import TicketEvent
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.tasks import TaskKind
from crm.domain.tickets import Channel, Kind
from crm.domain.wrapup import Missing
from crm.services import (
    audit,
    call_links,
    dispositions,
    tasks,
    wrap_up,
)
from crm.services.ticket_changes import NewTicket, create_ticket
from crm.services.tickets import get_ticket
from crm.services.wrap_up import Filling
from tests.call_work import (  # noqa: F401
    CENTRE,
    LIMIT,
    NOW,
    NUMBER,
    People,
    add_call,
    add_recording,
    begun,
    people,
)
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration


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
