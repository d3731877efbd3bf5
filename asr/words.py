"""Words to text, utterances to segments: what both engines' answers have in common (pure but for OpenCC's table)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from asr.transcript import Segment, Side, Word

PAUSE_S = 1.0  # a longer silence between two words begins a new segment
NOT_WORDS = frozenset({"[unk]", "<unk>", "<UNK>", "[UNK]", "[noise]", "[laughter]", "<eps>"})


def simplified(text: str, language: str) -> str:
    """Mandarin in simplified characters; any other language as it is."""
    return _to_simplified()(text) if language == "zh" else text


@cache
def _to_simplified() -> Callable[[str], str]:
    import opencc  # noqa: PLC0415 - most processes never need it

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert


def joined(words: Iterable[str], language: str) -> str:
    """The words as one line: Chinese without spaces, except between Latin words or numbers."""
    if language != "zh":
        return " ".join(words)
    line = ""
    for word in words:
        latin = bool(line) and line[-1].isascii() and line[-1].isalnum() and word[:1].isascii()
        line += f" {word}" if latin and word[:1].isalnum() else word
    return line


def mean_confidence(words: tuple[Word, ...]) -> float:
    """The mean of the words' confidence; 0 without words."""
    return round(sum(word.confidence for word in words) / len(words), 4) if words else 0.0


def segments_at_pauses(words: tuple[Word, ...], side: Side, language: str) -> tuple[Segment, ...]:
    """One segment for each run of words without a pause between them."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and word.start - runs[-1][-1].end <= PAUSE_S:
            runs[-1].append(word)
        else:
            runs.append([word])
    return tuple(_segment(tuple(run), side, language) for run in runs)


def _segment(words: tuple[Word, ...], side: Side, language: str) -> Segment:
    text = joined((word.text for word in words), language)
    return Segment(side, words[0].start, words[-1].end, text, mean_confidence(words), words)
