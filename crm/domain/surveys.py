"""Surveys of customers: what a mark is, when it is low, and what many of them come to (pure). Reference: domain 3.6."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from crm.domain.errors import InvalidInputError
from crm.domain.kpi import Figure, csat, net_promoters, survey_response

BEST, GOOD, LOW = 5, 4, 2
"""Marks: 4 and 5 are good; 1 and 2 are low, and somebody calls back."""
MOST_LIKELY, PROMOTER, DETRACTOR = 10, 9, 6
MAX_OPINION = 2_000


class Way(StrEnum):
    """How somebody was asked."""

    MENU = "menu"
    """in the call, after the agent had left"""
    LINK = "link"
    """by a link that works once"""


class State(StrEnum):
    """How a survey stands; there is no way back from either end."""

    OFFERED = "offered"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Answer:
    """What somebody said. ``recommends``: 0 to 10, where he was asked and answered."""

    score: int | None
    recommends: int | None = None


@dataclass(frozen=True)
class Tally:
    """Many surveys, counted."""

    offered: int = 0
    answered: int = 0
    good: int = 0
    low: int = 0
    marked: int = 0
    promoters: int = 0
    detractors: int = 0

    @property
    def csat(self) -> Figure:
        """Marks of 4 and 5, of the answered."""
        return csat(self.good, self.answered)

    @property
    def nps(self) -> Figure:
        """Promoters less detractors, of those who marked."""
        return net_promoters(self.promoters, self.detractors, self.marked)

    @property
    def response(self) -> Figure:
        """Answered, of those offered."""
        return survey_response(self.answered, self.offered)


def tally(answers: Iterable[Answer]) -> Tally:
    """Count surveys: each one was offered; one without a mark was not answered."""
    rows = list(answers)
    scores = [one.score for one in rows if one.score is not None]
    marks = [one.recommends for one in rows if one.recommends is not None]
    return Tally(
        offered=len(rows),
        answered=len(scores),
        good=sum(score >= GOOD for score in scores),
        low=sum(is_low(score) for score in scores),
        marked=len(marks),
        promoters=sum(mark >= PROMOTER for mark in marks),
        detractors=sum(mark <= DETRACTOR for mark in marks),
    )


def is_low(score: int | None) -> bool:
    """Whether somebody should call this customer."""
    return score is not None and score <= LOW


def checked(score: object, recommends: object = None) -> Answer:
    """An answer as it can be kept. Raises InvalidInputError."""
    if not isinstance(score, int) or isinstance(score, bool) or not 1 <= score <= BEST:
        raise InvalidInputError("score", "must be 1 to 5")
    if recommends is None:
        return Answer(score)
    if not isinstance(recommends, int) or isinstance(recommends, bool) or not 0 <= recommends <= MOST_LIKELY:
        raise InvalidInputError("recommends", "must be 0 to 10")
    return Answer(score, recommends)
