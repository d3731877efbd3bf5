"""The week's draw: a seed that is committed to first, the draw when the week is over, and the draw made again.

What a draw was made from is kept with it, so that it can be made again whatever comes in late or is deleted later.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.db.calls import Call
from crm.db.people import User
from crm.db.sampling import Sample, SamplingFrame, SamplingWeek
from crm.domain.access import Action, Actor, Relation, Role
from crm.domain.errors import ConflictError, ForbiddenError, NotFoundError
from crm.domain.notices import NoticeKind
from crm.domain.sampling import Frame, Quota, Recomputed, Week, commitment, digest, order, recompute
from crm.domain.sampling_plan import Plan, Reason
from crm.services import audit, notices, samples, sampling_plans
from crm.services import sampling_population as population
from crm.services.sections import people_of_section

MOST_WEEKS = 8
"""Weeks that are made good after a long stop."""
_SEED_BYTES = 32


@dataclass(frozen=True)
class WeekView:
    """A week as its page shows it. ``seed`` is None until the draw: who knew it could tell which calls are drawn."""

    week: Week
    commitment: str
    made_at: datetime
    before: bool
    """the seed was fixed before the week began"""
    drawn_at: datetime | None
    seed: str | None
    plan_version: int | None
    digest: str | None


def ensure(session: Session, week: Week, *, now: datetime) -> SamplingWeek:
    """The week's seed; made, and committed to in the audit chain, when there is none yet."""
    row = session.get(SamplingWeek, str(week))
    if row is not None:
        return row
    seed = secrets.token_hex(_SEED_BYTES)
    row = SamplingWeek(week=str(week), seed=seed, commitment=commitment(seed), made_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # another process was first
        return session.get_one(SamplingWeek, str(week), populate_existing=True)
    audit.append(
        session, at=now, actor="system", action="sampling.seed_fixed", subject=f"sampling_week:{week}",
        detail={"commitment": row.commitment},
    )  # fmt: skip
    return row


def due(session: Session, *, zone: ZoneInfo, now: datetime) -> list[Week]:
    """Weeks that are over and not drawn yet, the oldest first; the coming week has its seed from then on."""
    this = Week.of(now.astimezone(zone).date())
    first = session.scalar(select(func.min(SamplingWeek.week)))
    week = max(Week.parse(first), _back(this)) if first else this
    ensure(session, this.after, now=now)
    after = timedelta(hours=sampling_plans.current(session).draw_after)
    found = []
    while week <= this:
        if ensure(session, week, now=now).drawn_at is None and week.bounds(zone)[1] + after <= now:
            found.append(week)
        week = week.after
    return found


def _back(week: Week) -> Week:
    for _turn in range(MOST_WEEKS):
        week = week.before
    return week


def draw(session: Session, week: Week, *, zone: ZoneInfo, now: datetime, by: str = "system") -> int:
    """Draw a week that is over; gives the number of calls drawn. Raises ConflictError: it runs still, or is drawn."""
    start, end = week.bounds(zone)
    if now < end:
        raise ConflictError("the week is not over")
    row = ensure(session, week, now=now)
    taken = session.execute(
        update(SamplingWeek)
        .where(SamplingWeek.week == row.week, SamplingWeek.drawn_at.is_(None))
        .values(drawn_at=now, plan_version=sampling_plans.version(session))
        .returning(SamplingWeek.week)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise ConflictError("this week is drawn already")
    session.refresh(row)
    plan, users = sampling_plans.current(session), population.agents(session)
    calls = population.by_agent(session, users, start, end, plan.least_talk)
    begun, wanted = sampling_plans.starts(session, users, zone), population.agents(session, population.QUOTA_ROLES)
    frames = [
        _frame(session, row, user, calls[user_id], plan, new=plan.quotas.is_new(begun[user_id], week))
        for user_id, user in users.items()
        if calls[user_id] or user_id in wanted
    ]
    row.digest = hashlib.sha256("\n".join(f"{one.agent} {one.digest}" for one in frames).encode()).hexdigest()
    drawn = sum(_sample(session, frame, plan, zone, by, now) for frame in frames)
    audit.append(
        session, at=now, actor=by, action="sampling.drawn", subject=f"sampling_week:{week}",
        detail={
            "digest": row.digest, "plan": row.plan_version, "agents": len(frames), "drawn": drawn,
            "calls": sum(len(frame.call_ids) for frame in frames),
        },
    )  # fmt: skip
    for scorer in population.agents(session, (Role.QA,)):
        path = f"/sampling/weeks/?week={week}"
        notices.tell(session, scorer, NoticeKind.WEEK_DRAWN, None, now, week=str(week), calls=drawn, path=path)
    return drawn


def _frame(
    session: Session, row: SamplingWeek, user: User, calls: Sequence[str], plan: Plan, *, new: bool
) -> SamplingFrame:
    quota = plan.quotas.newcomer if new else plan.quotas.veteran
    frame = SamplingFrame(
        week=row.week, agent_id=user.id, agent=user.username, newcomer=new, least=quota.least, most=quota.most,
        call_ids=list(calls), drawn=list(order(row.seed, user.username, calls)[: quota.most]), digest=digest(calls),
    )  # fmt: skip
    session.add(frame)
    session.flush()
    return frame


def _sample(session: Session, frame: SamplingFrame, plan: Plan, zone: ZoneInfo, by: str, now: datetime) -> int:
    for position, call_id in enumerate(frame.drawn, 1):
        samples.add(
            session, session.get_one(Call, str(call_id)), frame.agent_id, Reason.RANDOM, plan=plan, zone=zone, by=by,
            now=now, position=position, must=position <= frame.least, week=frame.week,
        )  # fmt: skip
    return len(frame.drawn)


def replacement(session: Session, row: Sample, *, zone: ZoneInfo, now: datetime) -> Sample | None:
    """The next call of the same draw in place of one that cannot be scored; None when there is no further one."""
    if row.position is None:
        return None
    frame = session.scalars(
        select(SamplingFrame).where(SamplingFrame.week == row.week, SamplingFrame.agent_id == row.agent_id)
    ).one()
    week = session.get_one(SamplingWeek, row.week)
    ranked = order(week.seed, frame.agent, frame.call_ids)
    used = session.scalar(
        select(func.max(Sample.position)).where(Sample.week == row.week, Sample.agent_id == row.agent_id)
    )
    plan = sampling_plans.current(session)
    for position in range((used or 0) + 1, len(ranked) + 1):
        call = session.get(Call, ranked[position - 1])
        if call is not None:
            return samples.add(
                session, call, row.agent_id, Reason.RANDOM, plan=plan, zone=zone, by="system", now=now,
                position=position, must=row.must, instead_of=row.id,
            )  # fmt: skip
    return None


def weeks(session: Session, *, zone: ZoneInfo, limit: int = 26) -> list[WeekView]:
    """The newest weeks first."""
    rows = session.scalars(select(SamplingWeek).order_by(SamplingWeek.week.desc()).limit(limit))
    return [_view(row, zone) for row in rows]


def one_week(session: Session, week: Week, *, zone: ZoneInfo) -> WeekView:
    """Raises NotFoundError."""
    row = session.get(SamplingWeek, str(week))
    if row is None:
        raise NotFoundError("there is no draw of this week")
    return _view(row, zone)


def _view(row: SamplingWeek, zone: ZoneInfo) -> WeekView:
    week = Week.parse(row.week)
    return WeekView(
        week, row.commitment, row.made_at, row.made_at < week.bounds(zone)[0], row.drawn_at,
        row.seed if row.drawn_at else None, row.plan_version, row.digest,
    )  # fmt: skip


def frames(session: Session, actor: Actor, week: Week) -> list[SamplingFrame]:
    """What each agent's draw was made from; of those whom the actor may look at. Raises ForbiddenError."""
    query = select(SamplingFrame).where(SamplingFrame.week == str(week)).order_by(SamplingFrame.agent)
    return list(session.scalars(query.where(seen(actor, SamplingFrame.agent_id))))


def seen(actor: Actor, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Agents whose sampling the actor may look at: all, or those of his section. Raises ForbiddenError."""
    if actor.may(Action.SAMPLING_READ):
        return true()
    if actor.user_id is not None and actor.may(Action.SAMPLING_READ, {Relation.SECTION}):
        return people_of_section(actor.user_id, column)
    raise ForbiddenError("these roles do not look at the sampling")


def again(session: Session, actor: Actor, week: Week, *, zone: ZoneInfo) -> list[Recomputed]:
    """The draw made again for everybody whom the actor may look at. Raises ForbiddenError, NotFoundError."""
    view = one_week(session, week, zone=zone)
    if view.seed is None:
        raise NotFoundError("this week is not drawn yet")
    plan = sampling_plans.current(session)
    users = {user.id: user for user in session.scalars(select(User))}
    today = population.by_agent(session, users, *week.bounds(zone), plan.least_talk)
    return [
        recompute(
            view.seed,
            Frame(row.agent, tuple(row.call_ids), Quota(row.least, row.most), tuple(row.drawn)),
            today.get(row.agent_id, ()),
        )
        for row in frames(session, actor, week)
    ]
