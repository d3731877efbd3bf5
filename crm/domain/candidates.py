"""Who is it that calls, when several customers share a number: the order in which an agent should ask (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """A customer with this number. ``complaints`` and ``tickets`` are his open ones; ``calls``: from this number."""

    customer_id: int
    complaints: int = 0
    tickets: int = 0
    calls: int = 0
    last_contact: datetime | None = None
    own_number: bool = True
    """the number is written down as his; else he was only named in a ticket of this number"""


def ranked(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The likeliest first: whose number it is, who waits for an answer, who was in contact last, who calls often.

    A caller with an open complaint is likelier to call again than anybody else. What is equal keeps one order, the
    older customer first, so that two looks at the same rows never differ.
    """
    return tuple(sorted(candidates, key=_likelihood))


def _likelihood(one: Candidate) -> tuple[bool, bool, bool, float, int, int, int]:
    last = one.last_contact or _NEVER
    return (
        not one.own_number,
        one.complaints == 0,
        one.tickets == 0,
        -last.timestamp(),
        -one.calls,
        -(one.complaints + one.tickets),
        one.customer_id,
    )
