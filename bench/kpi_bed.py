"""Databases with made-up months in them (``bench.kpi_world``), filled the quick way or as the product writes."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
from sqlalchemy import Connection, insert, select

from bench.kpi_judged import evaluations, exams, surveys
from bench.kpi_office import complaints
from bench.kpi_shifts import shifts
from bench.kpi_world import NOW, TABLES, ZONE, Row, World, calls, repeats
from bench.tickets_bed import plain
from crm.db.contact_centre import Disposition
from crm.db.departments import Department
from crm.db.kpi import KpiStay
from crm.db.models import Base
from crm.db.people import Customer
from crm.db.session import Database
from crm.domain.access import Role
from crm.domain.kpi_facts import Source
from crm.services import attendance, kpi_sums, users
from crm.services.sections import SECTION

_BATCH = 20_000


def world_of(database: Database, *, agents: int, days: int) -> World:
    """An empty world whose people are in the database."""
    with database.write() as session:
        made = {
            user.username: user.id
            for user in (
                users.create_user(session, username=f"agent{number:03d}", roles=frozenset({Role.A1}),
                                  password_hash=None, by="bench", now=NOW)
                for number in range(agents)
            )
        }  # fmt: skip
        classes = tuple(session.scalars(select(Disposition.code).order_by(Disposition.code).limit(8)))
        sections = session.scalars(
            select(Department.id).where(Department.kind == SECTION).order_by(Department.id)
        ).all()
        first = NOW.date() - timedelta(days=days + 7)
        for number, user_id in enumerate(made.values()):
            session.add(
                KpiStay(user_id=user_id, department_id=sections[number % len(sections)], first=first, last=None)
            )
    return World(made, classes, days)


def rows(world: World, count: int) -> Iterator[Row]:
    """All rows of a world, as they come; at the end its truth is complete."""
    yield from shifts(world)
    yield from calls(world, count)
    yield from complaints(world, max(60, count // 500))
    yield from surveys(world)
    yield from evaluations(world)
    yield from exams(world)
    repeats(world)


def fill_quickly(database: Database, world: World, count: int) -> None:
    """Into PostgreSQL by COPY, with triggers and foreign keys asleep; statistics as after a night."""
    with plain(database) as line:
        line.execute("SET session_replication_role = replica")
        people = max(3, count // 3)
        with line.cursor().copy("COPY customers (id, name, grade, elderly, created_at) FROM STDIN") as copy:
            for number in range(1, people + 1):
                copy.write_row((number, "", "", False, NOW))
        for batch in _batched(rows(world, count)):
            _copy(line, batch)
        line.execute("SET session_replication_role = DEFAULT")
        line.execute("VACUUM ANALYZE")


def _batched(found: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(found)
    while batch := list(itertools.islice(source, _BATCH)):
        yield batch


def _copy(line: psycopg.Connection[Any], batch: Iterable[Row]) -> None:
    for table, found in _by_table(batch).items():
        columns = ", ".join(f'"{name}"' for name in TABLES[table])
        with line.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in found:
                copy.write_row(row)


def _by_table(batch: Iterable[Row]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for table, row in batch:
        found[table].append(row)
    return {table: found[table] for table in TABLES if table in found}


def fill_as_written(database: Database, world: World, count: int) -> None:
    """Into any database, by inserts, so that its triggers see them."""
    with database.write() as session:
        line = session.connection()
        people = [{"id": number, "created_at": NOW} for number in range(1, max(3, count // 3) + 1)]
        line.execute(insert(Customer), [{"name": "", "grade": "", **one} for one in people])
        for batch in _batched(rows(world, count)):
            _insert(line, batch)


def _insert(line: Connection, batch: Iterable[Row]) -> None:
    for name, found in _by_table(batch).items():
        table = Base.metadata.tables[name]
        line.execute(insert(table), [_typed(table, dict(zip(TABLES[name], row, strict=True))) for row in found])


def _typed(table: Any, row: dict[str, Any]) -> dict[str, Any]:
    """JSON columns take values, not their text."""
    return {name: json.loads(value) if str(table.c[name].type) == "JSON" else value for name, value in row.items()}


def reckon(database: Database) -> None:
    """Have the product reckon every shift that is over."""
    due = 1
    while due:
        with database.write() as session:
            due = attendance.reckon_due(session, NOW)


def count_all(database: Database, world: World) -> None:
    """Count every day of every source that the world has something of."""
    reckon(database)
    days = sorted({key[1] for key in world.truth})
    for source in Source:
        for day in _span(days):
            with database.write() as session:
                kpi_sums.recount(session, source, day, zone=ZONE, now=NOW)


def _span(days: list[date]) -> Iterator[date]:
    for back in range((days[-1] - days[0]).days + 1):
        yield days[0] + timedelta(days=back)
