"""Changed copies of records are what dataclasses would have made."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ivr import records
from ivr.callevents import CallEvent, to_lines
from ivr.state import Phase, State, Step, Ticket


def test_a_changed_copy_is_the_one_of_dataclasses() -> None:
    state = State("zh", caller_number="138", ticket=Ticket("2611220100001", "complaint", "P2"))
    changes = {"phase": Phase.KEEP, "tries": 2, "keyed": "1"}
    changed = records.replace(state, **changes)  # type: ignore[arg-type]  # any field
    assert changed == dataclasses.replace(state, **changes)  # type: ignore[arg-type]  # any field
    assert hash(changed) == hash(dataclasses.replace(changed))
    assert state == State("zh", caller_number="138", ticket=Ticket("2611220100001", "complaint", "P2"))
    assert type(records.replace(Step(state), go="main")) is Step


def test_a_changed_copy_is_as_frozen_as_its_model() -> None:
    changed = records.replace(State("zh"), language="en")
    with pytest.raises(dataclasses.FrozenInstanceError):
        changed.language = "zh"  # type: ignore[misc]  # what is tested


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="langauge"):
        records.replace(State("zh"), langauge="en")  # type: ignore[call-arg]  # what is tested


def test_lines_of_one_instant_are_the_lines_of_their_events() -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    events = [("menu_entered", {"node": "main"}), ("number_given", {"caller_number": "139"})]
    lines = to_lines("huiyin01-1.1", 7, noon, events).splitlines()
    single = [CallEvent("huiyin01-1.1", 7 + i, noon, name, fields).to_line() for i, (name, fields) in enumerate(events)]
    assert lines == single
    assert lines[0].startswith('{"v":1,"seq":7,"at":"2026-11-22T04:00:00+00:00","call_id":"huiyin01-1.1","event":"menu')
    assert noon.astimezone(UTC).hour == 4
