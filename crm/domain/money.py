"""Amounts of money: kept as whole fen, read and written as yuan (pure). No floating point ever touches one."""

from __future__ import annotations

import re
import unicodedata

from crm.domain.errors import InvalidInputError

MOST_FEN = 10**13
"""A hundred milliard yuan: more is a slip of the pen, not an amount of a complaint."""
_YUAN = re.compile(r"\A(\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.(\d{1,2}))?\Z")
_AROUND = re.compile(r"\A(?:CNY|RMB|¥)?\s*(.*?)\s*(?:元|圆|CNY|RMB)?\Z", re.DOTALL)


def fen_of(text: str, field: str = "amount") -> int:
    """The fen of an amount typed in yuan: ``1234.5``, ``1,234.50``, ``¥1,234.50元``. Raises InvalidInputError."""
    plain = unicodedata.normalize("NFKC", text).strip()
    stripped = _AROUND.match(plain)
    found = _YUAN.match(stripped[1]) if stripped else None
    if found is None:
        raise InvalidInputError(field, "must be an amount in yuan with at most two decimals, as 1234.50")
    fen = int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))
    if fen > MOST_FEN:
        raise InvalidInputError(field, "is more than any amount here")
    return fen


def yuan(fen: int) -> str:
    """An amount in yuan as people read it: ``1,234.50``."""
    sign, whole = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{whole // 100:,}.{whole % 100:02d}"
