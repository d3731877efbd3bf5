"""Words that are in more complaints than before (pure): found without a dictionary, so new names are found as well.

Han text is cut into all its pieces of two to six characters; a piece that is nearly always part of a longer one is
no word of its own. What is left is ranked by how much more frequent it became, with what chance would do taken off.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

_RUNS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z][a-z'-]{2,}")
_LONGEST = 6
_PART_OF = 0.75
"""A piece that stands this often within a longer one is part of that."""
_WHOLE_SCORE = 1.5
_LEAST = 3
"""Complaints that must have a word before it is told."""
_PRIOR = 0.5
_EDGES = frozenset(
    "的了吗呢啊吧么是在有我你他她它们这那就也都还又很把被给对从到向为与和或及以而但不没要想让使用会能可一个次天年月日"
    "请说去来上下中里后前再已将等其所于之者各每"
)
_EVERYWHERE = (
    "客户 银行 贵行 投诉 反映 希望 要求 工作人员 客服 电话 问题 处理 解决 信用卡 办理 业务 情况 进行 表示 联系 "
    "尽快 目前 至今 今天 昨天 您好 你好 谢谢 因为 所以 没有 什么 怎么"
)
_COMMON = frozenset(_EVERYWHERE.split())
_ENGLISH = (
    "the and was were for that this with have has had not you your our are but from they them what when where which "
    "who why how been will would could should there their then than because please bank card account customer call "
    "called calling said told want wants wanted get got one two again still very just about into after before out off "
    "over complaint service day days week month today yesterday nobody somebody"
)
_STOP = frozenset(_ENGLISH.split())


@dataclass(frozen=True)
class Hot:
    """A word that became frequent."""

    word: str
    now: int
    before: int
    score: float
    documents: tuple[int, ...]
    """which of the texts have it, the first ones"""


def pieces(text: str) -> set[str]:
    """Everything in a text that may be a word."""
    found: set[str] = set()
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if run[0].isascii():
            if run not in _STOP:
                found.add(run)
            continue
        for size in range(2, _LONGEST + 1):
            found.update(run[at : at + size] for at in range(len(run) - size + 1))
    return {piece for piece in found if piece[0] not in _EDGES and piece[-1] not in _EDGES and piece not in _COMMON}


def hot(now: Sequence[str], before: Sequence[str], *, most: int = 20) -> tuple[Hot, ...]:
    """Words of these texts that were rarer in those before, the hottest first."""
    holders: dict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(now):
        for piece in pieces(text):
            holders[piece].append(at)
    frequent = {piece: found for piece, found in holders.items() if len(found) >= _LEAST}
    words = _whole({piece: len(found) for piece, found in frequent.items()})
    earlier = _holding(words, before)
    scored = (
        Hot(word, len(frequent[word]), earlier[word], score, tuple(frequent[word][:20]))
        for word in words
        if (score := _score(len(frequent[word]), len(now), earlier[word], len(before))) >= _WHOLE_SCORE
    )
    return _apart(sorted(scored, key=lambda one: (-one.score, -one.now, one.word)), most)


def _apart(ranked: Sequence[Hot], most: int) -> tuple[Hot, ...]:
    """Without those that are another piece of the same longer run of characters, in the same texts."""
    kept: list[Hot] = []
    for one in ranked:
        if len(kept) == most:
            break
        if not any(_neighbours(one, other) for other in kept):
            kept.append(one)
    return tuple(kept)


def _neighbours(one: Hot, other: Hot) -> bool:
    shared = len({*one.documents} & {*other.documents})
    if one.word[0].isascii() or shared < _PART_OF * min(len(one.documents), len(other.documents)):
        return False
    return any(one.word[at : at + 2] in other.word for at in range(len(one.word) - 1))


def _whole(counts: Mapping[str, int]) -> list[str]:
    """Pieces that are no mere part of a longer one, and no chance neighbours of a shorter one."""
    part: set[str] = set()
    for piece, count in counts.items():
        if piece[0].isascii() or len(piece) < 3:
            continue
        for size in range(2, len(piece)):
            for at in range(len(piece) - size + 1):
                inner = piece[at : at + size]
                if count >= _PART_OF * counts.get(inner, count + 1):
                    part.add(inner)
    return [piece for piece in counts if piece not in part]


def _holding(words: Iterable[str], texts: Sequence[str]) -> Counter[str]:
    wanted, found = set(words), Counter[str]()
    for text in texts:
        found.update(wanted & pieces(text))
    return found


def _score(now: int, of_now: int, before: int, of_before: int) -> float:
    """How many standard errors the odds grew by (log odds with a little prior on both sides)."""
    odds = log((now + _PRIOR) / (of_now - now + _PRIOR)) - log((before + _PRIOR) / (of_before - before + _PRIOR))
    return odds / sqrt(1 / (now + _PRIOR) + 1 / (before + _PRIOR))
