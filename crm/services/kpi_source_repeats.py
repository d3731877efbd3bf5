"""Calls that were solved, and those after which the customer called about the same again, as facts.

Solved: the last work afterwards of an inbound call was done, with a class, and needed no ticket. Repeated: another
inbound call of the same customer (or, where nobody knows who he is, of the same number) began within seven days, and
some work afterwards gave it the same class. Who withholds his number and is nobody we know cannot be followed: his
calls count nowhere here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from crm.db.calls import Call
from crm.db.contact_centre import WrapUp
from crm.domain.kpi_facts import REPEAT_DAYS, Fact, Period, SourceRow

_WITHIN = timedelta(days=REPEAT_DAYS)
DONE, INBOUND = "done", "inbound"


def facts(session: Session, period: Period) -> Iterator[SourceRow]:
    """What solved calls add to the period."""
    solved = session.execute(
        select(Call.call_id, Call.started_at, Call.queue, WrapUp.user_id).join(*_WORK).where(*_solved(period))
    ).all()
    again = _repeated(session, period) if solved else set()
    for row in solved:
        yield SourceRow(
            period.day_of(row.started_at),
            {Fact.SOLVED: 1, Fact.SOLVED_ONCE: int(row.call_id not in again)},
            f"call:{row.call_id}",
            row.user_id,
            row.queue,
            period.hour_of(row.started_at),
            row.call_id,
        )


_WORK = (WrapUp, WrapUp.call_id == Call.call_id)


def _solved(period: Period) -> list[ColumnElement[bool]]:
    later = aliased(WrapUp)
    after = or_(later.started_at > WrapUp.started_at, and_(later.started_at == WrapUp.started_at, later.id > WrapUp.id))
    return [
        Call.started_at >= period.start,
        Call.started_at < period.end,
        Call.direction == INBOUND,
        or_(Call.customer_id.is_not(None), Call.caller_key.is_not(None)),
        WrapUp.state == DONE,
        WrapUp.disposition.is_not(None),
        WrapUp.ticket_id.is_(None),
        ~exists().where(later.call_id == WrapUp.call_id, after),
    ]


def _repeated(session: Session, period: Period) -> set[str]:
    """Those of the solved after which the same customer, or the same number, called about the same."""
    other, work = aliased(Call), aliased(WrapUp)
    found: set[str] = set()
    for same in (other.customer_id == Call.customer_id, other.caller_key == Call.caller_key):
        pairs = session.execute(
            select(Call.call_id, Call.started_at, other.started_at)
            .join(*_WORK)
            .join(other, same)
            .join(work, and_(work.call_id == other.call_id, work.disposition == WrapUp.disposition))
            .where(
                *_solved(period),
                other.direction == INBOUND,
                other.started_at > Call.started_at,
                other.started_at <= period.end + _WITHIN,
            )
        )
        found |= {call_id for call_id, began, again in pairs if again - began <= _WITHIN}
    return found
