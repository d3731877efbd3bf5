"""Waits and legs of a call in the database: written out of the fold, the same however often it is done."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg, QueueVisit, WrapUp
from crm.domain.callfold import FoldedCall, Leg, Visit
from crm.domain.calls import Outcome

_LONGEST = 100
_MOST = 200
"""Legs of one call that are kept; a call with more has been forged."""


def write(session: Session, call: Call, folded: FoldedCall) -> None:
    """Write waits, legs and what they mean for the call. Works in the caller's transaction."""
    _write_visits(session, call.call_id, folded.visits[:_MOST])
    _write_legs(session, call.call_id, [leg for leg in folded.legs if _can_be_kept(leg)][:_MOST])
    if folded.visits:
        call.queue, call.wait_time = folded.queue, folded.wait_time
    call.agent = folded.agent[:64] if folded.agent else None
    call.talk_time, call.hold_time = folded.talk_time, folded.hold_time
    if call.outcome is not None:
        call.outcome = _outcome(Outcome(call.outcome), folded)
    refresh_acw(session, call.call_id)


def refresh_acw(session: Session, call_id: str) -> None:
    """Take over what was spent on the work after the call; it is often done when the call has long been written."""
    call = session.get(Call, call_id)
    if call is not None:
        session.flush()
        call.acw_time = session.scalar(select(func.sum(WrapUp.acw_time)).where(WrapUp.call_id == call_id))


def _can_be_kept(leg: Leg) -> bool:
    return len(leg.leg) <= _LONGEST and len(leg.agent) <= 64 and len(leg.kind) <= 12


def _outcome(told: Outcome, folded: FoldedCall) -> Outcome:
    """Who spoke with a person was answered, unless he then waited once more and gave up."""
    if told is Outcome.FAILED or folded.agent is None:
        return told
    last = folded.visits[-1] if folded.visits else None
    return Outcome.ABANDONED if last and last.outcome == "abandoned" else Outcome.ANSWERED


def _write_visits(session: Session, call_id: str, visits: Sequence[Visit]) -> None:
    rows = {row.seq: row for row in session.scalars(select(QueueVisit).where(QueueVisit.call_id == call_id))}
    for seq, visit in enumerate(visits):
        row = rows.pop(seq, None)
        if row is None:
            row = QueueVisit(call_id=call_id, seq=seq)
            session.add(row)
        row.queue, row.priority = visit.queue[:40], visit.priority
        row.entered_at, row.left_at, row.wait_time = visit.entered_at, visit.left_at, visit.wait_time
        row.outcome = visit.outcome.value if visit.outcome else None
    for row in rows.values():
        session.delete(row)


def _write_legs(session: Session, call_id: str, legs: Sequence[Leg]) -> None:
    rows = {row.leg: row for row in session.scalars(select(CallLeg).where(CallLeg.call_id == call_id))}
    for leg in legs:
        row = rows.get(leg.leg)
        if row is None:
            row = CallLeg(call_id=call_id, leg=leg.leg)
            session.add(row)
        row.agent, row.kind, row.queue = leg.agent, leg.kind, leg.queue[:40] if leg.queue else None
        row.rang_at, row.answered_at, row.ended_at = leg.rang_at, leg.answered_at, leg.ended_at
        row.ring_time, row.talk_time, row.hold_time = leg.ring_time, leg.talk_time, leg.hold_time
        row.outcome, row.ended_by = leg.outcome, leg.ended_by
