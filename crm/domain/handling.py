"""The handling order and what each level of complaint asks for along it (pure). Reference: domain 1.6, 1.7.

第一客服 → 室经理 → 客户维护室 → 副总经理 → 总经理. A complaint goes up one step at a time, never down, and the final
answer comes from the maintenance office whatever step it has reached.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from crm.domain.actions import Role


class Step(IntEnum):
    """Where in the handling order a complaint is."""

    FIRST_AGENT = 0
    SECTION_MANAGER = 1
    MAINTENANCE = 2
    DEPUTY_GM = 3
    GM = 4


STEP_ROLES: Mapping[Step, frozenset[Role]] = {
    Step.FIRST_AGENT: frozenset({Role.A1, Role.A2}),
    Step.SECTION_MANAGER: frozenset({Role.SM}),
    Step.MAINTENANCE: frozenset({Role.CM}),
    Step.DEPUTY_GM: frozenset({Role.DG}),
    Step.GM: frozenset({Role.GM}),
}
"""Who stands where in the handling order."""


class Level(IntEnum):
    """How grave a complaint is."""

    GRUMBLING = 1
    """抱怨性投诉: does not know or like the policy, the rules, the way things work, or misread the rules"""
    SERVICE = 2
    """attitude, skill or mistakes of our people that hurt self-respect or interest"""
    SYSTEM = 3
    """network, systems or another department's operating error that damages the customer's interest"""


class Lapse(StrEnum):
    """What a complaint says that the house or its people did: the test of whether it is one. 失职 失误 失度 失控."""

    DERELICTION = "dereliction"
    MISTAKE = "mistake"
    IMPOLITENESS = "impoliteness"
    LOSS_OF_CONTROL = "loss_of_control"
    NONE = "none"
    """none of them: a grumble, an enquiry, a wish"""


def within_scope(lapse: Lapse, level: int) -> bool:
    """Whether the level fits what is said to have happened: without any lapse it is no more than grumbling."""
    return lapse is not Lapse.NONE or level == Level.GRUMBLING


class Act(StrEnum):
    """Something done for a complaint along the handling order."""

    CHECKED = "checked"
    """the first check: whether the grounds are enough and the demand is reasonable"""
    SOOTHED = "soothed"
    EXPLAINED = "explained"
    APOLOGISED = "apologised"
    PROMISED_CHECK = "promised_check"
    """said that an answer follows when the matter has been looked into; nothing else"""
    PASSED_UP = "passed_up"
    REPORTED = "reported"
    """to the deputy general manager and the general manager"""
    CONSULTED = "consulted"
    """another department was asked: special handling, compensation, or what to do"""
    MEASURE_AGREED = "measure_agreed"
    LOSS_VERIFIED = "loss_verified"
    PENALTY_PROPOSED = "penalty_proposed"
    NO_PENALTY = "no_penalty"
    RESULT_TOLD = "result_told"
    """the maintenance office told the result, with a sincere apology"""
    REGRADED = "regraded"
    NEW_FACTS = "new_facts"


FIRST_ACTS: Mapping[int, tuple[Act, ...]] = {
    Level.GRUMBLING: (Act.EXPLAINED,),
    Level.SERVICE: (Act.APOLOGISED,),
    Level.SYSTEM: (Act.APOLOGISED, Act.PROMISED_CHECK),
}
"""What the first agent does, before anything else, for a complaint of this level."""

CHAIN_ACTS: Mapping[int, tuple[tuple[Act, ...], ...]] = {
    Level.GRUMBLING: (),
    Level.SERVICE: ((Act.REPORTED,), (Act.PENALTY_PROPOSED, Act.NO_PENALTY)),
    Level.SYSTEM: ((Act.REPORTED,), (Act.MEASURE_AGREED,)),
}
"""What must have happened before the answer, each one of a group; a loss that was verified asks for a consultation."""

BY_HAND: Mapping[Act, frozenset[Role]] = {
    Act.CHECKED: frozenset({Role.A1, Role.A2, Role.SM, Role.CM}),
    Act.SOOTHED: frozenset({Role.A1, Role.A2, Role.SM, Role.CM}),
    Act.EXPLAINED: frozenset({Role.A1, Role.A2, Role.SM, Role.CM}),
    Act.APOLOGISED: frozenset({Role.A1, Role.A2, Role.SM, Role.CM}),
    Act.PROMISED_CHECK: frozenset({Role.A1, Role.A2, Role.SM, Role.CM}),
    Act.REPORTED: frozenset({Role.CM}),
    Act.CONSULTED: frozenset({Role.SM, Role.CM, Role.DG, Role.GM}),
    Act.MEASURE_AGREED: frozenset({Role.DG, Role.GM}),
    Act.LOSS_VERIFIED: frozenset({Role.SM, Role.CM, Role.DH, Role.DG, Role.GM}),
    Act.NO_PENALTY: frozenset({Role.SM, Role.CM, Role.DG, Role.GM}),
}
"""Acts that a person writes down, and who. The others are written by what they belong to."""

TO_THE_CUSTOMER = frozenset({Act.SOOTHED, Act.EXPLAINED, Act.APOLOGISED, Act.PROMISED_CHECK})
"""Acts in which somebody speaks with the customer before anything is decided."""


@dataclass(frozen=True)
class Done:
    """An act that was done."""

    act: Act
    step: Step
    actor: str


def first_acts_due(level: int | None, done: Collection[Act]) -> tuple[Act, ...]:
    """What the first agent still has to do."""
    return tuple(act for act in FIRST_ACTS.get(level or 0, ()) if act not in done)


def chain_acts_due(level: int | None, done: Collection[Act]) -> tuple[tuple[Act, ...], ...]:
    """Groups of acts of which one is missing before the customer may be answered."""
    groups = CHAIN_ACTS.get(level or 0, ())
    if Act.LOSS_VERIFIED in done:
        groups = (*groups, (Act.CONSULTED,))
    return tuple(group for group in groups if not any(act in done for act in group))


def step_up(step: Step) -> Step | None:
    """The next step of the handling order; None at its top."""
    return Step(step + 1) if step < Step.GM else None


def reachable_steps(step: Step, vacant: Collection[Step]) -> Step | None:
    """The next step at which somebody can be found who is not kept out; None when there is none above."""
    above = step_up(step)
    while above is not None and above in vacant:
        above = step_up(above)
    return above


def regrading_needs_signature(old: int | None, new: int) -> bool:
    """Whether a superior must sign: making a complaint lighter than it was graded; never making it graver."""
    return old is not None and new < old


PROMISES: tuple[str, ...] = (
    "一定赔", "保证赔", "承诺赔", "肯定赔", "一定退", "保证退", "承诺退", "肯定退", "我保证", "我承诺", "包在我身上",
    "will compensate", "will refund", "we will pay", "i promise", "i guarantee", "we guarantee", "you will get your",
)  # fmt: skip
"""Words that promise a result; nobody promises one before it is decided."""


def promises_in(text: str) -> tuple[str, ...]:
    """Words of the text that promise a result. A finding for a person to judge, not a verdict."""
    plain = " ".join(text.lower().split())
    return tuple(words for words in PROMISES if words in plain)
