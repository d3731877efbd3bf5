"""Emergencies, as the beat asks for them: signs in new tickets, call-outs that go on, bulletins that are due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import select

from crm.db.emergencies import Emergency
from crm.db.session import Database
from crm.domain.emergency import ACTIVE
from crm.jobs.work import JobContext
from crm.services import emergency_bulletins, emergency_signals, emergency_team, rules
from crm.services.centre import Centre

log = structlog.get_logger(__name__)


def tick(context: JobContext) -> None:
    """Look at what is new, and at each emergency that is on."""
    if context.centre is not None:
        run(context.database, context.centre, context.now())


def run(database: Database, centre: Centre, now: datetime) -> int:
    """The same at a given time; gives how many people were called. Asking twice does nothing twice."""
    with database.write() as session:
        emergency_signals.follow(session, now=now)
    with database.read() as session:
        ids = session.scalars(select(Emergency.id).where(Emergency.state.in_(sorted(ACTIVE)))).all()
    return sum(_one(database, emergency_id, centre, now) for emergency_id in ids)


def _one(database: Database, emergency_id: int, centre: Centre, now: datetime) -> int:
    """Each in a transaction of its own: one that cannot be served must not hold up another."""
    try:
        with database.write() as session:
            row = session.scalars(
                select(Emergency).where(Emergency.id == emergency_id).with_for_update(of=Emergency)
            ).one()
            numbers = rules.current(session)
            called = emergency_team.call_out(session, row, rules=numbers, centre=centre, site=site_of(centre), now=now)
            emergency_team.tell_of_late_steps(session, row, rules=numbers, now=now)
            emergency_bulletins.remind(session, row, rules=numbers, now=now)
            return len(called)
    except Exception:
        log.exception("emergency_not_served", emergency=emergency_id)
        return 0


def site_of(centre: Centre) -> Callable[[str], str]:
    """Addresses of ours as others open them; empty where nobody set one."""
    return lambda path: f"{centre.public_url}{path}" if centre.public_url else ""
