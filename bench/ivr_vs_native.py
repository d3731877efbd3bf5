"""Our menu beside the same flow in pure dialplan and beside a FastAGI server without logic, in one run.

Asterisk and the server that it asks share one core, SIPp has the other. CPU a call at a moderate rate is the sharp
figure; the highest sustained rate is searched for as well. Native flow: same limit, folder, recorder, variables,
facts and prompts, so what differs is who decides.
"""

from __future__ import annotations

import os
import random

from bench.figures import Figure, figure_of
from bench.ivr_bed import Bed, bed
from bench.ivr_dialplan import FLOOR, NATIVE, OURS
from bench.ivr_latency import measure
from bench.ivr_load import Load, offer

ROUNDS = int(os.environ.get("HUIYIN_BENCH_ROUNDS", "5"))
RATE, CALLS = 40.0, 240
STEP = 1.07
SEARCH_SECONDS = 6.0
NAMES = {OURS: "ours", NATIVE: "native dialplan", FLOOR: "FastAGI without logic (C)"}


def run() -> list[Figure]:
    """All figures of the menu."""
    with bed() as one:
        for number in NAMES:
            offer(one, number, 20, 40)  # warms caches and files
        cpu = _cpu(one)
        latency = _latency(one)
        limits = _limits(one, cpu)
    with bed(max_calls=max(5, int(limits[OURS] * 1.3 * 0.9))) as one:
        refused = _admission(one, limits[OURS])
    return [
        figure_of(
            "ivr_calls_per_s_vs_native", [limits[OURS] / limits[NATIVE]], "ratio", f"native {limits[NATIVE]:.0f}/s"
        ),
        figure_of("ivr_calls_per_s_floor_vs_native", [limits[FLOOR] / limits[NATIVE]], "ratio", "the C floor"),
        figure_of("ivr_cpu_per_call_vs_native", [o / n for o, n, _ in cpu], "ratio", "native dialplan"),
        figure_of("ivr_cpu_per_call_floor_vs_native", [f / n for _, n, f in cpu], "ratio", "the C floor"),
        figure_of("ivr_capacity_vs_native_by_cpu", [n / o for o, n, _ in cpu], "ratio", "native dialplan"),
        *latency,
        refused,
    ]


def _cpu(one: Bed) -> list[tuple[float, float, float]]:
    rounds = []
    for index in range(ROUNDS):
        order = list(NAMES)
        random.Random(index).shuffle(order)
        loads = {number: offer(one, number, RATE, CALLS) for number in order}
        rounds.append((loads[OURS].cpu_per_call, loads[NATIVE].cpu_per_call, loads[FLOOR].cpu_per_call))
        print(
            "  CPU a call, ms: " + ", ".join(f"{NAMES[n]} {loads[n].cpu_per_call * 1000:.2f}" for n in NAMES),
            flush=True,
        )
    return rounds


def _latency(one: Bed) -> list[Figure]:
    ratios = {0.5: [], 0.99: []}  # type: dict[float, list[float]]
    for _ in range(max(1, ROUNDS // 2)):
        ours, native = measure(one, OURS, 40), measure(one, NATIVE, 40)
        for share, values in ratios.items():
            values.append(ours[int(share * 39)] / native[int(share * 39)])
        print(
            f"  digit to prompt: ours p50 {ours[19]:.2f} p99 {ours[38]:.2f}, native {native[19]:.2f} {native[38]:.2f}"
        )
    return [
        figure_of("ivr_digit_to_prompt_p50_vs_native", ratios[0.5], "ratio", "native dialplan"),
        figure_of("ivr_digit_to_prompt_p99_vs_native", ratios[0.99], "ratio", "native dialplan"),
    ]


def _limits(one: Bed, cpu: list[tuple[float, float, float]]) -> dict[str, float]:
    """The highest sustained rate of each; the search begins at 70 % of what its CPU a call allows."""
    middle = sorted(cpu)[len(cpu) // 2]
    start = dict(zip((OURS, NATIVE, FLOOR), (0.7 / each for each in middle), strict=True))
    return {number: _search(one, number, start[number]) for number in NAMES}


def _search(one: Bed, number: str, rate: float) -> float:
    best = 0.0
    failures = 0
    while failures < 2:
        load = offer(one, number, rate, int(rate * SEARCH_SECONDS))
        print(f"  {NAMES[number]} at {rate:.0f}/s: {_verdict(load)}", flush=True)
        if load.sustained:
            best, failures = rate, 0
            rate *= STEP
        else:
            failures += 1
            rate = rate / 1.2 if best == 0.0 else rate
        if rate < 1:
            raise RuntimeError("not even one call a second is sustained")
    return best


def _verdict(load: Load) -> str:
    if load.sustained:
        return f"sustained, answered p99 {load.answer_p99:.0f} ms"
    return f"not: {load.failed} failed, {load.retransmissions} sent again, answered p99 {load.answer_p99:.0f} ms"


def _admission(one: Bed, limit: float) -> Figure:
    """At 1.3 times the limit: the share of admitted calls that complete; the rest must have got a clean 503."""
    load = offer(one, OURS, limit * 1.3, int(limit * 1.3 * SEARCH_SECONDS))
    admitted = load.completed + load.failed
    print(f"  at 1.3 × the limit: {load.completed} completed, {load.refused} refused with 503, {load.failed} failed, "
          f"answered p99 {load.answer_p99:.0f} ms")  # fmt: skip
    return figure_of(
        "ivr_admission", [load.completed / max(1, admitted)], "share", f"{load.refused} of {load.offered} refused"
    )
