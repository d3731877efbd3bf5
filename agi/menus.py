"""Reads the shipped menu and prompt catalogues from disk and has them checked."""

from __future__ import annotations

import tomllib
from pathlib import Path

from ivr.menu import Menu
from ivr.menufile import parse

IVR = Path(__file__).resolve().parent.parent / "ivr"
AUDIO = IVR / "prompts" / "audio"
"""Shipped prompts: LANGUAGE/ID.alaw."""


def load(folder: Path = IVR) -> Menu:
    """The hotline's menu, checked against the prompts of every language. Raises MenuError."""
    catalogues = {
        path.stem: tomllib.loads(path.read_text("utf-8"))["prompts"].keys()
        for path in (folder / "prompts").glob("??.toml")
    }
    return parse((folder / "menus" / "default.toml").read_text("utf-8"), catalogues)
