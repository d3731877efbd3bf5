"""The plan of sampling: quotas, what counts as risk and how much of it is scored, how long a claim lasts (pure).

Whole as a document with versions, as all numbers of the house. The defaults are those of the reference (domain 2.12,
3.5): veterans 2 to 3 calls a week, new staff 5 to 10; complaints, fatal findings and low surveys one and all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from crm.domain.errors import InvalidInputError
from crm.domain.sampling import Quota, Quotas

_MOST_WORDS = 200
_LONGEST_WORD = 40


class Reason(StrEnum):
    """Why a call is scored."""

    RANDOM = "random"
    COMPLAINT = "complaint"
    """it belongs to a complaint"""
    FATAL = "fatal"
    """the machine found what may be a fatal fault"""
    LOW_SURVEY = "low_survey"
    SILENCE = "silence"
    """nobody said a word for long"""
    WORDS = "words"
    """the caller said one of the listed words"""
    REPEAT = "repeat"
    """the same caller came again soon"""
    ASKED = "asked"
    """a person asked for it, with his reason"""


ALWAYS = frozenset({Reason.COMPLAINT, Reason.FATAL, Reason.LOW_SURVEY})
"""Scored one and all, whatever the plan says."""
RULES = (Reason.COMPLAINT, Reason.FATAL, Reason.LOW_SURVEY, Reason.SILENCE, Reason.WORDS, Reason.REPEAT)
"""Risk rules, in the order of the report."""
ORDER = (
    Reason.FATAL, Reason.COMPLAINT, Reason.LOW_SURVEY, Reason.ASKED, Reason.WORDS, Reason.SILENCE, Reason.REPEAT,
    Reason.RANDOM,
)  # fmt: skip
"""The gravest first: the order in which scorers get them."""

LISTED_WORDS: Mapping[str, tuple[str, ...]] = {
    "zh": ("投诉", "赔偿", "起诉", "监管", "银保监", "金融监管总局", "人民银行", "媒体", "曝光", "律师", "报警"),
    "en": ("complaint", "complain", "compensation", "sue", "lawyer", "regulator", "ombudsman", "newspaper", "police"),
}


@dataclass(frozen=True)
class Limits:
    """What a number of the plan may be."""

    low: int
    high: int
    unit: str
    title_zh: str
    title_en: str


def _number(value: int, low: int, high: int, unit: str, zh: str, en: str) -> Any:
    return field(default=value, metadata={"limits": Limits(low, high, unit, zh, en)})


@dataclass(frozen=True)
class Plan:
    """All of it."""

    veteran_least: int = _number(2, 0, 50, "calls", "老员工每周最少", "Veterans a week, at least")
    veteran_most: int = _number(3, 0, 50, "calls", "老员工每周最多", "Veterans a week, with time")
    newcomer_least: int = _number(5, 0, 50, "calls", "新员工每周最少", "New staff a week, at least")
    newcomer_most: int = _number(10, 0, 50, "calls", "新员工每周最多", "New staff a week, with time")
    newcomer_days: int = _number(90, 0, 366, "days", "入职多少天内为新员工", "Days from the start that somebody is new")
    least_talk: int = _number(30, 0, 600, "seconds", "通话短于此不抽取", "Calls with less talk are not drawn")
    draw_after: int = _number(6, 0, 96, "hours", "周末后多久抽取", "Hours after the week until it is drawn")
    silence_seconds: int = _number(20, 10, 300, "seconds", "长静音阈值", "A silence is long from")
    silence_percent: int = _number(25, 0, 100, "percent", "长静音通话抽取比例", "Of calls with a long silence")
    words_percent: int = _number(100, 0, 100, "percent", "命中关键词通话抽取比例", "Of calls with a listed word")
    repeat_percent: int = _number(25, 0, 100, "percent", "重复来电抽取比例", "Of repeated calls")
    repeat_hours: int = _number(72, 1, 720, "hours", "重复来电时限", "The same caller again within")
    repeat_calls: int = _number(3, 2, 20, "calls", "重复来电次数", "Calls of one caller that count as repeated")
    low_survey: int = _number(2, 1, 4, "points", "低分满意度(含)", "A survey is low up to")
    claims: int = _number(5, 1, 50, "calls", "每名质检员同时领取上限", "Calls that a scorer may hold at once")
    claim_hours: int = _number(24, 1, 240, "hours", "领取后失效时限", "A claim lapses without work after")
    due_days: int = _number(7, 1, 60, "days", "随机样本应评时限", "Drawn calls are to be scored within")
    risk_due_days: int = _number(3, 1, 60, "days", "风险样本应评时限", "Calls at risk are to be scored within")
    slow_zh: int = _number(120, 40, 400, "per_minute", "中文语速过慢(字/分)", "Chinese: slower than is slow")
    fast_zh: int = _number(300, 100, 600, "per_minute", "中文语速过快(字/分)", "Chinese: faster than is fast")
    slow_en: int = _number(90, 40, 300, "per_minute", "英文语速过慢(词/分)", "English: slower than is slow")
    fast_en: int = _number(200, 80, 400, "per_minute", "英文语速过快(词/分)", "English: faster than is fast")
    words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(LISTED_WORDS))

    @property
    def quotas(self) -> Quotas:
        """Who gets how many."""
        return Quotas(
            Quota(self.veteran_least, self.veteran_most),
            Quota(self.newcomer_least, self.newcomer_most),
            self.newcomer_days,
        )

    def percent(self, rule: Reason) -> int:
        """How much of what a rule names is scored."""
        if rule in ALWAYS or rule is Reason.ASKED:
            return 100
        found: int = getattr(self, f"{rule}_percent")
        return found

    def pace(self, language: str) -> tuple[int, int]:
        """Between which an agent speaks neither too slowly nor too fast: characters (Chinese) or words a minute."""
        return (self.slow_zh, self.fast_zh) if language == "zh" else (self.slow_en, self.fast_en)

    def to_document(self) -> dict[str, Any]:
        """As it is stored."""
        return {**asdict(self), "words": {language: list(words) for language, words in self.words.items()}}


NUMBERS: Mapping[str, Limits] = {one.name: one.metadata["limits"] for one in fields(Plan) if "limits" in one.metadata}
"""Every number by its name, in the order of the page."""
DEFAULT_PLAN = Plan()
_ASCENDING = (
    ("veteran_least", "veteran_most"),
    ("newcomer_least", "newcomer_most"),
    ("slow_zh", "fast_zh"),
    ("slow_en", "fast_en"),
)


class Fault(StrEnum):
    """What is wrong with a part of a plan."""

    NOT_A_NUMBER = "not_a_number"
    LIMITS = "limits"
    ORDER = "order"
    TOO_MANY_WORDS = "too_many_words"
    LONG_WORD = "long_word"


@dataclass(frozen=True)
class Problem:
    """A part of a plan that cannot be. ``other``: the number that it must not pass, or the word."""

    name: str
    fault: Fault
    other: str = ""


def read(document: Mapping[str, Any]) -> Plan:
    """A stored plan; a number that a later version of the product brought has its default."""
    known = {name: document[name] for name in NUMBERS if type(document.get(name)) is int}
    words = document.get("words")
    if isinstance(words, Mapping):
        known["words"] = {str(language): tuple(str(one) for one in said) for language, said in words.items()}
    return Plan(**known)


def from_form(fields_: Mapping[str, str]) -> tuple[Plan, tuple[Problem, ...]]:
    """A plan as somebody filled it in, and what is wrong with it; what is no number stands as it was by default."""
    numbers: dict[str, int] = {}
    wrong: list[Problem] = []
    for name in NUMBERS:
        text = fields_.get(name, "").strip()
        if text.isascii() and text.isdigit() and len(text) <= len("999999"):
            numbers[name] = int(text)
        else:
            wrong.append(Problem(name, Fault.NOT_A_NUMBER))
    words = {language: split_words(fields_.get(f"words_{language}", "")) for language in LISTED_WORDS}
    plan = Plan(**numbers, words=words)
    return plan, (*wrong, *problems(plan))


def split_words(text: str) -> tuple[str, ...]:
    """Words as they were typed: one a line or with commas between, each once, in small letters."""
    for mark in ("，", "、", ";", "；", "\n", "\r"):
        text = text.replace(mark, ",")
    return tuple(dict.fromkeys(" ".join(one.lower().split()) for one in text.split(",") if one.strip()))


def problems(plan: Plan) -> tuple[Problem, ...]:
    """What cannot be."""
    found = [
        Problem(name, Fault.LIMITS)
        for name, limits in NUMBERS.items()
        if not limits.low <= getattr(plan, name) <= limits.high
    ]
    found += [Problem(low, Fault.ORDER, high) for low, high in _ASCENDING if getattr(plan, low) > getattr(plan, high)]
    for language, words in plan.words.items():
        if len(words) > _MOST_WORDS:
            found.append(Problem(f"words_{language}", Fault.TOO_MANY_WORDS))
        found += [Problem(f"words_{language}", Fault.LONG_WORD, one[:20]) for one in words if len(one) > _LONGEST_WORD]
    return tuple(found)


class BadPlanError(InvalidInputError):
    """A plan that cannot be, with its reasons."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__("plan", "; ".join(f"{one.name}: {one.fault}" for one in found))
        self.found = tuple(found)
