"""Numbers, dates and times as a caller hears them: tuples of ids of prompts, for each language (pure).

Every id stands for a committed piece of sound, cut out of a sentence in the place where it is used: the year of a
ticket number was rendered as a year, its last two digits at the end of a number. The pauses are part of the
pieces. ``pieces`` names them all, so that the renderer makes what this module asks for and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from itertools import permutations

from ivr import ticketnumbers

LANGUAGES = ("zh", "en")
_FIRST_YEAR, _LAST_YEAR = 26, 41
_DIGITS = "0123456789"
_PAIRS = tuple(f"{number:02d}" for number in range(100))
_TRIPLES = frozenset("".join(three) for three in permutations("23456789", 3))


def ticket_number(language: str, number: str) -> tuple[str, ...]:
    """A ticket number in groups of 2, 2, 2, 2 and 5 digits; in Mandarin with "dash" around the node.

    Raises ValueError for what is no ticket number or an unknown language.
    """
    _known(language)
    day, node, sequence = ticketnumbers.groups(number)
    if language == "en":
        return _in_pairs(day + node + sequence[:2], sequence[2:])
    if _FIRST_YEAR <= int(day[:2]) <= _LAST_YEAR and 1 <= int(day[4:]) <= 31:
        spoken_day = (f"num_year_{day[:2]}", f"num_month_{day[2:4]}", f"num_day_{day[4:]}")
    else:
        spoken_day = (f"num_pair_{day[:2]}", f"num_pair_{day[2:4]}", f"num_pair_{day[4:]}")
    head, middle, tail = sequence[0], sequence[1:3], sequence[3:]
    return (*spoken_day, "num_dash", f"num_pair_{node}", f"num_dash_{head}", f"num_pair_{middle}", f"num_last_{tail}")


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
        yield from (f"num_year_{year}" for year in range(_FIRST_YEAR, _LAST_YEAR + 1))
        yield from (f"num_month_{month:02d}" for month in range(1, 13))
        yield from (f"num_day_{day:02d}" for day in range(1, 32))
        yield "num_dash"
        yield from (f"num_dash_{digit}" for digit in _DIGITS)
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
