"""Numbers, dates and times as a caller hears them: tuples of ids of prompts, for each language (pure).

Every id stands for a committed piece of sound (but what is said in one breath, which is rendered ahead), made for
the place where it is used. The pauses are part of the pieces. ``pieces`` names them all, so that the renderer makes
what this module asks for and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from itertools import permutations

from ivr import ticketnumbers

LANGUAGES = ("zh", "en")
_FIRST_YEAR, _LAST_YEAR = 26, 41
_DIGITS = "0123456789"
_PAIRS = tuple(f"{number:02d}" for number in range(100))
_NODES = (*(f"0{node}" for node in range(1, 10)), "90")
"""Nodes of phones that have a piece of their own, and the CRM's."""
_TRIPLES = frozenset("".join(three) for three in permutations("23456789", 3))


@dataclass(frozen=True)
class Part:
    """A part of a number: its pieces, and the id of the same in one breath, empty where that is not needed."""

    pieces: tuple[str, ...]
    take: str = ""


def ticket_parts(language: str, number: str) -> tuple[Part, ...]:
    """A ticket number: English in groups of digits, Mandarin as a date, a node and five digits.

    Raises ValueError for what is no ticket number or an unknown language.
    """
    _known(language)
    day, node, sequence = ticketnumbers.groups(number)
    if language == "en":
        return (Part(_in_pairs(day + node + sequence[:2], sequence[2:])),)
    return (
        Part(_mandarin_day(day), f"ticket_date_{day}"),
        Part((_mandarin_node(node),)),
        Part(digits(language, sequence), f"sequence_{sequence}"),
    )


def ticket_number(language: str, number: str) -> tuple[str, ...]:
    """The same, all in pieces."""
    return tuple(piece for part in ticket_parts(language, number) for piece in part.pieces)


def _mandarin_day(day: str) -> tuple[str, ...]:
    """As dates are said, but that a zero is said, too: twenty-six, eleventh month, zero fifth day."""
    year, month, of_month = day[:2], day[2:4], day[4:]
    if not (_FIRST_YEAR <= int(year) <= _LAST_YEAR and 1 <= int(of_month) <= 31):
        return (f"num_pair_{year}", f"num_pair_{month}", f"num_pair_{of_month}")
    return (
        f"ticket_year_{year}",
        f"ticket_month_{month}" if month < "10" else f"date_month_{month}",
        f"ticket_day_{of_month}" if of_month < "10" else f"date_day_{of_month}",
    )


def _mandarin_node(node: str) -> str:
    return f"ticket_node_{node}" if node in _NODES else f"num_pair_{node}"


def _in_pairs(pairs: str, last: str) -> tuple[str, ...]:
    """Pairs, then the last three digits: as one piece where the numbers that are given out end with them."""
    spoken = tuple(f"code_pair_{pairs[place : place + 2]}" for place in range(0, len(pairs), 2))
    if last in _TRIPLES:
        return (*spoken, f"code_three_{last}")
    return (*spoken, f"num_one_{last[0]}", f"num_last_{last[1:]}")


def digits(language: str, text: str) -> tuple[str, ...]:
    """Digits one by one, in pairs so that they can be written down; the first stands alone when they are odd.

    Raises ValueError for anything but digits or an unknown language.
    """
    _known(language)
    if not (text.isascii() and text.isdigit()):
        raise ValueError("not digits")
    odd = len(text) % 2
    alone = (f"num_one_{text[0]}",) if odd else ()
    pairs = [text[place : place + 2] for place in range(odd, len(text), 2)]
    if not pairs:
        return alone
    return (*alone, *(f"num_pair_{pair}" for pair in pairs[:-1]), f"num_last_{pairs[-1]}")


def day_of_year(language: str, day: date) -> tuple[str, ...]:
    """A date without its year: month and day."""
    _known(language)
    return (f"date_month_{day.month}", f"date_day_{day.day}")


def answer_by(language: str, day: date) -> tuple[str, ...]:
    """The sentence that names the last day of a promise, in two halves."""
    _known(language)
    return (f"answer_by_month_{day.month}", f"answer_by_day_{day.day}")


def time_of_day(language: str, at: time) -> tuple[str, ...]:
    """A time by the 24-hour clock, to the minute."""
    _known(language)
    return (f"time_hour_{at.hour}", f"time_minute_{at.minute:02d}")


def pieces(language: str) -> Iterator[str]:
    """Every id that the functions above can give in a language."""
    if language == "en":
        yield from (f"code_pair_{pair}" for pair in _PAIRS)
        yield from (f"code_three_{three}" for three in sorted(_TRIPLES))
    else:
        yield from (f"ticket_year_{year}" for year in range(_FIRST_YEAR, _LAST_YEAR + 1))
        yield from (f"ticket_month_0{month}" for month in range(1, 10))
        yield from (f"ticket_day_0{day}" for day in range(1, 10))
        yield from (f"ticket_node_{node}" for node in _NODES)
    for pair in _PAIRS:
        yield from (f"num_pair_{pair}", f"num_last_{pair}")
    yield from (f"num_one_{digit}" for digit in _DIGITS)
    yield from (f"date_month_{month}" for month in range(1, 13))
    yield from (f"date_day_{day}" for day in range(1, 32))
    yield from (f"answer_by_month_{month}" for month in range(1, 13))
    yield from (f"answer_by_day_{day}" for day in range(1, 32))
    yield from (f"time_hour_{hour}" for hour in range(24))
    yield from (f"time_minute_{minute:02d}" for minute in range(60))


def _known(language: str) -> None:
    if language not in LANGUAGES:
        raise ValueError(f"no numbers in the language {language!r}")
