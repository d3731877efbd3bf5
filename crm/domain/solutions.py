"""Solutions: remedies with kinds and costs in fen, and the steps that carry them out (pure). IV-05, IV-07."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from crm.domain.catalogue import Title
from crm.domain.errors import InvalidInputError
from crm.domain.money import MOST_FEN, yuan

MAX_SUMMARY = 5_000
MAX_TEXT = 1_000
MAX_REMEDIES = 12
MAX_STEPS = 30


class RemedyKind(StrEnum):
    """What can be done for a customer, or because of him."""

    EXPLANATION = "explanation"
    APOLOGY = "apology"
    ADJUSTMENT = "adjustment"
    FEE_REDUCTION = "fee_reduction"
    COMPENSATION = "compensation"
    CREDIT_RECORD = "credit_record"
    PROCESS_CHANGE = "process_change"
    SPECIAL = "special"


@dataclass(frozen=True)
class Remedy:
    """A kind of remedy. ``money``: it must, may or cannot cost something."""

    name: Title
    money: str


REMEDIES: Mapping[RemedyKind, Remedy] = {
    RemedyKind.EXPLANATION: Remedy(Title("解释说明", "Explanation"), "never"),
    RemedyKind.APOLOGY: Remedy(Title("道歉安抚", "Apology"), "may"),
    RemedyKind.ADJUSTMENT: Remedy(Title("账务调整", "Account adjustment"), "must"),
    RemedyKind.FEE_REDUCTION: Remedy(Title("费用减免", "Fee reduction"), "must"),
    RemedyKind.COMPENSATION: Remedy(Title("补偿赔偿", "Compensation"), "must"),
    RemedyKind.CREDIT_RECORD: Remedy(Title("征信更正", "Correction of the credit record"), "never"),
    RemedyKind.PROCESS_CHANGE: Remedy(Title("流程优化", "Change of a process"), "may"),
    RemedyKind.SPECIAL: Remedy(Title("特殊处理", "Special handling"), "may"),
}
POSTED = frozenset({RemedyKind.ADJUSTMENT, RemedyKind.FEE_REDUCTION, RemedyKind.COMPENSATION})
"""Who carries these out names the posting."""


@dataclass(frozen=True)
class Measure:
    """One remedy of a solution. ``id`` is its own within the solution."""

    id: int
    kind: RemedyKind
    text: str
    amount_fen: int = 0


@dataclass(frozen=True)
class Step:
    """Something to be done for a measure: by a person or by a department, until when."""

    id: int
    measure: int
    text: str
    due_at: str
    user: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class Plan:
    """A solution as it is proposed. ``no_cost`` is said, not guessed: that it costs nothing is a statement too."""

    summary: str = ""
    measures: tuple[Measure, ...] = ()
    steps: tuple[Step, ...] = ()
    no_cost: bool = False

    @property
    def cost_fen(self) -> int:
        """What all of it costs."""
        return sum(one.amount_fen for one in self.measures)

    def to_document(self) -> dict[str, Any]:
        """As it is kept, and as it is signed."""
        return {**asdict(self), "cost_fen": self.cost_fen}


def from_document(document: Mapping[str, Any]) -> Plan:
    """What ``to_document`` gave."""
    return Plan(
        summary=str(document.get("summary", "")),
        measures=tuple(Measure(**{**one, "kind": RemedyKind(one["kind"])}) for one in document["measures"]),
        steps=tuple(Step(**one) for one in document["steps"]),
        no_cost=bool(document.get("no_cost", False)),
    )


def check(plan: Plan) -> None:
    """Raise InvalidInputError for a plan that cannot be kept. What is only not finished yet is ``missing``."""
    if len(plan.summary) > MAX_SUMMARY:
        raise InvalidInputError("summary", f"must have at most {MAX_SUMMARY} characters")
    if len(plan.measures) > MAX_REMEDIES or len(plan.steps) > MAX_STEPS:
        raise InvalidInputError("measures", f"must be at most {MAX_REMEDIES}, with at most {MAX_STEPS} steps")
    for measure in plan.measures:
        _check_measure(measure)
    if plan.cost_fen > MOST_FEN:
        raise InvalidInputError("amount", "is more than any amount here")
    if plan.no_cost and plan.cost_fen:
        raise InvalidInputError("no_cost", "contradicts the amounts of the remedies")
    known = {one.id for one in plan.measures}
    if len(known) != len(plan.measures) or len({one.id for one in plan.steps}) != len(plan.steps):
        raise InvalidInputError("measures", "must each have their own number")
    for step in plan.steps:
        _check_step(step, known)


def _check_measure(one: Measure) -> None:
    if not 1 <= len(one.text.strip()) <= MAX_TEXT:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    if one.amount_fen < 0:
        raise InvalidInputError("amount", "must not be negative")
    money = REMEDIES[one.kind].money
    if money == "must" and one.amount_fen == 0:
        raise InvalidInputError("amount", "this remedy needs its amount")
    if money == "never" and one.amount_fen:
        raise InvalidInputError("amount", "this remedy costs nothing")


def _check_step(step: Step, measures: set[int]) -> None:
    if step.measure not in measures:
        raise InvalidInputError("measure", "there is no such remedy")
    if not 1 <= len(step.text.strip()) <= MAX_TEXT:
        raise InvalidInputError("text", f"must have 1 to {MAX_TEXT} characters")
    if bool(step.user) == bool(step.department):
        raise InvalidInputError("who", "must be one person or one department")
    try:
        due = datetime.fromisoformat(step.due_at)
    except ValueError as error:
        raise InvalidInputError("due_at", "must be a date and a time") from error
    if due.tzinfo is None:
        raise InvalidInputError("due_at", "must be a date and a time")


class Missing(StrEnum):
    """What a plan still lacks before it can be proposed."""

    SUMMARY = "summary"
    MEASURES = "measures"
    COST = "cost"
    STEPS = "steps"
    """a remedy has nobody who carries it out"""


NEEDS_NO_STEP = frozenset({RemedyKind.EXPLANATION})
"""It happens when the answer is given."""


def missing(plan: Plan) -> tuple[Missing, ...]:
    """What is not there yet, in the order in which one would write it."""
    found = []
    if not plan.summary.strip():
        found.append(Missing.SUMMARY)
    if not plan.measures:
        found.append(Missing.MEASURES)
    if plan.cost_fen == 0 and not plan.no_cost:
        found.append(Missing.COST)
    covered = {one.measure for one in plan.steps}
    if any(one.id not in covered and one.kind not in NEEDS_NO_STEP for one in plan.measures):
        found.append(Missing.STEPS)
    return tuple(found)


def next_id(ones: tuple[Measure, ...] | tuple[Step, ...]) -> int:
    """A number that none of them has."""
    return max((one.id for one in ones), default=0) + 1


def without_measure(plan: Plan, measure_id: int) -> Plan:
    """The plan without a remedy and its steps. Raises InvalidInputError."""
    if all(one.id != measure_id for one in plan.measures):
        raise InvalidInputError("measure", "there is no such remedy")
    return Plan(
        plan.summary,
        tuple(one for one in plan.measures if one.id != measure_id),
        tuple(one for one in plan.steps if one.measure != measure_id),
        plan.no_cost,
    )


def solution_text(plan: Plan, language: str) -> str:
    """What the reply says of the solution: the summary, and each remedy with its amount."""
    lines = [plan.summary.strip()] if plan.summary.strip() else []
    for number, one in enumerate(plan.measures, 1):
        amount = ""
        if one.amount_fen:
            amount = f"（{yuan(one.amount_fen)}元）" if language == "zh" else f" (CNY {yuan(one.amount_fen)})"
        colon = "：" if language == "zh" else ": "
        lines.append(f"{number}. {REMEDIES[one.kind].name.title(language)}{colon}{one.text.strip()}{amount}")
    return "\n".join(lines)
