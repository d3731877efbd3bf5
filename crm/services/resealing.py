"""Seal what is not sealed with the newest key: after an update of an old installation, and after a new key was made.

It walks the tables by their keys, some rows in each transaction, and changes a value only if it still is what was
read. It may be ended at any moment and begun again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, Text, and_, cast, literal, null, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from crm.db.models import Base
from crm.db.sealed import PREFIX, BlindText, KeyMissingError, SealedJson, SealedText, Vault, vault_of
from crm.db.session import Database
from crm.domain.blind_index import MARK

_AT_ONCE = 500


@dataclass
class Resealed:
    """What a walk did. ``locked``: values whose key is not here."""

    rows: int = 0
    sealed: int = 0
    indexed: int = 0
    locked: int = 0


def seal_all(database: Database) -> Resealed:
    """Seal and index every value that is not; gives what was done."""
    done = Resealed()
    for table, columns in sealed_columns():
        after: tuple[Any, ...] | None = None
        while True:
            with database.write() as session:
                last = _some(session, table, columns, after, done)
            if last is None:
                break
            after = last
    return done


def left(database: Database) -> dict[str, int]:
    """How many values of each column are not sealed with the newest key, or not indexed; none: empty."""
    found: dict[str, int] = {}
    with database.read() as session:
        vault = vault_of(session.get_bind().dialect)
        for table, columns in sealed_columns():
            for column in columns:
                query = select(literal(1)).select_from(table).where(_stale(column, vault))
                count = len(session.execute(query.limit(_AT_ONCE)).all())
                if count:
                    found[f"{table.name}.{column.name}"] = count
    return found


def sealed_columns() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Tables with sealed or blind columns, and those columns."""
    for table in Base.metadata.sorted_tables:
        columns = [c for c in table.columns if isinstance(c.type, (SealedText, SealedJson, BlindText))]
        if columns:
            yield table, columns


def _stale(column: Column[Any], vault: Vault) -> ColumnElement[bool]:
    """Values that are to be sealed or indexed. JSON keeps a sealed value as a string, with its quotation mark."""
    kept = cast(column, Text)
    if isinstance(column.type, BlindText):
        return and_(column.is_not(None), kept != "", kept.not_like(f"{MARK}%"))
    quote = '"' if isinstance(column.type, SealedJson) else ""
    return and_(column.is_not(None), kept != "", kept.not_like(f"{quote}{PREFIX}{vault.current}|%"))


def _some(
    session: Session, table: Table, columns: list[Column[Any]], after: tuple[Any, ...] | None, done: Resealed
) -> tuple[Any, ...] | None:
    """The next rows that need it; gives the key of the last, None when there are no more."""
    vault = vault_of(session.get_bind().dialect)
    key = list(table.primary_key.columns)
    query = select(*key, *(cast(c, Text).label(f"kept_{c.name}") for c in columns))
    query = query.where(or_(*(_stale(c, vault) for c in columns))).order_by(*key).limit(_AT_ONCE)
    if after is not None:
        query = query.where(_beyond(key, after))
    rows = session.execute(query).all()
    for row in rows:
        done.rows += 1
        for column, kept in zip(columns, row[len(key) :], strict=True):
            if kept:
                _renew(session, table, column, tuple(row[: len(key)]), kept, vault, done)
    return tuple(rows[-1][: len(key)]) if len(rows) == _AT_ONCE else None


def _beyond(key: list[Column[Any]], after: tuple[Any, ...]) -> ColumnElement[bool]:
    """Rows whose key comes after the given one."""
    parts = []
    for place, column in enumerate(key):
        same = [one == value for one, value in zip(key[:place], after, strict=False)]
        parts.append(and_(*same, column > after[place]))
    return or_(*parts)


def _renew(
    session: Session,
    table: Table,
    column: Column[Any],
    key: tuple[Any, ...],
    kept: str,
    vault: Vault,
    done: Resealed,
) -> None:
    try:
        fresh = _fresh(column, kept, vault)
    except KeyMissingError:
        done.locked += 1
        return
    if fresh is None:
        return
    same = [one == value for one, value in zip(table.primary_key.columns, key, strict=True)]
    changed = session.execute(
        update(table).where(*same, cast(column, Text) == kept).values({column.name: fresh}).returning(null())
    ).first()
    if changed is not None:
        done.indexed += isinstance(column.type, BlindText)
        done.sealed += not isinstance(column.type, BlindText)


def _fresh(column: Column[Any], kept: str, vault: Vault) -> Any:
    """The plain value, which its column seals or indexes anew; None when it is as it should be."""
    if isinstance(column.type, BlindText):
        return None if kept.startswith(MARK) else kept
    if isinstance(column.type, SealedText):
        return None if vault.is_current(kept) else vault.unseal(kept, column.type.place)
    if not isinstance(column.type, SealedJson):
        raise TypeError(f"{column} is not sealed")
    value = json.loads(kept)
    if not isinstance(value, str):
        return value
    if vault.is_current(value):
        return None
    return json.loads(vault.unseal(value, column.type.place)) if value.startswith(PREFIX) else value
