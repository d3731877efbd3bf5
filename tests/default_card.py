"""The card that a house begins with, as its migration reads it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import crm.db.migrations
from crm.domain.card_form import parse

SEED = Path(next(iter(crm.db.migrations.__path__))) / "seeds" / "scorecard.toml"
CONTENT: dict[str, Any] = tomllib.loads(SEED.read_text(encoding="utf-8"))
CARD = parse(CONTENT)


def fields(value: Any, name: str = "") -> Mapping[str, str]:
    """What the editor's form sends for a content."""
    if not isinstance(value, dict | list):
        told = ("1" if value else None) if isinstance(value, bool) else str(value)
        return {} if told is None else {name: told}
    parts: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
    found: dict[str, str] = {}
    for key, inner in parts:
        found.update(fields(inner, f"{name}-{key}" if name else str(key)))
    return found
