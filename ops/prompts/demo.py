"""The default complaints of ``huiyin demo-call``: their texts, their voices, and whether they must be rendered."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

from ops.prompts.catalogue import RECIPE, Voice

FOLDER = Path(__file__).resolve().parents[1] / "demo"


def _complaints() -> dict[str, dict[str, Any]]:
    return tomllib.loads((FOLDER / "complaints.toml").read_text("utf-8"))


def voices() -> list[Voice]:
    """Who speaks the complaints."""
    return [Voice(said["voice"], said["speed"]) for said in _complaints().values()]


def path_of(language: str) -> Path:
    """Where the committed sound of a complaint is."""
    return FOLDER / f"complaint-{language}.wav"


def made_from(language: str) -> str:
    """A hash of everything that decides how a complaint sounds."""
    return hashlib.sha256(json.dumps([RECIPE, _complaints()[language]], sort_keys=True).encode()).hexdigest()[:16]


def order(language: str) -> dict[str, Any]:
    """What the renderer is told."""
    return {"id": "complaint", "language": language, **_complaints()[language], "out": str(path_of(language))}
