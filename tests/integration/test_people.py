"""People, their rights and their way in, on both databases; what two persons do together; what nobody reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm.db.contact_centre import Task
from crm.db.people import ApiToken, User
from crm.db.records import AuditEntry
from crm.db.rights import PostChange
from crm.db.session import Database
from crm.domain.access import Actor, Role
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from crm.domain.people import Post
from crm.services import audit, one_time_links, people, users
from crm.services.passwords import is_password
from crm.services.people import NewPerson
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LONG = "a long walk along the river"
Change = Callable[[Session, Actor, int], object]


@dataclass
class Office:
    """An administrator, another one, and an agent."""

    database: Database
    ids: dict[str, int]

    def actor(self, name: str) -> Actor:
        with self.database.read() as session:
            return users.actor_of(session.get_one(User, self.ids[name]))

    def user(self, name: str) -> User:
        with self.database.read() as session:
            return session.get_one(User, self.ids[name])


@pytest.fixture
def office(database: Database) -> Office:  # noqa: F811
    made = {}
    with database.write() as session:
        for name, role in (("ada", Role.AD), ("adam", Role.AD), ("alice", Role.A1), ("sam", Role.SM)):
            row = users.create_user(
                session, username=name, roles=frozenset({role}), password_hash="x", by="test", now=NOW
            )
            made[name] = row.id
    return Office(database, made)


CHANGES: dict[str, Change] = {
    "rights": lambda s, a, i: people.set_rights(s, a, i, {Role.TR}, Post.TRAINER, "promoted", now=NOW),
    "link": lambda s, a, i: people.send_link(s, a, i, now=NOW),
    "sessions": lambda s, a, i: people.end_sessions(s, a, i, now=NOW),
    "leave": lambda s, a, i: people.deactivate(s, a, i, "moved away", now=NOW),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_nobody_does_it_for_himself_and_only_an_administrator_for_others(office: Office, change: str) -> None:
    for who, whom in (("ada", "ada"), ("sam", "alice"), ("alice", "alice")):
        with pytest.raises(ForbiddenError), office.database.write() as session:
            CHANGES[change](session, office.actor(who), office.ids[whom])
    with office.database.write() as session:
        CHANGES[change](session, office.actor("ada"), office.ids["alice"])
    with office.database.read() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.actor == "ada")).all()
        assert audit.verify(session).broken is None


def test_the_last_administrator_stays(office: Office) -> None:
    with office.database.write() as session:
        people.deactivate(session, office.actor("ada"), office.ids["adam"], "left", now=NOW)
    gone = Actor("adam", frozenset({Role.AD}), office.ids["adam"])
    for change in (CHANGES["rights"], CHANGES["leave"]):
        with pytest.raises(ConflictError), office.database.write() as session:
            change(session, gone, office.ids["ada"])


@pytest.mark.parametrize(
    ("roles", "post"),
    [
        (set(), None),
        ({Role.AD, Role.SM}, None),
        ({Role.AU, Role.CM}, None),
        ({Role.CO, Role.DG}, None),
        ({Role.QA, Role.A1}, None),
        ({Role.A1}, Post.TRAINER),
    ],
)
def test_roles_that_do_not_go_together_are_refused(office: Office, roles: set[Role], post: Post | None) -> None:
    ada = office.actor("ada")
    with pytest.raises(InvalidInputError), office.database.write() as session:
        people.set_rights(session, ada, office.ids["alice"], roles, post, "why not", now=NOW)
    with pytest.raises(InvalidInputError), office.database.write() as session:
        people.create(session, ada, NewPerson("newcomer", "New", frozenset(roles), post), now=NOW)


def test_a_promotion_is_a_line_of_the_career_and_stays_one(office: Office) -> None:
    ada, alice = office.actor("ada"), office.ids["alice"]
    with office.database.write() as session:
        people.set_rights(session, ada, alice, {Role.A1}, Post.FRONT_LINE, "her post", now=NOW)
    before = office.user("alice").fs_uniquifier
    with office.database.write() as session:
        people.set_rights(session, ada, alice, {Role.A1, Role.A2}, Post.TEAM_LEADER, "leads well", now=NOW)
    assert office.user("alice").fs_uniquifier == before, "who gains a role goes on working"
    with office.database.write() as session:
        people.set_rights(session, ada, alice, {Role.TR}, Post.TRAINER, "teaches now", now=NOW)
    assert office.user("alice").fs_uniquifier != before, "who loses one begins anew"
    with office.database.read() as session:
        career = people.person(session, ada, alice, NOW).changes
        told = [(one.kind, one.post, sorted(one.roles), one.reason) for one in career]
    assert told[1] == ("promoted", "team_leader", ["A1", "A2"], "leads well")
    assert told[0][:2] == ("moved", "trainer")
    rewrite = update(PostChange).where(PostChange.id == career[0].id).values(reason="something else")
    with pytest.raises(DBAPIError), office.database.write() as session:
        session.execute(rewrite)


def test_who_leaves_has_nothing_that_opens_and_his_tasks_are_for_all(office: Office) -> None:
    ada, alice = office.actor("ada"), office.ids["alice"]
    with office.database.write() as session:
        token = users.create_token(session, by="test", now=NOW, username="alice")
        secret = people.send_link(session, ada, alice, now=NOW)
        session.add(
            Task(kind="follow_up", title="call", user_id=alice, due_at=NOW, made_at=NOW, made_by="test", state="open")
        )
    before = office.user("alice").fs_uniquifier
    with office.database.write() as session:
        people.deactivate(session, ada, alice, "retired", now=NOW)
    assert not office.user("alice").active
    assert office.user("alice").fs_uniquifier != before
    with office.database.read() as session:
        assert users.authenticate_token(session.connection(), token) is None
        assert session.scalars(select(ApiToken)).one().revoked_at == NOW
        assert session.scalars(select(Task.user_id)).one() is None
        with pytest.raises(NotFoundError):
            one_time_links.person_of(session, secret, NOW)
    with office.database.write() as session:
        again = people.reactivate(session, ada, alice, "came back", now=NOW)
    with office.database.read() as session:
        assert one_time_links.person_of(session, again, NOW).username == "alice"
        assert office.user("alice").password is None, "the old password opens nothing"


def test_a_link_works_once_and_within_its_day(office: Office) -> None:
    ada, alice = office.actor("ada"), office.ids["alice"]
    with office.database.write() as session:
        first = people.send_link(session, ada, alice, now=NOW)
        second = people.send_link(session, ada, alice, now=NOW)
    with office.database.read() as session:
        for dead, at in ((first, NOW), (second, NOW + timedelta(hours=24)), ("nonsense", NOW)):
            with pytest.raises(NotFoundError):
                one_time_links.person_of(session, dead, at)
        assert second not in str(session.scalars(select(AuditEntry.detail)).all())
    for password, again in (
        ("short", "short"),
        (LONG, LONG + "!"),
        ("xx alice in the garden", "xx alice in the garden"),
    ):
        with pytest.raises(InvalidInputError), office.database.write() as session:
            one_time_links.use(session, second, password, again, now=NOW)
    with office.database.write() as session:
        one_time_links.use(session, second, LONG, LONG, now=NOW + timedelta(hours=1))
    assert is_password(LONG, office.user("alice").password or "")
    with pytest.raises(NotFoundError), office.database.write() as session:
        one_time_links.use(session, second, LONG, LONG, now=NOW)


def test_a_lost_second_factor_is_taken_away_with_its_codes(office: Office) -> None:
    ada, alice = office.actor("ada"), office.ids["alice"]
    with pytest.raises(ConflictError), office.database.write() as session:
        people.reset_second_factor(session, ada, alice, "lost", now=NOW)
    with office.database.write() as session:
        row = session.get_one(User, alice)
        row.tf_primary_method, row.tf_totp_secret, row.mf_recovery_codes = "authenticator", "secret", ["one"]
    for reason, who in (("", ada), ("lost", office.actor("alice"))):
        with pytest.raises((InvalidInputError, ForbiddenError)), office.database.write() as session:
            people.reset_second_factor(session, who, alice, reason, now=NOW)
    with office.database.write() as session:
        people.reset_second_factor(session, ada, alice, "telephone lost, seen in person", now=NOW)
    row = office.user("alice")
    assert (row.tf_primary_method, row.tf_totp_secret, row.mf_recovery_codes) == (None, None, None)


def test_a_person_is_found_by_part_of_a_name_role_and_standing(office: Office) -> None:
    ada = office.actor("ada")
    with office.database.write() as session:
        people.create(session, ada, NewPerson("bo_100", "100% Bo", frozenset({Role.A1})), now=NOW)
        people.deactivate(session, ada, office.ids["sam"], "left", now=NOW)

    def names(**wanted: object) -> list[str]:
        with office.database.read() as session:
            return [user.username for user, _ in people.listing(session, ada, **wanted)]  # type: ignore[arg-type]

    assert names(words="AD") == ["ada", "adam"]
    assert names(words="0%") == ["bo_100"], "a sign of LIKE is a letter"
    assert names(role=Role.A1) == ["alice", "bo_100"]
    assert names(active=False) == ["sam"]
    with pytest.raises(ForbiddenError), office.database.read() as session:
        people.listing(session, office.actor("alice"))
