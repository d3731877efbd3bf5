"""Text cut into what it is found by: Latin words, and overlapping pairs of Han characters (pure).

Pairs need no dictionary, so that words which no dictionary has (names of products, say) are found as surely as
others, and a text and a question are always cut the same way. docs/decisions/0007 says what this was weighed against.
"""

from __future__ import annotations

import re
import unicodedata

_RUNS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z0-9]+")
_COMMON = (
    "a an and are as at be by can do does for from how i in is it me my of on or that the this to was what when where "
    "which who why with you your"
)
_STOP = frozenset(_COMMON.split())
_STOP_PAIRS = frozenset(
    ("怎么", "么办", "什么", "如何", "可以", "我的", "请问", "一下", "这个", "是否", "多少", "哪里")
)
_PARTICLES = frozenset("的了吗呢啊吧么怎办是有我你他在要想被把给不没能会和就都很什请问个这那")
MAX_QUERY_WORDS = 24


def words_of(text: str) -> list[str]:
    """What a text is found by, each word once, in the order of the text."""
    found: dict[str, None] = {}
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        for word in _cut(run):
            found.setdefault(word)
    return list(found)


def asked_words(query: str) -> list[str]:
    """What to look for: the words of a question without those that every question has."""
    every = words_of(query)
    telling = [word for word in every if word not in _STOP and word not in _STOP_PAIRS]
    return (telling or every)[:MAX_QUERY_WORDS]


def lone_characters(query: str) -> list[str]:
    """The Han characters of a question one by one, for when none of its pairs is found; without particles."""
    found = dict.fromkeys(char for char in query if "\u4e00" <= char <= "\u9fff" and char not in _PARTICLES)
    return list(found)[:MAX_QUERY_WORDS]


def _cut(run: str) -> list[str]:
    if run[0].isascii() or len(run) == 1:
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]
