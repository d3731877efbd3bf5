"""How a conversation went, from its transcript alone (pure): who spoke how long, interruptions, silences, pace, words.

Machines suggest, people decide: each finding names its place in the recording, so that a person can listen to it.
Sources: call handling of the phone service team (listening, empathy: reference domain 1.4, CA-11, CA-12) and the
quality card (hold and silence of at most 10 s unannounced, 3.5 B).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

INTERRUPTED = 0.7
"""Seconds that both speak at once before it counts: agreeing with a short word is no interruption."""
SILENCE = 10.0
"""Seconds in which nobody says a word before it counts."""
_SHORT = 4
"""Characters (Chinese) or words (English) up to which an utterance is a sign of listening."""
_AGENT, _CALLER = "agent", "caller"

EMPATHY: dict[str, tuple[str, ...]] = {
    "zh": (
        "抱歉",
        "对不起",
        "不好意思",
        "理解您",
        "理解你",
        "您别着急",
        "别着急",
        "请放心",
        "给您带来",
        "感谢您的耐心",
    ),
    "en": ("sorry", "apologise", "apologize", "i understand", "i can see why", "please don't worry", "thank you for"),
}
"""What an agent says who takes the caller seriously."""
HEAT: dict[str, tuple[str, ...]] = {
    "zh": (
        "气愤",
        "生气",
        "太过分",
        "骗人",
        "欺骗",
        "投诉你",
        "曝光",
        "媒体",
        "银保监",
        "监管",
        "起诉",
        "律师",
        "法院",
        "赔偿",
    ),
    "en": ("angry", "furious", "unacceptable", "cheated", "lawyer", "sue", "newspaper", "regulator", "compensation"),
}
"""What a caller says whose patience is at its end, or who goes elsewhere with it."""


class Utterance(Protocol):
    """What is asked of a transcript's segment: times in seconds from the start of the recording."""

    @property
    def side(self) -> str:
        """Who speaks: caller or agent."""

    @property
    def start(self) -> float:
        """Where it begins."""

    @property
    def end(self) -> float:
        """Where it ends."""

    @property
    def text(self) -> str:
        """What was said."""


@dataclass(frozen=True)
class Span:
    """A place in the recording, in seconds, and what is there."""

    start: float
    end: float
    what: str = ""


@dataclass(frozen=True)
class Conversation:
    """Findings about one recording. ``pace``: of the agent, characters (Chinese) or words (English) a minute."""

    caller_seconds: float
    agent_seconds: float
    interruptions: tuple[Span, ...]
    silences: tuple[Span, ...]
    empathy: tuple[Span, ...]
    heat: tuple[Span, ...]
    pace: float | None

    @property
    def agent_share(self) -> float | None:
        """The agent's part of all speech, 0 to 1; None when nobody spoke."""
        whole = self.caller_seconds + self.agent_seconds
        return self.agent_seconds / whole if whole else None


def measure(segments: Iterable[Utterance], language: str) -> Conversation:
    """What the segments of a recording show; a language without phrases of its own finds none."""
    said = sorted(segments, key=lambda one: (one.start, one.end))
    agent = [one for one in said if one.side == _AGENT]
    caller = [one for one in said if one.side == _CALLER]
    agent_seconds = _seconds(agent)
    return Conversation(
        caller_seconds=_seconds(caller),
        agent_seconds=agent_seconds,
        interruptions=_interruptions(agent, caller, language),
        silences=_silences(said),
        empathy=_phrases(agent, EMPATHY.get(language, ())),
        heat=_phrases(caller, HEAT.get(language, ())),
        pace=sum(_units(one.text, language) for one in agent) / agent_seconds * 60 if agent_seconds else None,
    )


def _seconds(said: Sequence[Utterance]) -> float:
    return sum(max(0.0, one.end - one.start) for one in said)


def _units(text: str, language: str) -> int:
    return sum(c.isalnum() for c in text) if language == "zh" else len(text.split())


def _interruptions(agent: Sequence[Utterance], caller: Sequence[Utterance], language: str) -> tuple[Span, ...]:
    """Where the agent began while the caller was speaking, and went on."""
    found = []
    for one in agent:
        if _units(one.text, language) <= _SHORT:
            continue
        cut = next((other for other in caller if other.start < one.start < other.end), None)
        if cut and min(one.end, cut.end) - one.start >= INTERRUPTED:
            found.append(Span(one.start, min(one.end, cut.end), one.text))
    return tuple(found)


def _silences(said: Sequence[Utterance]) -> tuple[Span, ...]:
    found, until = [], None
    for one in said:
        if until is not None and one.start - until >= SILENCE:
            found.append(Span(until, one.start))
        until = one.end if until is None else max(until, one.end)
    return tuple(found)


def _phrases(said: Sequence[Utterance], phrases: Sequence[str]) -> tuple[Span, ...]:
    """Each utterance that has one of the phrases, once."""
    found = []
    for one in said:
        text = one.text.lower()
        phrase = next((phrase for phrase in phrases if phrase in text), None)
        if phrase:
            found.append(Span(one.start, one.end, phrase))
    return tuple(found)
