"""Pages by key: the next page begins after the last row seen, never at a number of rows."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from crm.domain.errors import InvalidInputError

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next page (None: this was the last)."""

    items: tuple[T, ...]
    next: str | None


@dataclass(frozen=True)
class Order:
    """An order by one time column (nulls last), then by the row's own key."""

    name: str
    column: InstrumentedAttribute[Any]
    key: InstrumentedAttribute[Any]
    descending: bool

    def clauses(self) -> tuple[ColumnElement[Any], ...]:
        """For ORDER BY."""
        if self.descending:
            return self.column.desc().nulls_last(), self.key.desc()
        return self.column.asc().nulls_last(), self.key.asc()

    def after(self, value: datetime | None, key: Any) -> ColumnElement[bool]:
        """Rows that come after the given one."""
        beyond_key = self.key < key if self.descending else self.key > key
        if value is None:
            return and_(self.column.is_(None), beyond_key)
        beyond = self.column < value if self.descending else self.column > value
        rest = or_(beyond, and_(self.column == value, beyond_key))
        return or_(rest, self.column.is_(None)) if self._nullable() else rest

    def _nullable(self) -> bool:
        return bool(getattr(self.column.property.columns[0], "nullable", False))


def checked_limit(limit: int | None) -> int:
    """The number of rows of a page, within its bounds."""
    if limit is None:
        return DEFAULT_LIMIT
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInputError("limit", f"must be 1 to {MAX_LIMIT}")
    return limit


def encode_cursor(order: str, value: datetime | None, key: int | str) -> str:
    """A cursor that names the last row seen."""
    raw = json.dumps([order, value.isoformat() if value else None, key], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, order: str, key_type: type[int | str]) -> tuple[datetime | None, int | str]:
    """The row that a cursor names. Raises InvalidInputError for one that is not ours or of another order."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        name, value, key = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        at = datetime.fromisoformat(value) if value is not None else None
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise InvalidInputError("cursor", "is not one of ours") from error
    if name != order or type(key) is not key_type or (at is not None and at.tzinfo is None):
        raise InvalidInputError("cursor", "belongs to another list")
    return at, key
