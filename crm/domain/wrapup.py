"""The work after a call: what a wrap-up needs before it is done (pure).

Dispositions are a tree with dotted codes, as ``accounts.bill``; the part before the first dot is the branch. One
branch, ``no_ticket``, holds the reasons for which a call needs no ticket; every other one asks for a ticket that is
continued or made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crm.domain.tickets import Kind

NO_TICKET = "no_ticket"
MAX_NOTE = 4_000


class State(StrEnum):
    """How a wrap-up stands."""

    OPEN = "open"
    DONE = "done"
    LAPSED = "lapsed"
    """its time was over, or the agent took the next call: a task of his until he fills it in"""


class Missing(StrEnum):
    """What is still to be filled in."""

    DISPOSITION = "disposition"
    NOTE = "note"
    TICKET = "ticket"


@dataclass(frozen=True)
class Filled:
    """What stands in the form."""

    disposition: str | None = None
    note: str = ""
    has_ticket: bool = False


_KINDS: Mapping[str, Kind] = {
    "complaints": Kind.COMPLAINT,
    "loss": Kind.LOSS_REPORT,
    "security": Kind.INCIDENT,
    "incidents": Kind.INCIDENT,
    "accounts": Kind.SERVICE,
    "cards": Kind.SERVICE,
    "feedback.praise": Kind.PRAISE,
    "feedback.misconduct": Kind.REPORT,
    "feedback": Kind.SUGGESTION,
}


def branch(code: str) -> str:
    """The first part of a disposition's code."""
    return code.partition(".")[0]


def needs_ticket(code: str) -> bool:
    """Whether a call with this disposition must have a ticket."""
    return branch(code) != NO_TICKET


def needs_note(code: str) -> bool:
    """Whether the code alone says too little: every "other" does."""
    return code.rpartition(".")[2] == "other"


def kind_of(code: str) -> Kind:
    """The kind of ticket that such a call usually leads to."""
    return _KINDS.get(code) or _KINDS.get(branch(code), Kind.INQUIRY)


def missing(filled: Filled) -> tuple[Missing, ...]:
    """What keeps the wrap-up from being done, in the order of the form."""
    if filled.disposition is None:
        return (Missing.DISPOSITION,) if filled.has_ticket else (Missing.DISPOSITION, Missing.TICKET)
    found = []
    if needs_note(filled.disposition) and not filled.note.strip():
        found.append(Missing.NOTE)
    if needs_ticket(filled.disposition) and not filled.has_ticket:
        found.append(Missing.TICKET)
    return tuple(found)
