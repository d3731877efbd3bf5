"""A database's copy at one instant, while it is in use, and back: SQLite's backup API, pg_dump, pg_restore."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.engine import URL, Connection, make_url

from crm.db.models import Base
from crm.db.records import SpoolFolder
from crm.db.session import make_engine
from crm.services.ingest import State
from ops.backup_manifest import BackupError

SQLITE_NAME = "huiyin.sqlite3"
POSTGRES_NAME = "huiyin.pgdump"


def kind(url: str) -> str:
    """``sqlite`` or ``postgresql``."""
    return make_url(url).get_backend_name()


@dataclass(frozen=True)
class Copied:
    """A copy. ``counts``: table → rows in it; ``taken_in``: calls that are done in it → their folder's signature."""

    file: Path
    counts: dict[str, int]
    taken_in: dict[str, str]


def copy(url: str, folder: Path) -> Copied:
    """Copy the database into ``folder``. Raises BackupError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _copy_sqlite(url, folder) if kind(url) == "sqlite" else _dump_postgres(url, folder)


def bring_back(url: str, file: Path) -> dict[str, int]:
    """Fill an empty database from a copy; gives the rows of each table. Raises BackupError."""
    if kind(url) == "sqlite":
        target = _sqlite_path(url)
        if target.exists():
            raise BackupError(f"{target} exists already; nothing was changed")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        with target.open("rb") as written:
            os.fsync(written.fileno())
    else:
        _restore_postgres(url, file)
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return rows(connection)
    finally:
        engine.dispose()


def check_empty(url: str) -> None:
    """Refuse a database that holds anything. Raises BackupError."""
    if kind(url) == "sqlite":
        if _sqlite_path(url).exists():
            raise BackupError(f"{_sqlite_path(url)} exists already; restore works on an empty home only")
        return
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            if inspect(connection).get_table_names():
                raise BackupError("the PostgreSQL database has tables already; restore works on an empty one only")
    finally:
        engine.dispose()


def rows(connection: Connection) -> dict[str, int]:
    """Rows of each table of ours that exists."""
    there = set(inspect(connection).get_table_names())
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
        if table.name in there
    }


def _taken_in(connection: Connection) -> dict[str, str]:
    """The calls whose spool folder is done, as ``connection`` sees them."""
    done = select(SpoolFolder.call_id, SpoolFolder.signature).where(SpoolFolder.state == State.DONE)
    return {row.call_id: row.signature for row in connection.execute(done)}


def _sqlite_path(url: str) -> Path:
    return Path(make_url(url).database or "")


def _copy_sqlite(url: str, folder: Path) -> Copied:
    source, target = _sqlite_path(url), folder / SQLITE_NAME
    if not source.is_file():
        raise BackupError(f"there is no database at {source}; `huiyin migrate` makes one")
    reading = sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)
    with closing(reading) as origin, closing(sqlite3.connect(target)) as copied:
        origin.backup(copied)  # all pages in one reading transaction: writers go on meanwhile
        copied.execute("PRAGMA journal_mode=DELETE")
        verdict = copied.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise BackupError(f"the database's integrity check says: {verdict}")
    with target.open("rb") as written:
        os.fsync(written.fileno())
    engine = create_engine(f"sqlite:///{target}")
    try:
        with engine.connect() as connection:
            return Copied(target, rows(connection), _taken_in(connection))
    finally:
        engine.dispose()


def _dump_postgres(url: str, folder: Path) -> Copied:
    """Count and dump within one snapshot, so that both tell of the same instant."""
    target, engine = folder / POSTGRES_NAME, make_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            counted, done = rows(connection), _taken_in(connection)
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            _tool(url, "pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={target}")
    finally:
        engine.dispose()
    with target.open("rb") as written:
        os.fsync(written.fileno())
    return Copied(target, counted, done)


def _restore_postgres(url: str, file: Path) -> None:
    database = make_url(url).database or ""
    _tool(url, "pg_restore", "--single-transaction", "--no-owner", "--exit-on-error", f"--dbname={database}", str(file))


def _tool(url: str, name: str, *options: str) -> None:
    tool = shutil.which(name)
    if tool is None:
        raise BackupError(f"{name} is missing: install postgresql-client of your server's version")
    done = subprocess.run(
        [tool, *options], env={**os.environ, **_login(make_url(url))}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{name}: {done.stderr.strip() or done.returncode}")


def _login(url: URL) -> dict[str, str]:
    """How PostgreSQL's tools are told where to go: by environment, so that no password stands on a command line."""
    host = url.host or url.query.get("host")
    values = {
        "PGHOST": str(host or ""),
        "PGPORT": str(url.port or url.query.get("port") or ""),
        "PGUSER": url.username or str(url.query.get("user") or ""),
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
    }
    return {name: value for name, value in values.items() if value}
