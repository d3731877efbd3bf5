"""Roster, swaps, leave, clock, attendance, staffing and hand-overs on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from crm.db.casefile import Notice
from crm.db.contact_centre import AgentState, CallLeg, QueueVisit, RoutingVersion, WrapUp
from crm.db.departments import Department, DepartmentMember
from crm.db.models import Call
from crm.db.session import Database
from crm.db.shifts import AttendanceDay, ClockEvent, Shift, ShiftEvent, ShiftPattern
from crm.domain.access import Actor, Role
from crm.domain.adherence import Verdict
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.kpi_facts import Fact, Period
from crm.domain.rosters import Trouble
from crm.domain.shifts import Activity, Break, Kind, KindFault, Span
from crm.jobs import shifts as jobs
from crm.services import (
    attendance,
    audit,
    clocking,
    handovers,
    kpi_source_shifts,
    leaves,
    roster_checks,
    rosters,
    shift_kinds,
    shift_people,
    shift_swaps,
    staffing,
    users,
)
from crm.services.handovers import NewItem
from crm.services.leaves import LeaveForm
from crm.services.rosters import BlockedRosterError, Fill, ReasonNeededError
from crm.services.shift_kinds import BadKindError, KindForm
from crm.services.staffing import Question
from ivr.routing_plan import Member, Plan, Queue
from tests.call_work import CENTRE, ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration
MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
CAST = {"alice": Role.A1, "amy": Role.A1, "bob": Role.A2, "olga": Role.A1, "sam": Role.SM, "wilma": Role.WF,
        "quinn": Role.QA}  # fmt: skip
House = dict[str, Actor]
State = tuple[str, float, float] | tuple[str, float, float, str]


def at(hour: float, day: int = 0) -> datetime:
    return datetime(2026, 11, 23, tzinfo=ZONE) + timedelta(days=day, hours=hour)


@pytest.fixture
def house(database: Database) -> House:  # noqa: F811
    """Sam leads alice, amy and bob; olga is in another section; wilma plans for everybody."""
    with database.write() as session:
        cast = {
            name: users.actor_of(users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW,
            ))
            for name, role in CAST.items()
        }  # fmt: skip
        sections = {row.code: row.id for row in session.scalars(select(Department))}
        for name in ("alice", "amy", "bob", "sam"):
            session.add(DepartmentMember(user_id=cast[name].user_id, department_id=sections["service_section_1"]))
        session.add(DepartmentMember(user_id=cast["olga"].user_id, department_id=sections["service_section_2"]))
    return cast


def pattern_id(session: Session, title: str) -> int:
    return session.scalars(select(ShiftPattern.id).where(ShiftPattern.title_zh == title)).one()


def give(session: Session, house: House, name: str, day: int, code: str, *, published: bool = True) -> Shift:
    made = rosters.assign(
        session, house["wilma"], house[name].user_id or 0, MONDAY + timedelta(days=day), code, centre=CENTRE, now=NOW
    )
    if published:
        made.state, made.published_at = "published", NOW
    session.flush()
    return made


def done(
    session: Session, house: House, name: str, *rows: tuple[str, float, float] | tuple[str, float, float, str]
) -> None:
    for row in rows:
        session.add(AgentState(
            user_id=house[name].user_id, state=row[0], since=at(row[1]), until=at(row[2]),
            reason=row[3] if len(row) > 3 else "",
        ))  # fmt: skip
    session.flush()


def test_a_roster_is_planned_checked_and_published(database: Database, house: House) -> None:  # noqa: F811
    ids = [house[name].user_id or 0 for name in ("alice", "amy", "bob", "olga")]
    sunday = MONDAY + timedelta(days=6)
    with database.write() as session:
        teams = Fill(pattern_id(session, "四班三运转"), tuple(ids), MONDAY, sunday, step=2)
        filled = rosters.fill(session, house["wilma"], teams, centre=CENTRE, now=NOW)
        assert (filled.made, filled.left_out) == (21, 0)
        again = rosters.fill(session, house["wilma"], teams, centre=CENTRE, now=NOW)
        assert (again.made, again.left_out) == (0, 21)
        checked = roster_checks.check(session, MONDAY, sunday, CENTRE)
        night = Span(at(0), at(7))
        assert [(gap.span, gap.nobody) for gap in checked.gaps] == [(night, True)], "before the first shift begins"
        assert {gap.span.length for gap in checked.break_gaps} == {timedelta(minutes=15), timedelta(minutes=30)}
        with pytest.raises(ReasonNeededError):
            rosters.publish(session, house["wilma"], MONDAY, sunday, centre=CENTRE, now=NOW)
    with database.write() as session:
        done_ = rosters.publish(
            session, house["sam"], MONDAY, sunday, centre=CENTRE, now=NOW, reason="the first week: the night is served"
        )
        assert done_.people == 3, "sam publishes for his section only"
        rosters.publish(session, house["wilma"], MONDAY, sunday, centre=CENTRE, now=NOW, reason="the same")
        told = session.scalars(select(Notice.user_id).where(Notice.kind == "shifts")).all()
        assert sorted(told) == sorted(ids)
        event = rosters.publications(session)[0]
        assert event.detail["reason"] == "the same"
        assert [gap[4] for gap in event.detail["gaps"]] == [["least"]]
        with pytest.raises(ConflictError, match="nothing to publish"):
            rosters.publish(session, house["wilma"], MONDAY, sunday, centre=CENTRE, now=NOW)
    with database.read() as session:
        week = rosters.week(session, house["sam"], MONDAY, CENTRE)
        assert {one.username for one in week.people} == {"alice", "amy", "bob", "sam"}
        assert week.hours[ids[0]] == 48
        assert len(rosters.of_person(session, house["alice"], ids[0], MONDAY, sunday)) == 6
        with pytest.raises(NotFoundError):
            rosters.of_person(session, house["alice"], ids[1], MONDAY, sunday)
        assert audit.verify(session).broken is None


def test_queues_and_languages_that_nobody_serves_are_named(database: Database, house: House) -> None:  # noqa: F811
    plan = Plan(
        1, (Queue("cards", "cards", "用卡", "Cards"), Queue("loss", "loss", "挂失", "Loss")),
        (Member("alice", {"cards": 1, "loss": 1}), Member("amy", {"cards": 1}, ("zh",))),
    )  # fmt: skip
    with database.write() as session:
        session.add(RoutingVersion(version=1, made_at=NOW, made_by="test", document=plan.to_document()))
        for code in ("early", "late"):
            give(session, house, "amy", 0, code) if code == "early" else give(session, house, "alice", 0, code)
        found = roster_checks.check(session, MONDAY, MONDAY, CENTRE)
    assert [(gap.span, gap.keys) for gap in found.gaps] == [
        (Span(at(0), at(7)), ("cards/zh", "least")),
        (Span(at(0), at(15)), ("cards/en", "loss/en", "loss/zh")),
        (Span(at(23), at(24)), ("cards/en", "cards/zh", "least", "loss/en", "loss/zh")),
    ]


def test_a_shift_is_given_changed_and_taken_away(database: Database, house: House) -> None:  # noqa: F811
    alice = house["alice"].user_id or 0
    with database.write() as session:
        early = give(session, house, "alice", 0, "early")
        for bad, why in (
            (lambda: give(session, house, "alice", 0, "day"), "another shift"),
            (lambda: give(session, house, "alice", 0, "brunch"), "no such kind"),
            (lambda: give(session, house, "alice", -5, "early"), "over already"),
            (lambda: rosters.assign(session, house["sam"], house["olga"].user_id or 0, MONDAY, "early",
                                    centre=CENTRE, now=NOW), "no such person"),
            (lambda: rosters.assign(session, house["alice"], alice, MONDAY, "late", centre=CENTRE, now=NOW),
             "do not see"),
        ):  # fmt: skip
            with pytest.raises((ConflictError, InvalidInputError, NotFoundError, ForbiddenError), match=why):
                bad()  # type: ignore[no-untyped-call]  # lambdas of a table
        late = rosters.assign(
            session, house["sam"], alice, MONDAY, "late", centre=CENTRE, now=NOW, replaces=early.id, version=1
        )
        assert (late.state, early.state) == ("published", "cancelled")
        with pytest.raises(ConflictError, match="somebody else"):
            rosters.assign(session, house["sam"], alice, MONDAY, "night", centre=CENTRE, now=NOW, replaces=early.id)
        with pytest.raises(InvalidInputError, match="reason"):
            rosters.cancel(session, house["sam"], late.id, reason=" ", now=NOW)
        rosters.cancel(session, house["sam"], late.id, reason="course", now=NOW)
        events = [one.event for one in rosters.history(session, house["alice"], alice)]
        assert events == ["taken_away", "given", "replaced", "given"]
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text("UPDATE shift_events SET actor = 'nobody'"))


def test_a_kind_that_breaks_the_rules_of_breaks_is_refused(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        with pytest.raises(BadKindError) as caught:
            shift_kinds.save_kind(session, house["wilma"], KindForm(Kind("long", 480, 600), "长班", "Long"), now=NOW)
        assert caught.value.faults == (KindFault.NO_MEAL, KindFault.TOO_LONG_WITHOUT)
        breaks = (Break(Activity.MEAL, 200, 60), Break(Activity.REST, 400, 20))
        shift_kinds.save_kind(
            session, house["wilma"], KindForm(Kind("long", 480, 600, breaks), "长班", "Long"), now=NOW
        )
        with pytest.raises(InvalidInputError, match="no kind of shift: lunch"):
            shift_kinds.save_pattern(session, house["wilma"], None, "新", "New", ["long", "lunch", ""], now=NOW)
        shift_kinds.save_pattern(session, house["wilma"], None, "新", "New", ["long", "", ""], now=NOW)
        with pytest.raises(ForbiddenError):
            shift_kinds.save_pattern(session, house["alice"], None, "新", "New", ["long"], now=NOW)


def test_a_swap_needs_both_and_who_plans(database: Database, house: House) -> None:  # noqa: F811
    alice, amy = house["alice"].user_id or 0, house["amy"].user_id or 0
    with database.write() as session:
        mine, hers = give(session, house, "alice", 0, "early"), give(session, house, "amy", 1, "late")
        with pytest.raises(InvalidInputError, match="colleague"):
            shift_swaps.ask(session, house["alice"], mine.id, house["olga"].user_id or 0, now=NOW)
        swap = shift_swaps.ask(session, house["alice"], mine.id, amy, other_shift_id=hers.id, reason="exam", now=NOW)
        with pytest.raises(ConflictError, match="asked for already"):
            shift_swaps.ask(session, house["alice"], mine.id, house["bob"].user_id or 0, now=NOW)
        with pytest.raises(ConflictError):
            shift_swaps.decide(session, house["sam"], swap.id, approve=True, note="", now=NOW)
        with pytest.raises(NotFoundError):
            shift_swaps.answer(session, house["bob"], swap.id, agree=True, now=NOW)
        shift_swaps.answer(session, house["amy"], swap.id, agree=True, now=NOW)
        assert [one.id for one in shift_swaps.waiting(session, house["sam"])] == [swap.id]
        with pytest.raises(ForbiddenError, match="his own swap"):
            shift_swaps.decide(session, house["amy"], swap.id, approve=True, note="", now=NOW)
        shift_swaps.decide(session, house["sam"], swap.id, approve=True, note="", now=NOW)
    with database.read() as session:
        rows = session.scalars(select(Shift).where(Shift.state == "published").order_by(Shift.starts_at)).all()
        assert [(one.user_id, one.kind, one.day) for one in rows] == [
            (amy, "early", MONDAY), (alice, "late", MONDAY + timedelta(days=1)),
        ]  # fmt: skip


def test_a_swap_into_a_shift_of_ones_own_or_into_the_past_is_refused(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        mine = give(session, house, "alice", 0, "early")
        give(session, house, "amy", 0, "day")
        swap = shift_swaps.ask(session, house["alice"], mine.id, house["amy"].user_id or 0, now=NOW)
        shift_swaps.answer(session, house["amy"], swap.id, agree=True, now=NOW)
        assert Trouble.OVERLAP in {one.trouble for one in shift_swaps.after(session, swap)}
        with pytest.raises(ConflictError, match="two shifts at a time"):
            shift_swaps.decide(session, house["sam"], swap.id, approve=True, note="", now=NOW)
        assert jobs.run(session, at(7.5)).lapsed == 1
        assert jobs.run(session, at(7.5)).lapsed == 0
        assert swap.state == "lapsed"


def test_leave_is_granted_by_who_plans_and_stands_in_the_way_of_shifts(database: Database, house: House) -> None:  # noqa: F811
    alice = house["alice"].user_id or 0
    with database.write() as session:
        form = LeaveForm("annual", at(0), at(24), "wedding of a friend")
        leave = leaves.ask(session, house["alice"], form, now=NOW)
        with pytest.raises(ConflictError, match="already"):
            leaves.ask(session, house["alice"], form, now=NOW)
        with pytest.raises(InvalidInputError):
            leaves.ask(session, house["amy"], LeaveForm("annual", at(2), at(2)), now=NOW)
        assert [one.id for one in leaves.waiting(session, house["sam"])] == [leave.id]
        assert leaves.waiting(session, house["alice"]) == []
        with pytest.raises(ForbiddenError):
            leaves.decide(session, house["alice"], leave.id, grant=True, note="", now=NOW)
        with pytest.raises(InvalidInputError, match="why"):
            leaves.decide(session, house["sam"], leave.id, grant=False, note=" ", now=NOW)
        leaves.decide(session, house["sam"], leave.id, grant=True, note="", now=NOW)
        with pytest.raises(ConflictError):
            leaves.decide(session, house["wilma"], leave.id, grant=False, note="no", now=NOW)
        give(session, house, "alice", 0, "early", published=False)
        with pytest.raises(BlockedRosterError) as caught:
            rosters.publish(session, house["sam"], MONDAY, MONDAY, centre=CENTRE, now=NOW, reason="all the same")
        assert [(one.trouble, one.user_id) for one in caught.value.found] == [(Trouble.ON_LEAVE, alice)]
        leaves.withdraw(session, house["alice"], leave.id, now=NOW)
        rosters.publish(session, house["sam"], MONDAY, MONDAY, centre=CENTRE, now=NOW, reason="alone in the morning")
    with database.read() as session:
        raw = session.execute(text("SELECT reason FROM leaves")).scalar_one()
        assert "wedding" not in raw, "what somebody's leave is for is sealed"


def test_a_shift_that_is_over_is_reckoned_and_corrected(database: Database, house: House) -> None:  # noqa: F811
    """Early shift 7 to 15, meal 11:00, rests 9:00 and 13:15. Alice: phone at 7:20, gone at 14:30; two rests missed."""
    alice = house["alice"].user_id or 0
    ms = 60_000
    with database.write() as session:
        shift = give(session, house, "alice", 0, "early")
        absent = give(session, house, "amy", 0, "late")
        done(session, house, "alice", ("available", 7 + 20 / 60, 11), ("paused", 11, 11.5, "meal"),
             ("on_call", 11.5, 14), ("wrap_up", 14, 14.5), ("offline", 14.5, 30))  # fmt: skip
        session.add(ClockEvent(user_id=alice, at=at(7.25), kind="in", source="login", made_at=NOW, made_by="system"))
        session.flush()
        assert jobs.run(session, at(15)).reckoned == 0, "its last states may not be written yet"
        assert jobs.run(session, at(24)).reckoned == 2
        assert jobs.run(session, at(24)).reckoned == 0
        row = session.get_one(AttendanceDay, shift.id)
        assert (row.verdict, row.came_at, row.went_at) == (Verdict.LATE, at(7.25), at(14.5))
        assert (row.late, row.early, row.paid) == (15 * ms, 30 * ms, 480 * ms)
        assert (row.planned, row.kept) == (480 * ms, (480 - 20 - 30 - 15) * ms), "on a call in a break is kept"
        assert (row.logged, row.phone) == (430 * ms, 400 * ms)
        assert session.get_one(AttendanceDay, absent.id).verdict == Verdict.ABSENT
        later = at(30)
        clocking.excuse(session, house["sam"], alice, Span(at(7), at(7.5)), "login down", now=later)
        clocking.correct(session, house["sam"], alice, at(15), "out", "went at three", now=later)
        session.refresh(row)
        assert (row.verdict, row.planned, row.early) == (Verdict.PRESENT, 450 * ms, 0), "there without a phone, too"
        for bad in (
            lambda: clocking.correct(session, house["sam"], house["sam"].user_id or 0, at(7), "in", "me", now=later),
            lambda: clocking.excuse(session, house["alice"], alice, Span(at(7), at(8)), "me", now=later),
        ):
            with pytest.raises(ForbiddenError):
                bad()
        period = Period(MONDAY, MONDAY, ZONE, later)
        counted = {one.user_id: one.counts for one in kpi_source_shifts.facts(session, period)}
        assert counted[alice][Fact.PLANNED_MS] == 450 * ms
        assert (counted[alice][Fact.SHIFTS_PLANNED], counted[alice][Fact.SHIFTS_KEPT]) == (1, 1)


def test_who_is_not_where_he_should_be_comes_first(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        for name in ("alice", "amy", "olga"):
            give(session, house, name, 0, "early")
        for name, state, reason in (("alice", "on_call", ""), ("amy", "paused", "other")):
            session.add(AgentState(user_id=house[name].user_id, state=state, reason=reason, since=at(8), until=None))
        session.flush()
        found = attendance.standings(session, house["wilma"], at(8.25))
        assert [(one.user.username, one.state, one.kept) for one in found] == [
            ("amy", "paused", False), ("olga", "offline", False), ("alice", "on_call", True),
        ]  # fmt: skip
        assert [one.user.username for one in attendance.standings(session, house["sam"], at(8.25))] == ["amy", "alice"]
        assert attendance.standings(session, house["wilma"], at(20)) == []


def visits(session: Session, weeks: int, hour: int, calls: int) -> None:
    """So many calls each Monday at an hour, of 180 s with 60 s afterwards; and two who hung up at once."""
    for week in range(1, weeks + 1):
        for number in range(calls + 2):
            began = at(hour) - timedelta(weeks=week) + timedelta(seconds=number)
            call_id = f"huiyin01-{int(began.timestamp())}.{number}"
            session.add(Call(call_id=call_id, language="zh", started_at=began, menu_path=[], flags=[]))
            short = number >= calls
            session.add(QueueVisit(call_id=call_id, seq=1, queue="cards", entered_at=began, left_at=began,
                                   wait_time=2.0, outcome="abandoned" if short else "answered"))  # fmt: skip
            if not short:
                session.add(CallLeg(call_id=call_id, leg=f"{call_id}-a", agent="alice", queue="cards", kind="queue",
                                    rang_at=began, answered_at=began, talk_time=170.0, hold_time=10.0))  # fmt: skip
    session.add(WrapUp(call_id=call_id, user_id=1, queue="cards", state="done", started_at=began, limit_at=began,
                       acw_time=60.0))  # fmt: skip
    session.flush()


def test_calls_to_come_need_agents_and_needs_are_checked(database: Database, house: House) -> None:  # noqa: F811
    asked = Question(MONDAY, days=1)
    with database.write() as session:
        visits(session, 3, 10, 20)
        for name in ("alice", "amy"):
            give(session, house, name, 0, "early")
        found = staffing.outlook(session, house["wilma"], asked, centre=CENTRE, now=NOW)
        ten = found.hours[10]
        assert ten.expected.calls == pytest.approx(20)
        assert (found.handle, found.past.patience, ten.planned) == (240, None, 2)
        assert ten.needed_c is not None
        assert ten.needed_c.agents == 3  # 1.33 erlangs: 3 agents answer 86 % within 20 s, 2 only 60 %
        assert (found.hours[9].expected.calls, found.hours[9].planned) == (0, 1), "one of them rests at nine"
        assert staffing.adopt(session, house["wilma"], asked, "erlang_c", centre=CENTRE, now=NOW) == 24
        assert staffing.adopt(session, house["wilma"], asked, "erlang_a", centre=CENTRE, now=NOW) == 24
        gaps = roster_checks.check(session, MONDAY, MONDAY, CENTRE).gaps
        ten_gap = [gap for gap in gaps if "need" in gap.keys]
        assert [(gap.span, gap.have) for gap in ten_gap] == [(Span(at(10), at(11)), 2)]
        for bad in (Question(MONDAY, days=15), Question(MONDAY, weeks=0)):
            with pytest.raises(InvalidInputError):
                staffing.outlook(session, house["wilma"], bad, centre=CENTRE, now=NOW)
        with pytest.raises(ForbiddenError):
            staffing.outlook(session, house["alice"], asked, centre=CENTRE, now=NOW)


def test_what_a_shift_leaves_is_read_by_the_next_and_settled(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        give(session, house, "amy", 0, "late")
        items = [NewItem("systems", "the card system is slow"), NewItem("people", "bob goes at six")]
        row = handovers.write(session, house["alice"], "a quiet morning", items, now=at(14.9))
        assert row.next_at == at(15)
        assert [one.username for one in handovers.comes_next(session, row.next_at)] == ["amy"]
        assert row.facts["open_complaints"] == 0
        with pytest.raises(InvalidInputError, match="ticket"):
            handovers.write(session, house["alice"], "x", [NewItem("cases", "y", "261121-01-00042")], now=at(14.9))
        with pytest.raises(ForbiddenError, match="himself"):
            handovers.read(session, house["alice"], row.id, now=at(15))
        with pytest.raises(ForbiddenError):
            handovers.write(session, house["quinn"], "x", [], now=at(15))
        assert jobs.run(session, at(15.2)).told == 0
        assert jobs.run(session, at(15.3)).told == 1
        assert jobs.run(session, at(15.4)).told == 0
        told = session.scalars(select(Notice.user_id).where(Notice.kind == "handover_unread")).all()
        assert set(told) == {house["sam"].user_id, house["wilma"].user_id}
        handovers.read(session, house["amy"], row.id, now=at(15.5))
        session.refresh(row)
        assert [one.user.username for one in row.reads] == ["amy"]
        first = handovers.open_items(session, house["amy"])[0]
        handovers.settle(session, house["amy"], first.id, "fast again since four", now=at(16))
        assert [one.text for one in handovers.open_items(session, house["amy"])] == ["bob goes at six"]
        with pytest.raises(ConflictError):
            handovers.settle(session, house["amy"], first.id, "again", now=at(16))


def test_who_leads_is_told_of_the_night_before_a_day_without_shifts(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        give(session, house, "amy", 1, "late")
        row = handovers.write(session, house["alice"], "nothing open", [], now=at(15.1))
        assert row.next_at == at(15, 1)
        assert jobs.run(session, at(15.3, 1)).told == 1, "more than a day after it was written"
        late = handovers.write(session, house["alice"], "long ago", [], now=at(16, 1))
        assert late.told_at is None
        assert jobs.run(session, at(16, 4)).told == 0, "what is over for days is told to nobody"


def test_who_plans_for_whom(database: Database, house: House) -> None:  # noqa: F811
    with database.read() as session:
        ids = {name: actor.user_id or 0 for name, actor in house.items()}
        assert [one.username for one in shift_people.planners(session, ids["alice"])] == ["sam", "wilma"]
        assert [one.username for one in shift_people.planners(session, ids["olga"])] == ["wilma"]
        assert [one.username for one in shift_people.people(session, house["alice"])] == ["alice"]
        assert shift_people.people(session, house["quinn"]) == []
        assert session.scalars(select(ShiftEvent)).all() == []
