"""Written tests: which questions somebody gets, in which order, until when, and what came of it (pure).

What is drawn follows from a seed that is kept with the sheet: who doubts it draws again and gets the same. A draw is
an order by SHA-256 over seed and number, so that it needs no generator and does not change with a version of one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from crm.domain.questions import QuestionKind, QuestionText, worth

MAX_MINUTES = 240
MAX_QUESTIONS = 100


class PaperState(StrEnum):
    """Whether a test can be sat."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class AttemptState(StrEnum):
    """How far a sheet is."""

    RUNNING = "running"
    SUBMITTED = "submitted"
    """a person marks what a rule cannot"""
    MARKED = "marked"


@dataclass(frozen=True)
class Draw:
    """So many questions of a kind to be drawn. Empty and 0: any."""

    topic: str
    level: int
    kind: str
    count: int


@dataclass(frozen=True)
class Asked:
    """A question of the bank as a draw sees it."""

    id: int
    version: int
    topic: str
    level: int
    kind: str
    options: int
    points: int


@dataclass(frozen=True)
class Place:
    """A question on a sheet. ``order``: its options as they stand there, by their place in the question."""

    question: int
    version: int
    order: tuple[int, ...]
    tenths: int


class NotEnoughError(ValueError):
    """The bank has fewer questions than the test draws."""


def draw_sheet(seed: str, bank: Sequence[Asked], fixed: Sequence[int], draws: Iterable[Draw]) -> tuple[Place, ...]:
    """The sheet that follows from a seed: the fixed questions and the drawn ones, shuffled, no question twice.

    Raises NotEnoughError.
    """
    by_id = {one.id: one for one in bank}
    missing = [one for one in fixed if one not in by_id]
    if missing:
        raise NotEnoughError(f"question {missing[0]} is not in the bank any more")
    chosen = dict.fromkeys(fixed)
    for place, draw in enumerate(draws):
        fits = [one for one in bank if one.id not in chosen and _fits(one, draw)]
        if len(fits) < draw.count:
            raise NotEnoughError(f"draw {place + 1} needs {draw.count} questions and the bank has {len(fits)}")
        chosen.update(dict.fromkeys(one.id for one in ordered(f"{seed}/draw/{place}", fits)[: draw.count]))
    questions = ordered(f"{seed}/order", [by_id[one] for one in chosen])
    return tuple(_place(seed, one) for one in questions)


def _fits(one: Asked, draw: Draw) -> bool:
    return (
        (not draw.topic or one.topic == draw.topic)
        and (not draw.level or one.level == draw.level)
        and (not draw.kind or one.kind == draw.kind)
    )


def ordered(seed: str, questions: Iterable[Asked]) -> list[Asked]:
    """Questions in the order that a seed gives them; that of the bank says nothing."""
    return sorted(questions, key=lambda one: _rank(seed, one.id))


def _place(seed: str, one: Asked) -> Place:
    """Options are shuffled, but true comes before false."""
    places = list(range(one.options))
    if one.kind != QuestionKind.TRUE_FALSE:
        places.sort(key=lambda option: _rank(f"{seed}/options/{one.id}", option))
    return Place(one.id, one.version, tuple(places), one.points * 10)


def _rank(seed: str, number: int) -> tuple[bytes, int]:
    return hashlib.sha256(f"{seed}/{number}".encode()).digest(), number


def places_to_rows(places: Sequence[Place]) -> list[Any]:
    """A sheet as it is kept."""
    return [[one.question, one.version, list(one.order), one.tenths] for one in places]


def places_of(rows: Sequence[Any]) -> tuple[Place, ...]:
    """What ``places_to_rows`` gave."""
    return tuple(Place(row[0], row[1], tuple(row[2]), row[3]) for row in rows)


def end_of(started: datetime, minutes: int, closes: datetime | None) -> datetime:
    """When a sheet that is begun now is taken in: after its minutes, and not after the test closes."""
    end = started + timedelta(minutes=minutes)
    return min(end, closes) if closes is not None else end


def why_not_begin(
    state: PaperState, now: datetime, opens: datetime | None, closes: datetime | None, *, made: int, allowed: int,
    counts: bool, assigned: bool,
) -> str | None:  # fmt: skip
    """Why somebody cannot begin this test now; None: he may."""
    if state is not PaperState.OPEN:
        return "this test is not open"
    if opens is not None and now < opens:
        return "this test opens later"
    if closes is not None and now >= closes:
        return "this test is closed"
    if made >= allowed:
        return "every attempt is used"
    if counts and not assigned:
        return "this test was not given to you"
    return None


def marks_by_rule(
    places: Sequence[Place],
    questions: Mapping[tuple[int, int], QuestionText],
    chosen: Mapping[int, Sequence[int]],
    *,
    half_for_part: bool,
) -> dict[int, int | None]:
    """Tenths for each place of a sheet, from 1; None where a person marks. An unanswered short answer is worth none."""
    return {
        number: worth(questions[place.question, place.version], chosen.get(number, ()), half_for_part=half_for_part)
        for number, place in enumerate(places, 1)
    }


def passes(tenths: int, of_tenths: int, percent: int) -> bool:
    """Whether a result is enough. A sheet that is worth nothing is passed by nobody."""
    return of_tenths > 0 and tenths * 100 >= of_tenths * percent


def out_of_a_hundred(tenths: int, of_tenths: int) -> int:
    """A result out of a hundred points, in tenths, a half upwards: 17 of 30 is 567."""
    return (tenths * 2000 + of_tenths) // (2 * of_tenths) if of_tenths else 0


def seconds_left(now: datetime, ends: datetime) -> int:
    """By the server's clock."""
    return max(0, int((ends - now).total_seconds()))
