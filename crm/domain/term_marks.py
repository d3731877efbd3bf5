"""When somebody is reminded of a term, and who (pure). Reference: domain 3.2."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm.domain.access import Role
from crm.domain.clocks import Body
from crm.domain.rules import Rules
from crm.domain.term_types import Term, TermKind, TermState


class TermMark(StrEnum):
    """A moment of a term."""

    FIRST = "first"
    SECOND = "second"
    LAST = "last"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class MarkAt:
    """When a moment comes."""

    mark: TermMark
    at: datetime


def marks_of(term: Term, rules: Rules) -> tuple[MarkAt, ...]:
    """The moments of a term in their order. A term that is no longer than the last warning's time has no last one."""
    length = term.due_at - term.started_at
    found = [MarkAt(TermMark.OVERDUE, term.due_at + timedelta(microseconds=1))]
    if length > timedelta(0):
        found.append(MarkAt(TermMark.FIRST, term.started_at + length * rules.warn_first_percent / 100))
        found.append(MarkAt(TermMark.SECOND, term.started_at + length * rules.warn_second_percent / 100))
    last = timedelta(hours=rules.warn_last_hours)
    if length > last:
        found.append(MarkAt(TermMark.LAST, term.due_at - last))
    return tuple(sorted(found, key=lambda one: (one.at, list(TermMark).index(one.mark))))


def next_at(term: Term, given: Collection[str], rules: Rules) -> datetime | None:
    """When this term is to be looked at again; None when it is done, stands still, or everything was said."""
    if term.state is not TermState.OPEN or term.paused_since is not None:
        return None
    return min((one.at for one in marks_of(term, rules) if one.mark not in given), default=None)


def come(term: Term, given: Collection[str], rules: Rules, now: datetime) -> tuple[TermMark, ...]:
    """The moments that have come and of which nobody was told, the most serious last."""
    if term.state is not TermState.OPEN or term.paused_since is not None:
        return ()
    return tuple(one.mark for one in marks_of(term, rules) if one.at <= now and one.mark not in given)


ESCALATES = frozenset({TermKind.LEGAL, TermKind.REVIEW, TermKind.TARGET})
"""Terms whose end moves a complaint one step up the handling order."""
_OFFICE_TERMS = frozenset({TermKind.FORM, TermKind.RETURN_VISIT, TermKind.ARCHIVE})
_COMPLIANCE_TERMS = frozenset({TermKind.LEAK, TermKind.LEAK_TARGET})
_BY_STEP: Mapping[int, Role] = {0: Role.CM, 1: Role.DG, 2: Role.GM}


def answers_for(term: Term, body: str = "") -> frozenset[Role]:
    """Whose matter it is when this term is over. An empty set: the head of the department that has it."""
    if term.kind is TermKind.DEPARTMENT:
        return frozenset()
    if term.kind in _COMPLIANCE_TERMS or (term.kind in ESCALATES and body in set(Body)):
        return frozenset({Role.CO})
    if term.kind is TermKind.REVIEW:
        return frozenset({Role.GM})
    if term.kind in ESCALATES:
        return frozenset({_BY_STEP[min(term.step, 2)]})
    return frozenset({Role.CM}) if term.kind in _OFFICE_TERMS else frozenset({Role.SM})
