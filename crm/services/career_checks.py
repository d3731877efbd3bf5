"""What the next positions ask of somebody, beside his figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.db.people import User
from crm.domain.careers import Check, Measure, Position, checks, next_positions, whole_months
from crm.domain.kpi import compute
from crm.domain.merits import add_months
from crm.services import careers, kpi_figures, merit_ledger
from crm.services.kpi_questions import By, Question

_OF_FIGURES: Mapping[Measure, tuple[str, int, int]] = {
    Measure.QUALITY_SCORE: ("quality_score", 3, 1),
    Measure.FATAL_FREE: ("fatal_free", 6, 100),
    Measure.KNOWLEDGE_TEST: ("knowledge_test", 6, 1),
    Measure.ATTENDANCE: ("attendance", 3, 100),
}
"""Measure → its key figure, over how many months, and what a share is multiplied with."""


@dataclass(frozen=True)
class NextStep:
    """A position that he can reach, and what it asks."""

    position: Position
    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        """Whether all is met that there are figures for, and there are some."""
        known = [one.met for one in self.checks if one.met is not None]
        return bool(known) and all(known) and len(known) == len(self.checks)


def next_steps(session: Session, person: User, *, zone: ZoneInfo, now: datetime) -> tuple[NextStep, ...]:
    """The positions that he can reach from his own."""
    today = now.astimezone(zone).date()
    here, since = careers.position_of(session, person, today)
    found = next_positions(here)
    figures = _figures(session, person, since, today, zone, now) if found else {}
    return tuple(NextStep(one, checks(one, figures)) for one in found)


def _figures(
    session: Session, person: User, since: date, today: date, zone: ZoneInfo, now: datetime
) -> dict[Measure, Fraction | None]:
    found: dict[Measure, Fraction | None] = {
        Measure.MONTHS: Fraction(whole_months(since, today)),
        Measure.PENALTIES: Fraction(len(merit_ledger.weighing(session, person.id, today))),
    }
    for measure, (figure, months, times) in _OF_FIGURES.items():
        asked = Question(add_months(today, -months) + timedelta(days=1), today, By.TOTAL, agent=person.username)
        counts = next(iter(kpi_figures.counted(session, asked, zone=zone, now=now).values()), {})
        value = compute(figure, counts).value
        found[measure] = None if value is None else value * times
    return found
