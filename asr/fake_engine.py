"""A recogniser that hears one fixed sentence wherever there is sound. For tests: it needs no model."""

from __future__ import annotations

from asr.engine import Pcm, RecognitionError
from asr.silence import Span, speech_spans
from asr.transcript import Segment, Side, Transcript, Word
from asr.words import joined


class FakeRecogniser:
    """Hears ``sentence`` in each stretch of sound; ``fails`` makes it fail as an engine does."""

    name = "fake"
    live = False

    def __init__(
        self,
        sentence: str = "this is a complaint",
        languages: tuple[str, ...] = ("zh", "en"),
        model: str = "fake-model",
        *,
        fails: bool = False,
    ) -> None:
        self.sentence = sentence
        self.languages = languages
        self.model = model
        self.model_version = "0" * 64
        self.fails = fails

    def transcribe(
        self,
        pcm: Pcm,
        rate: int,
        language: str,
        side: Side = Side.CALLER,
        hints: tuple[str, ...] = (),  # noqa: ARG002 - the port's shape
    ) -> Transcript:
        """Give the sentence, its words spread evenly over each stretch of sound."""
        if language not in self.languages:
            raise ValueError(f"{self.model} does not speak {language}")
        if self.fails:
            raise RecognitionError("told to fail")
        segments = tuple(self._segment(span, rate, language, side) for span in speech_spans(pcm, rate))
        return Transcript(language, self.name, self.model, self.model_version, segments, raw={str(side): self.sentence})

    def stream(self, language: str, rate: int, side: Side) -> None:  # noqa: ARG002 - the port's shape
        """Offer nothing."""
        return

    def _segment(self, span: Span, rate: int, language: str, side: Side) -> Segment:
        start, end = span.start / rate, span.end / rate
        texts = self.sentence.split()
        step = (end - start) / max(1, len(texts))
        words = tuple(
            Word(text, start + step * number, start + step * (number + 1), 0.9) for number, text in enumerate(texts)
        )
        return Segment(side, start, end, joined(texts, language), 0.9, words)
