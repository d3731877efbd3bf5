"""Ticket numbers: 13 digits, ``yymmdd`` + 2 digits of node + 5 of sequence (pure).

Callers hear these numbers and write them down. What is heard wrong is nearly always a digit beside its like, a
run of zeros, a Mandarin one, or a Mandarin seven, so most sequences are never given out: ``next_sequence`` takes those
of the digits 2 to 9 without 7 in which no digit is like one of the two before it, and which do not end with 4 or 8: at
the end of a sentence the Mandarin words for these were heard as others. A day has 3,750 of them.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from functools import cache
from itertools import product

LENGTH = 13
SEQUENCE_DIGITS = 5
MAX_SEQUENCE = 99_999


def make(day: date, node: int, sequence: int) -> str:
    """The number of the ``sequence``-th ticket (from 1) that ``node`` (1 to 99) made on ``day`` (the centre's zone).

    Raises ValueError outside these ranges.
    """
    if not 1 <= node <= 99:
        raise ValueError(f"node {node} is not within 1 to 99")
    if not 1 <= sequence <= MAX_SEQUENCE:
        raise ValueError(f"sequence {sequence} is not within 1 to {MAX_SEQUENCE}")
    return f"{day:%y%m%d}{node:02d}{sequence:05d}"


def next_sequence(node: int, last: int) -> int:
    """The sequence that follows ``last`` (0 before the day's first) on this node.

    It is the next that is easy to hear; when the day has no more of those, simply the next one. Raises ValueError
    when ``last`` was the day's very last.
    """
    if not 0 <= last < MAX_SEQUENCE:
        raise ValueError(f"nothing follows {last}")
    easy = _easy_to_hear(node)
    place = bisect_right(easy, last)
    return easy[place] if place < len(easy) else last + 1


@cache
def _easy_to_hear(node: int) -> tuple[int, ...]:
    """All such sequences, rising; none begins with the node's last digit, which is heard right before it."""
    rows = product("2345689", repeat=SEQUENCE_DIGITS)
    return tuple(int("".join(row)) for row in rows if row[0] != str(node)[-1] and row[-1] not in "48" and _changes(row))


def _changes(row: tuple[str, ...]) -> bool:
    return all(len(set(row[place : place + 3])) == 3 for place in range(len(row) - 2))


def is_valid(number: str) -> bool:
    """Whether ``number`` has the shape of a ticket number; says nothing of whether it was given out."""
    return len(number) == LENGTH and number.isascii() and number.isdigit() and 1 <= int(number[2:4]) <= 12


def groups(number: str) -> tuple[str, str, str]:
    """Date, node and sequence, as they are written and spoken apart. Raises ValueError for a bad shape."""
    if not is_valid(number):
        raise ValueError("not a ticket number")
    return number[:6], number[6:8], number[8:]


def shown(number: str) -> str:
    """As people read it: ``261121-01-00042``."""
    return "-".join(groups(number))


def keyed(text: str) -> str:
    """The digits of what somebody typed, with dashes and spaces dropped."""
    return "".join(c for c in text if c not in "- \t")
