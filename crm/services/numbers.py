"""Ticket numbers that the CRM makes: its own node, a counter a day. The caller's transaction commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.tickets import NumberCounter
from crm.db.upserts import inserting
from crm.services.centre import Centre
from ivr import ticketnumbers


def next_number(session: Session, centre: Centre, now: datetime) -> str:
    """A number that was never given out. Two transactions at once wait for each other here."""
    day = now.astimezone(centre.zone).date()
    key = {"day": f"{day:%y%m%d}", "node": centre.node}
    session.execute(inserting(session, NumberCounter).values(**key, sequence=0).on_conflict_do_nothing())
    counter = session.scalars(
        select(NumberCounter)
        .where(NumberCounter.day == key["day"], NumberCounter.node == centre.node)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    counter.sequence = ticketnumbers.next_sequence(centre.node, counter.sequence)
    session.flush()
    return ticketnumbers.make(day, centre.node, counter.sequence)
