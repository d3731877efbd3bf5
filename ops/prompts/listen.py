"""The proof by listening: a recogniser that shares nothing with the voices hears every prompt back.

It hears what a caller's telephone gets, 8 kHz A-law. Prompts are scored by words (English) or by syllables with
their tones (Mandarin, where characters that sound alike are no error).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asr.choice import recognisers
from asr.engine import Pcm, Recogniser
from asr.models import WHISPER_NAME, installed_models
from asr.whisper_engine import WhisperRecogniser, WhisperSettings
from ops.model_standin import install_standin
from ops.prompts import catalogue, scores, workshop
from ops.prompts.sound import RATE
from ops.settings import Settings
from ops.sip import g711

_HALF_SECOND = RATE // 2


@dataclass(frozen=True)
class Heard:
    """What was said, what was heard, and how much of it was wrong."""

    id: str
    said: str
    heard: str
    length: int
    errors: int


def listener(settings: Settings, beam: int = 5) -> Recogniser:
    """Whisper-base, installed if it is not there yet: it learned from people, not from our voices."""
    install_standin(settings.models, print)
    (model,) = (model for model in installed_models(settings.models) if model.name == WHISPER_NAME)
    return WhisperRecogniser(model, WhisperSettings(beam_size=beam))


class Listener:
    """Hears takes of ticket numbers with the recogniser that transcribes the recordings of their language."""

    def __init__(self, settings: Settings) -> None:
        self._recognisers = recognisers(settings.models, settings.asr_ranks)

    def understood(self, language: str, digits: str, spoken: Sequence[str | Path]) -> int:
        """How often the digits were heard: told twice by themselves, and twice in the whole announcement; 0 to 4.

        ``spoken``: the pieces and takes that tell them, with others beside them. Raises RecogniserUnavailableError,
        RecognitionError.
        """
        match = self._recognisers.batch(language)
        told = ["ticket_number_is", *spoken, "ticket_number_again", *spoken]
        right = 0
        for parts in (told, ["complaint_kept", *told, "answer_within_days_7", "goodbye"]):
            heard = match.recogniser.transcribe(sound_of(language, parts), RATE, match.language).text
            right += scores.times_heard(language, heard, digits)
        return right


def sound_of(language: str, parts: Sequence[str | Path]) -> Pcm:
    """Prompts, or files, one after another, with half a second of silence around them."""
    paths = (part if isinstance(part, Path) else catalogue.path_of(language, part) for part in parts)
    edge = np.zeros(_HALF_SECOND, np.int16)
    return np.concatenate([edge, *(g711.decode(path.read_bytes(), "alaw") for path in paths), edge])


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
