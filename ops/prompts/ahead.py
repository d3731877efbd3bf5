"""Parts of ticket numbers rendered ahead of the calls, and kept only when they were understood.

Numbers come in order, so the next ones are known: their dates and their sequences. Their takes are
``HOME/prompts-ahead/LANGUAGE/ticket_date_YYMMDD.alaw`` and ``sequence_N.alaw``; the phone side plays what is there,
and pieces in place of what is not (``agi.prompts``). A number whose sequence was tried and not understood every time
is not given out (``agi.sequence``); such a date is spoken in pieces. Sequences come again every day: their takes stay.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from agi.sequence import TicketSequence
from ivr import speech, ticketnumbers
from ops.prompts import takes
from ops.settings import Settings

LATE = 22
"""From this hour on the first numbers of the next day are wanted, too."""
Render = Callable[[dict[str, object]], object]
"""Carries out an order: writes the sound where it says."""
Understood = Callable[[str, str, Sequence[str | Path]], int]
"""(language, digits, what tells them and its neighbours) to how often the digits were heard, of ``EVERY_TIME``."""
EVERY_TIME = 4
_DATE, _NODE, _SEQUENCE = range(3)
"""The parts of a number that has takes (``ivr.speech.ticket_parts``)."""


@dataclass(frozen=True)
class Wanted:
    """A part of a number in a language that has no take yet."""

    number: str
    language: str
    part: int
    folder: Path

    @property
    def path(self) -> Path:
        """Where its take will be."""
        return path_of(self.folder, self.language, self.number, self.part)

    @property
    def is_date(self) -> bool:
        """Whether every number of a day waits for it."""
        return self.part == _DATE

    @property
    def digits(self) -> str:
        """What must be heard: the part, and the node beside it."""
        day, node, sequence = ticketnumbers.groups(self.number)
        return day + node if self.is_date else node + sequence

    def spoken(self, take: Path) -> list[str | Path]:
        """The take among its neighbours, as a caller will hear it; a sequence that is not ready is left out."""
        told: list[str | Path] = []
        for place, part in enumerate(speech.ticket_parts(self.language, self.number)):
            ready = take if place == self.part else path_of(self.folder, self.language, self.number, place)
            if place == self.part or (part.take and _size(ready) > 0):
                told.append(ready)
            elif place != _SEQUENCE:
                told += part.pieces
        return told

    def orders(self, out: Path) -> Iterator[dict[str, object]]:
        """What the renderer is told, one way after the other."""
        day, _, sequence = ticketnumbers.groups(self.number)
        if self.is_date:
            return (takes.of_date(self.language, day, way, str(out)) for way in takes.DATE_WAYS)
        return (takes.of_sequence(self.language, sequence, way, str(out)) for way in takes.WAYS)


def path_of(folder: Path, language: str, number: str, part: int = _SEQUENCE) -> Path:
    """Where the take of a number's part is."""
    return folder / language / f"{speech.ticket_parts(language, number)[part].take}.alaw"


def coming(settings: Settings, now: datetime) -> list[str]:
    """The numbers that callers will be told next, the nearest first."""
    hard = hard_to_hear(settings.prompts_ahead)
    numbers = TicketSequence(settings.spool, settings.node, lambda: now, hard).coming(settings.numbers_ahead)
    if now.hour < LATE:
        return numbers
    day, last = now.date() + timedelta(days=1), 0
    while len(numbers) < 2 * settings.numbers_ahead:
        last = ticketnumbers.next_sequence(settings.node, last)
        number = ticketnumbers.make(day, settings.node, last)
        numbers += [] if hard(number) else [number]
    return numbers


def hard_to_hear(folder: Path) -> Callable[[str], bool]:
    """Whether all takes of a number's sequence were tried in vain, in some language."""
    return lambda number: any(_size(path_of(folder, language, number)) == 0 for language in takes.LANGUAGES)


def wanted(folder: Path, numbers: Sequence[str]) -> list[Wanted]:
    """What is to be rendered, the most urgent first. A take of no bytes says that none was understood every time."""
    found = {
        one.path: one
        for number in numbers
        for language in takes.LANGUAGES
        for one in (Wanted(number, language, part, folder) for part in (_DATE, _SEQUENCE))
    }
    return [one for path, one in found.items() if not path.exists()]


def make(one: Wanted, render: Render, understood: Understood) -> bool:
    """Render takes until one is understood every time. False, and an empty take, when none was."""
    one.path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=one.path.parent, prefix=".") as place:
        take, none = Path(place) / "take.alaw", Path(place) / "none"
        for order in one.orders(take):
            render(order)
            if understood(one.language, one.digits, one.spoken(take)) == EVERY_TIME:
                take.rename(one.path)
                return True
        none.touch()
        none.rename(one.path)
    return False


def ready(folder: Path, numbers: Sequence[str]) -> dict[str, int]:
    """For each language how many of the numbers have a sequence that was understood."""
    return {
        language: sum(_size(path_of(folder, language, number)) > 0 for number in numbers)
        for language in takes.LANGUAGES
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
