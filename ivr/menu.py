"""Menus as data: nodes, options and the words they say, parsed from TOML and checked (pure).

``parse`` reads a menu and finds everything that is wrong with it at once: what cannot be reached, what has no
prompt in some language, a loop without a key press, a key used twice, a missing time-out, no way to a person.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TONE = "tone"
"""The sound before a recording: a prompt without words."""
ANSWER_DAYS = (1, 2, 3, 5, 7, 10, 15)
"""Promises of an answer that have a sentence of their own."""
QUEUE_POSITIONS = range(1, 11)
STAGES = (
    "registered", "acknowledged", "triaged", "investigating", "pending_approval", "executing", "notified",
    "closed", "withdrawn", "merged", "not_handled",
)  # fmt: skip
"""Stages of a ticket that a caller is told; ``ivr.progress`` maps the CRM's states to them."""

MACHINE_PROMPTS = (
    "wrong_key", "no_key", "complaint_empty", "complaint_keep", "complaint_kept", "callback_kept",
    "ticket_number_is", "ticket_number_again", "ask_callback_number", "number_read_back", "number_confirm",
    "number_wrong", "ask_ticket_number", "ask_last_four", "progress_not_found", "progress_not_authorised",
    "progress_unavailable", "to_person", "queue_position_many", "queue_wait", "callback_offer", "callback_taken",
    "fallback_sorry", "goodbye",
    *(f"answer_within_days_{days}" for days in ANSWER_DAYS),
    *(f"queue_position_{position}" for position in QUEUE_POSITIONS),
    *(f"stage_{stage}" for stage in STAGES),
)  # fmt: skip
"""What the machine says by itself, whatever the menu."""

MENU_KEYS = "123456789"
"""Keys that a menu may give a meaning; ``0`` is a person, ``*`` repeats and ``#`` ends what is keyed."""


class MenuError(Exception):
    """A menu cannot be used; ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("the menu cannot be used:\n" + "\n".join(f"- {problem}" for problem in self.problems))


@dataclass(frozen=True)
class PromptRef:
    """A prompt of the catalogue; ``other``: spoken in the other language, which it offers."""

    id: str
    other: bool = False


@dataclass(frozen=True)
class Option:
    """A key, the name that journals and reports give the choice, and where it leads."""

    key: str
    name: str
    go: str


@dataclass(frozen=True)
class Choice:
    """Say something and let the caller choose by a key."""

    name: str
    prompts: tuple[PromptRef, ...]
    timeout_ms: int
    options: tuple[Option, ...]

    def option(self, key: str) -> Option | None:
        """The option behind a key."""
        return next((option for option in self.options if option.key == key), None)


@dataclass(frozen=True)
class Person:
    """Send the caller into a queue."""

    name: str
    prompts: tuple[PromptRef, ...]
    queue: str
    priority: int


@dataclass(frozen=True)
class MessageNode:
    """Record a message and open a ticket of it."""

    name: str
    ticket: str
    ticket_priority: str
    intro: str
    max_seconds: int
    silence_seconds: int
    keep_timeout_ms: int
    number_digits: int
    number_timeout_ms: int
    go: str


@dataclass(frozen=True)
class TicketNode:
    """Open a ticket at once and go on."""

    name: str
    ticket: str
    ticket_priority: str
    go: str


@dataclass(frozen=True)
class ProgressNode:
    """Ask for a ticket number and tell the stage."""

    name: str
    number_digits: int
    number_timeout_ms: int
    go: str


@dataclass(frozen=True)
class LanguageNode:
    """Change to the other language and go on."""

    name: str
    go: str


Node = Choice | Person | MessageNode | TicketNode | ProgressNode | LanguageNode


@dataclass(frozen=True)
class Menu:
    """A whole menu, known to be sound."""

    start: str
    person: str
    languages: tuple[str, ...]
    tries: int
    max_questions: int
    welcome: tuple[PromptRef, ...]
    notice: str
    notice_short: str
    nodes: Mapping[str, Node]

    def other_language(self, language: str) -> str:
        """The language behind key 9."""
        position = self.languages.index(language)
        return self.languages[(position + 1) % len(self.languages)]


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
    problems += _wrong_targets(menu)
    if not problems:
        problems += [*_unreachable(menu), *_silent_loops(menu), *_missing_prompts(menu, catalogues)]
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
    )


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
    return TicketNode(name, _text(table, "ticket"), _text(table, "ticket_priority"), _text(table, "go"))


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


def targets(node: Node) -> tuple[str, ...]:
    """The nodes that a node leads to."""
    if isinstance(node, Choice):
        return tuple(option.go for option in node.options)
    return () if isinstance(node, Person) else (node.go,)


def _wrong_targets(menu: Menu) -> list[str]:
    problems = [
        f"node {name}: {target} does not exist"
        for name, node in menu.nodes.items()
        for target in targets(node)
        if target not in menu.nodes
    ]
    if menu.start not in menu.nodes:
        problems.append(f"start: {menu.start} does not exist")
    if not isinstance(menu.nodes.get(menu.person), Person):
        problems.append(f"there is no way to a person: {menu.person} is not a node of kind person")
    problems += [
        f"node {name}: {node.go} must be of kind choice"
        for name, node in menu.nodes.items()
        if isinstance(node, ProgressNode) and not isinstance(menu.nodes.get(node.go), Choice)
    ]
    if menu.notice not in {ref.id for ref in menu.welcome}:
        problems.append(f"the welcome does not say the notice {menu.notice}")
    return problems


def _unreachable(menu: Menu) -> list[str]:
    seen: set[str] = set()
    open_ends = [menu.start, menu.person]
    while open_ends:
        name = open_ends.pop()
        if name not in seen:
            seen.add(name)
            open_ends += targets(menu.nodes[name])
    return [f"node {name} cannot be reached" for name in menu.nodes if name not in seen]


def _silent_loops(menu: Menu) -> list[str]:
    """Loops through nodes that go on without asking for a key."""
    problems = []
    for name in menu.nodes:
        at, seen = name, set[str]()
        while isinstance(node := menu.nodes[at], TicketNode | LanguageNode) and at not in seen:
            seen.add(at)
            at = node.go
        if at == name and seen:
            problems.append(f"node {name} leads to itself without a key press")
    return problems


def _missing_prompts(menu: Menu, catalogues: Mapping[str, Iterable[str]]) -> list[str]:
    refs = [*menu.welcome, PromptRef(menu.notice), PromptRef(menu.notice_short)]
    for node in menu.nodes.values():
        if isinstance(node, Choice | Person):
            refs += node.prompts
        elif isinstance(node, MessageNode):
            refs.append(PromptRef(node.intro))
    wanted = sorted({ref.id for ref in refs} | set(MACHINE_PROMPTS))
    return [
        f"prompt {prompt} is missing in {language}"
        for language in menu.languages
        for prompt in wanted
        if prompt not in set(catalogues.get(language, ()))
    ]
