"""An emergency from the first sign to the signed report, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db.casefile import Notice
from crm.db.emergencies import Emergency, EmergencyBulletin, EmergencyCall, EmergencySignal
from crm.db.messages import Message
from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.domain.access import Actor, Role
from crm.domain.emergency import REPORT_PARTS, Answer, State, Trigger
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.rules import DEFAULT_RULES as RULES
from crm.domain.tickets import Channel, Kind
from crm.jobs import emergencies as jobs
from crm.services import (
    audit,
    duty_roster,
    emergencies,
    emergency_bulletins,
    emergency_closing,
    emergency_room,
    emergency_signals,
    emergency_team,
    users,
)
from crm.services.duty_roster import NewEntry
from crm.services.emergencies import Declaration
from crm.services.emergency_bulletins import NewBulletin, NewMeasure
from crm.services.ticket_changes import NewTicket, create_ticket
from tests.call_work import CENTRE, NOW
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration
CAST = {"sam": Role.SM, "carl": Role.CM, "dora": Role.DG, "greta": Role.GM, "theo": Role.DH, "alice": Role.A1}
SITE = replace(CENTRE, public_url="https://complaints.example")
ROSTER = (("lead", "dora", 1), ("lead", "greta", 2), ("customers", "carl", 1), ("floor", "sam", 1),
          ("technology", "theo", 1), ("accounting", "theo", 1))  # fmt: skip
House = dict[str, Actor]


@pytest.fixture
def house(database: Database) -> House:  # noqa: F811
    with database.write() as session:
        cast = {
            name: users.actor_of(users.create_user(
                session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW,
            ))
            for name, role in CAST.items()
        }  # fmt: skip
        for duty, name, rank in ROSTER:
            number = f"1390000000{rank}" if name != "sam" else ""
            duty_roster.add(session, cast["sam"], NewEntry(duty, name, rank, number), now=NOW)
    return cast


def complain(database: Database, actor: Actor, text: str, number: str = "13800138000") -> Ticket:  # noqa: F811
    with database.write() as session:
        made = create_ticket(
            session, actor, NewTicket(Kind.COMPLAINT, Channel.PHONE, text, caller_number=number), centre=CENTRE, now=NOW
        )
        return session.get_one(Ticket, made.summary.id)


def declare(database: Database, house: House, *tickets: Ticket, trigger: Trigger = Trigger.SYSTEM_FAULT) -> int:  # noqa: F811
    given = Declaration(trigger, "转账全部失败", "自十点起转账全部失败", tuple(one.number for one in tickets))
    with database.write() as session:
        return emergencies.declare(session, house["sam"], given, centre=SITE, rules=RULES, now=NOW)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def test_a_sign_is_told_to_the_leads_once_and_decided_by_a_person(database: Database, house: House) -> None:  # noqa: F811
    ticket = complain(database, house["alice"], "我已经找了记者，要曝光你们")
    jobs.run(database, SITE, NOW)
    jobs.run(database, SITE, NOW + minutes(1))
    with database.read() as session:
        signal = session.scalars(select(EmergencySignal)).one()
        told = set(session.scalars(select(Notice.user_id).where(Notice.ticket_id == ticket.id)))
        assert (signal.trigger, signal.words, signal.ticket_ids) == ("media", ["记者", "曝光"], [ticket.id])
        assert told == {house[name].user_id for name in ("sam", "carl", "dora", "greta")}
        assert emergency_signals.waiting(session, house["sam"])[0].tickets == ((ticket.id, ticket.number),)
    with database.write() as session:
        with pytest.raises(ForbiddenError):
            emergency_signals.dismiss(session, house["alice"], signal.id, "no", now=NOW)
        with pytest.raises(InvalidInputError):
            emergency_signals.dismiss(session, house["sam"], signal.id, " ", now=NOW)
        emergency_signals.dismiss(session, house["sam"], signal.id, "记者是他的朋友", now=NOW)
        with pytest.raises(ConflictError):
            emergency_signals.dismiss(session, house["carl"], signal.id, "again", now=NOW)


def test_a_group_is_joined_by_later_tickets_until_it_is_decided(database: Database, house: House) -> None:  # noqa: F811
    with database.write() as session:
        ids = [emergency_signals.suggest(session, trigger=Trigger.GROUP, key="fees", title="年费", ticket_ids=given,
                                         why="", now=NOW) for given in ([1, 2], [3])]  # fmt: skip
        assert ids[1] is None
        assert session.get_one(EmergencySignal, ids[0]).ticket_ids == [1, 2, 3]


def test_declaring_flags_the_tickets_and_seats_the_team(database: Database, house: House) -> None:  # noqa: F811
    ticket = complain(database, house["alice"], "转账失败")
    with database.write() as session, pytest.raises(ForbiddenError):
        emergencies.declare(session, house["alice"], Declaration("media", "t", "s"), centre=SITE, rules=RULES, now=NOW)
    with database.write() as session, pytest.raises(InvalidInputError, match="no such ticket"):
        emergencies.declare(
            session, house["sam"], Declaration("media", "t", "s", ("2611200100099",)), centre=SITE, rules=RULES, now=NOW
        )
    emergency_id = declare(database, house, ticket)
    with database.read() as session:
        row = session.get_one(Emergency, emergency_id)
        assert row.number == "E261120-01"
        assert [seat.duty for seat in row.seats] == ["lead", "customers", "floor", "accounting", "technology"]
        changed = session.get_one(Ticket, ticket.id)
        assert changed.emergency
        assert (changed.priority, changed.version) == ("P1", ticket.version + 1)
        with pytest.raises(NotFoundError):
            emergency_room.room(session, house["alice"], emergency_id, RULES)


def test_who_is_complained_about_sits_in_no_team(database: Database, house: House) -> None:  # noqa: F811
    ticket = complain(database, house["alice"], "副总经理骂我")
    with database.write() as session:
        session.get_one(Ticket, ticket.id).complained_about_id = house["dora"].user_id
    emergency_id = declare(database, house, ticket)
    with database.write() as session:
        lead = session.get_one(Emergency, emergency_id).seats[0]
        assert lead.roster == [house["greta"].user_id]
        with pytest.raises(InvalidInputError):
            emergency_team.add_person(session, house["sam"], emergency_id, "lead", "dora", now=NOW)


def test_the_team_is_called_along_the_roster_until_it_is_whole(database: Database, house: House) -> None:  # noqa: F811
    emergency_id = declare(database, house)
    assert jobs.run(database, SITE, NOW) == 4
    assert jobs.run(database, SITE, NOW) == 0
    with database.read() as session:
        sent = session.scalars(select(Message).where(Message.template == "callout")).all()
        assert {one.user_id for one in sent} == {house[name].user_id for name in ("dora", "carl", "theo")}
        assert all("https://complaints.example/emergencies/answer/" in one.body for one in sent)
        token = sent[0].body.partition("/answer/")[2].split()[0].strip("。.")
        called = {one.user_id: one for one in session.scalars(select(EmergencyCall))}
        assert len(called) == 4
        assert session.scalars(select(Notice.user_id).where(Notice.user_id == house["sam"].user_id)).all()
    by_link = next(one for one in called.values() if one.token_sha256 == emergency_team.digest(token))
    with database.write() as session:
        emergency_team.answer_by_link(session, token, "coming", now=NOW + minutes(1))
        with pytest.raises(NotFoundError):
            emergency_team.answer_by_link(session, "another", "coming", now=NOW)
    others = [house[name] for name in ("dora", "carl", "theo", "sam") if house[name].user_id != by_link.user_id]
    with database.write() as session:
        emergency_team.answer(session, others[0], emergency_id, "cannot", now=NOW + minutes(2))
        for one in others[1:]:
            emergency_team.answer(session, one, emergency_id, "coming", now=NOW + minutes(3))
        assert session.get_one(Emergency, emergency_id).team_complete_at is None
    jobs.run(database, SITE, NOW + minutes(31))
    with database.write() as session:
        room = emergency_room.room(session, house["sam"], emergency_id, RULES)
        assert not room.complete
        assert "team_late" in [event.event for event in room.events]
        open_seats = [seat for seat in room.seats if seat.filled_by is None]
        assert open_seats
        emergency_team.add_person(session, house["sam"], emergency_id, open_seats[0].duty, "alice", now=NOW)
    jobs.run(database, SITE, NOW + minutes(32))
    with database.write() as session:
        emergency_team.answer(session, house["alice"], emergency_id, "coming", now=NOW + minutes(33))
        for name in ("greta",):
            if session.scalars(select(EmergencyCall).where(EmergencyCall.user_id == house[name].user_id)).first():
                emergency_team.answer(session, house[name], emergency_id, "coming", now=NOW + minutes(33))
        row = session.get_one(Emergency, emergency_id)
        assert row.team_complete_at == NOW + minutes(33)
        assert audit.verify(session).broken is None


def test_who_does_not_answer_is_called_again_and_then_his_successor(database: Database, house: House) -> None:  # noqa: F811
    declare(database, house)
    for at in (0, 4, 5, 9, 10):
        jobs.run(database, SITE, NOW + minutes(at))
    with database.read() as session:
        called = {one.user.username: one for one in session.scalars(select(EmergencyCall))}
        assert {name: one.times for name, one in called.items()} == {
            "dora": 3, "carl": 3, "sam": 3, "theo": 3, "greta": 1,
        }  # fmt: skip
        phoned = session.scalars(select(Message.channel).where(Message.user_id == house["dora"].user_id)).all()
        assert sorted(phoned) == ["phone", "phone", "sms", "sms", "sms"]


def test_bulletins_go_to_customers_and_departments_every_two_hours(database: Database, house: House) -> None:  # noqa: F811
    tickets = [complain(database, house["alice"], "转账失败", number) for number in ("13800138001", "13800138001", "13800138002")]  # fmt: skip  # noqa: E501
    emergency_id = declare(database, house, *tickets)
    jobs.run(database, SITE, NOW)
    jobs.run(database, SITE, NOW + minutes(106))
    jobs.run(database, SITE, NOW + minutes(110))
    with database.write() as session:
        events = [event.event for event in emergency_room.room(session, house["sam"], emergency_id, RULES).events]
        assert events.count("bulletin_due") == 1
        with pytest.raises(InvalidInputError):
            emergency_bulletins.issue(
                session,
                house["carl"],
                emergency_id,
                NewBulletin("内部"),
                rules=RULES,
                centre=SITE,
                now=NOW + minutes(115),
            )
        first = emergency_bulletins.issue(
            session, house["carl"], emergency_id, NewBulletin("内部情况", "正在修复", ""), rules=RULES, centre=SITE,
            now=NOW + minutes(115),
        )  # fmt: skip
        assert (first.position, first.due_at) == (1, NOW + minutes(120))
        assert len(first.message_ids) == 2
        assert first.told_people >= 3
        message = session.get_one(Message, first.message_ids[0])
        assert "正在修复" in message.body
        assert session.get_one(Emergency, emergency_id).last_bulletin_at == NOW + minutes(115)
    jobs.run(database, SITE, NOW + minutes(115 + 121))
    with database.read() as session:
        events = [event.event for event in emergency_room.room(session, house["sam"], emergency_id, RULES).events]
        assert events.count("bulletin_late") == 1


def test_an_emergency_is_closed_by_another_person_with_everything_done(database: Database, house: House) -> None:  # noqa: F811
    ticket = complain(database, house["alice"], "资料外泄")
    emergency_id = declare(database, house, ticket, trigger=Trigger.LEAK)
    report = dict.fromkeys(REPORT_PARTS, "写明")
    with database.write() as session:
        with pytest.raises(InvalidInputError):
            emergency_closing.write_report(session, house["carl"], emergency_id, {}, done=True, now=NOW)
        measure = emergency_bulletins.decide(
            session, house["carl"], emergency_id, NewMeasure("暂停接口", "theo", "系统维护中，预计两小时恢复"), now=NOW
        )
        assert emergency_bulletins.instructions(session)[0][2] == "系统维护中，预计两小时恢复"
        emergency_closing.write_report(session, house["dora"], emergency_id, report, done=True, now=NOW)
    problems = (
        "who wrote the closing report does not sign it",
        "interim measures are still in force: end them or hand them over",
        "the final bulletin was not issued",
        "the report of the leak to the central bank is missing",
    )
    with database.write() as session:
        assert emergency_closing.missing_for(session, house["dora"], emergency_id) == problems
        with pytest.raises(ForbiddenError):
            emergency_closing.close(session, house["carl"], emergency_id, now=NOW)
        with pytest.raises(IllegalMoveError, match="does not sign"):
            emergency_closing.close(session, house["dora"], emergency_id, now=NOW)
        emergency_bulletins.end_measure(session, house["carl"], emergency_id, measure, "已修复", now=NOW)
        emergency_bulletins.issue(
            session, house["carl"], emergency_id, NewBulletin("结束", "已恢复", final=True), rules=RULES,
            centre=SITE, now=NOW,
        )  # fmt: skip
        emergency_closing.report_leak(session, house["carl"], emergency_id, "电话与书面，编号 7", now=NOW + minutes(60))
    with database.write() as session:
        emergency_closing.close(session, house["greta"], emergency_id, now=NOW + minutes(90))
    with database.read() as session:
        row = session.get_one(Emergency, emergency_id)
        assert (row.state, row.ended_at) == (State.CLOSED, NOW + minutes(90))
        assert not session.get_one(Ticket, ticket.id).emergency
        assert emergency_bulletins.instructions(session) == []
        assert audit.verify(session).broken is None
    with database.write() as session, pytest.raises(ConflictError):
        emergencies.note(session, house["sam"], emergency_id, "too late", now=NOW)


def test_what_was_none_is_stood_down_before_customers_are_told(database: Database, house: House) -> None:  # noqa: F811
    emergency_id = declare(database, house)
    with database.write() as session:
        with pytest.raises(InvalidInputError):
            emergencies.stand_down(session, house["dora"], emergency_id, "", now=NOW)
        emergencies.stand_down(session, house["dora"], emergency_id, "监控误报", now=NOW)
        assert session.get_one(Emergency, emergency_id).state == State.STOOD_DOWN
        with pytest.raises(NotFoundError):
            emergency_team.by_link(session, "none")


def test_a_bulletin_is_never_changed(database: Database, house: House) -> None:  # noqa: F811
    emergency_id = declare(database, house)
    with database.write() as session:
        emergency_bulletins.issue(
            session, house["carl"], emergency_id, NewBulletin("情况"), rules=RULES, centre=SITE, now=NOW
        )
    with pytest.raises(Exception, match="append-only"), database.write() as session:
        session.scalars(select(EmergencyBulletin)).one().internal_text = "other"


def test_a_colleague_may_say_what_he_was_told_on_the_phone(database: Database, house: House) -> None:  # noqa: F811
    emergency_id = declare(database, house)
    jobs.run(database, SITE, NOW)
    with database.write() as session:
        emergency_team.answer(
            session, house["carl"], emergency_id, "coming", now=NOW, of=house["dora"].user_id, note="在路上"
        )
        call = session.scalars(select(EmergencyCall).where(EmergencyCall.user_id == house["dora"].user_id)).one()
        assert (call.answer, call.note) == (Answer.COMING, "在路上")
        assert session.get_one(Emergency, emergency_id).seats[0].filled_by_id == house["dora"].user_id


def test_what_is_not_done_in_time_is_told_once(database: Database, house: House) -> None:  # noqa: F811
    emergency_id = declare(database, house, trigger=Trigger.LEAK)
    for at in (119, 120, 121, 24 * 60, 24 * 60 + 1, 72 * 60):
        jobs.run(database, SITE, NOW + minutes(at))
    with database.read() as session:
        events = [event.event for event in emergency_room.room(session, house["sam"], emergency_id, RULES).events]
        late = [event for event in events if event.endswith("_late") and event not in {"team_late", "bulletin_late"}]
        assert late == ["interim_late", "leak_report_late", "leak_report_legal_late"]
        told = session.scalars(select(Notice.params).where(Notice.user_id == house["greta"].user_id)).all()
        assert [one["what"] for one in told].count("interim_late") == 1
