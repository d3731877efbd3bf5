"""How far a week's sampling has come: each agent against his quota, each risk rule against all that it named."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.people import User
from crm.db.sampling import CallRisk, Sample, SamplingFrame
from crm.domain.access import Actor
from crm.domain.sampling import Quota, Week
from crm.domain.sampling_plan import RULES, Reason
from crm.services import sampling_draws, sampling_plans
from crm.services import sampling_population as population
from crm.services.samples import CLAIMED, EXCUSED, IF_TIME, OPEN, SCORED


class Standing(StrEnum):
    """How an agent's week stands."""

    NOT_DRAWN = "not_drawn"
    """the week is not over, or not drawn yet"""
    MET = "met"
    RUNNING = "running"
    """fewer than the least are scored, and there is time"""
    LATE = "late"
    FEW_CALLS = "few_calls"
    """he had fewer calls than are wanted, and all of them are scored"""
    NO_CALLS = "no_calls"


@dataclass(frozen=True)
class AgentWeek:
    """One agent in one week. ``scored``: of what was drawn; ``at_risk``: of what a rule or a person named."""

    agent_id: int
    agent: str
    name: str
    newcomer: bool
    quota: Quota
    calls: int
    drawn: int
    scored: int
    excused: int
    at_risk: int
    at_risk_scored: int
    late: int
    standing: Standing

    @property
    def share(self) -> Fraction | None:
        """Scored calls of all calls; None while there are none."""
        return Fraction(self.scored + self.at_risk_scored, self.calls) if self.calls else None


@dataclass(frozen=True)
class RuleWeek:
    """One risk rule in one week: named, taken into the sample, scored."""

    rule: Reason
    percent: int
    named: int
    taken: int
    scored: int

    @property
    def share(self) -> Fraction | None:
        """Scored of what was taken; None while nothing was."""
        return Fraction(self.scored, self.taken) if self.taken else None


@dataclass(frozen=True)
class ScorerNow:
    """What one scorer did for this week's calls and holds now."""

    name: str
    scored: int
    claimed: int


@dataclass(frozen=True)
class Coverage:
    """A week's report."""

    week: Week
    drawn_at: datetime | None
    agents: tuple[AgentWeek, ...]
    rules: tuple[RuleWeek, ...]
    scorers: tuple[ScorerNow, ...]

    @property
    def met(self) -> int:
        """Agents of whom enough was scored."""
        return sum(one.standing in {Standing.MET, Standing.FEW_CALLS} for one in self.agents)

    @property
    def calls(self) -> int:
        """Calls that could be scored."""
        return sum(one.calls for one in self.agents)

    @property
    def scored(self) -> int:
        """Calls that were."""
        return sum(one.scored + one.at_risk_scored for one in self.agents)

    @property
    def late(self) -> int:
        """Calls that should have been scored by now."""
        return sum(one.late for one in self.agents)


def coverage(session: Session, actor: Actor, week: Week, *, zone: ZoneInfo, now: datetime) -> Coverage:
    """The report of a week, of those whom the actor may look at. Raises ForbiddenError."""
    rows = session.scalars(
        select(Sample).where(Sample.week == str(week), sampling_draws.seen(actor, Sample.agent_id)).order_by(Sample.id)
    ).all()
    frames = {frame.agent_id: frame for frame in sampling_draws.frames(session, actor, week)}
    of_agent: dict[int, list[Sample]] = defaultdict(list)
    for row in rows:
        of_agent[row.agent_id].append(row)
    people = _people(session, actor, {*frames, *of_agent})
    plan, calls = sampling_plans.current(session), _calls(session, people, frames, week, zone)
    starts = sampling_plans.starts(session, people, zone)
    drawn_at = next((view.drawn_at for view in sampling_draws.weeks(session, zone=zone) if view.week == week), None)
    agents = tuple(
        _agent(
            user, frames.get(user_id), of_agent[user_id], calls.get(user_id, 0), plan.quotas.of(starts[user_id], week),
            new=plan.quotas.is_new(starts[user_id], week), now=now,
        )
        for user_id, user in people.items()
    )  # fmt: skip
    return Coverage(week, drawn_at, agents, _rules(session, actor, week), _scorers(session, rows))


def _people(session: Session, actor: Actor, ids: Iterable[int]) -> dict[int, User]:
    """Of whom so many a week are wanted, and whoever has a call of this week."""
    known = population.agents(session, population.QUOTA_ROLES)
    wanted = [*known, *ids]
    query = select(User).where(User.id.in_(wanted), sampling_draws.seen(actor, User.id)).order_by(User.username)
    return {user.id: user for user in session.scalars(query).unique()}


def _calls(
    session: Session, people: Mapping[int, User], frames: Mapping[int, SamplingFrame], week: Week, zone: ZoneInfo
) -> dict[int, int]:
    """Calls that could be drawn: as they were at the draw, before it as they are."""
    if frames:
        return {user_id: len(frame.call_ids) for user_id, frame in frames.items()}
    least = sampling_plans.current(session).least_talk
    found = population.by_agent(session, people, *week.bounds(zone), least)
    return {user_id: len(call_ids) for user_id, call_ids in found.items()}


def _agent(
    user: User, frame: SamplingFrame | None, rows: Sequence[Sample], calls: int, quota: Quota, *, new: bool,
    now: datetime,
) -> AgentWeek:  # fmt: skip
    if frame is not None:
        quota, new = Quota(frame.least, frame.most), frame.newcomer
    drawn = [row for row in rows if row.position is not None]
    risky = [row for row in rows if row.position is None]
    scored = sum(row.state == SCORED for row in drawn)
    waits = [row for row in rows if row.state in {OPEN, CLAIMED}]
    needed = [row for row in waits if row.urgency < IF_TIME]
    late = sum(row.due_at < now for row in needed)
    return AgentWeek(
        user.id, user.username, user.display_name, new, quota, calls, len(drawn), scored,
        sum(row.state == EXCUSED for row in rows), len(risky), sum(row.state == SCORED for row in risky), late,
        _standing(frame, calls, scored, quota, drawn, late=bool(late)),
    )  # fmt: skip


def _standing(
    frame: SamplingFrame | None, calls: int, scored: int, quota: Quota, drawn: Sequence[Sample], *, late: bool
) -> Standing:
    if frame is None:
        return Standing.NOT_DRAWN
    if calls == 0:
        return Standing.NO_CALLS
    if scored >= quota.least:
        return Standing.MET
    if all(row.state in {SCORED, EXCUSED} for row in drawn):
        return Standing.FEW_CALLS
    return Standing.LATE if late else Standing.RUNNING


def _rules(session: Session, actor: Actor, week: Week) -> tuple[RuleWeek, ...]:
    risks = session.execute(
        select(CallRisk.rule, CallRisk.chosen, CallRisk.percent, Sample.state)
        .outerjoin(Sample, (Sample.call_id == CallRisk.call_id) & (Sample.agent_id == CallRisk.agent_id))
        .where(CallRisk.week == str(week), sampling_draws.seen(actor, CallRisk.agent_id))
    ).all()
    plan = sampling_plans.current(session)
    found = []
    for rule in RULES:
        named = [row for row in risks if row.rule == rule]
        taken = [row for row in named if row.chosen]
        percent = max((row.percent for row in named), default=plan.percent(rule))
        found.append(RuleWeek(rule, percent, len(named), len(taken), sum(row.state == SCORED for row in taken)))
    return tuple(found)


def _scorers(session: Session, rows: Sequence[Sample]) -> tuple[ScorerNow, ...]:
    scored = Counter(row.claimed_by_id for row in rows if row.state == SCORED)
    held = Counter(row.claimed_by_id for row in rows if row.state == CLAIMED)
    ids = {user_id for user_id in (*scored, *held) if user_id is not None}
    users = session.scalars(select(User).where(User.id.in_(ids)).order_by(User.username)).unique()
    return tuple(ScorerNow(user.display_name or user.username, scored[user.id], held[user.id]) for user in users)
