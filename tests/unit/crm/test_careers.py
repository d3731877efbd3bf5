"""Careers: where one position leads, and what it asks for."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from crm.domain.careers import (
    WAYS,
    GoalKind,
    Measure,
    NewGoal,
    Position,
    checked_goal,
    checks,
    next_positions,
    whole_months,
)
from crm.domain.errors import InvalidInputError

TODAY = date(2026, 11, 22)


def test_a_senior_agent_may_lead_teach_or_listen_and_only_then_manage() -> None:
    assert set(next_positions(Position.SENIOR_AGENT)) == {Position.TEAM_LEADER, Position.TRAINER, Position.QUALITY}
    assert next_positions(Position.TRAINER) == (Position.SECTION_MANAGER,)
    assert next_positions(Position.SECTION_MANAGER) == ()


def test_every_position_but_the_first_is_reached_from_the_first() -> None:
    reached, before = {Position.TRAINEE}, set()
    while reached != before:
        before = set(reached)
        reached |= {one for here in before for one in next_positions(here)}
    assert reached == set(Position)
    assert set(WAYS) == set(Position) - {Position.TRAINEE}


def test_a_requirement_is_met_missed_or_has_no_figure() -> None:
    figures = {
        Measure.MONTHS: Fraction(12),
        Measure.QUALITY_SCORE: Fraction(899, 10),
        Measure.PENALTIES: Fraction(1),
        Measure.FATAL_FREE: Fraction(100),
        Measure.ATTENDANCE: None,
    }
    found = {one.requirement.measure: one.met for one in checks(Position.SENIOR_AGENT, figures)}
    assert found == {
        Measure.MONTHS: True,
        Measure.QUALITY_SCORE: False,
        Measure.FATAL_FREE: True,
        Measure.KNOWLEDGE_TEST: None,
        Measure.ATTENDANCE: None,
        Measure.PENALTIES: False,
    }


@pytest.mark.parametrize(
    ("since", "today", "months"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 0),
        (date(2026, 1, 31), date(2026, 3, 31), 2),
        (date(2025, 11, 22), TODAY, 12),
        (date(2025, 11, 23), TODAY, 11),
        (date(2026, 12, 1), TODAY, 0),
    ],
)
def test_months_count_when_they_are_full(since: date, today: date, months: int) -> None:
    assert whole_months(since, today) == months


@pytest.mark.parametrize(("text", "due", "field"), [(" ", TODAY, "text"), ("x", date(2026, 11, 21), "due_on")])
def test_a_goal_says_what_and_until_when(text: str, due: date, field: str) -> None:
    assert checked_goal(NewGoal(GoalKind.EXAM, " pass ", TODAY), TODAY).text == "pass"
    with pytest.raises(InvalidInputError) as error:
        checked_goal(NewGoal(GoalKind.EXAM, text, due), TODAY)
    assert error.value.field == field
