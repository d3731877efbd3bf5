"""Menus as data: nodes, options and the words they say (pure). ``ivr.menufile`` reads them from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TONE = "tone"
"""The sound before a recording: a prompt without words."""
ANSWER_DAYS = range(1, 16)
"""Promises of an answer that have a sentence of their own."""
QUEUE_POSITIONS = range(1, 11)
QUEUE_MINUTES = range(1, 11)
STAGES = (
    "registered", "acknowledged", "triaged", "investigating", "pending_approval", "executing", "notified",
    "closed", "withdrawn", "merged", "not_handled",
)  # fmt: skip
"""Stages of a ticket that a caller is told; ``ivr.progress`` maps the CRM's states to them."""

SATISFACTION, RECOMMENDATION = "satisfaction", "recommendation"
SURVEY_QUESTIONS = (SATISFACTION, RECOMMENDATION)
"""Marks from 1 to 5, and from 0 to 10."""

MACHINE_PROMPTS = (
    "wrong_key", "no_key", "complaint_empty", "complaint_keep", "complaint_kept", "callback_kept",
    "ticket_number_is", "ticket_number_again", "ask_callback_number", "number_read_back", "number_confirm",
    "number_wrong", "ask_ticket_number", "ask_last_four", "progress_not_found", "progress_not_authorised",
    "progress_unavailable", "to_person", "queue_position_many", "queue_wait", "queue_closed",
    "queue_minutes_many", "callback_offer", "callback_taken",
    "fallback_sorry", "goodbye", "survey_score", "survey_recommend", "survey_thanks",
    *(f"answer_within_days_{days}" for days in ANSWER_DAYS),
    *(f"queue_position_{position}" for position in QUEUE_POSITIONS),
    *(f"queue_minutes_{minutes}" for minutes in QUEUE_MINUTES),
    *(f"stage_{stage}" for stage in STAGES),
)  # fmt: skip
"""What the machine says by itself, whatever the menu."""


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
    """Open a ticket at once, ask a caller with a withheld number for one to call back, and go on."""

    name: str
    ticket: str
    ticket_priority: str
    number_digits: int
    number_timeout_ms: int
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
    survey: tuple[str, ...] = (SATISFACTION,)
    """What callers are asked after a conversation, when their agent hands them over."""

    def other_language(self, language: str) -> str:
        """The language behind key 9."""
        position = self.languages.index(language)
        return self.languages[(position + 1) % len(self.languages)]
