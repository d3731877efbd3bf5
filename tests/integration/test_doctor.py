"""What the doctor says of the state that an installation is in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.db.migrate import upgrade
from crm.db.records import SpoolFolder
from crm.db.session import Database
from ops import doctor_state
from ops.doctor_checks import Level
from ops.settings import Settings

pytestmark = pytest.mark.integration


def test_a_folder_that_is_left_alone_is_a_warning(settings: Settings) -> None:
    settings.spool.mkdir()
    upgrade(settings.sql_url)
    assert [finding.level for finding in doctor_state.spool(settings)] == [Level.GOOD]
    database = Database(settings.sql_url)
    now = datetime(2026, 11, 22, 4, tzinfo=UTC)
    with database.write() as session:
        session.add(
            SpoolFolder(
                call_id="huiyin01-1763604000.7", state="done", first_seen_at=now, ingested_at=now, error="it is shorter"
            )
        )
    database.dispose()
    (finding,) = doctor_state.spool(settings)
    assert finding.level is Level.WARNING
    assert "huiyin01-1763604000.7" in finding.found
