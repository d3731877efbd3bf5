"""`make bench [ONLY=name,…]`: run the benchmarks, print a table, write HUIYIN_HOME/bench/latest.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.figures import Figure

BENCHMARKS: dict[str, tuple[str, ...]] = {
    "bench.ivr_vs_native": (
        "ivr_calls_per_s_vs_native",
        "ivr_cpu_per_call_vs_native",
        "ivr_digit_to_prompt_p99_vs_native",
        "ivr_admission",
    ),
    "bench.asr_vs_vosk_transcriber": (
        "asr_speed_vs_vosk_transcriber",
        "asr_error_vs_vosk_transcriber",
        "asr_extra_child_mb",
    ),
    "bench.pop_latency": (
        "pop_socket_p50_ms",
        "pop_socket_p99_ms",
        "streams_call_answered_ratio",
        "streams_pop_ratio",
    ),
    "bench.tickets_list": ("tickets_list_p50_ms", "tickets_list_vs_sql"),
    "bench.kpi_dashboard": ("kpi_dashboard_p95_ms", "kpi_dashboard_vs_sql"),
    "bench.pop_drawn": ("pop_drawn_p95_ms",),
    "bench.browser_legs": ("browser_legs_silent",),
}
"""Module (with a function ``run() -> list[Figure]``) → the figures it makes."""


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "kernel": platform.release()}


def chosen(only: str) -> list[str]:
    """Modules that make the figures named in ``only`` (all when empty). Exits for an unknown name."""
    names = {name.strip() for name in only.split(",") if name.strip()}
    known = {figure for figures in BENCHMARKS.values() for figure in figures} | set(BENCHMARKS)
    if names - known:
        sys.exit(f"no such figure: {', '.join(sorted(names - known))}; there are: {', '.join(sorted(known))}")
    return [module for module, figures in BENCHMARKS.items() if not names or names & {module, *figures}]


def table(figures: list[Figure]) -> str:
    """The figures for people."""
    rows = [("figure", "value", "unit", "beside", "runs", "spread")]
    rows += [(f.name, f"{f.value:.3g}", f.unit, f.beside, str(f.runs), str(f.spread)) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main() -> int:
    """Run what was asked for."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: servers and folders go
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="names of figures, joined by commas")
    options = parser.parse_args()
    figures: list[Figure] = []
    for module in chosen(options.only):
        print(f"== {module}", flush=True)
        run: Callable[[], list[Figure]] = import_module(module).run
        figures += run()
    print(table(figures))
    folder = Path(os.environ.get("HUIYIN_HOME", "var")) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    latest = {"machine": machine(), "figures": [figure.as_json() for figure in figures]}
    (folder / "latest.json").write_text(json.dumps(latest, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
