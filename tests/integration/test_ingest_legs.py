"""Waits and legs of a call in the database: once, by the facts, by the exchange's events, and by both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg, QueueVisit, WrapUp
from crm.db.people import User
from crm.db.session import Database
from crm.services import call_parts
from crm.services.audio_intake import Recorder
from crm.services.centre import Centre
from crm.services.ingest import Ingest, IngestConfig
from ivr.exchange import EXCHANGE_FILE, ExchangeEvent
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401
from tests.spool_builder import SpoolCall

pytestmark = pytest.mark.integration

CALL = "huiyin01-1763604000.1"
LATER = timedelta(minutes=1)


def with_facts(call: SpoolCall) -> SpoolCall:
    leg = {"queue": "complaints", "kind": "queue"}
    return (
        call.fact(5, "queue", queue="complaints", priority=2)
        .fact(6, "leg_rang", leg="L1", agent="agent1", **leg)
        .fact(26, "leg_ended", leg="L1", agent="agent1", cause=0, **leg)
        .fact(27, "leg_rang", leg="L2", agent="agent2", **leg)
        .fact(30, "leg_answered", leg="L2", agent="agent2", **leg)
        .fact(50, "leg_ended", leg="L2", agent="agent2", cause=16, **leg)
    )


def with_exchange(call: SpoolCall) -> SpoolCall:
    about = {"queue": "complaints", "kind": "queue"}
    told = [
        (5, "queue_joined", CALL, {"queue": "complaints", "priority": 2}),
        (6, "agent_ringing", "L1", {"agent": "agent1", **about}),
        (26, "agent_missed", "L1", {"agent": "agent1", "cancelled": False, **about}),
        (26, "channel_ended", "L1", {"agent": "agent1"}),
        (27, "agent_ringing", "L2", {"agent": "agent2", **about}),
        (30, "agent_connected", "L2", {"agent": "agent2", **about}),
        (35, "held", "L2", {"agent": "agent2"}),
        (39, "unheld", "L2", {"agent": "agent2"}),
        (50, "agent_left", "L2", {"agent": "agent2", "reason": "caller", **about}),
    ]
    with (call.path / EXCHANGE_FILE).open("a", encoding="utf-8") as file:
        for at, name, leg, fields in told:
            file.write(ExchangeEvent(call.instant(at), name, CALL, leg, fields).to_line() + "\n")
        file.write("not a line\n")
    return call


@pytest.fixture
def ingest(tmp_path: Path, database: Database) -> Ingest:  # noqa: F811
    (tmp_path / "spool").mkdir()
    recorder = Recorder(LocalStore(tmp_path / "recordings", KeyRing.of(b"k" * 32)), b"i" * 32)
    return Ingest(database, recorder, IngestConfig(tmp_path / "spool", Centre(ZoneInfo("Asia/Shanghai"))))


def rows(database: Database) -> tuple[Call, list[QueueVisit], list[CallLeg]]:  # noqa: F811
    with database.read() as session:
        return (
            session.scalars(select(Call)).one(),
            list(session.scalars(select(QueueVisit).order_by(QueueVisit.seq))),
            list(session.scalars(select(CallLeg).order_by(CallLeg.rang_at))),
        )


@pytest.mark.parametrize("told", ["facts", "exchange", "both"])
def test_every_figure_is_in_its_row_once(tmp_path: Path, ingest: Ingest, database: Database, told: str) -> None:  # noqa: F811
    call = SpoolCall(tmp_path / "spool", CALL).begin()
    if told != "exchange":
        with_facts(call)
    if told != "facts":
        with_exchange(call)
    call.end(50)  # the caller hangs up, and the leg ends with him
    ingest.scan(datetime.now(UTC))
    for _ in range(2):
        row, visits, legs = rows(database)
        assert (row.agent, row.queue, row.outcome, row.wait_time) == ("agent2", "complaints", "answered", 25.0)
        hold = 0.0 if told == "facts" else 4.0
        assert (row.talk_time, row.hold_time, row.acw_time) == (20.0 - hold, hold, None)
        assert [(one.queue, one.priority, one.wait_time, one.outcome) for one in visits] == [
            ("complaints", 2, 25.0, "answered")
        ]
        assert [(one.agent, one.outcome, one.ring_time, one.talk_time, one.ended_by) for one in legs] == [
            ("agent1", "missed", 20.0, None, None),
            ("agent2", "answered", 3.0, 20.0 - hold, "caller"),
        ]
        call.audio("caller-2.wav", b"")  # something changes, and the folder is taken in again
        ingest.scan(datetime.now(UTC) + LATER)


def test_a_call_that_runs_shows_its_wait_and_is_put_right_later(
    tmp_path: Path,
    ingest: Ingest,
    database: Database,  # noqa: F811
) -> None:
    call = SpoolCall(tmp_path / "spool", CALL, start=datetime.now(UTC).replace(microsecond=0)).begin()
    call.fact(5, "queue", queue="complaints", priority=0)
    ingest.scan(datetime.now(UTC))
    row, visits, legs = rows(database)
    assert (row.ended_at, [(one.left_at, one.outcome) for one in visits], legs) == (None, [(None, None)], [])
    call.end(20)
    ingest.scan(datetime.now(UTC) + LATER)
    row, visits, legs = rows(database)
    assert (row.outcome, row.agent, [(one.outcome, one.wait_time) for one in visits], legs) == (
        "abandoned", None, [("abandoned", 15.0)], [],
    )  # fmt: skip


def test_a_call_that_died_with_the_exchange_leaves_nothing_open(
    tmp_path: Path,
    ingest: Ingest,
    database: Database,  # noqa: F811
) -> None:
    call = SpoolCall(tmp_path / "spool", CALL).begin()
    with_facts(call)
    lines = (call.path / "dialplan.log").read_text().splitlines()
    (call.path / "dialplan.log").write_text("\n".join(lines[:-1]) + "\n")
    (tmp_path / "spool" / "boots").write_text(f"{datetime.now(UTC).timestamp()}\n")
    ingest.scan(datetime.now(UTC) + LATER)
    row, visits, legs = rows(database)
    assert row.outcome == "failed"
    assert all(one.left_at for one in visits)
    assert all(one.ended_at for one in legs)
    assert row.agent == "agent2"


def test_work_after_the_call_is_added_when_it_is_done(tmp_path: Path, ingest: Ingest, database: Database) -> None:  # noqa: F811
    with_facts(SpoolCall(tmp_path / "spool", CALL).begin()).end(51)
    ingest.scan(datetime.now(UTC))
    with database.write() as session:
        at = datetime.now(UTC)
        person = User(username="agent2", fs_uniquifier="agent2", created_at=at)
        session.add(person)
        session.flush()
        session.add(WrapUp(call_id=CALL, user_id=person.id, started_at=at, limit_at=at + LATER, acw_time=12.5))
        session.flush()
        call_parts.refresh_acw(session, CALL)
    assert rows(database)[0].acw_time == 12.5
