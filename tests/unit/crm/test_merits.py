"""Rewards and penalties: limits, who signs, and that one matter is punished once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.approvals import Post, Seat
from crm.domain.errors import InvalidInputError
from crm.domain.merits import (
    PENALTIES,
    Evidence,
    EvidenceKind,
    KindRule,
    MeritKind,
    Proposal,
    Scheme,
    add_months,
    chain,
    checked,
    checked_scheme,
    lapses_on,
    punished_already,
)

TODAY = date(2026, 11, 22)
TICKET = Evidence(EvidenceKind.TICKET, "2611219000001")
GOOD = Proposal("alice", MeritKind.BONUS, "2026-11", "kept a customer", 20_000, "", (TICKET,))
SCHEME = Scheme()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 2_001}, "reason"),
        ({"amount_fen": 0}, "amount"),
        ({"amount_fen": -1}, "amount"),
        ({"amount_fen": 500_001}, "amount"),
        ({"kind": MeritKind.ORAL_WARNING}, "amount"),
        ({"kind": MeritKind.PROMOTION, "amount_fen": 0}, "position"),
        ({"position": "team_leader"}, "position"),
        ({"month": "2026-12"}, "month"),
        ({"month": "2025-10"}, "month"),
        ({"month": "2026-1"}, "month"),
        ({"month": "now"}, "month"),
        ({"evidence": ()}, "evidence"),
    ],
)
def test_what_cannot_be_proposed_names_its_field(change: dict[str, object], field: str) -> None:
    assert checked(GOOD, SCHEME, TODAY) == GOOD
    with pytest.raises(InvalidInputError) as error:
        checked(replace(GOOD, **change), SCHEME, TODAY)  # type: ignore[arg-type]  # a table of fields
    assert error.value.field == field


def test_an_award_may_bring_money_and_may_not() -> None:
    award = replace(GOOD, kind=MeritKind.OUTSTANDING)
    assert checked(replace(award, amount_fen=0), SCHEME, TODAY).amount_fen == 0
    assert checked(replace(award, amount_fen=100_000), SCHEME, TODAY).amount_fen == 100_000


def test_what_was_taken_out_of_the_scheme_is_not_proposed() -> None:
    kinds = {**SCHEME.kinds, MeritKind.BONUS: KindRule(most_fen=1, active=False)}
    with pytest.raises(InvalidInputError, match="not part of the scheme"):
        checked(GOOD, Scheme(kinds), TODAY)


DEPUTY, GENERAL = Seat(Post.DEPUTY_GM), Seat(Post.GM)


@pytest.mark.parametrize(
    ("kind", "amount", "seats"),
    [
        (MeritKind.OUTSTANDING, 0, (DEPUTY,)),
        (MeritKind.BONUS, 199_999, (DEPUTY,)),
        (MeritKind.BONUS, 200_000, (DEPUTY, GENERAL)),
        (MeritKind.PROMOTION, 0, (DEPUTY, GENERAL)),
        (MeritKind.ORAL_WARNING, 0, (DEPUTY,)),
        (MeritKind.BONUS_DEDUCTION, 100_000, (DEPUTY, GENERAL)),
    ],
)
def test_who_signs(kind: MeritKind, amount: int, seats: tuple[Seat, ...]) -> None:
    assert chain(kind, amount, SCHEME) == seats
    assert chain(kind, amount, SCHEME, about_manager=True) == (GENERAL,)


def test_one_matter_is_punished_once_and_rewarded_as_often_as_it_deserves() -> None:
    warning = replace(GOOD, kind=MeritKind.ORAL_WARNING, amount_fen=0)
    before = [(MeritKind.BONUS_DEDUCTION, TICKET)]
    assert punished_already(warning, before) == TICKET
    assert punished_already(GOOD, before) is None
    assert punished_already(warning, [(MeritKind.BONUS, TICKET)]) is None
    month = Evidence(EvidenceKind.KPI, "2026-10")
    assert punished_already(replace(warning, evidence=(month,)), [(MeritKind.ORAL_WARNING, month)]) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"objection_days": 0}, "objection_days"),
        ({"review_months": 25}, "review_months"),
        ({"kinds": {MeritKind.BONUS: KindRule()}}, "kinds"),
        ({"kinds": {**SCHEME.kinds, MeritKind.ORAL_WARNING: KindRule(most_fen=5)}}, "oral_warning.most"),
        ({"kinds": {**SCHEME.kinds, MeritKind.BONUS: KindRule()}}, "bonus.most"),
        ({"kinds": {**SCHEME.kinds, MeritKind.ORAL_WARNING: KindRule(lapse_months=61)}}, "oral_warning.lapse"),
    ],
)
def test_a_scheme_that_nobody_could_work_by_is_refused(change: dict[str, object], field: str) -> None:
    assert checked_scheme(SCHEME) == SCHEME
    with pytest.raises(InvalidInputError) as error:
        checked_scheme(replace(SCHEME, **change))  # type: ignore[arg-type]  # a table of fields
    assert error.value.field == field


def test_a_scheme_comes_back_from_its_document_as_it_was() -> None:
    assert Scheme.from_document(SCHEME.to_document()) == SCHEME


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 1, 1)), st.integers(0, 60))
def test_months_later_is_the_same_day_or_the_last_of_its_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later.replace(day=28).month, later.day >= 28)[1])


def test_a_warning_lapses_and_a_bonus_does_not() -> None:
    assert lapses_on(MeritKind.ORAL_WARNING, SCHEME, date(2026, 11, 30)) == date(2027, 2, 28)
    assert lapses_on(MeritKind.BONUS, SCHEME, TODAY) is None
    assert set(PENALTIES) == {kind for kind, rule in SCHEME.kinds.items() if rule.lapse_months}
