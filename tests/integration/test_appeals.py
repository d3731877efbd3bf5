"""Appeals from the score to the last ruling, with everything that time does, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import select

from crm.db.casefile import Notice
from crm.db.fairness import Appeal, AppealTerm
from crm.db.people import User
from crm.db.quality import Evaluation, EvaluationEvent
from crm.db.session import Database
from crm.domain.access import Actor
from crm.domain.appeals import Point, Refused, Ruled, Verdict
from crm.domain.errors import ConflictError, ForbiddenError, IllegalMoveError, NotFoundError
from crm.domain.marks import Mark
from crm.services import appeal_rulings, appeal_ticks, appeals, audit, evaluations
from crm.services.appeal_rulings import BadRulingError
from crm.services.appeals import RefusedAppealError
from tests.call_work import CENTRE, ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)
from tests.quality_people import EMPATHY, GREETING, PROMISE, call, cast, scored

pytestmark = pytest.mark.integration
MONDAY = datetime(2026, 11, 16, 2, tzinfo=UTC)
DAY = timedelta(days=1)
A1, B2 = "item:A1:0", "item:B2:1"
_numbers = count(1)


@pytest.fixture
def people(database: Database) -> dict[str, Actor]:  # noqa: F811
    with database.write() as session:
        return cast(session, MONDAY - 30 * DAY)


def evaluated(database: Database, people: dict[str, Actor], *marks: Mark, by: str = "quinn") -> int:  # noqa: F811
    """A call of Alice's that was scored on Monday."""
    with database.write() as session:
        row = call(session, next(_numbers), MONDAY - DAY)
        return scored(session, people[by], row, marks or (GREETING, EMPATHY), now=MONDAY)


def appealed(database: Database, people: dict[str, Actor], number: int, *keys: str, now: datetime) -> int:  # noqa: F811
    with database.write() as session:
        points = [Point(key, "I did", 12_000) for key in keys]
        return appeals.appeal(session, people["alice"], number, points, "please listen again", ZONE, now=now)


def ruled(
    database: Database, who: Actor, number: int, *decisions: Ruled, now: datetime, version: int | None = None,  # noqa: F811
) -> None:  # fmt: skip
    with database.write() as session:
        seen = version or session.get_one(Appeal, number).version
        appeal_rulings.rule(session, who, number, decisions, "as I heard it", version=seen, zone=ZONE, now=now)


def notices(database: Database, name: str) -> list[str]:  # noqa: F811
    with database.read() as session:
        rows = session.scalars(select(Notice).join(User).where(User.username == name).order_by(Notice.id))
        return [row.kind for row in rows]


def events(database: Database, number: int) -> list[str]:  # noqa: F811
    with database.read() as session:
        rows = select(EvaluationEvent.event).where(EvaluationEvent.evaluation_id == number).order_by(EvaluationEvent.id)
        return list(session.scalars(rows))


def test_from_a_score_to_the_last_ruling(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    number = evaluated(database, people)
    assert appeal_ticks.run(database, CENTRE, MONDAY).opened == 1
    assert appeal_ticks.run(database, CENTRE, MONDAY) == appeal_ticks.Ticked()
    with database.write() as session:
        appeals.see(session, people["alice"], number, ZONE, now=MONDAY)
        for stranger in ("amy", "quinn"):
            with pytest.raises((NotFoundError, ForbiddenError)):
                appeals.see(session, people[stranger], number, ZONE, now=MONDAY)
        before = session.get_one(Evaluation, number).score
    first = appealed(database, people, number, A1, B2, now=MONDAY + DAY)
    assert notices(database, "quinn") == ["appeal_made"]
    assert notices(database, "qing") == notices(database, "hera") == ["appeal_waiting"]
    with pytest.raises(RefusedAppealError):  # one at a time
        appealed(database, people, number, A1, now=MONDAY + DAY)
    with database.write() as session:
        for name in ("quinn", "alice", "sam", "dora"):  # scored it, is it, leads her, is for the last step only
            with pytest.raises((ForbiddenError, NotFoundError)):
                appeal_rulings.take(session, people[name], first, now=MONDAY + DAY)
        appeal_rulings.take(session, people["qing"], first, now=MONDAY + DAY)
        with pytest.raises(ConflictError):
            appeal_rulings.take(session, people["qiu"], first, now=MONDAY + DAY)
    lifted, stands = Ruled(A1, Verdict.LIFTED, "she does greet him"), Ruled(B2, Verdict.STANDS, "no word of sorrow")
    for bad in ([lifted], [lifted, Ruled(B2, Verdict.REDUCED, "x", 3)], [lifted, Ruled(B2, Verdict.STANDS, " ")]):
        with pytest.raises(BadRulingError):
            ruled(database, people["qing"], first, *bad, now=MONDAY + DAY)
    with pytest.raises(ConflictError):
        ruled(database, people["qing"], first, lifted, stands, version=1, now=MONDAY + DAY)
    ruled(database, people["qing"], first, lifted, stands, now=MONDAY + DAY)
    with database.read() as session:
        ruling = session.get_one(Evaluation, session.get_one(Appeal, first).ruling_id or 0)
        original = session.get_one(Evaluation, number)
        assert (original.official, ruling.official, original.score) == (False, True, before)
        assert (original.state, ruling.state, ruling.score) == ("ruled", "submitted", (before or 0) + 20)
        assert [(mark.code, mark.taken, mark.note) for mark in ruling.marks] == [("B2", 3, EMPATHY.note)]
        assert session.get_one(AppealTerm, number).until_at.astimezone(ZONE).date() == (MONDAY + 4 * DAY).date()
    last = appealed(database, people, number, "item:B2:0", now=MONDAY + 2 * DAY)
    with pytest.raises(ForbiddenError):  # she ruled before
        ruled(database, people["qing"], last, Ruled("item:B2:0", Verdict.LIFTED, "x"), now=MONDAY + 2 * DAY)
    with pytest.raises(ForbiddenError):  # there is a head of quality who can
        ruled(database, people["dora"], last, Ruled("item:B2:0", Verdict.LIFTED, "x"), now=MONDAY + 2 * DAY)
    ruled(database, people["hera"], last, Ruled("item:B2:0", Verdict.REDUCED, "late, but she does", 1),
          now=MONDAY + 2 * DAY)  # fmt: skip
    with database.read() as session:
        end = session.get_one(Evaluation, session.get_one(Appeal, last).ruling_id or 0)
        assert (end.score, end.state, end.official) == ((before or 0) + 40, "final", True)
        assert session.get_one(Evaluation, number).state == "final"
        standing = session.scalars(select(Evaluation.id).where(Evaluation.official)).all()
        assert standing == [end.id]
        assert audit.verify(session).broken is None
    with pytest.raises(RefusedAppealError):
        appealed(database, people, number, "item:B2:0", now=MONDAY + 2 * DAY)
    assert events(database, number)[-7:] == [
        "seen", "appealed", "appeal_taken", "ruled", "appealed", "ruled", "settled"
    ]  # fmt: skip
    assert notices(database, "alice") == ["evaluated", "appeal_ruled", "appeal_ruled"]


def test_who_accepts_or_says_nothing_has_a_final_score(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    accepted, silent, withdrawn = (evaluated(database, people) for _ in range(3))
    appeal_ticks.run(database, CENTRE, MONDAY)
    with database.write() as session:
        appeals.acknowledge(session, people["alice"], accepted, ZONE, now=MONDAY)
        with pytest.raises(IllegalMoveError):
            appeals.acknowledge(session, people["alice"], accepted, ZONE, now=MONDAY)
    with pytest.raises(RefusedAppealError) as refusal:
        appealed(database, people, accepted, A1, now=MONDAY)
    assert refusal.value.why is Refused.SETTLED
    made = appealed(database, people, withdrawn, A1, now=MONDAY)
    with database.write() as session:
        with pytest.raises(NotFoundError):
            appeals.withdraw(session, people["amy"], made, now=MONDAY)
        appeals.withdraw(session, people["alice"], made, now=MONDAY)
    thursday = MONDAY + 3 * DAY
    assert appeal_ticks.run(database, CENTRE, thursday - timedelta(hours=1)).reminded == 1
    assert appeal_ticks.run(database, CENTRE, thursday).reminded == 0
    with pytest.raises(RefusedAppealError) as refusal:  # a second too late: the tick has not come by yet
        appealed(database, people, silent, A1, now=thursday + timedelta(hours=14))
    assert refusal.value.why is Refused.LATE
    assert appeal_ticks.run(database, CENTRE, thursday + timedelta(hours=14)).lapsed == 1
    with database.read() as session:
        assert {session.get_one(Evaluation, one).state for one in (accepted, silent, withdrawn)} == {"final"}
        assert session.get_one(Evaluation, silent).settled_at == thursday + timedelta(hours=14)
    assert [events(database, one)[-1] for one in (accepted, silent, withdrawn)] == ["accepted", "lapsed", "withdrawn"]


def test_a_late_house_loses_points_but_lifts_no_red_line(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    points = evaluated(database, people)
    fatal = evaluated(database, people, GREETING, PROMISE)
    appeal_ticks.run(database, CENTRE, MONDAY)
    for number, key in ((points, B2), (fatal, "fatal:X06:1")):
        appealed(database, people, number, A1, key, now=MONDAY)
    friday = MONDAY + 4 * DAY
    assert appeal_ticks.run(database, CENTRE, MONDAY + 3 * DAY).reminded == 2
    assert appeal_ticks.run(database, CENTRE, friday).late == 2
    assert appeal_ticks.run(database, CENTRE, friday) == appeal_ticks.Ticked()
    with database.read() as session:
        steps = session.scalars(select(Appeal).where(Appeal.evaluation_id == points).order_by(Appeal.step)).all()
        assert [(one.step, one.state, one.automatic) for one in steps] == [
            (1, "passed_on", True), (2, "waiting", False)
        ]  # fmt: skip
        assert steps[1].due_at.astimezone(ZONE).date() == (friday + 5 * DAY).date()  # Wednesday
    thursday = friday + 6 * DAY
    assert appeal_ticks.run(database, CENTRE, thursday).late == 2
    assert appeal_ticks.run(database, CENTRE, thursday).late == 0
    with database.read() as session:
        given = appeals.counts_now(session, session.get_one(Evaluation, points))
        assert (given.score, given.state, given.official, given.marks) == (1000, "final", True, [])
        assert session.get_one(Evaluation, fatal).state == "appealed"
        waits = session.scalars(select(Appeal).where(Appeal.evaluation_id == fatal, Appeal.step == 2)).one()
        assert (waits.state, waits.outcome) == ("waiting", None)
    assert notices(database, "dora").count("appeal_late") == 1
    assert appeal_ticks.run(database, CENTRE, thursday + DAY).late == 1  # once a day, until a person rules
    ruled(database, people["hera"], waits.id, Ruled(A1, Verdict.LIFTED, "she does"),
          Ruled("fatal:X06:1", Verdict.STANDS, "she promised it"), now=thursday + DAY)  # fmt: skip
    with database.read() as session:
        left = appeals.counts_now(session, session.get_one(Evaluation, fatal))
        assert (left.score, left.fatal, left.state) == (0, True, "final")


def test_the_last_step_goes_to_a_deputy_manager_where_the_head_is_barred(
    database: Database,  # noqa: F811
    people: dict[str, Actor],
) -> None:
    number = evaluated(database, people, by="hera")
    made = appealed(database, people, number, A1, now=MONDAY)
    ruled(database, people["qing"], made, Ruled(A1, Verdict.STANDS, "she does not"), now=MONDAY)
    with database.read() as session:  # nothing changed, so the first one keeps counting
        assert session.get_one(Appeal, made).ruling_id is None
        assert session.get_one(Evaluation, number).official
    last = appealed(database, people, number, A1, now=MONDAY)
    with pytest.raises(ForbiddenError):
        ruled(database, people["hera"], last, Ruled(A1, Verdict.STANDS, "x"), now=MONDAY)
    ruled(database, people["dora"], last, Ruled(A1, Verdict.LIFTED, "she does"), now=MONDAY)
    with database.read() as session:
        assert session.get_one(Appeal, last).outcome == "granted"


def test_where_nobody_else_scores_it_goes_to_the_last_step_at_once(
    database: Database,  # noqa: F811
    people: dict[str, Actor],
) -> None:
    with database.write() as session:
        for user in session.scalars(select(User).where(User.username.in_(("qing", "qiu", "hera")))):
            user.active = False
    number = evaluated(database, people)
    made = appealed(database, people, number, A1, now=MONDAY)
    assert notices(database, "dora") == ["appeal_waiting"]
    ruled(database, people["dora"], made, Ruled(A1, Verdict.LIFTED, "she does"), now=MONDAY)
    with database.read() as session:
        assert evaluations.result(appeals.counts_now(session, session.get_one(Evaluation, number))).official
