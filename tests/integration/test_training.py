"""Training on both databases: tests by the server's clock, marked by rule and by a person; courses, plans, drills."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm.db.announcements import AnnouncementReader
from crm.db.casefile import Notice
from crm.db.courses import TrainingAssignment
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.db.session import Database
from crm.db.training import ExamAttempt
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.exams import Draw, draw_sheet, places_to_rows
from crm.domain.kpi_facts import Fact, Period
from crm.domain.questions import QuestionKind, QuestionText, Topic, Wording
from crm.domain.training import AssignedKind, CourseMode, CourseState, Plan, PlanKind, PlanState, PlanStep, Source
from crm.jobs import training as jobs
from crm.services import (
    announcements,
    assignments,
    audit,
    courses,
    drills,
    evaluations,
    exam_marking,
    exam_papers,
    exams,
    kpi_source_exams,
    question_bank,
    training_plans,
    users,
)
from crm.services.announcements import Posting
from crm.services.assignments import Wanted
from crm.services.courses import CourseText
from crm.services.drills import ScenarioText
from crm.services.exam_marking import Mark
from crm.services.exam_papers import PaperText
from tests.call_work import NOW, ZONE, People, people  # noqa: F401
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401

pytestmark = pytest.mark.integration
TODAY = NOW.astimezone(ZONE).date()
SOON = TODAY + timedelta(days=10)


def question(kind: QuestionKind, right: set[int], points: int = 2, topic: Topic = Topic.LAW) -> QuestionText:
    options = ("甲", "乙", "丙") if kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE} else ()
    wording = {one: Wording(f"{kind} {one}?", options, "because", "the law") for one in ("zh", "en")}
    return QuestionText(kind, topic, 1, points, wording, frozenset(right))


def fill_bank(session: Any, tess: Actor) -> list[int]:
    """A single choice, a multiple one, true or false, and one in words: 2 + 4 + 2 + 2 points."""
    every = (
        question(QuestionKind.SINGLE, {1}), question(QuestionKind.MULTIPLE, {0, 2}, 4),
        question(QuestionKind.TRUE_FALSE, {0}), question(QuestionKind.SHORT, set()),
    )  # fmt: skip
    return [question_bank.write(session, tess, one, now=NOW) for one in every]


def open_paper(session: Any, tess: Actor, questions: list[int], **more: Any) -> int:
    text = PaperText("合规测验", "Compliance test", 30, 60, half_for_part=True, questions=tuple(questions), **more)
    paper = exam_papers.write(session, tess, text, now=NOW)
    exam_papers.move(session, tess, paper, "open", version=1, now=NOW)
    return paper


def assign(session: Any, tess: Actor, who: Actor, kind: AssignedKind, id_: int) -> int:
    assert who.user_id is not None
    made = assignments.assign(session, tess, who.user_id, Wanted(kind, id_, SOON), today=TODAY, now=NOW)
    assert made is not None
    return made


def answer(session: Any, who: Actor, attempt: int, answers: dict[int, Any], at: datetime = NOW) -> None:
    """Answers by the number of the question."""
    for one in exams.own_sheet(session, who, attempt, language="zh", now=at).questions:
        row = session.get_one(ExamAttempt, attempt)
        given = answers.get(row.sheet[one.position - 1][0])
        if given is not None:
            chosen, text = ([], given) if isinstance(given, str) else (given, "")
            exams.save(session, who, attempt, one.position, chosen=chosen, text=text, now=at)


def test_a_test_is_sat_once_marked_and_counted(database: Database, people: People) -> None:  # noqa: F811
    alice, tess, sam = people["alice"], people["tess"], people["sam"]
    with database.write() as session:
        ids = fill_bank(session, tess)
        paper = open_paper(session, tess, ids)
        with pytest.raises(IllegalMoveError, match="not given"):
            exams.begin(session, alice, paper, now=NOW)
        assign(session, tess, alice, AssignedKind.EXAM, paper)
        attempt = exams.begin(session, alice, paper, now=NOW)
        assert exams.begin(session, alice, paper, now=NOW + timedelta(minutes=5)) == attempt, "a reload goes on"
        with pytest.raises(IllegalMoveError, match="stays as it is"):
            exam_papers.write(
                session, tess, PaperText("x", "x", 9, 60, questions=(1,)), now=NOW, paper_id=paper, version=2
            )
        answer(session, alice, attempt, {ids[0]: [0], ids[1]: [0], ids[2]: [0], ids[3]: "按法规答复"})
        answer(session, alice, attempt, {ids[0]: [1]}, NOW + timedelta(minutes=29))
        for position, chosen in ((9, [0]), (1, [7])):
            with pytest.raises((NotFoundError, InvalidInputError)):
                exams.save(session, alice, attempt, position, chosen=chosen, text="", now=NOW)
        with pytest.raises(NotFoundError):
            exams.own_sheet(session, people["amy"], attempt, language="zh", now=NOW)
        running = exams.own_sheet(session, alice, attempt, language="en", now=NOW)
        assert all(one.right is None and not one.model for one in running.questions), "nothing is told beforehand"
        exams.submit(session, alice, attempt, now=NOW + timedelta(minutes=20))
        exams.submit(session, alice, attempt, now=NOW + timedelta(minutes=21))
        (waits,) = exam_marking.waiting(session, tess)
        sheet = exam_marking.to_mark(session, tess, attempt, language="zh")
        place = next(one.position for one in sheet.questions if one.kind == "short")
        with pytest.raises(InvalidInputError):
            exam_marking.mark(session, tess, attempt, [Mark(place, 21)], version=sheet.version, now=NOW)
        with pytest.raises(ForbiddenError):
            exam_marking.waiting(session, sam)
        assert exam_marking.mark(session, tess, attempt, [Mark(place, 15, "good")], version=sheet.version, now=NOW)
        with pytest.raises(ConflictError):
            exam_marking.mark(session, tess, attempt, [Mark(place, 20)], version=sheet.version, now=NOW)
        done = exams.own_sheet(session, alice, attempt, language="zh", now=NOW)
        assert (done.tenths, done.of_tenths, done.passed) == (20 + 20 + 20 + 15, 100, True)
        assert waits.id == attempt
        with pytest.raises(IllegalMoveError, match="every attempt"):
            exams.begin(session, alice, paper, now=NOW)
        (given,) = assignments.mine(session, alice, today=TODAY)
        assert (given.state, given.outcome) == ("done", "passed")
        (fact,) = kpi_source_exams.facts(session, Period(TODAY, TODAY, ZONE, NOW))
        assert (dict(fact.counts), fact.behind) == ({Fact.EXAMS: 1, Fact.EXAM_TENTHS: 750}, f"exam:{attempt}")
        kept = session.get_one(ExamAttempt, attempt)
        again = draw_sheet(kept.seed, question_bank.asked(session), ids, ())
        assert places_to_rows(again) == kept.sheet, "the kept seed gives the same sheet to whoever draws again"
        assert question_bank.get(session, tess, ids[0]).answered == 1
    with database.read() as session:
        assert audit.verify(session).broken is None


def test_the_servers_clock_takes_a_sheet_in(database: Database, people: People) -> None:  # noqa: F811
    alice, tess = people["alice"], people["tess"]
    over = NOW + timedelta(minutes=30)
    with database.write() as session:
        ids = fill_bank(session, tess)[:3]
        paper = open_paper(session, tess, ids, counts=False, attempts=2)
        attempt = exams.begin(session, alice, paper, now=NOW)
        answer(session, alice, attempt, {ids[2]: [0]})
    jobs.run(database, ZONE, over - timedelta(seconds=1))
    with database.write() as session:
        assert exams.own_sheet(session, alice, attempt, language="zh", now=NOW).state == "running"
        with pytest.raises(IllegalMoveError, match="over"):
            exams.save(session, alice, attempt, 1, chosen=[0], text="", now=over)
    jobs.run(database, ZONE, over + timedelta(hours=3))
    jobs.run(database, ZONE, over + timedelta(hours=4))
    with database.write() as session:
        done = exams.own_sheet(session, alice, attempt, language="zh", now=over)
        assert (done.state, done.ended_by, done.submitted_at) == ("marked", "time", over)
        assert (done.tenths, done.of_tenths, done.passed) == (20, 80, False)
        again = exams.begin(session, alice, paper, now=over)
        assert again != attempt
        assert list(kpi_source_exams.facts(session, Period(TODAY, TODAY, ZONE, NOW))) == [], "a trial counts nowhere"


def test_questions_have_versions_and_papers_ask_for_what_there_is(database: Database, people: People) -> None:  # noqa: F811
    tess = people["tess"]
    with database.write() as session:
        ids = fill_bank(session, tess)
        second = question(QuestionKind.SINGLE, {2})
        question_bank.write(session, tess, second, now=NOW, question_id=ids[0], version=1)
        with pytest.raises(ConflictError):
            question_bank.write(session, tess, second, now=NOW, question_id=ids[0], version=1)
        assert [one.version for one in question_bank.versions(session, tess, ids[0])] == [2, 1]
        with pytest.raises(InvalidInputError):
            question_bank.write(session, tess, replace(second, points=0), now=NOW)
        with pytest.raises(ForbiddenError):
            question_bank.write(session, people["sam"], second, now=NOW)
        question_bank.set_state(session, tess, ids[3], active=False, now=NOW)
        assert {one.id for one in question_bank.bank(session, tess)} == set(ids[:3])
        assert [one.id for one in question_bank.bank(session, tess, kind="multiple")] == [ids[1]]
        good = PaperText("测验", "Test", 10, 60, draws=(Draw("law", 0, "", 3),))
        for wrong in (
            {"minutes": 0}, {"pass_percent": 101}, {"draws": ()}, {"questions": (ids[3],)}, {"title_en": " "},
            {"draws": (Draw("law", 0, "", 4),)}, {"draws": (Draw("poetry", 0, "", 1),)}, {"attempts": 11},
        ):  # fmt: skip
            with pytest.raises(InvalidInputError):
                exam_papers.write(session, tess, replace(good, **wrong), now=NOW)
        paper = exam_papers.write(session, tess, replace(good, counts=False), now=NOW)
        exam_papers.move(session, tess, paper, "open", version=1, now=NOW)
        question_bank.set_state(session, tess, ids[0], active=False, now=NOW)
        with pytest.raises(IllegalMoveError, match="too few questions"):
            exams.begin(session, people["alice"], paper, now=NOW)


def course(mode: CourseMode, paper: int | None = None, **more: Any) -> CourseText:
    return CourseText(
        "客户心理", "Customer psychology", mode, Topic.PSYCHOLOGY, 60, "读", "read", paper_id=paper, **more
    )


def test_a_course_is_read_or_sat_and_ends_with_its_test(database: Database, people: People) -> None:  # noqa: F811
    alice, amy, tess = people["alice"], people["amy"], people["tess"]
    with database.write() as session:
        ids = fill_bank(session, tess)[2:3]
        paper = open_paper(session, tess, ids)
        with pytest.raises(InvalidInputError, match="case"):
            courses.write(session, tess, course(CourseMode.CASE_STUDY), now=NOW)
        made = courses.write(session, tess, course(CourseMode.ONLINE, paper, slugs=("limits",)), now=NOW)
        courses.set_state(session, tess, made, CourseState.OPEN, version=1, now=NOW)
        assign(session, tess, alice, AssignedKind.COURSE, made)
        row = assignments.opened(session, alice, made, now=NOW)
        assert row is not None
        assignments.has_read(session, alice, made, version=row.version, now=NOW)
        assert assignments.mine(session, alice, today=TODAY)[0].state == "open", "its test is still to be passed"
        attempt = exams.begin(session, alice, paper, now=NOW)
        answer(session, alice, attempt, {ids[0]: [0]})
        exams.submit(session, alice, attempt, now=NOW)
        done = assignments.mine(session, alice, today=TODAY)[0]
        assert (done.state, done.outcome) == ("done", "passed")
        klass = courses.write(session, tess, course(CourseMode.CLASS), now=NOW)
        courses.set_state(session, tess, klass, CourseState.OPEN, version=1, now=NOW)
        at = {"starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=1, hours=2)}
        sitting = courses.plan_sitting(session, tess, klass, **at, place="301", trainer="Tess", seats=1, now=NOW)
        with pytest.raises(IllegalMoveError, match="no such course"):
            courses.book(session, amy, sitting, booked=True, now=NOW)
        for one in (alice, amy):
            assign(session, tess, one, AssignedKind.COURSE, klass)
        courses.book(session, amy, sitting, booked=True, now=NOW)
        with pytest.raises(IllegalMoveError, match="full"):
            courses.book(session, alice, sitting, booked=True, now=NOW)
        with pytest.raises(IllegalMoveError):
            courses.hold(session, tess, sitting, [amy.user_id or 0], now=NOW)
        courses.hold(session, tess, sitting, [alice.user_id or 0], now=NOW + timedelta(days=2))
        (view,) = courses.sittings(session, klass)
        assert [(name, state) for _, name, state in view.people] == [("alice", "came"), ("amy", "absent")]
        states = {
            one.username: one.state
            for one in assignments.of_people(session, tess, today=TODAY)
            if one.thing_id == klass
        }
        assert states == {"alice": "done", "amy": "open"}


def test_plans_give_each_step_once_and_people_are_reminded(database: Database, people: People) -> None:  # noqa: F811
    tess = people["tess"]
    with database.write() as session:
        made = courses.write(session, tess, course(CourseMode.ONLINE), now=NOW)
        courses.set_state(session, tess, made, CourseState.OPEN, version=1, now=NOW)
        steps = (PlanStep(AssignedKind.COURSE, made, 7),)
        plan = Plan(0, PlanKind.INDUCTION, frozenset({"A1"}), steps, TODAY)
        number = training_plans.write(session, tess, plan, ("入职", "Induction"), now=NOW)
        training_plans.set_state(session, tess, number, PlanState.ACTIVE, version=1, now=NOW)
        with pytest.raises(InvalidInputError):
            training_plans.write(session, tess, replace(plan, steps=()), ("入职", "Induction"), now=NOW)
    for hours in (0, 1, 24, 6 * 24, 8 * 24):
        jobs.run(database, ZONE, NOW + timedelta(hours=hours))
    with database.read() as session:
        rows = session.execute(
            select(User.username, TrainingAssignment.due_on).join(User, User.id == TrainingAssignment.user_id)
        ).all()
        assert {tuple(row) for row in rows} == {(name, TODAY + timedelta(days=7)) for name in ("alice", "amy")}
        kinds = session.scalars(select(Notice.kind).join(User, User.id == Notice.user_id).where(User.username == "amy"))
        assert list(kinds) == ["training_assigned", "training_due"]
        late = assignments.of_people(session, tess, today=TODAY + timedelta(days=8), late=True)
        assert {one.username for one in late} == {"alice", "amy"}
        with pytest.raises(ForbiddenError):
            assignments.of_people(session, people["alice"], today=TODAY)


def test_a_drill_is_played_and_scored_on_the_card(database: Database, people: People) -> None:  # noqa: F811
    alice, tess = people["alice"], people["tess"]
    with database.write() as session:
        quinn = users.actor_of(
            users.create_user(
                session, username="quinn", roles=frozenset({Role.QA}), password_hash=None, by="t", now=NOW
            )
        )
        text = ScenarioText(
            "盗刷来电", "A stolen card", Topic.CRISIS, "接起来电", "Answer", "您很着急", "You are upset"
        )
        scenario = drills.write_scenario(session, tess, text, now=NOW)
        given = assign(session, tess, alice, AssignedKind.DRILL, scenario)
        drill = drills.plan(session, tess, scenario, alice.user_id or 0, planned_at=NOW, caller="Sam", now=NOW)
        with pytest.raises(IllegalMoveError, match="played"):
            drills.score(session, quinn, drill, now=NOW)
        drills.held(session, tess, drill, call_id=None, note="calm", version=1, now=NOW)
        with pytest.raises(ForbiddenError):
            drills.score(session, tess, drill, now=NOW)
        made = drills.score(session, quinn, drill, now=NOW)
        assert drills.score(session, quinn, drill, now=NOW) == made
        row = session.get_one(Evaluation, made)
        found = evaluations.submit(session, quinn, made, version=row.version, now=NOW)
        assert not found.official, "a drill counts nowhere"
        assert drills.follow(session, now=NOW) == 1
        (one,) = drills.drills(session, alice, mine=True)
        assert (one.state, one.score) == ("scored", found.score)
        assert session.get_one(TrainingAssignment, given).outcome == "scored"


def test_an_announcement_is_read_and_confirmed(database: Database, people: People) -> None:  # noqa: F811
    alice, amy, sam = people["alice"], people["amy"], people["sam"]
    posting = Posting(
        "notice", "新流程", "见知识库", frozenset({"A1"}), confirm_by=TODAY + timedelta(days=1), slug="limits"
    )
    with database.write() as session:
        with pytest.raises(ForbiddenError):
            announcements.post(session, alice, posting, today=TODAY, now=NOW)
        made = announcements.post(session, sam, posting, today=TODAY, now=NOW)
        with pytest.raises(NotFoundError):
            announcements.show(session, Actor("x", frozenset({Role.A2}), 99), made, now=NOW)
        announcements.show(session, amy, made, now=NOW)
        announcements.confirm(session, alice, made, now=NOW)
        announcements.confirm(session, alice, made, now=NOW + timedelta(hours=1))
        read = {one.username: (one.seen_at, one.confirmed_at) for one in announcements.readers(session, sam, made)}
        assert read == {"alice": (NOW, NOW), "amy": (NOW, None)}
        new = users.create_user(
            session, username="new", roles=frozenset({Role.A1}), password_hash=None, by="t", now=NOW
        )
        assert announcements.follow(session, today=TODAY, now=NOW) == 0
        assert session.get(AnnouncementReader, (made, new.id)) is not None, "who comes later is told, too"
        later = TODAY + timedelta(days=1)
        assert announcements.follow(session, today=later, now=NOW) == 2
        assert announcements.follow(session, today=later, now=NOW) == 0
        meeting = replace(
            posting,
            kind="meeting",
            confirm_by=None,
            starts_at=NOW + timedelta(hours=1),
            ends_at=NOW + timedelta(hours=2),
        )
        for wrong in (
            {"starts_at": None},
            {"roles": frozenset({"A9"})},
            {"slug": "none"},
            {"title": ""},
            {"kind": "x"},
        ):
            with pytest.raises(InvalidInputError):
                announcements.post(session, sam, replace(meeting, **wrong), today=TODAY, now=NOW)
        met = announcements.post(session, sam, meeting, today=TODAY, now=NOW)
        with pytest.raises(IllegalMoveError):
            announcements.keep_minutes(session, sam, met, "agreed", [], version=1, now=NOW)
        after = NOW + timedelta(hours=3)
        announcements.keep_minutes(session, sam, met, "agreed", [alice.user_id or 0], version=1, now=after)
        assert {one.username: one.came for one in announcements.readers(session, sam, met)} == {
            "alice": True, "amy": False, "new": False,
        }  # fmt: skip
        announcements.withdraw(session, sam, made, version=1, now=after)
        assert [one.id for one in announcements.board(session, alice)] == [met]


def test_who_leads_a_section_gives_and_sees_within_it(database: Database, people: People) -> None:  # noqa: F811
    """Nobody is in a section here: Sam leads everybody; what is given twice is given once."""
    alice, sam, tess = people["alice"], people["sam"], people["tess"]
    with database.write() as session:
        made = courses.write(session, tess, course(CourseMode.ONLINE), now=NOW)
        courses.set_state(session, tess, made, CourseState.OPEN, version=1, now=NOW)
        wanted = Wanted(AssignedKind.COURSE, made, SOON, Source.COACHING, 7)
        first = assignments.assign(session, sam, alice.user_id or 0, wanted, today=TODAY, now=NOW)
        assert first is not None
        assert assignments.assign(session, sam, alice.user_id or 0, wanted, today=TODAY, now=NOW) is None
        for who, wrong in (
            (alice, wanted),
            (sam, replace(wanted, due_on=date(2020, 1, 1))),
            (sam, replace(wanted, id=99)),
        ):
            with pytest.raises((ForbiddenError, InvalidInputError)):
                assignments.assign(session, who, alice.user_id or 0, wrong, today=TODAY, now=NOW)
        assert [one.id for one in assignments.from_source(session, Source.COACHING, 7, today=TODAY)] == [first]
        assignments.cancel(session, sam, first, "not needed", now=NOW)
        with pytest.raises(IllegalMoveError):
            assignments.cancel(session, sam, first, "again", now=NOW)
        assert assignments.overview(session, sam, today=TODAY) == (("alice", 0, 0, 0),)
