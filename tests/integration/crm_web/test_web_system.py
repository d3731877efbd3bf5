"""The system page: who sees what waits for a person, and what becomes of "again"."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.db.calls import TranscriptRow
from crm.db.models import AuditEntry
from crm.db.records import Job, SpoolFolder
from crm.gate.deps import EXTENSION, Disk
from crm.services import audit
from tests.factories import HOSTILE, NOW, House, break_things, make_app
from tests.integration.crm_web.conftest import Browser

pytestmark = pytest.mark.integration


@pytest.fixture
def broken(house: House) -> House:
    break_things(house)
    return house


def dead_job(house: House) -> Job:
    with house.database.read() as session:
        return session.scalars(select(Job).where(Job.kind == "transcribe_recording", Job.state == "dead")).one()


def entries(house: House) -> Sequence[AuditEntry]:
    with house.database.read() as session:
        assert audit.verify(session).broken is None
        return session.scalars(
            select(AuditEntry).where(AuditEntry.action.in_(("job.run_again", "spool.try_again")))
        ).all()


def test_an_administrator_reads_what_waits_for_him(browser: Browser, broken: House) -> None:
    browser.log_in("root")
    page = browser.get("/system/").text
    for text in ("Transcribe a recording", "the file is damaged", broken.call_ids["lost"], "ZeroDivisionError"):
        assert text in page, text
    assert "Dead jobs (2)" in page
    assert "Quarantined calls (1)" in page
    assert "Mandarin: 2" in page, "one ticket's two recordings wait for a model"
    assert f"/calls/{broken.call_ids['lost']}" not in page, "he may not read calls"
    assert HOSTILE not in page


def test_a_folder_that_is_left_alone_is_said(browser: Browser, house: House) -> None:
    browser.log_in("root")
    assert "Call folders left alone" not in browser.get("/system/").text
    with house.database.write() as session:
        session.add(
            SpoolFolder(
                call_id="huiyin01-1763604000.7", state="done", first_seen_at=NOW, ingested_at=NOW,
                error="message-1.wav is shorter than before",
            )
        )  # fmt: skip
    page = browser.get("/system/").text
    for text in ("Call folders left alone (1)", "huiyin01-1763604000.7", "message-1.wav is shorter than before"):
        assert text in page


def test_a_supervisor_looks_and_touches_nothing(browser: Browser, broken: House) -> None:
    browser.log_in("sam")
    page = browser.get("/system/").text
    assert f"/calls/{broken.call_ids['lost']}" in page
    assert "/again" not in page
    job = dead_job(broken)
    for path in (f"/system/jobs/{job.id}/again", "/system/folders/huiyin01-1763604000.9/again"):
        assert browser.post(path, {}).status_code == 403
    assert dead_job(broken).id == job.id
    assert entries(broken) == []


def test_nothing_is_done_without_the_forms_token(browser: Browser, broken: House) -> None:
    browser.log_in("root")
    assert browser.client.post(f"/system/jobs/{dead_job(broken).id}/again").status_code == 400
    assert entries(broken) == []


def test_a_dead_job_runs_again_with_all_its_attempts(browser: Browser, broken: House) -> None:
    job = dead_job(broken)
    browser.log_in("root")
    browser.get("/system/")
    assert browser.post(f"/system/jobs/{job.id}/again", {}).location == "/system/"
    page = browser.get("/system/").text
    assert "runs again within seconds" in page
    assert "Dead jobs (1)" in page
    with broken.database.read() as session:
        again = session.get_one(Job, job.id)
        assert (again.state, again.attempts, again.run_at, again.sent_at) == ("due", 0, NOW, None)
        row = session.get_one(TranscriptRow, job.payload["transcript_id"])
        assert (row.state, row.error) == ("queued", None)
    entry = entries(broken)[0]
    assert (entry.actor, entry.action, entry.subject) == ("root", "job.run_again", f"job:{job.id}")
    assert entry.detail == {"kind": "transcribe_recording", "error": "PermanentError"}


def test_a_second_click_does_nothing(browser: Browser, broken: House) -> None:
    job = dead_job(broken)
    browser.log_in("root")
    browser.get("/system/")
    for _ in range(2):
        browser.post(f"/system/jobs/{job.id}/again", {})
        browser.post("/system/folders/huiyin01-1763604000.9/again", {})
    assert browser.get("/system/").text.count("somebody was quicker") == 2
    assert len(entries(broken)) == 2


@pytest.mark.parametrize("path", ["/system/jobs/999999/again", "/system/folders/nothing-of-the-kind/again"])
def test_what_is_not_there_is_not_run(browser: Browser, broken: House, path: str) -> None:
    browser.log_in("root")
    browser.get("/system/")
    assert browser.post(path, {}).status_code == 302
    assert entries(broken) == []


def test_a_quarantined_call_is_tried_again(browser: Browser, broken: House) -> None:
    browser.log_in("root")
    browser.get("/system/")
    browser.post("/system/folders/huiyin01-1763604000.9/again", {})
    assert "No call is quarantined." in browser.get("/system/").text
    with broken.database.read() as session:
        row = session.get_one(SpoolFolder, "huiyin01-1763604000.9")
        assert (row.state, row.attempts, row.signature) == ("open", 0, "")
    assert [(entry.actor, entry.subject) for entry in entries(broken)] == [("root", "call:huiyin01-1763604000.9")]


def test_a_long_list_is_cut_and_says_so(browser: Browser, broken: House) -> None:
    with broken.database.write() as session:
        for number in range(60):
            session.add(
                Job(kind="verify_integrity", payload={}, unique_key=f"n{number}", state="dead", run_at=NOW,
                    created_at=NOW, finished_at=NOW, attempts=5)
            )  # fmt: skip
    browser.log_in("root")
    page = browser.get("/system/").text
    assert "Dead jobs (62)" in page
    assert "The newest 50 are shown." in page
    assert page.count("/again") == 51


def test_a_house_without_troubles_says_so(browser: Browser, house: House) -> None:
    browser.log_in("root")
    page = browser.get("/system/").text
    assert "No job was given up." in page
    assert "No call is quarantined." in page


def test_free_disk_is_told(app: Flask, house: House) -> None:
    own = make_app(house, disk=Disk(free=250_000_000_000, total=1_000_000_000_000))
    assert own.extensions[EXTENSION].disk is not None
    browser = Browser(own)
    browser.log_in("root")
    assert "250.0 GB of 1.0 TB (25&nbsp;%)" in " ".join(browser.get("/system/").text.split())


def test_a_waiting_recording_is_counted_once_and_not_when_it_is_done(browser: Browser, house: House) -> None:
    with house.database.write() as session:
        session.execute(
            update(TranscriptRow)
            .where(TranscriptRow.recording_id == house.recording_ids["waiting"])
            .values(state="done")
        )
    browser.log_in("root")
    assert "Mandarin: 1" in browser.get("/system/").text
