"""The API against what nobody thought of: requests made from its own OpenAPI document never get a 5xx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from crm.domain.live import LiveAgent, LiveCaller, LiveQueue, LiveState
from ivr.switchboard import Verb
from tests.factories import NOW, House, make_app, make_house

pytestmark = pytest.mark.integration
SAM = LiveAgent("sam", "Sam", "available", NOW, queues=("service",))
WAITING = LiveCaller("huiyin01-1795322129.7", NOW, "13800138001", 0, 1, "zh")
NEVER_ENDS = "GET /api/v1/events"
OPERATIONS = {
    NEVER_ENDS,
    "GET /api/v1/customers",
    "POST /api/v1/customers",
    "GET /api/v1/customers/{customer_id}",
    "PATCH /api/v1/customers/{customer_id}",
    "POST /api/v1/customers/{customer_id}/numbers",
    "DELETE /api/v1/customers/{customer_id}/numbers/{number_id}",
    "POST /api/v1/customers/{customer_id}/contacts",
    "DELETE /api/v1/customers/{customer_id}/contacts/{contact_id}",
    "GET /api/v1/customers/{customer_id}/consents",
    "POST /api/v1/customers/{customer_id}/consents",
    "GET /api/v1/customers/{customer_id}/timeline",
    "POST /api/v1/customers/{customer_id}/feedback",
    "GET /api/v1/customers/{customer_id}/doubles",
    "POST /api/v1/customers/{customer_id}/merge",
    "POST /api/v1/customer-merges/{merge_id}/undo",
    "POST /api/v1/reveals",
    "GET /api/v1/kpi",
    "GET /api/v1/kpi/behind",
    "GET /api/v1/kpi/definitions",
    "GET /api/v1/agents",
    "GET /api/v1/agents/me",
    "POST /api/v1/agents/me/state",
    "GET /api/v1/queues",
    "GET /api/v1/directory",
    "POST /api/v1/calls/{call_id}/ticket",
    "GET /api/v1/calls/{call_id}/pop",
    "POST /api/v1/calls/{call_id}/identify",
    "POST /api/v1/calls/{call_id}/transfer",
    "POST /api/v1/calls/{call_id}/consult",
    "POST /api/v1/calls/{call_id}/consult/cancel",
    "POST /api/v1/calls/{call_id}/conference",
    "POST /api/v1/calls/{call_id}/hang-up",
    "POST /api/v1/calls/{call_id}/survey",
    "POST /api/v1/calls/{call_id}/listen",
    "POST /api/v1/calls/{call_id}/whisper",
    "POST /api/v1/calls/{call_id}/barge",
    "POST /api/v1/calls/{call_id}/take-over",
    "GET /api/v1/evaluations",
    "POST /api/v1/evaluations",
    "GET /api/v1/evaluations/{evaluation_id}",
    "PUT /api/v1/evaluations/{evaluation_id}",
    "POST /api/v1/evaluations/{evaluation_id}/submit",
    "POST /api/v1/evaluations/{evaluation_id}/release",
    "POST /api/v1/evaluations/{evaluation_id}/candidates/{candidate_id}",
    "GET /api/v1/scorecards",
    "GET /api/v1/shifts",
    "GET /api/v1/shifts/gaps",
    "GET /api/v1/attendance",
    "GET /api/v1/dispositions",
    "GET /api/v1/knowledge",
    "GET /api/v1/knowledge/{slug}",
    "GET /api/v1/missed-calls",
    "GET /api/v1/outbound-calls/{outbound_id}",
    "GET /api/v1/tasks",
    "GET /api/v1/wrap-ups",
    "GET /api/v1/wrap-ups/{wrap_up_id}",
    "POST /api/v1/outbound-calls",
    "POST /api/v1/tasks",
    "POST /api/v1/tasks/{task_id}/done",
    "POST /api/v1/tasks/{task_id}/give-back",
    "POST /api/v1/tasks/{task_id}/take",
    "POST /api/v1/wrap-ups/{wrap_up_id}",
    "GET /api/v1/calls",
    "GET /api/v1/calls/{call_id}",
    "GET /api/v1/tickets",
    "POST /api/v1/tickets",
    "GET /api/v1/tickets/{ticket_id}",
    "GET /api/v1/tickets/{ticket_id}/moves",
    "POST /api/v1/tickets/{ticket_id}/moves",
    "GET /api/v1/tickets/{ticket_id}/handling",
    "POST /api/v1/tickets/{ticket_id}/handling/acts",
    "POST /api/v1/tickets/{ticket_id}/handling/up",
    "POST /api/v1/tickets/{ticket_id}/handling/level",
    "POST /api/v1/tickets/{ticket_id}/handling/facts",
    "GET /api/v1/tickets/{ticket_id}/approvals",
    "POST /api/v1/tickets/{ticket_id}/approvals/{request_id}",
    "POST /api/v1/tickets/{ticket_id}/reviews",
    "GET /api/v1/departments",
    "POST /api/v1/intake",
    "POST /api/v1/intake/suggestion",
    "GET /api/v1/tickets/{ticket_id}/attachments",
    "POST /api/v1/tickets/{ticket_id}/attachments",
    "GET /api/v1/attachments/{attachment_id}",
    "GET /api/v1/recordings/{recording_id}",
    "GET /api/v1/recordings/{recording_id}/audio",
    "GET /api/v1/recordings/{recording_id}/transcript",
}


class Obliging:
    """A live service that does whatever it is asked."""

    def state(self) -> LiveState:
        return LiveState(NOW, (SAM,), (LiveQueue("service", "客户服务", "Service", (WAITING,)),))

    def ask(self, verb: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        assert verb == "set_state"
        return replace(SAM, state=args["state"], reason=args["reason"]).to_document()


class Door:
    """A switchboard that does whatever it is asked."""

    def ask(self, verb: Verb, args: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"call_id": "huiyin01-1.1"} if verb is Verb.DIAL else {}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = make_house(Path(tmp_path_factory.mktemp("fuzzed")) / "house")
    yield house
    house.database.dispose()


@pytest.fixture(scope="module")
def described(fuzzed: House) -> dict[str, schemathesis.APIOperation]:
    """The operations that the OpenAPI document describes."""
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", make_app(fuzzed, live=Obliging(), switchboard=Door())
    )
    found = (result.ok() for result in schema.get_all_operations())
    return {f"{one.method.upper()} {one.full_path}": one for one in found}


def test_the_document_describes_every_operation(described: dict[str, schemathesis.APIOperation]) -> None:
    assert set(described) == OPERATIONS


@pytest.mark.parametrize("name", sorted(OPERATIONS - {NEVER_ENDS}))
def test_no_request_breaks_the_api(described: dict[str, schemathesis.APIOperation], fuzzed: House, name: str) -> None:
    headers = {"Authorization": f"Bearer {fuzzed.tokens['sam']}"}

    @settings(
        max_examples=30, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=described[name].as_strategy())
    def ask(case: schemathesis.Case) -> None:
        response = case.call(headers=headers)
        case.validate_response(response, checks=(not_a_server_error, response_schema_conformance))

    ask()
