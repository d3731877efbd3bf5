"""Rewards and penalties from a proposal to the last word, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DatabaseError

from crm.db.calls import Call
from crm.db.careers import CareerStep
from crm.db.casefile import Notice
from crm.db.departments import Department, DepartmentMember
from crm.db.kpi import KPI_SUMS
from crm.db.merits import Merit, MeritDecision, MeritObjection
from crm.db.people import User
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.approvals import Decision
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.merits import Evidence, EvidenceKind, MeritKind, Proposal, Ruling, Scheme
from crm.services import audit, deputies, merit_ledger, merit_objections, merit_scheme, merits, scheme_reviews, users
from crm.services.merit_ledger import Search
from tests.call_work import CENTRE, NOW
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration
CAST = {"alice": Role.A1, "bob": Role.A1, "sam": Role.SM, "carl": Role.CM, "dora": Role.DG, "gus": Role.GM,
        "cora": Role.CO}  # fmt: skip
CALL = Evidence(EvidenceKind.CALL, "huiyin01-1.1")
MONTH = Evidence(EvidenceKind.KPI, "2026-11")
BONUS = Proposal("alice", MeritKind.BONUS, "2026-11", "kept a customer", 20_000, "", (CALL,))
WARNING = Proposal("alice", MeritKind.WRITTEN_WARNING, "2026-11", "was rude", 0, "", (CALL,))


@pytest.fixture
def house(database: Database) -> dict[str, Actor]:  # noqa: F811
    with database.write() as session:
        cast = {
            name: users.create_user(session, username=name, roles=frozenset({role}), password_hash=None, by="test",
                                    now=NOW)
            for name, role in CAST.items()
        }  # fmt: skip
        sections = {row.code: row.id for row in session.scalars(select(Department))}
        for name, section in (("alice", 1), ("sam", 1), ("bob", 2)):
            place = sections[f"service_section_{section}"]
            session.add(DepartmentMember(user_id=cast[name].id, department_id=place))
        session.add(Call(call_id=CALL.ref, language="zh", started_at=NOW, menu_path=[], flags=[], agent="alice"))
        return {name: users.actor_of(user) for name, user in cast.items()}


def propose(database: Database, actor: Actor, proposal: Proposal) -> int:  # noqa: F811
    with database.write() as session:
        return merits.propose(session, actor, proposal, centre=CENTRE, now=NOW).id


def sign(  # type: ignore[no-untyped-def]
    database: Database,  # noqa: F811
    actor: Actor,
    merit_id: int,
    decision: Decision = Decision.APPROVE,
    opinion: str = "",
    **more,  # noqa: ANN003
) -> str:
    with database.write() as session:
        seen = more.pop("seen", session.get_one(Merit, merit_id).fingerprint)
        row = merits.sign(session, actor, merit_id, decision, opinion=opinion, seen=seen, centre=CENTRE, now=NOW)
        return row.state


def told(database: Database, actor: Actor) -> list[str]:  # noqa: F811
    with database.read() as session:
        return list(session.scalars(select(Notice.kind).where(Notice.user_id == actor.user_id).order_by(Notice.id)))


def test_a_reward_goes_its_way_and_whom_it_is_about_sees_it_when_it_is_his(
    database: Database,  # noqa: F811
    house: dict[str, Actor],
) -> None:
    sam, alice, dora = house["sam"], house["alice"], house["dora"]
    for proposal, field in (
        (BONUS, None),
        (Proposal("bob", MeritKind.BONUS, "2026-11", "x", 1, "", (MONTH,)), "person"),
        (Proposal("sam", MeritKind.BONUS, "2026-11", "x", 1, "", (MONTH,)), "person"),
        (Proposal("gus", MeritKind.BONUS, "2026-11", "x", 1, "", (MONTH,)), "person"),
        (Proposal("alice", MeritKind.BONUS, "2026-11", "x", 1, "", (Evidence(EvidenceKind.CALL, "none"),)), "evidence"),
        (Proposal("alice", MeritKind.BONUS, "2026-11", "x", 1, "", (Evidence(EvidenceKind.TICKET, "9"),)), "evidence"),
    ):
        if field is None:
            made = propose(database, sam, proposal)
            continue
        with pytest.raises(InvalidInputError) as error:
            propose(database, sam, proposal)
        assert error.value.field == field
    with database.read() as session:
        assert merit_ledger.entries(session, alice, Search())[0] == []
        assert [one.id for one in merit_ledger.waiting(session, dora, NOW)] == [made]
        assert merit_ledger.waiting(session, house["gus"], NOW) == []
        with pytest.raises(NotFoundError):
            merit_ledger.get(session, house["bob"], made, NOW)
    with pytest.raises(ForbiddenError):
        sign(database, sam, made)
    with pytest.raises(ConflictError, match="has changed"):
        sign(database, dora, made, seen="0" * 64)
    assert sign(database, dora, made) == "approved"
    assert "merit_told" in told(database, alice)
    assert "approved" in told(database, sam)
    with database.write() as session:
        assert merit_ledger.note_seen(session, alice, made, now=NOW)
        assert not merit_ledger.note_seen(session, alice, made, now=NOW)
    with database.read() as session:
        sums = merit_ledger.sums(session, alice, Search())
        assert (sums.rewards, sums.given_fen) == (1, 20_000)
        assert audit.verify(session).broken is None
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(update(MeritDecision).values(opinion="other"))


def test_a_promotion_needs_both_managers_and_writes_the_new_position(
    database: Database,  # noqa: F811
    house: dict[str, Actor],
) -> None:
    step = Proposal("alice", MeritKind.PROMOTION, "2026-11", "a year of good work", 0, "senior_agent", (MONTH,))
    with pytest.raises(InvalidInputError, match="no way leads there"):
        propose(database, house["carl"], Proposal(**{**step.__dict__, "position": "section_manager"}))
    made = propose(database, house["carl"], step)
    assert sign(database, house["dora"], made) == "open"
    with pytest.raises(ForbiddenError):
        sign(database, house["dora"], made)
    assert sign(database, house["gus"], made) == "approved"
    with database.read() as session:
        row = session.scalars(select(CareerStep)).one()
        assert (row.position, row.merit_id, row.since_on) == ("senior_agent", made, NOW.date())


def test_what_is_about_a_manager_is_signed_above_him_and_a_deputy_signs_in_his_own_name(
    database: Database,  # noqa: F811
    house: dict[str, Actor],
) -> None:
    made = propose(database, house["carl"], Proposal("dora", MeritKind.OUTSTANDING, "2026-11", "x", 0, "", (MONTH,)))
    with pytest.raises(ForbiddenError):
        sign(database, house["dora"], made)
    with database.write() as session:
        deputies.name_deputy(session, house["gus"], principal="gus", deputy="sam", from_at=NOW - timedelta(hours=1),
                             until_at=NOW + timedelta(days=2), reason="away", now=NOW)  # fmt: skip
    with database.read() as session:
        assert merit_ledger.get(session, house["sam"], made, NOW).id == made  # not of his section, but his to sign
        assert [row.id for row in merit_ledger.waiting(session, house["sam"], NOW)] == [made]
    assert sign(database, house["sam"], made) == "approved"
    with database.read() as session:
        one = session.scalars(select(MeritDecision)).one()
        assert one.in_place_of is not None
        assert (one.decided_by.username, one.in_place_of.username) == ("sam", "gus")


def test_a_penalty_is_objected_to_in_time_and_ruled_by_somebody_else(
    database: Database,  # noqa: F811
    house: dict[str, Actor],
) -> None:
    alice, dora, gus = house["alice"], house["dora"], house["gus"]
    made = propose(database, house["sam"], WARNING)
    with pytest.raises(ConflictError, match="punished once"):
        propose(database, house["carl"], Proposal("alice", MeritKind.ORAL_WARNING, "2026-11", "again", 0, "", (CALL,)))
    with pytest.raises(InvalidInputError, match="reason"):
        sign(database, dora, made, Decision.RETURN)
    sign(database, dora, made)
    with database.write() as session, pytest.raises(ForbiddenError):
        merit_objections.object_to(session, house["bob"], made, "no", centre=CENTRE, now=NOW)
    late = NOW + timedelta(days=20)
    with database.write() as session, pytest.raises(ConflictError, match="time to object is over"):
        merit_objections.object_to(session, alice, made, "no", centre=CENTRE, now=late)
    with database.write() as session:
        merit_objections.object_to(session, alice, made, "I said nothing rude", centre=CENTRE, now=NOW)
    assert told(database, gus) == ["merit_objected"]
    with database.write() as session:
        assert merit_objections.remind(session, now=NOW) == 0
        assert merit_objections.remind(session, now=late) == 1
        assert merit_objections.remind(session, now=late) == 0
    with database.write() as session, pytest.raises(ForbiddenError):
        merit_objections.rule(session, dora, made, Ruling.UPHELD, "I signed it", now=NOW)
    with database.write() as session:
        assert merit_ledger.weighing(session, alice.user_id or 0, NOW.date()) != []
        merit_objections.rule(session, gus, made, Ruling.LIFTED, "the recording shows it", now=NOW)
    with database.read() as session:
        assert session.get_one(Merit, made).state == "lifted"
        assert session.scalars(select(MeritObjection.ruling)).one() == "lifted"
        assert merit_ledger.weighing(session, alice.user_id or 0, NOW.date()) == []
        assert session.scalars(select(User.username).where(User.username == "alice")).one()
    propose(database, house["carl"], Proposal("alice", MeritKind.ORAL_WARNING, "2026-11", "anew", 0, "", (CALL,)))


def test_the_effect_is_the_change_beyond_that_of_the_others(
    database: Database,  # noqa: F811
    house: dict[str, Actor],
) -> None:
    made = propose(database, house["carl"], BONUS)
    sign(database, house["dora"], made)
    later, first, last = datetime(2027, 3, 2, tzinfo=UTC), date(2026, 11, 1), date(2026, 11, 30)
    with database.write() as session:
        for name, day, tenths in (("alice", date(2026, 9, 3), 800), ("alice", date(2027, 1, 3), 900),
                                  ("bob", date(2026, 9, 3), 850), ("bob", date(2027, 1, 3), 860)):  # fmt: skip
            row = {"source": "quality", "axis": "agent", "day": day, "hour": -1, "queue": "", "team_id": 0,
                   "user_id": house[name].user_id, "scored": 1, "score_tenths": tenths, "fatals": 0}  # fmt: skip
            session.execute(insert(KPI_SUMS).values(**row))
        assert not scheme_reviews.remind(session, today=NOW.date(), now=NOW, zone=CENTRE.zone)
        due = scheme_reviews.due_on(session, CENTRE.zone)
        assert due == date(2027, 5, 20)
        assert scheme_reviews.remind(session, today=due, now=later, zone=CENTRE.zone)
        assert not scheme_reviews.remind(session, today=due, now=later, zone=CENTRE.zone)
        early = scheme_reviews.report(session, house["dora"], first, last, zone=CENTRE.zone, now=NOW)
        assert early["groups"]["rewards"]["measured"] == 0
        held = scheme_reviews.hold(session, house["dora"], first, last, "keep", "Too few.", zone=CENTRE.zone, now=later)
        score = held.figures["groups"]["rewards"]["effects"][0]
        assert (score["figure"], score["change"], score["others"], score["difference"]) == (
            "quality_score", "10", "1", "9",
        )  # fmt: skip
        assert score["finding"] == "too_few"
        assert scheme_reviews.is_whole(held)
        with pytest.raises(ForbiddenError):
            scheme_reviews.report(session, house["sam"], first, last, zone=CENTRE.zone, now=later)


def test_the_scheme_has_versions_and_what_was_proposed_keeps_to_the_one_in_force(
    database: Database,  # noqa: F811
    house: dict[str, Actor],
) -> None:
    scheme = Scheme(objection_days=7)
    with database.write() as session:
        with pytest.raises(ForbiddenError):
            merit_scheme.save(session, house["sam"], scheme, "more time", seen=0, now=NOW)
        assert merit_scheme.save(session, house["dora"], scheme, "more time", seen=0, now=NOW) == 1
        with pytest.raises(ConflictError):
            merit_scheme.save(session, house["gus"], Scheme(), "back", seen=0, now=NOW)
        assert merit_scheme.current(session) == (scheme, 1)
    warned = propose(database, house["carl"], WARNING)
    with database.write() as session:
        merit_scheme.save(session, house["dora"], Scheme(objection_days=1), "less time", seen=1, now=NOW)
    sign(database, house["dora"], warned)
    week = NOW + timedelta(days=8)  # seven working days are not over yet
    with database.write() as session:
        merit_objections.object_to(session, house["alice"], warned, "not so", centre=CENTRE, now=week)
    made = propose(database, house["carl"], BONUS)
    with database.write() as session:
        assert session.get_one(Merit, made).scheme_version == 2
        with pytest.raises(ForbiddenError):
            merits.withdraw(session, house["sam"], made, now=NOW)
        merits.withdraw(session, house["carl"], made, now=NOW)
    with pytest.raises(ConflictError):
        sign(database, house["dora"], made)
