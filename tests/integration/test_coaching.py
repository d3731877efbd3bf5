"""Coaching from a deduction to its effect, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from crm.db.calls import Call, Recording
from crm.db.casefile import Notice
from crm.db.fairness import Coaching
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.db.sampling import Sample
from crm.db.session import Database
from crm.domain.access import Actor
from crm.domain.coaching import Refused, Verdict
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.marks import Mark
from crm.services import appeals, coaching_effect, coaching_ticks, coachings, sampling
from crm.services.coachings import NewCoaching, RefusedStepError
from tests.call_work import CENTRE, ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)
from tests.quality_people import EMPATHY, GREETING, PROMISE, call, cast, scored

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 16, 2, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = NOW.astimezone(ZONE).date()


@pytest.fixture
def people(database: Database) -> dict[str, Actor]:  # noqa: F811
    with database.write() as session:
        return cast(session, NOW - 90 * DAY)


def on(database: Database, people: dict[str, Actor], at: datetime, number: int, *marks: Mark) -> int:  # noqa: F811
    """A call of Alice's of that day, scored on the next, and accepted."""
    with database.write() as session:
        row = call(session, number, at)
        made = scored(session, people["quinn"], row, marks, now=at + DAY)
        appeals.acknowledge(session, people["alice"], made, ZONE, now=at + DAY)
        return made


def recorded(database: Database, at: datetime, number: int) -> str:  # noqa: F811
    """A call of hers with a recording, that nobody has scored."""
    with database.write() as session:
        row = call(session, number, at)
        session.add(
            Recording(
                id=f"00000000-0000-0000-0000-{number:012d}", call_id=row.call_id, kind="call", source_name="call-1",
                state="stored", started_at=at, duration=290.0, rate=8000, channels=2, sha256="0" * 64, size=1,
                flags=[], peaks=[], store_key="x",
            )
        )  # fmt: skip
        return row.call_id


def test_from_a_deduction_to_its_effect(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    early = [on(database, people, NOW - n * DAY, n, EMPATHY) for n in range(3, 7)]
    new = NewCoaching(early[0], "B2", "Say a word of sorrow first.", TODAY + 3 * DAY)
    with database.write() as session:
        for who in ("sue", "alice", "dora"):  # leads another section, is it herself, does not coach
            with pytest.raises((ForbiddenError, NotFoundError)):
                coachings.plan(session, people[who], new, today=TODAY, now=NOW)
        for bad in ({"code": "ZZ"}, {"goal": " "}, {"due_on": TODAY - DAY}, {"way": "shout"}, {"coach": "alice"}):
            with pytest.raises(InvalidInputError):
                coachings.plan(session, people["sam"], replace(new, **bad), today=TODAY, now=NOW)
        number = coachings.plan(session, people["sam"], new, today=TODAY, now=NOW)
        with pytest.raises(ConflictError):
            coachings.plan(session, people["quinn"], new, today=TODAY, now=NOW)
        assert [one.id for one in coachings.listing(session, people["alice"], "mine", today=TODAY)] == [number]
        assert not coachings.listing(session, people["amy"], "open", today=TODAY)
        coachings.say(session, people["alice"], number, "I will try.", version=1, now=NOW)
        with pytest.raises(ForbiddenError):
            coachings.say(session, people["sam"], number, "she will", version=2, now=NOW)
        with pytest.raises(RefusedStepError):
            coachings.move(session, people["sam"], number, "pass", "good", version=2, now=NOW)
        coachings.move(session, people["sam"], number, "hold", "We heard two calls.", version=2, now=NOW)
    _retest(database, people, number)
    late = [on(database, people, NOW + n * DAY, 20 + n) for n in range(3, 7)]
    with database.write() as session:
        row = coachings.load(session, people["sam"], number)
        assert coachings.moves(session, people["sam"], row) == ("pass", "fail", "cancel")
        coachings.move(session, people["sam"], number, "pass", "She does it now.", version=row.version, now=NOW + DAY)
        found = coaching_effect.measure(session, row, 4, zone=ZONE, today=TODAY + 40 * DAY)
        assert found is not None
        assert (found.effect.before, found.effect.after) == (Fraction(1, 4), Fraction(1))
        assert (found.early, found.late) == (tuple(early), tuple(late))  # without the retest
        assert (found.effect.verdict, found.effect.chance) == (Verdict.BETTER, pytest.approx(1 / 70))
        assert [one.event for one in coachings.events(session, row)] == [
            "planned", "said", "hold", "retest_asked", "retested", "pass"
        ]  # fmt: skip


def _retest(database: Database, people: dict[str, Actor], number: int) -> None:  # noqa: F811
    """The first recorded call after it is drawn, and its score is the retest."""
    on(database, people, NOW + timedelta(hours=1), 10)  # it was not recorded
    assert coaching_ticks.run(database, CENTRE, NOW + DAY) == 0
    drawn = recorded(database, NOW + timedelta(hours=3), 11)
    recorded(database, NOW + timedelta(hours=2, days=1), 12)
    assert coaching_ticks.run(database, CENTRE, NOW + 2 * DAY) == 1
    assert coaching_ticks.run(database, CENTRE, NOW + 2 * DAY) == 0
    with database.write() as session:
        sample = session.scalars(select(Sample)).one()
        assert (sample.call_id, sample.reasons) == (drawn, ["asked"])
        row = session.get_one(Coaching, number)
        with pytest.raises(RefusedStepError) as refusal:
            coachings.move(session, people["sam"], number, "pass", "good", version=row.version, now=NOW + 2 * DAY)
        assert refusal.value.why is Refused.RETEST
        heard = replace(GREETING, from_ms=0, to_ms=900)
        made = scored(session, people["qing"], session.get_one(Call, drawn), (heard,), now=NOW + 2 * DAY)
    assert coaching_ticks.run(database, CENTRE, NOW + 2 * DAY) == 1
    with database.read() as session:
        assert session.get_one(Coaching, number).retest_id == made


def test_a_retest_that_cannot_be_scored_is_drawn_anew(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    new = NewCoaching(on(database, people, NOW - 3 * DAY, 3, EMPATHY), "B2", "Say a word first.", TODAY + 3 * DAY)
    with database.write() as session:
        number = coachings.plan(session, people["sam"], new, today=TODAY, now=NOW)
        coachings.move(session, people["sam"], number, "hold", "We heard a call.", version=1, now=NOW)
    _unheard, heard = (recorded(database, NOW + timedelta(hours=n), 10 + n) for n in (1, 2))
    assert coaching_ticks.run(database, CENTRE, NOW + DAY) == 1
    with database.write() as session:
        drawn = session.scalars(select(Sample)).one()
        sampling.claim(session, people["qing"], drawn.id, now=NOW + DAY)
        why = sampling.Excuse.UNHEARD
        sampling.excuse(session, people["qing"], drawn.id, why, "only a hum", zone=ZONE, now=NOW + DAY)
    assert coaching_ticks.run(database, CENTRE, NOW + DAY) == 1
    assert coaching_ticks.run(database, CENTRE, NOW + DAY) == 0
    with database.read() as session:
        assert coachings.retest_call(session, session.get_one(Coaching, number)) == heard


def test_what_did_not_help_is_followed_as_often_as_it_takes(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    scored_once = on(database, people, NOW - 3 * DAY, 3, EMPATHY)
    new = NewCoaching(scored_once, "B2", "Say a word first.", TODAY + 3 * DAY, retest="none")
    before = None
    with database.write() as session:
        for _time in range(3):
            number = coachings.plan(session, people["sam"], replace(new, follows_id=before), today=TODAY, now=NOW)
            for version, step in enumerate(("hold", "fail"), 1):
                coachings.move(session, people["sam"], number, step, "Not yet.", version=version, now=NOW)
            row = coachings.load(session, people["sam"], number)
            found = coachings.origin(session, row)
            assert (row.follows_id, found.id if found else None) == (before, scored_once)
            before = number


def test_a_score_that_asks_for_it_is_coached_once_it_is_final(database: Database, people: dict[str, Actor]) -> None:  # noqa: F811
    with database.write() as session:
        waits = scored(session, people["quinn"], call(session, 1, NOW), (GREETING, PROMISE), now=NOW)
    assert coaching_ticks.run(database, CENTRE, NOW) == 0  # she can still appeal
    with database.write() as session:
        appeals.acknowledge(session, people["alice"], waits, ZONE, now=NOW)
        assert session.get_one(Evaluation, waits).coach
    assert coaching_ticks.run(database, CENTRE, NOW) == 1
    assert coaching_ticks.run(database, CENTRE, NOW) == 0
    with database.read() as session:
        row = session.scalars(select(Coaching)).one()
        assert (row.code, row.coach_id, row.made_by) == ("X06", people["sam"].user_id, "system")
        assert row.due_on == TODAY + 7 * DAY  # five working days
    assert coaching_ticks.run(database, CENTRE, NOW + 7 * DAY) == 1
    assert coaching_ticks.run(database, CENTRE, NOW + 7 * DAY) == 0
    with database.read() as session:
        told = session.scalars(select(Notice.kind).join(User).where(User.username == "sam")).all()
        assert told == ["coaching_planned", "coaching_due"]
