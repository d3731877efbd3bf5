"""The default card is the reference's (domain 3.5); what a filled card comes to, whatever does not apply."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.card_form import CardFlawsError, content_of, parse
from crm.domain.scorecards import Card, Effect, FatalKind, NotApplicable, grade_of, score, shown
from tests.default_card import CARD, CONTENT

REFERENCE = {
    "A": (15, [3, 2, 6, 2, 2]),
    "B": (20, [4, 4, 4, 4, 4]),
    "C": (30, [8, 12, 5, 5]),
    "D": (20, [8, 4, 4, 4]),
    "E": (10, [4, 3, 3]),
    "F": (5, [1, 2, 2]),
}


def test_the_default_card_is_the_references() -> None:
    assert {one.code: (one.weight, [item.points for item in one.items]) for one in CARD.sections} == REFERENCE
    assert [(grade.code, grade.least) for grade in CARD.grades] == [
        ("excellent", 95), ("good", 90), ("pass", 85), ("retrain", 0),
    ]  # fmt: skip
    assert len(CARD.fatals) == 12
    assert {fatal.kind for fatal in CARD.fatals} == set(FatalKind)
    assert {fatal.effect for fatal in CARD.fatals} == {Effect.ZERO}
    assert all(one.title.zh and one.title.en for one in (*CARD.sections, *CARD.items, *CARD.fatals, *CARD.grades))


def test_what_was_read_is_written_back_the_same() -> None:
    assert parse(content_of(CARD)) == CARD


def with_rule(rule: NotApplicable) -> Card:
    return parse({**CONTENT, "not_applicable": rule.value})


@pytest.mark.parametrize(
    ("rule", "raw"),
    [
        # D1 (8) does not apply, D4 loses 4 of its 4, A1 loses 1.
        # section: A 14/15 of 15, D 8/12 of 20, others whole: 14 + 13 1/3 + 65 = 92.33
        (NotApplicable.SECTION, 923),
        # card: 100 − 8 possible, 92 − 4 − 1 earned: 87/92
        (NotApplicable.CARD, 946),
        # all of D1 is given in the third
        (NotApplicable.FULL, 950),
    ],
)
def test_an_item_that_does_not_apply_gives_its_weight_by_the_cards_rule(rule: NotApplicable, raw: int) -> None:
    found = score(with_rule(rule), {"D4": 4, "A1": 1}, not_applicable=["D1"])
    assert found.raw == raw
    assert found.score == raw


def test_a_section_without_any_item_gives_its_weight_to_the_others() -> None:
    out = ["D1", "D2", "D3", "D4"]
    assert score(CARD, {}, not_applicable=out).score == 1000
    assert score(CARD, {"C2": 12}, not_applicable=out).score == 850  # 80 possible, 68 earned


def test_nothing_that_applies_is_a_whole_score() -> None:
    every = [item.code for item in CARD.items]
    for rule in NotApplicable:
        assert score(with_rule(rule), {}, not_applicable=every).score == 1000


def test_a_fatal_finding_leaves_nothing_and_the_raw_score_stays_known() -> None:
    found = score(CARD, {"A1": 3}, fatals=["X04"])
    assert (found.raw, found.score, found.grade, found.fatals, found.fatal) == (970, 0, "retrain", ("X04",), True)


def test_a_finding_that_only_asks_for_coaching_takes_no_points() -> None:
    content = copy.deepcopy(CONTENT)
    content["fatals"][0]["effect"] = "coach"
    found = score(parse(content), {}, fatals=["X01"])
    assert (found.score, found.fatal) == (1000, True)
    assert score(parse(content), {}, fatals=["X01", "X02"]).score == 0


@pytest.mark.parametrize(
    ("tenths", "grade"),
    [(1000, "excellent"), (950, "excellent"), (949, "good"), (900, "good"), (899, "pass"), (850, "pass"),
     (849, "retrain"), (0, "retrain")],
)  # fmt: skip
def test_grades_begin_where_the_reference_says(tenths: int, grade: str) -> None:
    assert grade_of(CARD, tenths) == grade


@pytest.mark.parametrize(("tenths", "words"), [(None, "–"), (0, "0"), (923, "92.3"), (920, "92"), (1000, "100")])
def test_a_score_is_shown_with_its_tenth_only_where_it_has_one(tenths: int | None, words: str) -> None:
    assert shown(tenths) == words


TAKEN = st.dictionaries(st.sampled_from([item.code for item in CARD.items]), st.integers(0, 15))
OUT = st.sets(st.sampled_from([item.code for item in CARD.items]))


@given(TAKEN, OUT, st.sampled_from(list(NotApplicable)))
def test_a_score_is_what_exact_arithmetic_says(taken: dict[str, int], out: set[str], rule: NotApplicable) -> None:
    found = score(with_rule(rule), taken, not_applicable=out).raw
    earned = possible = Fraction(0)
    for section in CARD.sections:
        applies = [item for item in section.items if item.code not in out]
        whole = sum(item.points for item in section.items)
        could = sum(item.points for item in applies)
        got = sum(item.points - min(taken.get(item.code, 0), item.points) for item in applies)
        if rule is NotApplicable.FULL:
            got, could = got + whole - could, whole
        if rule is NotApplicable.SECTION and could:
            got, could = Fraction(got * section.weight, could), section.weight  # type: ignore[assignment]
        earned, possible = earned + got, possible + could
    assert found == (round_half_up(1000 * earned / possible) if possible else 1000)
    assert 0 <= found <= 1000


def round_half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@given(TAKEN, OUT, st.sampled_from([item.code for item in CARD.items]))
def test_taking_more_never_raises_a_score(taken: dict[str, int], out: set[str], code: str) -> None:
    more = {**taken, code: taken.get(code, 0) + 1}
    assert score(CARD, more, not_applicable=out).raw <= score(CARD, taken, not_applicable=out).raw


def broken(*path: str | int, value: Any) -> dict[str, Any]:
    content: Any = copy.deepcopy(CONTENT)
    place = content
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return dict(content)


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (broken("sections", 0, "weight", value=14), "sections", "come to 99"),
        (broken("sections", 0, "items", 1, "code", value="A1"), "codes", "A1 is used twice"),
        (broken("fatals", 0, "code", value="A1"), "codes", "A1 is used twice"),
        (broken("sections", 1, "code", value="A"), "codes", "A is used twice"),
        (broken("sections", 0, "items", 0, "points", value=0), "sections.0.items.0.points", "1 to 100"),
        (broken("sections", 0, "items", 0, "points", value=True), "sections.0.items.0.points", "whole number"),
        (broken("sections", 0, "items", 0, "title", value={"zh": "问候"}), "sections.0.items.0.title.en", "1 to 80"),
        (broken("sections", 0, "items", 0, "auto", value="magic"), "sections.0.items.0.auto", "one of"),
        (broken("sections", 0, "items", value=[]), "sections.0.items", "needs an item"),
        (broken("sections", value="none"), "sections", "must be a list"),
        (broken("fatals", 0, "kind", value="bad"), "fatals.0.kind", "one of"),
        (broken("grades", 1, "least", value=96), "grades", "must fall"),
        (broken("grades", 3, "least", value=10), "grades", "begins at 0"),
        (broken("grades", value=[]), "grades", "1 to 8"),
        (broken("not_applicable", value="never"), "not_applicable", "one of"),
        (broken("title", value=None), "title", "both languages"),
    ],
)
def test_a_flaw_of_a_card_is_named_with_its_place(content: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(CardFlawsError) as found:
        parse(content)
    assert any(place == where and what in why for place, why in found.value.flaws), found.value.flaws


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(CONTENT)), JSON)
def test_anything_instead_of_a_part_is_a_flaw_and_never_a_crash(name: str, value: Any) -> None:
    with pytest.raises(CardFlawsError):
        parse({**CONTENT, name: value, "codes": None, "title": None})
