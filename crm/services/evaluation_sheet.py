"""Around the form of the scoring screen: what happened in the call, what a machine suggests, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call, CallEventRow, Recording
from crm.db.contact_centre import CallLeg, QueueVisit
from crm.db.quality import Evaluation
from crm.db.sampling import QualityCandidate
from crm.db.tickets import Ticket
from crm.domain.access import Actor
from crm.domain.errors import NotFoundError
from crm.domain.evaluations import Purpose
from crm.domain.marks import Flaw, flaws
from crm.services import quality_candidates, scope, scorecards
from crm.services.evaluations import duration_ms, marks_of
from crm.services.quality_looks import SUPERSEDED
from ivr.callevents import CallEventName
from recordings.model import FactName

MOST = 200


@dataclass(frozen=True)
class Moment:
    """Something in the call. Milliseconds of its recording, from its beginning; ``to_ms`` None: a point in time."""

    kind: str
    at: datetime
    from_ms: int
    to_ms: int | None
    who: str = ""
    code: str = ""


def timeline(session: Session, row: Evaluation) -> tuple[Moment, ...]:
    """Menu, queue, legs and holds of a call along its recording, in the order of time."""
    call = session.get(Call, row.call_id) if row.call_id else None
    if call is None:
        return ()
    recording = session.get(Recording, row.recording_id) if row.recording_id else None
    start = recording.started_at if recording else call.started_at
    found = [*_visits(session, call, start), *_legs(session, call, start), *_said(session, call, start)]
    return tuple(sorted(found, key=lambda one: (one.at, one.kind)))


def _ms(start: datetime, at: datetime) -> int:
    return max(0, round((at - start).total_seconds() * 1000))


def _span(kind: str, start: datetime, at: datetime, until: datetime | None, who: str = "", code: str = "") -> Moment:
    return Moment(kind, at, _ms(start, at), _ms(start, until) if until else None, who, code)


def _visits(session: Session, call: Call, start: datetime) -> Iterable[Moment]:
    for visit in session.scalars(select(QueueVisit).where(QueueVisit.call_id == call.call_id).limit(MOST)):
        yield _span("queue", start, visit.entered_at, visit.left_at, visit.queue, visit.outcome or "")


def _legs(session: Session, call: Call, start: datetime) -> Iterable[Moment]:
    for leg in session.scalars(select(CallLeg).where(CallLeg.call_id == call.call_id).limit(MOST)):
        begun = leg.answered_at or leg.rang_at
        yield _span("leg", start, begun, leg.ended_at, leg.agent, leg.kind)


_EVENTS = frozenset(
    {
        CallEventName.OPTION_CHOSEN, CallEventName.TICKET_OPENED, CallEventName.RECORDING_PAUSED,
        CallEventName.RECORDING_RESUMED, CallEventName.CALLER_HUNG_UP, FactName.TRANSFERRED, FactName.CONFERENCE,
        FactName.PARKED, FactName.RETURNED,
    }
)  # fmt: skip
"""Of the call's journals: what tells a scorer something."""


def _said(session: Session, call: Call, start: datetime) -> Iterable[Moment]:
    rows = session.scalars(
        select(CallEventRow)
        .where(CallEventRow.call_id == call.call_id, CallEventRow.event.in_(sorted(_EVENTS)))
        .order_by(CallEventRow.at)
        .limit(MOST)
    )
    for one in rows:
        yield _span(one.event, start, one.at, None)


def candidates(session: Session, row: Evaluation) -> Sequence[QualityCandidate]:
    """What a machine suggests; who scores blind does not see what others decided on it."""
    if row.call_id is None:
        return ()
    return quality_candidates.of_call(session, row.call_id, row.agent_id)


def decides(row: Evaluation) -> bool:
    """Whether his word on a suggestion is the house's; a second scorer's stays with his own sheet."""
    return row.purpose == Purpose.ROUTINE


def check_candidate(session: Session, row: Evaluation, candidate_id: int) -> None:
    """Raises NotFoundError for a suggestion about another call or agent."""
    found = session.get(QualityCandidate, candidate_id)
    if found is None or (found.call_id, found.agent_id) != (row.call_id, row.agent_id) or found.state == SUPERSEDED:
        raise NotFoundError("there is no such suggestion about this call")


def flaws_of(session: Session, evaluation_id: int) -> list[tuple[int, Flaw]]:
    """What keeps it from being handed in."""
    row = session.get_one(Evaluation, evaluation_id)
    found = flaws(scorecards.card_of(row.card), marks_of(row), duration_ms=duration_ms(session, row))
    waiting = decides(row) and any(one.finding == "fatal" and one.state == "open" for one in candidates(session, row))
    return [*found, (-1, Flaw.UNDECIDED)] if waiting else found


def tickets(session: Session, actor: Actor, row: Evaluation) -> list[tuple[int, str]]:
    """The tickets of the call that he may read: id and number."""
    if row.call_id is None:
        return []
    query = select(Ticket.id, Ticket.number).where(
        Ticket.calls.any(Call.call_id == row.call_id), scope.tickets_for(actor)
    )
    return [(one.id, one.number) for one in session.execute(query.order_by(Ticket.id))]
