"""The card that a house begins with, as its migration reads it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import crm.db.migrations
from crm.domain.card_form import parse

SEED = Path(next(iter(crm.db.migrations.__path__))) / "seeds" / "scorecard.toml"
CONTENT: dict[str, Any] = tomllib.loads(SEED.read_text(encoding="utf-8"))
CARD = parse(CONTENT)
