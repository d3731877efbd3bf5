"""Return visits: who may make them, what is asked, how often, what they come to (pure). NO-04 to NO-10."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from crm.domain.catalogue import Title
from crm.domain.errors import InvalidInputError

MAX_OPINION = 2_000


class VisitKind(StrEnum):
    """Why somebody is visited. A visit about products is never joined to one about a complaint."""

    COMPLAINT = "complaint"
    """is the matter truly settled?"""
    PERIODIC = "periodic"
    """later on, by the plan of the customer's grade: has it stayed settled?"""
    CALL = "call"
    """after a low mark for a call: what went wrong, and whether it can be put right"""
    SERVICE = "service"
    """how products do, and what is new; only with the customer's consent to such calls"""


class VisitState(StrEnum):
    """How a visit stands."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What a visit came to."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"


OUTCOMES: Mapping[Outcome, Title] = {
    Outcome.SATISFIED: Title("满意,问题已解决", "Satisfied, settled"),
    Outcome.NOT_SATISFIED: Title("不满意或问题未解决", "Not satisfied, or not settled"),
    Outcome.NO_ANSWER: Title("多次未接通", "Not reached"),
    Outcome.REFUSED: Title("拒绝回访", "Does not want to be asked"),
}
KINDS: Mapping[VisitKind, Title] = {
    VisitKind.COMPLAINT: Title("投诉回访", "After a complaint"),
    VisitKind.PERIODIC: Title("定期回访", "Periodic"),
    VisitKind.CALL: Title("低分回访", "After a low mark"),
    VisitKind.SERVICE: Title("服务回访", "About products"),
}


@dataclass(frozen=True)
class Question:
    """Something that is asked. ``kind``: yes_no, score (1 to 5) or text."""

    code: str
    kind: str
    title: Title


_AFTERWARDS = (
    Question("carried_out", "yes_no", Title("答复中承诺的事项是否已落实?", "Has what we promised been done?")),
    Question("settled", "yes_no", Title("问题是否真正解决?", "Is the matter truly settled?")),
    Question(
        "satisfaction", "score", Title("对办理结果的满意程度(1 至 5 分)", "How satisfied with the result, 1 to 5")
    ),
    Question("attitude", "score", Title("对工作人员态度的评价(1 至 5 分)", "How our people treated him, 1 to 5")),
    Question("clear", "yes_no", Title("对答复内容是否清楚?", "Was our answer clear?")),
)
QUESTIONS: Mapping[VisitKind, tuple[Question, ...]] = {
    VisitKind.COMPLAINT: _AFTERWARDS,
    VisitKind.PERIODIC: (
        Question("settled", "yes_no", Title("问题解决后是否再次出现?(是=未再出现)", "Has it stayed settled?")),
        Question("satisfaction", "score", Title("对近期服务的满意程度(1 至 5 分)", "How satisfied since then, 1 to 5")),
        Question("new_problems", "text", Title("近期是否遇到其他问题", "Other problems since then")),
    ),
    VisitKind.CALL: (
        Question("went_wrong", "text", Title("客户不满意的原因", "What went wrong in the call")),
        Question("settled", "yes_no", Title("来电事项是否已解决?", "Is what he called about settled?")),
        Question("satisfaction", "score", Title("现在的满意程度(1 至 5 分)", "How satisfied now, 1 to 5")),
    ),
    VisitKind.SERVICE: (
        Question("product_use", "text", Title("产品使用情况", "How the products are used")),
        Question("investment_return", "text", Title("投资收益情况", "How investments do")),
        Question("risk_tolerance", "text", Title("风险承受能力是否有变化", "Whether the risk he can bear has changed")),
        Question("new_products", "text", Title("已介绍的新产品及客户反应", "New products told of, and what he said")),
        Question("satisfaction", "score", Title("满意程度(1 至 5 分)", "How satisfied, 1 to 5")),
    ),
}
"""What is asked at each kind of visit; the third is NO-08's, and only there."""

YES, NO = "yes", "no"


@dataclass(frozen=True)
class Answers:
    """What a customer said, checked."""

    given: Mapping[str, str]
    satisfaction: int | None
    settled: bool | None


def checked(kind: VisitKind, given: Mapping[str, str]) -> Answers:
    """Answers as they can be kept. Raises InvalidInputError, also where what decides was not asked."""
    found: dict[str, str] = {}
    for one in QUESTIONS[kind]:
        text = given.get(one.code, "").strip()
        if not text:
            continue
        good = {"yes_no": text in {YES, NO}, "score": text in {"1", "2", "3", "4", "5"}, "text": len(text) <= 500}
        if not good[one.kind]:
            raise InvalidInputError(one.code, "this is no answer to that question")
        found[one.code] = text
    score, settled = found.get("satisfaction"), found.get("settled")
    if kind is VisitKind.COMPLAINT and (score is None or settled is None):
        raise InvalidInputError("satisfaction", "ask how satisfied he is, and whether the matter is settled")
    return Answers(found, int(score) if score else None, None if settled is None else settled == YES)


def outcome_of(answers: Answers) -> Outcome:
    """Satisfied is who gives 3 and more to a matter that is settled."""
    low = answers.satisfaction is not None and answers.satisfaction <= 2
    return Outcome.NOT_SATISFIED if low or answers.settled is False else Outcome.SATISFIED


def may_visit(name: str, hands_in: Collection[str], complained_about: Collection[str]) -> bool:
    """Whether this person may ask: nobody who had a hand in the matter, nobody whom it is about."""
    return name not in hands_in and name not in complained_about


def level_after(level: int | None) -> int:
    """The level of a complaint whose customer is not satisfied: one higher, never above the third."""
    return min(3, (level or 1) + 1)


@dataclass(frozen=True)
class Plan:
    """Days between two periodic visits by the customer's grade; 0: none."""

    vip: int
    important: int
    ordinary: int

    def days(self, grade: str, own: int | None = None) -> int:
        """Of a customer of this grade; his own plan goes first."""
        if own is not None:
            return own
        return {"vip": self.vip, "important": self.important}.get(grade, self.ordinary)


def next_try(tries: int, hours: int) -> timedelta:
    """How long after a try in vain the next one is due: each time later, not at the same time of day."""
    return timedelta(hours=hours * max(1, tries) + 1)


@dataclass(frozen=True)
class Effect:
    """What return visits brought in a span: how many were planned, reached, satisfied, and what they uncovered."""

    planned: int
    done: int
    reached: int
    satisfied: int
    reopened: int
    overdue: int
    mean_satisfaction: float | None
    repeats_visited: int
    visited: int
    repeats_unvisited: int
    unvisited: int

    @staticmethod
    def share(part: int, whole: int) -> float | None:
        """A share, or None where there is nothing to share."""
        return part / whole if whole else None
