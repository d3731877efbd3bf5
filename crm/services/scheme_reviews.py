"""The effect of rewards and penalties looked at regularly: figures before and after, fairness, and what was decided."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.departments import Department, DepartmentMember
from crm.db.merits import Merit, SchemeReview
from crm.db.people import User
from crm.domain.access import Action, Actor, Role
from crm.domain.errors import ForbiddenError, InvalidInputError
from crm.domain.kpi import compute
from crm.domain.merit_effect import BETTER, Effect, Window, effect, window
from crm.domain.merits import MAX_TEXT, PENALTIES, REWARDS, MeritState, add_months
from crm.domain.notices import NoticeKind
from crm.services import audit, kpi_figures, merit_scheme, merit_signers, notices, ticket_counters
from crm.services.kpi_questions import By, Question
from crm.services.sections import SECTION

LONGEST_MONTHS = 24
_MARK = "scheme_review"
_Values = dict[str, dict[str, Fraction | None]]
"""Figure → user name → value."""


def report(session: Session, actor: Actor, first: date, last: date, *, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The effect of what came into force in these days. Raises ForbiddenError, InvalidInputError."""
    if not (actor.may(Action.REWARD_APPROVE) or actor.may(Action.REWARD_READ)):
        raise ForbiddenError("these roles do not read the effect of the scheme")
    if last < first or last > add_months(first, LONGEST_MONTHS):
        raise InvalidInputError(
            "last", f"must not be before the first day, nor more than {LONGEST_MONTHS} months later"
        )
    rows = _in_force(session, first, last, zone)
    measured = _Measures(session, zone, now, {row.person.username for row in rows})
    groups = {}
    for name, kinds in (("rewards", REWARDS), ("penalties", PENALTIES)):
        group = [row for row in rows if row.kind in kinds and row.state == MeritState.APPROVED]
        ready = [row for row in group if measured.is_over(row)]
        groups[name] = {
            "number": len(group), "measured": len(ready), "amount_fen": sum(row.amount_fen for row in group),
            "effects": [_plain(measured.effect(figure, ready)) for figure in BETTER],
        }  # fmt: skip
    return {
        "first": first.isoformat(), "last": last.isoformat(), "groups": groups, "kinds": _by_kind(rows),
        "sections": _by_section(session, rows), "objections": _objections(rows),
    }  # fmt: skip


def _in_force(session: Session, first: date, last: date, zone: ZoneInfo) -> Sequence[Merit]:
    start = datetime.combine(first, time.min, tzinfo=zone)
    end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone)
    query = select(Merit).where(Merit.in_force_at >= start, Merit.in_force_at < end).order_by(Merit.id)
    return session.scalars(query).all()


class _Measures:
    """Figures of people in windows; each window is asked for once."""

    def __init__(self, session: Session, zone: ZoneInfo, now: datetime, named: set[str]) -> None:
        self._session, self._zone, self._now, self._named = session, zone, now, named
        self._known: dict[tuple[date, date], _Values] = {}

    def _window(self, row: Merit) -> Window:
        day = row.in_force_at.astimezone(self._zone).date() if row.in_force_at else self._now.date()
        return window(day)

    def is_over(self, row: Merit) -> bool:
        """Whether the months after it are over."""
        return self._window(row).after[1] < self._now.astimezone(self._zone).date()

    def effect(self, figure: str, rows: Sequence[Merit]) -> Effect:
        changes = []
        for row in rows:
            of = self._changes(figure, self._window(row))
            own = of.get(row.person.username)
            others = [change for name, change in of.items() if name not in self._named]
            if own is not None:
                changes.append((own, sum(others, Fraction(0)) / len(others) if others else None))
        return effect(figure, changes)

    def _changes(self, figure: str, span: Window) -> dict[str, Fraction]:
        before, after = (self._values(days)[figure] for days in (span.before, span.after))
        found = {}
        for name, value in after.items():
            earlier = before.get(name)
            if value is not None and earlier is not None:
                found[name] = value - earlier
        return found

    def _values(self, days: tuple[date, date]) -> _Values:
        if days not in self._known:
            asked = Question(*days, By.AGENT)
            counted = kpi_figures.counted(self._session, asked, zone=self._zone, now=self._now)
            self._known[days] = {
                figure: {name: compute(figure, counts).value for name, counts in counted.items()} for figure in BETTER
            }
        return self._known[days]


def _plain(one: Effect) -> dict[str, Any]:
    return {
        "figure": one.figure, "number": one.number, "change": _text(one.change), "others": _text(one.others),
        "difference": _text(one.difference), "better": one.better, "worse": one.worse, "chance": _text(one.chance),
        "finding": str(one.finding),
    }  # fmt: skip


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _by_kind(rows: Sequence[Merit]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.state == MeritState.APPROVED:
            found[row.kind] += 1
    return dict(sorted(found.items()))


def _by_section(session: Session, rows: Sequence[Merit]) -> list[list[Any]]:
    """Section, its people now, rewards, penalties: so that favour would show."""
    members = session.execute(
        select(DepartmentMember.user_id, Department.code, Department.name_zh, Department.name_en)
        .join(Department, Department.id == DepartmentMember.department_id)
        .where(Department.kind == SECTION, Department.active)
    ).all()
    where = {row.user_id: row.code for row in members}
    found: dict[str, list[Any]] = {row.code: [row.code, row.name_zh, row.name_en, 0, 0, 0] for row in members}
    for row in members:
        found[row.code][3] += 1
    for one in rows:
        code = where.get(one.person_id)
        if code is not None and one.state == MeritState.APPROVED:
            found[code][4 if one.kind in REWARDS else 5] += 1
    return [found[code] for code in sorted(found)]


def _objections(rows: Sequence[Merit]) -> dict[str, int]:
    made = [row.objection for row in rows if row.objection is not None]
    ruled = [one for one in made if one.ruled_at is not None]
    return {
        "penalties": sum(row.kind in PENALTIES for row in rows), "made": len(made), "ruled": len(ruled),
        "lifted": sum(one.ruling == "lifted" for one in ruled),
        "in_time": sum(one.ruled_at is not None and one.ruled_at <= one.due_at for one in ruled),
    }  # fmt: skip


def hold(
    session: Session, actor: Actor, first: date, last: date, outcome: str, finding: str, *, zone: ZoneInfo,
    now: datetime,
) -> SchemeReview:  # fmt: skip
    """Write down what was found and decided, with the figures as they are. Raises ForbiddenError, InvalidInputError."""
    if not actor.may(Action.REWARD_APPROVE):
        raise ForbiddenError("these roles do not review the scheme")
    if outcome not in {"keep", "adjust"}:
        raise InvalidInputError("outcome", "must be keep or adjust")
    if not 1 <= len(finding.strip()) <= MAX_TEXT or "\0" in finding:
        raise InvalidInputError("finding", f"must have 1 to {MAX_TEXT} characters")
    figures = report(session, actor, first, last, zone=zone, now=now)
    _scheme, version = merit_scheme.current(session)
    row = SchemeReview(
        first=first, last=last, figures=figures, sha256=_seal(figures), scheme_version=version, outcome=outcome,
        finding=finding.strip(), made_at=now, made_by=actor.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    detail = {"review": row.id, "outcome": outcome, "sha256": row.sha256, "scheme": version}
    audit.append(session, at=now, actor=actor.name, action="scheme.reviewed", subject="scheme:1", detail=detail)
    return row


def _seal(figures: Mapping[str, Any]) -> str:
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_whole(row: SchemeReview) -> bool:
    """Whether its figures still have their hash."""
    return _seal(row.figures) == row.sha256


def held(session: Session) -> Sequence[SchemeReview]:
    """The reviews there were, the newest first."""
    return session.scalars(select(SchemeReview).order_by(SchemeReview.id.desc()).limit(20)).all()


def due_on(session: Session, zone: ZoneInfo) -> date | None:
    """When the next one is due; None while nothing was ever in force."""
    scheme, _version = merit_scheme.current(session)
    newest = session.scalar(select(func.max(SchemeReview.made_at)))
    oldest = session.scalar(select(func.min(Merit.in_force_at)))
    since = newest or oldest
    return None if since is None else add_months(since.astimezone(zone).date(), scheme.review_months)


def remind(session: Session, *, today: date, now: datetime, zone: ZoneInfo) -> bool:
    """Tell those who decide about the scheme that it is to be looked at, once."""
    due = due_on(session, zone)
    if due is None or due > today:
        return False
    mark = ticket_counters.mark_of(session, _MARK, now)
    if mark.last_event_id == due.toordinal():
        return False
    mark.last_event_id, mark.at = due.toordinal(), now
    for role in merit_signers.RULERS:
        query = select(User.id).where(User.active, User.roles.any(name=str(Role(role))))
        for user_id in session.scalars(query.order_by(User.id)):
            notices.tell(session, user_id, NoticeKind.SCHEME_DUE, None, now, path="/merits/effect")
    return True
