"""The sentences that the pieces of numbers are cut from, and the words of each piece.

A piece is rendered inside a sentence, in the place where it will be heard, between two pauses that the renderer
makes long enough to cut. Each sentence gives several pieces; together with ``ops.prompts.groups`` they give all
of ``ivr.speech.pieces``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from ops.prompts import catalogue

SPEEDS = {"zh": 0.8, "en": 0.9}
RECIPE = "2"
_SHORT, _LONG = 0.12, 0.30
_GAPS = {"year": _SHORT, "month": _SHORT, "day": _LONG, "dash": 0.12, "pair": 0.18, "one": 0.18,
         "last": _LONG}  # fmt: skip
"""Seconds of silence at the end of a piece."""

_PLACES = ("year", "month", "day", "dash")
"""Said so that their neighbours stand in a number; ticket numbers have pieces of their own (``ops.prompts.groups``)."""

_ZH = "零一二三四五六七八九"
_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
       "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
             "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
             "eighteenth", "nineteenth", "twentieth")  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """One piece: its id (empty when it only gives its neighbours a place), its words, the silence after it."""

    id: str
    words: str
    gap: float = 0.0


Sentence = tuple[Piece, ...]


def made_from(language: str, sentence: Sentence) -> str:
    """A hash of everything that decides how the pieces of a sentence sound."""
    voice = catalogue.VOICES[language].name
    parts = [RECIPE, voice, SPEEDS[language], [[piece.id, piece.words, piece.gap] for piece in sentence]]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


def sentences(language: str) -> list[Sentence]:
    """All sentences of a language; every piece stands in one of them."""
    every = [*_numbers(language), *_days(language), *_moments(language), *_promises(language)]
    return [sentence for sentence in every if any(piece.id for piece in sentence)]


def _spell(language: str, digits: str) -> str:
    return "".join(_ZH[int(one)] for one in digits) if language == "zh" else " ".join(_EN[int(one)] for one in digits)


def _number(language: str, kind: str, digits: str, known: set[str]) -> Piece:
    spelt = _spell(language, digits)
    if kind == "dash":
        dash = "横杠" if language == "zh" else "dash"
        spelt = f"{dash}，{spelt}" if digits and language == "zh" else f"{dash}, {spelt}" if digits else dash
    name = f"num_{kind}_{digits}" if digits else f"num_{kind}"
    kept = "" if name in known or kind in _PLACES else name
    known.add(name)
    return Piece(kept, spelt, _GAPS[kind])


def _days(language: str) -> list[Sentence]:
    known: set[str] = set()
    return [
        (
            *(_first_digit(language, str(part), known) if part < 10 else ()),
            _number(language, "year", str(26 + part), known),
            *((_number(language, "month", f"{1 + part:02d}", known),) if part < 12 else ()),
            *(_number(language, "day", f"{day:02d}", known) for day in (1 + part, 17 + part) if day <= 31),
            _number(language, "dash", "", known),
            *((Piece("", _spell(language, "01")),) if part == 0 else ()),
        )
        for part in range(16)
    ]


def _first_digit(language: str, digit: str, known: set[str]) -> tuple[Piece, Piece]:
    """A digit that stands alone; a word goes before it, for a sentence's first sound comes out weak."""
    return Piece("", "号码" if language == "zh" else "number"), _number(language, "one", digit, known)


def _numbers(language: str) -> list[Sentence]:
    known: set[str] = set()
    return [
        (
            _number(language, "dash", str(number % 10), known),
            _number(language, "pair", f"{(number * 37 + 11) % 100:02d}", known),
            _number(language, "last", f"{(number * 73 + 29) % 100:02d}", known),
        )
        for number in range(100)
    ]


def _moments(language: str) -> list[Sentence]:
    return [
        (
            *((Piece(f"date_month_{1 + part}", _month(language, 1 + part), 0.05),) if part < 12 else ()),
            *(Piece(f"date_day_{day}", _day(language, day), _LONG) for day in (1 + part, 21 + part) if day <= 31),
            *(Piece(f"time_hour_{hour}", _hour(language, hour), 0.05) for hour in (part, 20 + part) if hour < 24),
            *(
                Piece(f"time_minute_{minute:02d}", _minute(language, minute), _LONG)
                for minute in (part, 20 + part, 40 + part)
            ),
        )
        for part in range(20)
    ]


def _promises(language: str) -> list[Sentence]:
    """By when an answer is promised; each of the months is kept once."""
    before, after = ("最晚", "给您答复") if language == "zh" else ("That is by ", " at the latest")
    return [
        (
            Piece(f"answer_by_month_{day}" if day <= 12 else "", before + _month(language, (day - 1) % 12 + 1), 0.05),
            Piece(f"answer_by_day_{day}", _day(language, day) + after, _LONG),
        )
        for day in range(1, 32)
    ]


def _count(number: int) -> str:
    """A number under 100 as Mandarin says it: 二十二, 十, 五."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_ZH[tens]}十"
    return head + (_ZH[ones] if ones or not tens else "")


def _month(language: str, month: int) -> str:
    return f"{_count(month)}月" if language == "zh" else _MONTHS[month - 1]


def _day(language: str, day: int) -> str:
    if language == "zh":
        return f"{_count(day)}日"
    if day <= 20:
        return _ORDINALS[day - 1]
    return "thirtieth" if day == 30 else f"{_TENS[day // 10]} {_ORDINALS[day % 10 - 1]}"


def _hour(language: str, hour: int) -> str:
    return f"{_count(hour)}点" if language == "zh" else _english(hour)


def _minute(language: str, minute: int) -> str:
    if language == "zh":
        return "整" if minute == 0 else f"零{_ZH[minute]}分" if minute < 10 else f"{_count(minute)}分"
    return "hundred hours" if minute == 0 else f"oh {_EN[minute]}" if minute < 10 else _english(minute)


def _english(number: int) -> str:
    if number < 20:
        return _EN[number]
    return _TENS[number // 10] + (f" {_EN[number % 10]}" if number % 10 else "")
