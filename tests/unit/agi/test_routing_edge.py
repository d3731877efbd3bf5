"""The plan's file and the loads of queues in a call: read when they are there, done without when not."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agi.routing_edge import Router, Waiter, counts
from ivr.actions import ChooseQueue
from ivr.events import QueueChosen
from ivr.records import replace
from ivr.routing import Profile, QueueNow
from ivr.routing_plan import Plan, Queue, default_plan

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ASKED = ChooseQueue("cards", 0, "en", "138")


def overflowing() -> Plan:
    """A plan whose cards' callers overflow."""
    plan = default_plan(["li"], 3)
    cards = Queue(
        "cards", "cards", "", "", overflow_ratio=1.0, overflow_to="service", overflow_after=40, callback_after=30
    )
    return replace(plan, queues=tuple(cards if one.name == "cards" else one for one in plan.queues))


def router(folder: Path, plan: Plan | None = None) -> Router:
    """A router with its files in a folder."""
    if plan:
        (folder / "routing.json").write_text(json.dumps(plan.to_document()))
    return Router(folder / "routing.json", lambda: NOON, folder / "queues.json")


def refuses(_expression: str) -> str:
    raise AssertionError("nothing needs to be counted")


@pytest.mark.parametrize(
    ("said", "now"),
    [
        ("3:2:5", QueueNow(3, 2, 5)),
        ("", QueueNow()),
        ("::", QueueNow()),
        ("x:-1:2:3", QueueNow(0, 0, 2)),
    ],
)
def test_counts_are_read(said: str, now: QueueNow) -> None:
    assert counts("cards-en", lambda _: said) == now


def test_the_queue_of_the_callers_language_is_counted(tmp_path: Path) -> None:
    asked: list[str] = []
    made = router(tmp_path, overflowing())

    def value(expression: str) -> str:
        asked.append(expression)
        return "2:1:1"

    chosen = made.enter(ASKED, Profile(vip=True), value)
    assert chosen == QueueChosen("service", 4, reason="busy")
    assert all("(cards-en" in expression for expression in asked)
    assert len(asked) == 1


def test_without_a_plan_everybody_comes_where_he_asked(tmp_path: Path) -> None:
    for made in (Router(), router(tmp_path)):
        assert made.enter(ASKED, Profile(), refuses) == QueueChosen("cards", 0)
        assert made.turn(Waiter("cards", "en", 1, 500), 60).onward is None


def test_a_new_plan_is_read_and_a_broken_one_is_not(tmp_path: Path) -> None:
    made = router(tmp_path, default_plan(["li"]))
    waiter = Waiter("cards", "zh", 1, 45)
    assert made.turn(waiter, 60).onward is None
    router(tmp_path, overflowing())
    turn = made.turn(waiter, 60)
    assert (turn.onward, turn.callback_after) == ("service", 60)
    assert made.turn(replace(waiter, here=10), 60).callback_after == 30
    (tmp_path / "routing.json").write_text("{")
    assert made.turn(waiter, 60).onward == "service"


def test_the_wait_is_told_from_a_fresh_file_alone(tmp_path: Path) -> None:
    made = router(tmp_path, Plan(1, (Queue("cards", "cards", "", ""),), ()))
    waiter, file = Waiter("cards", "en", 3, 5), tmp_path / "queues.json"
    assert made.turn(waiter, 60).minutes is None
    file.write_text(json.dumps({"cards-en": {"agents": 2, "served": 9, "talk_time": 100}}))
    assert made.turn(waiter, 60).minutes == 3
    assert made.turn(replace(waiter, language="zh"), 60).minutes is None
    os.utime(file, (1, 1))
    assert made.turn(waiter, 60).minutes is None
    file.write_text("[]")
    assert made.turn(waiter, 60).minutes is None
