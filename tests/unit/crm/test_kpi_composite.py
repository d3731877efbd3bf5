"""The personal composite: weights, the cap of volume, missing parts, a fatal item, a scheme that is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from crm.domain.errors import InvalidInputError
from crm.domain.kpi_composite import WEIGHTS, Scheme, Share, composite, median_rate, parse, rate
from crm.domain.kpi_facts import Fact
from crm.domain.kpi_targets import Target

F = Fact
HOUR = 3_600_000
WHOLE = {
    F.HANDLED: 80, F.READY_MS: 4 * HOUR, F.BUSY_MS: 6 * HOUR, F.SCORE_TENTHS: 1840, F.SCORED: 2, F.SURVEYS_GOOD: 9,
    F.SURVEYS_ANSWERED: 10, F.EXAM_TENTHS: 800, F.EXAMS: 1, F.ADHERED_MS: 9, F.PLANNED_MS: 10, F.SHIFTS_KEPT: 19,
    F.SHIFTS_PLANNED: 20,
}  # fmt: skip


def test_a_whole_month_by_hand() -> None:
    """8 an hour beside a median of 8: 20 of 1.2 parts; 92 points; 90 %; no complaint; 80; (90 % + 95 %) / 2."""
    found = composite(WHOLE, Fraction(8), Scheme())
    points = {piece.share: piece.points for piece in found.pieces}
    assert points == {
        Share.VOLUME: Fraction(20) / Fraction(12, 10),
        Share.QUALITY: Fraction(25 * 92, 100),
        Share.CSAT: Fraction(135, 10),
        Share.COMPLAINTS: 10,
        Share.KNOWLEDGE: 12,
        Share.ATTENDANCE: Fraction(15 * 925, 1000),
    }
    assert (found.counted, found.score, found.capped) == (100, sum(points.values()), False)  # type: ignore[arg-type]


@pytest.mark.parametrize(("handled", "reached"), [(80, "5/6"), (96, "1"), (200, "1"), (40, "5/12"), (0, "0")])
def test_volume_is_full_at_the_cap_and_not_beyond(handled: int, reached: str) -> None:
    pieces = composite({**WHOLE, F.HANDLED: handled}, Fraction(8), Scheme()).pieces
    assert pieces[0].reached == Fraction(reached)


@pytest.mark.parametrize(("valid", "reached"), [(0, 1), (1, Fraction(1, 2)), (2, 0), (9, 0)])
def test_only_complaints_found_right_cost_points(valid: int, reached: Fraction) -> None:
    counts = {**WHOLE, F.COMPLAINTS: 50, F.COMPLAINTS_VALID: valid}
    assert composite(counts, Fraction(8), Scheme()).pieces[3].reached == reached


def test_a_fatal_item_caps_the_whole_and_lifts_nobody() -> None:
    assert (composite({**WHOLE, F.FATALS: 1}, Fraction(8), Scheme()).score) == 60
    poor = {F.HANDLED: 1, F.READY_MS: 10 * HOUR, F.SCORE_TENTHS: 200, F.SCORED: 1, F.FATALS: 1, F.COMPLAINTS_VALID: 9}
    low = composite(poor, Fraction(8), Scheme())
    assert low.score is not None
    assert low.score < 60
    assert not low.capped


def test_what_was_not_counted_is_left_out_and_the_rest_scaled() -> None:
    found = composite({F.SCORE_TENTHS: 900, F.SCORED: 1, F.HANDLED: 4, F.EXAM_TENTHS: 600, F.EXAMS: 1}, None, Scheme())
    assert found.counted == 25 + 10 + 15
    assert found.score == Fraction((25 * 90 + 10 * 100 + 15 * 60), 50)


def test_too_little_counted_is_no_composite() -> None:
    found = composite({F.HANDLED: 4}, None, Scheme())
    assert (found.counted, found.score) == (10, None)


def test_the_median_is_of_those_who_were_logged_in() -> None:
    people = [
        {F.HANDLED: 8, F.READY_MS: HOUR},
        {F.HANDLED: 2, F.READY_MS: HOUR},
        {F.HANDLED: 5},
        {F.HANDLED: 6, F.PAUSED_MS: HOUR},
    ]
    assert median_rate(people) == 6
    assert rate({F.HANDLED: 5}) is None
    assert median_rate([]) is None


def test_a_scheme_comes_back_as_it_was() -> None:
    scheme = Scheme(targets={"csat": Target(Fraction(99, 100)), "occupancy": Target(None, Fraction(85, 100))})
    assert parse(scheme.to_document()) == scheme
    assert parse(Scheme().to_document()) == Scheme()


def changed(**changes: Any) -> dict[str, Any]:
    return {**Scheme().to_document(), **changes}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (changed(weights={**WEIGHTS, Share.CSAT: 16}), "weights"),
        (changed(weights={**WEIGHTS, Share.CSAT: -1}), "weight_csat"),
        (changed(weights={**WEIGHTS, Share.CSAT: True}), "weight_csat"),
        (changed(volume_cap=99), "volume_cap"),
        (changed(fatal_cap="60"), "fatal_cap"),
        (changed(targets={"nothing": [None, None]}), "target_nothing"),
        (changed(targets={"csat": ["2", "1"]}), "target_csat"),
        (changed(targets={"csat": ["1/0", None]}), "target_csat"),
    ],
)
def test_a_scheme_that_makes_no_sense_is_refused(document: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse(document)
    assert caught.value.field == field
