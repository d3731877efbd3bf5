"""What is on disk of a call from before this session: its journal's events, and how often the dialplan took over.

Reading never fails a call: what cannot be read has not happened.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ivr.callevents import CallEvent, parse_line
from recordings.naming import DIALPLAN_LOG, JOURNAL

_FALLBACK = b"event=fallback|"


def events(folder: Path) -> list[CallEvent]:
    """The events of the journal; a line that a crash cut short is left out."""
    found = []
    for line in _read(folder / JOURNAL).decode("utf-8", "replace").splitlines():
        with suppress(ValueError):
            found.append(parse_line(line))
    return found


def fallbacks(folder: Path) -> int:
    """How often the caller was taken to the dialplan's fallback, by the dialplan's own facts."""
    return sum(line.startswith(_FALLBACK) for line in _read(folder / DIALPLAN_LOG).splitlines())


def _read(path: Path) -> bytes:
    with suppress(OSError), open(path, "rb", buffering=0) as file:  # noqa: PTH123  (read at every hang-up: the short way)
        return file.readall()
    return b""
