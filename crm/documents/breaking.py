"""Where lines may break (pure): between Chinese characters anywhere, between words of letters at spaces.

Chinese is not written with spaces, so breaking at spaces alone would leave half a line empty. A line does not
begin with closing punctuation, nor end with an opening bracket.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_TOKEN = re.compile(r"[ \t]+|[!-~\u00a1-\u024f]+|.", re.DOTALL)
_NOT_FIRST = frozenset("，。、；：？！）】》」』”’％…—·,.;:?!)]}>%")
_NOT_LAST = frozenset("（【《「『“‘([{<")


def lines_of(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The lines that a text makes in this width; an empty paragraph is an empty line."""
    return [line for paragraph in text.split("\n") for line in _of_paragraph(paragraph, width, measure)]


def _of_paragraph(text: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    line, used = "", 0.0
    for token in _tokens(text, width, measure):
        size = measure(token)
        if line and used + size > width and not token.isspace():
            kept, carried = _split(line, token)
            yield kept.rstrip()
            line, used = carried + token, measure(carried) + size
        else:
            line, used = line + token, used + size
    yield line.rstrip()


def _tokens(text: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    """Words and single characters; a word that is wider than the line is cut where it must be."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.isspace() or measure(token) <= width:
            yield token
        else:
            yield from token


def _split(line: str, following: str) -> tuple[str, str]:
    """What stays on a full line and what goes to the next with ``following``."""
    cut = len(line)
    if following[0] in _NOT_FIRST:
        cut = _before_last_token(line)
    while cut > 1 and line[cut - 1] in _NOT_LAST:
        cut -= 1
    return (line[:cut], line[cut:]) if cut > 0 else (line, "")


def _before_last_token(line: str) -> int:
    """Where the last word or character begins: it comes along with the punctuation behind it."""
    starts = [match.start() for match in _TOKEN.finditer(line)]
    return starts[-1] if starts else 0
