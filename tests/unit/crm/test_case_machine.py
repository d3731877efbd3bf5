"""Complaints walked by hypothesis through moves, time and people: no illegal state, no missed term, no self-approval.

``make cases`` walks 10,000 of them; here it is a few.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

from tests.case_machine import CaseMachine

RUNS = int(os.environ.get("CASE_RUNS", "15"))
CaseMachine.TestCase.settings = settings(
    max_examples=RUNS,
    stateful_step_count=50 if RUNS > 100 else 25,
    deadline=None,
    derandomize=RUNS <= 100,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate] if RUNS > 100 else list(Phase),
)
TestCases = CaseMachine.TestCase
