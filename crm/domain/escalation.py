"""Escalated complaints: why one goes up, and what must hold before it is decided again (pure).

A matter that is escalated is looked into anew by somebody who had no hand in it before, and is deliberated at a
higher level of the handling order. Reference: domain 1.11 (EM-01, EM-02).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Ground(StrEnum):
    """Why a complaint is escalated."""

    REFUSED = "refused"
    """the customer does not accept the first result"""
    PRINCIPLE = "principle"
    """a matter of principle"""
    REPUTATION = "reputation"
    """the house's name may suffer"""


class Decision(StrEnum):
    """What the deliberation came to."""

    UPHELD = "upheld"
    CHANGED = "changed"
    SPECIAL = "special"
    """special handling"""


class State(StrEnum):
    """How far an escalation is."""

    RAISED = "raised"
    INVESTIGATING = "investigating"
    DECIDED = "decided"


LEAST_PEOPLE = 2
"""A deliberation is no soliloquy."""


@dataclass(frozen=True)
class Deliberation:
    """What is looked at before an escalated matter is decided. People are ids of users."""

    investigator: int | None
    handled_before: frozenset[int]
    complained_about: int | None
    participants: frozenset[int]
    seniors: frozenset[int]
    """those of the participants whose role stands higher than who gave the first answer"""
    findings: str
    decision: Decision | None
    reasons: str


def investigator_problem(user_id: int, handled_before: Collection[int], complained_about: int | None) -> str | None:
    """Why this person may not look into the matter anew; None when he may."""
    if user_id == complained_about:
        return "nobody investigates a complaint about himself"
    if user_id in handled_before:
        return "who handled the complaint before does not investigate it anew"
    return None


def problems(one: Deliberation) -> tuple[str, ...]:
    """Everything that stands against the decision."""
    found = []
    if one.investigator is None:
        found.append("nobody was named to investigate anew")
    elif (why := investigator_problem(one.investigator, one.handled_before, one.complained_about)) is not None:
        found.append(why)
    if not one.findings.strip():
        found.append("the findings of the new investigation are missing")
    if len(one.participants) < LEAST_PEOPLE:
        found.append("at least two people deliberate")
    if one.complained_about in one.participants:
        found.append("who is complained about takes no part in the deliberation")
    if not one.seniors:
        found.append("somebody of a higher level takes part in the deliberation")
    if one.decision is None or not one.reasons.strip():
        found.append("a decision with its reasons is needed")
    return tuple(found)
