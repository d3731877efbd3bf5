"""What may be asked for when a term will not do: the next step, and why not (pure). Reference: domain 2.1, 2.3, 3.2.

15 days become 30 with the deputy general manager's signature, 30 become 60 with the general manager's too; what the
central bank forwarded goes from 15 to 60 at once. Each counts when it is signed and the customer was told, both
before the term that runs is over. Nothing follows 60, and the date of a regulator's letter is not ours to move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crm.domain.approvals import Subject
from crm.domain.clocks import EXTENDED_TO, Body
from crm.domain.term_types import Clock, TermKind, TermState

EXTENDS_TO: Mapping[str, int] = {Subject.EXTEND_30: 30, Subject.EXTEND_60: 60, Subject.EXTEND_PBOC: 60}
"""What is signed → the step that it is about."""


class NoExtension(StrEnum):
    """Why nothing can be asked for now."""

    NO_TERM = "no_term"
    OVER = "over"
    LONGEST = "longest"
    FIXED = "fixed"
    ASKED = "asked"
    PAUSED = "paused"


WHYS: Mapping[NoExtension, str] = {
    NoExtension.NO_TERM: "there is no legal term that runs",
    NoExtension.OVER: "the term is over; it cannot be made longer any more",
    NoExtension.LONGEST: "60 days are the longest that the law allows",
    NoExtension.FIXED: "the date on the regulator's letter cannot be moved by the house",
    NoExtension.ASKED: "an extension is being asked for already",
    NoExtension.PAUSED: "the term stands still while the matter is with an outside appraiser",
}


@dataclass(frozen=True)
class Offer:
    """The next step: what is to be signed, and what it makes of the term."""

    subject: Subject
    to: int


def offer(clock: Clock, now: datetime) -> Offer | NoExtension:
    """The next extension of a ticket, or why there is none."""
    legal = clock.current(TermKind.LEGAL)
    body = clock.body
    steps = EXTENDED_TO.get(body, EXTENDED_TO[""])
    if legal is None or legal.state is not TermState.OPEN:
        return NoExtension.NO_TERM
    checks = (
        (body == Body.REGULATOR or clock.fixed, NoExtension.FIXED),
        (clock.step + 1 >= len(steps), NoExtension.LONGEST),
        (clock.paused_since is not None, NoExtension.PAUSED),
        (now > legal.due_at, NoExtension.OVER),
        (clock.asked is not None, NoExtension.ASKED),
    )
    why = next((why for holds, why in checks if holds), None)
    if why is not None:
        return why
    to = steps[clock.step + 1]
    return Offer(Subject.EXTEND_PBOC if body == Body.PBOC else Subject(f"extend_{to}"), to)
