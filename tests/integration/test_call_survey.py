"""The survey after a call on the real Asterisk: the agent leaves, the caller alone answers; and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.domain.surveys import checked
from crm.services.surveys import of_journal
from crm.services.switchboard import NotPossibleError, SwitchboardDoor, SwitchboardError
from ivr.routing_plan import default_plan
from ivr.switchboard import Verb
from ops import routing
from ops.serve_switchboard import socket_path
from ops.sip.script import CallScript, Keys, Wait, WaitSound
from recordings import spool
from tests.asterisk_fixture import Hotline, answers, listens, start_hotline, wait_until

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def house() -> Iterator[Hotline]:
    with start_hotline() as made:
        made.service("agi")
        made.service("ami")
        wait_until(lambda: answers(made.settings.agi_port), "the IVR's server answers", 30)
        wait_until(lambda: listens(socket_path(made.settings)), "the switchboard listens", 30)
        yield made


def available(door: SwitchboardDoor) -> bool:
    """Say so, once the queues know him."""
    try:
        door.ask(Verb.LOAD_PLAN, {})
        door.ask(Verb.SET_AGENT, {"agent": "agent1", "available": True, "reason": ""})
    except SwitchboardError:
        return False
    return True


def asked(door: SwitchboardDoor, call_id: str) -> bool:
    """Hand the caller over, as soon as the switchboard sees that the two speak."""
    try:
        return bool(door.ask(Verb.SURVEY, {"call_id": call_id, "agent": "agent1"}) == {})
    except NotPossibleError:
        return False


def notes(folder: Path, event: str) -> list[dict[str, object]]:
    path = folder / "journal.jsonl"
    lines = (json.loads(line) for line in path.read_text().splitlines()) if path.exists() else ()
    return [line for line in lines if line["event"] == event]


def test_the_caller_alone_rates_the_agent_who_left(house: Hotline) -> None:
    house.phones("agent1")
    routing.write(house.settings, default_plan(["agent1"]))
    began = datetime.now(UTC)
    door = SwitchboardDoor(socket_path(house.settings))
    with house.user_agent() as caller, house.desk_phone("agent1") as phone:
        phone.register()
        wait_until(lambda: available(door), "the agent can be rung", 30)
        line = caller.call(CallScript("95000", (WaitSound(), Wait(0.2), Keys("0")), stay=True))
        ring = phone.wait_ring(40)
        ring.answer()
        call_id = str(ring.header("X-Call-ID"))
        folder = house.settings.spool / call_id
        wait_until(lambda: asked(door, call_id), "the switchboard knows that they speak", 20)
        ring.wait_over()
        wait_until(lambda: notes(folder, "survey_offered"), "the caller hears the first question")
        line.do(Keys("9"), Wait(0.4), Keys("2"))
        wait_until(lambda: notes(folder, "survey_answered"), "his mark is written down")
        line.do(Wait(0.4), Keys("10"))
        wait_until(lambda: len(notes(folder, "survey_answered")) == 2, "whether he recommends us, too")
        wait_until(lambda: "ended" in house.events(folder), "thanked, and the call is over", 30)
    assert [(one["question"], one["score"], one["agent"]) for one in notes(folder, "survey_answered")] == [
        ("satisfaction", 2, "agent1"), ("recommendation", 10, "agent1"),
    ]  # fmt: skip
    assert [one["reason"] for one in notes(folder, "input_failed")] == ["wrong"]
    (heard,) = of_journal(one.event for one in spool.read_folder(folder).journal)
    assert (heard.agent, checked(heard.score, heard.recommends).recommends) == ("agent1", 10)
    assert began < heard.at
    facts = house.events(folder)
    assert "queue" not in facts[facts.index("survey") :], "he is not sent back to wait"
