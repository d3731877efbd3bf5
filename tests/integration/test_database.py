"""Schema, transactions and the audit chain, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DatabaseError

from crm.db import migrate
from crm.db.departments import DepartmentMember
from crm.db.models import Base
from crm.db.records import AuditEntry
from crm.db.session import Database
from crm.db.tickets import Ticket, TicketEvent
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.tickets import Channel, Kind, Status
from crm.services import audit, idempotency, scope, users
from crm.services.centre import Centre
from crm.services.idempotency import Answer
from crm.services.numbers import next_number
from crm.services.progress import MAX_REFUSALS, progress_of
from crm.services.ticket_changes import NewTicket, create_ticket
from crm.services.ticket_moves import allowed_moves, move_ticket
from crm.services.tickets import SORTS, TicketFilters, get_ticket, list_tickets
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    empty_database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
CENTRE = Centre(ZoneInfo("Asia/Shanghai"))
LETTER = NewTicket(Kind.COMPLAINT, Channel.LETTER, "charged twice", caller_number="13800138000")


def cast(database: Database) -> dict[str, Actor]:  # noqa: F811
    """Alice (A1) and amy (A1) answer calls, sam leads (SM), carl handles complaints (CM), audrey audits (AU)."""
    people = {"alice": Role.A1, "amy": Role.A1, "sam": Role.SM, "carl": Role.CM, "audrey": Role.AU}
    with database.write() as session:
        return {
            name: users.actor_of(
                users.create_user(
                    session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW
                )
            )
            for name, role in people.items()
        }


def test_migrations_go_up_and_down_and_match_the_models(empty_database_url: str) -> None:  # noqa: F811
    migrate.upgrade(empty_database_url)
    migrate.upgrade(empty_database_url)
    current, wanted = migrate.revisions(empty_database_url)
    assert current == wanted is not None
    opened = Database(empty_database_url)
    with opened.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    opened.dispose()
    migrate.downgrade(empty_database_url, "base")
    assert set(inspect(opened.engine).get_table_names()) == {"alembic_version"}
    opened.dispose()
    migrate.upgrade(empty_database_url)


@pytest.mark.parametrize("table", ["audit_log", "ticket_events"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET actor = 'nobody'", "DELETE FROM {}"])
def test_what_is_append_only_cannot_be_changed(database: Database, table: str, verb: str) -> None:  # noqa: F811
    sam = cast(database)["sam"]
    with database.write() as session:
        create_ticket(session, sam, LETTER, centre=CENTRE, now=NOW)
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text(verb.format(table)))
    with database.read() as session:
        assert audit.verify(session).broken is None


def drop_triggers(database: Database) -> None:  # noqa: F811
    """What an enemy with the database's own rights does first."""
    with database.write() as session:
        if database.engine.dialect.name == "postgresql":
            session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER ALL"))
            session.execute(text("ALTER TABLE ticket_events DISABLE TRIGGER ALL"))
            return
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit_log SET actor = 'nobody' WHERE id = 7", "audit_log 7: its content"),
        ("UPDATE audit_log SET detail = '{}' WHERE id = 6", "audit_log 6: its content"),
        ("DELETE FROM audit_log WHERE id = 7", "audit_log 8: expected entry 7"),
        ("DELETE FROM audit_log WHERE id = 1", "audit_log 2: expected entry 1"),
        ("UPDATE audit_log SET id = 99 WHERE id = 7", "audit_log 8: expected entry 7"),
        ("UPDATE ticket_events SET reason = 'x' WHERE id = 1", "audit_log 6: ticket event 1 was changed"),
        ("DELETE FROM ticket_events WHERE id = 2", "audit_log 7: ticket event 2 is missing"),
    ],
)
def test_tampering_is_found_and_its_first_row_named(database: Database, tampering: str, found: str) -> None:  # noqa: F811
    sam = cast(database)["sam"]  # entries 1 to 5
    with database.write() as session:
        for _ in range(4):
            create_ticket(session, sam, LETTER, centre=CENTRE, now=NOW)  # 6 to 9
    drop_triggers(database)
    with database.write() as session:
        session.execute(text(tampering))
    with database.read() as session:
        assert found in (audit.verify(session).broken or "")


def test_writers_at_once_make_one_chain_and_no_number_twice(database: Database) -> None:  # noqa: F811
    numbers: list[str] = []
    errors: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(5):
                with database.write() as session:
                    number = next_number(session, CENTRE, NOW)
                    audit.append(session, at=NOW, actor="a", action="x", subject="y:1", detail={"number": number})
                numbers.append(number)
        except Exception as error:  # noqa: BLE001  (the test tells)
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(set(numbers)) == 30
    with database.read() as session:
        verdict = audit.verify(session)
    assert (verdict.entries, verdict.broken) == (30, None)


def test_a_writer_waits_for_another_writer(database: Database) -> None:  # noqa: F811
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write() as session:
            audit.append(session, at=NOW, actor="a", action="x", subject="y:1", detail={})
            entered.set()
            leave.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(30)
    threading.Timer(0.5, leave.set).start()
    began = time.monotonic()
    with database.write() as session:
        session.scalars(select(AuditEntry)).all()
        audit.append(session, at=NOW, actor="b", action="x", subject="y:1", detail={})
    assert time.monotonic() - began > 0.3
    holder.join()
    with database.read() as session:
        assert audit.verify(session).entries == 2


def test_two_moves_at_once_are_one_move(database: Database) -> None:  # noqa: F811
    sam = cast(database)["sam"]
    with database.write() as session:
        ticket = create_ticket(session, sam, LETTER, centre=CENTRE, now=NOW).summary
    with database.write() as session:
        move_ticket(session, sam, ticket.id, "acknowledge", now=NOW, expected_version=1)
    with pytest.raises(ConflictError), database.write() as session:
        move_ticket(session, sam, ticket.id, "acknowledge", now=NOW, expected_version=1)
    with pytest.raises(IllegalMoveError), database.write() as session:
        move_ticket(session, sam, ticket.id, "acknowledge", now=NOW)
    with database.read() as session:
        detail = get_ticket(session, sam, ticket.id)
        assert detail.summary.version == 2
        assert [event.event for event in detail.events] == ["created", "acknowledge"]


def test_each_sees_what_is_his(database: Database) -> None:  # noqa: F811
    people = cast(database)
    with database.write() as session:
        complaint = create_ticket(session, people["sam"], LETTER, centre=CENTRE, now=NOW).summary
        own = create_ticket(
            session, people["alice"], NewTicket(Kind.INQUIRY, Channel.WEB, "rates?"), centre=CENTRE, now=NOW
        ).summary
    expected = {
        "alice": {own.id}, "amy": set(), "sam": {own.id, complaint.id}, "carl": {complaint.id},
        "audrey": {own.id, complaint.id},
    }  # fmt: skip
    with database.read() as session:
        for name, wanted in expected.items():
            page = list_tickets(session, people[name], TicketFilters())
            assert {item.id for item in page.items} == wanted, name
        with pytest.raises(NotFoundError):
            get_ticket(session, people["amy"], own.id)
        assert not any(option.allowed for option in allowed_moves(session, people["audrey"], own.id, now=NOW))
    with pytest.raises(ForbiddenError), database.write() as session:
        create_ticket(session, people["audrey"], LETTER, centre=CENTRE, now=NOW)
    with pytest.raises(ForbiddenError), database.write() as session:
        move_ticket(session, people["audrey"], own.id, "acknowledge", now=NOW)


@pytest.mark.parametrize("sort", SORTS)
def test_pages_by_key_give_every_ticket_once(database: Database, sort: str) -> None:  # noqa: F811
    sam = cast(database)["sam"]
    with database.write() as session:
        for index in range(11):
            kind = Kind.COMPLAINT if index % 2 else Kind.INQUIRY  # every second one has no legal term
            received = NOW.replace(day=10 + index // 3)  # and some were received at the same instant
            new = NewTicket(kind, Channel.LETTER, "text", received_at=received)
            create_ticket(session, sam, new, centre=CENTRE, now=NOW)
    seen: list[int] = []
    cursor = None
    with database.read() as session:
        while True:
            page = list_tickets(session, sam, TicketFilters(), sort=sort, cursor=cursor, limit=2)
            seen += [item.id for item in page.items]
            cursor = page.next
            if cursor is None:
                break
        whole = list_tickets(session, sam, TicketFilters(), sort=sort, limit=200)
    assert len(seen) == len(set(seen)) == 11
    assert seen == [item.id for item in whole.items]


@pytest.mark.parametrize("written", ["13800138000", "+86 138-0013-8000", "008613800138000"])
def test_filters_find_by_number_in_any_form(database: Database, written: str) -> None:  # noqa: F811
    sam = cast(database)["sam"]
    with database.write() as session:
        wanted = create_ticket(session, sam, LETTER, centre=CENTRE, now=NOW).summary
        create_ticket(session, sam, NewTicket(Kind.INQUIRY, Channel.WEB, "x"), centre=CENTRE, now=NOW)
    with database.read() as session:
        found = list_tickets(session, sam, TicketFilters(caller_number=written)).items
        assert [item.id for item in found] == [wanted.id]
        by_status = list_tickets(session, sam, TicketFilters(status=Status.REGISTERED, kind=Kind.COMPLAINT)).items
        assert [item.id for item in by_status] == [wanted.id]
        for bad in ("x", "eyJ4", "W10", "é"):
            with pytest.raises(InvalidInputError):
                list_tickets(session, sam, TicketFilters(), cursor=bad)


def test_progress_is_told_to_whom_it_concerns_and_cannot_be_guessed(database: Database) -> None:  # noqa: F811
    sam = cast(database)["sam"]
    with database.write() as session:
        number = create_ticket(session, sam, LETTER, centre=CENTRE, now=NOW).summary.number
    with database.write() as session:
        assert progress_of(session, number, "+8613800138000", None, now=NOW).stage == "registered"
        assert progress_of(session, number, "021999", "8000", now=NOW).outcome == "told"
        assert progress_of(session, "2611229099999", "13800138000", None, now=NOW).outcome == "not_found"
        for _ in range(MAX_REFUSALS):
            assert progress_of(session, number, None, None, now=NOW).outcome == "not_authorised"
        assert progress_of(session, number, None, "8000", now=NOW).outcome == "told", "a question is no guess"
        for _ in range(MAX_REFUSALS):
            assert progress_of(session, number, None, "1234", now=NOW).outcome == "not_authorised"
        assert progress_of(session, number, None, "8000", now=NOW).outcome == "not_authorised"
        assert progress_of(session, number, "13800138000", None, now=NOW).outcome == "told"


def test_a_repeated_post_gets_its_first_answer(database: Database) -> None:  # noqa: F811
    sam = Actor("sam", frozenset({Role.SM}), 1)
    with database.write() as session:
        assert idempotency.replay(session, sam, "/tickets", "k1", b"body") is None
        idempotency.remember(session, sam, "/tickets", "k1", b"body", Answer(201, {"id": 1}), now=NOW)
    with database.read() as session:
        answer = idempotency.replay(session, sam, "/tickets", "k1", b"body")
        assert answer == Answer(201, {"id": 1})
        assert idempotency.replay(session, Actor("amy", frozenset()), "/tickets", "k1", b"body") is None
        with pytest.raises(ConflictError):
            idempotency.replay(session, sam, "/tickets", "k1", b"other")


def test_a_token_is_its_holder_until_it_ends(database: Database) -> None:  # noqa: F811
    cast(database)
    with database.write() as session:
        token = users.create_token(session, by="root", now=NOW, username="carl")
        auditor = users.create_token(session, by="root", now=NOW, role=Role.AU)
        actor = users.authenticate_token(session.connection(), token)
        assert actor is not None
        assert (actor.name, actor.roles) == ("carl", frozenset({Role.CM}))
        reader = users.authenticate_token(session.connection(), auditor)
        assert reader is not None
        assert (reader.roles, reader.user_id) == (frozenset({Role.AU}), None)
        assert users.authenticate_token(session.connection(), token + "x") is None
        found = users.find_user(session, "carl")
        assert found is not None
        found.active = False
        session.flush()
        assert users.authenticate_token(session.connection(), token) is None


def test_a_ticket_and_its_event_are_there_together_or_not_at_all(database: Database) -> None:  # noqa: F811
    sam = cast(database)["sam"]

    def cut_short() -> None:
        with database.write() as session:
            create_ticket(session, sam, LETTER, centre=CENTRE, now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cut_short()
    with database.read() as session:
        assert session.scalars(select(Ticket)).all() == []
        assert session.scalars(select(TicketEvent)).all() == []
        assert audit.verify(session).broken is None


def test_a_list_shows_what_the_rights_say_and_nothing_else(database: Database) -> None:  # noqa: F811
    """The list follows each way to a ticket by itself; together they must be the rights, for every role and order."""
    roles = {role.value.lower() + "1": role for role in Role}
    with database.write() as session:
        people = {
            name: users.actor_of(
                users.create_user(
                    session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW
                )
            )
            for name, role in roles.items()
        }
        makers = [actor for actor in people.values() if actor.may(Action.TICKET_CREATE)]
        for index in range(24):
            kind, status = list(Kind)[index % len(Kind)], list(Status)[index % len(Status)]
            new = NewTicket(kind, Channel.LETTER, "text", received_at=NOW.replace(month=10, day=1 + index))
            made = create_ticket(session, makers[index % len(makers)], new, centre=CENTRE, now=NOW).summary
            row = session.get_one(Ticket, made.id)
            row.status, row.assignee_id = status, people["dh1" if index % 3 else "a11"].user_id
            row.complained_about_id = people["cm1"].user_id if index == 4 else None
            row.department_id = 1 + index % 4 if index % 2 else None
        for name, department in (("dh1", 2), ("sm1", 2), ("a11", 2), ("a21", 3)):
            post = "member" if name.startswith("a") else "head"
            session.add(DepartmentMember(user_id=people[name].user_id, department_id=department, post=post))
    filters = (TicketFilters(), TicketFilters(status=Status.CLOSED), TicketFilters(kind=Kind.COMPLAINT))
    with database.read() as session:
        for name, actor in people.items():
            allowed = set(session.scalars(select(Ticket.id).where(scope.tickets_for(actor))))
            for sort in SORTS:
                shown = list_tickets(session, actor, TicketFilters(), sort=sort, limit=200).items
                assert {one.id for one in shown} == allowed, (name, sort)
            for some in filters:
                shown = list_tickets(session, actor, some, limit=200).items
                narrowed = {one.id for one in shown}
                assert narrowed <= allowed, (name, some)
                whole = list_tickets(session, actor, TicketFilters(), limit=200).items
                wanted = {
                    one.id for one in whole if some.status in {None, one.status} and some.kind in {None, one.kind}
                }
                assert narrowed == wanted, (name, some)
