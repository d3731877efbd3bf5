"""A row that another transaction may write at the same moment: the INSERT that knows ON CONFLICT, of both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def inserting(session: Session, table: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT into the table, with ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table)
