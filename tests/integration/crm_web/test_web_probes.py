"""What readiness says of an installation, and that the web process is made from settings alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from flask import request

from crm.db.migrate import upgrade
from crm.db.models import SpoolFolder
from crm.db.session import Database
from ops import settings, wsgi
from ops.web_probes import INGEST_LAG, web_probes
from tests.factories import NOW

pytestmark = pytest.mark.integration


@pytest.fixture
def given(tmp_path: Path) -> settings.Settings:
    found = settings.load({"HUIYIN_HOME": str(tmp_path / "home"), "HUIYIN_DISK_WARN_PERCENT": "0"})
    found.spool.mkdir(parents=True)
    return found


def _reasons(given: settings.Settings) -> dict[str, str | None]:
    database = Database(given.sql_url)
    reasons = {}
    for probe in web_probes(given, database):
        try:
            reasons[probe.name] = probe.check()
        except Exception as error:  # noqa: BLE001  (the page of readiness takes any, too)
            reasons[probe.name] = type(error).__name__
    database.dispose()
    return reasons


def test_a_schema_that_was_not_migrated_is_said(given: settings.Settings) -> None:
    assert "huiyin migrate" in (_reasons(given)["schema"] or "")


def test_a_whole_installation_lacks_only_its_redis(given: settings.Settings) -> None:
    upgrade(given.sql_url)
    assert {name for name, reason in _reasons(given).items() if reason} == {"redis"}


def test_a_spool_that_is_gone_is_said(given: settings.Settings) -> None:
    upgrade(given.sql_url)
    given.spool.rmdir()
    assert "is not there" in (_reasons(given)["spool"] or "")


def test_calls_that_wait_too_long_are_counted(given: settings.Settings) -> None:
    upgrade(given.sql_url)
    old = time.time() - INGEST_LAG - 30
    for name in ("huiyin01-1.1", "huiyin01-1.2", "huiyin01-1.3"):
        folder = given.spool / name
        folder.mkdir()
        (folder / "journal.jsonl").write_text("{}\n")
        when = time.time() if name.endswith("3") else old
        os.utime(folder / "journal.jsonl", (when, when))
        os.utime(folder, (when, when))
    database = Database(given.sql_url)
    with database.write() as session:
        session.add(SpoolFolder(call_id="huiyin01-1.2", state="done", first_seen_at=NOW))
    database.dispose()
    assert (_reasons(given)["ingest"] or "").startswith("1 calls wait")


def test_the_web_process_is_made_from_settings(given: settings.Settings) -> None:
    upgrade(given.sql_url)
    app = wsgi.make(given)
    assert app.test_client().get("/healthz").status_code == 200
    assert app.test_client().get("/readyz").json["ready"] is True
    assert (given.secrets / "recordings-key").is_file()


@pytest.mark.parametrize(("proxies", "believed"), [(0, "127.0.0.1"), (1, "10.0.0.1"), (2, "203.0.113.7")])
def test_only_the_proxies_of_the_setting_are_believed(given: settings.Settings, proxies: int, believed: str) -> None:
    upgrade(given.sql_url)
    app = wsgi.make(given.model_copy(update={"proxies": proxies}))
    seen: list[str | None] = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": "203.0.113.7, 10.0.0.1"})
    assert seen == [believed]
