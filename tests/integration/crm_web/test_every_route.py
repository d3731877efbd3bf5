"""Every route, every role, every relation, every verb: what the matrix says is what the application does.

First the gate, whose answer depends on the role alone: the views behind it are taken away, and each request either
comes through or not. Then the things: each of them is asked for by each role through every route that names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from crm.domain.access import Action, Role, reach
from crm.gate.permission_rules import Open
from crm.gate.permissions import rule_for
from tests.dry_database import DryDatabase
from tests.factories import House, make_app, make_house
from tests.integration.crm_web.conftest import Browser
from tests.route_objects import BODIES, KINDS, Rows, Thing, fill, person_of

pytestmark = pytest.mark.integration
READING = frozenset({"GET", "HEAD"})
NOT_THERE = frozenset({403, 404})
INSIDE = 299
EVERYBODY = frozenset({Open.PUBLIC, Open.FORM})
EITHER = {
    "api_recordings.RecordingById": {Action.RECORDING_LISTEN, Action.TRANSCRIPT_READ},
    "two_person.ask_export": {Action.RECORDING_LISTEN},
    "two_person.ask_deletion": {Action.CALL_READ},
}
"""Routes whose second question is another than the first: to ask for something is less than to do it."""
NO_THING = frozenset({"system.try_again"})
"""Routes whose argument names a folder of the house, not a matter."""
WITHOUT = frozenset({"api_recordings.RecordingAudio"})
"""Routes that answer before a test would have read all of it; their refusals are walked like all others."""


@dataclass(frozen=True)
class Walk:
    """The house, the application over it, and who asks."""

    app: Flask
    rows: Rows
    database: DryDatabase
    browsers: dict[Role, Browser]

    def verbs(self) -> Iterator[tuple[Rule, str]]:
        """Every route with every verb that it knows."""
        for rule in self.app.url_map.iter_rules():
            for verb in sorted((rule.methods or set()) - {"OPTIONS"}):
                yield rule, verb

    def path(self, rule: Rule, given: dict[str, object]) -> str:
        """The address, with something plausible for what is not given."""
        values = {name: given.get(name, _plausible(rule, name)) for name in rule.arguments}
        with self.app.test_request_context():
            return str(self.app.url_map.bind("localhost").build(rule.endpoint, values, method=None))


def _plausible(rule: Rule, name: str) -> object:
    converter = type(rule._converters[name]).__name__
    return 1 if "Integer" in converter else "x"


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, built_assets: None) -> Iterator[Walk]:
    house: House = make_house(tmp_path_factory.mktemp("walk") / "house", empty=True)
    rows = fill(house)
    dry = DryDatabase.over(house.database)
    house.database = dry
    app = make_app(house)
    browsers = {}
    for role in Role:
        browsers[role] = Browser(app)
        browsers[role].log_in(person_of(role))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crm.app.error_page", lambda refusal: Response(status=refusal.status))  # nobody reads them
        yield Walk(app, rows, dry, browsers)
    dry.dispose()


@pytest.fixture
def gate(walk: Walk) -> Iterator[Walk]:
    """The same with nothing behind the gate."""
    behind = dict(walk.app.view_functions)
    for endpoint in behind:
        walk.app.view_functions[endpoint] = lambda **_: ("", INSIDE)
    yield walk
    walk.app.view_functions.update(behind)


def _ask(client: FlaskClient, path: str, verb: str, token: str | None) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.open(path, method=verb, headers=headers)


@pytest.mark.parametrize("role", list(Role))
def test_the_gate_opens_for_a_role_exactly_where_the_matrix_lets_it(gate: Walk, role: Role) -> None:
    client, token, wrong = gate.app.test_client(), gate.rows.tokens[role], []
    for rule, verb in gate.verbs():
        wanted = rule_for(rule.endpoint, verb)
        opens = bool(reach({role}, wanted)) if isinstance(wanted, Action) else wanted in EVERYBODY | {Open.SELF}
        status = _ask(client, gate.path(rule, {}), verb, token).status_code
        refused = 401 if wanted is Open.MACHINE else 403
        if status != (INSIDE if opens else refused):
            wrong.append((rule.endpoint, verb, status))
    assert wrong == []


def test_the_gate_opens_for_nobody_where_it_is_not_for_everybody(gate: Walk) -> None:
    client, wrong = gate.app.test_client(), []
    for rule, verb in gate.verbs():
        public = rule_for(rule.endpoint, verb) in EVERYBODY
        for token in (None, "hy_of_nobody"):
            status = _ask(client, gate.path(rule, {}), verb, token).status_code
            came_in = status == INSIDE or (public and status == 400)  # a form without its token, before the login
            if came_in is not public or (not public and status not in {302, 400, 401}):
                wrong.append((rule.endpoint, verb, token, status))
    assert wrong == []


def _open_to(thing: Thing, role: Role, endpoint: str, action: Action, kind: str) -> bool:
    """Whether the matrix lets this role do this with this thing; what he may not read he may not change either."""
    if kind == "ticket_id" and not thing.may(role, Action.TICKET_READ):
        return False
    return any(thing.may(role, one) for one in EITHER.get(endpoint, {action}))


def _request(walk: Walk, role: Role, rule: Rule, verb: str, thing: Thing) -> TestResponse:
    path, body = walk.path(rule, dict(thing.ids)), dict(BODIES.get(rule.endpoint, {}))
    if path.startswith("/api/"):
        headers = {"Authorization": f"Bearer {walk.rows.tokens[role]}"}
        return walk.app.test_client().open(path, method=verb, headers=headers, json=body if verb == "POST" else None)
    if verb == "POST":
        return walk.browsers[role].post(path, body)
    return walk.browsers[role].client.open(path, method=verb)


def _walked(walk: Walk) -> Iterator[tuple[Rule, str, Action, str]]:
    for rule, verb in walk.verbs():
        action = rule_for(rule.endpoint, verb)
        kind = next((name for name in KINDS if name in rule.arguments), None)
        if isinstance(action, Action) and kind is not None and rule.endpoint not in NO_THING:
            yield rule, verb, action, kind


def _worth_asking(endpoint: str, verb: str, thing: Thing, *, opens: bool) -> bool:
    """Every refusal, with typical things for what changes something; of what opens, what has always something to show.

    That what changes something opens at all is another test's: its owner's request must get through.
    """
    if not opens:
        return verb in READING or thing.typical
    return verb == "GET" and endpoint not in WITHOUT and (endpoint in MUST_SHOW or thing.typical)


@pytest.mark.parametrize("role", list(Role))
def test_a_thing_is_there_for_whom_the_matrix_says_and_for_nobody_else(walk: Walk, role: Role) -> None:
    wrong = []
    things = [thing for thing in walk.rows.things if role in thing.relations]
    for rule, verb, action, kind in _walked(walk):
        if not reach({role}, action):
            continue  # the gate refuses him, whatever he names
        for thing in things:
            opens = _open_to(thing, role, rule.endpoint, action, kind)
            if not _worth_asking(rule.endpoint, verb, thing, opens=opens):
                continue
            walk.database.changed()
            answer = _request(walk, role, rule, verb, thing)
            changed, status = walk.database.changed(), answer.status_code
            answer.close()
            if not opens and ((verb in READING and status not in NOT_THERE) or changed):
                wrong.append(("leaks", rule.endpoint, verb, thing.name, status, sorted(changed)))
            if opens and (status == 500 or (verb == "GET" and status == 403)):
                wrong.append(("refused", rule.endpoint, verb, thing.name, status))
            if opens and rule.endpoint in MUST_SHOW and status != 200:
                wrong.append(("not shown", rule.endpoint, verb, thing.name, status))
    assert wrong == []


MUST_SHOW = frozenset(
    {
        "tickets.show",
        "calls.show",
        "recordings.transcript",
        "api_tickets.TicketById",
        "api_calls.CallById",
        "api_recordings.RecordingById",
        "api_recordings.RecordingTranscript",
    }
)
"""Routes that always have something to show of a thing."""


@pytest.mark.parametrize("role", [role for role in Role if reach({role}, Action.TICKET_READ)])
def test_a_list_has_what_the_matrix_lets_a_role_read_and_nothing_else(walk: Walk, role: Role) -> None:
    """One ticket of each thing; another person's own things are not this role's to judge here."""
    headers = {"Authorization": f"Bearer {walk.rows.tokens[role]}"}
    listed = walk.app.test_client().get("/api/v1/tickets?limit=200", headers=headers).get_json()["items"]
    ids = {one["id"] for one in listed}
    for thing in walk.rows.things:
        if role in thing.relations:
            assert (thing.ids["ticket_id"] in ids) is thing.may(role, Action.TICKET_READ), thing.name


def test_what_an_owner_sends_gets_through(walk: Walk) -> None:
    """Else the refusal of a stranger's request could be one of its form."""
    own = {
        role: thing for thing in walk.rows.things for role in thing.relations if thing.name.endswith("own complaint")
    }
    through = set()
    for rule, verb, action, _kind in _walked(walk):
        for role in Role if verb == "POST" and rule.endpoint in BODIES else ():
            if rule.endpoint not in through and own[role].may(role, action):
                walk.database.changed()
                _request(walk, role, rule, verb, own[role])
                if walk.database.written:  # the books, too: what was read or taken out is written down
                    through.add(rule.endpoint)
    assert through == set(BODIES)
