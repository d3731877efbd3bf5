"""How far a week has come: what must be scored, and what only if there is time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db.calls import Call
from crm.db.sampling import Sample
from crm.db.session import Database
from crm.domain.sampling_plan import DEFAULT_PLAN, Reason
from crm.services import samples
from crm.services.sampling_coverage import coverage
from tests.call_work import ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)
from tests.integration.test_sampling import DRAWN_AT, WEEK, People, fill, people, tick  # noqa: F401

pytestmark = pytest.mark.integration
AFTER_ALL = DRAWN_AT + timedelta(days=DEFAULT_PLAN.due_days, hours=1)


def late_of_alice(database: Database, people: People) -> int:  # noqa: F811
    with database.read() as session:
        agents = coverage(session, people["quinn"], WEEK, zone=ZONE, now=AFTER_ALL).agents
    return next(one.late for one in agents if one.agent == "alice")


def test_a_call_at_risk_is_late_wherever_the_lot_put_it(database: Database, people: People) -> None:  # noqa: F811
    """Above the least of the quota a drawn call can wait for ever, but not when a rule names it, too."""
    fill(database)
    tick(database, DRAWN_AT)
    assert late_of_alice(database, people) == 2  # the least of her quota: the third is for when there is time
    with database.write() as session:
        spare = session.scalars(
            select(Sample).where(Sample.agent_id == people["alice"].user_id, Sample.must.is_(False))
        ).one()
        samples.add(session, session.get_one(Call, spare.call_id), spare.agent_id, Reason.FATAL, plan=DEFAULT_PLAN,
                    zone=ZONE, by="test", now=DRAWN_AT)  # fmt: skip
    assert late_of_alice(database, people) == 3
