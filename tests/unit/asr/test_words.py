"""Words to text and segments."""

from __future__ import annotations

import pytest

from asr.transcript import Side, Word
from asr.words import joined, mean_confidence, segments_at_pauses, simplified


@pytest.mark.parametrize(
    ("words", "language", "text"),
    [
        (["你好", "世界"], "zh", "你好世界"),
        (["我", "用", "visa", "card", "2011", "年"], "zh", "我用visa card 2011年"),
        (["hello", "there"], "en", "hello there"),
        (["나", "에게"], "ko", "나 에게"),
        ([], "zh", ""),
    ],
)
def test_joined(words: list[str], language: str, text: str) -> None:
    assert joined(words, language) == text


def test_only_mandarin_is_simplified() -> None:
    assert simplified("理財計劃", "zh") == "理财计划"
    assert simplified("理財計劃", "ja") == "理財計劃"


def word(start: float, end: float, confidence: float = 0.5) -> Word:
    return Word(f"w{start:g}", start, end, confidence)


def test_a_pause_begins_a_new_segment() -> None:
    words = (word(0, 0.5), word(0.6, 1.0), word(2.5, 3.0, 1.0))
    first, second = segments_at_pauses(words, Side.AGENT, "en")
    assert (first.start, first.end, first.text, first.side) == (0, 1.0, "w0 w0.6", Side.AGENT)
    assert (second.words, second.confidence) == ((words[2],), 1.0)
    assert segments_at_pauses((), Side.AGENT, "en") == ()


def test_mean_confidence() -> None:
    assert mean_confidence((word(0, 1, 0.5), word(1, 2, 1.0))) == 0.75
    assert mean_confidence(()) == 0.0
