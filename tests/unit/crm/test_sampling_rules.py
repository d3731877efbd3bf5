"""The draw by lot: recomputable with another tool, uniform, and moved by nothing but its own calls."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, date, datetime
from itertools import combinations
from math import comb
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.errors import InvalidInputError
from crm.domain.sampling import (
    Frame,
    Quota,
    Week,
    commitment,
    digest,
    draw,
    is_chosen,
    lot,
    order,
    recompute,
    spread,
)
from crm.domain.sampling_plan import (
    ALWAYS,
    DEFAULT_PLAN,
    NUMBERS,
    Fault,
    Reason,
    from_form,
    problems,
    read,
    split_words,
)

CALLS = [f"huiyin01-17637700{n:02d}.{n}" for n in range(40)]
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789.-", min_size=1, max_size=20)
CRITICAL = {9: 27.877, 19: 43.820, 3: 16.266}
"""Chi-square, upper 0.001 points by degrees of freedom (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4)."""


def test_anybody_gets_the_same_draw_with_sha256_alone() -> None:
    def independent(seed: str, agent: str) -> list[str]:
        keyed = {hashlib.sha256(f"{seed}\ndraw\n{agent}\n{call}".encode()).hexdigest(): call for call in CALLS}
        return [keyed[key] for key in sorted(keyed)][:3]

    for seed in ("0" * 64, "5f" * 32):
        for agent in ("alice", "amy"):
            assert list(draw(seed, agent, CALLS, 3)) == independent(seed, agent)


def test_the_commitment_is_the_seeds_sha256() -> None:
    assert commitment("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1


def chi_square(counts: Counter[object], cells: int) -> float:
    expected = counts.total() / cells
    return sum((counts[cell] - expected) ** 2 / expected for cell in counts) + expected * (cells - len(counts))


@pytest.mark.parametrize(("population", "taken"), [(5, 2), (6, 3), (4, 1)])
def test_each_set_of_calls_is_as_likely_as_any_other(population: int, taken: int) -> None:
    sets = {frozenset(one): 0 for one in combinations(CALLS[:population], taken)}
    counts: Counter[object] = Counter(
        frozenset(draw(f"{seed:064x}", "alice", CALLS[:population], taken)) for seed in range(400 * len(sets))
    )
    assert set(counts) == set(sets)
    assert len(sets) == comb(population, taken)
    assert chi_square(counts, len(sets)) < CRITICAL[len(sets) - 1]


def test_each_place_of_the_order_is_as_likely_for_each_call() -> None:
    for place in range(4):
        counts: Counter[object] = Counter(order(f"{seed:064x}", "amy", CALLS[:4])[place] for seed in range(2000))
        assert chi_square(counts, 4) < CRITICAL[3]


def test_a_draw_that_takes_the_newest_would_be_found_out() -> None:
    counts: Counter[object] = Counter(frozenset(CALLS[:2]) for _ in range(4000))
    assert chi_square(counts, 10) > CRITICAL[9]


@given(st.sets(NAMES, max_size=30), st.integers(0, 12), NAMES, NAMES)
def test_leaving_out_a_call_that_was_not_drawn_moves_nothing(
    calls: set[str], count: int, seed: str, agent: str
) -> None:
    drawn = draw(seed, agent, calls, count)
    assert len(drawn) == min(count, len(calls)) == len(set(drawn))
    assert set(drawn) <= calls
    for left_out in calls - set(drawn):
        assert draw(seed, agent, calls - {left_out}, count) == drawn
    if drawn:
        rest = draw(seed, agent, calls - {drawn[0]}, count)
        assert rest[: len(drawn) - 1] == drawn[1:]


def test_agents_and_weeks_have_lots_of_their_own() -> None:
    assert draw("1" * 64, "alice", CALLS, 5) != draw("1" * 64, "amy", CALLS, 5)
    assert draw("1" * 64, "alice", CALLS, 5) != draw("2" * 64, "alice", CALLS, 5)
    assert lot("s", "ab", "c") != lot("s", "a", "bc")


def test_no_agent_has_a_second_call_before_each_has_his_first() -> None:
    agents = {f"call-{n}": "alice" if n < 7 else "amy" if n < 9 else "bob" for n in range(10)}
    for seed in ("a", "b", "c", "d", "e"):
        chosen = spread(seed, agents, 5)
        assert chosen == spread(seed, dict(reversed(agents.items())), 5)
        assert {agents[one] for one in chosen[:3]} == {"alice", "amy", "bob"}
        assert Counter(agents[one] for one in chosen) == {"alice": 2, "amy": 2, "bob": 1}
    assert len({spread(seed, agents, 3) for seed in ("a", "b", "c", "d", "e")}) > 1
    assert sorted(spread("a", agents, 99)) == sorted(agents)


@pytest.mark.parametrize("percent", [0, 1, 25, 50, 100])
def test_a_share_of_what_a_rule_names(percent: int) -> None:
    taken = sum(is_chosen("7" * 64, "silence", "alice", f"call-{n}", percent) for n in range(4000))
    expected = 4000 * percent / 100
    deviation = (4000 * percent / 100 * (1 - percent / 100)) ** 0.5
    assert abs(taken - expected) <= 3.29 * deviation  # 0.001 of the normal distribution, both sides
    assert percent not in {0, 100} or taken == expected


def test_more_percent_only_adds() -> None:
    names = [f"call-{n}" for n in range(500)]
    few = {one for one in names if is_chosen("8" * 64, "repeat", "amy", one, 20)}
    assert few < {one for one in names if is_chosen("8" * 64, "repeat", "amy", one, 60)}


def test_recomputing_names_what_changed_since() -> None:
    frame = Frame("alice", tuple(CALLS[:10]), Quota(2, 3), draw("3" * 64, "alice", CALLS[:10], 3))
    same = recompute("3" * 64, frame, CALLS[:10])
    assert same.holds
    assert (same.since, same.gone) == ((), ())
    later = recompute("3" * 64, frame, CALLS[1:12])
    assert later.holds
    assert (later.since, later.gone) == ((CALLS[10], CALLS[11]), (CALLS[0],))
    forged = Frame("alice", tuple(CALLS[:10]), Quota(2, 3), tuple(CALLS[:3]))
    assert not recompute("3" * 64, forged, CALLS[:10]).holds


def test_a_frames_digest_knows_no_order() -> None:
    assert digest(["b", "a"]) == digest(["a", "b"]) == hashlib.sha256(b"a\nb").hexdigest()
    assert digest(["a", "b"]) != digest(["a", "c"])


@pytest.mark.parametrize(
    ("started", "new"),
    [(None, False), (date(2026, 11, 16), True), (date(2026, 11, 20), True), (date(2026, 8, 19), True),
     (date(2026, 8, 18), False), (date(2020, 1, 1), False)],
)  # fmt: skip
def test_who_is_new(started: date | None, new: bool) -> None:
    week = Week.parse("2026-W47")
    quotas = DEFAULT_PLAN.quotas
    assert quotas.is_new(started, week) is new
    assert quotas.of(started, week) == (Quota(5, 10) if new else Quota(2, 3))


def test_weeks() -> None:
    week = Week.of(date(2026, 11, 22))
    assert str(week) == "2026-W47"
    assert (week.first, week.last) == (date(2026, 11, 16), date(2026, 11, 22))
    assert (str(Week.parse("2026-W53").after), str(Week.parse("2026-W01").before)) == ("2027-W01", "2025-W52")
    assert week.bounds(ZoneInfo("Asia/Shanghai")) == (
        datetime(2026, 11, 15, 16, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC)
    )  # fmt: skip
    assert Week.parse("2026-W09") < Week.parse("2026-W10")
    first, after = Week.parse("2026-W43").bounds(ZoneInfo("Europe/Berlin"))
    assert (after - first).total_seconds() == 169 * 3600  # summer time ends in it


@pytest.mark.parametrize("text", ["", "2026-47", "2026-W54", "2025-W53", "2026-W00", "2026-W471", "week"])
def test_what_is_no_week(text: str) -> None:
    with pytest.raises(InvalidInputError):
        Week.parse(text)


def test_complaints_fatals_and_low_surveys_are_taken_one_and_all() -> None:
    for rule in Reason:
        assert 0 <= DEFAULT_PLAN.percent(rule if rule is not Reason.RANDOM else Reason.ASKED) <= 100
    assert {DEFAULT_PLAN.percent(rule) for rule in ALWAYS} == {100}


def test_a_plan_comes_back_as_it_was_written() -> None:
    assert read(DEFAULT_PLAN.to_document()) == DEFAULT_PLAN
    assert read({"veteran_most": 4, "unknown": 1, "claims": "x"}).veteran_most == 4
    form = {name: str(getattr(DEFAULT_PLAN, name)) for name in NUMBERS}
    words = {f"words_{language}": "\n".join(said) for language, said in DEFAULT_PLAN.words.items()}
    assert from_form({**form, **words}) == (DEFAULT_PLAN, ())


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"veteran_least": "9"}, ("veteran_least", Fault.ORDER)), ({"claims": "0"}, ("claims", Fault.LIMITS)),
     ({"claims": "many"}, ("claims", Fault.NOT_A_NUMBER)),
     ({"silence_seconds": "5"}, ("silence_seconds", Fault.LIMITS)),
     ({"words_zh": "字" * 41}, ("words_zh", Fault.LONG_WORD)),
     ({"words_en": "\n".join(f"w{n}" for n in range(201))}, ("words_en", Fault.TOO_MANY_WORDS))],
)  # fmt: skip
def test_a_bad_plan_says_what_is_wrong(change: dict[str, str], problem: tuple[str, Fault]) -> None:
    form = {name: str(getattr(DEFAULT_PLAN, name)) for name in NUMBERS}
    _plan, found = from_form({**form, **change})
    assert [(one.name, one.fault) for one in found] == [problem]
    assert problems(DEFAULT_PLAN) == ()


def test_words_as_people_type_them() -> None:
    assert split_words("投诉,赔偿、 起诉\n\nOmbudsman;  class   action ; 投诉") == (
        "投诉", "赔偿", "起诉", "ombudsman", "class action"
    )  # fmt: skip
