"""Addresses of the built assets, from the manifest that `npm run build` writes."""

from __future__ import annotations

import json
from pathlib import Path

STATIC = Path(__file__).parent / "static"


class AssetsMissingError(Exception):
    """The front end was not built."""


def read_manifest(static: Path = STATIC) -> dict[str, str]:
    """Plain name to hashed name. Raises AssetsMissingError with what to do."""
    try:
        text = (static / "dist" / "manifest.json").read_text(encoding="utf-8")
    except OSError as error:
        raise AssetsMissingError(
            "The pages' scripts and styles are not built. Run `npm ci && npm run build` in the project's folder."
        ) from error
    found: dict[str, str] = json.loads(text)
    return found
