"""Appeals, calibration and coaching by their rules alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.db.calendar import ChineseCalendar
from crm.domain import appeals, calibration, coaching
from crm.domain.appeals import Barred, Bench, Flaw, Late, Mark, Outcome, Point, Refused, Ruled, Ruler, Step, Verdict
from crm.domain.calibration import Bias, Filled, Lean, Targets
from crm.domain.coaching import Retest
from crm.domain.evaluations import MarkKind, State
from crm.domain.rules import DEFAULT_RULES

ZONE = ZoneInfo("Asia/Shanghai")
ITEM, FATAL = MarkKind.ITEM, MarkKind.FATAL
MARKS = (Mark(ITEM, "A1", 3), Mark(ITEM, "B2", 4), Mark(ITEM, "C4", not_applicable=True), Mark(FATAL, "F1"))
DONE = datetime(2026, 9, 23, 8, 0, tzinfo=UTC)
UNTIL = datetime(2026, 9, 28, 15, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("submitted", "last"),
    [
        (datetime(2026, 11, 16, 8, 0, tzinfo=UTC), date(2026, 11, 19)),  # a Monday: Tuesday, Wednesday, Thursday
        (datetime(2026, 11, 19, 8, 0, tzinfo=UTC), date(2026, 11, 24)),  # over a weekend
        (datetime(2026, 11, 19, 17, 0, tzinfo=UTC), date(2026, 11, 25)),  # it is Friday in Shanghai
        (datetime(2026, 9, 30, 8, 0, tzinfo=UTC), date(2026, 10, 10)),  # the holidays of October, and a make-up day
    ],
)
def test_an_appeal_ends_with_the_third_working_day(submitted: datetime, last: date) -> None:
    due = appeals.appeal_end(submitted, DEFAULT_RULES, ZONE, ChineseCalendar())
    assert due.certain
    assert due.at.astimezone(ZONE).date() == last
    for step in Step:
        assert appeals.ruling_end(step, submitted, DEFAULT_RULES, ZONE, ChineseCalendar()) == due


@pytest.mark.parametrize(
    ("points", "step", "now", "expected"),
    [
        ([Point("item:A1:0", "I did greet him")], Step.FIRST, DONE, None),
        ([Point("item:A1:0", "I did"), Point("fatal:F1:0", "I checked him")], Step.LAST, UNTIL, None),
        ([Point("item:A1:0", "I did")], None, DONE, Refused.SETTLED),
        (
            [Point("item:A1:0", "I did")],
            Step.FIRST,
            UNTIL + timedelta(microseconds=1),
            Refused.LATE,
        ),
        ([], Step.FIRST, DONE, Refused.NOTHING),
        ([Point("item:C4:0", "it did apply")], Step.FIRST, DONE, Refused.NOTHING),
        ([Point("item:A9:0", "what?")], Step.FIRST, DONE, Refused.NOTHING),
        ([Point("item:A1:0", "a"), Point("item:A1:0", "b")], Step.FIRST, DONE, Refused.TWICE),
        ([Point("item:A1:0", "  ")], Step.FIRST, DONE, Refused.SILENT),
        ([Point("item:A1:0", "x" * 4001)], Step.FIRST, DONE, Refused.LONG),
    ],
)
def test_when_an_appeal_is_taken(
    points: list[Point], step: Step | None, now: datetime, expected: Refused | None
) -> None:
    assert appeals.refused(points, MARKS, step=step, now=now, until=UNTIL) == expected


@pytest.mark.parametrize(
    ("state", "steps", "expected"),
    [
        (State.SUBMITTED, 0, Step.FIRST),
        (State.RULED, 1, Step.LAST),
        (State.RULED, 2, None),
        (State.APPEALED, 1, None),
        (State.ACKNOWLEDGED, 0, None),
        (State.FINAL, 0, None),
        (State.DRAFT, 0, None),
    ],
)
def test_there_are_two_steps_and_no_third(state: State, steps: int, expected: Step | None) -> None:
    assert appeals.next_step(state, steps) == expected


BENCH = Bench(agent=1, scorers=frozenset({2, 3}), rulers=frozenset({4}), line=frozenset({5}))


@pytest.mark.parametrize(
    ("ruler", "step", "heads", "expected"),
    [
        (Ruler(1), Step.FIRST, (), Barred.AGENT),
        (Ruler(2), Step.FIRST, (), Barred.SCORER),
        (Ruler(3), Step.FIRST, (), Barred.SCORER),  # the blind second
        (Ruler(5), Step.FIRST, (), Barred.LINE),
        (Ruler(6), Step.FIRST, (), None),
        (Ruler(4, heads_quality=True), Step.LAST, (4,), Barred.RULED),
        (Ruler(6), Step.LAST, (7,), Barred.NOT_HEAD),
        (Ruler(7, heads_quality=True), Step.LAST, (7,), None),
        (Ruler(8, deputy_manager=True), Step.LAST, (7,), Barred.NOT_HEAD),  # there is a head who can
        (Ruler(8, deputy_manager=True), Step.LAST, (2,), None),  # the head scored it himself
        (Ruler(8, deputy_manager=True), Step.LAST, (), None),  # there is none
    ],
)
def test_who_rules(ruler: Ruler, step: Step, heads: tuple[int, ...], expected: Barred | None) -> None:
    assert appeals.barred(ruler, BENCH, step, heads=heads) == expected


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([Ruled("item:B2:0", Verdict.STANDS, "heard"), Ruled("fatal:F1:0", Verdict.LIFTED, "he was asked")], None),
        ([Ruled("item:B2:0", Verdict.REDUCED, "partly", 1), Ruled("fatal:F1:0", Verdict.STANDS, "heard")], None),
        ([Ruled("item:B2:0", Verdict.STANDS, "heard")], ("fatal:F1:0", Flaw.MISSING)),
        (
            [Ruled(key, Verdict.STANDS, "heard") for key in ("item:B2:0", "fatal:F1:0", "item:A1:0")],
            ("item:A1:0", Flaw.STRANGE),
        ),
        (
            [Ruled("item:B2:0", Verdict.STANDS, ""), Ruled("fatal:F1:0", Verdict.STANDS, "x")],
            ("item:B2:0", Flaw.REASON),
        ),
        *(
            ([Ruled("item:B2:0", Verdict.REDUCED, "x", taken), Ruled("fatal:F1:0", Verdict.STANDS, "x")],
             ("item:B2:0", Flaw.WORSE))
            for taken in (-1, 0, 4, 5)
        ),
        (
            [Ruled("item:B2:0", Verdict.STANDS, "x"), Ruled("fatal:F1:0", Verdict.REDUCED, "x", 1)],
            ("fatal:F1:0", Flaw.RED_LINE),
        ),
    ],
)  # fmt: skip
def test_what_a_ruling_must_have(decisions: list[Ruled], expected: tuple[str, Flaw] | None) -> None:
    assert appeals.flaw(decisions, ("item:B2:0", "fatal:F1:0"), MARKS) == expected


_RULINGS = st.lists(
    st.builds(Ruled, st.sampled_from([mark.key for mark in MARKS]), st.sampled_from(Verdict), st.just("so"),
              st.integers(-2, 6)),
    max_size=4,
)  # fmt: skip


@given(_RULINGS)
def test_no_ruling_makes_a_score_worse(decisions: list[Ruled]) -> None:
    appealed = {one.key for one in decisions}
    if appeals.flaw(decisions, appealed, MARKS) is not None:
        return
    before = {mark.key: mark.taken for mark in MARKS}
    left = appeals.after(MARKS, decisions)
    assert all(mark.taken <= before[mark.key] for mark in left)
    assert {mark.key for mark in left} <= set(before)
    assert set(before) - {mark.key for mark in left} <= appealed


def test_what_a_ruling_comes_to() -> None:
    lifted, stands = Ruled("item:A1:0", Verdict.LIFTED, "x"), Ruled("item:B2:0", Verdict.STANDS, "x")
    assert appeals.outcome([lifted]) is Outcome.GRANTED
    assert appeals.outcome([stands]) is Outcome.UPHELD
    assert appeals.outcome([lifted, stands]) is Outcome.PARTLY
    assert appeals.outcome([Ruled("item:B2:0", Verdict.REDUCED, "x", 1)]) is Outcome.PARTLY
    assert [mark.code for mark in appeals.after(MARKS, [lifted, stands])] == ["B2", "C4", "F1"]


def test_a_late_house_gives_points_but_lifts_no_red_line() -> None:
    assert appeals.when_late(Step.FIRST, ["item:A1:0"]) is Late.UPWARD
    assert appeals.when_late(Step.FIRST, ["fatal:F1:0"]) is Late.UPWARD
    assert appeals.when_late(Step.LAST, ["item:A1:0", "item:B2:0"]) is Late.GRANT
    assert appeals.when_late(Step.LAST, ["item:A1:0", "fatal:F1:0"]) is Late.WAIT


def filled(scorer: int, call: int, score: int, taken: dict[str, int] | None = None, *fatals: str) -> Filled:
    """What somebody found; the third item applies to no call."""
    return Filled(scorer, call, score, frozenset(fatals), taken or {}, frozenset({"C"}))


def test_a_session_by_hand() -> None:
    found = [
        filled(1, 1, 1000), filled(2, 1, 960, {"A": 4}), filled(3, 1, 980, {"A": 2}),
        filled(1, 2, 0, {"B": 1}, "F1"), filled(2, 2, 0, {"B": 1}, "F1"), filled(3, 2, 990, {"B": 1}),
        filled(4, 1, 500),
    ]  # fmt: skip
    result = calibration.compare(found, ["A", "B", "C"], [1, 2], [1, 2, 3, 4])
    assert (result.scorers, result.unfinished) == ((1, 2, 3), (4,))
    first, second = result.calls
    assert (first.spread, first.gap, first.fatal_same) == (40, Fraction(80, 3), True)
    assert (second.spread, second.gap, second.fatal_same) == (990, Fraction(660), False)
    assert result.gap == (Fraction(80, 3) + 660) / 2
    assert result.fatal == Fraction(4, 6)
    item = {one.code: one for one in result.items}
    assert (item["A"].least, item["A"].most, item["A"].mean, item["A"].widest) == (0, 4, Fraction(1), 4)
    assert item["A"].same == Fraction(4, 6)
    assert (item["B"].widest, item["B"].same) == (0, Fraction(1))
    leans = {one.scorer: one for one in result.leans}
    assert leans[1].mean == Fraction(30 + (0 - 495), 2)
    assert sum((one.mean for one in result.leans), Fraction()) == 0
    # six things, three judges: of the eighteen judgements 7 full, 5 less, 6 not applicable; 16 of 18 pairs agree
    assert result.same == Fraction(16, 18)
    chance = Fraction(49 + 25 + 36, 18 * 18)
    assert result.kappa == (Fraction(16, 18) - chance) / (1 - chance)
    assert result.pairs[2, 3] == 1  # the same judgements: how many points fewer is not asked
    told = calibration.reached(result, Targets())
    assert (told.gap, told.fatal, told.kappa) == (False, False, True)


def test_one_scorer_is_compared_with_nobody() -> None:
    result = calibration.compare([filled(1, 1, 900)], ["A"], [1], [1, 2])
    assert (result.scorers, result.unfinished, result.gap, result.kappa) == ((1,), (2,), None, None)
    assert calibration.reached(result, Targets()) == calibration.Reached(None, None, None)


def test_full_agreement_without_a_kappa_reaches_the_target() -> None:
    perfect = [Filled(who, 1, 1000) for who in (1, 2)]
    result = calibration.compare(perfect, ["A", "B"], [1], [1, 2])
    assert result.kappa is None
    assert calibration.reached(result, Targets()) == calibration.Reached(gap=True, fatal=True, kappa=True)


_SESSION = st.lists(st.lists(st.integers(0, 1000), min_size=3, max_size=3), min_size=1, max_size=5)


@given(_SESSION)
def test_gaps_and_leans_are_what_their_words_say(scores: list[list[int]]) -> None:
    found = [Filled(who, call, score) for call, row in enumerate(scores) for who, score in enumerate(row)]
    result = calibration.compare(found, ["A"], range(len(scores)), range(3))
    apart = [abs(a - b) for row in scores for a, b in combinations(row, 2)]
    assert result.gap == Fraction(sum(apart), len(apart))
    assert sum((one.mean for one in result.leans), Fraction()) == 0


def test_a_drift_is_told_by_the_newest_months() -> None:
    months = ["2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
    leans = [
        ("2026-05", Lean(1, Fraction(900), 5)),  # before the months that are shown
        ("2026-06", Lean(1, Fraction(90), 5)),
        ("2026-09", Lean(1, Fraction(-80), 6)),
        ("2026-10", Lean(1, Fraction(-50), 3)),
        ("2026-10", Lean(1, Fraction(-20), 3)),
        ("2026-10", Lean(2, Fraction(51), 5)),
        ("2026-06", Lean(3, Fraction(400), 5)),
        ("2026-10", Lean(4, Fraction(50), 5)),
    ]
    drifts = {one.scorer: one for one in calibration.drift(leans, months, allowed=50)}
    assert drifts[1].months == {"2026-06": 90, "2026-09": -80, "2026-10": -35}
    assert (drifts[1].recent, drifts[1].bias) == (Fraction(-80 * 6 - 35 * 6, 12), Bias.STRICT)
    assert (drifts[2].bias, drifts[3].bias, drifts[4].bias) == (Bias.LENIENT, Bias.UNKNOWN, Bias.EVEN)


@pytest.mark.parametrize(
    ("move", "state", "text", "retest", "tested", "expected"),
    [
        ("hold", "planned", "we heard it together", Retest.CALL, False, None),
        ("hold", "held", "again", Retest.CALL, False, coaching.Refused.STATE),
        ("hold", "planned", " ", Retest.CALL, False, coaching.Refused.TEXT),
        ("hold", "planned", "x" * 4001, Retest.CALL, False, coaching.Refused.LONG),
        ("pass", "held", "good", Retest.CALL, False, coaching.Refused.RETEST),
        ("pass", "held", "good", Retest.CALL, True, None),
        ("fail", "held", "not yet", Retest.NONE, False, None),
        ("pass", "planned", "good", Retest.NONE, False, coaching.Refused.STATE),
        ("cancel", "held", "he left the house", Retest.EXAM, False, None),
        ("cancel", "passed", "x", Retest.EXAM, False, coaching.Refused.STATE),
        ("fly", "held", "x", Retest.EXAM, False, coaching.Refused.UNKNOWN),
    ],
)
def test_the_steps_of_a_coaching(
    move: str, state: str, text: str, retest: Retest, *, tested: bool, expected: coaching.Refused | None
) -> None:
    found = coaching.refused(move, coaching.State(state), text=text, by_agent=False, retest=retest, tested=tested)
    assert found == expected
    assert coaching.refused("hold", coaching.State.PLANNED, text="x", by_agent=True, retest=retest, tested=True) == (
        coaching.Refused.SELF
    )


def test_the_weeks_of_a_coaching_leave_out_what_lies_between() -> None:
    before, after = coaching.windows(date(2026, 11, 2), date(2026, 11, 5), 2)
    assert before == (date(2026, 10, 19), date(2026, 11, 1))
    assert after == (date(2026, 11, 6), date(2026, 11, 19))


_SHARES = st.lists(st.integers(0, 4).map(lambda points: Fraction(points, 4)), min_size=1, max_size=5)


@given(_SHARES, _SHARES)
def test_the_chance_is_what_trying_all_ways_gives(before: list[Fraction], after: list[Fraction]) -> None:
    values = [*before, *after]
    good = [sum(some) >= sum(after) for some in combinations(values, len(after))]
    assert coaching.by_chance(before, after) == pytest.approx(sum(good) / len(good), abs=1e-12)


def test_an_effect_says_so_only_when_there_is_enough() -> None:
    low, high = Fraction(1, 4), Fraction(1)
    few = coaching.effect([low, low], [high] * 5)
    assert (few.before, few.after, few.n_before, few.verdict) == (low, high, 2, coaching.Verdict.TOO_FEW)
    better = coaching.effect([low] * 4, [high] * 4)
    assert better.verdict is coaching.Verdict.BETTER
    assert better.chance == pytest.approx(1 / 70)
    unclear = coaching.effect([low, high, high], [high, high, high])
    assert unclear.verdict is coaching.Verdict.UNCLEAR
    assert coaching.effect([high] * 3, [low] * 3).verdict is coaching.Verdict.NO_BETTER
    assert coaching.effect([high] * 3, [high] * 3).verdict is coaching.Verdict.NO_BETTER
    assert coaching.effect([], [high] * 3).before is None


def test_many_values_are_not_counted_one_by_one() -> None:
    before = [Fraction(n % 5, 4) for n in range(40)]
    after = [Fraction(n % 5, 4) for n in range(35)]
    assert coaching.by_chance(before, after) == pytest.approx(0.5, abs=0.05)
    assert coaching.by_chance(before, [Fraction(1)] * 35) < 1e-6
    assert coaching.by_chance([Fraction(1)] * 40, [Fraction(1)] * 35) == 1
