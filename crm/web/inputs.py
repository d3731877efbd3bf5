"""What fields of forms hold: days, instants, whole numbers. Nothing is nothing; what cannot be read is refused."""

from __future__ import annotations

from datetime import date, datetime

from flask import request

from crm.domain.errors import InvalidInputError
from crm.web.parts import local_instant


def day(name: str) -> date | None:
    """A day; None for an empty field. Raises InvalidInputError."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(name, "must be a day") from error


def instant(name: str) -> datetime | None:
    """An instant on the centre's clock; None for an empty field. Raises InvalidInputError."""
    text = request.form.get(name, "").strip()
    return local_instant(name, text) if text else None


def whole(name: str) -> int | None:
    """A whole number; None for an empty field. Raises InvalidInputError."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.removeprefix("-").isdecimal() or len(text) > 12:
        raise InvalidInputError(name, "must be a whole number")
    return int(text)


def wholes(name: str) -> list[int]:
    """Whole numbers, from fields of one name or from one field with commas. Raises InvalidInputError."""
    found = [text for given in request.form.getlist(name) for text in given.replace("，", ",").split(",")]
    cleaned = [text.strip() for text in found if text.strip()]
    if not all(text.isascii() and text.isdecimal() and len(text) <= 12 for text in cleaned):
        raise InvalidInputError(name, "must be whole numbers")
    return [int(text) for text in cleaned]
