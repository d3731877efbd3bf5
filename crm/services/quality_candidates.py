"""What a machine suggests about a call, and what people decided on it; how often each kind of suggestion was right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.people import User
from crm.db.sampling import QualityCandidate
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.quality_findings import Finding
from crm.services import audit
from crm.services.evaluation_rights import check_scorer
from crm.services.quality_looks import OPEN, SUPERSEDED

CONFIRMED, REFUSED = "confirmed", "refused"
_NOTE = 500
_ORDER = {Finding.FATAL: 0, Finding.MISSED: 1, Finding.MET: 2}


@dataclass(frozen=True)
class Record:
    """How one kind of suggestion fared. ``precision``: in percent of what was decided, None while nothing was."""

    code: str
    finding: str
    open: int
    confirmed: int
    refused: int

    @property
    def precision(self) -> int | None:
        """Of those that a person decided on, how many were right."""
        decided = self.confirmed + self.refused
        return round(100 * self.confirmed / decided) if decided else None


def of_call(session: Session, call_id: str, agent_id: int) -> list[QualityCandidate]:
    """Those of an agent's part of a call, red lines first, then what was missed, then what was done.

    Who may see the call and its evaluation was asked before.
    """
    rows = session.scalars(
        select(QualityCandidate).where(
            QualityCandidate.call_id == call_id, QualityCandidate.agent_id == agent_id,
            QualityCandidate.state != SUPERSEDED,
        )
    )  # fmt: skip
    return sorted(rows, key=lambda row: (_ORDER[Finding(row.finding)], row.code, row.id))


def decide(
    session: Session, actor: Actor, candidate_id: int, *, confirmed: bool, note: str = "", now: datetime
) -> QualityCandidate:
    """A person confirms or refuses a suggestion. The same decision again changes nothing; another one is written down.

    Raises NotFoundError, ForbiddenError (he does not score this agent), ConflictError (it is superseded).
    """
    row = session.get(QualityCandidate, candidate_id)
    if row is None:
        raise NotFoundError("there is no such suggestion")
    check_scorer(session, actor, session.get_one(User, row.agent_id), session.get_one(Call, row.call_id))
    if len(note) > _NOTE:
        raise InvalidInputError("note", f"must have at most {_NOTE} characters")
    if row.state == SUPERSEDED:
        raise ConflictError("a newer transcript has taken the place of this suggestion")
    state = CONFIRMED if confirmed else REFUSED
    if row.state == state and row.note == note.strip():
        return row
    before = row.state
    changed = session.execute(
        update(QualityCandidate)
        .where(QualityCandidate.id == candidate_id, QualityCandidate.state == before)
        .values(state=state, decided_by_id=actor.user_id, decided_at=now, note=note.strip())
        .returning(QualityCandidate.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise ConflictError("somebody else decided on this just now")
    session.refresh(row)
    audit.append(
        session, at=now, actor=actor.name, action=f"candidate.{state}", subject=f"candidate:{row.id}",
        detail={"call_id": row.call_id, "agent_id": row.agent_id, "code": row.code, "before": before},
    )  # fmt: skip
    return row


def fatal_ones(session: Session, actor: Actor, *, limit: int = 100) -> list[QualityCandidate]:
    """Red lines that wait for a decision, the oldest first. Raises ForbiddenError."""
    if not actor.may(Action.SCORE):
        raise ForbiddenError("these roles do not score")
    query = (
        select(QualityCandidate)
        .where(QualityCandidate.state == OPEN, QualityCandidate.finding == Finding.FATAL)
        .order_by(QualityCandidate.made_at, QualityCandidate.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def records(session: Session, since: datetime) -> Sequence[Record]:
    """How each kind of suggestion fared since then, red lines first."""
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    rows = session.execute(
        select(QualityCandidate.code, QualityCandidate.finding, QualityCandidate.state, func.count())
        .where(QualityCandidate.made_at >= since, QualityCandidate.state != SUPERSEDED)
        .group_by(QualityCandidate.code, QualityCandidate.finding, QualityCandidate.state)
    )
    for code, finding, state, count in rows:
        counts[code, finding][state] = count
    found = [
        Record(code, finding, by.get(OPEN, 0), by.get(CONFIRMED, 0), by.get(REFUSED, 0))
        for (code, finding), by in counts.items()
    ]
    return sorted(found, key=lambda one: (_ORDER[Finding(one.finding)], one.code))
