"""Surveys as rows on both databases: what the menu heard, a low mark's visit, links that work once, the figures."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select

from crm.db.aftercare import Visit
from crm.db.calls import Call
from crm.db.messages import Message
from crm.db.people import User
from crm.db.session import Database
from crm.db.surveys import Survey
from crm.db.tickets import Ticket
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, InvalidInputError, NotFoundError
from crm.domain.kpi_facts import Fact, Period
from crm.domain.tickets import Channel, Kind
from crm.domain.visits import Outcome, VisitKind, VisitState
from crm.jobs import aftercare
from crm.services import customers, kpi_source_surveys, rules, survey_results, surveys, users, visit_lists, visits
from crm.services.centre import Centre
from crm.services.survey_results import Span
from crm.services.ticket_changes import NewTicket, create_ticket
from ivr.callevents import CallEvent
from ivr.callevents import CallEventName as Name
from tests.call_work import NOW, ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)

pytestmark = pytest.mark.integration
CENTRE = Centre(ZONE, public_url="https://bank.example")
CALL = "huiyin01-1763770000.1"
TODAY = NOW.astimezone(ZONE).date()
SPAN = Span(TODAY - timedelta(days=6), TODAY, ZONE)
CAST = {"alice": Role.A1, "amy": Role.A1, "carl": Role.CM, "vera": Role.CM, "dora": Role.DG}


def journal(*scores: tuple[str, int]) -> list[CallEvent]:
    """A hand-over by Alice, and what was keyed after it."""
    offered: dict[str, Any] = {"agent": "alice", "questions": ["satisfaction", "recommendation"]}
    events = [(Name.SURVEY_OFFERED, offered)]
    events += [(Name.SURVEY_ANSWERED, {"question": q, "score": score, "agent": "alice"}) for q, score in scores]
    return [CallEvent(CALL, seq, NOW, name, fields) for seq, (name, fields) in enumerate(events)]


@pytest.fixture
def people(database: Database) -> dict[str, Actor]:  # noqa: F811
    with database.write() as session:
        made = {
            name: users.actor_of(
                users.create_user(session, username=name, roles=frozenset({role}), password_hash=None, by="t", now=NOW)
            )
            for name, role in CAST.items()
        }
        customer = customers.find_or_make(session, "13800138000", region="CN", now=NOW)
        assert customer is not None
        session.add(
            Call(
                call_id=CALL,
                caller_number="13800138000",
                language="zh",
                started_at=NOW,
                outcome="answered",
                menu_path=[],
                flags=[],
                ivr_done=True,
                queue="service",
                customer_id=customer.id,
            )
        )
    return made


def heard(database: Database, *scores: tuple[str, int]) -> Survey:  # noqa: F811
    with database.write() as session:
        call = session.get_one(Call, CALL)
        (row,) = surveys.write_of_call(session, call, journal(*scores), centre=CENTRE, now=NOW)
        return row


def test_a_low_mark_brings_a_visit_by_somebody_else_once(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    assert heard(database).answered_at is None
    row = heard(database, ("satisfaction", 1), ("recommendation", 0))
    again = heard(database, ("satisfaction", 1), ("recommendation", 0))
    assert (again.id, again.follow_up_id) == (row.id, row.follow_up_id)
    with database.read() as session:
        (visit,) = session.scalars(select(Visit)).all()
        assert (visit.kind, visit.state) == (VisitKind.CALL, VisitState.PLANNED)
        assert timedelta() < visit.due_at - NOW < timedelta(days=6)
        assert row.user_id == people["alice"].user_id
        alice = session.get_one(User, people["alice"].user_id)
        assert not visits.may_make(session, alice, visit), "nobody calls those who were not content with him"
        assert visits.may_make(session, session.get_one(User, people["amy"].user_id), visit)


def test_who_is_not_reached_after_a_low_mark_is_tried_so_often_and_no_more(
    database: Database,  # noqa: F811
    people: dict[str, Actor],
) -> None:
    row = heard(database, ("satisfaction", 2))
    assert row.follow_up_id is not None
    with database.write() as session:
        visits.take(session, people["carl"], row.follow_up_id, now=NOW)
        least = rules.current(session).no_answer_tries
        tries = [
            visits.not_reached(
                session,
                people["carl"],
                row.follow_up_id,
                call_id="huiyin01-1.1",
                note=f"no answer {number}",
                centre=CENTRE,
                now=NOW,
            )
            for number in range(least)
        ]
        assert tries == list(range(1, least + 1))
        visit = session.get_one(Visit, row.follow_up_id)
        assert (visit.state, visit.outcome) == (VisitState.DONE, Outcome.NO_ANSWER)
        assert [(one.by, one.call_id, one.note, one.reached) for one in visit_lists.made_tries(session, visit)] == [
            ("carl", "huiyin01-1.1", f"no answer {number}", False) for number in range(least)
        ], "a visit without a ticket keeps what was written down at each try"


def test_a_journal_that_says_nonsense_counts_as_not_answered(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    assert people
    row = heard(database, ("satisfaction", 9), ("mood", 3), ("recommendation", 7))
    assert (row.score, row.recommends, row.answered_at) == (None, None, None)


def test_the_figures_are_made_of_the_surveys_of_the_day(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    heard(database, ("satisfaction", 5), ("recommendation", 9))
    with database.write() as session:
        ids = [people["alice"].user_id, people["amy"].user_id]
        for number, (score, mark) in enumerate(((4, 6), (2, 7), (None, None))):
            session.add(
                Survey(
                    way="menu",
                    unique_key=f"call:x:{number}",
                    user_id=ids[number % 2],
                    language="zh",
                    opinion="",
                    offered_at=NOW,
                    score=score,
                    recommends=mark,
                    answered_at=NOW if score else None,
                )
            )
    with database.read() as session:
        rows = list(kpi_source_surveys.facts(session, Period(TODAY, TODAY, ZONE, NOW)))
        whole = survey_results.results(session, people["dora"], SPAN)
        own = survey_results.results(session, people["amy"], SPAN)
        low = survey_results.listed(session, people["dora"], SPAN, low=True)
    assert {one.behind.partition(":")[0] for one in rows} == {"survey"}
    assert sum(one.counts.get(Fact.SURVEYS_OFFERED, 0) for one in rows) == 4
    assert sum(one.counts.get(Fact.SURVEYS_GOOD, 0) for one in rows) == 2
    assert (whole.whole.csat.value, whole.whole.response.value) == (Fraction(2, 3), Fraction(3, 4))
    assert whole.whole.nps.value == 0, "one promoter, one detractor"
    assert whole.scores == {5: 1, 4: 1, 3: 0, 2: 1, 1: 0}
    assert own.whole.offered == 1, "an agent reads his own"
    assert [one.score for one in low.items] == [2]
    with database.read() as session, pytest.raises(NotFoundError):
        survey_results.load(session, people["amy"], int(rows[0].behind.partition(":")[2]))


def test_a_link_goes_out_after_a_visit_and_works_once(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    with database.write() as session:
        new = NewTicket(Kind.COMPLAINT, Channel.PHONE, "nobody called me back", caller_number="13800138000")
        made = create_ticket(session, people["alice"], new, centre=CENTRE, now=NOW).summary
        ticket = session.get_one(Ticket, made.id)
        visit = visits.plan(
            session,
            VisitKind.COMPLAINT,
            key="complaint:1:0",
            due_at=NOW,
            ticket=ticket,
            customer_id=ticket.customer_id,
            by="t",
            now=NOW,
        )
        assert visit is not None
        visit.state, visit.outcome, visit.done_at = VisitState.DONE, Outcome.SATISFIED, NOW
        visit.visitor_id = people["vera"].user_id
    assert aftercare.run(database, CENTRE, NOW) >= 1
    aftercare.run(database, CENTRE, NOW)
    with database.read() as session:
        (message,) = session.scalars(select(Message).where(Message.template == "survey")).all()
        assert message.channel == "sms"
    secret = message.body.partition("/survey/")[2][:24]
    with database.write() as session, pytest.raises(InvalidInputError):
        surveys.answer(session, secret, 0, None, "", centre=CENTRE, now=NOW)
    with database.write() as session:
        row = surveys.answer(session, secret, 2, 3, "still open", centre=CENTRE, now=NOW)
        assert row.follow_up_id is not None
    with database.write() as session, pytest.raises(ConflictError, match="answered"):
        surveys.answer(session, secret, 5, None, "", centre=CENTRE, now=NOW)
    with database.read() as session:
        assert surveys.by_secret(session, secret, now=NOW + timedelta(days=400)) is None
        assert surveys.by_secret(session, "wrong", now=NOW) is None
