"""Escalated complaints: other eyes, several heads, a higher level."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm.domain.escalation import Decision, Deliberation, investigator_problem, problems

WHOLE = Deliberation(
    investigator=5, handled_before=frozenset({1, 2}), complained_about=1, participants=frozenset({3, 4}),
    seniors=frozenset({4}), findings="what was found", decision=Decision.CHANGED, reasons="because",
)  # fmt: skip


def test_a_whole_deliberation_decides() -> None:
    assert problems(WHOLE) == ()


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (replace(WHOLE, investigator=None), "nobody was named to investigate anew"),
        (replace(WHOLE, investigator=2), "who handled the complaint before does not investigate it anew"),
        (replace(WHOLE, findings=" "), "the findings of the new investigation are missing"),
        (replace(WHOLE, participants=frozenset({4})), "at least two people deliberate"),
        (replace(WHOLE, participants=frozenset({1, 4})), "who is complained about takes no part in the deliberation"),
        (replace(WHOLE, seniors=frozenset()), "somebody of a higher level takes part in the deliberation"),
        (replace(WHOLE, decision=None), "a decision with its reasons is needed"),
        (replace(WHOLE, reasons=""), "a decision with its reasons is needed"),
    ],
)
def test_what_stands_against_a_decision(one: Deliberation, why: str) -> None:
    assert problems(one) == (why,)


def test_nobody_looks_into_a_complaint_about_himself() -> None:
    assert investigator_problem(1, {2}, 1) == "nobody investigates a complaint about himself"
    assert investigator_problem(3, {2}, 1) is None
