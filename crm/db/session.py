"""The door to the database: engines and transactions, on SQLite and PostgreSQL.

A transaction that will write says so at its beginning. On SQLite it then takes the writer's lock at once
(``BEGIN IMMEDIATE``) and waits for it; a deferred transaction that reads first and writes later would fail at
once with "database is locked" whatever the time-out.

On PostgreSQL reading needs no transaction: each statement sees what is committed when it begins, in one or without.
So reads have connections of their own, without one and without the right to write; that spares every request four
trips to the server.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from crm.db.sealed import Vault, give
from crm.json_codec import loads

BUSY_TIMEOUT_MS = 15_000
IDLE_SECONDS = 1.0
_WRITES, _LEFT = "huiyin_writes", "huiyin_left"


def make_engine(url: str, *, reads: bool = False) -> Engine:
    """An engine for the URL. It connects when it is first used; make it after a fork, not before.

    ``reads``: it is for reading only, where the database makes a difference of that. Errors do not tell
    the values of a statement: they are logged and shown, and the values are customers' own.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return _postgresql_engine(parsed, reads=reads)


def _postgresql_engine(url: URL, *, reads: bool) -> Engine:
    more: dict[str, Any] = {}
    said = url.query.get("options", "")
    options = f"{said if isinstance(said, str) else ' '.join(said)} -c timezone=UTC"
    if reads:
        more = {"isolation_level": "AUTOCOMMIT"}
        options += " -c default_transaction_read_only=on"
    engine = create_engine(
        url,
        hide_parameters=True,
        json_deserializer=loads,
        pool_size=10,
        max_overflow=30,
        connect_args={"options": options.strip()},
        **more,
    )

    @event.listens_for(engine, "checkin")
    def _left(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_LEFT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        """A connection that lay idle may be dead; one that was just used need not be asked."""
        if time.monotonic() - record.info.get(_LEFT, time.monotonic()) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    return engine


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        json_deserializer=loads,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        pool_size=10,
        max_overflow=60,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the begin event below opens transactions, not the driver
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Database:
    """One database. Make one a process, after any fork."""

    def __init__(self, url: str, vault: Vault | None = None) -> None:
        """``vault``: the keys of its sealed fields."""
        self.url, self._vault = url, vault

    @cached_property
    def engine(self) -> Engine:
        """The engine of reading transactions."""
        return self._made(reads=True)

    @cached_property
    def _write_engine(self) -> Engine:
        if self.engine.dialect.name == "sqlite":
            return self.engine.execution_options(**{_WRITES: True})
        return self._made(reads=False)

    def _made(self, *, reads: bool) -> Engine:
        engine = make_engine(self.url, reads=reads)
        give(engine.dialect, self._vault)
        return engine

    def session(self, *, writes: bool) -> Session:
        """A session whose transactions do or do not write; the caller commits and closes it."""
        return Session(self._write_engine if writes else self.engine, expire_on_commit=False)

    @contextmanager
    def line(self) -> Iterator[Connection]:
        """A connection that only reads, for one statement that needs no objects."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with self.session(writes=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that writes: committed at the end, rolled back on any exception."""
        with self.session(writes=True) as session, session.begin():
            yield session

    def ping(self) -> None:
        """Raise what SQLAlchemy raises when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close all connections."""
        for name in ("engine", "_write_engine"):
            if name in self.__dict__:
                self.__dict__[name].dispose()
