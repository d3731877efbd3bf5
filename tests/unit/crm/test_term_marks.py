"""When somebody is reminded of a term, and whose matter it is when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.access import Role
from crm.domain.rules import DEFAULT_RULES
from crm.domain.term_marks import TermMark, answers_for, come, marks_of, next_at
from crm.domain.term_types import Term, TermKind, TermState

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def term(days: float, kind: TermKind = TermKind.LEGAL, step: int = 0) -> Term:
    return Term(kind, 0, step, START, START + timedelta(days=days))


def test_a_term_is_warned_of_at_half_at_four_fifths_and_a_day_before() -> None:
    found = {one.mark: (one.at - START) / timedelta(days=1) for one in marks_of(term(15), DEFAULT_RULES)}
    assert found == {
        TermMark.FIRST: 7.5,
        TermMark.SECOND: 12,
        TermMark.LAST: 14,
        TermMark.OVERDUE: pytest.approx(15),
    }


def test_a_short_term_has_no_last_day() -> None:
    assert {one.mark for one in marks_of(term(1), DEFAULT_RULES)} == {TermMark.FIRST, TermMark.SECOND, TermMark.OVERDUE}
    assert [one.mark for one in marks_of(term(0), DEFAULT_RULES)] == [TermMark.OVERDUE]


def test_after_a_long_silence_each_moment_is_still_told_once() -> None:
    one = term(15)
    assert come(one, [], DEFAULT_RULES, START + timedelta(days=13)) == (TermMark.FIRST, TermMark.SECOND)
    assert come(one, ["first", "second"], DEFAULT_RULES, START + timedelta(days=13)) == ()
    assert come(one, [], DEFAULT_RULES, START + timedelta(days=20))[-1] is TermMark.OVERDUE
    assert next_at(one, ["first"], DEFAULT_RULES) == START + timedelta(days=12)
    assert next_at(one, list(TermMark), DEFAULT_RULES) is None


def test_what_is_done_or_stands_still_is_not_warned_of() -> None:
    now = START + timedelta(days=20)
    for quiet in (replace(term(15), state=TermState.MET), replace(term(15), paused_since=START)):
        assert come(quiet, [], DEFAULT_RULES, now) == ()
        assert next_at(quiet, [], DEFAULT_RULES) is None


def test_a_term_is_not_over_at_its_last_instant() -> None:
    one = term(15)
    assert TermMark.OVERDUE not in come(one, [], DEFAULT_RULES, one.due_at)
    assert TermMark.OVERDUE in come(one, [], DEFAULT_RULES, one.due_at + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("kind", "step", "body", "roles"),
    [
        (TermKind.ACKNOWLEDGE, 0, "", {Role.SM}),
        (TermKind.TRIAGE, 0, "", {Role.SM}),
        (TermKind.DEPARTMENT, 0, "", set()),
        (TermKind.LEGAL, 0, "", {Role.CM}),
        (TermKind.LEGAL, 1, "", {Role.DG}),
        (TermKind.LEGAL, 2, "", {Role.GM}),
        (TermKind.TARGET, 0, "pboc", {Role.CO}),
        (TermKind.LEGAL, 0, "regulator", {Role.CO}),
        (TermKind.REVIEW, 0, "", {Role.GM}),
        (TermKind.FORM, 0, "", {Role.CM}),
        (TermKind.RETURN_VISIT, 0, "", {Role.CM}),
        (TermKind.ARCHIVE, 0, "", {Role.CM}),
        (TermKind.LEAK, 0, "", {Role.CO}),
    ],
)
def test_whose_matter_an_overdue_term_is(kind: TermKind, step: int, body: str, roles: set[Role]) -> None:
    assert answers_for(term(15, kind, step), body) == roles


@given(st.integers(0, 60 * 24 * 60), st.lists(st.integers(0, 70 * 24 * 60), max_size=8).map(sorted))
def test_however_often_time_is_asked_each_moment_comes_once(minutes: int, asked: list[int]) -> None:
    one = term(minutes / 1440)
    told: list[TermMark] = []
    for minute in asked:
        told += come(one, told, DEFAULT_RULES, START + timedelta(minutes=minute))
    assert len(told) == len(set(told))
    last = START + timedelta(minutes=asked[-1]) if asked else None
    assert set(told) == {mark.mark for mark in marks_of(one, DEFAULT_RULES) if last and mark.at <= last}
