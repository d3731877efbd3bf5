"""Objections of agents to figures of a frozen month: made in time, ruled on once by somebody else, set right beside.

Who rules in favour has either seen to it that what is counted was mended (a recount then says so), or names calls
that are left out of this person's month. The frozen row stays; the correction stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.kpi import KpiCorrection, KpiFreeze, KpiObjection, KpiRuling
from crm.db.people import Role as RoleRow
from crm.db.people import User
from crm.domain.access import Action, Actor, Relation, Role, may
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.kpi import FORMULAS
from crm.domain.kpi_composite import composite
from crm.domain.kpi_facts import Fact, Source
from crm.domain.notices import NoticeKind
from crm.domain.working_days import working_end
from crm.services import audit, kpi_months, kpi_people, kpi_rows, kpi_scheme, notices
from crm.services.centre import Centre
from crm.services.kpi_people import Person
from crm.services.kpi_questions import By, Question
from crm.services.public_calendar import calendar

OBJECT_WITHIN, RULE_WITHIN = 5, 5
"""Working days."""
WHOLE = "composite"
MAX_TEXT = 2_000
MOST_LEFT_OUT = 50
FIGURES = (*FORMULAS, WHOLE)


@dataclass(frozen=True)
class View:
    """An objection with what became of it."""

    row: KpiObjection
    month: str
    who: str
    ruling: KpiRuling | None
    correction: KpiCorrection | None


def until(session: Session, month: KpiFreeze, centre: Centre) -> datetime:
    """Until when somebody may object to a frozen month."""
    return working_end(month.made_at, OBJECT_WITHIN, centre.zone, calendar(session, centre.calendar)).at


def make(
    session: Session, actor: Actor, month: str, figure: str, text: str, call_id: str | None, *, centre: Centre,
    now: datetime,
) -> KpiObjection:  # fmt: skip
    """Object to a figure of one's own. Raises ForbiddenError, NotFoundError, InvalidInputError, ConflictError."""
    if actor.user_id is None or not actor.may(Action.KPI_OBJECT, {Relation.OWN}):
        raise ForbiddenError("only an agent objects, to his own figures")
    found = kpi_months.load(session, month)
    if not kpi_months.rows_of(session, found, kpi_months.COMPOSITE, str(actor.user_id)):
        raise NotFoundError("nothing was counted for you in this month")
    if figure not in FIGURES:
        raise InvalidInputError("figure", "is none")
    said = _said("text", text)
    if now > until(session, found, centre):
        raise ConflictError("the time to object is over")
    if any(one.row.figure == figure and one.ruling is None for one in of_person(session, actor.user_id, month)):
        raise ConflictError("you have objected to this figure; it was not ruled on yet")
    due = working_end(now, RULE_WITHIN, centre.zone, calendar(session, centre.calendar)).at
    row = KpiObjection(
        freeze_id=found.id, user_id=actor.user_id, figure=figure, text=said, call_id=(call_id or "").strip() or None,
        made_at=now, due_at=due,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _write_down(session, actor, row, "kpi.objected", {"month": month, "figure": figure}, now)
    for user_id in _rulers(session, actor.user_id):
        notices.tell(session, user_id, NoticeKind.KPI_OBJECTED, None, now, path="/kpi/objections")
    return row


def _said(field: str, text: str) -> str:
    said = text.strip()
    if not 1 <= len(said) <= MAX_TEXT or "\0" in said:
        raise InvalidInputError(field, f"must have 1 to {MAX_TEXT} characters")
    return said


def _write_down(
    session: Session, actor: Actor, row: KpiObjection, action: str, detail: dict[str, object], now: datetime
) -> None:
    audit.append(session, at=now, actor=actor.name, action=action, subject=f"kpi_objection:{row.id}", detail=detail)


def _rulers(session: Session, but: int) -> list[int]:
    roles = [role.value for role in Role if may({role}, Action.KPI_RULE, {Relation.OTHERS})]
    people = session.scalars(
        select(User.id).where(User.active, User.id != but, User.roles.any(RoleRow.name.in_(roles))).order_by(User.id)
    )
    return list(people)


def of_person(session: Session, user_id: int, month: str | None = None) -> list[View]:
    """Somebody's objections, the newest first."""
    return [one for one in _views(session) if one.row.user_id == user_id and month in {None, one.month}]


def to_rule(session: Session, actor: Actor) -> tuple[list[View], list[View]]:
    """Objections of others: those that wait, the one that is due first in front; and those that are decided."""
    if not actor.may(Action.KPI_RULE, {Relation.OTHERS}):
        raise ForbiddenError("these roles do not rule on figures")
    found = [one for one in _views(session) if one.row.user_id != actor.user_id]
    open_ones = sorted((one for one in found if one.ruling is None), key=lambda one: (one.row.due_at, one.row.id))
    return open_ones, [one for one in found if one.ruling is not None]


def _views(session: Session) -> list[View]:
    rows = session.execute(
        select(KpiObjection, KpiFreeze.month, User.username, KpiRuling, KpiCorrection)
        .join(KpiFreeze, KpiFreeze.id == KpiObjection.freeze_id)
        .join(User, User.id == KpiObjection.user_id)
        .outerjoin(KpiRuling, KpiRuling.objection_id == KpiObjection.id)
        .outerjoin(KpiCorrection, KpiCorrection.objection_id == KpiObjection.id)
        .order_by(KpiObjection.id.desc())
    )
    return [View(*row) for row in rows]


def rule(
    session: Session, actor: Actor, objection_id: int, answer: str, *, upheld: bool, left_out: Sequence[str] = (),
    centre: Centre, now: datetime,
) -> KpiRuling:  # fmt: skip
    """Decide, once. Raises NotFoundError, ForbiddenError, ConflictError, InvalidInputError."""
    row = session.get(KpiObjection, objection_id)
    if row is None:
        raise NotFoundError("there is no such objection")
    if row.user_id == actor.user_id or not actor.may(Action.KPI_RULE, {Relation.OTHERS}):
        raise ForbiddenError("somebody else rules on this")
    if session.get(KpiRuling, objection_id) is not None:
        raise ConflictError("this was ruled on already")
    said = _said("answer", answer)
    if upheld:
        _correct(session, actor, row, [one.strip() for one in left_out if one.strip()], centre=centre, now=now)
    ruling = KpiRuling(
        objection_id=row.id, upheld=upheld, answer=said, ruled_by_id=actor.user_id, ruled_by=actor.name, ruled_at=now
    )
    session.add(ruling)
    session.flush()
    _write_down(session, actor, row, "kpi.ruled", {"upheld": upheld}, now)
    path = f"/kpi/mine?month={_month(session, row).month}"
    notices.tell(session, row.user_id, NoticeKind.KPI_RULED, None, now, path=path)
    return ruling


def _month(session: Session, row: KpiObjection) -> KpiFreeze:
    found = session.get(KpiFreeze, row.freeze_id)
    if found is None:
        raise NotFoundError("this month is not frozen")
    return found


def _correct(
    session: Session, actor: Actor, row: KpiObjection, left_out: Sequence[str], *, centre: Centre, now: datetime
) -> None:
    month = _month(session, row)
    before = standing(session, month, row.user_id)
    if before is None:
        raise NotFoundError("nothing was counted for him in this month")
    left_out = sorted({*left_out, *_left_out_before(session, month, row.user_id)})
    counts = _counted_now(session, row, month, left_out, centre=centre, now=now)
    if counts == dict(before.counts):
        raise ConflictError("nothing that is counted has changed: mend that first, or name calls to leave out")
    scheme = kpi_scheme.by_version(session, month.weights_version).scheme
    after = Person(counts, before.section_median, composite(counts, before.section_median, scheme))
    session.add(
        KpiCorrection(
            freeze_id=month.id, objection_id=row.id, user_id=row.user_id, made_at=now, made_by=actor.name,
            before=kpi_people.as_document(before),
            after={**kpi_people.as_document(after), "left_out": list(left_out)},
        )
    )  # fmt: skip


def _counted_now(
    session: Session, row: KpiObjection, month: KpiFreeze, left_out: Sequence[str], *, centre: Centre, now: datetime
) -> dict[Fact, int]:
    """What is counted for him today, without some calls."""
    if len(left_out) > MOST_LEFT_OUT:
        raise InvalidInputError("left_out", f"names at most {MOST_LEFT_OUT} calls")
    first, last = kpi_months.days_of(month.month)
    counts = dict(kpi_people.counts_of_people(session, first, last).get(row.user_id, {}))
    if not left_out:
        return counts
    user = session.get_one(User, row.user_id)
    question, met = Question(first, last, By.TOTAL, agent=user.username), set[str]()
    for day in kpi_rows.days_of(question):
        sources = (Source.CALLS, Source.REPEATS)
        for one in kpi_rows.rows_of_day(session, question, day, sources, zone=centre.zone, now=now):
            if one.call_id is not None and one.call_id in left_out:
                met.add(one.call_id)
                for fact, value in one.counts.items():
                    counts[fact] = counts.get(fact, 0) - value
    if missing := sorted(set(left_out) - met):
        raise InvalidInputError("left_out", f"he had no part in that month in: {', '.join(missing)}")
    return {fact: value for fact, value in counts.items() if value}


def _left_out_before(session: Session, month: KpiFreeze, user_id: int) -> list[str]:
    last = _last_correction(session, month, user_id)
    return [] if last is None else list(last.after["left_out"])


def _last_correction(session: Session, month: KpiFreeze, user_id: int) -> KpiCorrection | None:
    return session.scalars(
        select(KpiCorrection)
        .where(KpiCorrection.freeze_id == month.id, KpiCorrection.user_id == user_id)
        .order_by(KpiCorrection.id.desc())
        .limit(1)
    ).first()


def standing(session: Session, month: KpiFreeze, user_id: int) -> Person | None:
    """Somebody's month as it stands: frozen, or as the last correction says."""
    correction = _last_correction(session, month, user_id)
    if correction is not None:
        return kpi_people.from_document(correction.after)
    rows = kpi_months.rows_of(session, month, kpi_months.COMPOSITE, str(user_id))
    return kpi_people.from_document(rows[0].document) if rows else None
