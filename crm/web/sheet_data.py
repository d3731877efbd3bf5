"""What the scoring screen's script is told: the card's letters, the sheet, suggestions, and the call along its time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from crm.db.quality import Evaluation
from crm.db.sampling import QualityCandidate
from crm.domain.conversation import SILENCE
from crm.domain.marks import score_of
from crm.domain.scorecards import Card
from crm.services import evaluation_sheet
from crm.services.evaluation_sheet import Moment
from crm.services.evaluation_views import EvaluationDetail
from crm.services.recordings import TranscriptView
from crm.web import quality_words

ALPHABET = "abcdefghijkl"
"""Letters of sections; the others are commands."""
WIDTH = 1000
"""Of the drawing, whatever the call's length."""
_THIN = 2


def letters(card: Card) -> dict[str, Any]:
    """Which letter opens which section and red line, and the numbers of items."""
    return {
        "sections": {
            letter: [item.code for item in section.items[:9]]
            for letter, section in zip(ALPHABET, card.sections, strict=False)
        },
        "fatals": {letter: fatal.code for letter, fatal in zip("abcdefghijklmnopqrstuvwyz", card.fatals, strict=False)},
        "points": {item.code: item.points for item in card.items},
    }


def sheet(found: EvaluationDetail, length: int | None) -> dict[str, Any]:
    """All that stands on the sheet."""
    now = score_of(found.card, found.marks)
    return {
        "length": length,
        "marks": [
            {
                "kind": str(one.kind), "code": one.code, "taken": one.taken, "not_applicable": one.not_applicable,
                "from_ms": one.from_ms, "to_ms": one.to_ms, "words": one.words, "note": one.note,
                "candidate_id": one.candidate_id,
            }
            for one in found.marks
        ],
        "good": found.good,
        "advice": found.advice,
        "seconds": found.summary.seconds or 0,
        "keys": found.summary.keys or 0,
        "stands_at": now.score / 10,
    }  # fmt: skip


def words() -> dict[str, str]:
    """What the script says, in the language of the screen."""
    flaws = {f"flaw_{code}": str(text) for code, text in quality_words.FLAWS.items()}
    return {**{code: str(text) for code, text in quality_words.SHEET.items()}, **flaws}


@dataclass(frozen=True)
class Suggestion:
    """A suggestion as the screen lists it. ``takes``: points that confirming it takes; 0: it takes none."""

    id: int
    code: str
    finding: str
    why: str
    state: str
    certainty: int
    spans: Sequence[dict[str, Any]]
    takes: int
    decides: bool


def suggestions(rows: Iterable[QualityCandidate], row: Evaluation, card: Card) -> list[Suggestion]:
    """What waits for a decision, then what was decided; who scores blind sees all as open."""
    decides = evaluation_sheet.decides(row)
    used = {mark.candidate_id for mark in row.marks}
    found = []
    for one in rows:
        item = card.item(one.code)
        if item is None and card.fatal(one.code) is None:
            continue
        takes = 0
        if item is not None and one.finding == "missed":
            takes = item.points if item.points <= _THIN else ceil(item.points / 2)
        state = one.state if decides else ("confirmed" if one.id in used else "open")
        found.append(
            Suggestion(one.id, one.code, one.finding, one.why, state, one.certainty, one.spans, takes, decides)
        )
    return sorted(found, key=lambda one: one.state != "open")


@dataclass(frozen=True)
class Bar:
    """A piece of a lane, in thousandths of the call. ``title``: what it is; milliseconds to seek to."""

    x: int
    width: int
    kind: str
    from_ms: int
    to_ms: int | None
    who: str = ""
    code: str = ""


@dataclass(frozen=True)
class Lane:
    """One line of the drawing."""

    kind: str
    bars: tuple[Bar, ...]


def lanes(moments: Sequence[Moment], transcript: TranscriptView | None, length: int | None) -> list[Lane]:
    """The call along its time: queue and legs, who speaks, silence, what happened."""
    if not length:
        return []
    found = [
        Lane("legs", tuple(_bar(one, length) for one in moments if one.to_ms is not None)),
        Lane("moments", tuple(_bar(one, length) for one in moments if one.to_ms is None)),
    ]
    if transcript is not None and transcript.segments:
        for side in ("caller", "agent"):
            spoken = ((s.start, s.end) for s in transcript.segments if s.side == side)
            found.append(Lane(side, tuple(_piece(side, a, b, length) for a, b in spoken)))
        found.append(Lane("silence", tuple(_silences(transcript, length))))
    return [lane for lane in found if lane.bars]


def _bar(one: Moment, length: int) -> Bar:
    until = one.to_ms if one.to_ms is not None else one.from_ms
    return Bar(
        _x(one.from_ms, length), max(_THIN, _x(until, length) - _x(one.from_ms, length)), one.kind, one.from_ms,
        one.to_ms, one.who, one.code,
    )  # fmt: skip


def _piece(kind: str, start: float, end: float, length: int) -> Bar:
    from_ms, to_ms = round(start * 1000), round(end * 1000)
    return Bar(_x(from_ms, length), max(_THIN, _x(to_ms, length) - _x(from_ms, length)), kind, from_ms, to_ms)


def _silences(transcript: TranscriptView, length: int) -> Iterable[Bar]:
    """Stretches without a word that are longer than the card lets pass."""
    quiet_since = 0.0
    for segment in sorted(transcript.segments, key=lambda one: one.start):
        if segment.start - quiet_since > SILENCE:
            yield _piece("silence", quiet_since, segment.start, length)
        quiet_since = max(quiet_since, segment.end)


def _x(ms: int, length: int) -> int:
    return min(WIDTH, max(0, round(WIDTH * ms / length)))
