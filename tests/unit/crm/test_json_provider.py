"""Answers in JSON: what Flask writes and what we write say the same, ours in UTF-8."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.json.provider import DefaultJSONProvider

from crm.api.json_provider import JsonProvider
from crm.domain.tickets import Kind
from crm.json_codec import loads


@pytest.mark.parametrize(
    "said",
    [
        {"items": [], "next": None},
        {"b": 1, "a": [1.5, True, '投诉 "引号" \u2028 \x07']},
        {"kind": Kind.COMPLAINT, "fen": 2**53 + 1, "least": -(2**63)},
        {"at": datetime(2026, 11, 22, 2, 0, tzinfo=UTC), "day": date(2026, 11, 22)},
        {"sum": Decimal("1.10"), "id": UUID(int=7), "both": (1, 2)},
        ["a", ["b"]],
        {Kind.COMPLAINT: 1, Kind.CALLBACK: {"a": Kind.REVIEW}},
        {2: "a", 1: "b"},
    ],
)
def test_an_answer_says_what_flask_would_say(said: Any) -> None:
    app = Flask("test")
    with app.test_request_context():
        ours, flasks = JsonProvider(app).response(said), DefaultJSONProvider(app).response(said)
    assert json.loads(ours.get_data()) == json.loads(flasks.get_data()) == loads(ours.get_data())
    assert ours.mimetype == flasks.mimetype == "application/json"


def test_an_answer_is_utf8_with_its_keys_in_order() -> None:
    app = Flask("test")
    with app.test_request_context():
        assert JsonProvider(app).response({"名": "王", "b": 1}).get_data() == '{"b":1,"名":"王"}'.encode()


def test_what_json_does_not_know_is_refused() -> None:
    app = Flask("test")
    with app.test_request_context(), pytest.raises(TypeError):
        JsonProvider(app).response({"who": object()})
