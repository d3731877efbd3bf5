"""Reads a menu from TOML and has it checked (pure: the text is given).

``parse`` finds everything that is wrong at once: what cannot be reached, what has no prompt in some language, a
loop without a key press, a key used twice, a missing time-out, no way to a person.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ivr import menucheck
from ivr.menu import (
    SATISFACTION,
    SURVEY_QUESTIONS,
    Choice,
    LanguageNode,
    Menu,
    MessageNode,
    Node,
    Option,
    Person,
    ProgressNode,
    PromptRef,
    TicketNode,
)

MENU_KEYS = "123456789"
"""Keys that a menu may give a meaning; ``0`` is a person, ``*`` repeats and ``#`` ends what is keyed."""


class MenuError(Exception):
    """A menu cannot be used; ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("the menu cannot be used:\n" + "\n".join(f"- {problem}" for problem in self.problems))


def parse(text: str, catalogues: Mapping[str, Iterable[str]]) -> Menu:
    """Read a menu; ``catalogues`` names the prompts that each language has. Raises MenuError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MenuError([f"not TOML: {error}"]) from error
    problems: list[str] = []
    nodes: dict[str, Node] = {}
    for name, table in data.get("nodes", {}).items():
        try:
            nodes[name] = _node(name, table)
        except ValueError as error:
            problems.append(f"node {name}: {error}")
    try:
        menu = _menu(data, nodes)
    except ValueError as error:
        raise MenuError([*problems, str(error)]) from error
    problems += menucheck.problems(menu, catalogues, whole=not problems)
    if problems:
        raise MenuError(problems)
    return menu


def _menu(data: Mapping[str, Any], nodes: Mapping[str, Node]) -> Menu:
    return Menu(
        start=_text(data, "start"),
        person=_text(data, "person"),
        languages=tuple(_list(data, "languages")),
        tries=_positive(data, "tries"),
        max_questions=_positive(data, "max_questions"),
        welcome=_prompts(data, "welcome"),
        notice=_text(data, "notice"),
        notice_short=_text(data, "notice_short"),
        nodes=nodes,
        survey=_survey(data),
    )


def _survey(data: Mapping[str, Any]) -> tuple[str, ...]:
    asked = tuple(data.get("survey", [SATISFACTION]))
    if not asked or any(one not in SURVEY_QUESTIONS for one in asked) or len(set(asked)) != len(asked):
        raise ValueError(f"survey must be a list of {', '.join(SURVEY_QUESTIONS)}, each once at most")
    return asked


def _node(name: str, table: Mapping[str, Any]) -> Node:
    kind = _text(table, "kind")
    build = _KINDS.get(kind)
    if build is None:
        raise ValueError(f"kind {kind!r} is not one of {', '.join(_KINDS)}")
    return build(name, table)


def _choice(name: str, table: Mapping[str, Any]) -> Choice:
    options = tuple(
        Option(_text(entry, "key"), _text(entry, "name"), _text(entry, "go")) for entry in _list(table, "options")
    )
    keys = [option.key for option in options]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"key {', '.join(twice)} is used twice")
    foreign = [key for key in keys if key not in tuple(MENU_KEYS)]
    if foreign:
        raise ValueError(f"key {', '.join(foreign)} cannot be an option (0, * and # have fixed meanings)")
    return Choice(name, _prompts(table, "prompts"), _positive(table, "timeout_ms"), options)


def _person(name: str, table: Mapping[str, Any]) -> Person:
    priority = table.get("priority")
    if not isinstance(priority, int) or priority < 0:
        raise ValueError("priority must be a whole number from 0")
    return Person(name, _prompts(table, "prompts"), _text(table, "queue"), priority)


def _message(name: str, table: Mapping[str, Any]) -> MessageNode:
    texts = {key: _text(table, key) for key in ("ticket", "ticket_priority", "intro", "go")}
    numbers = {
        key: _positive(table, key)
        for key in ("max_seconds", "silence_seconds", "keep_timeout_ms", "number_digits", "number_timeout_ms")
    }
    return MessageNode(
        name,
        texts["ticket"],
        texts["ticket_priority"],
        texts["intro"],
        numbers["max_seconds"],
        numbers["silence_seconds"],
        numbers["keep_timeout_ms"],
        numbers["number_digits"],
        numbers["number_timeout_ms"],
        texts["go"],
    )


def _ticket(name: str, table: Mapping[str, Any]) -> TicketNode:
    return TicketNode(
        name,
        _text(table, "ticket"),
        _text(table, "ticket_priority"),
        _positive(table, "number_digits"),
        _positive(table, "number_timeout_ms"),
        _text(table, "go"),
    )


def _progress(name: str, table: Mapping[str, Any]) -> ProgressNode:
    return ProgressNode(
        name, _positive(table, "number_digits"), _positive(table, "number_timeout_ms"), _text(table, "go")
    )


def _language(name: str, table: Mapping[str, Any]) -> LanguageNode:
    return LanguageNode(name, _text(table, "go"))


_KINDS: dict[str, Callable[[str, Mapping[str, Any]], Node]] = {
    "choice": _choice,
    "person": _person,
    "message": _message,
    "ticket": _ticket,
    "progress": _progress,
    "language": _language,
}


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} is missing")
    return value


def _positive(table: Mapping[str, Any], key: str) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{key} is missing or not a positive whole number")
    return value


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    if not isinstance(value, list) or not value:
        raise ValueError(f"{key} is missing or empty")
    return value


def _prompts(table: Mapping[str, Any], key: str) -> tuple[PromptRef, ...]:
    return tuple(PromptRef(text.removeprefix("other:"), text.startswith("other:")) for text in _list(table, key))
