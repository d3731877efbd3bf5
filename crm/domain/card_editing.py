"""The editor of scorecards: a form's fields as a card's content, and one change to it (pure).

A field's name is its place, as ``sections-0-items-2-points``. What is no number stays the text that was typed: the card
is kept as it is, flaws and all, until it is published.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from crm.domain.scorecards import Card

_LISTS = frozenset({"sections", "items", "fatals", "grades"})
_NUMBERS = frozenset({"points", "weight", "least"})
_INDEX = re.compile(r"\A\d{1,3}\Z", re.ASCII)
_FIELD = re.compile(r"\A[a-z_]+(?:-(?:\d{1,3}|[a-z_]+)){0,6}\Z")
_BLANK: Mapping[str, dict[str, Any]] = {
    "items": {
        "code": "", "title": {"zh": "", "en": ""}, "points": 1, "guide": {"zh": "", "en": ""}, "may_not_apply": False,
        "auto": "",
    },
    "sections": {"code": "", "title": {"zh": "", "en": ""}, "weight": 1, "items": []},
    "fatals": {
        "code": "", "title": {"zh": "", "en": ""}, "kind": "compliance", "effect": "zero",
        "guide": {"zh": "", "en": ""}, "auto": "",
    },
    "grades": {"code": "", "title": {"zh": "", "en": ""}, "least": 0},
}  # fmt: skip


def content_from(form: Mapping[str, str]) -> dict[str, Any]:
    """The content that a form's fields make."""
    root: dict[str, Any] = {}
    for name, text in form.items():
        parts = name.split("-")
        if not _FIELD.match(name) or parts[0] not in {"title", "not_applicable", "sections", "fatals", "grades"}:
            continue
        place: Any = root
        for part in parts[:-1]:
            if not isinstance(place, dict):
                break
            place = place.setdefault(part, {})
        if isinstance(place, dict):
            place[parts[-1]] = _value(parts[-1], text.strip())
    found: dict[str, Any] = _listed(root, "")
    for name in ("sections", "fatals", "grades"):
        found.setdefault(name, [])
    for section in found["sections"]:
        if isinstance(section, dict):
            section.setdefault("items", [])
    return found


def _value(name: str, text: str) -> Any:
    if name == "may_not_apply":
        return text == "1"
    if name in _NUMBERS and re.fullmatch(r"-?\d{1,6}", text):
        return int(text)
    return text


def _listed(value: Any, name: str) -> Any:
    """Numbered parts as lists, in the order of their numbers."""
    if not isinstance(value, dict):
        return [] if name in _LISTS else value
    if name in _LISTS:
        numbered = sorted((key for key in value if key.isdecimal()), key=int)
        return [_listed(value[key], "") for key in numbered if isinstance(value[key], dict)]
    return {key: _listed(inner, key) for key, inner in value.items()}


def edit(content: Mapping[str, Any], command: str) -> dict[str, Any]:
    """One change: ``add:sections``, ``add:sections-0-items``, ``drop:fatals-2``, ``up:…``, ``down:…``; else none."""
    changed = copy.deepcopy(dict(content))
    act, _colon, where = command.partition(":")
    parts = where.split("-") if where else []
    if act == "add":
        rows = _rows(changed, parts)
        if rows is not None:
            rows.append(copy.deepcopy(_BLANK[parts[-1]]))
    elif act in {"drop", "up", "down"} and parts and _INDEX.match(parts[-1]):
        rows, index = _rows(changed, parts[:-1]), int(parts[-1])
        if rows is not None and index < len(rows):
            _shift(rows, index, act)
    return changed


def _rows(content: dict[str, Any], parts: list[str]) -> list[Any] | None:
    """The list at a place; None where there is none."""
    place: Any = content
    for part in parts:
        if isinstance(place, dict):
            place = place.get(part)
        elif isinstance(place, list) and _INDEX.match(part) and int(part) < len(place):
            place = place[int(part)]
        else:
            return None
    return place if isinstance(place, list) and parts and parts[-1] in _LISTS else None


def _shift(rows: list[Any], index: int, act: str) -> None:
    row = rows.pop(index)
    if act != "drop":
        rows.insert(max(0, index - 1) if act == "up" else index + 1, row)


def differences(before: Card, after: Card) -> list[tuple[str, str, object, object]]:
    """What one version asks otherwise than another: code, what (``points``, ``title``, …), before, after."""
    found: list[tuple[str, str, object, object]] = []
    if before.not_applicable != after.not_applicable:
        found.append(("", "not_applicable", str(before.not_applicable), str(after.not_applicable)))
    for names, some in (
        (("weight", "title"), [{one.code: one for one in card.sections} for card in (before, after)]),
        (("points", "title", "guide", "may_not_apply", "auto"),
         [{one.code: one for one in card.items} for card in (before, after)]),
        (("title", "kind", "effect", "guide", "auto"),
         [{one.code: one for one in card.fatals} for card in (before, after)]),
        (("least", "title"), [{one.code: one for one in card.grades} for card in (before, after)]),
    ):  # fmt: skip
        found += _between(some[0], some[1], names)
    return found


def _between(
    old: Mapping[str, object], new: Mapping[str, object], names: tuple[str, ...]
) -> list[tuple[str, str, object, object]]:
    found: list[tuple[str, str, object, object]] = []
    found += [(code, "gone", one, None) for code, one in old.items() if code not in new]
    found += [(code, "new", None, one) for code, one in new.items() if code not in old]
    for code in (code for code in new if code in old):
        for name in names:
            was, is_now = getattr(old[code], name), getattr(new[code], name)
            if was != is_now:
                found.append((code, name, was, is_now))
    return found
