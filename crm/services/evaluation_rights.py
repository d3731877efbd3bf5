"""Who scores whom, and who reads which evaluation, as conditions of queries.

Nobody scores himself, a person of his own section or a call that he had a part in; nobody reads what another found
about a call that he is scoring blind.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg
from crm.db.departments import Department, DepartmentMember
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.db.tickets import Ticket
from crm.domain import recusal
from crm.domain.access import Action, Actor, Relation, reach
from crm.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.evaluations import DONE, OPEN, Purpose
from crm.domain.recusal import Involved
from crm.domain.tickets import Kind
from crm.services import recusal as recusals
from crm.services import scope
from crm.services.sections import SECTION, people_of_section
from ivr.exchange import LegKind

SERVES = (LegKind.QUEUE, LegKind.TRANSFER, LegKind.CONFERENCE, LegKind.REJOIN, LegKind.OUTBOUND, LegKind.BARGE)
"""Legs in which an agent speaks with the caller."""
_APART = (Purpose.CALIBRATION, Purpose.BLIND)
"""What is compared by others, later: agents never see it."""


def call_to_score(session: Session, actor: Actor, call_id: str) -> Call:
    """A call that he may read, and that is over. Raises NotFoundError, InvalidInputError."""
    call = session.scalars(select(Call).where(Call.call_id == call_id, scope.calls_for(actor))).first()
    if call is None:
        raise NotFoundError("there is no such call")
    if call.ended_at is None:
        raise InvalidInputError("call_id", "the call still runs")
    return call


def agents_of(session: Session, call: Call) -> tuple[str, ...]:
    """Who spoke with the caller, by user name, in the order of time."""
    spoke = session.scalars(
        select(CallLeg.agent)
        .where(CallLeg.call_id == call.call_id, CallLeg.outcome == "answered", CallLeg.kind.in_(SERVES))
        .order_by(CallLeg.rang_at, CallLeg.id)
    )
    return tuple(dict.fromkeys([*spoke, *([call.agent] if call.agent else [])]))


def scored_agent(session: Session, call: Call, wanted: str | None) -> User:
    """The agent of a call who is to be scored; without a name, the one who spoke last. Raises InvalidInputError."""
    names = agents_of(session, call)
    name = wanted or (call.agent if call.agent in names else (names[-1] if names else None))
    if name is None or name not in names:
        raise InvalidInputError("agent", "did not speak with the caller" if wanted else "nobody spoke with the caller")
    user = session.scalars(select(User).where(User.username == name)).first()
    if user is None:
        raise InvalidInputError("agent", "is nobody whom this house knows")
    return user


def check_scorer(session: Session, actor: Actor, agent: User, call: Call | None) -> None:
    """Raises ForbiddenError where he keeps out: himself, his line, a call or a matter that he had a part in."""
    if not actor.may(Action.SCORE) or actor.user_id is None:
        raise ForbiddenError("these roles do not score")
    why = why_not(session, actor.user_id, actor.name, agent, call)
    if why is not None:
        raise ForbiddenError(why)


def why_not(session: Session, user_id: int, name: str, agent: User, call: Call | None) -> str | None:
    """Why this person does not score this agent in this call; None when he may."""
    if user_id == agent.id:
        return "nobody scores himself"
    if in_line(session, user_id, agent.id):
        return "who is in the agent's section does not score him"
    if call is None:
        return None
    legs = session.scalars(select(CallLeg.agent).where(CallLeg.call_id == call.call_id)).all()
    took_part = {*legs, *([call.agent] if call.agent else [])}
    for ticket in session.scalars(select(Ticket).where(Ticket.calls.any(Call.call_id == call.call_id))):
        took_part |= recusals.hands_in(session, ticket.id)
        if not recusal.may_score(name, recusals.involved(session, ticket), took_part):
            return "who had a part in the matter does not score it"
    if not recusal.may_score(name, Involved(Kind.INQUIRY), took_part):
        return "who had a part in the call does not score it"
    return None


def in_line(session: Session, user_id: int, agent_id: int) -> bool:
    """Whether somebody belongs to the agent's section, or heads the unit that the agent belongs to."""
    his, other = aliased(DepartmentMember), aliased(DepartmentMember)
    found = (
        select(his.user_id)
        .join(other, other.department_id == his.department_id)
        .join(Department, Department.id == his.department_id)
        .where(his.user_id == user_id, other.user_id == agent_id)
        .where(or_(Department.kind == SECTION, his.post != "member"))
    )
    return session.scalars(found.limit(1)).first() is not None


def readable(actor: Actor) -> ColumnElement[bool]:
    """Evaluations that he may read."""
    enough = reach(actor.roles, Action.SCORE_READ)
    if not enough:
        return false()
    handed_in = Evaluation.state.in_(sorted(DONE))
    parts: list[ColumnElement[bool]] = [] if actor.user_id is None else [Evaluation.scorer_id == actor.user_id]
    if Relation.ANY in enough:
        parts.append(and_(handed_in, Evaluation.purpose != Purpose.CALIBRATION, _not_blind_to(actor)))
    elif actor.user_id is not None:
        shown = and_(handed_in, Evaluation.purpose.not_in(_APART))
        if Relation.OWN in enough:
            parts.append(and_(shown, Evaluation.agent_id == actor.user_id))
        if Relation.SECTION in enough:
            parts.append(and_(shown, people_of_section(actor.user_id, Evaluation.agent_id)))
    return or_(false(), *parts)


def _not_blind_to(actor: Actor) -> ColumnElement[bool]:
    """What he may not know yet: another's findings about what he scores blind, and his own as an agent."""
    if actor.user_id is None:
        return true()
    mine = aliased(Evaluation)
    blind = (
        select(mine.id)
        .where(
            mine.scorer_id == actor.user_id, mine.state.in_(sorted(OPEN)), mine.purpose.in_(_APART),
            mine.call_id == Evaluation.call_id, mine.agent_id == Evaluation.agent_id,
        )
        .correlate(Evaluation)
    )  # fmt: skip
    return and_(~exists(blind), or_(Evaluation.agent_id != actor.user_id, Evaluation.purpose.not_in(_APART)))
