"""The sequences of ticket numbers rendered ahead of the calls, and kept only when they were understood.

Numbers come in order, so the next ones are known. The take of one is ``HOME/prompts-ahead/LANGUAGE/sequence_N.alaw``;
the phone side plays it behind date and node when it is there, and pieces when it is not (``agi.prompts``). A number of
which no take was understood every time is not given out (``agi.sequence``). Sequences come again every day, so takes
stay.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
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
Understood = Callable[[str, str, Path], int]
"""(language, number, take) to how often it was understood: it is told twice, in two surroundings."""
EVERY_TIME = 4


@dataclass(frozen=True)
class Wanted:
    """A number in a language that has no take yet."""

    number: str
    language: str
    path: Path


def path_of(folder: Path, language: str, number: str) -> Path:
    """Where the take of a number's sequence is."""
    return folder / language / f"{speech.ticket_sequence(language, number)}.alaw"


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
    """Whether all takes of a number were tried in vain, in some language."""
    return lambda number: any(_is_empty(path_of(folder, language, number)) for language in takes.WAYS)


def wanted(folder: Path, numbers: Sequence[str]) -> list[Wanted]:
    """What is to be rendered, the most urgent first. A take of no bytes says that none was understood every time."""
    every = (
        Wanted(number, language, path_of(folder, language, number)) for number in numbers for language in takes.WAYS
    )
    return [one for one in every if not one.path.exists()]


def make(one: Wanted, render: Render, understood: Understood) -> bool:
    """Render takes until one is understood every time. False, and an empty take, when none was."""
    one.path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=one.path.parent, prefix=".") as place:
        take, none = Path(place) / "take.alaw", Path(place) / "none"
        for way in takes.WAYS[one.language]:
            render(takes.order(one.language, one.number[-ticketnumbers.SEQUENCE_DIGITS :], way, str(take)))
            if understood(one.language, one.number, take) == EVERY_TIME:
                take.rename(one.path)
                return True
        none.touch()
        none.rename(one.path)
    return False


def ready(folder: Path, numbers: Sequence[str]) -> dict[str, int]:
    """For each language how many of the numbers have a take that was understood."""
    return {
        language: sum(_size(path_of(folder, language, number)) > 0 for number in numbers) for language in takes.WAYS
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _is_empty(path: Path) -> bool:
    return _size(path) == 0
