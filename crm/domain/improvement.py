"""What is changed so that a complaint does not come again: rectification plans, reviews, cases (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What is changed."""

    PROCESS = "process"
    SYSTEM = "system"
    PRODUCT = "product"
    """the product itself: what complaints teach those who design it"""
    RULE = "rule"
    TRAINING = "training"
    MARKETING = "marketing"
    EDUCATION = "education"
    """what customers are told beforehand"""


class State(StrEnum):
    """How far a plan is."""

    PLANNED = "planned"
    WORKING = "working"
    DONE = "done"
    """carried out; whether it helped is not known yet"""
    EFFECTIVE = "effective"
    INEFFECTIVE = "ineffective"
    """it did not help: there is a new plan, or a reason why none"""
    CANCELLED = "cancelled"


OPEN = frozenset({State.PLANNED, State.WORKING})
ENDED = frozenset({State.EFFECTIVE, State.INEFFECTIVE, State.CANCELLED})

MOVES: Mapping[str, tuple[frozenset[State], State]] = {
    "begin": (frozenset({State.PLANNED}), State.WORKING),
    "finish": (OPEN, State.DONE),
    "effective": (frozenset({State.DONE}), State.EFFECTIVE),
    "ineffective": (frozenset({State.DONE}), State.INEFFECTIVE),
    "cancel": (OPEN, State.CANCELLED),
}


def refusal(move: str, state: State, *, by_owner: bool, text: str, check_due: date | None, today: date) -> str | None:
    """Why a plan cannot make this move; None when it can."""
    wanted = MOVES.get(move)
    if wanted is None:
        return f"there is no move {move!r}"
    if state not in wanted[0]:
        return "the plan is not at this point"
    if move != "begin" and not text.strip():
        return "say what was done or found"
    if move in {"effective", "ineffective"}:
        if by_owner:
            return "who carried it out does not check its effect"
        if check_due is not None and today < check_due:
            return "it is too early to check the effect"
    return None


def effect_windows(done_on: date, weeks: int) -> tuple[tuple[date, date], tuple[date, date]]:
    """The weeks before a change and as many after it that are compared; the day of the change is in neither."""
    span = timedelta(weeks=weeks)
    return (done_on - span, done_on - timedelta(days=1)), (done_on + timedelta(days=1), done_on + span)


def check_due(done_on: date, weeks: int) -> date:
    """The first day on which the effect can be looked at."""
    return effect_windows(done_on, weeks)[1][1] + timedelta(days=1)


def next_review(last: date | None, first_complaint: date, months: int) -> date:
    """When departments should sit together again."""
    start = last or first_complaint
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    day = min(start.day, 28)
    return date(year, month, day)


class CaseState(StrEnum):
    """How far a case of the library is."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    RETIRED = "retired"


@dataclass(frozen=True)
class CaseText:
    """A case as somebody wrote it."""

    title: str
    situation: str
    handling: str
    lessons: str
    category: str | None = None
    reason: str | None = None
    level: int | None = None

    @property
    def whole(self) -> str:
        """All of it."""
        return f"{self.title}\n{self.situation}\n{self.handling}\n{self.lessons}"


_PRIVATE: Mapping[str, re.Pattern[str]] = {
    "a telephone number": re.compile(
        r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"
    ),
    "an identity number": re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),
    "a card or account number": re.compile(r"(?<!\d)\d(?:[ -]?\d){11,18}(?!\d)"),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
}


def private_in(text: str, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What in a text would say who the customer is; ``names``: of the people in the matter."""
    found = [what for what, pattern in _PRIVATE.items() if pattern.search(text)]
    if any(len(name.strip()) >= 2 and name.strip() in text for name in names):
        found.append("a name")
    return tuple(found)


def case_problems(case: CaseText, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Everything that stands against a case being read by all; nothing when it may be."""
    parts = {"title": case.title, "situation": case.situation, "handling": case.handling, "lessons": case.lessons}
    found = [f"{name} is missing" for name, text in parts.items() if not text.strip()]
    found += [f"it holds {what}" for what in private_in(case.whole, names)]
    return tuple(found)
