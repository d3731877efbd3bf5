"""What a revealed calibration shows, and how scorers drift over the months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.fairness import Calibration
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.domain import calibration
from crm.domain.access import Actor
from crm.domain.calibration import Filled, Lean, Reached, Result, Targets
from crm.domain.errors import IllegalMoveError
from crm.domain.evaluations import MarkKind
from crm.domain.marks import fatals_of, taken_by_item
from crm.domain.rules import Rules
from crm.domain.scorecards import TENTHS, Card
from crm.services import calibrations, scorecards
from crm.services.evaluations import marks_of

MONTHS = 12


@dataclass(frozen=True)
class Said:
    """What one scorer wrote at an item where not all took the same."""

    scorer: str
    taken: int
    applies: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """An item, or a red line, of a call that scorers did not agree about; the call by its place."""

    place: int
    call_id: str
    code: str
    fatal: bool
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Shown:
    """A revealed calibration."""

    card: Card
    result: Result
    targets: Targets
    reached: Reached
    names: Mapping[int, str]
    places: Mapping[int, tuple[int, str]]
    """row of the call → its place and id"""
    differences: tuple[Difference, ...]


def targets_of(rules: Rules) -> Targets:
    """What the house wants of its scorers."""
    return Targets(
        rules.calibration_gap * TENTHS,
        Fraction(rules.calibration_fatal_percent, 100),
        Fraction(rules.calibration_kappa_percent, 100),
    )


def shown(session: Session, actor: Actor, number: int, rules: Rules) -> Shown:
    """What a calibration showed. Raises IllegalMoveError before it is revealed."""
    row = calibrations.load(session, actor, number)
    if row.state != calibrations.REVEALED:
        raise IllegalMoveError("nothing is shown before it is revealed")
    card, sheets = scorecards.card_of(row.card), calibrations.sheets(session, [row.id])
    result, targets = _result(row, card, sheets), targets_of(rules)
    names = {one.user_id: one.user.display_name or one.user.username for one in row.scorers}
    return Shown(
        card, result, targets, calibration.reached(result, targets), names,
        {one.id: (one.position, one.call_id) for one in row.calls},
        tuple(_differences(row, card, [one for one in sheets if one.scorer_id in result.scorers], names)),
    )  # fmt: skip


def _result(row: Calibration, card: Card, sheets: Iterable[Evaluation]) -> Result:
    places = {one.call_id: one.id for one in row.calls}
    filled = [_filled(one, places[one.call_id or ""]) for one in sheets if one.score is not None]
    items = [item.code for item in card.items]
    return calibration.compare(filled, items, places.values(), [one.user_id for one in row.scorers])


def _filled(row: Evaluation, call: int) -> Filled:
    marks = marks_of(row)
    return Filled(
        row.scorer_id, call, row.score or 0, frozenset(fatals_of(marks)), taken_by_item(marks),
        frozenset(mark.code for mark in marks if mark.not_applicable),
    )  # fmt: skip


def _differences(
    row: Calibration, card: Card, sheets: Sequence[Evaluation], names: Mapping[int, str]
) -> Iterable[Difference]:
    for call in row.calls:
        own = [one for one in sheets if one.call_id == call.call_id and one.submitted_at is not None]
        for code, fatal in [*((one.code, True) for one in card.fatals), *((one.code, False) for one in card.items)]:
            said = tuple(_said(one, code, names, fatal=fatal) for one in own)
            if len({(one.taken, one.applies) for one in said}) > 1:
                yield Difference(call.position, call.call_id, code, fatal, said)


def _said(row: Evaluation, code: str, names: Mapping[int, str], *, fatal: bool) -> Said:
    kind = MarkKind.FATAL if fatal else MarkKind.ITEM
    marks = [mark for mark in row.marks if mark.code == code and mark.kind == kind]
    taken = int(bool(marks)) if fatal else sum(mark.taken for mark in marks)
    notes = tuple(mark.note for mark in marks if mark.note)
    return Said(names[row.scorer_id], taken, not any(mark.not_applicable for mark in marks), notes)


def months_until(day: date, count: int = MONTHS) -> tuple[str, ...]:
    """The months up to this day's, oldest first, as ``2026-11``."""
    last = day.year * 12 + day.month - 1
    return tuple(f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(last - count + 1, last + 1))


@dataclass(frozen=True)
class Drifts:
    """How scorers lean, month by month."""

    months: tuple[str, ...]
    scorers: tuple[calibration.Drift, ...]
    names: Mapping[int, str]
    gaps: Mapping[str, Fraction]
    """the mean gap of a month's calibrations, in tenths"""


def drifts(session: Session, actor: Actor, rules: Rules, *, zone: ZoneInfo, now: datetime) -> Drifts:
    """The last year of calibrations. Raises ForbiddenError."""
    months = months_until(now.astimezone(zone).date())
    rows = [row for row in calibrations.listing(session, actor) if row.state == calibrations.REVEALED]
    leans: list[tuple[str, Lean]] = []
    gaps: dict[str, list[Fraction]] = {}
    sheets = calibrations.sheets(session, [row.id for row in rows])
    for row in rows:
        month = f"{(row.revealed_at or row.made_at).astimezone(zone):%Y-%m}"
        own = [one for one in sheets if one.session_id == row.id]
        result = _result(row, scorecards.card_of(row.card), own)
        leans += [(month, lean) for lean in result.leans]
        if result.gap is not None:
            gaps.setdefault(month, []).append(result.gap)
    found = calibration.drift(leans, months, allowed=rules.calibration_gap * TENTHS)
    ids = [one.scorer for one in found]
    users = session.scalars(select(User).where(User.id.in_(ids)))
    names = {user.id: user.display_name or user.username for user in users}
    means = {month: sum(some, Fraction()) / len(some) for month, some in gaps.items()}
    return Drifts(months, found, names, means)
