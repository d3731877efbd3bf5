"""Risk rules over calls: what each names is written down, and taken into the sample, all of it or a share by lot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg
from crm.db.people import User
from crm.db.sampling import CallRisk
from crm.db.surveys import Survey
from crm.db.tickets import Ticket, ticket_calls
from crm.domain.access import SYSTEM
from crm.domain.sampling import is_chosen
from crm.domain.sampling_plan import Plan, Reason
from crm.domain.tickets import Kind, Status
from crm.services import samples, sampling_draws, sampling_plans
from crm.services import sampling_population as population

LOOK_BACK = timedelta(days=35)
"""A call of so long ago is not taken for what became of it since."""
_LATELY = timedelta(days=1)
_MOST = 500


def name(
    session: Session, call: Call, user: User, rule: Reason, evidence: Mapping[str, Any], *, plan: Plan, zone: ZoneInfo,
    now: datetime,
) -> bool:  # fmt: skip
    """A rule names an agent's part of a call; gives whether that is new."""
    known = select(CallRisk.id).where(
        CallRisk.call_id == call.call_id, CallRisk.agent_id == user.id, CallRisk.rule == rule
    )
    if session.scalars(known).first() is not None:
        return False
    week, percent = samples.week_of(call, zone), plan.percent(rule)
    seed = sampling_draws.ensure(session, week, now=now).seed
    chosen = is_chosen(seed, rule, user.username, call.call_id, percent)
    session.add(
        CallRisk(
            call_id=call.call_id, agent_id=user.id, week=str(week), rule=rule, found_at=now, evidence=dict(evidence),
            percent=percent, chosen=chosen,
        )
    )  # fmt: skip
    session.flush()
    if chosen:
        samples.add(session, call, user.id, rule, plan=plan, zone=zone, by=SYSTEM.name, now=now, **evidence)
    return True


def scan(session: Session, *, zone: ZoneInfo, now: datetime) -> int:
    """What needs no words: complaints, low surveys, callers who come again; gives how many were found."""
    plan, users = sampling_plans.current(session), population.agents(session)
    found = sum(rule(session, users, plan, zone, now) for rule in (_complaints, _low_surveys, _repeats))
    return int(found)


def _spoken() -> Any:
    leg = select(1).where(CallLeg.call_id == Call.call_id, CallLeg.answered_at.is_not(None))
    return or_(Call.agent.is_not(None), exists(leg))


def _not_named(rule: Reason) -> Any:
    return ~exists(select(1).where(CallRisk.call_id == Call.call_id, CallRisk.rule == rule))


def _complaints(session: Session, users: Mapping[int, User], plan: Plan, zone: ZoneInfo, now: datetime) -> int:
    # The newest first: calls of nobody whose calls are scored stay in this list and must not fill it.
    rows = session.execute(
        select(Call, Ticket.number)
        .join(ticket_calls, ticket_calls.c.call_id == Call.call_id)
        .join(Ticket, Ticket.id == ticket_calls.c.ticket_id)
        .where(
            Ticket.kind == Kind.COMPLAINT, Ticket.status != Status.MERGED, *population.heard(),
            Call.started_at > now - LOOK_BACK, _spoken(), _not_named(Reason.COMPLAINT),
        )
        .order_by(Call.started_at.desc(), Ticket.id)
        .limit(_MOST)
    ).all()  # fmt: skip
    numbers: dict[str, list[str]] = defaultdict(list)
    calls: dict[str, Call] = {}
    for call, number in rows:
        calls[call.call_id] = call
        numbers[call.call_id].append(number)
    return sum(
        name(session, call, user, Reason.COMPLAINT, {"tickets": numbers[call_id]}, plan=plan, zone=zone, now=now)
        for call_id, call in calls.items()
        for user in _agents(session, call_id, users)
    )


def _low_surveys(session: Session, users: Mapping[int, User], plan: Plan, zone: ZoneInfo, now: datetime) -> int:
    rows = session.execute(
        select(Call, Survey.user_id, Survey.score)
        .join(Survey, Survey.call_id == Call.call_id)
        .where(
            Survey.answered_at > now - LOOK_BACK, Survey.score <= plan.low_survey, Survey.user_id.in_(list(users)),
            Call.ended_at.is_not(None), _not_named(Reason.LOW_SURVEY),
        )
        .order_by(Survey.id)
        .limit(_MOST)
    ).all()  # fmt: skip
    return sum(
        name(session, call, users[user_id], Reason.LOW_SURVEY, {"score": score}, plan=plan, zone=zone, now=now)
        for call, user_id, score in rows
        if user_id is not None
    )


def _agents(session: Session, call_id: str, users: Mapping[int, User]) -> list[User]:
    return [user for user in population.agents_in(session, call_id, 0) if user.id in users]


def _repeats(session: Session, users: Mapping[int, User], plan: Plan, zone: ZoneInfo, now: datetime) -> int:
    """Callers of the last day who came so often within so many hours: their last calls."""
    since, window = now - _LATELY, timedelta(hours=plan.repeat_hours)
    inbound = (Call.direction == "inbound", Call.caller_key.is_not(None), Call.ended_at.is_not(None))
    often = (
        select(Call.caller_key)
        .where(*inbound, Call.started_at > since - window)
        .group_by(Call.caller_key)
        .having(func.count() >= plan.repeat_calls)
    )
    rows = session.scalars(
        select(Call)
        .where(*inbound, *population.heard(), Call.started_at > since, Call.caller_key.in_(often), _spoken())
        .where(_not_named(Reason.REPEAT))
        .order_by(Call.started_at.desc())  # as above: the newest first
        .limit(_MOST)
    ).all()
    found = 0
    for call in rows:
        times = session.scalar(
            select(func.count())
            .select_from(Call)
            .where(
                *inbound, Call.caller_key == call.caller_key, Call.started_at <= call.started_at,
                Call.started_at > call.started_at - window,
            )
        )  # fmt: skip
        if (times or 0) >= plan.repeat_calls:
            evidence = {"times": times, "hours": plan.repeat_hours}
            found += sum(
                name(session, call, user, Reason.REPEAT, evidence, plan=plan, zone=zone, now=now)
                for user in _agents(session, call.call_id, users)
            )
    return found
