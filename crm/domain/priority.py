"""What makes a matter urgent: the highest of its kind and severity, its amount, its customer, and what it names (pure).

Reference: domain 3.2. The bands and the weights are the house's own (``crm.domain.rules``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crm.domain.emergency import Trigger, signs
from crm.domain.rules import Rules

_REGULATORS = (
    "银保监", "金融监管", "监管局", "人民银行", "人行", "央行", "12378", "12363", "消协", "消费者协会", "消保委",
    "信访", "regulator", "central bank", "ombudsman", "financial authority", "consumer association",
)  # fmt: skip


class Ground(StrEnum):
    """Why a matter is more urgent than its kind and severity say."""

    AMOUNT = "amount"
    VULNERABLE = "vulnerable"
    NAMED = "named"
    """it names the media or a regulator, or one forwarded it"""


@dataclass(frozen=True)
class Weights:
    """What is known of a matter."""

    amount_fen: int | None = None
    vulnerable: bool = False
    forwarded: bool = False
    text: str = ""


def names_others(text: str) -> bool:
    """Whether a text names the media or a regulator."""
    lowered = text.lower()
    return any(word in lowered for word in _REGULATORS) or any(sign.trigger is Trigger.MEDIA for sign in signs(text))


def raised(base: str, weights: Weights, rules: Rules) -> tuple[str, tuple[Ground, ...]]:
    """The priority with everything that counts, and why it is higher than ``base``; P1 is the highest."""
    asked = {
        Ground.AMOUNT: _band(weights.amount_fen or 0, rules),
        Ground.VULNERABLE: rules.vulnerable_priority if weights.vulnerable else 4,
        Ground.NAMED: rules.media_priority if weights.forwarded or names_others(weights.text) else 4,
    }
    before = int(base[1])
    highest = min(before, *asked.values())
    why = tuple(ground for ground, number in asked.items() if number == highest and number < before)
    return f"P{highest}", why


def _band(fen: int, rules: Rules) -> int:
    bands = (rules.amount_p1_fen, rules.amount_p2_fen, rules.amount_p3_fen)
    return next((number for number, least in enumerate(bands, 1) if fen >= least), 4)
