"""Who rules on an appeal: another scorer first, at last the head of quality, or a deputy general manager for him."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.departments import DepartmentMember
from crm.db.fairness import Appeal
from crm.db.people import Role as RoleRow
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.domain.access import Role
from crm.domain.appeals import Bench, Ruler, Step, barred
from crm.domain.evaluations import Purpose
from crm.services.evaluation_rights import in_line, why_not

_SCORED = (Purpose.ROUTINE, Purpose.BLIND)


def people(session: Session, role: Role) -> list[User]:
    """Active people of a role, by name."""
    found = select(User).where(User.active, User.roles.any(RoleRow.name == role)).order_by(User.username)
    return list(session.scalars(found))


def heads(session: Session) -> list[User]:
    """The heads of quality: scorers who head a unit, or stand in for its head."""
    posts = select(DepartmentMember.user_id).where(DepartmentMember.post != "member")
    leading = set(session.scalars(posts))
    return [user for user in people(session, Role.QA) if user.id in leading]


def steps_of(session: Session, evaluation_id: int) -> Sequence[Appeal]:
    """The steps of an evaluation's appeal, the first one first."""
    return session.scalars(select(Appeal).where(Appeal.evaluation_id == evaluation_id).order_by(Appeal.step)).all()


def bench(session: Session, row: Evaluation, candidates: Iterable[int]) -> Bench:
    """Who had a part in an evaluation; of the candidates, whose people the agent is one of."""
    same = select(Evaluation.scorer_id).where(
        Evaluation.call_id == row.call_id, Evaluation.agent_id == row.agent_id, Evaluation.purpose.in_(_SCORED)
    )
    scorers = {row.scorer_id, *(session.scalars(same) if row.call_id else ())}
    ruled = {one.ruler_id for one in steps_of(session, row.id) if one.ruler_id is not None and one.outcome is not None}
    line = frozenset(who for who in candidates if in_line(session, who, row.agent_id))
    return Bench(row.agent_id, frozenset(scorers), frozenset(ruled), line)


def why_barred(session: Session, user: User, row: Evaluation, step: Step) -> str | None:
    """Why this person does not rule on it: a code of ``Barred``, or a sentence; None when he may."""
    chiefs = [head.id for head in heads(session)]
    roles = {Role(one.name) for one in user.roles}
    ruler = Ruler(user.id, heads_quality=user.id in chiefs, deputy_manager=Role.DG in roles)
    code = barred(ruler, bench(session, row, {user.id, *chiefs}), step, heads=chiefs)
    if code is not None:
        return str(code)
    call = session.get(Call, row.call_id) if row.call_id else None
    return why_not(session, user.id, user.username, row.agent, call)


def rulers(session: Session, row: Evaluation, step: Step) -> list[User]:
    """Everybody who may rule on this step."""
    some = people(session, Role.QA) if step is Step.FIRST else [*heads(session), *people(session, Role.DG)]
    return [user for user in some if why_barred(session, user, row, step) is None]
