"""How a conversation went: interruptions, silences, pace and words, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.conversation import SILENCE, Span, measure


@dataclass(frozen=True)
class Said:
    side: str
    start: float
    end: float
    text: str = "这件事情我来说明一下"


def caller(start: float, end: float, text: str = "我的卡被多扣了一笔钱") -> Said:
    return Said("caller", start, end, text)


def agent(start: float, end: float, text: str = "这件事情我来说明一下") -> Said:
    return Said("agent", start, end, text)


@pytest.mark.parametrize(
    ("said", "spans"),
    [
        ([caller(0, 5), agent(5.1, 8)], []),
        ([caller(0, 5), agent(3, 8)], [(3, 5)]),
        ([caller(0, 5), agent(4.5, 8)], []),  # the end of a sentence is no interruption
        ([caller(0, 5), agent(3, 4, "好的")], []),  # a word that says: I listen
        ([agent(0, 5), caller(3, 8)], []),  # the caller may
        ([caller(0, 5), agent(2, 3), caller(6, 9), agent(7, 10)], [(2, 3), (7, 9)]),
    ],
)
def test_an_agent_who_interrupts_is_found_with_the_place(said: list[Said], spans: list[tuple[float, float]]) -> None:
    assert [(one.start, one.end) for one in measure(said, "zh").interruptions] == spans


def test_silences_are_of_both_and_end_with_the_next_word() -> None:
    said = [agent(0, 2), caller(2, 3), agent(1, 4), caller(4 + SILENCE, 16), agent(16 + SILENCE - 0.1, 30)]
    assert measure(said, "zh").silences == (Span(4, 4 + SILENCE),)


def test_words_of_empathy_are_the_agents_and_heated_words_the_callers() -> None:
    said = [
        caller(0, 2, "你们太过分了，我要找律师"),
        agent(2, 4, "非常抱歉，我理解您的心情"),
        agent(4, 5, "请说"),
        caller(5, 6, "对不起，我说急了"),
    ]
    found = measure(said, "zh")
    assert found.empathy == (Span(2, 4, "抱歉"),)
    assert found.heat == (Span(0, 2, "太过分"),)


def test_pace_and_shares_are_of_speech_alone() -> None:
    found = measure([agent(0, 6, "one two three four five six"), caller(6, 8, "yes")], "en")
    assert found.pace == pytest.approx(60)
    assert found.agent_share == pytest.approx(0.75)


def test_nothing_said_is_nothing_found() -> None:
    found = measure([], "zh")
    assert (found.pace, found.agent_share, found.interruptions, found.silences) == (None, None, (), ())


times = st.floats(0, 600, allow_nan=False)
segments = st.builds(
    lambda side, start, length: Said(side, start, start + length),
    st.sampled_from(["caller", "agent"]),
    times,
    st.floats(0, 30, allow_nan=False),
)


@given(st.lists(segments, max_size=12))
def test_every_finding_lies_within_the_conversation(said: list[Said]) -> None:
    found = measure(said, "zh")
    end = max((one.end for one in said), default=0)
    for span in (*found.interruptions, *found.silences, *found.empathy, *found.heat):
        assert 0 <= span.start <= span.end <= end
