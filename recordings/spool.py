"""The phone side's spool: read a call's folder as it is, however it was left. Nothing here writes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ivr import exchange
from ivr.callevents import CallEvent, parse_line
from recordings.model import Fact, Part, is_plausible, parse_fact
from recordings.naming import DIALPLAN_LOG, JOURNAL, is_call_id, parse_agent_name, parse_audio_name

BOOTS = "boots"
MAX_TEXT_BYTES = 8_000_000
MAX_LINE = 65_536
KEPT_OF_CORRUPT = 2_000


@dataclass(frozen=True)
class AudioFile:
    """A recording in the spool. ``changed_at``: epoch of its last write; ``leg``: of an agent's file (index 0)."""

    name: str
    part: str
    index: int
    size: int
    changed_at: float
    leg: str = ""


@dataclass(frozen=True)
class JournalLine:
    """An event and the number of its line, from 0."""

    line: int
    event: CallEvent


@dataclass(frozen=True)
class CorruptLine:
    """A line that is no event; what of it was kept."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class CallNotes:
    """What menu and dialplan wrote down of one call."""

    journal: tuple[JournalLine, ...]
    facts: tuple[Fact, ...]
    corrupt: tuple[CorruptLine, ...]
    torn: tuple[CorruptLine, ...]
    """last lines without a line feed: being written, or cut off by a crash"""


@dataclass(frozen=True)
class CallFolder(CallNotes):
    """All that the spool knows of one call."""

    call_id: str
    path: Path
    audio: tuple[AudioFile, ...]
    has_dialplan_log: bool
    exchange: tuple[exchange.ExchangeEvent, ...] = ()
    """what the exchange said of it while it ran; lines that are none are left out, for the facts say the same"""


def call_ids(spool: Path) -> list[str]:
    """The ids of all calls that have a folder."""
    try:
        with os.scandir(spool) as entries:
            return [e.name for e in entries if is_call_id(e.name) and e.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []


def signature(folder: Path) -> str:
    """SHA-256 over the names, sizes and times of the files: changes whenever one of them does."""
    with os.scandir(folder) as entries:
        facts = sorted((e.name, e.stat().st_size, e.stat().st_mtime_ns) for e in entries)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def changed_at(folder: Path) -> float:
    """Epoch of the last change in the folder."""
    with os.scandir(folder) as entries:
        return max([folder.stat().st_mtime, *(e.stat().st_mtime for e in entries)])


def boots(spool: Path) -> tuple[float, ...]:
    """Epochs at which Asterisk was started; lines that are none are passed over."""
    try:
        lines = (spool / BOOTS).read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return ()
    return tuple(float(line.split()[0]) for line in lines if line.split() and _is_number(line.split()[0]))


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def read_notes(path: Path) -> CallNotes:
    """Read journal and facts alone, as whoever is in a hurry does. Raises OSError only."""
    corrupt: list[CorruptLine] = []
    torn: list[CorruptLine] = []
    journal = []
    for number, text in _lines(path / JOURNAL, torn):
        try:
            journal.append(JournalLine(number, _event(text, path.name)))
        except (ValueError, RecursionError, OverflowError):
            corrupt.append(CorruptLine(JOURNAL, number, clean(text[:KEPT_OF_CORRUPT])))
    facts = []
    for number, text in _lines(path / DIALPLAN_LOG, torn):
        try:
            facts.append(parse_fact(number, clean(text)))
        except ValueError:
            corrupt.append(CorruptLine(DIALPLAN_LOG, number, clean(text[:KEPT_OF_CORRUPT])))
    return CallNotes(tuple(journal), tuple(facts), tuple(corrupt), tuple(torn))


def read_folder(path: Path) -> CallFolder:
    """Read journal, facts and the list of audio files. Raises OSError only."""
    return CallFolder(
        **vars(read_notes(path)),
        call_id=path.name,
        path=path,
        audio=tuple(sorted(_audio(path), key=lambda a: (a.part, a.index, a.name))),
        has_dialplan_log=(path / DIALPLAN_LOG).is_file(),
        exchange=tuple(_exchange(path)),
    )


def _lines(path: Path, torn: list[CorruptLine]) -> Iterator[tuple[int, str]]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_TEXT_BYTES)
    except FileNotFoundError:
        return
    *whole, rest = content.split(b"\n")
    for number, line in enumerate(whole):
        if line.strip():
            yield number, line[:MAX_LINE].decode("utf-8", errors="replace")
    if rest.strip(b"\0 \r"):
        text = rest[:KEPT_OF_CORRUPT].decode("utf-8", errors="replace")
        torn.append(CorruptLine(path.name, len(whole), clean(text)))


def _exchange(path: Path) -> Iterator[exchange.ExchangeEvent]:
    for _, text in _lines(path / exchange.EXCHANGE_FILE, []):
        try:
            event = exchange.parse_line(text)
        except (ValueError, RecursionError, OverflowError):
            continue
        if event.call_id == path.name and is_plausible(event.at):
            yield replace(event, event=clean(event.event), leg=clean(event.leg), fields=cleaned(event.fields))


def _event(text: str, call_id: str) -> CallEvent:
    event = parse_line(text)
    if event.call_id != call_id:
        raise ValueError("an event of another call")
    if not (0 < len(event.event) <= 40 and is_plausible(event.at)):
        raise ValueError("not an event of a call")
    return CallEvent(event.call_id, event.seq, event.at, clean(event.event), cleaned(event.fields))


def clean(text: str) -> str:
    """Text that every database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", errors="replace").decode("utf-8")


def cleaned(value: Any) -> Any:
    """The same for a JSON value, all the way down; numbers that are none become null."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, float) and not -1e300 < value < 1e300:
        return None
    return value


def _audio(path: Path) -> Iterator[AudioFile]:
    with os.scandir(path) as entries:
        for entry in entries:
            named, leg = parse_audio_name(entry.name), parse_agent_name(entry.name)
            if (named or leg) and entry.is_file(follow_symlinks=False):
                stat = entry.stat(follow_symlinks=False)
                part, index = named[:2] if named else (Part.AGENT.value, 0)
                yield AudioFile(entry.name, part, index, stat.st_size, stat.st_mtime, leg or "")
