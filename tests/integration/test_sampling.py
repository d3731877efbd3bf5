"""The week's draw, risk rules, claims and a machine's look at calls, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from crm.db.calls import Call, CallEventRow, Recording
from crm.db.casefile import Notice
from crm.db.departments import Department, DepartmentMember
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.db.records import AuditEntry, Job
from crm.db.sampling import (
    CallRisk,
    QualityCandidate,
    QualityLook,
    Sample,
    SampleEvent,
    SamplingFrame,
    SamplingPlan,
    SamplingWeek,
)
from crm.db.session import Database
from crm.db.surveys import Survey
from crm.db.tickets import Ticket, ticket_calls
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.evaluations import State
from crm.domain.sampling import Week, commitment, draw
from crm.domain.sampling_plan import DEFAULT_PLAN, BadPlanError, Plan, Reason
from crm.jobs import sampling as jobs
from crm.services import (
    evaluations,
    quality_candidates,
    quality_looks,
    samples,
    sampling,
    sampling_draws,
    sampling_plans,
    users,
)
from tests.call_work import ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)
from tests.sampled_calls import MONDAY, TALK, call_of, transcribe

pytestmark = pytest.mark.integration
WEEK = Week.parse("2026-W47")
SUNDAY_NIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)
DRAWN_AT = SUNDAY_NIGHT + timedelta(hours=6)
CAST = {"alice": Role.A1, "amy": Role.A1, "quinn": Role.QA, "quentin": Role.QA, "sam": Role.SM}
People = dict[str, Actor]


@pytest.fixture
def people(database: Database) -> People:  # noqa: F811
    with database.write() as session:
        return {
            name: users.actor_of(users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=None, by="test",
                now=MONDAY - timedelta(days=400 if name != "amy" else 10),
            ))
            for name, role in CAST.items()
        }  # fmt: skip


def tick(database: Database, now: datetime) -> None:  # noqa: F811
    jobs.run(database, ZONE, now)


def fill(database: Database, calls: int = 14) -> None:  # noqa: F811
    """A week before which the seed was fixed, with so many calls of each agent."""
    tick(database, MONDAY - timedelta(days=1))
    with database.write() as session:
        for number in range(calls):
            for agent in ("alice", "amy"):
                at = MONDAY + timedelta(hours=number * 11, minutes=len(agent))
                call_of(session, agent, number * 10 + len(agent), at)
        call_of(session, "alice", 9001, talk=10)  # too short
        call_of(session, "alice", 9002, MONDAY + timedelta(days=8))  # another week
        call_of(session, "sam", 9003)  # no agent


def test_a_week_is_drawn_once_and_by_anybody_again(database: Database, people: People) -> None:  # noqa: F811
    fill(database)
    with database.read() as session:
        before = sampling_draws.one_week(session, WEEK, zone=ZONE)
        assert before.seed is None
        assert before.before
        with pytest.raises(NotFoundError):
            sampling_draws.again(session, people["quinn"], WEEK, zone=ZONE)
    tick(database, DRAWN_AT - timedelta(minutes=1))
    with database.read() as session:
        assert sampling_draws.frames(session, people["quinn"], WEEK) == []
    for _again in range(2):
        tick(database, DRAWN_AT)
    with database.read() as session:
        view = sampling_draws.one_week(session, WEEK, zone=ZONE)
        assert view.seed is not None
        assert commitment(view.seed) == view.commitment == before.commitment
        fixed = session.scalars(select(AuditEntry).where(AuditEntry.action == "sampling.seed_fixed")).all()
        assert {"commitment": view.commitment} in [entry.detail for entry in fixed]
        frames = {row.agent: row for row in sampling_draws.frames(session, people["quinn"], WEEK)}
        assert {name: (len(row.call_ids), row.least, row.most, row.newcomer) for name, row in frames.items()} == {
            "alice": (14, 2, 3, False), "amy": (14, 5, 10, True)
        }  # fmt: skip
        for name, row in frames.items():
            assert tuple(row.drawn) == draw(view.seed, name, row.call_ids, row.most)
        rows = session.scalars(select(Sample).order_by(Sample.agent_id, Sample.position)).all()
        assert [(row.position, row.must) for row in rows if row.agent.username == "alice"] == [
            (1, True), (2, True), (3, False)
        ]  # fmt: skip
        assert len(rows) == 13
        assert all(one.holds and not one.since and not one.gone
                   for one in sampling_draws.again(session, people["quinn"], WEEK, zone=ZONE))  # fmt: skip
    with database.write() as session:
        late = call_of(session, "alice", 9004, MONDAY + timedelta(hours=1))
        gone = frames["amy"].call_ids[0]
        session.execute(update(Recording).where(Recording.call_id == gone).values(state="purged"))
    with database.read() as session:
        again = {one.agent: one for one in sampling_draws.again(session, people["quinn"], WEEK, zone=ZONE)}
    assert all(one.holds for one in again.values())
    assert (again["alice"].since, again["amy"].gone) == ((late,), (gone,))
    nothing_can_change_it(database)


def nothing_can_change_it(database: Database) -> None:  # noqa: F811
    for statement in (
        update(SamplingFrame).values(drawn=[]), delete(SampleEvent), update(CallRisk).values(chosen=False)
    ):  # fmt: skip
        with database.write() as session:
            session.add(CallRisk(call_id=session.scalars(select(Call.call_id)).first() or "", agent_id=1, week="x",
                                 rule="x", found_at=MONDAY, evidence={}, percent=1, chosen=True))  # fmt: skip
            session.flush()
            with pytest.raises(DatabaseError):
                session.execute(statement)
            session.rollback()


def test_a_long_stop_loses_no_week(database: Database, people: People) -> None:  # noqa: F811
    fill(database, 3)
    tick(database, DRAWN_AT + timedelta(days=15))
    with database.read() as session:
        drawn = {row.week: row.drawn_at is not None for row in session.scalars(select(SamplingWeek))}
    assert drawn == {
        "2026-W46": True, "2026-W47": True, "2026-W48": True, "2026-W49": True, "2026-W50": False, "2026-W51": False
    }  # fmt: skip


def test_claims_have_a_limit_and_lapse(database: Database, people: People) -> None:  # noqa: F811
    fill(database, 8)
    tick(database, DRAWN_AT)
    now = DRAWN_AT + timedelta(hours=2)
    with database.write() as session:
        first = sampling.claim_next(session, people["quinn"], now=now)
        assert first is not None
        assert first.sample.must
        assert sampling.claim_next(session, people["quinn"], now=now).evaluation_id == first.evaluation_id
        with pytest.raises(ConflictError):
            sampling.claim(session, people["quentin"], first.sample.id, now=now)
    with database.write() as session:
        rest = sampling.waiting(session, people["quinn"])
        for row in rest[: DEFAULT_PLAN.claims - 1]:
            sampling.claim(session, people["quinn"], row.id, now=now)
        with pytest.raises(ConflictError, match="5 calls"):
            sampling.claim(session, people["quinn"], rest[DEFAULT_PLAN.claims].id, now=now)
        sampling.release(session, people["quinn"], rest[0].id, why="a fire alarm", now=now)
        assert sampling.claim(session, people["quentin"], rest[0].id, now=now).evaluation_id
        with pytest.raises(NotFoundError):
            sampling.release(session, people["quinn"], rest[0].id, now=now)
        back = sampling.claim(session, people["quinn"], rest[1].id, now=now)
        sampling.release_evaluation(session, people["quinn"], back.evaluation_id, why="noise", now=now)
        assert samples.record(session, rest[1].id)[-1].event == "released"
        assert session.get_one(Evaluation, back.evaluation_id).state == State.RELEASED
    with database.write() as session:
        row = session.get_one(Evaluation, first.evaluation_id)
        evaluations.save(session, people["quinn"], row.id, evaluations.Sheet(good="calm"), version=row.version,
                         now=now + timedelta(hours=20))  # fmt: skip
    tick(database, now + timedelta(hours=25))
    with database.read() as session:
        kept = session.get_one(Sample, first.sample.id)
        assert (kept.state, kept.expires_at) == ("claimed", now + timedelta(hours=44))  # he worked on it
        assert [one.id for one in sampling.claims(session, people["quinn"])] == [kept.id]
        assert sampling.claims(session, people["quentin"]) == []
        told = session.scalars(select(Notice).where(Notice.user_id == people["quentin"].user_id).order_by(Notice.id))
        assert [(one.kind, one.params.get("path")) for one in told][-1] == (
            "claim_lapsed", f"/sampling/{rest[0].id}"
        )  # fmt: skip
        lapsed = session.get_one(Sample, rest[0].id)
        assert [one.event for one in samples.record(session, lapsed.id)] == [
            "made", "claimed", "released", "claimed", "lapsed"
        ]  # fmt: skip
    tick(database, now + timedelta(hours=45))
    with database.read() as session:
        assert session.get_one(Evaluation, first.evaluation_id).state == State.RELEASED
        assert session.get_one(Evaluation, first.evaluation_id).good == "calm"


def test_what_is_handed_in_is_scored_and_nobody_gets_his_own_line(database: Database, people: People) -> None:  # noqa: F811
    fill(database, 4)
    tick(database, DRAWN_AT)
    with database.write() as session:
        row = sampling.waiting(session, people["quinn"])[0]
        evaluation = evaluations.claim(session, people["quentin"], row.call_id, agent=row.agent.username, now=DRAWN_AT)
        assert row.id not in {one.id for one in sampling.waiting(session, people["quinn"])}
        evaluations.submit(session, people["quentin"], evaluation, version=1, now=DRAWN_AT)
    tick(database, DRAWN_AT + timedelta(minutes=1))
    with database.read() as session:
        done = session.get_one(Sample, row.id)
        assert (done.state, done.evaluation_id) == ("scored", evaluation)
        assert done.claimed_by_id == people["quentin"].user_id
    nobody_gets_his_own_line(database, people)


def nobody_gets_his_own_line(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        section = session.scalars(select(Department).where(Department.code == "service_section_1")).one()
        for name in ("quinn", "amy"):
            session.add(DepartmentMember(user_id=people[name].user_id, department_id=section.id, post="member"))
    with database.write() as session:
        for actor, agents in ((people["quinn"], {"alice"}), (people["quentin"], {"alice", "amy"})):
            assert {row.agent.username for row in sampling.waiting(session, actor)} == agents
        his = next(row for row in sampling.waiting(session, people["quentin"]) if row.agent.username == "amy")
        with pytest.raises(ForbiddenError):
            sampling.claim(session, people["quinn"], his.id, now=DRAWN_AT)
        with pytest.raises(ForbiddenError):
            sampling.waiting(session, people["sam"])


def test_what_cannot_be_scored_is_replaced_from_the_same_draw(database: Database, people: People) -> None:  # noqa: F811
    fill(database)
    tick(database, DRAWN_AT)
    with database.write() as session:
        alice = [row for row in sampling.waiting(session, people["quinn"], agent="alice") if row.position == 1]
        sampling.claim(session, people["quinn"], alice[0].id, now=DRAWN_AT)
        with pytest.raises(InvalidInputError):
            sampling.excuse(session, people["quinn"], alice[0].id, sampling.Excuse.OTHER, " ", zone=ZONE, now=DRAWN_AT)
        instead = sampling.excuse(
            session, people["quinn"], alice[0].id, sampling.Excuse.UNHEARD, "hum", zone=ZONE, now=DRAWN_AT
        )
        assert instead is not None
        frame = session.scalars(
            select(SamplingFrame).where(SamplingFrame.agent == "alice", SamplingFrame.week == str(WEEK))
        ).one()
        seed = sampling_draws.one_week(session, WEEK, zone=ZONE).seed
        assert instead.call_id == draw(seed or "", "alice", frame.call_ids, 4)[3]
        assert (instead.position, instead.must) == (4, True)


def test_complaints_low_surveys_and_repeats_need_no_words(database: Database, people: People) -> None:  # noqa: F811
    at = MONDAY + timedelta(days=1)
    with database.write() as session:
        complained = call_of(session, "alice", 1, at)
        ticket = Ticket(number="2611170100001", kind="complaint", status="registered", priority="P2", channel="phone",
                        received_at=at, flags=[], text="x", language="zh")  # fmt: skip
        session.add(ticket)
        session.flush()
        session.execute(ticket_calls.insert().values(ticket_id=ticket.id, call_id=complained))
        again = [call_of(session, "amy", 10 + n, at + timedelta(hours=n), key="~key") for n in range(4)]
        low = call_of(session, "alice", 50, at)
        for score, whose in ((2, "alice"), (3, "amy")):
            session.add(Survey(way="menu", unique_key=whose, call_id=low, user_id=people[whose].user_id, language="zh",
                               offered_at=at, answered_at=at, score=score))  # fmt: skip
        every = Plan(repeat_percent=100).to_document()
        session.add(SamplingPlan(version=1, made_at=MONDAY, made_by="test", reason="test", document=every))
    for _again in range(2):
        tick(database, at + timedelta(hours=6))
    with database.read() as session:
        found = {(row.call_id, row.rule): row for row in session.scalars(select(CallRisk))}
        assert set(found) == {
            (complained, "complaint"),
            (low, "low_survey"),
            (again[2], "repeat"),
            (again[3], "repeat"),
        }
        assert found[again[3], "repeat"].evidence == {"times": 4, "hours": 72}
        rows = {row.call_id: row for row in session.scalars(select(Sample))}
        assert rows[complained].reasons == ["complaint"]
        assert rows[complained].urgency < rows[again[2]].urgency
        assert session.scalars(select(SampleEvent).where(SampleEvent.event != "made")).all() == []


def test_a_look_at_a_call(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        name = call_of(session, "alice", 1, said=TALK)
        session.add(CallEventRow(call_id=name, source="ivr", seq=1, at=MONDAY, event="notice_played", fields={}))
    for _again in range(2):
        with database.write() as session:
            count = quality_looks.look(session, name, zone=ZONE, now=DRAWN_AT)
    with database.read() as session:
        rows = quality_candidates.of_call(session, name, people["alice"].user_id or 0)
        assert len(rows) == count
        found = {(row.code, row.finding): row for row in rows}
        assert rows[0].finding == "fatal"
        assert {("X04", "fatal"), ("A1", "missed"), ("A2", "met"), ("B2", "missed"), ("B5", "missed")} <= set(found)
        assert found["X04", "fatal"].spans[0]["from_ms"] >= 18000
        look = session.scalars(select(QualityLook)).one()
        assert look.longest_silence_ms == 26000
        risks = {row.rule: row for row in session.scalars(select(CallRisk))}
        assert {"fatal", "words", "silence"} == set(risks)
        assert risks["words"].evidence == {"words": ["投诉", "监管"]}
        (sample,) = session.scalars(select(Sample))
        assert sample.reasons[0] == Reason.FATAL
    return_to = quality_candidates.CONFIRMED
    with database.write() as session:
        fatal = quality_candidates.fatal_ones(session, people["quinn"])[0]
        with pytest.raises(ForbiddenError):
            quality_candidates.decide(session, people["sam"], fatal.id, confirmed=True, now=DRAWN_AT)
        quality_candidates.decide(session, people["quinn"], fatal.id, confirmed=True, note="clear", now=DRAWN_AT)
        recording = session.scalars(select(Recording.id)).one()
        transcribe(
            session, recording, [(side, a, b, text) for side, a, b, text in TALK if "登记" in text or side == "caller"]
        )
    with database.write() as session:
        quality_looks.look(session, name, zone=ZONE, now=DRAWN_AT)
    with database.read() as session:
        rows = quality_candidates.of_call(session, name, people["alice"].user_id or 0)
        kept = next(row for row in rows if row.code == "X04")
        assert (kept.state, kept.note, kept.id) == (return_to, "clear", fatal.id)
        gone = session.scalars(select(QualityCandidate).where(QualityCandidate.state == "superseded")).all()
        assert "B5" in {row.code for row in gone}
        told = {(one.code, one.finding): one for one in quality_candidates.records(session, MONDAY)}
        assert told["X04", "fatal"].precision == 100
        assert told["A1", "missed"].precision is None


def test_plans_have_versions_and_reasons(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        quinn = people["quinn"]
        assert sampling_plans.save(session, quinn, Plan(veteran_most=4), "more", seen=0, now=DRAWN_AT) == 1
        assert sampling_plans.current(session).veteran_most == 4
        for actor, plan, reason, seen, error in (
            (people["sam"], DEFAULT_PLAN, "x", 1, ForbiddenError), (quinn, DEFAULT_PLAN, " ", 1, InvalidInputError),
            (quinn, DEFAULT_PLAN, "x", 0, ConflictError), (quinn, Plan(veteran_least=9), "x", 1, BadPlanError),
        ):  # fmt: skip
            with pytest.raises(error):
                sampling_plans.save(session, actor, plan, reason, seen=seen, now=DRAWN_AT)
        sampling_plans.set_start(
            session, quinn, people["alice"].user_id or 0, MONDAY.date(), today=MONDAY.date(), now=DRAWN_AT
        )
        known = {user.id: user for user in session.scalars(select(User))}
        assert sampling_plans.starts(session, known, ZONE)[people["alice"].user_id or 0] == MONDAY.date()


def test_a_person_asks_for_a_call_and_a_transcript_for_a_look(database: Database, people: People) -> None:  # noqa: F811
    with database.write() as session:
        name = call_of(session, "alice", 1)
        (made,) = sampling.ask(session, people["quinn"], name, "", "a manager heard of it", zone=ZONE, now=DRAWN_AT)
        assert made.reasons == [Reason.ASKED]
        for actor, call, agent, error in (
            (people["sam"], name, "", ForbiddenError), (people["quinn"], "none", "", NotFoundError),
            (people["quinn"], name, "amy", InvalidInputError),
        ):  # fmt: skip
            with pytest.raises(error):
                sampling.ask(session, actor, call, agent, "why", zone=ZONE, now=DRAWN_AT)
    with database.write() as session:
        name = call_of(session, "alice", 2, said=TALK)
        recording = session.scalars(select(Recording.id).where(Recording.call_id == name)).one()
        for _again in range(2):
            quality_looks.ask(session, recording, 7, DRAWN_AT)
        assert [job.payload for job in session.scalars(select(Job).where(Job.kind == "look_at_call"))] == [
            {"call_id": name}
        ]  # fmt: skip
