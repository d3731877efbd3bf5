"""The life of a piece of knowledge: written, checked by another, published, looked at again, over (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from crm.domain.access import Action, Actor
from crm.domain.searchwords import asked_words

LONGEST_WITHOUT_REVIEW = timedelta(days=731)
"""Nobody promises that a text holds for longer than two years."""
SOON = timedelta(days=14)


class ArticleKind(StrEnum):
    """What a piece of knowledge is."""

    ARTICLE = "article"
    NORM = "norm"
    """a written norm of the work: how calls are answered, handled, recorded"""


class ArticleState(StrEnum):
    """Whether an article can be found."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class VersionState(StrEnum):
    """How far a text is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({VersionState.DRAFT, VersionState.SUBMITTED, VersionState.RETURNED, VersionState.APPROVED})
"""Texts that are not decided yet; an article has at most one."""


class Standing(StrEnum):
    """How far a published text can be relied on today."""

    HOLDS = "holds"
    SOON = "soon"
    """it is to be looked at again within two weeks"""
    DUE = "due"
    """nobody has looked at it since the day that was set"""
    EXPIRED = "expired"


def standing(today: date, review_on: date | None, expires_on: date | None) -> Standing:
    """What is expired is not found any more; what is due is found, and says so."""
    if expires_on is not None and today > expires_on:
        return Standing.EXPIRED
    if review_on is not None and today >= review_on:
        return Standing.DUE
    near = [day for day in (review_on, expires_on) if day is not None and day - today <= SOON]
    return Standing.SOON if near else Standing.HOLDS


@dataclass(frozen=True)
class Step:
    """A move of a text: from where, where to, and what it takes."""

    sources: frozenset[VersionState]
    to: VersionState
    why_not: str


_S = VersionState
STEPS: Mapping[str, Step] = {
    "submit": Step(frozenset({_S.DRAFT, _S.RETURNED}), _S.SUBMITTED, "its author hands a draft in"),
    "approve": Step(
        frozenset({_S.SUBMITTED}), _S.APPROVED, "what was handed in is checked by compliance, and not by its author"
    ),
    "return": Step(
        frozenset({_S.SUBMITTED}), _S.RETURNED, "what was handed in is checked by compliance, and not by its author"
    ),
    "publish": Step(frozenset({_S.APPROVED}), _S.PUBLISHED, "a trainer publishes what was checked"),
    "withdraw": Step(OPEN, _S.WITHDRAWN, "its author or a trainer withdraws what is not published"),
}


def why_not(actor: Actor, step: str, state: VersionState, author: str) -> str | None:
    """Why somebody may not make this move of a text now; None: he may."""
    rule, own = STEPS[step], actor.name == author
    allowed = {
        "submit": own and actor.may(Action.KNOWLEDGE_SUGGEST),
        "approve": not own and actor.may(Action.KNOWLEDGE_REVIEW),
        "return": not own and actor.may(Action.KNOWLEDGE_REVIEW),
        "publish": actor.may(Action.KNOWLEDGE_PUBLISH),
        "withdraw": (own and actor.may(Action.KNOWLEDGE_SUGGEST)) or actor.may(Action.KNOWLEDGE_PUBLISH),
    }[step]
    return None if allowed and state in rule.sources else rule.why_not


def date_problem(today: date, review_on: date, expires_on: date | None) -> str | None:
    """What is wrong with the days of a text."""
    if not today < review_on <= today + LONGEST_WITHOUT_REVIEW:
        return "the day of the next review must lie ahead, within two years"
    if expires_on is not None and expires_on <= today:
        return "the last day must lie ahead"
    return None


def question_words(query: str, synonyms: Iterable[tuple[str, str]]) -> list[str]:
    """The words to look for, with those of other words for the same."""
    lower = query.lower()
    more = [means for word, means in synonyms if word.lower() in lower]
    found = dict.fromkeys(asked_words(query))
    for text in more:
        found.update(dict.fromkeys(asked_words(text)))
    return list(found)
