"""Lectures, salons, courses and lessons for consumers: what they are, and what came of them (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

BEFORE_AND_AFTER = timedelta(days=90)
"""How far the effect of an activity is looked for, on both sides of it."""


class ActivityKind(StrEnum):
    """What it is."""

    LECTURE = "lecture"
    SALON = "salon"
    COURSE = "course"
    PROMOTION = "promotion"
    EDUCATION = "education"
    """a lesson for consumers: rights, risks, what the bank can and cannot do"""


class ActivityState(StrEnum):
    """How far it is."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class GuestState(StrEnum):
    """A customer and an activity."""

    INVITED = "invited"
    REGISTERED = "registered"
    DECLINED = "declined"
    ATTENDED = "attended"
    ABSENT = "absent"


class Topic(StrEnum):
    """What it is about. Lessons for consumers answer what most complaints are about."""

    MARKET = "market"
    FUNDS = "funds"
    INSURANCE = "insurance"
    PENSION = "pension"
    FRAUD = "fraud"
    CARDS = "cards"
    LOANS = "loans"
    FEES = "fees"
    DATA = "data"
    RIGHTS = "rights"
    RISK = "risk"


NEXT: Mapping[GuestState, frozenset[GuestState]] = {
    GuestState.INVITED: frozenset({GuestState.REGISTERED, GuestState.DECLINED}),
    GuestState.REGISTERED: frozenset({GuestState.DECLINED, GuestState.ATTENDED, GuestState.ABSENT}),
    GuestState.DECLINED: frozenset({GuestState.REGISTERED}),
    GuestState.ATTENDED: frozenset({GuestState.ABSENT}),
    GuestState.ABSENT: frozenset({GuestState.ATTENDED}),
}
"""What may follow what; the last two mend a mistake at the door."""
AFTER_IT_BEGAN = frozenset({GuestState.ATTENDED, GuestState.ABSENT})


@dataclass(frozen=True)
class GuestFacts:
    """What is counted of one guest. Complaints and talks: within the days before and after."""

    state: GuestState
    score: int | None = None
    interest: bool = False
    complaints_before: int = 0
    complaints_after: int = 0
    advice_after: int = 0
    plans_after: int = 0


@dataclass(frozen=True)
class Effect:
    """What came of an activity. A share without anything to share in is None, never 0."""

    invited: int
    registered: int
    attended: int
    absent: int
    declined: int
    answered: int
    score: float | None
    came: float | None
    """of those who had said that they would come"""
    interested: int
    advised: int
    """guests who had a talk about money afterwards"""
    planned: int
    complaints_before: int
    complaints_after: int

    @property
    def complaints_change(self) -> float | None:
        """Complaints of those who came, after it against before it; -0.5: half as many."""
        if not self.complaints_before:
            return None
        return (self.complaints_after - self.complaints_before) / self.complaints_before


def effect(guests: Sequence[GuestFacts]) -> Effect:
    """What came of it, counted over its guests; business and complaints only over those who came."""
    came = [guest for guest in guests if guest.state is GuestState.ATTENDED]
    scores = [guest.score for guest in came if guest.score is not None]
    states = [guest.state for guest in guests]
    expected = sum(states.count(state) for state in (GuestState.REGISTERED, GuestState.ATTENDED, GuestState.ABSENT))
    return Effect(
        invited=len(guests),
        registered=expected,
        attended=len(came),
        absent=states.count(GuestState.ABSENT),
        declined=states.count(GuestState.DECLINED),
        answered=len(scores),
        score=sum(scores) / len(scores) if scores else None,
        came=len(came) / expected if expected else None,
        interested=sum(guest.interest for guest in came),
        advised=sum(guest.advice_after > 0 for guest in came),
        planned=sum(guest.plans_after > 0 for guest in came),
        complaints_before=sum(guest.complaints_before for guest in came),
        complaints_after=sum(guest.complaints_after for guest in came),
    )
