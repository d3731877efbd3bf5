"""Versions of the routing plan, on both databases; and what a caller's number says about him."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from crm.db.contact_centre import RoutingVersion
from crm.db.people import Customer, CustomerNumber
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, InvalidInputError
from crm.services import routing as plans
from crm.services import users
from crm.services.customers import profile_of
from ivr.records import replace
from ivr.routing import Profile
from ivr.routing_plan import LANGUAGES, Plan, parse
from ops import phones, routing
from ops.plan_file import plan_file, plan_on_disk
from ops.settings import Settings
from tests.database_fixture import database, database_url, postgres, sqlite_template

pytestmark = pytest.mark.integration
__all__ = ["database", "database_url", "postgres", "sqlite_template"]
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
BOSS = Actor("boss", frozenset({Role.WF}), 1)


def agent(database: Database, name: str, role: Role = Role.A1) -> None:
    """Somebody comes to work here."""
    with database.write() as session:
        users.create_user(session, username=name, roles=frozenset({role}), password_hash=None, by="test", now=NOW)


def ensured(database: Database) -> Plan:
    """The plan in force."""
    with database.write() as session:
        return plans.ensure_plan(session, NOW)


def saved(database: Database, plan: Plan, reason: str = "new hours") -> Plan:
    """A plan that somebody made."""
    with database.write() as session:
        return plans.save_plan(session, BOSS, plan, reason, NOW)


def test_the_default_plan_follows_who_works_here_until_somebody_makes_one(database: Database) -> None:
    assert ensured(database).version == 1
    agent(database, "li")
    agent(database, "wu", Role.SM)
    second = ensured(database)
    assert (second.version, [one.agent for one in second.members]) == (2, ["li"])
    assert second.members[0].languages == LANGUAGES
    assert ensured(database).version == 2, "nothing changed"
    mine = saved(database, replace(second, queues=tuple(replace(one, ring_time=15) for one in second.queues)))
    assert mine.version == 3
    agent(database, "zhao")
    assert ensured(database) == mine, "what somebody made stays as it is"
    with database.read() as session:
        rows = session.scalars(select(RoutingVersion).order_by(RoutingVersion.version)).all()
        assert [(row.version, row.made_by, row.reason) for row in rows] == [
            (1, "system", ""), (2, "system", ""), (3, "boss", "new hours"),
        ]  # fmt: skip
        assert parse(rows[2].document) == mine


def test_a_plan_that_leaves_callers_alone_is_not_taken(database: Database) -> None:
    agent(database, "li")
    plan = ensured(database)
    with pytest.raises(InvalidInputError, match="nobody"):
        saved(database, replace(plan, members=()))
    with pytest.raises(InvalidInputError, match="unknown_agent"):
        saved(database, replace(plan, members=(*plan.members, replace(plan.members[0], agent="ghost"))))
    with pytest.raises(InvalidInputError, match="reason"):
        saved(database, plan, " ")
    assert ensured(database) == plan


def test_of_two_who_change_the_same_plan_the_second_is_told(database: Database) -> None:
    agent(database, "li")
    plan = ensured(database)
    saved(database, plan)
    with pytest.raises(ConflictError):
        saved(database, plan)


def test_the_phone_side_gets_the_plan_and_the_phones(database: Database, settings: Settings) -> None:
    assert plan_on_disk(settings).members == ()
    agent(database, "li")
    routing.follow(settings, database)
    assert plan_on_disk(settings) == ensured(database)
    queues = (settings.home / "asterisk" / "etc" / "queues.conf").read_text(encoding="utf-8")
    assert "[loss-en](caller-queue)" in queues
    assert "[li](agent-desk)" in phones.phones_file(settings).read_text(encoding="utf-8")
    assert not routing.refresh(settings, database)
    agent(database, "wu")
    routing.follow(settings, database)
    document = json.loads(plan_file(settings).read_text(encoding="utf-8"))
    assert [one["agent"] for one in document["members"]] == ["li", "wu"]


@pytest.mark.parametrize(
    ("people", "profile"),
    [
        ([], Profile()),
        ([("", False, None)], Profile()),
        ([("vip", False, "en")], Profile(vip=True, language="en")),
        ([("", True, "zh"), ("vip", False, "en")], Profile(vip=True, elderly=True)),
        ([("", True, "zh"), ("gold", False, "zh")], Profile(elderly=True, language="zh")),
    ],
)
def test_a_number_tells_how_its_caller_is_treated(
    database: Database, people: list[tuple[str, bool, str | None]], profile: Profile
) -> None:
    with database.write() as session:
        for grade, elderly, language in people:
            number = CustomerNumber(number="8613800001234")
            session.add(Customer(grade=grade, elderly=elderly, language=language, created_at=NOW, numbers=[number]))
    with database.read() as session:
        for spelling in ("13800001234", "+8613800001234", "0086 138 0000 1234"):
            assert profile_of(session, spelling, region="CN") == profile
        assert profile_of(session, None, region="CN") == Profile()
        assert profile_of(session, "13900000000", region="CN") == Profile()
