"""Every code of rewards, careers and scheduled reports has words."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from crm.domain import careers, merit_effect, merits
from crm.domain.boards import Board
from crm.domain.messages import MessageState
from crm.domain.report_times import Span
from crm.web import merit_words
from crm.web.words import Words


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (merit_words.KINDS, merits.MeritKind),
        (merit_words.STATES, merits.MeritState),
        (merit_words.TONES, merits.MeritState),
        (merit_words.EVIDENCE, merits.EvidenceKind),
        (merit_words.RULINGS, merits.Ruling),
        (merit_words.FINDINGS, merit_effect.Finding),
        (merit_words.FINDING_TONES, merit_effect.Finding),
        (merit_words.POSITIONS, careers.Position),
        (merit_words.MEASURES, careers.Measure),
        (merit_words.PLAN_STATES, careers.PlanState),
        (merit_words.PLAN_TONES, careers.PlanState),
        (merit_words.GOAL_KINDS, careers.GoalKind),
        (merit_words.GOAL_STATES, careers.GoalState),
        (merit_words.BOARDS, Board),
        (merit_words.SPANS, Span),
        (merit_words.MESSAGE_STATES, MessageState),
    ],
)
def test_every_code_has_words(table: Words, codes: Iterable[str]) -> None:
    assert set(map(str, codes)) == set(map(str, table))
