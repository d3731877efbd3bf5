"""Evaluations from the first click to the score, on both databases: who may, what is kept, what can never change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm.db.calls import Call, Recording, SegmentRow, TranscriptRow
from crm.db.casefile import Notice
from crm.db.contact_centre import CallLeg
from crm.db.departments import Department, DepartmentMember
from crm.db.quality import Evaluation, EvaluationEvent
from crm.db.records import AuditEntry
from crm.db.sampling import QualityCandidate
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, DomainError, ForbiddenError, IllegalMoveError, NotFoundError
from crm.domain.evaluations import MarkKind, Purpose, State
from crm.domain.kpi_facts import Fact, Period
from crm.domain.marks import Flaw, Mark
from crm.services import (
    evaluation_rights,
    evaluation_views,
    evaluations,
    kpi_source_quality,
    recording_purge,
    users,
)
from crm.services.evaluation_views import Filters
from crm.services.evaluations import Aim, BadMarksError, Sheet
from tests.database_fixture import BACKENDS, PostgresServer, postgres, sqlite_template  # noqa: F401
from tests.factories import CHEAP, NOW, PASSWORD

pytestmark = pytest.mark.integration
SECTION, OTHER = "service_section_1", "service_section_2"
PEOPLE = {
    "alice": (Role.A1, SECTION, "member"),
    "bo": (Role.A1, OTHER, "member"),
    "sam": (Role.SM, SECTION, "head"),
    "sue": (Role.SM, OTHER, "head"),
    "quinn": (Role.QA, None, ""),
    "quentin": (Role.QA, None, ""),
    "quest": (Role.QA, SECTION, "member"),
    "dora": (Role.DG, None, ""),
    "audrey": (Role.AU, None, ""),
    "root": (Role.AD, None, ""),
}
LATER = NOW + timedelta(minutes=6)
ADDED = (
    "INSERT INTO evaluation_marks (evaluation_id, position, kind, code, taken, words, note) "
    "SELECT id, 9, 'item', 'B2', 1, '', '' FROM evaluations"
)
B1 = Mark(MarkKind.ITEM, "B1", 2, from_ms=12_000, to_ms=14_500, words="let me just", note="cut in")


@dataclass
class Desk:
    """The people, and calls as they are wanted."""

    database: Database
    actors: dict[str, Actor]
    ids: dict[str, int]
    numbers: Iterator[int]

    def call(self, session: Session, *agents: str, recorded: bool = True, kind: str = "queue") -> str:
        """A call that these agents spoke in."""
        number = next(self.numbers)
        call_id = f"huiyin01-1795322{number:03}.{number}"
        session.add(
            Call(
                call_id=call_id, language="zh", started_at=NOW, answered_at=NOW, ended_at=NOW + timedelta(minutes=5),
                outcome="answered", menu_path=[], talk_time=290.0, ivr_done=True, flags=[], agent=agents[-1],
            )
        )  # fmt: skip
        session.flush()
        for place, agent in enumerate(agents):
            session.add(
                CallLeg(
                    call_id=call_id, leg=f"{call_id}-{place}", agent=agent, kind=kind, rang_at=NOW, outcome="answered"
                )
            )
        if recorded:
            session.add(recording_of(call_id, number))
        session.flush()
        return call_id


def recording_of(call_id: str, number: int) -> Recording:
    words = [{"text": "您好", "start": 12.0, "end": 12.6, "confidence": 0.9}]
    return Recording(
        id=f"00000000-0000-4000-8000-{number:012}", call_id=call_id, kind="call", source_name="call-1", state="stored",
        started_at=NOW, duration=300.0, rate=8000, channels=2, sha256="0" * 64, size=9, flags=[], peaks=[],
        store_key=f"k{number}",
        transcripts=[
            TranscriptRow(
                state="done", language="zh", text="您好", made_at=NOW,
                segments=[SegmentRow(side="agent", start=12.0, end=14.5, text="您好", confidence=0.9, words=words)],
            )
        ],
    )  # fmt: skip


@pytest.fixture(scope="module", params=BACKENDS)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One database for all of them: each makes calls of its own."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("evaluations") / "huiyin.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = Database(f"sqlite:///{path}")
        yield _filled(database)
        database.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.make(migrated=True)
    database = Database(url)
    yield _filled(database)
    database.dispose()
    server.drop(url)


def _filled(database: Database) -> Desk:
    hashed = CHEAP.hash(PASSWORD)
    actors, ids = {}, {}
    with database.write() as session:
        departments = {one.code: one.id for one in session.scalars(select(Department))}
        for name, (role, section, post) in PEOPLE.items():
            user = users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=hashed, by="test", now=NOW
            )
            actors[name], ids[name] = Actor(name, frozenset({role}), user.id), user.id
            if section:
                session.add(DepartmentMember(user_id=user.id, department_id=departments[section], post=post))
    return Desk(database, actors, ids, count(1))


def test_a_call_is_scored_once_and_every_step_is_a_row(desk: Desk) -> None:
    quinn, alice = desk.actors["quinn"], desk.actors["alice"]
    with desk.database.write() as session:
        call_id = desk.call(session, "alice")
        made = evaluations.claim(session, quinn, call_id, now=NOW)
        assert evaluations.claim(session, quinn, call_id, now=NOW) == made
        with pytest.raises(ConflictError):
            evaluations.claim(session, desk.actors["quentin"], call_id, now=NOW)
    with desk.database.write() as session:
        row = evaluations.save(
            session, quinn, made, Sheet((B1,), "calm", "let him finish", 200, 9), version=1, now=LATER
        )
        assert (row.state, row.version, row.score) == ("draft", 2, None)
        lifted = Mark(MarkKind.ITEM, "D1", not_applicable=True)
        evaluations.save(
            session, quinn, made, Sheet((B1, lifted), "calm", "let him finish", 210, 12), version=2, now=LATER
        )
        with pytest.raises(ConflictError):
            evaluations.save(session, quinn, made, Sheet(), version=2, now=LATER)
        found = evaluations.submit(session, quinn, made, version=3, now=LATER)
        assert (found.score, found.grade, found.fatal, found.official) == (980, "excellent", False, True)
        with pytest.raises(IllegalMoveError):
            evaluations.save(session, quinn, made, Sheet(), version=4, now=LATER)
    with desk.database.read() as session:
        events = session.scalars(select(EvaluationEvent).where(EvaluationEvent.evaluation_id == made)).all()
        assert [one.event for one in events] == ["claimed", "saved", "saved", "submitted"]
        assert events[1].detail["came"][0]["code"] == "B1"
        assert "let me just" not in str([one.detail for one in events])
        notices = session.scalars(select(Notice).where(Notice.user_id == desk.ids["alice"])).all()
        assert [one.kind for one in notices if one.params["path"] == f"/scores/{made}"] == ["evaluated"]
        audited = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"evaluation:{made}")).all()
        assert audited == ["evaluation.claimed", "evaluation.submitted"]
        seen = evaluation_views.get(session, alice, made)
        assert [one.code for one in seen.marks] == ["B1", "D1"]
        assert (seen.summary.score, seen.summary.keys, seen.good) == (980, 12, "calm")


@pytest.mark.parametrize(
    ("scorer", "why"),
    [
        ("quest", "section"),
        ("alice", "roles do not score"),
        ("sam", "roles do not score"),
        ("audrey", "roles do not score"),
        ("root", "no such call"),
    ],
)
def test_the_scorer_is_never_the_agent_nor_of_his_line(desk: Desk, scorer: str, why: str) -> None:
    with desk.database.write() as session:
        call_id = desk.call(session, "alice")
        with pytest.raises(DomainError, match=why):
            evaluations.claim(session, desk.actors[scorer], call_id, now=NOW)
        assert session.scalars(select(Evaluation).where(Evaluation.call_id == call_id)).all() == []


def test_a_scorer_who_had_a_part_in_the_call_keeps_out(desk: Desk) -> None:
    with desk.database.write() as session:
        call_id = desk.call(session, "quinn", "alice")
        with pytest.raises(ForbiddenError, match="part in the call"):
            evaluations.claim(session, desk.actors["quinn"], call_id, agent="alice", now=NOW)
        with pytest.raises(ForbiddenError, match="himself"):
            evaluations.claim(session, desk.actors["quinn"], call_id, agent="quinn", now=NOW)
        assert evaluations.claim(session, desk.actors["quentin"], call_id, agent="alice", now=NOW)


def test_of_a_call_with_two_agents_each_is_scored_and_a_listener_is_not(desk: Desk) -> None:
    quinn = desk.actors["quinn"]
    with desk.database.write() as session:
        call_id = desk.call(session, "bo", "alice")
        session.add(CallLeg(call_id=call_id, leg="x", agent="sam", kind="listen", rang_at=NOW, outcome="answered"))
        session.flush()
        one = evaluations.claim(session, quinn, call_id, now=NOW)
        two = evaluations.claim(session, quinn, call_id, agent="bo", now=NOW)
        assert one != two
        with pytest.raises(DomainError, match="did not speak"):
            evaluations.claim(session, quinn, call_id, agent="sam", now=NOW)
        call = session.get_one(Call, call_id)
        assert evaluation_rights.agents_of(session, call) == ("bo", "alice")


def test_what_is_handed_in_stays_as_it_is_by_the_databases_own_word(desk: Desk) -> None:
    quinn = desk.actors["quinn"]
    with desk.database.write() as session:
        made = evaluations.claim(session, quinn, desk.call(session, "alice"), now=NOW)
        evaluations.save(session, quinn, made, Sheet((B1,)), version=1, now=LATER)
        evaluations.submit(session, quinn, made, version=2, now=LATER)
    for statement in (
        "UPDATE evaluations SET score = 1000",
        "UPDATE evaluations SET agent_id = scorer_id",
        "DELETE FROM evaluations",
        "UPDATE evaluation_marks SET taken = 1",
        "DELETE FROM evaluation_marks",
        ADDED,
        "UPDATE evaluation_events SET actor = 'nobody'",
        "DELETE FROM evaluation_events",
        "UPDATE scorecard_versions SET reason = 'other'",
        "DELETE FROM scorecard_versions",
    ):
        with pytest.raises(DBAPIError), desk.database.write() as session:
            session.execute(text(statement))
    with desk.database.write() as session:  # the caller's words go with the recording
        recording = session.get_one(Recording, session.get_one(Evaluation, made).recording_id)
        recording_purge.purge(session, recording, by="system", reason="its time is over", now=LATER)
    with desk.database.read() as session:
        mark = session.get_one(Evaluation, made).marks[0]
        assert (mark.words, mark.note, mark.taken) == ("", "cut in", 2)


def test_a_draft_keeps_what_is_missing_and_handing_in_does_not(desk: Desk) -> None:
    quinn = desk.actors["quinn"]
    with desk.database.write() as session:
        made = evaluations.claim(session, quinn, desk.call(session, "alice"), now=NOW)
        nowhere = Mark(MarkKind.ITEM, "B1", 1)
        evaluations.save(session, quinn, made, Sheet((nowhere,)), version=1, now=LATER)
        with pytest.raises(BadMarksError) as found:
            evaluations.submit(session, quinn, made, version=2, now=LATER)
        assert found.value.found == ((0, Flaw.NO_SPAN), (0, Flaw.NO_NOTE))
        with pytest.raises(BadMarksError):
            evaluations.save(session, quinn, made, Sheet((Mark(MarkKind.ITEM, "B1", 5),)), version=2, now=LATER)


def test_a_red_line_that_a_machine_suggests_waits_for_a_person(desk: Desk) -> None:
    quinn = desk.actors["quinn"]
    with desk.database.write() as session:
        call_id = desk.call(session, "alice")
        made = evaluations.claim(session, quinn, call_id, now=NOW)
        found = QualityCandidate(
            call_id=call_id, agent_id=desk.ids["alice"], code="X04", finding="fatal", why="said",
            spans=[{"from_ms": 1, "to_ms": 2, "phrase": "别投诉"}], evidence={}, certainty=90, made_at=NOW,
        )  # fmt: skip
        session.add(found)
        session.flush()
        with pytest.raises(BadMarksError) as refused:
            evaluations.submit(session, quinn, made, version=1, now=LATER)
        assert refused.value.found == ((-1, Flaw.UNDECIDED),)
        found.state = "refused"
        assert evaluations.submit(session, quinn, made, version=1, now=LATER).score == 1000


def test_given_back_it_is_anybodys_again_and_what_was_written_stays_on_record(desk: Desk) -> None:
    quinn, quentin = desk.actors["quinn"], desk.actors["quentin"]
    with desk.database.write() as session:
        call_id = desk.call(session, "alice")
        made = evaluations.claim(session, quinn, call_id, now=NOW)
        evaluations.save(session, quinn, made, Sheet((B1,)), version=1, now=NOW)
        evaluations.release(session, quinn, made, why="ill", now=LATER)
        again = evaluations.claim(session, quentin, call_id, now=LATER)
        assert again != made
        with pytest.raises(IllegalMoveError):
            evaluations.save(session, quinn, made, Sheet(), version=3, now=LATER)
        assert session.get_one(Evaluation, made).state == State.RELEASED
        with pytest.raises(NotFoundError):
            evaluation_views.get(session, quentin, made)


def test_a_blind_second_sees_nothing_of_the_first_until_his_is_in(desk: Desk) -> None:
    quinn, quentin, dora = (desk.actors[name] for name in ("quinn", "quentin", "dora"))
    blind = Aim(Purpose.BLIND)
    with desk.database.write() as session:
        call_id = desk.call(session, "alice")
        with pytest.raises(NotFoundError):
            evaluations.claim(session, quentin, call_id, aim=blind, now=NOW)
        first = evaluations.claim(session, quinn, call_id, now=NOW)
        evaluations.save(session, quinn, first, Sheet((B1,)), version=1, now=NOW)
        evaluations.submit(session, quinn, first, version=2, now=NOW)
        with pytest.raises(ForbiddenError, match="another person"):
            evaluations.claim(session, quinn, call_id, aim=blind, now=NOW)
        second = evaluations.claim(session, quentin, call_id, aim=blind, now=NOW)
        with pytest.raises(NotFoundError):
            evaluation_views.get(session, quentin, first)
        assert [one.id for one in evaluation_views.listing(session, quentin, Filters(call_id=call_id)).items] == [
            second
        ]
        evaluations.submit(session, quentin, second, version=1, now=LATER)
        assert evaluation_views.get(session, quentin, first).summary.score == 980
        pair = evaluation_views.beside(session, dora, first)
        assert pair is not None
        assert (pair.first.score, pair.second.score, pair.items["B1"]) == (980, 1000, (2, 0))
        with pytest.raises(NotFoundError):
            evaluation_views.get(session, desk.actors["alice"], second)
        assert not session.get_one(Evaluation, second).official


def test_who_has_read_the_first_is_not_blind(desk: Desk) -> None:
    quinn, quentin = desk.actors["quinn"], desk.actors["quentin"]
    with desk.database.write() as session:
        call_id = desk.call(session, "alice")
        first = evaluations.claim(session, quinn, call_id, now=NOW)
        evaluations.submit(session, quinn, first, version=1, now=NOW)
        evaluations.note_reading(session, quentin, session.get_one(Evaluation, first), now=NOW)
        with pytest.raises(ForbiddenError, match="not blind"):
            evaluations.claim(session, quentin, call_id, aim=Aim(Purpose.BLIND), now=NOW)


def test_a_ruling_takes_the_place_of_the_first(desk: Desk) -> None:
    quinn, quentin = desk.actors["quinn"], desk.actors["quentin"]
    with desk.database.write() as session:
        call_id = desk.call(session, "alice")
        first = evaluations.claim(session, quinn, call_id, now=NOW)
        evaluations.save(session, quinn, first, Sheet((B1,)), version=1, now=NOW)
        evaluations.submit(session, quinn, first, version=2, now=NOW)
        original = session.get_one(Evaluation, first)
        evaluations.move(session, original, State.APPEALED, "appealed", "alice", NOW, says="he began to speak first")
        ruling = evaluations.rule(session, quentin, original, [], key=f"ruling:{first}", now=LATER)
        evaluations.move(session, original, State.RULED, "ruled", "quentin", LATER)
        assert (original.official, original.score, ruling.official, ruling.score) == (False, 980, True, 1000)
        for until in (NOW + timedelta(seconds=1), LATER + timedelta(hours=1)):  # the ruling came later, or in it
            facts = evaluation_views.that_count(session, NOW, until)
            of_call = [(one.agent_id, one.score) for one in facts if one.call_id == call_id]
            assert of_call == [(desk.ids["alice"], 1000)]
        assert not [one for one in evaluation_views.that_count(session, LATER, LATER) if one.call_id == call_id]
        period = Period(NOW.date(), NOW.date(), ZoneInfo("Asia/Shanghai"), LATER)
        rows = [one for one in kpi_source_quality.facts(session, period) if one.call_id == call_id]
        assert [one.counts for one in rows] == [{Fact.SCORED: 1, Fact.SCORE_TENTHS: 1000, Fact.FATALS: 0}]
        assert [one.behind for one in rows] == [f"evaluation:{ruling.id}"]


def test_each_reads_what_is_his_once_it_is_handed_in(desk: Desk) -> None:
    reads = {"alice", "sam", "dora", "audrey", "quinn", "quentin", "quest"}
    with desk.database.write() as session:
        call_id = desk.call(session, "alice")
        made = evaluations.claim(session, desk.actors["quinn"], call_id, now=NOW)
        of_call = Filters(call_id=call_id)

        def readers() -> set[str]:
            return {name for name in PEOPLE if evaluation_views.listing(session, desk.actors[name], of_call).items}

        assert readers() == {"quinn"}
        evaluations.submit(session, desk.actors["quinn"], made, version=1, now=LATER)
        assert readers() == reads
