"""Key figures on a made-up month: the truth of the generator, the product's sums, plain SQL; months and objections.

The made-up world and its truth are those of ``make kpi-proof``, smaller.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from bench import kpi_bed, kpi_proof, kpi_sql, tickets_bed
from bench.kpi_world import NOW, ZONE, World
from crm.db.contact_centre import CallLeg, Disposition, QueueVisit
from crm.db.kpi import KpiChange, KpiCorrection, KpiFrozenRow
from crm.db.people import User
from crm.db.records import Job
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, DomainError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.kpi import FORMULAS
from crm.domain.kpi_composite import Scheme
from crm.domain.kpi_facts import Fact, SourceRow
from crm.domain.kpi_targets import SILENT, Part
from crm.jobs import key_figures
from crm.services import kpi_behind, kpi_figures, kpi_months, kpi_objections, kpi_questions, kpi_scheme, users
from crm.services.kpi_questions import By, Question
from tests.call_work import CENTRE
from tests.database_fixture import PostgresServer, postgres  # noqa: F401  (the server of a run)
from tests.factories import House, make_app, make_house

pytestmark = pytest.mark.integration
CALLS, DAYS = 400, 50
OCTOBER = Question(date(2026, 10, 2), date(2026, 11, 19))
AUDITOR = Actor("auditor", frozenset({Role.AU}))


def live_in(house: House) -> World:
    """Alice and Amy answer calls for weeks; the job counts them."""
    with house.database.write() as session:
        ids = dict(session.execute(select(User.username, User.id)).all())
        classes = tuple(session.scalars(select(Disposition.code).order_by(Disposition.code).limit(4)))
    world = World({name: ids[name] for name in ("alice", "amy")}, classes, DAYS)
    kpi_bed.fill_as_written(house.database, world, CALLS)
    kpi_bed.reckon(house.database)
    key_figures.run(house.database, ZONE, NOW)
    return world


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, World]]:
    """A house whose figures are counted; nothing in it is changed."""
    house = make_house(tmp_path_factory.mktemp("figures"), empty=True)
    yield house, live_in(house)
    house.database.dispose()


@pytest.fixture
def mine(made: tuple[House, World], tmp_path: Path) -> Iterator[House]:
    """The same to change something in."""
    copy = made[0].copy(tmp_path / "house")
    yield copy
    copy.database.dispose()


def person(database: Database, name: str) -> Actor:
    with database.read() as session:
        found = users.find_user(session, name)
        assert found is not None
        return users.actor_of(found)


def counts_of(house: House, question: Question) -> dict[str, Any]:
    with house.database.read() as session:
        return kpi_figures.counted(session, question, zone=ZONE, now=NOW)


def test_the_jobs_sums_are_the_truth_of_what_was_made(made: tuple[House, World]) -> None:
    house, world = made
    truth = kpi_proof.truth_of(world)
    assert len(truth) > 500
    assert {fact for counts in truth.values() for fact in counts} == set(Fact), "a fact that is nowhere proves nothing"
    assert kpi_proof.differences(truth, kpi_proof.kept(house.database)) == []


def test_plain_sql_counts_the_same(postgres: PostgresServer) -> None:  # noqa: F811  (a fixture)
    database = Database(postgres.make(migrated=True), tickets_bed.VAULT)
    try:
        world = kpi_bed.world_of(database, agents=3, days=12)
        assert set(kpi_sql.FORMULAS) == set(FORMULAS)
        assert kpi_proof.prove(database, world, 300) == []
        with tickets_bed.plain(database) as line:  # and would say so if a row were otherwise
            line.execute(
                "UPDATE call_legs SET talk_time = talk_time + 0.001 WHERE id = (SELECT MIN(id) FROM call_legs)"
            )
            line.execute(
                "UPDATE surveys SET score = 6 - score WHERE id = (SELECT MIN(id) FROM surveys WHERE score IN (1, 5))"
            )
            found = kpi_proof.differences(kpi_proof.kept(database), kpi_proof.in_sql(line))
        facts = [line.split()[-4].rstrip(":") for line in found]
        assert set(facts) in ({"talk_ms", "surveys_good"}, {"outbound_ms", "surveys_good"})
        assert facts.count("surveys_good") in {2, 3}
        assert len(found) in {4, 5, 6}
    finally:
        database.dispose()
        postgres.drop(database.url)


def test_a_change_is_counted_by_the_next_turn_and_a_second_turn_changes_nothing(mine: House) -> None:
    before = counts_of(mine, OCTOBER)["total"]
    with mine.database.write() as session:
        gone = (QueueVisit.outcome == "abandoned", QueueVisit.wait_time >= 5, QueueVisit.seq == 0)
        visit = session.scalars(select(QueueVisit).where(*gone).order_by(QueueVisit.id)).first()
        assert visit is not None
        visit.outcome = "callback"
    key_figures.run(mine.database, ZONE, NOW)
    after = counts_of(mine, OCTOBER)["total"]
    assert (after[Fact.ABANDONED], after[Fact.TOOK_CALLBACK]) == (
        before[Fact.ABANDONED] - 1,
        before[Fact.TOOK_CALLBACK] + 1,
    )
    key_figures.run(mine.database, ZONE, NOW)
    assert counts_of(mine, OCTOBER)["total"] == after
    with mine.database.read() as session:
        assert session.scalars(select(KpiChange)).all() == []


@pytest.mark.parametrize("by", [By.DAY, By.WEEK, By.MONTH, By.QUEUE, By.HOUR, By.AGENT])
def test_the_parts_make_the_whole(made: tuple[House, World], by: By) -> None:
    house, _world = made
    whole = counts_of(house, OCTOBER)["total"]
    parts = counts_of(house, replace(OCTOBER, by=by))
    for fact in (Fact.HANDLED, Fact.TALK_MS, Fact.ANSWERED):
        assert sum(part.get(fact, 0) for part in parts.values()) == whole[fact], (by, fact)


def test_people_by_queue_and_hour_are_summed_on_the_spot(made: tuple[House, World]) -> None:
    house, _world = made
    week = Question(date(2026, 11, 10), date(2026, 11, 16), By.AGENT)
    agents = counts_of(house, week)
    by_queue = counts_of(house, replace(week, by=By.QUEUE, agent="alice"))
    by_hour = counts_of(house, replace(week, by=By.HOUR, agent="alice"))
    for parts in (by_queue, by_hour):
        assert sum(part.get(Fact.HANDLED, 0) for part in parts.values()) == agents["alice"][Fact.HANDLED]


@pytest.mark.parametrize("figure", ["abandonment", "handle_time", "containment", "first_call_resolution", "in_time"])
def test_every_figure_opens_what_it_was_made_of(made: tuple[House, World], figure: str) -> None:
    """Page after page; what the rows add is what the figure was divided from."""
    house, _world = made
    cursor: str | None = None
    met: list[SourceRow] = []
    with house.database.read() as session:
        while True:
            page = kpi_behind.behind(session, AUDITOR, OCTOBER, figure, cursor=cursor, limit=37, zone=ZONE, now=NOW)
            met += page.items
            assert len(page.items) <= 37
            if (cursor := page.next) is None:
                break
    whole = counts_of(house, OCTOBER)["total"]
    added: dict[Fact, int] = {}
    for row in met:
        for fact, value in row.counts.items():
            added[fact] = added.get(fact, 0) + value
    assert added
    assert added == {fact: whole[fact] for fact in added}


@pytest.mark.parametrize(
    ("by", "key"), [(By.WEEKDAY_HOUR, "2-10"), (By.HOUR, "10"), (By.MONTH, "2026-10"), (By.WEEK, "2026-10-05")]
)
def test_a_line_opens_what_it_was_made_of_and_nothing_else(made: tuple[House, World], by: By, key: str) -> None:
    """The first days of the month and of the week were not asked for, other Tuesdays at ten were not either."""
    house, _world = made
    asked = Question(date(2026, 10, 7), date(2026, 11, 10), by)
    line = kpi_questions.line_of(asked, key)
    with house.database.read() as session:
        page = kpi_behind.behind(session, AUDITOR, line.question, "containment", hour=line.hour, weekday=line.weekday,
                                 limit=10_000, zone=ZONE, now=NOW)  # fmt: skip
    assert page.items
    assert sum(row.counts[Fact.CALLS_IN] for row in page.items) == counts_of(house, asked)[key][Fact.CALLS_IN]


def test_over_the_api_with_the_calls_behind_each_line(made: tuple[House, World]) -> None:
    house, world = made
    client = make_app(house).test_client()

    def get(who: str, query: str) -> Any:
        return client.get(f"/api/v1/kpi{query}", headers={"Authorization": f"Bearer {house.tokens[who]}"})

    day = "2026-11-12"
    found = get("auditor", f"?from={day}&to={day}&by=agent").get_json()["items"]
    truth = {key[4]: counts for key, counts in world.truth.items() if key[:2] == ("agent", date(2026, 11, 12))}
    names = {number: name for name, number in world.agents.items()}
    assert {names[user]: counts["handled"] for user, counts in truth.items() if counts["handled"]} == {
        item["key"]: item["counts"]["handled"] for item in found if item["counts"].get("handled")
    }
    assert all(item["call_ids"] for item in found if item["counts"].get("handled"))
    listed = get("auditor", found[0]["behind"].removeprefix("/api/v1/kpi") + "handled").get_json()["items"]
    assert sum(row["counts"]["handled"] for row in listed) == found[0]["figures"]["handled"]["value"]
    assert {row["call_id"] for row in listed} <= set(found[0]["call_ids"])
    assert (
        get("alice", f"?from={day}&to={day}").get_json()["items"][0]["counts"]["handled"]
        == truth[world.agents["alice"]]["handled"]
    )
    assert get("alice", "?agent=amy").status_code == 403
    assert get("root", "").status_code == 403
    for query in ("?from=2026-13-01", "?from=2026-11-02&to=2026-11-01", "?by=moon", "/behind?figure=none"):
        assert get("auditor", query).status_code == 422, query
    assert get("auditor", "?agent=nobody").status_code == 404


def test_the_pages_open_lines_and_show_an_agent_nothing_that_is_nobodys(made: tuple[House, World]) -> None:
    house, _world = made
    client = make_app(house).test_client()

    def page(who: str, path: str) -> str:
        answer = client.get(path, headers={"Authorization": f"Bearer {house.tokens[who]}"})
        assert answer.status_code == 200, path
        return answer.text

    lines = page("dora", "/kpi/?by=weekday_hour&first=2026-11-02&last=2026-11-15")
    behind = re.search(r'href="(/kpi/behind\?[^"]*figure=handled[^"]*hour=10[^"]*)"', lines)
    assert behind
    assert "weekday=" in behind[1]
    assert "10:00" in page("dora", html.unescape(behind[1]))
    mine = page("alice", "/kpi/mine?month=2026-10")
    assert "/kpi/behind?figure=handle_time" in mine
    assert not [name for name in SILENT[Part.PEOPLE] if f"/kpi/behind?figure={name}&" in mine]


def frozen(house: House, month: str = "2026-10") -> None:
    with house.database.write() as session:
        kpi_months.ask(session, person(house.database, "dora"), month, "closing", today=NOW.date(), now=NOW)
        job = session.scalars(select(Job).where(Job.kind == kpi_months.FREEZE)).one()
        kpi_months.freeze(session, job.payload["month"], by="dora", note="closing", zone=ZONE, now=NOW)
        job.state = "done"


def test_a_frozen_month_stays_and_differences_are_shown(mine: House) -> None:
    frozen(mine)
    with mine.database.read() as session:
        month = kpi_months.load(session, "2026-10")
        then = kpi_months.sums_of(session, month, kpi_months.HOUSE)[""]
        assert kpi_months.is_whole(session, month)
        assert kpi_months.compare(session, month) == []
    with mine.database.write() as session:
        leg = session.scalars(select(CallLeg).where(CallLeg.rang_at < NOW - timedelta(days=30), CallLeg.kind == "queue",
                                                    CallLeg.rang_at > NOW - timedelta(days=45))).first()  # fmt: skip
        assert leg is not None
        assert leg.talk_time is not None
        leg.talk_time += 7
    key_figures.run(mine.database, ZONE, NOW)
    with mine.database.read() as session:
        found = kpi_months.compare(session, month)
        assert {(one.axis, one.fact, one.now - one.frozen) for one in found} == {
            ("house", "talk_ms", 7000),
            ("queue", "talk_ms", 7000),
            ("agent", "talk_ms", 7000),
        }
        assert kpi_months.sums_of(session, month, kpi_months.HOUSE)[""] == then
    for statement in ("UPDATE kpi_frozen_rows SET day = '2026-01-01'", "DELETE FROM kpi_freezes"):
        with pytest.raises(DBAPIError, match="append-only"), mine.database.write() as session:
            session.execute(text(statement))


def test_who_freezes_what_and_when(mine: House) -> None:
    frozen(mine)
    dora, today = person(mine.database, "dora"), NOW.date()
    cases: tuple[tuple[Actor, str, type[DomainError]], ...] = (
        (person(mine.database, "sam"), "2026-09", ForbiddenError),
        (dora, "2026-10", ConflictError),
        (dora, "2026-11", ConflictError),
        (dora, "2026-13", InvalidInputError),
    )
    for who, month, error in cases:
        with pytest.raises(error), mine.database.write() as session:
            kpi_months.ask(session, who, month, "", today=today, now=NOW)
    with mine.database.write() as session:
        again = kpi_months.freeze(session, "2026-10", by="dora", note="", zone=ZONE, now=NOW + timedelta(days=1))
        assert again.made_at == NOW
    with mine.database.write() as session:
        empty = kpi_months.freeze(session, "2026-06", by="dora", note="", zone=ZONE, now=NOW)
        assert empty.rows == 0
        assert kpi_months.is_whole(session, empty)


def test_an_agent_objects_and_somebody_else_sets_it_right_beside(mine: House) -> None:
    frozen(mine)
    alice, quinn = person(mine.database, "alice"), person(mine.database, "quinn")
    assert alice.user_id is not None
    with mine.database.read() as session:
        month = kpi_months.load(session, "2026-10")
        before = kpi_objections.standing(session, month, alice.user_id)
        call = session.scalars(
            select(CallLeg.call_id).where(CallLeg.agent == "alice", CallLeg.kind == "queue",
                                          CallLeg.rang_at.between(NOW - timedelta(days=40), NOW - timedelta(days=30)))
        ).first()  # fmt: skip
    assert before is not None
    assert call is not None
    with mine.database.write() as session:
        made = kpi_objections.make(
            session, alice, "2026-10", "handle_time", "the line was dead", call, centre=CENTRE, now=NOW
        )
    refused: list[tuple[type[DomainError], dict[str, Any]]] = [
        (ForbiddenError, {"actor": alice}),
        (ForbiddenError, {"actor": person(mine.database, "sam")}),
        (ConflictError, {"left_out": []}),
        (InvalidInputError, {"left_out": ["no-such-call"]}),
        (InvalidInputError, {"answer": " "}),
    ]
    usual: dict[str, Any] = {"actor": quinn, "answer": "right", "left_out": [call]}
    for error, changes in refused:
        given = {**usual, **changes}
        with pytest.raises(error), mine.database.write() as session:
            kpi_objections.rule(session, given["actor"], made.id, given["answer"], upheld=True,
                                left_out=given["left_out"], centre=CENTRE, now=NOW)  # fmt: skip
    with mine.database.write() as session:
        kpi_objections.rule(session, quinn, made.id, "right", upheld=True, left_out=[call], centre=CENTRE, now=NOW)
    with mine.database.read() as session:
        after = kpi_objections.standing(session, month, alice.user_id)
        assert after is not None
        assert after.counts[Fact.HANDLED] == before.counts[Fact.HANDLED] - 1
        assert kpi_months.is_whole(session, month)
        assert session.scalars(select(KpiCorrection)).one().after["left_out"] == [call]
        rows = session.scalars(select(KpiFrozenRow).where(KpiFrozenRow.axis == kpi_months.COMPOSITE)).all()
        assert {row.key for row in rows} == {str(alice.user_id), str(person(mine.database, "amy").user_id)}
    with pytest.raises(ConflictError), mine.database.write() as session:
        kpi_objections.rule(session, quinn, made.id, "again", upheld=False, centre=CENTRE, now=NOW)
    late = NOW + timedelta(days=30)
    with pytest.raises(ConflictError, match="over"), mine.database.write() as session:
        kpi_objections.make(session, alice, "2026-10", "handled", "too late", None, centre=CENTRE, now=late)
    with pytest.raises(NotFoundError), mine.database.write() as session:
        kpi_objections.make(session, alice, "2026-09", "handled", "which month?", None, centre=CENTRE, now=NOW)


def test_versions_of_the_scheme_count_from_their_month_on(mine: House) -> None:
    dora = person(mine.database, "dora")
    document = {**Scheme().to_document(), "fatal_cap": 50}

    def change(**given: Any) -> None:
        usual: dict[str, Any] = {"first_month": "2026-11", "reason": "the board decided", "expected": 0}
        with mine.database.write() as session:
            kpi_scheme.change(session, dora, document, **{**usual, **given}, now=NOW, today=NOW.date())

    change()
    with mine.database.read() as session:
        assert kpi_scheme.of_month(session, "2026-10").version == 0
        assert kpi_scheme.of_month(session, "2026-11").scheme.fatal_cap == 50
    with pytest.raises(ConflictError, match="meanwhile"):
        change()
    frozen(mine)
    with pytest.raises(ConflictError, match="frozen"):
        change(first_month="2026-10", expected=1)
    with pytest.raises(InvalidInputError):
        change(reason=" ", expected=1)


@pytest.mark.parametrize("typed", ["1e400", "1/3", "-5", "١٢", "NaN", "9" * 19])
def test_a_target_that_is_no_plain_number_is_refused(made: tuple[House, World], typed: str) -> None:
    house, _world = made
    client, scheme = make_app(house).test_client(), Scheme()
    form: dict[str, Any] = {f"weight_{share}": weight for share, weight in scheme.weights.items()}
    form |= {name: getattr(scheme, name) for name in ("volume_cap", "complaint_cost", "fatal_cap", "least_counted")}
    form |= {"first_month": "2026-12", "reason": "the board decided", "expected": 0, "handle_time_high": typed}
    headers = {"Authorization": f"Bearer {house.tokens['dora']}"}
    answer = client.post("/kpi/scheme", data=form, headers=headers, follow_redirects=True)
    assert answer.status_code == 200
    assert "请填写数字。" in answer.text
    with house.database.read() as session:
        assert kpi_scheme.current(session).version == 0


def test_a_change_of_section_moves_no_past_figures(mine: House) -> None:
    """Alice goes over to another section: what she did before stays with the one she was in."""
    with mine.database.write() as session:
        sections = session.execute(text("SELECT id, code FROM departments WHERE kind = 'section' ORDER BY id")).all()
        alice = session.scalars(select(User.id).where(User.username == "alice")).one()
        session.execute(text("INSERT INTO department_members (user_id, department_id, post) VALUES (:u, :d, 'member')"),
                        {"u": alice, "d": sections[0].id})  # fmt: skip
    key_figures.run(mine.database, ZONE, NOW - timedelta(days=8))
    with mine.database.write() as session:
        session.execute(text("UPDATE department_members SET department_id = :d"), {"d": sections[1].id})
        session.execute(update(QueueVisit).where(QueueVisit.outcome == "answered").values(outcome="answered"))
    key_figures.run(mine.database, ZONE, NOW)
    by_team = counts_of(mine, replace(OCTOBER, by=By.TEAM))
    of_alice = counts_of(mine, replace(OCTOBER, by=By.DAY, agent="alice"))
    turned = (NOW.astimezone(ZONE)).date().isoformat()
    past = sum(counts.get(Fact.HANDLED, 0) for day, counts in of_alice.items() if day < turned)
    assert by_team[sections[0].code][Fact.HANDLED] == past
