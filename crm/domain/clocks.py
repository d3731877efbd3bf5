"""How long the terms are: the law's and the house's own, side by side (pure). Reference: domain 2.1, 2.3, 3.2.

Terms of the law run in calendar days, the day of receipt not counted, to the last instant of their last day in the
centre's zone. The ends of 15 and of 30 days move off a public holiday; the end of 60 days never does. The house's
targets are counted from the instant and never move; none ends after the law's own term.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.domain.rules import DEFAULT_RULES, Rules
from crm.domain.tickets import Kind
from crm.domain.working_days import DayCalendar, Due, calendar_end, end_of, whole_days, working_end

CONTACT_KINDS = frozenset({Kind.LOSS_REPORT, Kind.CALLBACK})
"""Kinds whose point is that somebody speaks with the customer soon."""


class Body(StrEnum):
    """Who forwarded a complaint, as far as it changes its term."""

    PBOC = "pboc"
    REGULATOR = "regulator"


EXTENDED_TO: dict[str, tuple[int, ...]] = {"": (15, 30, 60), Body.PBOC: (15, 60), Body.REGULATOR: (0,)}
"""The steps of a legal term by who forwarded it. The names of the steps are the law's numbers; a house may be stricter.
The date on a regulator's letter cannot be moved by us."""


@dataclass(frozen=True)
class Pause:
    """A matter was with an outside appraiser. ``end`` None: it still is."""

    begin: datetime
    end: datetime | None = None


@dataclass(frozen=True)
class Span:
    """What a legal term is counted from. ``step``: how often it was extended."""

    start: datetime
    body: str = ""
    letter_due: date | None = None
    step: int = 0
    pauses: Sequence[Pause] = ()


def last_step(body: str) -> int:
    """How often a term may be extended at most."""
    return len(EXTENDED_TO.get(body, EXTENDED_TO[""])) - 1


def legal_end(span: Span, rules: Rules, zone: ZoneInfo, calendar: DayCalendar) -> Due:
    """The end of the term that the law sets for a complaint."""
    if span.body == Body.REGULATOR and span.letter_due is not None:
        longest = calendar_end(span.start, rules.special_days, zone, calendar, rolls=False)
        return Due(min(end_of(span.letter_due, zone), longest.at))
    steps = (rules.simple_days, rules.complex_days, rules.special_days)
    if span.body == Body.PBOC:
        steps = (rules.pboc_days, rules.pboc_extended_days, rules.pboc_extended_days)
    step = min(span.step, last_step(span.body))
    rolls = step < last_step(span.body)
    due, left_out = calendar_end(span.start, steps[step], zone, calendar, rolls=rolls), 0
    for pause in span.pauses:
        if pause.end is not None and pause.begin <= due.at:  # what begins after the end saves nothing
            left_out += whole_days(pause.begin, pause.end, zone)
            due = calendar_end(span.start, steps[step], zone, calendar, rolls=rolls, left_out=left_out)
    return due


@dataclass(frozen=True)
class Matter:
    """What the house's own target depends on."""

    kind: Kind
    priority: str
    level: int | None = None


def target_end(matter: Matter, span: Span, rules: Rules, zone: ZoneInfo) -> datetime:
    """The house's own target for the answer (for what wants a call: the first contact). Never rolled."""
    if span.body == Body.REGULATOR and span.letter_due is not None and matter.kind is Kind.COMPLAINT:
        earlier = end_of(span.letter_due - timedelta(days=rules.regulator_lead_days), zone)
        return max(span.start, earlier)
    due = span.start + _target(matter, span, rules)
    for pause in span.pauses:
        if pause.end is not None and pause.begin <= due:
            due += max(timedelta(0), pause.end - pause.begin)
    return due


def _target(matter: Matter, span: Span, rules: Rules) -> timedelta:
    if matter.kind in CONTACT_KINDS:
        return rules.first_contact(matter.priority)
    return timedelta(days=_target_days(matter, span, rules))


def _target_days(matter: Matter, span: Span, rules: Rules) -> int:
    if matter.kind is Kind.REVIEW:
        return rules.review_internal_days
    if matter.kind is not Kind.COMPLAINT:
        return rules.department_days(matter.priority)
    if span.body == Body.PBOC:
        return rules.pboc_extended_internal_days if span.step else rules.pboc_internal_days
    if span.step:
        return rules.special_internal_days if span.step > 1 else rules.complex_internal_days
    return rules.level_days(matter.level) if matter.level else rules.department_days(matter.priority)


def review_until(notified_at: datetime, rules: Rules, zone: ZoneInfo) -> datetime:
    """Until when the customer may ask for a review of what he was told."""
    last = notified_at.astimezone(zone).date() + timedelta(days=rules.review_apply_days)
    return end_of(last, zone)


def visit_end(notified_at: datetime, rules: Rules, zone: ZoneInfo, calendar: DayCalendar) -> Due:
    """Until when somebody asks the customer whether it is solved."""
    return working_end(notified_at, rules.return_visit_working_days, zone, calendar)


def legal_due(kind: Kind, received_at: datetime, zone: ZoneInfo, calendar: DayCalendar) -> Due | None:
    """The first legal term of a new matter by the default rules, or None for a kind that has none."""
    if kind is not Kind.COMPLAINT:
        return None
    return legal_end(Span(received_at), DEFAULT_RULES, zone, calendar)


def internal_due(kind: Kind, priority: str, received_at: datetime) -> datetime:
    """The first target of a new matter by the default rules."""
    return target_end(Matter(kind, priority), Span(received_at), DEFAULT_RULES, ZoneInfo("UTC"))
