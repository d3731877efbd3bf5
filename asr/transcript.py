"""What a recogniser returns, in one shape whichever engine made it (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


class Side(StrEnum):
    """Who is heard on a channel of a recording."""

    CALLER = "caller"
    AGENT = "agent"


@dataclass(frozen=True)
class Word:
    """One word (Chinese: a character or short word). Times in seconds from the start of the recording."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Segment:
    """An utterance of one side. ``confidence`` is the mean of its words', on the engine's own scale."""

    side: Side
    start: float
    end: float
    text: str
    confidence: float
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Transcript:
    """All that was heard in one recording, and by what.

    ``model_version`` is the SHA-256 over the model's files; ``settings`` what the engine was told;
    ``raw`` the engine's own answers, one a side, kept as they came.
    """

    language: str
    engine: str
    model: str
    model_version: str
    segments: tuple[Segment, ...]
    settings: dict[str, str] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The words of all sides in the order of time, one utterance a line."""
        return "\n".join(segment.text for segment in self.segments)


def as_side(transcript: Transcript, side: Side) -> Transcript:
    """The same transcript with every segment given to ``side``."""
    return replace(transcript, segments=tuple(replace(s, side=side) for s in transcript.segments))


def merge_sides(transcripts: tuple[Transcript, ...]) -> Transcript:
    """One dialogue from the transcripts of single channels; the first one's engine and model stand for all.

    Raises ValueError when there is none, or when they come from different models.
    """
    if not transcripts:
        raise ValueError("a dialogue needs at least one side")
    first = transcripts[0]
    if any(
        (t.engine, t.model, t.model_version) != (first.engine, first.model, first.model_version) for t in transcripts
    ):
        raise ValueError("the sides of one dialogue must come from one model")
    segments = sorted((s for t in transcripts for s in t.segments), key=lambda s: (s.start, s.side))
    raw = {key: value for t in transcripts for key, value in t.raw.items()}
    return replace(first, segments=tuple(segments), raw=raw)
