"""Pages by key: the next page begins after the last row seen, never at a number of rows."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, literal, tuple_
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
class Stage:
    """A part of a list that one index gives in its order. A list with nulls has two, its nulls last."""

    where: tuple[ColumnElement[bool], ...]
    order: tuple[ColumnElement[Any], ...]


@dataclass(frozen=True)
class Order:
    """An order by one time column (nulls last), then by the row's own key.

    Rows after a given one are asked for by comparing both at once: that is what an index can seek, so the
    thousandth page costs what the first one costs.
    """

    name: str
    column: InstrumentedAttribute[Any]
    key: InstrumentedAttribute[Any]
    descending: bool

    def clauses(self) -> tuple[ColumnElement[Any], ...]:
        """For ORDER BY, of rows whose time is known."""
        columns = (self.column, self.key)
        return tuple(one.desc() if self.descending else one.asc() for one in columns)

    def stages(self, after: tuple[Any, Any] | None = None) -> tuple[Stage, ...]:
        """The parts of the list that are left, after a row or from its beginning.

        ``after``: the row's time (None: it has none) and key, or parameters that will hold them.
        """
        key_order = (self.key.desc() if self.descending else self.key.asc(),)
        if after is not None and after[0] is None:
            return (Stage((self.column.is_(None), self._beyond(self.key, _value(after[1], self.key))), key_order),)
        known: tuple[ColumnElement[bool], ...] = (
            (self.column.is_not(None),) if self._nullable() and after is None else ()
        )
        if after is not None:
            last = tuple_(_value(after[0], self.column), _value(after[1], self.key))
            known = (self._beyond(tuple_(self.column, self.key), last),)
        stages = (Stage(known, self.clauses()),)
        return (*stages, Stage((self.column.is_(None),), key_order)) if self._nullable() else stages

    def _beyond(self, row: Any, last: Any) -> ColumnElement[bool]:
        beyond: ColumnElement[bool] = row < last if self.descending else row > last
        return beyond

    def _nullable(self) -> bool:
        return bool(getattr(self.column.property.columns[0], "nullable", False))


def _value(value: Any, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return value if isinstance(value, ColumnElement) else literal(value, column.type)


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
