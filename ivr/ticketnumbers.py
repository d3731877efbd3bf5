"""Ticket numbers: 13 digits, ``yymmdd`` + 2 digits of node + 5 of sequence (pure)."""

from __future__ import annotations

from datetime import date

LENGTH = 13
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
