"""The house's numbers: what is law cannot be loosened, what was typed is checked, what was stored is read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.rule_fields import Law, Mark, Unit
from crm.domain.rules import DEFAULT_RULES, SPECS, Fault, Rules, parse, problems
from crm.domain.rules_form import rules_of, shown


def test_the_defaults_are_without_fault() -> None:
    assert problems(DEFAULT_RULES) == ()


def test_only_verified_numbers_stand_as_law() -> None:
    assert {spec.mark for spec in SPECS.values() if spec.law} <= {Mark.V1, Mark.V2}
    assert all(spec.source for spec in SPECS.values() if spec.law)
    assert not any(spec.source for spec in SPECS.values() if spec.mark in {Mark.U, Mark.P})
    assert SPECS["review_decision_days"].law is None, "the reviewer's 30 days are not verified"


@pytest.mark.parametrize("name", [spec.name for spec in SPECS.values() if spec.law])
def test_a_number_of_the_law_can_be_made_stricter_never_looser(name: str) -> None:
    spec = SPECS[name]
    step = 1 if spec.law is Law.AT_MOST else -1
    found = problems(replace(DEFAULT_RULES, **{name: spec.default + step}))
    assert (name, Fault.LAW) in {(one.name, one.fault) for one in found}
    assert getattr(parse({name: spec.default + step}), name) == spec.default, "a row that says so is not believed"
    if spec.default - step >= 1:
        stricter = problems(replace(DEFAULT_RULES, **{name: spec.default - step}))
        assert not [one for one in stricter if one.name == name and one.fault in {Fault.LAW, Fault.LIMITS}]


@pytest.mark.parametrize(
    ("changes", "name", "fault"),
    [
        ({"level_2_days": 12}, "level_2_days", Fault.ORDER),
        ({"simple_days": 10}, "level_3_days", None),
        ({"simple_days": 9}, "level_3_days", Fault.ORDER),
        ({"warn_first_percent": 90}, "warn_first_percent", Fault.ORDER),
        ({"band_section_fen": 300_000}, "band_section_fen", Fault.ORDER),
        ({"form_days": 0}, "form_days", Fault.LIMITS),
    ],
)
def test_numbers_must_fit_together(changes: dict[str, int], name: str, fault: Fault | None) -> None:
    found = {one.name: one.fault for one in problems(replace(DEFAULT_RULES, **changes))}
    assert found.get(name) is fault


@given(st.dictionaries(st.sampled_from(sorted(SPECS)), st.one_of(st.integers(), st.text(), st.none(), st.booleans())))
def test_whatever_is_stored_gives_rules_within_the_law(document: dict[str, object]) -> None:
    rules = parse(document)
    for spec in SPECS.values():
        least, most = spec.limits
        assert least <= getattr(rules, spec.name) <= most


def test_rules_are_read_back_as_they_were_stored() -> None:
    rules = replace(DEFAULT_RULES, level_1_days=2, band_section_fen=0)
    assert parse(rules.to_document()) == rules


def test_a_number_must_be_whole() -> None:
    with pytest.raises(TypeError):
        Rules(simple_days=True)


def test_what_is_typed_becomes_rules() -> None:
    made, wrong = rules_of(DEFAULT_RULES, {"level_1_days": " 2 ", "band_section_fen": "1,500.50", "unknown": "x"})
    assert not wrong
    assert (made.level_1_days, made.band_section_fen) == (2, 150_050)


@pytest.mark.parametrize("typed", ["", "two", "-1", "1.5", "9" * 12, "１５x"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    made, wrong = rules_of(DEFAULT_RULES, {"level_1_days": typed})
    assert [(one.name, one.fault) for one in wrong] == [("level_1_days", Fault.NOT_A_NUMBER)]
    assert made == DEFAULT_RULES


def test_the_form_shows_what_it_reads() -> None:
    form = {spec.name: shown(getattr(DEFAULT_RULES, spec.name), spec.unit) for spec in SPECS.values()}
    assert rules_of(DEFAULT_RULES, form) == (DEFAULT_RULES, ())
    assert {spec.unit for spec in SPECS.values()} <= set(Unit)


def test_targets_by_priority_and_level() -> None:
    assert [DEFAULT_RULES.first_contact(p) for p in ("P1", "P2", "P3")] == [
        timedelta(hours=1),
        timedelta(hours=4),
        timedelta(hours=24),
    ]
    assert [DEFAULT_RULES.department_days(p) for p in ("P1", "P2", "P3")] == [1, 3, 5]
    assert [DEFAULT_RULES.level_days(level) for level in (1, 2, 3, None)] == [3, 7, 10, 7]
