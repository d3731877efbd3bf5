"""Evaluations over the API: a call is begun, kept, handed in; what is refused says why; others read what is theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import House

pytestmark = pytest.mark.integration
B1 = {"kind": "item", "code": "B1", "taken": 2, "from_ms": 3000, "to_ms": 5200, "words": "card was", "note": ""}


def test_a_call_is_scored_from_beginning_to_end(house: House, api: Callable[[str], Any]) -> None:
    quinn, alice = api("quinn"), api("alice")
    begun = quinn.post("/evaluations", {"call_id": house.call_ids["english"]})
    assert begun.status_code == 201, begun.json
    made = begun.json
    assert (made["agent"], made["state"], made["card"], made["stands_at"]) == (
        "alice",
        "claimed",
        "service-call",
        100.0,
    )
    path = f"/evaluations/{made['id']}"
    assert alice.get(path).status_code == 404
    kept = quinn.put(path, {"version": 1, "marks": [B1], "good": "calm", "seconds": 100, "keys": 7}).json
    assert (kept["state"], kept["version"], kept["stands_at"], kept["flaws"]) == ("draft", 2, 98.0, [])
    assert quinn.put(path, {"version": 1, "marks": []}).status_code == 409
    fatal = {"kind": "fatal", "code": "X06", "note": ""}
    lacking = quinn.put(path, {"version": 2, "marks": [B1, fatal]}).json
    assert lacking["flaws"] == [{"place": 1, "flaw": "no_span"}, {"place": 1, "flaw": "no_note"}]
    refused = quinn.post(f"{path}/submit", {"version": 3})
    assert refused.status_code == 422
    assert quinn.put(path, {"version": 3, "marks": [B1]}).status_code == 200
    done = quinn.post(f"{path}/submit", {"version": 4}).json
    assert (done["state"], done["score"], done["grade"], done["official"]) == ("submitted", 98.0, "excellent", True)
    assert quinn.put(path, {"version": 5, "marks": []}).status_code == 409
    assert quinn.post(f"{path}/release", {}).status_code == 409
    assert alice.get(path).json["marks"][0]["words"] == "card was"
    assert api("amy").get(path).status_code == 404
    listed = alice.get("/evaluations?official=true").json["items"]
    assert [(one["id"], one["call_id"], one["score"]) for one in listed] == [
        (made["id"], house.call_ids["english"], 98.0)
    ]
    assert alice.post("/evaluations", {"call_id": house.call_ids["english"]}).status_code == 403
    assert [one["card"] for one in alice.get("/scorecards").json["items"]] == ["service-call"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"call_id": "none"}, 404),
        ({"call_id": "{english}", "agent": "amy"}, 422),
        ({"call_id": "{chinese}"}, 422),  # nobody spoke with the caller
        ({"call_id": "{english}", "purpose": "ruling"}, 422),
        ({"call_id": "{english}", "purpose": "blind"}, 404),  # nobody scored it yet
        ({}, 422),
    ],
)
def test_what_cannot_be_scored_says_so(
    house: House, api: Callable[[str], Any], body: dict[str, str], status: int
) -> None:
    filled = {name: value.format(**house.call_ids) for name, value in body.items()}
    assert api("quinn").post("/evaluations", filled).status_code == status


@pytest.mark.parametrize(
    "mark",
    [
        {"kind": "item", "code": "B1", "taken": 5, "from_ms": 1, "to_ms": 2},
        {"kind": "item", "code": "Z9", "taken": 1},
        {"kind": "item", "code": "A1", "not_applicable": True},
        {"kind": "item", "code": "B1", "taken": 1, "from_ms": 39_000, "to_ms": 41_000},
        {"kind": "item", "code": "B1", "taken": 1, "candidate_id": 999},
        {"kind": "other", "code": "B1", "taken": 1},
        {"kind": "item", "code": "B1", "taken": True},
    ],
)
def test_a_mark_that_cannot_be_is_not_kept(house: House, api: Callable[[str], Any], mark: dict[str, Any]) -> None:
    quinn = api("quinn")
    made = quinn.post("/evaluations", {"call_id": house.call_ids["english"]}).json
    assert quinn.put(f"/evaluations/{made['id']}", {"version": 1, "marks": [mark]}).status_code == 422
    assert quinn.get(f"/evaluations/{made['id']}").json["version"] == 1
