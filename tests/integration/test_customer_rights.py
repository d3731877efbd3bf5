"""Who may do what with a customer: every role, every way to stand to him, every action, as the matrix has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crm.db.calls import Call
from crm.db.contact_centre import AgentState, CallLeg
from crm.db.people import Customer, CustomerNumber, User
from crm.db.session import Database
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor, Relation, Role, may
from crm.services.customer_scope import may_on_customer
from tests.database_fixture import BACKENDS, PostgresServer, postgres, sqlite_template  # noqa: F401  (fixtures)

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
ACTIONS = (Action.CUSTOMER_READ, Action.CUSTOMER_EDIT, Action.CUSTOMER_MERGE, Action.CUSTOMER_CARE, Action.REVEAL)
STANDING = {
    "a stranger": set[Relation](),
    "somebody's complainant": {Relation.COMPLAINT},
    "his own enquirer": {Relation.OWN},
    "his own caller": {Relation.OWN},
    "who made him": {Relation.OWN},
    "on the line now": {Relation.ON_CALL},
}


@pytest.fixture(scope="module", params=BACKENDS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, dict[str, int], dict[Role, Actor]]]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("rights") / "huiyin.sqlite3"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        opened = Database(f"sqlite:///{path}")
        yield opened, *fill(opened)
        opened.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.make(migrated=True)
    opened = Database(url)
    yield opened, *fill(opened)
    opened.dispose()
    server.drop(url)


def fill(opened: Database) -> tuple[dict[str, int], dict[Role, Actor]]:
    """One customer a role and way to stand to him, named ``way/role``."""
    ids: dict[str, int] = {}
    actors = {}
    with opened.write() as session:
        for role in Role:
            user = User(username=f"one-{role}", fs_uniquifier=role, created_at=NOW, roles=[])
            session.add(user)
            session.flush()
            actors[role] = Actor(user.username, frozenset({role}), user.id)
        for number, role in enumerate(Role):
            me = actors[role]
            for place, way in enumerate(STANDING):
                row = Customer(name="", created_at=NOW, vulnerable=[])
                row.numbers = [CustomerNumber(number=f"86138{number:04d}{place:04d}")]
                row.made_by = me.name if way == "who made him" else None
                session.add(row)
                session.flush()
                ids[f"{way}/{role}"] = row.id
                call = f"huiyin01-1.{number}{place}"
                if way in {"his own caller", "on the line now"}:
                    key = row.numbers[0].number
                    session.add(
                        Call(
                            call_id=call,
                            caller_number=key,
                            caller_key=key,
                            language="zh",
                            started_at=NOW,
                            menu_path=[],
                            flags=[],
                        )
                    )
                    session.flush()
                if way == "his own caller":
                    session.get_one(Call, call).customer_id = row.id
                    session.add(
                        CallLeg(call_id=call, leg="l", agent=me.name, kind="queue", rang_at=NOW, answered_at=NOW)
                    )
                if way == "on the line now":
                    session.add(AgentState(user_id=me.user_id, state="on_call", since=NOW, call_id=call))
                if way in {"somebody's complainant", "his own enquirer"}:
                    own = way == "his own enquirer"
                    session.add(
                        Ticket(
                            number=f"26112201{number:02d}{place:03d}",
                            kind="inquiry" if own else "complaint",
                            status="assigned",
                            priority="P3",
                            channel="phone",
                            received_at=NOW,
                            flags=[],
                            customer_id=row.id,
                            assignee_id=me.user_id if own else None,
                        )
                    )
    return ids, actors


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_with_a_customer_exactly_what_the_matrix_says(
    house: tuple[Database, dict[str, int], dict[Role, Actor]], role: Role
) -> None:
    opened, ids, actors = house
    wrong = []
    with opened.read() as session:
        for way, relations in STANDING.items():
            for action in ACTIONS:
                expected = may({role}, action, relations)
                if may_on_customer(session, actors[role], action, ids[f"{way}/{role}"]) is not expected:
                    wrong.append((way, action, expected))
    assert wrong == []
