"""Whether a coaching helped: the agent's item in calls of the weeks before it was planned and after it was held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.fairness import Coaching
from crm.db.quality import Evaluation
from crm.domain.coaching import Effect, effect, windows
from crm.domain.evaluations import MarkKind
from crm.domain.working_days import end_of, start_of
from crm.services import scorecards


@dataclass(frozen=True)
class Measured:
    """The effect, the days that are compared, and the evaluations on both sides."""

    effect: Effect
    before: tuple[date, date]
    after: tuple[date, date]
    until: bool
    """the weeks after it are over"""
    early: tuple[int, ...]
    late: tuple[int, ...]


def measure(session: Session, row: Coaching, weeks: int, *, zone: ZoneInfo, today: date) -> Measured | None:
    """The effect of a coaching that was held; None before. The retest is left out: everybody knew of it."""
    if row.held_at is None:
        return None
    planned, held = row.made_at.astimezone(zone).date(), row.held_at.astimezone(zone).date()
    before, after = windows(planned, held, weeks)
    early, late = (_shares(session, row, span, zone) for span in (before, after))
    return Measured(
        effect([share for _id, share in early], [share for _id, share in late]), before, after, after[1] < today,
        tuple(number for number, _share in early), tuple(number for number, _share in late),
    )  # fmt: skip


def _shares(session: Session, row: Coaching, span: tuple[date, date], zone: ZoneInfo) -> list[tuple[int, Fraction]]:
    """What counts of his calls of these days: the share of the item's points that was given."""
    rows: Sequence[Evaluation] = (
        session.scalars(
            select(Evaluation)
            .join(Call, Call.call_id == Evaluation.call_id)
            .where(
                Evaluation.agent_id == row.agent_id, Evaluation.official,
                Call.started_at >= start_of(span[0], zone), Call.started_at < end_of(span[1], zone),
            )
            .order_by(Evaluation.id)
        )
        .unique()
        .all()
    )  # fmt: skip
    found = [(one.id, share(one, row.code)) for one in rows if one.id != row.retest_id]
    return [(number, value) for number, value in found if value is not None]


def share(row: Evaluation, code: str) -> Fraction | None:
    """The share of an item's points that an evaluation gave; of a red line 1 or 0; None where it did not apply."""
    card = scorecards.card_of(row.card)
    marks = [mark for mark in row.marks if mark.code == code]
    item = card.item(code)
    if item is None:
        crossed = any(mark.kind == MarkKind.FATAL for mark in marks)
        return Fraction(int(not crossed)) if card.fatal(code) is not None else None
    if any(mark.not_applicable for mark in marks):
        return None
    taken = sum(mark.taken for mark in marks if mark.kind == MarkKind.ITEM)
    return Fraction(item.points - min(taken, item.points), item.points)
