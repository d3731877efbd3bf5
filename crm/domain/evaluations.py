"""Evaluations: what they are made for, how they go on, and who may score whom (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Purpose(StrEnum):
    """What an evaluation was made for. Only ``routine`` and ``ruling`` ever count for the agent."""

    ROUTINE = "routine"
    BLIND = "blind"
    """a second scorer scores the same call without knowing what the first one found"""
    CALIBRATION = "calibration"
    RULING = "ruling"
    """scored anew by somebody else because the agent appealed"""
    DRILL = "drill"
    """a practical exercise, with or without a call"""


class State(StrEnum):
    """How far it is."""

    CLAIMED = "claimed"
    """somebody has it before him"""
    DRAFT = "draft"
    """something is written down"""
    RELEASED = "released"
    """given back, or its time ran out, before it was handed in; it counts nowhere"""
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    APPEALED = "appealed"
    RULED = "ruled"
    FINAL = "final"


OPEN = frozenset({State.CLAIMED, State.DRAFT})
"""The scorer may still write."""
DONE = frozenset(State) - OPEN - {State.RELEASED}
"""There is a score."""
NEXT: Mapping[State, frozenset[State]] = {
    State.CLAIMED: frozenset({State.DRAFT, State.RELEASED, State.SUBMITTED}),
    State.DRAFT: frozenset({State.RELEASED, State.SUBMITTED}),
    State.RELEASED: frozenset(),
    State.SUBMITTED: frozenset({State.ACKNOWLEDGED, State.APPEALED, State.FINAL}),
    State.ACKNOWLEDGED: frozenset({State.FINAL}),
    State.APPEALED: frozenset({State.RULED, State.FINAL}),
    State.RULED: frozenset({State.APPEALED, State.FINAL}),
    State.FINAL: frozenset(),
}
"""State → where it can go from there."""


class MarkKind(StrEnum):
    """What a mark stands at."""

    ITEM = "item"
    FATAL = "fatal"
