"""Counters, alarms, topics, reports, plans, cases, escalations: what is learnt from complaints, on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from crm.db.analysis import Alarm, AnalysisReport, CaseStudy, Rectification, TicketDay, Topic
from crm.db.casefile import Investigation, Notice, Solution
from crm.db.emergencies import EmergencySignal
from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.domain.access import Actor, Role
from crm.domain.analysis import Verdict
from crm.domain.axes import Axis
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError
from crm.domain.improvement import CaseText
from crm.domain.rules import DEFAULT_RULES as RULES
from crm.domain.tickets import Kind
from crm.jobs import analysis as jobs
from crm.services import (
    alarm_watch,
    analysis_reports,
    audit,
    case_library,
    escalations,
    hot_topics,
    process_reviews,
    rectifications,
    statistics,
    ticket_counters,
    ticket_regions,
    users,
)
from crm.services.process_reviews import NewReview
from crm.services.rectifications import NewPlan
from crm.services.statistics import Slice
from crm.services.ticket_changes import record_event
from tests.call_work import NOW, ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration
TODAY = NOW.astimezone(ZONE).date()
CAST = {"sam": Role.SM, "carl": Role.CM, "dora": Role.DG, "cora": Role.CO, "tess": Role.TR, "theo": Role.DH,
        "alice": Role.A1, "greta": Role.GM}  # fmt: skip
TEXTS = ("年费太贵", "服务态度不好", "利率太高", "还款日没有提醒")
House = dict[str, Actor]


@pytest.fixture
def house(database: Database) -> House:  # noqa: F811
    with database.write() as session:
        return {
            name: users.actor_of(users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW,
            ))
            for name, role in CAST.items()
        }  # fmt: skip


def add(session, number: int, days: float, **more) -> Ticket:  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003
    at = NOW - timedelta(days=days)
    values = {"kind": Kind.COMPLAINT, "status": "investigating", "priority": "P2", "channel": "phone", "text": "",
              "reason_code": "pricing", "business_code": "credit_card", "channel_code": "telephone"}  # fmt: skip
    row = Ticket(
        number=f"{at:%y%m%d}90{number:05d}", received_at=at, legal_due_at=at + timedelta(days=15), language="zh",
        flags=[], version=1, **{**values, **more},
    )  # fmt: skip
    session.add(row)
    session.flush()
    record_event(session, row, "created", actor="test", at=at)
    return row


def test_counters_equal_a_plain_count_whatever_happens_to_tickets(database: Database, house: House) -> None:  # noqa: F811
    chance = Random(5)
    with database.write() as session:
        rows = [
            add(session, at, chance.uniform(0, 40), reason_code=chance.choice(["pricing", "disclosure", None]),
                channel_code=chance.choice(["telephone", "back"]), kind=chance.choice(["complaint", "inquiry"]))
            for at in range(120)
        ]  # fmt: skip
        for row in rows[:40]:
            document = {"ticket_id": row.id, "version": 1, "updated_at": NOW, "updated_by": "t", "document": {}}
            session.add(Investigation(verdict="partly", root_cause="process.delay", **document))
            session.add(Solution(cost_fen=500, **document))
        ids = [row.id for row in rows]
    jobs.run(database, ZONE, NOW)
    assert counted(database) == plain(database)
    with database.write() as session:
        for ticket_id in ids[::3]:
            row = session.get_one(Ticket, ticket_id)
            row.reason_code, row.status, row.notified_at = "marketing", "closed", row.received_at + timedelta(days=2)
            record_event(session, row, "confirm", actor="test", at=NOW)
        merged = session.get_one(Ticket, ids[1])
        merged.status = "merged"
        record_event(session, merged, "merge", actor="test", at=NOW)
        ticket_regions.set_region(session, house["dora"], ids[2], "44", now=NOW)
    jobs.run(database, ZONE, NOW + timedelta(minutes=1))
    assert counted(database) == plain(database)
    with database.read() as session:
        part = Slice(TODAY - timedelta(days=60), TODAY, None)
        sums = statistics.totals(session, part)
        assert sums.received == 119
        assert sums.cost_fen == 39 * 500
        assert statistics.counted(session, part, Axis.REGION)["44"] == 1
        offices = statistics.counted(session, part, Axis.OFFICE)
        assert sum(offices.values()) == 119
        back = Slice(part.first, part.last, None, ((Axis.OFFICE, "back"),))
        assert statistics.totals(session, back).received == offices["back"]


def counted(database: Database) -> Counter[tuple[object, ...]]:  # noqa: F811
    with database.read() as session:
        found: Counter[tuple[object, ...]] = Counter()
        for row in session.scalars(select(TicketDay)):
            found[row.day, row.kind, row.reason, row.channel, row.region, row.cause] += row.count
        return found


def plain(database: Database) -> Counter[tuple[object, ...]]:  # noqa: F811
    with database.read() as session:
        found: Counter[tuple[object, ...]] = Counter()
        for row in session.scalars(select(Ticket).where(Ticket.status != "merged")):
            cause = session.get(Investigation, row.id)
            day = row.received_at.astimezone(ZONE).date()
            region = ticket_regions.region_of(session, row.id) or ""
            found[day, row.kind, row.reason_code or "", row.channel_code or "", region, (cause.root_cause if cause else "") or ""] += 1  # fmt: skip  # noqa: E501
        return found


def test_what_is_overdue_and_open_never_drops_out_of_the_rate(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        add(session, 1, 30)
        done = add(session, 2, 30)
        done.notified_at = done.received_at + timedelta(days=3)
        late = add(session, 3, 30)
        late.notified_at = late.received_at + timedelta(days=16)
    jobs.run(database, ZONE, NOW)
    with database.read() as session:
        sums = statistics.totals(session, Slice(TODAY - timedelta(days=40), TODAY))
        assert (sums.told, sums.told_in_time, sums.late_open) == (2, 1, 1)
        assert sums.in_time_rate == pytest.approx(1 / 3)


def test_a_spike_is_told_once_and_decided_on(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        for week in range(1, 8):
            add(session, week, week * 7)
        for number in range(9):
            add(session, 100 + number, 0.05, reason_code="facilities", business_code="payment")
    jobs.run(database, ZONE, NOW)
    jobs.run(database, ZONE, NOW + timedelta(minutes=1))
    with database.read() as session:
        raised = {(one.axis, one.key) for one in session.scalars(select(Alarm))}
        assert {("all", "all"), ("reason", "facilities"), ("business", "payment")} <= raised
        assert ("reason", "pricing") not in raised
        told = session.scalars(select(Notice.kind).where(Notice.user_id == house["dora"].user_id)).all()
        assert told.count("spike") == len(raised)
        one = alarm_watch.alarms(session, house["dora"], waiting=True)[0]
    with database.write() as session:
        with pytest.raises(ForbiddenError):
            alarm_watch.decide(session, house["alice"], one.id, "x", acted=False, now=NOW)
        with pytest.raises(InvalidInputError):
            alarm_watch.decide(session, house["dora"], one.id, " ", acted=False, now=NOW)
        alarm_watch.decide(session, house["dora"], one.id, "支付网关升级", acted=True, now=NOW)
        with pytest.raises(ConflictError):
            alarm_watch.decide(session, house["sam"], one.id, "x", acted=True, now=NOW)
        assert alarm_watch.alarms(session, house["dora"], waiting=False)[0].note == "支付网关升级"


def test_words_that_became_frequent_are_the_topics(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        for number in range(30):
            add(session, number, 10 + number / 2, text=TEXTS[number % 4])
        for number, ending in enumerate(("请处理", "没人管", "已经两天", "急用钱")):
            add(session, 100 + number, 1, text=f"转账失败{ending}")
    jobs.run(database, ZONE, NOW)
    with database.read() as session:
        day, topics = hot_topics.current(session, house["dora"])
        assert day == TODAY
        assert topics[0].word == "转账失败"
        assert topics[0].now == 4
        assert len(topics[0].tickets) == 4
        rows = len(session.scalars(select(Topic)).all())
        assert hot_topics.current(session, house["theo"])[1][0].tickets == ()
    jobs.run(database, ZONE, NOW + timedelta(hours=2))
    with database.read() as session:
        assert len(session.scalars(select(Topic)).all()) == rows


def test_the_reports_of_a_month_and_a_year_make_themselves_and_stay(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        for number in range(6):
            add(session, number, 30, reason_code="pricing" if number else "disclosure", status="closed")
        add(session, 50, 360)
    jobs.run(database, ZONE, NOW)
    jobs.run(database, ZONE, NOW + timedelta(days=1))
    with database.write() as session:
        found = analysis_reports.reports(session, house["dora"])
        assert [(one.span, one.period, one.edition) for one in found] == [("month", "2026-10", 1), ("year", "2025", 1)]
        month = analysis_reports.get(session, house["dora"], found[0].id)
        assert month.whole
        assert month.document["totals"]["received"] == 6
        assert month.document["by"]["reason"] == [["pricing", 5, 0], ["disclosure", 1, 0]]
        made = analysis_reports.make(session, house["dora"], "month", "2026-10", zone=ZONE, now=NOW)
        assert analysis_reports.get(session, house["dora"], made).edition == 2
        with pytest.raises(InvalidInputError, match="not over"):
            analysis_reports.make(session, house["dora"], "month", "2026-11", zone=ZONE, now=NOW)
        with pytest.raises(ForbiddenError):
            analysis_reports.make(session, house["sam"], "month", "2026-10", zone=ZONE, now=NOW)
    with pytest.raises(Exception, match="append-only"), database.write() as session:
        session.execute(update(AnalysisReport).values(period="2026-09"))


def plan(**more: object) -> NewPlan:
    values = {"kind": "process", "title": "先告知再收费", "cause": "未告知", "plan": "短信告知", "owner": "theo",
              "due_on": TODAY + timedelta(days=5), "axis": "reason", "key": "pricing"}  # fmt: skip
    return NewPlan(**{**values, **more})  # type: ignore[arg-type]


def test_a_plan_is_carried_out_and_its_effect_is_checked_by_another(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        for number in range(20):
            add(session, number, 45 + number, reason_code="pricing")
        add(session, 50, 20, reason_code="pricing")
    jobs.run(database, ZONE, NOW)
    begun = NOW - timedelta(days=40)
    with database.write() as session:
        with pytest.raises(ForbiddenError):
            rectifications.make(session, house["theo"], plan(), now=NOW, today=TODAY)
        made = rectifications.make(session, house["sam"], plan(), now=begun, today=begun.date())
        with pytest.raises(ForbiddenError):
            rectifications.move(
                session, house["alice"], made, "finish", "x", version=1, rules=RULES, now=begun, zone=ZONE
            )
        rectifications.move(session, house["theo"], made, "begin", "", version=1, rules=RULES, now=begun, zone=ZONE)
        with pytest.raises(ConflictError):
            rectifications.move(
                session, house["theo"], made, "finish", "短信已上线", version=1, rules=RULES, now=begun, zone=ZONE
            )
        rectifications.move(
            session, house["theo"], made, "finish", "短信已上线", version=2, rules=RULES, now=begun, zone=ZONE
        )
        with pytest.raises(IllegalMoveError, match="too early"):
            rectifications.move(
                session, house["sam"], made, "effective", "x", version=3, rules=RULES, now=begun, zone=ZONE
            )
        seen = rectifications.get(session, house["sam"], made, rules=RULES, today=TODAY)
        assert seen.measured is not None
        assert (seen.measured.before, seen.measured.after, seen.measured.verdict) == (20, 1, Verdict.EFFECTIVE)
        rectifications.move(
            session, house["sam"], made, "effective", "投诉明显减少", version=3, rules=RULES, now=NOW, zone=ZONE
        )
        row = session.get_one(Rectification, made)
        assert (row.state, row.before, row.after, row.checked_by) == ("effective", 20, 1, "sam")
        assert audit.verify(session).broken is None


def test_owners_are_reminded_once_a_day(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        rectifications.make(session, house["sam"], plan(due_on=TODAY + timedelta(days=2)), now=NOW, today=TODAY)
        rectifications.make(session, house["sam"], plan(due_on=TODAY + timedelta(days=30)), now=NOW, today=TODAY)
        assert rectifications.remind(session, today=TODAY, now=NOW) == 1
        assert rectifications.remind(session, today=TODAY, now=NOW) == 0
        assert rectifications.remind(session, today=TODAY + timedelta(days=3), now=NOW) == 1
        told = session.scalars(select(Notice.params).where(Notice.user_id == house["sam"].user_id)).all()
        assert [one["what"] for one in told] == ["overdue"]


def test_departments_review_the_process_with_its_figures(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        add(session, 1, 100)
    jobs.run(database, ZONE, NOW)
    given = NewReview(TODAY, TODAY - timedelta(days=120), TODAY, (1, 2), "各部门负责人", "衔接慢", "当日移交")
    with database.write() as session:
        first = (NOW - timedelta(days=100)).astimezone(ZONE).date()
        due = process_reviews.due(session, RULES)
        assert due == date(2026, 11, 12)
        assert due > first
        with pytest.raises(InvalidInputError, match="two departments"):
            process_reviews.write(
                session, house["dora"], NewReview(TODAY, TODAY, TODAY, (1,), "a", "b", "c"), now=NOW, today=TODAY
            )
        process_reviews.write(session, house["dora"], given, now=NOW, today=TODAY)
        one = process_reviews.reviews(session, house["dora"])[0]
        assert one.figures["received"] == 1
        assert process_reviews.due(session, RULES) == date(2027, 2, 20)
        assert process_reviews.remind(session, rules=RULES, today=date(2027, 2, 20), now=NOW)
        assert not process_reviews.remind(session, rules=RULES, today=date(2027, 2, 21), now=NOW)


CASE = CaseText("年费未告知", "客户未被告知年费。", "核对后退还。", "先告知再收费。", "complaints.fees", "pricing", 2)


def test_a_case_goes_through_three_hands_and_names_nobody(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        ticket = add(session, 1, 3, category="complaints.fees")
        with pytest.raises(ForbiddenError):
            case_library.suggest(session, house["alice"], CASE, language="zh", now=NOW)
        named = CaseText("t", "电话13800138000", "h", "l")
        with pytest.raises(InvalidInputError, match="telephone"):
            case_library.suggest(session, house["carl"], named, language="zh", now=NOW, ticket_id=ticket.id)
        case = case_library.suggest(session, house["carl"], CASE, language="zh", now=NOW, ticket_id=ticket.id)
        assert case_library.search(session, house["alice"]) == ()
        with pytest.raises(IllegalMoveError):
            case_library.move(session, house["tess"], case, "publish", version=1, now=NOW)
        case_library.move(session, house["cora"], case, "review", version=1, now=NOW)
        with pytest.raises(ConflictError):
            case_library.move(session, house["tess"], case, "publish", version=1, now=NOW)
        case_library.move(session, house["tess"], case, "publish", version=2, now=NOW)
        assert [one.text.title for one in case_library.search(session, house["alice"], query="年费")] == ["年费未告知"]
        assert case_library.search(session, house["alice"], query="汇率") == ()
        assert case_library.read(session, house["alice"], case, counted=True).ticket is None
        assert session.get_one(CaseStudy, case).used == 1
        assert [one.id for one in case_library.like_this(session, house["alice"], ticket)] == [case]


def test_an_escalated_complaint_gets_other_eyes_and_a_higher_level(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        ticket = add(session, 1, 3)
        ticket.assignee_id, ticket.complained_about_id = house["carl"].user_id, house["alice"].user_id
        session.flush()
        act = {"now": NOW}
        with pytest.raises(ConflictError, match="first result"):
            escalations.raise_one(session, house["dora"], ticket.id, "refused", "不接受", **act)
        escalations.raise_one(session, house["dora"], ticket.id, "principle", "涉及普遍收费规则", **act)
        with pytest.raises(ConflictError, match="already"):
            escalations.raise_one(session, house["dora"], ticket.id, "principle", "again", **act)
        assert ticket.handling_step == 1
        for name, why in (("carl", "handled the complaint before"), ("alice", "about himself"), ("no", "active user")):
            with pytest.raises(InvalidInputError, match=why):
                escalations.name_investigator(session, house["dora"], ticket.id, name, version=1, **act)
        escalations.name_investigator(session, house["dora"], ticket.id, "sam", version=1, **act)
        with pytest.raises(ForbiddenError):
            escalations.write_findings(session, house["greta"], ticket.id, "x", version=2, **act)
        escalations.write_findings(session, house["sam"], ticket.id, "规则未公示", version=2, **act)
        given = {"decision": "changed", "reasons": "规则未公示,退还", **act}
        with pytest.raises(IllegalMoveError, match="two people"):
            escalations.decide(session, house["dora"], ticket.id, participants=[], version=3, **given)
        escalations.decide(session, house["dora"], ticket.id, participants=["greta"], version=3, **given)
        done = escalations.of_ticket(session, house["dora"], ticket.id)[0]
        assert (done.state, done.decision, set(done.participants)) == ("decided", "changed", {"dora", "greta"})
        assert audit.verify(session).broken is None


def test_a_matter_that_may_hurt_the_name_is_told_as_a_possible_emergency(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        ticket = add(session, 1, 1)
        escalations.raise_one(session, house["dora"], ticket.id, "reputation", "媒体已联系", now=NOW)
        assert session.scalars(select(EmergencySignal.trigger)).all() == ["escalation"]


def test_figures_are_for_those_who_may_read_them(database: Database, house: House) -> None:  # noqa: F811
    with database.read() as session:
        with pytest.raises(ForbiddenError):
            statistics.check(house["alice"], Slice(TODAY, TODAY))
        with pytest.raises(ForbiddenError):
            analysis_reports.reports(session, house["alice"])
        statistics.check(house["theo"], Slice(TODAY, TODAY))
        with pytest.raises(InvalidInputError):
            statistics.check(house["theo"], Slice(TODAY, TODAY - timedelta(days=1)))
        assert ticket_counters.bounds(TODAY, ZONE)[0].astimezone(ZONE).hour == 0


def test_a_review_and_a_topic_become_plans_for_process_and_product(database: Database, house: House) -> None:  # noqa: F811
    given = NewReview(TODAY, TODAY - timedelta(days=90), TODAY, (1, 2), "各部门负责人", "衔接慢", "当日移交")
    with database.write() as session:
        review = process_reviews.write(session, house["dora"], given, now=NOW, today=TODAY)
        act = {"now": NOW, "today": TODAY}
        process = plan(title="当日移交", source="review", source_id=review, axis="cause", key="process.handover")
        product = plan(title="年费规则简化", kind="product", source="topic", axis="business", key="credit_card",
                       department_id=1)  # fmt: skip
        made = [rectifications.make(session, house["dora"], one, **act) for one in (process, product)]
        with pytest.raises(InvalidInputError, match="department"):
            rectifications.make(session, house["dora"], plan(department_id=10**6), **act)
        views = [rectifications.get(session, house["theo"], one, rules=RULES, today=TODAY) for one in made]
        assert [(one.kind, one.source, one.source_id) for one in views] == [
            ("process", "review", review), ("product", "topic", None),
        ]  # fmt: skip
        assert views[1].department_zh
        told = session.scalars(select(Notice.params).where(Notice.user_id == house["theo"].user_id)).all()
        assert [one["path"] for one in told] == [f"/improvements/{one}" for one in made]
