"""Who keeps out of a matter (pure). Reference: domain 2.1 (回避), 3.1, 3.3.

Nobody handles, approves or scores a matter about himself. A review is for people who had no hand in the complaint
that it is of. The other cases of keeping out are the approvals' own: nobody signs what he asked for, nor twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from crm.domain.tickets import Kind, Recusal


@dataclass(frozen=True)
class Involved:
    """The people of a matter, by user name. ``handled_before``: who had a hand in the complaint under review."""

    kind: Kind
    complained_about: frozenset[str] = frozenset()
    handled_before: frozenset[str] = frozenset()


def recused(involved: Involved) -> Mapping[str, str]:
    """User name → why he keeps out."""
    out: dict[str, str] = {}
    if involved.kind is Kind.REVIEW:
        out |= dict.fromkeys(involved.handled_before, str(Recusal.HANDLED_BEFORE))
    return out | dict.fromkeys(involved.complained_about, str(Recusal.COMPLAINED_ABOUT))


def may_score(person: str, involved: Involved, took_part: Collection[str]) -> bool:
    """Whether he may evaluate the matter or a call of it: not when it is about him, nor when he had a part in it."""
    return person not in involved.complained_about and person not in took_part
