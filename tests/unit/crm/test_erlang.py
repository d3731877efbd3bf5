"""Erlang's formulas against their definitions, worked examples that were published, and the chain of states."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.erlang import Goal, Load, agents_needed, erlang_b, erlang_c, heads, service

TABLE_B = [
    (1, 0.0101, 0.01), (2, 0.153, 0.01), (5, 1.36, 0.01), (10, 4.46, 0.01), (20, 12.0, 0.01), (50, 37.9, 0.01),
    (100, 84.1, 0.01), (5, 2.22, 0.05), (10, 6.22, 0.05), (20, 15.2, 0.05), (50, 44.5, 0.05), (100, 95.2, 0.05),
]  # fmt: skip
"""Servers, load in erlangs to three figures as the usual tables give it, share lost. No one book stands behind these
rows; that the formula is right is proven by the exact sums."""

PRINTED_B = [
    (10, 8.0, 12.1661), (12, 10.0, 11.9739), (15, 12.5, 10.0489), (18, 15.0, 8.6169), (22, 18.0, 6.5451),
    (15, 8.108, 1.0),
]  # fmt: skip
"""Lines, load in erlangs, per cent lost, as printed: five rows of the example table of codingace.net's call blocking
calculator, and the example of Westbay's Erlang B calculator manual (15 lines and 1 % carry 8.108 erlangs)."""

WORKED_C = [
    (11, 0.682, 0.390, 122.8, 0.909),
    (12, 0.449, 0.640, 40.4, 0.833),
    (13, 0.285, 0.796, 17.1, 0.769),
    (14, 0.174, 0.888, 7.8, 0.714),
]
"""Call Centre Helper's worked example: 200 calls an hour of 180 s, 20 s: agents, P(wait), level, ASA, busy."""


@pytest.mark.parametrize(("servers", "load", "lost"), TABLE_B)
def test_erlang_b_is_that_of_the_table(servers: int, load: float, lost: float) -> None:
    assert erlang_b(servers, load) == pytest.approx(lost, rel=0.03)  # loads are printed to three figures


@pytest.mark.parametrize(("lines", "load", "lost"), PRINTED_B)
def test_erlang_b_is_what_was_printed_to_the_last_digit(lines: int, load: float, lost: float) -> None:
    assert 100 * erlang_b(lines, load) == pytest.approx(lost, abs=0.00006)


def test_erlang_c_is_that_of_the_erlang_calculators_manual() -> None:
    """Its example (personal.telefonica.terra.es/web/vr/erlang): 600 calls an hour of 120 s are 20 erlangs; 26 wait at
    most 15 % of the time, 3 s on average; 30 wait 2.5 %; 30 could carry 23.6 erlangs at 15 %."""
    assert erlang_c(26, 20) < 0.15 < erlang_c(25, 20)
    assert service(26, Load(600, 120), 20).wait == pytest.approx(3, abs=0.5)
    assert erlang_c(30, 20) == pytest.approx(0.025, abs=0.0005)
    assert erlang_c(30, 23.6) == pytest.approx(0.15, abs=0.005)


@given(st.integers(1, 60), st.fractions(Fraction(1, 10), 80, max_denominator=50))
@settings(max_examples=60, deadline=None)
def test_erlang_b_and_c_are_the_exact_sums_that_define_them(agents: int, load: Fraction) -> None:
    terms = [load**n / math.factorial(n) for n in range(agents + 1)]
    assert erlang_b(agents, float(load)) == pytest.approx(float(terms[-1] / sum(terms)), rel=1e-9)
    if load < agents:
        waiting = terms[-1] * agents / (agents - load)
        exact = waiting / (sum(terms[:-1]) + waiting)
        assert erlang_c(agents, float(load)) == pytest.approx(float(exact), rel=1e-6)


@pytest.mark.parametrize(("agents", "waits", "level", "wait", "busy"), WORKED_C)
def test_erlang_c_is_that_of_the_worked_example(
    agents: int, waits: float, level: float, wait: float, busy: float
) -> None:
    found = service(agents, Load(200, 180), 20)
    assert (found.waits, found.level, found.occupancy) == pytest.approx((waits, level, busy), abs=0.001)
    assert found.wait == pytest.approx(wait, abs=0.06)


def test_erlang_c_is_that_of_mitans_example() -> None:
    """360 calls in half an hour of 240 s, 55 agents, 15 s: P(wait) 0.239, mean wait 8.2 s, 84.6 % in time."""
    found = service(55, Load(720, 240), 15)
    assert (found.waits, found.level) == pytest.approx((0.239, 0.846), abs=0.001)
    assert found.wait == pytest.approx(8.2, abs=0.05)


def test_erlang_a_is_that_of_garnett_mandelbaum_and_reiman() -> None:
    """Their first table (M&SOM 4, 2002): 48 calls a minute of 1 minute, 50 agents, a patience of 2 minutes."""
    patient, impatient = service(50, Load(2880, 60), 20), service(50, Load(2880, 60, 120), 20)
    assert patient.wait == pytest.approx(20.8, abs=0.05)
    assert patient.occupancy == pytest.approx(0.96)
    assert impatient.wait == pytest.approx(3.7, abs=0.05)
    assert impatient.abandoned == pytest.approx(0.031, abs=0.0005)
    assert impatient.occupancy == pytest.approx(0.93, abs=0.005)


def _chain(agents: int, load: Load, patience: float) -> tuple[float, float]:
    """P(wait) and P(abandon) by the balance of the states themselves, one after the other."""
    comes, serves, leaves = load.calls / 3600, 1 / load.handle, 1 / patience
    weights = [1.0]
    for n in range(1, agents + 1500):
        weights.append(weights[-1] * comes / (min(n, agents) * serves + max(0, n - agents) * leaves))
    whole = math.fsum(weights)
    lost = math.fsum(w * (n - agents) * leaves for n, w in enumerate(weights) if n > agents)
    return math.fsum(weights[agents:]) / whole, lost / whole / comes


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.floats(1, 600), st.floats(30, 400), st.floats(10, 900))
def test_erlang_a_balances(agents: int, calls: float, handle: float, patience: float) -> None:
    load = Load(calls, handle, patience)
    found = service(agents, load, 20)
    waits, lost = _chain(agents, load, patience)
    assert found.waits == pytest.approx(waits, rel=1e-6, abs=1e-9)
    assert found.abandoned == pytest.approx(lost, rel=1e-6, abs=1e-9)
    assert found.wait == pytest.approx(found.abandoned * patience)  # Little's law: λP(Ab) = θ·E[in line]


def _level_by_steps(agents: int, load: Load, patience: float, seconds: float) -> float:
    """Answered in time, by walking through the density of the wait in small steps (Simpson)."""
    comes, serves, leaves = load.calls / 3600, 1 / load.handle, 1 / patience

    def density(x: float) -> float:
        return math.exp(comes / leaves * (1 - math.exp(-leaves * x)) - agents * serves * x)

    def area(begin: float, end: float, power: float) -> float:
        steps = 20_000
        width = (end - begin) / steps
        return width / 3 * math.fsum(
            (1 if k in (0, steps) else 4 if k % 2 else 2)
            * density(begin + k * width) * math.exp(-power * (begin + k * width))
            for k in range(steps + 1)
        )  # fmt: skip

    free = 1 / erlang_b(agents - 1, load.erlangs)
    whole = free + comes * area(0, 4000, 0)
    return free / whole + comes * area(0, seconds, leaves) / whole


@pytest.mark.parametrize(("agents", "calls", "seconds"), [(12, 200, 20), (14, 200, 20), (9, 200, 60), (1, 10, 15)])
def test_erlang_a_counts_those_in_time_as_the_integral_does(agents: int, calls: float, seconds: float) -> None:
    load = Load(calls, 180, 120)
    assert service(agents, load, seconds).level == pytest.approx(_level_by_steps(agents, load, 120, seconds), abs=1e-6)


def test_the_more_patience_the_nearer_is_erlang_a_to_erlang_c() -> None:
    near, limit = service(14, Load(200, 180, 1e7), 20), service(14, Load(200, 180), 20)
    assert (near.waits, near.level, near.wait) == pytest.approx((limit.waits, limit.level, limit.wait), rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 2000), st.floats(20, 900), st.one_of(st.none(), st.floats(20, 900)), st.floats(0.5, 0.99))
def test_it_needs_the_fewest_agents_that_are_enough(
    calls: float, handle: float, patience: float | None, share: float
) -> None:
    load, goal = Load(calls, handle, patience), Goal(share, 20, 0.95)
    found = agents_needed(load, goal)
    assert found.meets(goal)
    assert found.agents == 0 or not service(found.agents - 1, load, 20).meets(goal)


def test_impatient_callers_need_no_more_agents_than_patient_ones() -> None:
    for calls in (1, 10, 50, 200, 1000):
        assert agents_needed(Load(calls, 240, 90), Goal()).agents <= agents_needed(Load(calls, 240), Goal()).agents


def test_the_edges_have_an_answer() -> None:
    assert erlang_b(0, 5) == 1
    assert (erlang_c(5, 0), erlang_c(5, 5), erlang_c(3, 5)) == (0, 1, 1)
    assert service(4, Load(200, 180), 20).wait == math.inf
    assert service(0, Load(10, 60, 30), 20).abandoned == 1
    assert service(2000, Load(10, 60, 30), 20).level == 1
    assert agents_needed(Load(0, 180), Goal()).agents == 0
    assert service(3000, Load(60_000, 180, 120), 20).abandoned == pytest.approx(0.008, abs=0.001)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Load(-1, 60),
        lambda: Load(math.nan, 60),
        lambda: Load(1, 60, 0),
        lambda: Goal(share=1.0),
        lambda: Goal(seconds=-1),
        lambda: Goal(occupancy=0),
        lambda: service(-1, Load(1, 60), 20),
        lambda: heads(5, 1.0),
        lambda: agents_needed(Load(1e6, 3600), Goal()),
    ],
)
def test_what_makes_no_sense_is_refused(bad) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  (a lambda of the table)
    with pytest.raises(ValueError, match=r"must|more than"):
        bad()


@pytest.mark.parametrize(("agents", "shrinkage", "people"), [(14, 0.3, 20), (7, 0.3, 10), (10, 0.0, 10), (0, 0.3, 0)])
def test_breaks_and_illness_ask_for_more_people(agents: int, shrinkage: float, people: int) -> None:
    assert heads(agents, shrinkage) == people
