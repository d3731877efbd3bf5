"""What a journal tells the next session of its call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.callevents import CallEvent
from ivr.recall import Recalled, recall

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def journal(*events: tuple[str, dict[str, Any]]) -> list[CallEvent]:
    return [CallEvent("huiyin01-1.1", seq, NOON, name, fields) for seq, (name, fields) in enumerate(events)]


def given(number: object) -> tuple[str, dict[str, Any]]:
    return "number_given", {"caller_number": number}


def notice(*, complete: object, short: bool = False) -> tuple[str, dict[str, Any]]:
    return "notice_played", {"complete": complete, "short": short}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], Recalled()),
        ([given("139")], Recalled(given_number="139")),
        ([given("139"), given("138")], Recalled(given_number="138")),
        ([given("139<script>")], Recalled()),
        ([given(None)], Recalled()),
        ([notice(complete=True)], Recalled(notice_heard=True)),
        ([notice(complete=False)], Recalled()),
        ([notice(complete="yes")], Recalled()),
        ([notice(complete=False), notice(complete=True, short=True)], Recalled(notice_heard=True)),
        ([notice(complete=True), notice(complete=False)], Recalled()),  # the other language's was cut short
        ([("menu_entered", {"node": "main"}), ("what_is_new", {})], Recalled()),
    ],
)
def test_what_is_recalled(events: list[tuple[str, dict[str, Any]]], expected: Recalled) -> None:
    assert recall(journal(*events)) == expected


def test_a_keyed_number_is_kept_out_of_every_representation() -> None:
    assert "139" not in repr(recall(journal(given("139"))))
