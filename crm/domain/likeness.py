"""How like two matters are: the same told twice, a repeat, or many people with one cause (pure)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from crm.domain.searchwords import words_of

MAX_TEXT = 4_000
_FEW_WORDS = 6
"""A text of fewer words is too short to be like another by its words."""
SAME_TEXT = 0.5
"""From here two texts tell the same; found on pairs of retold complaints, see the tests."""
LIKE_TEXT = 0.28
SAME_CAUSE = 0.3
"""From here two complaints of different people are about one cause."""
_FEW_CONTENT_WORDS = 4
_FEW_SHARED = 3
_OUTAGE = timedelta(days=1)
_ABOUT_PEOPLE = "complaints.service_quality"
"""Complaints about somebody's manners have one cause only when they are about the same people."""
_PARTICLES = frozenset(
    "的了吗呢啊吧么是我你您他她它们在要把被给不没有就也都很还又再去来到说请问这那个一为和与及但而所以因"
)
_SAID_EVERYWHERE = (
    "银行 贵行 客服 电话 信用 用卡 用户 客户 投诉 要求 希望 处理 问题 今天 昨天 前天 上午 下午 现在 已经 时候 时间 "
    "解决 答复 回复 尽快 马上 谢谢 你好 您好 工作 人员 办理 业务 服务 元钱 多元 "
    "the a an and to of in on for with my me your you it is was were are be been have has had this that not no but "
    "bank please card credit account customer service complain complaint"
)
_EVERYWHERE = frozenset(_SAID_EVERYWHERE.split())


class LinkKind(StrEnum):
    """How two tickets belong together."""

    DUPLICATE = "duplicate"
    """the same matter, told twice"""
    REPEAT = "repeat"
    """the same person with a matter of the same kind again, soon after"""


class Why(StrEnum):
    """What two tickets have in common."""

    PERSON = "person"
    TEXT = "text"
    LIKE = "like"
    CATEGORY = "category"
    AMOUNT = "amount"
    DAY = "day"
    PARTY = "party"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True)
class Matter:
    """What is compared of a ticket. ``person``: anything by which its customer is known, as keys."""

    person: frozenset[str]
    words: frozenset[str]
    received_at: datetime
    kind: str
    category: str | None = None
    amount_fen: int | None = None
    occurred_at: datetime | None = None
    party: str = ""
    ended_at: datetime | None = None
    open: bool = True


@dataclass(frozen=True)
class Cause:
    """What is compared of two complaints of different people. ``outage``: it tells of a system that fails."""

    category: str | None
    words: frozenset[str]
    at: datetime
    outage: bool = False
    party: str = ""


@dataclass(frozen=True)
class Link:
    """How two matters belong together, how sure that is, and why."""

    kind: LinkKind
    score: float
    whys: tuple[Why, ...] = field(default=())


def telling_words(text: str) -> frozenset[str]:
    """What a text is compared by."""
    return frozenset(words_of(text[:MAX_TEXT]))


def likeness(one: Collection[str], other: Collection[str]) -> float:
    """From 0 (nothing in common) to 1: the share of words in common, a short retelling counting nearly as much."""
    first, second = frozenset(one), frozenset(other)
    least = min(len(first), len(second))
    if least < _FEW_WORDS:
        return 1.0 if first and first == second else 0.0
    shared = len(first & second)
    dice = 2 * shared / (len(first) + len(second))
    contained = shared / least
    return round(max(dice, 0.8 * contained), 3)


def link(new: Matter, old: Matter, *, repeat_within: timedelta) -> Link | None:
    """How a new matter belongs to an older one of the same person; None when it does not."""
    if not new.person & old.person:
        return None
    like = likeness(new.words, old.words)
    whys = [Why.PERSON, *_in_common(new, old, like)]
    since = new.received_at - (old.ended_at or old.received_at)
    if like >= SAME_TEXT and (old.open or since <= repeat_within):
        return Link(LinkKind.DUPLICATE, like, tuple(whys))
    alike = sum(why in {Why.LIKE, Why.CATEGORY, Why.AMOUNT, Why.DAY, Why.PARTY} for why in whys)
    if old.open and alike >= 3:
        return Link(LinkKind.DUPLICATE, round(min(0.95, 0.4 + 0.12 * alike), 3), tuple(whys))
    if alike and (old.open or since <= repeat_within):
        return Link(LinkKind.REPEAT, round(min(0.9, 0.3 + 0.1 * alike + 0.3 * like), 3), tuple(whys))
    return None


def _in_common(new: Matter, old: Matter, like: float) -> list[Why]:
    whys = []
    if like >= SAME_TEXT:
        whys.append(Why.TEXT)
    elif like >= LIKE_TEXT:
        whys.append(Why.LIKE)
    if new.category is not None and new.category == old.category:
        whys.append(Why.CATEGORY)
    if new.amount_fen and new.amount_fen == old.amount_fen:
        whys.append(Why.AMOUNT)
    if new.occurred_at and old.occurred_at and abs(new.occurred_at - old.occurred_at) < timedelta(days=1):
        whys.append(Why.DAY)
    if new.party and new.party.casefold() == old.party.casefold():
        whys.append(Why.PARTY)
    whys.append(Why.OPEN if old.open else Why.ENDED)
    return whys


def content_words(text: str) -> frozenset[str]:
    """What tells the cause of a complaint: without the words that every complaint has."""
    return frozenset(word for word in telling_words(text) if word not in _EVERYWHERE and not set(word) & _PARTICLES)


def same_cause(one: Cause, other: Cause) -> float:
    """How sure it is that two complaints of different people have one cause: 0 for not at all, to 1.

    They must be about the same thing; then their words decide. A failure of a system is described in many ways, so
    within a day the thing alone is enough.
    """
    if one.category is None or one.category != other.category:
        return 0.0
    if one.category == _ABOUT_PEOPLE and (not one.party or one.party != other.party):
        return 0.0
    like = _overlap(one.words, other.words)
    if like >= SAME_CAUSE:
        return like
    soon = abs(one.at - other.at) <= _OUTAGE
    return SAME_CAUSE if soon and one.outage and other.outage else 0.0


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    least = min(len(one), len(other))
    if least < _FEW_CONTENT_WORDS:
        return 0.0
    shared = len(one & other)
    return round(shared / least, 3) if shared >= _FEW_SHARED else 0.0
