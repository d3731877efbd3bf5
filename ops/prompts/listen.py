"""The proof by listening: a recogniser that shares nothing with the voices hears every prompt back.

It hears what a caller's telephone gets, 8 kHz A-law. Prompts are scored by words (English) or by syllables with
their tones (Mandarin, where characters that sound alike are no error); numbers by whole numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np

from asr.engine import Pcm, Recogniser
from asr.models import WHISPER_NAME, installed_models
from asr.whisper_engine import WhisperRecogniser
from ivr import speech, ticketnumbers
from ops.model_standin import install_standin
from ops.prompts import catalogue, scores, workshop
from ops.prompts.sound import RATE
from ops.settings import Settings
from ops.sip import g711

_LEAD = {"ticket": "ticket_number_is", "early": "ticket_number_is", "telephone": "number_read_back"}
_SEED = 20
_HALF_SECOND = RATE // 2


@dataclass(frozen=True)
class Heard:
    """What was said, what was heard, and how much of it was wrong."""

    id: str
    said: str
    heard: str
    length: int
    errors: int


def listener(settings: Settings) -> Recogniser:
    """Whisper-base, installed if it is not there yet: it learned from people, not from our voices."""
    install_standin(settings.models, print)
    (model,) = (model for model in installed_models(settings.models) if model.name == WHISPER_NAME)
    return WhisperRecogniser(model)


def sound_of(language: str, names: Sequence[str]) -> Pcm:
    """Prompts one after another, with half a second of silence around them."""
    parts = [g711.decode(catalogue.path_of(language, name).read_bytes(), "alaw") for name in names]
    edge = np.zeros(_HALF_SECOND, np.int16)
    return np.concatenate([edge, *parts, edge])


def prompts_heard(language: str, recogniser: Recogniser, only: Sequence[str] = ()) -> Iterator[Heard]:
    """Each prompt of the catalogue, scored."""
    listed = [text for text in catalogue.texts(language).values() if not only or text.id in only]
    heard = [recogniser.transcribe(sound_of(language, [text.id]), RATE, language).text for text in listed]
    units = _syllables if language == "zh" else _words
    said_units, heard_units = units([text.text for text in listed]), units(heard)
    for text, answer, said, got in zip(listed, heard, said_units, heard_units, strict=True):
        yield Heard(text.id, text.text, answer, len(said), scores.edits(said, got))


def _words(texts: Sequence[str]) -> list[list[str]]:
    return [scores.english_words(text) for text in texts]


def _syllables(texts: Sequence[str]) -> list[list[str]]:
    orders = [{"language": "zh", "text": text, "heard": True} for text in texts]
    return [answer["syllables"] for answer in workshop.work(orders)]


def numbers_heard(language: str, recogniser: Recogniser, kind: str, count: int) -> Iterator[Heard]:
    """``count`` random numbers of a kind; a number is right when every digit is."""
    generator = random.Random(_SEED)  # noqa: S311  (a sample that can be drawn again)
    for _ in range(count):
        number = KINDS[kind](generator)
        speak = speech.digits if kind == "telephone" else speech.ticket_number
        names = [_LEAD[kind], *speak(language, number)]
        answer = recogniser.transcribe(sound_of(language, names), RATE, language).text
        yield Heard(kind, number, answer, 1, int(scores.digits_heard(language, answer) != number))


def _ticket(last: int, generator: random.Random) -> str:
    day = date(2026, 1, 1) + timedelta(days=generator.randrange(365 * 5))
    return ticketnumbers.make(day, generator.randint(1, 99), generator.randint(1, last))


def _telephone(generator: random.Random) -> str:
    return f"13{generator.randrange(10**9):09d}"


KINDS: dict[str, Callable[[random.Random], str]] = {
    "ticket": partial(_ticket, ticketnumbers.MAX_SEQUENCE),
    "early": partial(_ticket, 99),
    "telephone": _telephone,
}
"""Ticket numbers of any sequence; of the first 99 of a day, which hold runs of zeros; telephone numbers."""
