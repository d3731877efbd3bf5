"""Sealed fields in real databases: nothing readable, nothing movable, found all the same; keys that change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, type_coerce
from sqlalchemy.types import Text

from crm.db.calls import Call, CallEventRow
from crm.db.contact_centre import OutboundCall, Task
from crm.db.models import Base
from crm.db.people import Customer, CustomerNumber, User
from crm.db.sealed import LOCKED, SealedFieldError, SealedText, Vault, use_by_default
from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.jobs.reseal import RESEAL
from crm.jobs.table import HANDLERS
from crm.services import customers, resealing
from ops import field_keys, schema
from ops.settings import Settings
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401  (fixtures)
from tests.vault import FIELD_KEY, INDEX_KEY, VAULT

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
SECRETS = ("13800138000", "8613800138000", "欧阳娜娜", "nana@example.com")


def fill(opened: Database) -> None:
    with opened.write() as session:
        user = User(username="alice", fs_uniquifier="alice", created_at=NOW, roles=[])
        session.add(user)
        session.flush()
        one = customers.find_or_make(session, "13800138000", region="CN", now=NOW)
        assert one is not None
        one.name = "欧阳娜娜"
        key = "8613800138000"
        session.add(
            Call(
                call_id="c", caller_number="13800138000", caller_key=key, dialled_number="13800138000", language="zh",
                started_at=NOW, menu_path=[], flags=[],
            )
        )  # fmt: skip
        session.flush()
        session.add(CallEventRow(call_id="c", source="ivr", seq=0, at=NOW, event="x", fields={"n": "13800138000"}))
        session.add(
            Ticket(
                number="2611220100001", kind="complaint", status="registered", priority="P2", channel="phone",
                caller_number="13800138000", caller_key=key, received_at=NOW, flags=[], customer_id=one.id,
            )
        )  # fmt: skip
        session.add(Task(kind="callback", title="x", number="13800138000", due_at=NOW, made_at=NOW, made_by="x"))
        session.add(
            OutboundCall(user_id=user.id, number="13800138000", number_key=key, asked_at=NOW, state="dialled", cost=0)
        )


def everything(opened: Database) -> str:
    """All rows of all tables as the opened keeps them."""
    found = []
    with opened.read() as session:
        for table in Base.metadata.sorted_tables:
            columns = [type_coerce(column, Text) for column in table.columns]
            found += [str(row) for row in session.execute(select(*columns))]
    return "\n".join(found)


def test_what_identifies_a_customer_is_nowhere_to_be_read(database: Database) -> None:  # noqa: F811
    fill(database)
    kept = everything(database)
    assert [secret for secret in SECRETS if secret in kept] == []
    with database.read() as session:
        found = session.scalars(select(Customer)).one()
        assert (found.name, found.numbers[0].number) == ("欧阳娜娜", "8613800138000")
        assert session.scalars(select(Ticket)).one().caller_number == "13800138000"
        assert session.scalars(select(CallEventRow)).one().fields == {"n": "13800138000"}
        met = select(Call.call_id).where(Call.caller_key.in_(select(CustomerNumber.number_key)))
        assert session.scalars(met).one() == "c"
        assert session.scalars(select(Ticket.id).where(Ticket.caller_key == "8613800138000")).one()
        assert customers.find_or_make(session, "+86 138 0013 8000", region="CN", now=NOW) is found


def test_a_sealed_value_opens_only_in_its_own_column(database: Database) -> None:  # noqa: F811
    fill(database)
    with database.write() as session:
        session.execute(text("UPDATE tickets SET caller_number = (SELECT caller_number FROM calls)"))
    with database.read() as session, pytest.raises(SealedFieldError, match="changed or moved"):
        session.scalars(select(Ticket.caller_number)).all()


def test_to_compare_a_sealed_value_is_a_mistake_that_is_said() -> None:
    with pytest.raises(TypeError, match="blind index"):
        select(Ticket).where(Ticket.caller_number == "13800138000")
    assert "IS NOT NULL" in str(select(Ticket.id).where(Ticket.caller_number.is_not(None)))


def test_without_keys_nothing_is_written(database: Database) -> None:  # noqa: F811
    use_by_default(None)
    try:
        with pytest.raises(Exception, match="without the keys"), database.write() as session:
            session.add(Customer(name="张三", created_at=NOW, vulnerable=[]))
    finally:
        use_by_default(VAULT)


def test_what_an_older_version_kept_open_is_sealed_and_found(database: Database) -> None:  # noqa: F811
    fill(database)
    with database.write() as session:
        for table, column, value in (
            ("customers", "name", "欧阳娜娜"),
            ("customer_numbers", "number", "8613800138000"),
            ("customer_numbers", "number_key", "8613800138000"),
            ("calls", "caller_number", "13800138000"),
            ("calls", "caller_key", "8613800138000"),
            ("call_events", "fields", '{"n": "13800138000"}'),
        ):
            session.execute(text(f"UPDATE {table} SET {column} = :value"), {"value": value})  # noqa: S608
    with database.read() as session:
        assert session.scalars(select(Customer.name)).one() == "欧阳娜娜"  # readable before it is sealed
        assert customers.find_or_make(session, None, region="CN", now=NOW) is None
    done = resealing.seal_all(database)
    assert (done.sealed, done.indexed, done.locked) == (4, 2, 0)
    assert resealing.left(database) == {}
    assert resealing.seal_all(database).rows == 0
    assert [secret for secret in SECRETS if secret in everything(database)] == []
    with database.read() as session:
        assert session.scalars(select(Call.call_id).where(Call.caller_key == "8613800138000")).one() == "c"
        assert session.scalars(select(CallEventRow)).one().fields == {"n": "13800138000"}


def test_a_new_key_seals_everything_anew_and_the_old_one_may_go(database: Database) -> None:  # noqa: F811
    fill(database)
    new = b"n" * 32
    both = Database(database.url, Vault.of(INDEX_KEY, new, FIELD_KEY))
    assert resealing.left(both)["customers.name"] == 1
    assert resealing.seal_all(both).locked == 0
    assert resealing.left(both) == {}
    alone = Database(database.url, Vault.of(INDEX_KEY, new))
    with alone.read() as session:
        assert session.scalars(select(Customer.name)).one() == "欧阳娜娜"
        assert session.scalars(select(CallEventRow)).one().fields == {"n": "13800138000"}
    with database.read() as session:  # only the old key: a lock, not a failure
        assert session.scalars(select(Customer.name)).one() == LOCKED
    assert resealing.seal_all(database).locked > 0
    for one in (both, alone):
        one.dispose()


def test_no_sealed_column_is_in_a_table_that_nobody_may_change(database: Database) -> None:  # noqa: F811
    """Else a new key could not seal it."""
    sqlite = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_update'"
    on_postgres = "SELECT event_object_table FROM information_schema.triggers WHERE trigger_name LIKE '%_append_only'"
    with database.read() as session:
        statement = sqlite if session.get_bind().dialect.name == "sqlite" else on_postgres
        unchangeable = set(session.scalars(text(statement)))
    assert unchangeable
    assert unchangeable.isdisjoint(table.name for table, _ in resealing.sealed_columns())


def test_every_place_of_a_sealed_column_is_its_own() -> None:
    places = [
        (f"{table.name}.{column.name}", column.type.place)
        for table, columns in resealing.sealed_columns()
        for column in columns
        if isinstance(column.type, SealedText)
    ]
    assert [pair for pair in places if pair[0] != pair[1]] == []


def test_keys_of_an_installation_rotate_while_it_runs(settings: Settings) -> None:
    assert schema.bring_up(settings)
    running = field_keys.database(settings)
    with running.write() as session:
        session.add(Customer(name="张三", created_at=NOW, vulnerable=[]))
    before = field_keys.field_keys(settings)
    field_keys.rotate(settings)
    assert field_keys.field_keys(settings)[1:] == before
    fresh = field_keys.database(settings)
    with fresh.write() as session:
        session.add(Customer(name="李四", created_at=NOW, vulnerable=[]))
    with running.read() as session:  # it meets a key that it does not know, and looks for it
        assert sorted(session.scalars(select(Customer.name))) == ["张三", "李四"]
    assert resealing.left(fresh) == {"customers.name": 1}
    HANDLERS[RESEAL](_context(fresh), {})
    assert resealing.left(fresh) == {}
    for one in (running, fresh):
        one.dispose()


def _context(opened: Database) -> Any:
    class Context:
        def __init__(self) -> None:
            self.database, self.now = opened, lambda: NOW + timedelta(days=1)

    return Context()
