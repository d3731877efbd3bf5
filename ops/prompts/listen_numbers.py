"""Numbers, dates and times heard back: fixed random samples of what callers are told.

Ticket numbers are as they will be given out: a day of the year that follows, node 01, a sequence that
``ivr.ticketnumbers.next_sequence`` gives; half of them are among the first three hundred of their day.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

from asr.engine import Recogniser
from ivr import speech, ticketnumbers
from ops.prompts import ahead, moments, scores, takes, workshop
from ops.prompts.listen import Heard, Listener, sound_of
from ops.prompts.sound import RATE

_SEED = 20
_FIRST_DAY = date(2026, 11, 22)
_NODE = 1
_A_DAYS_WORK = 300
"""Numbers that a node gives out on a busy day."""


@dataclass(frozen=True)
class _Sample:
    said: str
    parts: Sequence[str | Path]
    right: Callable[[str], bool]


def numbers_heard(language: str, recogniser: Recogniser, kind: str, count: int) -> Iterator[Heard]:
    """``count`` of a kind; one is right when all of it is."""
    generator = random.Random(_SEED)  # noqa: S311  (a sample that can be drawn again)
    for _ in range(count):
        sample = KINDS[kind](language, generator)
        answer = recogniser.transcribe(sound_of(language, sample.parts), RATE, language).text
        yield Heard(kind, sample.said, answer, 1, int(not sample.right(answer)))


def takes_heard(language: str, listener: Listener, judge: Recogniser, count: int) -> Iterator[Heard]:
    """Whole ticket numbers as the service would keep them, heard by another than who chose them, once, in context."""
    if language not in takes.LANGUAGES:
        return
    generator = random.Random(_SEED)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder, workshop.Renderer() as renderer:
        for _ in range(count):
            number, spoken = given_out(Path(folder), language, _ticket_number(generator), renderer, listener)
            parts: list[str | Path] = ["complaint_kept", "ticket_number_is", *spoken, "answer_within_days_7"]
            answer = judge.transcribe(sound_of(language, parts), RATE, language).text
            found = number in scores.digits_heard(language, answer)
            yield Heard(AHEAD, number, answer, 1, int(not found))


def given_out(
    folder: Path, language: str, number: str, renderer: workshop.Renderer, listener: Listener
) -> tuple[str, list[str | Path]]:
    """The number, or the next one after it that is understood, as callers would get it, and how it is spoken."""
    while True:
        for one in ahead.wanted(folder, [number]):
            ahead.make(one, renderer.render, listener.understood)
        if not ahead.hard_to_hear(folder)(number):
            sequence = ahead.Wanted(number, language, len(speech.ticket_parts(language, number)) - 1, folder)
            return number, sequence.spoken(sequence.path)
        following = ticketnumbers.next_sequence(_NODE, int(number[-ticketnumbers.SEQUENCE_DIGITS :]))
        number = f"{number[: -ticketnumbers.SEQUENCE_DIGITS]}{following:05d}"


def _ticket_number(generator: random.Random) -> str:
    day = _FIRST_DAY + timedelta(days=generator.randrange(365))
    if generator.random() < 0.5:
        sequence = 0
        for _ in range(generator.randint(1, _A_DAYS_WORK)):
            sequence = ticketnumbers.next_sequence(_NODE, sequence)
    else:
        sequence = ticketnumbers.next_sequence(_NODE, generator.randrange(98_000))
    return ticketnumbers.make(day, _NODE, sequence)


def _ticket(language: str, generator: random.Random) -> _Sample:
    number = _ticket_number(generator)
    parts = ["ticket_number_is", *speech.ticket_number(language, number)]
    return _Sample(number, parts, lambda text: scores.digits_heard(language, text) == number)


def _telephone(language: str, generator: random.Random) -> _Sample:
    number = f"13{generator.randrange(10**9):09d}"
    parts = ["number_read_back", *speech.digits(language, number)]
    return _Sample(number, parts, lambda text: scores.digits_heard(language, text) == number)


def _answer_by(language: str, generator: random.Random) -> _Sample:
    day = _FIRST_DAY + timedelta(days=generator.randrange(365))
    return _Sample(
        f"{day:%m-%d}", speech.answer_by(language, day), lambda text: moments.heard_date(language, text, day)
    )


def _time(language: str, generator: random.Random) -> _Sample:
    at = time(generator.randrange(24), generator.randrange(60))
    return _Sample(f"{at:%H:%M}", speech.time_of_day(language, at), lambda text: moments.heard_time(language, text, at))


AHEAD = "ahead"
KINDS: dict[str, Callable[[str, random.Random], _Sample]] = {
    "ticket": _ticket,
    "telephone": _telephone,
    "answer_by": _answer_by,
    "time": _time,
}
