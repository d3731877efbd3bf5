"""Personal composites of a month: of everybody who had a conversation, each beside the median of his section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.kpi import KPI_SUMS
from crm.domain.kpi_composite import Composite, Piece, Scheme, Share, composite, median_rate
from crm.domain.kpi_facts import Fact
from crm.services import kpi_stays
from crm.services.kpi_sums import AGENT

Counts = Mapping[Fact, int]


@dataclass(frozen=True)
class Person:
    """Somebody's month: what was counted, his section's median of conversations an hour, and his composite."""

    counts: Counts
    section_median: Fraction | None
    composite: Composite


def composites(session: Session, first: date, last: date, scheme: Scheme) -> dict[int, Person]:
    """User → his composite. Whoever is in no section is compared with all others who are in none."""
    counts = counts_of_people(session, first, last)
    teams = kpi_stays.teams_on(session, last)
    medians = {
        team: median_rate(counts[user] for user in counts if teams.get(user, 0) == team)
        for team in {teams.get(user, 0) for user in counts}
    }
    return {
        user: Person(found, medians[teams.get(user, 0)], composite(found, medians[teams.get(user, 0)], scheme))
        for user, found in counts.items()
        if found.get(Fact.HANDLED)
    }


def counts_of_people(session: Session, first: date, last: date) -> dict[int, dict[Fact, int]]:
    """User → facts of the days."""
    sums = [func.sum(KPI_SUMS.c[fact.value]) for fact in Fact]
    rows = session.execute(
        select(KPI_SUMS.c.user_id, *sums)
        .where(KPI_SUMS.c.axis == AGENT, KPI_SUMS.c.day >= first, KPI_SUMS.c.day <= last)
        .group_by(KPI_SUMS.c.user_id)
    )
    return {
        user: {fact: int(value) for fact, value in zip(Fact, values, strict=True) if value} for user, *values in rows
    }


def as_document(person: Person) -> dict[str, Any]:
    """As a frozen row keeps it: fractions as text, so that nothing is rounded."""
    one = person.composite
    return {
        "facts": {fact.value: value for fact, value in person.counts.items()},
        "score": None if one.score is None else str(one.score),
        "counted": one.counted,
        "capped": one.capped,
        "median": None if person.section_median is None else str(person.section_median),
        "pieces": [
            [piece.share.value, piece.weight, None if piece.reached is None else str(piece.reached)]
            for piece in one.pieces
        ],
    }


def from_document(document: Mapping[str, Any]) -> Person:
    """The same back."""

    def fraction(text: str | None) -> Fraction | None:
        return None if text is None else Fraction(text)

    pieces = tuple(Piece(Share(share), weight, fraction(reached)) for share, weight, reached in document["pieces"])
    one = Composite(pieces, document["counted"], fraction(document["score"]), document["capped"])
    counts = {Fact(fact): value for fact, value in document["facts"].items()}
    return Person(counts, fraction(document["median"]), one)
