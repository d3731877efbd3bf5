"""What a scorer may take off, where it must be heard, and what may only be in a draft."""

from __future__ import annotations

import pytest

from crm.domain.evaluations import DONE, NEXT, OPEN, MarkKind, State
from crm.domain.marks import HANDING_IN, MAX_MARKS, Flaw, Mark, changes, flaws, score_of
from tests.default_card import CARD

ITEM, FATAL = MarkKind.ITEM, MarkKind.FATAL
LONG = 300_000


def heard(code: str, taken: int = 1, at: int = 1000, **more: object) -> Mark:
    return Mark(**{"kind": ITEM, "code": code, "taken": taken, "from_ms": at, "to_ms": at + 500, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([heard("B1", 2), heard("B1", 2, 9000)], []),
        ([heard("B1", 2), heard("B1", 3, 9000)], [(1, Flaw.POINTS)]),
        ([heard("B1", 0)], [(0, Flaw.POINTS)]),
        ([heard("B1", -1)], [(0, Flaw.POINTS)]),
        ([heard("Z9")], [(0, Flaw.UNKNOWN)]),
        ([heard("X01", 0, kind=FATAL, note="the balance, before any question")], []),
        ([heard("X01", 0, kind=FATAL)], [(0, Flaw.NO_NOTE)]),
        ([heard("X01", 1, kind=FATAL, note="n")], [(0, Flaw.BOTH)]),
        ([heard("A1", 1, kind=FATAL, note="n")], [(0, Flaw.UNKNOWN)]),
        ([Mark(FATAL, "X01", note="said")], [(0, Flaw.NO_SPAN)]),
        ([Mark(ITEM, "B1", 1, note="said")], [(0, Flaw.NO_SPAN)]),
        ([Mark(ITEM, "B1", 1)], [(0, Flaw.NO_SPAN), (0, Flaw.NO_NOTE)]),
        ([Mark(ITEM, "D1", 4, note="no number in the ticket")], []),
        ([Mark(ITEM, "D1", 4)], [(0, Flaw.NO_NOTE)]),
        ([Mark(ITEM, "D1", not_applicable=True)], []),
        ([Mark(ITEM, "D1", not_applicable=True), Mark(ITEM, "D1", not_applicable=True)], [(1, Flaw.TWICE)]),
        ([Mark(ITEM, "D1", not_applicable=True), heard("D1")], [(1, Flaw.BOTH)]),
        ([Mark(ITEM, "D1", 1, not_applicable=True)], [(0, Flaw.BOTH)]),
        ([Mark(ITEM, "A1", not_applicable=True)], [(0, Flaw.APPLIES)]),
        ([heard("B1", from_ms=LONG, to_ms=LONG + 1)], [(0, Flaw.SPAN)]),
        ([heard("B1", from_ms=500, to_ms=500)], [(0, Flaw.SPAN)]),
        ([heard("B1", from_ms=-1)], [(0, Flaw.SPAN)]),
        ([heard("B1", to_ms=None)], [(0, Flaw.SPAN), (0, Flaw.NO_NOTE)]),
        ([heard("B1", note="x" * 2001)], [(0, Flaw.LONG)]),
    ],
)
def test_each_flaw_is_found_and_nothing_else(marks: list[Mark], found: list[tuple[int, Flaw]]) -> None:
    assert flaws(CARD, marks, duration_ms=LONG) == found


def test_without_a_recording_a_deduction_needs_a_word_and_cannot_have_a_span() -> None:
    assert flaws(CARD, [Mark(ITEM, "B1", 1, note="in the ticket's words")], duration_ms=None) == []
    assert flaws(CARD, [heard("B1")], duration_ms=None) == [(0, Flaw.SPAN)]


def test_there_is_an_end_to_the_number_of_marks() -> None:
    many = [Mark(FATAL, "X01", from_ms=0, to_ms=1, note="n")] * (MAX_MARKS + 1)
    assert flaws(CARD, many, duration_ms=LONG) == [(-1, Flaw.MANY)]


def test_a_draft_may_lack_what_is_handed_in_may_not() -> None:
    assert {Flaw.NO_SPAN, Flaw.NO_NOTE, Flaw.UNDECIDED} == HANDING_IN


def test_marks_come_to_a_score() -> None:
    found = score_of(CARD, [heard("B1", 2), heard("B1", 1, 9000), Mark(ITEM, "D1", not_applicable=True)])
    assert found.score == 970
    assert score_of(CARD, [Mark(FATAL, "X02", note="asked for it")]).score == 0


def test_changes_tell_what_came_and_what_went() -> None:
    one, two = {"code": "A1", "taken": 1}, {"code": "A1", "taken": 2}
    assert changes([one], [two]) == {"came": [two], "went": [one]}
    assert changes([one], [one]) == {}


def test_states_lead_on_and_never_back_to_an_open_sheet() -> None:
    assert set(NEXT) == set(State)
    assert not any(OPEN & NEXT[state] for state in DONE)
    assert NEXT[State.FINAL] == NEXT[State.RELEASED] == frozenset()
