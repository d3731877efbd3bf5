"""Bring a database's schema to this version, or back: one transaction, all or nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from crm.db.session import Database

_LOCK = 0x48595F4D


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Migrate up. Two at once wait for each other; a killed one leaves the old schema."""
    _run(url, revision, up=True)


def downgrade(url: str, revision: str) -> None:
    """Migrate down to ``revision``; ``base`` drops everything."""
    _run(url, revision, up=False)


def _run(url: str, revision: str, *, up: bool) -> None:
    database = Database(url)
    try:
        with database.session(writes=True) as session, session.begin():
            connection = session.connection()
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            (command.upgrade if up else command.downgrade)(_config(connection), revision)
    finally:
        database.dispose()


def revisions(url: str) -> tuple[str | None, str | None]:
    """(what the database has, what this version wants); equal when nothing is to be done."""
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current, ScriptDirectory.from_config(_config()).get_current_head()
    finally:
        database.dispose()
