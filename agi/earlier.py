"""What is on disk of a call from before this session: its journal's events, and how often the dialplan took over.

Reading never fails a call: what cannot be read has not happened.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ivr.callevents import CallEvent, parse_line
from recordings.naming import DIALPLAN_LOG, JOURNAL

_FALLBACK = b"\nevent=fallback|"


def events(folder: Path) -> list[CallEvent]:
    """The events of the journal; a line that a crash cut short is left out."""
    found = []
    for line in _read(folder / JOURNAL).decode("utf-8", "replace").splitlines():
        with suppress(ValueError):
            found.append(parse_line(line))
    return found


def fallbacks(folder: Path) -> int:
    """How often the caller was taken to the dialplan's fallback, by the dialplan's own facts."""
    try:
        handle = os.open(f"{folder}/{DIALPLAN_LOG}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        return (b"\n" + os.read(handle, os.fstat(handle).st_size)).count(_FALLBACK)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""
