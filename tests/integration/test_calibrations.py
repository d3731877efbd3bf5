"""A calibration from the lot to the drift, on both databases; and that nobody sees anything too early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from crm.db.casefile import Notice
from crm.db.people import User
from crm.db.quality import Evaluation
from crm.db.session import Database
from crm.domain.access import Actor
from crm.domain.calibration import Bias
from crm.domain.errors import ForbiddenError, IllegalMoveError, InvalidInputError, NotFoundError
from crm.domain.marks import Mark
from crm.domain.rules import DEFAULT_RULES as RULES
from crm.services import calibration_results, calibrations, evaluation_views
from tests.call_work import ZONE
from tests.database_fixture import (  # noqa: F401
    database,
    database_url,
    postgres,
    sqlite_template,
)
from tests.quality_people import EMPATHY, GREETING, PROMISE, call, cast, hand_in

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 16, 2, tzinfo=UTC)
DAY = timedelta(days=1)
FOUND: dict[str, tuple[tuple[Mark, ...], ...]] = {
    "quinn": ((GREETING,), (EMPATHY,), (), (), (PROMISE,)),
    "qing": ((GREETING,), (), (), (), (PROMISE,)),
    "qiu": ((GREETING, EMPATHY), (EMPATHY,), (), (), ()),
}


def test_a_calibration(database: Database) -> None:  # noqa: F811
    with database.write() as session:
        people = cast(session, NOW - 30 * DAY)
        names = [call(session, n, NOW - n * DAY, "alice" if n % 2 else "amy").call_id for n in range(1, 6)]
        _refused(session, people, names)
        number = calibrations.make(
            session, people["hera"], "November", names, [*FOUND, "hera"], due_at=NOW + 5 * DAY, rules=RULES, now=NOW
        )
    with database.write() as session:
        _scored(session, people, number, names)
        row = calibrations.load(session, people["dora"], number)
        assert [(one.name, one.handed_in) for one in calibrations.progress(session, row)] == [
            ("quinn", 5), ("qing", 5), ("qiu", 5), ("hera", 0)
        ]  # fmt: skip
        late = calibrations.score(session, people["hera"], number, names[0], now=NOW)
    with database.write() as session:
        _nobody_sees(session, people, number)
        with pytest.raises(InvalidInputError):
            calibrations.reveal(session, people["hera"], number, "", version=1, now=NOW)
        with pytest.raises(ForbiddenError):
            calibrations.reveal(session, people["dora"], number, "", version=1, now=NOW)
        calibrations.reveal(session, people["hera"], number, "", version=1, now=NOW + 6 * DAY)
        assert session.get_one(Evaluation, late).state == "released"
        with pytest.raises(IllegalMoveError):
            calibrations.score(session, people["hera"], number, names[1], now=NOW + 6 * DAY)
        told = session.scalars(select(Notice.kind).join(User).where(User.username == "quinn")).all()
        assert told == ["calibration_asked", "calibration_shown"]
        calibrations.agree(session, people["qing"], number, "B2", "A word of sorrow is enough.", now=NOW)
        with pytest.raises(InvalidInputError):
            calibrations.agree(session, people["qing"], number, "ZZ", "what?", now=NOW)
    with database.read() as session:
        _shown(session, people, number)


def _refused(session, people: dict[str, Actor], names: list[str]) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    def make(who: str, calls: list[str], scorers: list[str]) -> None:
        due = NOW + DAY
        calibrations.make(session, people[who], "x", calls, scorers, due_at=due, rules=RULES, now=NOW)

    for who, calls, scorers in (
        ("hera", names[:4], ["quinn", "qing"]),
        ("hera", names, ["quinn", "alice"]),
        ("hera", [*names[:4], "no-such-call"], ["quinn", "qing"]),
        ("hera", names, ["quinn"]),
    ):
        with pytest.raises(InvalidInputError):
            make(who, calls, scorers)
    for who in ("dora", "alice", "sam"):
        with pytest.raises(ForbiddenError):
            make(who, names, ["quinn", "qing"])


def _scored(session, people: dict[str, Actor], number: int, names: list[str]) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    for scorer, found in FOUND.items():
        for name, marks in zip(names, found, strict=True):
            made = calibrations.score(session, people[scorer], number, name, now=NOW)
            assert made == calibrations.score(session, people[scorer], number, name, now=NOW)
            hand_in(session, people[scorer], made, marks, now=NOW)
    with pytest.raises(NotFoundError):
        calibrations.score(session, people["dora"], number, names[0], now=NOW)


def _nobody_sees(session, people: dict[str, Actor], number: int) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    for who in ("hera", "dora", "audrey", "quinn", "alice"):
        seen = evaluation_views.listing(session, people[who]).items
        assert {one.scorer for one in seen} <= {who}
        with pytest.raises((IllegalMoveError, ForbiddenError)):
            calibration_results.shown(session, people[who], number, RULES)
    standing = session.scalars(select(Evaluation.id).where(Evaluation.official)).all()
    assert not standing  # no calibration ever counts for the agent


def _shown(session, people: dict[str, Actor], number: int) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    seen = calibration_results.shown(session, people["dora"], number, RULES)
    result = seen.result
    # by hand: call 1 98 98 95, call 2 97 100 97, calls 3 and 4 all 100, call 5 0 0 100
    pairs = [0, 3, 3, 3, 0, 3, 0, 0, 0, 0, 0, 0, 0, 100, 100]
    assert result.gap == Fraction(sum(pairs) * 10, 15)
    assert result.fatal == Fraction(13, 15)
    assert [seen.names[who] for who in result.unfinished] == ["hera"]
    assert (seen.reached.gap, seen.reached.fatal) == (False, False)
    assert {(one.place, one.code) for one in seen.differences} == {(1, "B2"), (2, "B2"), (5, "X06")}
    # 24 items in 5 calls: of 360 judgements 6 say less, and of 360 pairs 4 disagree
    judgements, less, apart = 24 * 5 * 3, 3 + 1 + 2, 4
    chance = Fraction(less**2 + (judgements - less) ** 2, judgements**2)
    assert result.same == 1 - Fraction(apart, 24 * 5 * 3)
    assert result.kappa == (result.same - chance) / (1 - chance)
    found = calibration_results.drifts(session, people["dora"], RULES, zone=ZONE, now=NOW + 20 * DAY)
    assert found.months[-1] == "2026-12"
    biases = {found.names[one.scorer]: one.bias for one in found.scorers}
    assert biases == {"quinn": Bias.STRICT, "qing": Bias.STRICT, "qiu": Bias.LENIENT}
    assert list(found.gaps) == ["2026-11"]
    assert [one.text for one in calibrations.readings(session)] == ["A word of sorrow is enough."]
