"""Rights as conditions of queries, on both databases: what they let through is what the matrix says, thing by thing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from crm.db.calls import Call, Recording
from crm.db.people import User
from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.domain.access import Action, Relation, Role
from crm.services import scope, users
from recordings.encryption import KeyRing
from recordings.local_store import LocalStore
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401
from tests.factories import House
from tests.route_objects import fill, person_of

pytestmark = pytest.mark.integration
ON_TICKETS = (
    Action.TICKET_READ,
    Action.TICKET_MOVE,
    Action.TICKET_RECLASSIFY,
    Action.SOLUTION_PROPOSE,
    Action.NOTIFY_FINAL,
    Action.FORM_SIGN,
    Action.ATTACHMENT_READ,
)


def test_every_role_reaches_what_the_matrix_says(database: Database, tmp_path: Path) -> None:  # noqa: F811
    ring = KeyRing.of(b"k" * 32)
    house = House(tmp_path, ring, database, LocalStore(tmp_path / "store", ring), {}, {}, {}, {})
    rows, wrong = fill(house), []
    with database.read() as session:
        for role in Role:
            actor = users.actor_of(session.scalars(select(User).where(User.username == person_of(role))).one())
            reached = {
                action: ("ticket_id", set(session.scalars(select(Ticket.id).where(scope.tickets_for(actor, action)))))
                for action in ON_TICKETS
            }
            calls = select(Call.call_id).where(scope.calls_for(actor))
            reached[Action.CALL_READ] = ("call_id", set(session.scalars(calls)))
            for action in (Action.RECORDING_LISTEN, Action.TRANSCRIPT_READ):
                heard = select(Recording.id).where(scope.recordings_for(actor, action))
                reached[action] = ("recording_id", set(session.scalars(heard)))
            for action, (kind, ids) in reached.items():
                wrong += [
                    (role, action, thing.name)
                    for thing in rows.things
                    if role in thing.relations and (thing.ids[kind] in ids) is not thing.may(role, action)
                ]
    assert wrong == []


@pytest.mark.parametrize(
    ("level", "status", "relation"),
    [
        (1, "triaged", Relation.OWN_LEVEL_1),
        (2, "triaged", None),
        (1, "on_spot", Relation.OWN_ON_SPOT),
        (None, "registered", Relation.OWN_UNTRIAGED),
    ],
)
def test_a_first_agents_rights_follow_the_ticket(
    database: Database,  # noqa: F811
    tmp_path: Path,
    level: int | None,
    status: str,
    relation: Relation | None,
) -> None:
    """She grades before it is graded, proposes for level 1, and tells the result of what is solved on the spot."""
    ring = KeyRing.of(b"k" * 32)
    house = House(tmp_path, ring, database, LocalStore(tmp_path / "store", ring), {}, {}, {}, {})
    rows = fill(house)
    own = next(thing for thing in rows.things if thing.name == "A1's own complaint").ids["ticket_id"]
    with database.write() as session:
        ticket = session.get_one(Ticket, own)
        ticket.level, ticket.status = level, status
    rights = {
        Action.TICKET_RECLASSIFY: relation is Relation.OWN_UNTRIAGED,
        Action.SOLUTION_PROPOSE: level == 1,
        Action.NOTIFY_FINAL: relation is Relation.OWN_ON_SPOT,
    }
    with database.read() as session:
        actor = users.actor_of(session.scalars(select(User).where(User.username == person_of(Role.A1))).one())
        for action, expected in rights.items():
            assert scope.may_on_ticket(session, actor, action, own) is expected, action


def test_a_section_manager_without_a_section_answers_for_everybody(
    database: Database,  # noqa: F811
    tmp_path: Path,
) -> None:
    ring = KeyRing.of(b"k" * 32)
    house = House(tmp_path, ring, database, LocalStore(tmp_path / "store", ring), {}, {}, {}, {})
    fill(house)
    with database.write() as session:
        user = users.create_user(
            session,
            username="alone",
            roles=frozenset({Role.SM}),
            password_hash=None,
            by="test",
            now=session.scalars(select(User.created_at)).first(),  # type: ignore[arg-type]  # there are people
        )
        actor = users.actor_of(user)
    with database.read() as session:
        everything = set(session.scalars(select(Ticket.id)))
        assert set(session.scalars(select(Ticket.id).where(scope.tickets_for(actor)))) == everything
