"""What a customer needs of the bank's products, the risk that he can bear, and a plan that fits both (pure).

The questionnaire, its points and the model mixes are defaults of the house. A product above a customer's level is
never advised, and a level counts for a year: that much the house does not let anybody choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from crm.domain.errors import InvalidInputError

VALID = timedelta(days=365)
"""How long an assessment counts."""
WHOLE = 100


class Product(StrEnum):
    """Kinds of products."""

    DEPOSIT = "deposit"
    MONEY_FUND = "money_fund"
    BOND_FUND = "bond_fund"
    WEALTH = "wealth"
    """a wealth-management product of the bank (理财)"""
    MIXED_FUND = "mixed_fund"
    STOCK_FUND = "stock_fund"
    GOLD = "gold"
    INSURANCE = "insurance"
    CARD = "card"
    LOAN = "loan"


RISK: Mapping[Product, str] = {
    Product.DEPOSIT: "R1",
    Product.MONEY_FUND: "R1",
    Product.BOND_FUND: "R2",
    Product.WEALTH: "R2",
    Product.INSURANCE: "R2",
    Product.MIXED_FUND: "R3",
    Product.GOLD: "R4",
    Product.STOCK_FUND: "R4",
}
"""The usual risk of a kind; one product of it may have another. Cards and loans are no investment."""
RISKS = ("R1", "R2", "R3", "R4", "R5")
LEVELS = ("C1", "C2", "C3", "C4", "C5")


class Preference(StrEnum):
    """What he wants of an investment."""

    NONE = ""
    PRESERVE = "preserve"
    INCOME = "income"
    BALANCE = "balance"
    GROWTH = "growth"


class Liquidity(StrEnum):
    """How soon he may need the money."""

    NONE = ""
    ANY_DAY = "any_day"
    MONTH = "month"
    YEAR = "year"
    LATER = "later"


class Horizon(StrEnum):
    """How long he can do without it."""

    NONE = ""
    UNDER_1 = "under_1"
    FROM_1 = "1_to_3"
    FROM_3 = "3_to_5"
    OVER_5 = "over_5"


class AdviceKind(StrEnum):
    """What a talk about money was."""

    CONSULTATION = "consultation"
    PLANNING = "planning"
    ALLOCATION = "allocation"
    RISK = "risk"


class Service(StrEnum):
    """What one customer gets that not everybody gets."""

    MANAGER = "manager"
    """a person of his own to turn to"""
    DIRECT_LINE = "direct_line"
    VISITS = "visits"
    REVIEW = "review"
    """his mix is gone through with him"""
    SALONS = "salons"
    REMINDERS = "reminders"
    """of what falls due"""
    HOME_SERVICE = "home_service"
    LARGE_PRINT = "large_print"
    FAMILY_CONTACT = "family_contact"
    """somebody he trusts is told as well"""


QUESTIONS: Mapping[str, tuple[int, ...]] = {
    "age": (5, 4, 3, 1),
    "income": (1, 2, 4, 5),
    "share": (5, 4, 2, 1),
    "experience": (1, 2, 4, 5),
    "knowledge": (1, 2, 4, 5),
    "horizon": (1, 2, 4, 5),
    "aim": (1, 2, 4, 5),
    "loss": (0, 2, 4, 6),
    "fall": (0, 2, 4, 6),
    "need": (1, 2, 4, 5),
}
"""Question → points of its answers, from the first one. The words are the screen's."""
_STEPS = ((15, "C1"), (24, "C2"), (34, "C3"), (44, "C4"))
_NO_LOSS = ("loss", "fall")


@dataclass(frozen=True)
class Assessed:
    """What the answers come to."""

    points: int
    level: str


def assess(answers: Mapping[str, Any]) -> Assessed:
    """Points and level. Who can bear no loss at all is C1 whatever else he says. Raises InvalidInputError."""
    points = 0
    for question, worth in QUESTIONS.items():
        answer = answers.get(question)
        if type(answer) is not int or not 0 <= answer < len(worth):
            raise InvalidInputError(question, "choose one of the answers")
        points += worth[answer]
    level = next((level for most, level in _STEPS if points <= most), LEVELS[-1])
    if any(answers[question] == 0 for question in _NO_LOSS):
        level = LEVELS[0]
    return Assessed(points, level)


def fits(level: str | None, risk: str) -> bool:
    """Whether a product of this risk may be advised to a customer of this level; without a level only the safest."""
    if risk not in RISKS:
        raise InvalidInputError("product_risk", "is not one of the choices")
    return RISKS.index(risk) <= (LEVELS.index(level) if level in LEVELS else 0)


MODEL_MIXES: Mapping[str, Mapping[Product, int]] = {
    "C1": {Product.DEPOSIT: 70, Product.MONEY_FUND: 30},
    "C2": {Product.DEPOSIT: 40, Product.MONEY_FUND: 20, Product.WEALTH: 25, Product.BOND_FUND: 15},
    "C3": {
        Product.DEPOSIT: 25,
        Product.MONEY_FUND: 15,
        Product.WEALTH: 20,
        Product.BOND_FUND: 20,
        Product.MIXED_FUND: 20,
    },
    "C4": {
        Product.DEPOSIT: 15,
        Product.MONEY_FUND: 10,
        Product.WEALTH: 15,
        Product.BOND_FUND: 15,
        Product.MIXED_FUND: 25,
        Product.STOCK_FUND: 15,
        Product.GOLD: 5,
    },
    "C5": {
        Product.DEPOSIT: 10,
        Product.MONEY_FUND: 5,
        Product.WEALTH: 10,
        Product.BOND_FUND: 10,
        Product.MIXED_FUND: 25,
        Product.STOCK_FUND: 30,
        Product.GOLD: 10,
    },
}
"""Level → shares of 100, to begin a talk with."""
READY_MONEY = frozenset({Product.DEPOSIT, Product.MONEY_FUND})
_READY_AT_LEAST: Mapping[str, int] = {Liquidity.ANY_DAY: 60, Liquidity.MONTH: 40}


@dataclass(frozen=True)
class Part:
    """A share of a plan."""

    product: Product
    share: int
    risk: str

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {"product": str(self.product), "share": self.share, "risk": self.risk}


def suggested(level: str | None, liquidity: str = "") -> tuple[Part, ...]:
    """A mix to begin with: the model of the level, with as much ready money as he may need."""
    mix = dict(MODEL_MIXES.get(level or "", MODEL_MIXES[LEVELS[0]]))
    missing = _READY_AT_LEAST.get(liquidity, 0) - sum(share for product, share in mix.items() if product in READY_MONEY)
    for product in sorted(mix, key=lambda one: RISK[one], reverse=True):
        if missing <= 0 or product in READY_MONEY:
            break
        taken = min(missing, mix[product])
        mix[product] -= taken
        mix[Product.DEPOSIT] += taken
        missing -= taken
    return tuple(Part(product, share, RISK[product]) for product, share in mix.items() if share)


def checked_mix(parts: Sequence[tuple[str, int, str]], level: str | None) -> tuple[Part, ...]:
    """A mix whose shares make a whole and whose products all fit. Raises InvalidInputError."""
    found: dict[str, Part] = {}
    for product, share, risk in parts:
        if product not in RISK:
            raise InvalidInputError("mix", "names something that is no investment")
        if product in found:
            raise InvalidInputError("mix", "names a product twice")
        if not 1 <= share <= WHOLE:
            raise InvalidInputError("mix", "has a share that is not 1 to 100")
        if not fits(level, risk):
            raise InvalidInputError("mix", "holds more risk than this customer can bear")
        found[product] = Part(Product(product), share, risk)
    if found and sum(part.share for part in found.values()) != WHOLE:
        raise InvalidInputError("mix", "must make 100 together")
    return tuple(found.values())


def ready_money(parts: Sequence[Part]) -> int:
    """The share that is there within days."""
    return sum(part.share for part in parts if part.product in READY_MONEY)


def cautions(parts: Sequence[Part], liquidity: str) -> tuple[str, ...]:
    """What should be said to the customer about a mix before he agrees."""
    found = []
    if parts and ready_money(parts) < _READY_AT_LEAST.get(liquidity, 0):
        found.append("little_ready_money")
    if any(part.share > 70 and part.product is not Product.DEPOSIT for part in parts):
        found.append("one_basket")
    return tuple(found)
