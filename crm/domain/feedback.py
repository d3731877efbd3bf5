"""What customers judge: the house's way of working, and its products (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from crm.domain.wealth import Product


class About(StrEnum):
    """What it is about."""

    PROCESS = "process"
    PRODUCT = "product"


class FeedbackState(StrEnum):
    """What became of it."""

    NEW = "new"
    PASSED = "passed"
    ANSWERED = "answered"


PROCESS = ("waiting", "menu", "attitude", "competence", "clarity", "speed", "outcome", "branch", "app", "forms")
"""Steps of the way of working that customers speak of."""
SUBJECTS: Mapping[About, tuple[str, ...]] = {
    About.PROCESS: PROCESS,
    About.PRODUCT: tuple(str(product) for product in Product),
}
