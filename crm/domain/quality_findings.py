"""What a machine finds in one agent's part of a call, as candidates for a scorer (pure).

Machines suggest, people decide: a candidate names the item or the red line of the card, what was found, and where it is
heard. What cannot be said (no speech of the agent, a language without phrases) is not said. Reference: domain 3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crm.domain.conversation import Span
from crm.domain.quality_cues import Cue
from crm.domain.quality_phrases import cues
from crm.domain.spoken import Speech, Uttered, find_all, speech_of

ENOUGH = 12
"""Units that an agent must have said before anything can be missed."""
OPENING = 25.0
"""Seconds of an agent's part in which he says who he is."""
ENDING = 30.0
"""Seconds of it in which he says goodbye."""
_CALMED = 45.0
"""Seconds in which an upset caller should hear something kind."""
_CUT = 5.0
"""Seconds before the end in which a caller was still speaking when the agent hung up."""
AGENT, CALLER = "agent", "caller"


class Finding(StrEnum):
    """What was found about an item, or a red line."""

    MET = "met"
    MISSED = "missed"
    FATAL = "fatal"


class Why(StrEnum):
    """What a candidate rests on; the page has a sentence for each."""

    SAID = "said"
    NOT_SAID = "not_said"
    ANNOUNCED = "announced"
    """the house's own voice said it"""
    ON_RECORD = "on_record"
    NO_GREETING = "no_greeting"
    NO_NUMBER = "no_number"
    OVERLAP = "overlap"
    NO_OVERLAP = "no_overlap"
    FAST = "fast"
    SLOW = "slow"
    PACE = "pace"
    SILENCE = "silence"
    NO_SILENCE = "no_silence"
    UPSET = "upset"
    PROMISED = "promised"
    HUNG_UP = "hung_up"
    BEFORE_IDENTITY = "before_identity"
    LOSS_LEFT = "loss_left"
    RECORD_SAYS_MORE = "record_says_more"
    """the ticket says it was done, and nobody is heard doing it"""
    FIELDS_MISSING = "fields_missing"
    FIELDS_THERE = "fields_there"
    NOT_RECORDED = "not_recorded"
    CORRECTED = "corrected"
    """somebody else had to set it right"""
    RECORDED = "recorded"


@dataclass(frozen=True)
class Candidate:
    """One suggestion. ``spans``: where it is heard, or where it was looked for; ``certainty`` in percent."""

    code: str
    finding: Finding
    why: Why
    spans: tuple[Span, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    certainty: int = 100


@dataclass(frozen=True)
class Part:
    """One agent's part of a call, in seconds of its recording; the whole, while nobody handed it on."""

    said: Sequence[Uttered]
    language: str
    start: float
    end: float
    first: bool = True
    """nobody spoke with the caller before him"""
    last: bool = True
    opens: bool = True
    """his first words are in this recording"""
    notice_played: bool = False
    """the house's announcement told the caller of the recording"""
    identified_at: float | None = None
    """when the agent wrote down that he knows who it is"""
    account_matter: bool = False
    """what it is about asks for an identity check"""
    complaint: bool = False
    loss_reported: bool = False
    """there is a loss report of this call"""
    hung_up: bool = False
    """the agent's side ended the call"""

    def of(self, side: str) -> Speech:
        """What one side said while the agent was there."""
        return speech_of(self.said, side, self.language).between(self.start, self.end)


def by_phrases(part: Part) -> tuple[Candidate, ...]:
    """All that phrases tell: items of the card, and red lines."""
    agent, caller = part.of(AGENT), part.of(CALLER)
    if len(agent.units) < ENOUGH or not cues(part.language, Cue.GREETING):
        return ()
    heard = _Heard(part, agent, caller)
    found = [*_opening(heard), *_manner(heard), *_complaint(heard), *_closing(heard), *_fatals(heard)]
    return tuple(found)


@dataclass(frozen=True)
class _Heard:
    part: Part
    agent: Speech
    caller: Speech

    def agent_says(self, cue: Cue, start: float = 0.0, end: float = float("inf")) -> tuple[Span, ...]:
        """Where the agent gives this cue."""
        return find_all(cues(self.part.language, cue), self.agent.between(start, end))

    def caller_says(self, cue: Cue) -> tuple[Span, ...]:
        """Where the caller gives it."""
        return find_all(cues(self.part.language, cue), self.caller)

    def met(self, code: str, spans: Sequence[Span], why: Why = Why.SAID) -> Candidate:
        """It was done."""
        return Candidate(code, Finding.MET, why, tuple(spans), certainty=self.sure(spans))

    def missed(self, code: str, where: Span, why: Why = Why.NOT_SAID, **evidence: Any) -> Candidate:
        """It was looked for in vain."""
        looked = self.agent.between(where.start, where.end)
        return Candidate(code, Finding.MISSED, why, (where,), evidence, _percent(looked.confidence))

    def sure(self, spans: Iterable[Span]) -> int:
        """How sure the engine was of these words."""
        units = [u for span in spans for u in self.agent.units if span.start <= u.start < span.end]
        return _percent(sum(u.confidence for u in units) / len(units)) if units else 100

    def either(self, code: str, cue: Cue, start: float, end: float) -> Candidate:
        """Said there or not."""
        spans = self.agent_says(cue, start, end)
        return self.met(code, spans[:3]) if spans else self.missed(code, Span(start, end))


def _percent(share: float) -> int:
    return max(0, min(100, round(share * 100)))


def _opening(heard: _Heard) -> Iterable[Candidate]:
    part = heard.part
    begun = heard.agent.units[0].start
    until = min(begun + OPENING, part.end)
    if part.opens:
        yield from _greeting(heard, begun, until)
    if part.first and part.opens:
        yield from _notice(heard)
    yield from _identity(heard)
    if heard.agent_says(Cue.IDENTITY) or part.identified_at is not None:
        yield heard.either("A4", Cue.NAME, part.start, part.end)
    yield heard.either("A5", Cue.NEED, part.start, part.end)


def _greeting(heard: _Heard, begun: float, until: float) -> Iterable[Candidate]:
    greeting, number = (heard.agent_says(cue, begun, until) for cue in (Cue.GREETING, Cue.NUMBER))
    if greeting and number:
        yield heard.met("A1", (greeting[0], number[0]))
    else:
        yield heard.missed("A1", Span(begun, until), Why.NO_NUMBER if greeting else Why.NO_GREETING,
                           greeting=bool(greeting), number=bool(number))  # fmt: skip


def _notice(heard: _Heard) -> Iterable[Candidate]:
    spans = heard.agent_says(Cue.NOTICE)
    if spans:
        yield heard.met("A2", spans[:1])
    elif heard.part.notice_played:
        yield Candidate("A2", Finding.MET, Why.ANNOUNCED)
    else:
        yield heard.missed("A2", Span(heard.part.start, min(heard.part.start + 60, heard.part.end)))


def _identity(heard: _Heard) -> Iterable[Candidate]:
    part = heard.part
    asked = heard.agent_says(Cue.IDENTITY)
    told = heard.agent_says(Cue.DISCLOSES)
    known = min((*(span.start for span in asked[:1]), *_maybe(part.identified_at)), default=None)
    if asked or part.identified_at is not None:
        yield heard.met("A3", asked[:2], Why.SAID if asked else Why.ON_RECORD)
    elif part.account_matter or told:
        yield heard.missed("A3", Span(part.start, part.end))
    early = tuple(span for span in told if known is None or span.start < known)
    if early:
        yield _fatal(heard, "X01", early, Why.BEFORE_IDENTITY)


def _maybe(value: float | None) -> tuple[float, ...]:
    return () if value is None else (value,)


def _manner(heard: _Heard) -> Iterable[Candidate]:
    part = heard.part
    upset = heard.caller_says(Cue.HEAT)
    kind = heard.agent_says(Cue.EMPATHY)
    if kind:
        yield heard.met("B2", kind[:3])
    elif upset:
        yield heard.missed("B2", upset[0], Why.UPSET)
    if upset:
        end = min(upset[0].end + _CALMED, part.end)
        calm = heard.agent_says(Cue.CALMING, upset[0].start, end)
        yield heard.met("E3", calm[:3]) if calm else heard.missed("E3", Span(upset[0].start, end), Why.UPSET)


def _complaint(heard: _Heard) -> Iterable[Candidate]:
    part = heard.part
    promises = heard.agent_says(Cue.PROMISE)
    hints = (*promises, *heard.agent_says(Cue.ASSURANCE))
    if hints:
        yield Candidate("E1", Finding.MISSED, Why.PROMISED, hints[:3], certainty=heard.sure(hints))
    else:
        yield Candidate("E1", Finding.MET, Why.NOT_SAID)
    if part.complaint or heard.caller_says(Cue.COMPLAINS):
        yield heard.either("E2", Cue.REMEDIES, part.start, part.end)


def _closing(heard: _Heard) -> Iterable[Candidate]:
    part = heard.part
    if not part.last:
        return
    half = part.start + (part.end - part.start) / 2
    yield heard.either("F1", Cue.OTHER_NEED, half, part.end)
    yield heard.either("F2", Cue.SURVEY, half, part.end)
    yield heard.either("F3", Cue.GOODBYE, max(part.start, part.end - ENDING), part.end)


_LINES: Mapping[str, Cue] = {
    "X02": Cue.ASKS_SECRET,
    "X03": Cue.ABUSE,
    "X04": Cue.REFUSES,
    "X06": Cue.PROMISE,
    "X10": Cue.STEERS,
    "X11": Cue.THREATENS,
    "X12": Cue.DODGES,
}
"""Red lines that are crossed by what is said."""


def _fatals(heard: _Heard) -> Iterable[Candidate]:
    for code, cue in _LINES.items():
        spans = heard.agent_says(cue)
        if spans:
            yield _fatal(heard, code, spans, Why.SAID)
    yield from _hung_up(heard)
    lost = heard.caller_says(Cue.LOSS)
    if lost and not heard.part.loss_reported and not heard.agent_says(Cue.ACTS_ON_LOSS):
        yield Candidate("X09", Finding.FATAL, Why.LOSS_LEFT, lost[:3])


def _hung_up(heard: _Heard) -> Iterable[Candidate]:
    part = heard.part
    if not (part.hung_up and part.last):
        return
    end = max((unit.end for unit in (*heard.agent.units, *heard.caller.units)), default=part.end)
    goodbye = heard.agent_says(Cue.GOODBYE, end - ENDING, end + 1)
    still = heard.caller.between(end - _CUT, end + 1)
    if still.units and not goodbye:
        yield Candidate("X03", Finding.FATAL, Why.HUNG_UP, (Span(still.units[0].start, end),))


def _fatal(heard: _Heard, code: str, spans: Sequence[Span], why: Why) -> Candidate:
    return Candidate(code, Finding.FATAL, why, tuple(spans[:5]), certainty=heard.sure(spans))
