"""Ticket numbers that the CRM makes: its own node, a counter a day. The caller's transaction commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from crm.db.tickets import NumberCounter
from crm.services.centre import Centre
from ivr import ticketnumbers


def next_number(session: Session, centre: Centre, now: datetime) -> str:
    """A number that was never given out. Two transactions at once wait for each other here."""
    day = now.astimezone(centre.zone).date()
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    key = {"day": f"{day:%y%m%d}", "node": centre.node}
    session.execute(insert(NumberCounter).values(**key, sequence=0).on_conflict_do_nothing())
    sequence = session.execute(
        update(NumberCounter)
        .where(NumberCounter.day == key["day"], NumberCounter.node == centre.node)
        .values(sequence=NumberCounter.sequence + 1)
        .returning(NumberCounter.sequence)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    return ticketnumbers.make(day, centre.node, sequence)
