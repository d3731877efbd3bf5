"""Customers over real databases: found, changed, merged and parted, asked, advised, and who may see them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from crm.db.calls import Call
from crm.db.contact_centre import CallLeg
from crm.db.customers import CustomerChange, CustomerWord
from crm.db.models import Base
from crm.db.people import Customer, User
from crm.db.records import AuditEntry
from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.domain import wealth
from crm.domain.access import Action, Actor, Role
from crm.domain.customers import Purpose
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.numbers import number_key
from crm.domain.outbound import OutboundRules
from crm.services import (
    activities,
    audit,
    birthdays,
    consents,
    customer_care,
    customer_doubles,
    customer_feedback,
    customer_records,
    customer_scope,
    customer_search,
    customer_timeline,
    customer_views,
    customers,
    outbound,
    reveals,
)
from crm.services.activities import ActivityInput
from crm.services.centre import Centre
from crm.services.customer_care import AdviceInput, NeedInput, PlanInput
from crm.services.customer_feedback import FeedbackInput
from crm.services.customer_search import CustomerFilters
from crm.services.reveals import Wanted
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401  (fixtures)

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TODAY = date(2026, 11, 22)
CENTRE = Centre(ZoneInfo("Asia/Shanghai"))
CARD = "11010519491231002X"
SAM = Actor("sam", frozenset({Role.SM}))
BOSS = Actor("gina", frozenset({Role.GM}))
AUDITOR = Actor("audrey", frozenset({Role.AU}))


@pytest.fixture
def people(database: Database) -> dict[str, Actor]:  # noqa: F811
    made = {}
    with database.write() as session:
        for name, role in (("alice", Role.A1), ("handler", Role.CM), ("quinn", Role.QA), ("dan", Role.DH)):
            row = User(username=name, fs_uniquifier=name, created_at=NOW, roles=[])
            session.add(row)
            session.flush()
            made[name] = Actor(name, frozenset({role}), row.id)
    return made


def make(opened: Database, name: str, number: str | None = None, **more: object) -> int:
    with opened.write() as session:
        row = customer_records.make_customer(
            session, SAM, {"name": name, **more}, number=number, centre=CENTRE, now=NOW
        )
        return row.id


def ticket_of(opened: Database, customer_id: int, number: str, kind: str = "complaint", at: datetime = NOW) -> int:
    with opened.write() as session:
        count = len(session.scalars(select(Ticket.id)).all())
        row = Ticket(
            number=f"26112201{count:05d}", kind=kind, status="registered", priority="P2", channel="phone",
            caller_number=number, caller_key=number_key(number), received_at=at, flags=[], customer_id=customer_id,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def call_of(opened: Database, call_id: str, customer_id: int, number: str, agent: str | None, at: datetime) -> None:
    with opened.write() as session:
        session.add(
            Call(
                call_id=call_id,
                caller_number=number,
                caller_key=number_key(number),
                language="zh",
                started_at=at,
                menu_path=[],
                flags=[],
                agent=agent,
                customer_id=customer_id,
            )
        )


def found(opened: Database, asked: str, actor: Actor = SAM) -> list[int]:
    with opened.read() as session:
        return [one.id for one in customer_search.search(session, actor, asked, today=TODAY, region="CN")]


def test_a_customer_is_found_by_whatever_he_is_known_by(database: Database) -> None:  # noqa: F811
    one = make(database, "欧阳娜娜", "13800138000", id_kind="id_card", id_number=CARD, user_name="nana_77")
    other = make(database, "John Smith", "02161234567")
    with database.write() as session:
        customer_records.add_contact(session, SAM, one, "email", "Nana@example.com", now=NOW)
    for asked in (
        "138 0013 8000",
        "+8613800138000",
        "欧阳娜娜",
        "ouyang nana",
        "11010519491231002x",
        "NANA_77",
        "nana@EXAMPLE.com",
    ):
        assert found(database, asked) == [one], asked
    assert found(database, "john  smith") == found(database, "021-61234567") == [other]
    assert found(database, "欧阳") == found(database, "12") == found(database, " ") == []
    with database.write() as session:
        customer_records.edit(session, SAM, one, {"name": "欧阳菲菲"}, centre=CENTRE, now=NOW)
    assert found(database, "欧阳娜娜") == []
    assert found(database, "欧阳菲菲") == [one]
    with database.read() as session:
        words = session.scalars(select(CustomerWord.word)).all()
    assert all(word.startswith("~") for word in words)


def test_a_change_is_a_row_and_tells_the_chain_no_value(database: Database) -> None:  # noqa: F811
    one = make(database, "张三")
    with database.write() as session:
        names = customer_records.edit(
            session,
            SAM,
            one,
            {"address": "北京市朝阳区", "vulnerable": ["reading"]},
            centre=CENTRE,
            now=NOW,
            expected_version=2,
        )
        assert names == ("address", "vulnerable")
        assert customer_records.edit(session, SAM, one, {"address": "北京市朝阳区"}, centre=CENTRE, now=NOW) == ()
    with database.write() as session, pytest.raises(ConflictError):
        customer_records.edit(session, SAM, one, {"name": "x"}, centre=CENTRE, now=NOW, expected_version=2)
    with database.write() as session, pytest.raises(InvalidInputError):
        customer_records.edit(session, SAM, one, {"state": "merged"}, centre=CENTRE, now=NOW)
    with database.read() as session:
        row = session.scalars(select(CustomerChange).order_by(CustomerChange.id.desc())).first()
        assert row is not None
        assert row.fields == {"address": ["", "北京市朝阳区"], "vulnerable": [[], ["reading"]]}
        told = [str(entry.detail) for entry in session.scalars(select(AuditEntry))]
        assert not [one for one in told if "朝阳" in one or "张三" in one]
        assert audit.verify(session).broken is None


def test_a_number_belongs_to_whom_it_is_written_down_for(database: Database) -> None:  # noqa: F811
    one = make(database, "张三", "13800138000")
    with pytest.raises(ConflictError):
        make(database, "李四", "+86 13800138000")
    other = make(database, "李四")
    with database.write() as session:
        number = customer_records.add_number(session, SAM, other, "13800138000", kind="home", centre=CENTRE, now=NOW)
        second = customer_records.add_number(session, SAM, other, "13900139000", centre=CENTRE, now=NOW)
        customer_records.prefer_number(session, SAM, other, second, now=NOW)
        with pytest.raises(ConflictError):
            customer_records.add_number(session, SAM, other, "139-0013-9000", centre=CENTRE, now=NOW)
        with pytest.raises(InvalidInputError):
            customer_records.add_number(session, SAM, other, "no digits", centre=CENTRE, now=NOW)
    assert found(database, "13800138000") == [one, other]  # a family shares a number
    with database.read() as session:
        view = customer_views.get_view(session, SAM, other, today=TODAY, region="CN")
        assert [(one.number, one.preferred) for one in view.numbers] == [("139••••9000", True), ("138••••8000", False)]
    with database.write() as session:
        customer_records.drop_number(session, SAM, other, number, now=NOW)
        with pytest.raises(NotFoundError):
            customer_records.drop_number(session, SAM, one, second, now=NOW)
    assert found(database, "13800138000") == [one]


def test_everybody_sees_what_his_role_may(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    one = make(
        database,
        "张三",
        "13800138000",
        id_kind="id_card",
        id_number=CARD,
        address="北京市朝阳区建国路1号",
        income="10_to_30",
    )
    call_of(database, "c", one, "13800138000", "alice", NOW)
    ticket_of(database, one, "13800138000")
    with database.read() as session:
        alice = customer_views.get_view(session, people["alice"], one, today=TODAY, region="CN")
        assert (alice.name, alice.id_number, alice.income) == ("张三", "1••••••••••••••••X", "10_to_30")
        assert (alice.address, alice.numbers[0].number, alice.elderly, alice.age) == (
            "北京市•••",
            "138••••8000",
            True,
            76,
        )
        assert alice.may_reveal is False  # only while she speaks with him
        assert alice.may_edit is True
        handler = customer_views.get_view(session, people["handler"], one, today=TODAY, region="CN")
        assert (handler.may_reveal, handler.masked) == (True, ("id_number", "born_on", "address"))
        auditor = customer_views.get_view(session, AUDITOR, one, today=TODAY, region="CN")
        assert (auditor.may_reveal, auditor.may_edit) == (False, False)
        for nobody in (people["quinn"], people["dan"]):
            with pytest.raises(NotFoundError):
                customer_views.get_view(session, nobody, one, today=TODAY, region="CN")
    stranger = make(database, "李四")
    with database.read() as session, pytest.raises(NotFoundError):
        customer_views.get_view(session, people["alice"], stranger, today=TODAY, region="CN")
    assert found(database, "李四", people["alice"]) == found(database, "李四", people["handler"]) == []
    assert found(database, "张三", people["alice"]) == [one]


def test_a_whole_value_is_told_for_a_reason_that_stays(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    one = make(database, "张三", "13800138000", id_kind="id_card", id_number=CARD)
    ticket = ticket_of(database, one, "13800138000")
    call_of(database, "c", one, "13800138000", "alice", NOW)
    with database.write() as session:
        number = customer_views.get_view(session, SAM, one, today=TODAY, region="CN").numbers[0].id
        for subject, field, value in (
            (f"customer:{one}", "id_number", CARD),
            (f"customer:{one}", f"number:{number}", "13800138000"),
            (f"ticket:{ticket}", "number", "13800138000"),
            ("call:c", "number", "13800138000"),
        ):
            told = reveals.reveal(
                session, SAM, Wanted(subject, field), reason="case", words="rings back", region="CN", now=NOW
            )
            assert told == value
    with database.read() as session:
        looks = reveals.reveals_of(session, f"customer:{one}")
        assert [(look.actor, look.reason, look.words) for look in looks] == [("sam", "case", "rings back")] * 2
        assert not session.scalars(
            select(AuditEntry.id).where(AuditEntry.action == "reveal", AuditEntry.subject == "nothing")
        ).all()
        assert not [row for row in session.scalars(select(AuditEntry)) if CARD in str(row.detail)]
    for actor, subject, field, reason, error in (
        (SAM, f"customer:{one}", "id_number", "", InvalidInputError),
        (SAM, f"customer:{one}", "password", "case", InvalidInputError),
        (SAM, "customer:x", "name", "case", NotFoundError),
        (SAM, "user:1", "name", "case", InvalidInputError),
        (AUDITOR, f"customer:{one}", "id_number", "case", ForbiddenError),
        (people["quinn"], f"ticket:{ticket}", "number", "case", ForbiddenError),
        (people["alice"], f"customer:{one}", "id_number", "case", NotFoundError),
        (people["alice"], "call:c", "number", "case", NotFoundError),
    ):
        with database.write() as session, pytest.raises(error):
            reveals.reveal(session, actor, Wanted(subject, field), reason=reason, words="", region="CN", now=NOW)


def test_doubles_become_one_and_two_again(database: Database) -> None:  # noqa: F811
    kept = make(database, "张三", "13800138000", occupation="teacher")
    gone = make(database, "张三", "13900139000", grade="vip", address="上海市浦东新区")
    ticket = ticket_of(database, gone, "13900139000")
    call_of(database, "c", gone, "13900139000", None, NOW)
    with database.write() as session:
        consents.write_down(session, SAM, gone, Purpose.ACTIVITIES, given=True, channel="phone", now=NOW)
        customer_feedback.write_down(session, SAM, gone, FeedbackInput("process", "waiting", 2), now=NOW)
        assert [one.customer_id for one in customer_doubles.doubles_of(session, SAM, kept)] == [gone]
        merge = customer_doubles.merge(session, SAM, kept, gone, reason="he said so himself", now=NOW)
    assert merge.counts == {
        "calls.customer_id": 1, "tickets.customer_id": 1, "customer_numbers.customer_id": 1,
        "customer_feedback.customer_id": 1,
    }  # fmt: skip
    assert found(database, "13900139000") == found(database, "zhang san") == [kept]
    later = ticket_of(database, kept, "13900139000", at=NOW + timedelta(days=1))
    own = ticket_of(database, kept, "13800138000", at=NOW + timedelta(days=1))
    with database.write() as session:
        view = customer_views.get_view(session, SAM, gone, today=TODAY, region="CN")
        assert (view.id, view.grade, view.occupation, len(view.numbers)) == (kept, "vip", "teacher", 2)
        assert consents.allows(session, kept, Purpose.ACTIVITIES, now=NOW)
        assert session.get_one(Ticket, ticket).customer_id == kept
        customer_records.edit(session, SAM, kept, {"remarks": "deaf"}, centre=CENTRE, now=NOW)
        with pytest.raises(ConflictError):
            customer_doubles.merge(session, SAM, kept, gone, reason="once more", now=NOW)
    with database.write() as session:
        customer_doubles.undo(session, SAM, merge.id, reason="they are brothers", now=NOW + timedelta(days=2))
        with pytest.raises(ConflictError):
            customer_doubles.undo(session, SAM, merge.id, reason="once more", now=NOW)
    with database.read() as session:
        views = [customer_views.get_view(session, SAM, one, today=TODAY, region="CN") for one in (kept, gone)]
        assert [(v.grade, v.occupation, v.remarks) for v in views] == [("", "teacher", "deaf"), ("vip", "", "")]
        whose = {one: session.get_one(Ticket, one).customer_id for one in (ticket, later, own)}
        assert whose == {ticket: gone, later: gone, own: kept}
        assert session.get_one(Call, "c").customer_id == gone
        assert consents.allows(session, gone, Purpose.ACTIVITIES, now=NOW)
        assert not consents.allows(session, kept, Purpose.ACTIVITIES, now=NOW)
        assert audit.verify(session).broken is None
    assert found(database, "13900139000") == [gone]


def test_merges_are_undone_in_their_order(database: Database) -> None:  # noqa: F811
    a, b, c = (
        make(database, name, number)
        for name, number in (("甲一", "13800138001"), ("乙二", "13800138002"), ("丙三", "13800138003"))
    )
    with database.write() as session:
        first = customer_doubles.merge(session, SAM, b, c, reason="the same", now=NOW)
        second = customer_doubles.merge(session, SAM, a, b, reason="the same", now=NOW)
    with database.write() as session:
        assert customer_views.get_view(session, SAM, c, today=TODAY, region="CN").id == a
        with pytest.raises(ConflictError):
            customer_doubles.undo(session, SAM, first.id, reason="was wrong", now=NOW)
        customer_doubles.undo(session, SAM, second.id, reason="was wrong", now=NOW)
        customer_doubles.undo(session, SAM, first.id, reason="was wrong", now=NOW)
    for one, number in ((a, "13800138001"), (b, "13800138002"), (c, "13800138003")):
        assert found(database, number) == [one]


@pytest.mark.parametrize(
    ("kept", "gone", "reason", "error"),
    [(1, 1, "the same", InvalidInputError), (1, 2, "no", InvalidInputError), (1, 999, "the same", NotFoundError)],
)
def test_a_merge_that_cannot_be_changes_nothing(
    database: Database,  # noqa: F811
    kept: int,
    gone: int,
    reason: str,
    error: type[Exception],
) -> None:
    make(database, "甲一")
    make(database, "乙二")
    with database.write() as session, pytest.raises(error):
        customer_doubles.merge(session, SAM, kept, gone, reason=reason, now=NOW)


def test_every_column_that_names_a_customer_goes_over_or_stays_on_purpose() -> None:
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "customers" for key in column.foreign_keys)
    }
    moves = dict(customer_doubles.movable())
    assert set(moves) | customer_doubles.STAYS == named
    assert [place for place, column in moves.items() if len(column.table.primary_key.columns) != 1] == []


def test_consent_is_asked_once_for_each_and_never_rewritten(database: Database) -> None:  # noqa: F811
    one = make(database, "张三")
    with database.write() as session:
        assert not consents.allows(session, one, Purpose.MARKETING_PHONE, now=NOW)
        end = NOW + timedelta(days=30)
        consents.write_down(
            session,
            SAM,
            one,
            Purpose.MARKETING_PHONE,
            given=True,
            channel="branch",
            evidence="paper 7",
            until=end,
            now=NOW,
        )
        assert consents.allows(session, one, Purpose.MARKETING_PHONE, now=NOW)
        assert not consents.allows(session, one, Purpose.MARKETING_PHONE, now=end)
        assert not consents.allows(session, one, Purpose.SHARING, now=NOW)
        consents.write_down(session, SAM, one, Purpose.MARKETING_PHONE, given=False, channel="phone", now=NOW)
        assert not consents.allows(session, one, Purpose.MARKETING_PHONE, now=NOW)
        assert [told.given for told in consents.history(session, one)] == [False, True]
        for purpose, channel, until in (
            ("all", "phone", None),
            (Purpose.SHARING, "pigeon", None),
            (Purpose.SHARING, "phone", NOW),
        ):
            with pytest.raises(InvalidInputError):
                consents.write_down(session, SAM, one, purpose, given=True, channel=channel, until=until, now=NOW)
    for statement in ("UPDATE customer_consents SET given = NOT given", "DELETE FROM customer_consents"):
        with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
            session.execute(text(statement))


def test_nobody_is_advised_what_he_cannot_bear(database: Database) -> None:  # noqa: F811
    one = make(database, "张三")
    with database.write() as session:
        with pytest.raises(InvalidInputError):  # not assessed yet
            customer_care.advise(session, SAM, one, AdviceInput("allocation", "a fund", "mixed_fund"), now=NOW)
        customer_care.assess(session, SAM, one, dict.fromkeys(wealth.QUESTIONS, 1), now=NOW)
        customer_care.write_need(session, SAM, one, NeedInput(["wealth"], "income", "any_day", "1_to_3"), now=NOW)
        customer_care.advise(session, SAM, one, AdviceInput("consultation", "asked", "wealth", accepted=True), now=NOW)
        customer_care.advise(
            session, SAM, one, AdviceInput("allocation", "wants it", "stock_fund", own_wish=True), now=NOW
        )
        with pytest.raises(InvalidInputError):
            customer_care.draw_up(session, SAM, one, PlanInput([("stock_fund", 100, "R4")]), now=NOW)
        plan = customer_care.draw_up(
            session,
            SAM,
            one,
            PlanInput([("deposit", 60, "R1"), ("wealth", 40, "R2")], ["visits"], visit_days=30),
            now=NOW,
        )
        customer_care.agree(session, SAM, one, plan, now=NOW)
        second = customer_care.draw_up(session, SAM, one, PlanInput(services=["large_print"]), now=NOW)
    with database.read() as session:
        care = customer_care.care_of(session, SAM, one, now=NOW)
        assert care is not None
        assert (care.level, [row.suitable for row in care.advice]) == ("C2", [False, True])
        assert care.plan is not None
        assert (care.plan.id, care.plan.state, care.draft.id if care.draft else None) == (plan, "agreed", second)
        assert sum(part.share for part in care.suggested) == 100
        later = customer_care.care_of(session, SAM, one, now=NOW + wealth.VALID)
        assert later is not None
        assert later.level is None  # the assessment has run out
        assert customer_care.care_of(session, Actor("x", frozenset({Role.AU})), one, now=NOW) is not None
    with database.write() as session:
        parts = [("deposit", 60, "R1"), ("wealth", 40, "R2")]
        again = customer_care.draw_up(session, SAM, one, PlanInput(parts), now=NOW)
        with pytest.raises(InvalidInputError):  # the level that it was drawn up for is gone
            customer_care.agree(session, SAM, one, again, now=NOW + wealth.VALID)


def test_an_activity_is_for_who_agreed_and_is_judged_by_who_came(database: Database) -> None:  # noqa: F811
    a, b, c = (make(database, name) for name in ("甲一", "乙二", "丙三"))
    begin = NOW + timedelta(days=10)
    for at in (NOW - timedelta(days=20), NOW - timedelta(days=5), begin + timedelta(days=3)):
        ticket_of(database, a, "13800138000", at=at)
    with database.write() as session:
        for one in (a, b, c):
            consents.write_down(session, SAM, one, Purpose.ACTIVITIES, given=one != c, channel="phone", now=NOW)
        salon = activities.plan(
            session, SAM, ActivityInput("salon", "Funds", "funds", begin, place="Hall", seats=1), now=NOW
        )
        lesson = activities.plan(
            session, SAM, ActivityInput("education", "How to complain", "rights", begin, online=True), now=NOW
        )
        for one in (a, b):
            activities.invite(session, SAM, salon.id, one, now=NOW)
        with pytest.raises(InvalidInputError):
            activities.invite(session, SAM, salon.id, c, now=NOW)
        activities.invite(session, SAM, lesson.id, c, now=NOW)  # a lesson is no promotion
        with pytest.raises(ConflictError):
            activities.invite(session, SAM, salon.id, a, now=NOW)
        activities.mark(session, SAM, salon.id, a, "registered", now=NOW)
        with pytest.raises(ConflictError):
            activities.mark(session, SAM, salon.id, b, "registered", now=NOW)
        for state in ("attended", "invited"):
            with pytest.raises(IllegalMoveError):
                activities.mark(session, SAM, salon.id, a, state, now=NOW)
        with pytest.raises(IllegalMoveError):
            activities.settle(session, SAM, salon.id, "held", expected_version=1, now=NOW)
        activities.mark(session, SAM, salon.id, a, "attended", score=4, interest="bond_fund", now=begin)
        customer_care.advise(session, SAM, a, AdviceInput("consultation", "asked"), now=begin + timedelta(days=1))
        activities.settle(session, SAM, salon.id, "held", expected_version=1, now=begin)
    with database.read() as session:
        effect = activities.effect_of(session, activities.get_activity(session, SAM, salon.id))
        assert (effect.invited, effect.registered, effect.attended, effect.score) == (2, 1, 1, 4.0)
        assert (effect.interested, effect.advised, effect.complaints_before, effect.complaints_after) == (1, 1, 2, 1)
        trainer = Actor("tina", frozenset({Role.TR}))
        guests = activities.guests_of(session, trainer, activities.get_activity(session, trainer, salon.id))
        assert [(guest.visible, guest.name) for guest in guests] == [(False, None)] * 2
        assert [one.id for one in activities.list_activities(session, trainer).items] == [lesson.id, salon.id]


def test_feedback_is_answered_and_counted(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    one = make(database, "张三")
    with database.write() as session:
        first = customer_feedback.write_down(
            session, SAM, one, FeedbackInput("process", "waiting", 2, "too long"), now=NOW
        )
        customer_feedback.write_down(session, SAM, one, FeedbackInput("process", "waiting", 4), now=NOW)
        customer_feedback.write_down(session, SAM, one, FeedbackInput("product", "deposit", None, "fine"), now=NOW)
        for bad in (
            FeedbackInput("process", "deposit", 3),
            FeedbackInput("process", "waiting", 6),
            FeedbackInput("process", "waiting"),
        ):
            with pytest.raises(InvalidInputError):
                customer_feedback.write_down(session, SAM, one, bad, now=NOW)
        customer_feedback.answer(session, SAM, first, "more agents at noon", passed=False, now=NOW)
        with pytest.raises(ConflictError):
            customer_feedback.answer(session, SAM, first, "again", passed=True, now=NOW)
        with pytest.raises(ForbiddenError):
            customer_feedback.answer(session, people["alice"], first, "x", passed=True, now=NOW)
    with database.read() as session:
        sums = customer_feedback.sums(session, SAM, since=NOW)
        assert [(one.subject, one.count, one.answered, one.score) for one in sums] == [
            ("waiting", 2, 1, 3.0),
            ("deposit", 1, 0, None),
        ]
        assert len(customer_feedback.list_feedback(session, SAM, about="process", state="new").items) == 1
        assert customer_feedback.sums(session, people["alice"], since=NOW) == ()


def test_a_timeline_is_paged_and_tells_only_what_may_be_seen(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    one = make(database, "张三", "13800138000")
    for day in range(5):
        call_of(database, f"c{day}", one, "13800138000", "alice" if day % 2 else None, NOW + timedelta(days=day))
    ticket_of(database, one, "13800138000", kind="inquiry", at=NOW + timedelta(days=9))
    with database.read() as session:
        entries, cursor = [], None
        while True:
            page = customer_timeline.timeline(session, BOSS, one, cursor=cursor, limit=2)
            entries += page.items
            cursor = page.next
            if cursor is None:
                break
        assert [entry.kind for entry in entries] == ["ticket", *["call"] * 5, "change"]
        assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
        assert len({(entry.kind, entry.about) for entry in entries}) == len(entries) == 7
        seen = customer_timeline.timeline(session, people["alice"], one).items
        assert [entry.about for entry in seen if entry.kind == "call"] == ["c3", "c1"]
        assert not [entry for entry in seen if entry.kind == "ticket"]
        with pytest.raises(InvalidInputError):
            customer_timeline.timeline(session, BOSS, one, cursor="x")


def test_the_list_is_paged_by_key_and_narrowed(database: Database) -> None:  # noqa: F811
    ids = [
        make(
            database,
            f"名{n}",
            f"1380013800{n}",
            grade="vip" if n == 2 else "",
            elderly=n == 3,
            vulnerable=["illness"] if n == 4 else [],
        )
        for n in range(6)
    ]
    ticket_of(database, ids[5], "13800138005")
    ticket_of(database, ids[1], "13800138001", kind="inquiry")
    with database.read() as session:

        def listed(**filters: object) -> list[int]:
            seen, cursor = [], None
            while True:
                page = customer_search.list_customers(
                    session,
                    BOSS,
                    CustomerFilters(**filters),
                    cursor=cursor,
                    limit=2,
                    today=TODAY,
                    region="CN",  # type: ignore[arg-type]
                )
                seen += [one.id for one in page.items]
                cursor = page.next
                if cursor is None:
                    return seen

        assert listed() == ids[::-1]
        assert listed(grade="vip") == [ids[2]]
        assert listed(care=True) == [ids[4], ids[3]]
        assert listed(open_complaints=True) == [ids[5]]
        first = customer_search.list_customers(
            session, BOSS, CustomerFilters(), limit=1, today=TODAY, region="CN"
        ).items[0]
        assert (first.name, first.number, first.open_tickets, first.open_complaints) == ("名•", "138••••8005", 1, 1)
        with pytest.raises(InvalidInputError):
            customer_search.list_customers(session, BOSS, CustomerFilters(grade="gold"), today=TODAY, region="CN")


def test_who_calls_with_the_number_of_a_double_is_who_was_kept(database: Database) -> None:  # noqa: F811
    kept, gone = make(database, "甲一", "13800138001"), make(database, "乙二", "13800138002")
    with database.write() as session:
        customer_doubles.merge(session, SAM, kept, gone, reason="the same", now=NOW)
        caller = customers.find_or_make(session, "13800138002", region="CN", now=NOW)
        assert caller is not None
        assert caller.id == kept
        assert len(session.scalars(select(Customer)).all()) == 2


def test_who_grows_old_is_marked_in_the_night(database: Database) -> None:  # noqa: F811
    born = {"old": "1966-11-22", "tomorrow": "1966-11-24", "young": "1990-01-01", "unknown": ""}
    ids = {name: make(database, name, born_on=day) for name, day in born.items()}
    with database.read() as session:
        elderly = {name: session.get_one(Customer, one).elderly for name, one in ids.items()}
    assert elderly == {"old": True, "tomorrow": False, "young": False, "unknown": False}
    assert birthdays.mark_elderly(database, today=TODAY + timedelta(days=1), now=NOW) == 0
    assert birthdays.mark_elderly(database, today=TODAY + timedelta(days=2), now=NOW) == 1
    with database.read() as session:
        assert session.get_one(Customer, ids["tomorrow"]).elderly is True


def test_consent_to_evening_calls_lifts_the_quiet_hours(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    one = make(database, "张三", "13800138000")
    evening = NOW.replace(hour=15)  # 23:00 in Shanghai
    caller = Actor("sam", frozenset({Role.SM}), people["alice"].user_id)
    states = []
    for given in (None, True, False):
        with database.write() as session:
            if given is not None:
                consents.write_down(session, SAM, one, Purpose.EVENING_CALLS, given=given, channel="phone", now=NOW)
            wanted = outbound.Wanted("promised", customer_id=one)
            call = outbound.ask(session, caller, wanted, OutboundRules(), centre=CENTRE, now=evening)
            states.append((call.state, call.refused))
    assert states == [("refused", "quiet_hours"), ("dialled", None), ("refused", "quiet_hours")]


def test_an_agent_lists_his_own_customers_only(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    alice = people["alice"]
    his, called, made, foreign = (
        make(database, name, f"1380013800{n}") for n, name in enumerate(("甲", "乙", "丙", "丁"))
    )
    ticket = ticket_of(database, his, "13800138000")
    call_of(database, "c", called, "13800138001", "alice", NOW)
    with database.write() as session:
        session.get_one(Ticket, ticket).assignee_id = alice.user_id
        session.get_one(Customer, made).made_by = "alice"
        session.add(CallLeg(call_id="c", leg="l", agent="alice", kind="queue", rang_at=NOW, answered_at=NOW))
    with database.read() as session:
        page = customer_search.list_customers(session, alice, CustomerFilters(), today=TODAY, region="CN")
        assert [one.id for one in page.items] == [made, called, his]
        seen = [
            customer_scope.may_on_customer(session, alice, Action.CUSTOMER_READ, one)
            for one in (his, called, made, foreign)
        ]
        assert seen == [True, True, True, False]
