"""Scorecards as they are kept and edited: read with every flaw named, and written back (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from crm.domain.scorecards import (
    TOTAL,
    Auto,
    Card,
    Effect,
    Fatal,
    FatalKind,
    Grade,
    Item,
    NotApplicable,
    Section,
    Words,
)

MAX_TITLE, MAX_GUIDE = 80, 500
MAX_SECTIONS, MAX_ITEMS, MAX_FATALS, MAX_GRADES = 12, 60, 40, 8
Choice = TypeVar("Choice", bound=StrEnum)
_CODE = re.compile(r"\A[A-Za-z][A-Za-z0-9_-]{0,11}\Z")
_GRADE = re.compile(r"\A[a-z][a-z0-9_]{0,19}\Z")


class CardFlawsError(ValueError):
    """A card that cannot be. ``flaws``: where, and what is wrong; all of them."""

    def __init__(self, flaws: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{where}: {what}" for where, what in flaws))
        self.flaws = tuple(flaws)


def parse(content: Mapping[str, Any]) -> Card:
    """A card from its content. Raises CardFlawsError."""
    flaws: list[tuple[str, str]] = []
    card = Card(
        title=_words(content.get("title"), "title", flaws),
        sections=tuple(
            _section(one, f"sections.{n}", flaws) for n, one in enumerate(_list(content, "sections", flaws))
        ),
        fatals=tuple(_fatal(one, f"fatals.{n}", flaws) for n, one in enumerate(_list(content, "fatals", flaws))),
        grades=tuple(_grade(one, f"grades.{n}", flaws) for n, one in enumerate(_list(content, "grades", flaws))),
        not_applicable=_one_of(NotApplicable, content.get("not_applicable"), "not_applicable", flaws),
    )
    flaws += _whole(card)
    if flaws:
        raise CardFlawsError(flaws)
    return card


def content_of(card: Card) -> dict[str, Any]:
    """What ``parse`` reads the same card from."""
    return {
        "title": _both(card.title),
        "not_applicable": card.not_applicable.value,
        "sections": [
            {
                "code": section.code,
                "title": _both(section.title),
                "weight": section.weight,
                "items": [
                    {
                        "code": item.code, "title": _both(item.title), "points": item.points,
                        "guide": _both(item.guide), "may_not_apply": item.may_not_apply, "auto": item.auto.value,
                    }
                    for item in section.items
                ],
            }
            for section in card.sections
        ],
        "fatals": [
            {
                "code": fatal.code, "title": _both(fatal.title), "kind": fatal.kind.value, "effect": fatal.effect.value,
                "guide": _both(fatal.guide), "auto": fatal.auto.value,
            }
            for fatal in card.fatals
        ],
        "grades": [{"code": grade.code, "title": _both(grade.title), "least": grade.least} for grade in card.grades],
    }  # fmt: skip


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _list(content: Mapping[str, Any], name: str, flaws: list[tuple[str, str]]) -> list[Mapping[str, Any]]:
    found = content.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        flaws.append((name, "must be a list"))
        return []
    return list(found)


def _words(value: object, where: str, flaws: list[tuple[str, str]], *, most: int = MAX_TITLE, least: int = 1) -> Words:
    if value is None and not least:
        return Words("", "")
    if not isinstance(value, Mapping):
        flaws.append((where, "must be there in both languages"))
        return Words("", "")
    said = {language: str(value.get(language, "")).strip() for language in ("zh", "en")}
    flaws.extend(
        (f"{where}.{language}", f"must have {least} to {most} characters")
        for language, text in said.items()
        if not least <= len(text) <= most
    )
    return Words(said["zh"], said["en"])


def _number(value: object, where: str, most: int, flaws: list[tuple[str, str]], least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        flaws.append((where, f"must be a whole number from {least} to {most}"))
        return least
    return value


def _one_of(kinds: type[Choice], value: object, where: str, flaws: list[tuple[str, str]]) -> Choice:
    try:
        return kinds(str(value if value is not None else ""))
    except ValueError:
        flaws.append((where, f"must be one of {', '.join(one.value or 'nothing' for one in kinds)}"))
        return next(iter(kinds))


def _code(value: object, where: str, flaws: list[tuple[str, str]], form: re.Pattern[str] = _CODE) -> str:
    code = str(value or "").strip()
    if not form.match(code):
        flaws.append((where, "must be a short code of letters and digits"))
    return code


def _section(value: Mapping[str, Any], where: str, flaws: list[tuple[str, str]]) -> Section:
    return Section(
        _code(value.get("code"), f"{where}.code", flaws),
        _words(value.get("title"), f"{where}.title", flaws),
        _number(value.get("weight"), f"{where}.weight", TOTAL, flaws),
        tuple(_item(one, f"{where}.items.{n}", flaws) for n, one in enumerate(_list(value, "items", flaws))),
    )


def _item(value: Mapping[str, Any], where: str, flaws: list[tuple[str, str]]) -> Item:
    return Item(
        _code(value.get("code"), f"{where}.code", flaws),
        _words(value.get("title"), f"{where}.title", flaws),
        _number(value.get("points"), f"{where}.points", TOTAL, flaws),
        _words(value.get("guide"), f"{where}.guide", flaws, most=MAX_GUIDE, least=0),
        may_not_apply=value.get("may_not_apply") is True,
        auto=_one_of(Auto, value.get("auto", ""), f"{where}.auto", flaws),
    )


def _fatal(value: Mapping[str, Any], where: str, flaws: list[tuple[str, str]]) -> Fatal:
    return Fatal(
        _code(value.get("code"), f"{where}.code", flaws),
        _words(value.get("title"), f"{where}.title", flaws),
        _one_of(FatalKind, value.get("kind"), f"{where}.kind", flaws),
        _one_of(Effect, value.get("effect", "zero"), f"{where}.effect", flaws),
        _words(value.get("guide"), f"{where}.guide", flaws, most=MAX_GUIDE, least=0),
        auto=_one_of(Auto, value.get("auto", ""), f"{where}.auto", flaws),
    )


def _grade(value: Mapping[str, Any], where: str, flaws: list[tuple[str, str]]) -> Grade:
    return Grade(
        _code(value.get("code"), f"{where}.code", flaws, _GRADE),
        _words(value.get("title"), f"{where}.title", flaws),
        _number(value.get("least"), f"{where}.least", TOTAL, flaws, least=0),
    )


def _whole(card: Card) -> list[tuple[str, str]]:
    """What is wrong with the card as a whole."""
    found = []
    for name, count, least, most in (
        ("sections", len(card.sections), 1, MAX_SECTIONS), ("items", len(card.items), 1, MAX_ITEMS),
        ("fatals", len(card.fatals), 0, MAX_FATALS), ("grades", len(card.grades), 1, MAX_GRADES),
    ):  # fmt: skip
        if not least <= count <= most:
            found.append((name, f"must be {least} to {most}"))
    found += [(f"sections.{n}.items", "needs an item") for n, one in enumerate(card.sections) if not one.items]
    if (total := sum(section.weight for section in card.sections)) != TOTAL:
        found.append(("sections", f"the weights come to {total}, not {TOTAL}"))
    codes = [*(item.code for item in card.items), *(fatal.code for fatal in card.fatals)]
    found += [("codes", f"{code} is used twice") for code in sorted({code for code in codes if codes.count(code) > 1})]
    sections = [section.code for section in card.sections]
    found += [("codes", f"{code} is used twice") for code in sorted({c for c in sections if sections.count(c) > 1})]
    limits = [grade.least for grade in card.grades]
    if limits and (limits != sorted(set(limits), reverse=True) or limits[-1] != 0):
        found.append(("grades", "must fall from the highest to one that begins at 0"))
    names = [grade.code for grade in card.grades]
    found += [("grades", f"{name} is used twice") for name in sorted({n for n in names if names.count(n) > 1})]
    return found
