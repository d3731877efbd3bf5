"""What the two sides' words tell by their times alone: interruptions, silences, how fast an agent speaks (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crm.domain.conversation import INTERRUPTED, SILENCE, Span
from crm.domain.quality_cues import Cue
from crm.domain.quality_findings import AGENT, CALLER, ENOUGH, Candidate, Finding, Part, Why
from crm.domain.quality_phrases import cues
from crm.domain.spoken import Speech, Unit, find_all, runs

_SIGN = {"zh": 4, "en": 2}
"""Units up to which speaking at the same time is a sign of listening."""
_ANNOUNCED = 15.0
"""Seconds before a silence in which it can be announced."""
_WINDOW = 20.0
"""Seconds of an agent's own speech over which his pace is taken."""
_FEW = 30
"""Units below which there is no pace."""


@dataclass(frozen=True)
class Silence:
    """Nobody says a word. ``announced``: the agent had asked to wait."""

    span: Span
    announced: bool

    @property
    def seconds(self) -> float:
        """How long."""
        return self.span.end - self.span.start


def by_sound(part: Part, pace: tuple[int, int]) -> tuple[Candidate, ...]:
    """Interruptions, unannounced silences, pace; ``pace``: between which it is right, units a minute."""
    agent, caller = part.of(AGENT), part.of(CALLER)
    if len(agent.units) < ENOUGH:
        return ()
    return (*_no_interruption(agent, caller), *_no_silence(part), *_right_pace(agent, pace))


def interruptions(agent: Speech, caller: Speech) -> tuple[Span, ...]:
    """Where the agent began while the caller was in the middle of his words, and both went on."""
    callers = runs(caller.units)
    found = []
    for run, units in _runs_of(agent):
        cut = next((one for one in callers if one.start < run.start < one.end), None)
        if cut is None or len(units) <= _SIGN.get(agent.language, 2):
            continue
        end = min(run.end, cut.end)
        if end - run.start >= INTERRUPTED:
            found.append(Span(run.start, end))
    return tuple(found)


def _runs_of(speech: Speech) -> Iterator[tuple[Span, list[Unit]]]:
    for run in runs(speech.units):
        yield run, [unit for unit in speech.units if run.start <= unit.start < run.end]


def silences(part: Part, least: float = SILENCE) -> tuple[Silence, ...]:
    """Stretches of at least so many seconds in which nobody says a word, between words."""
    agent, caller = part.of(AGENT), part.of(CALLER)
    hold = find_all(cues(part.language, Cue.HOLD), agent)
    said = sorted((*agent.units, *caller.units), key=lambda unit: unit.start)
    found, until = [], None
    for unit in said:
        if until is not None and unit.start - until >= least:
            announced = any(until - _ANNOUNCED <= span.end <= until + 1 for span in hold)
            found.append(Silence(Span(until, unit.start), announced))
        until = unit.end if until is None else max(until, unit.end)
    return tuple(found)


def pace_of(speech: Speech) -> int | None:
    """Units a minute of the agent's own speech, pauses left out; None when he said too little."""
    if len(speech.units) < _FEW or speech.seconds <= 0:
        return None
    return round(len(speech.units) / speech.seconds * 60)


def _no_interruption(agent: Speech, caller: Speech) -> Iterable[Candidate]:
    cut = interruptions(agent, caller)
    if cut:
        yield Candidate("B1", Finding.MISSED, Why.OVERLAP, cut[:5], {"times": len(cut)})
    elif caller.units:
        yield Candidate("B1", Finding.MET, Why.NO_OVERLAP)


def _no_silence(part: Part) -> Iterable[Candidate]:
    found = silences(part)
    bad = [one for one in found if not one.announced]
    if bad:
        longest = max(bad, key=lambda one: one.seconds)
        yield Candidate(
            "B5", Finding.MISSED, Why.SILENCE, tuple(one.span for one in bad[:5]),
            {"times": len(bad), "longest": round(longest.seconds)},
        )  # fmt: skip
    else:
        yield Candidate("B5", Finding.MET, Why.NO_SILENCE, tuple(one.span for one in found[:3]), {"held": len(found)})


def _right_pace(agent: Speech, pace: tuple[int, int]) -> Iterable[Candidate]:
    found = pace_of(agent)
    if found is None:
        return
    slow, fast = pace
    evidence = {"pace": found, "from": slow, "to": fast}
    if slow <= found <= fast:
        yield Candidate("B3", Finding.MET, Why.PACE, (), evidence)
        return
    windows = sorted(_windows(agent), key=lambda one: one[1], reverse=found > fast)
    why = Why.FAST if found > fast else Why.SLOW
    yield Candidate("B3", Finding.MISSED, why, tuple(span for span, _pace in windows[:2]), evidence)


def _windows(agent: Speech) -> Iterator[tuple[Span, float]]:
    """Stretches of the agent's speech with the pace in each."""
    units: list[Unit] = []
    spoken = 0.0
    for unit in agent.units:
        units.append(unit)
        spoken += unit.end - unit.start
        if spoken >= _WINDOW:
            yield _window(units, spoken)
            units, spoken = [], 0.0
    if len(units) >= ENOUGH and spoken > 0:
        yield _window(units, spoken)


def _window(units: Sequence[Unit], spoken: float) -> tuple[Span, float]:
    return Span(units[0].start, units[-1].end), len(units) / spoken * 60
