"""The words by which matters are recognised: read once from ``lexicon.toml``, which is committed and reviewed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from crm.domain.classification import Lexicon, build


@cache
def lexicon() -> Lexicon:
    """The lexicon that is shipped."""
    return build(tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8")))
