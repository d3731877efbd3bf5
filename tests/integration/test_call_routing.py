"""Callers go where the plan says, with a real Asterisk: by language, by load, by waiting time, out of hours."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agi.server import AgiServer
from ivr.records import replace
from ivr.routing_plan import BUSINESSES, Member, Opening, Plan, Queue, default_plan
from ops import routing, serve_agi
from ops.sip.call import Call
from ops.sip.script import CallScript, Keys, Wait, WaitSound
from tests.asterisk_fixture import Hotline, hotline, wait_until

pytestmark = pytest.mark.integration
__all__ = ["hotline"]

NIGHT = (Opening((datetime.now(UTC).weekday() + 3) % 7, 0, 1),)
"""Open in one minute of another day."""
TO_ENQUIRIES = (WaitSound(), Wait(0.2), Keys("5"))


@contextlib.contextmanager
def serving(made: Hotline) -> Iterator[None]:
    """The menu's server."""
    server = AgiServer(serve_agi.house(made.settings), ("127.0.0.1", made.settings.agi_port), 20)
    server.start()
    try:
        yield
    finally:
        server.stop()


def plan(**changes: object) -> Plan:
    """The default plan with other enquiries, and an agent who speaks both languages."""
    made = default_plan(["li"])
    return replace(
        made,
        queues=tuple(
            Queue("enquiries", "enquiries", "", "", **changes) if one.name == "enquiries" else one  # type: ignore[arg-type]  # any field
            for one in made.queues
        ),
        members=(Member("li", dict.fromkeys(BUSINESSES, 1)),),
    )


def queues_of(made: Hotline, folder: Path) -> list[str]:
    """Where the caller waited, in their order."""
    return [fact["queue"] for fact in made.facts(folder) if fact["event"] == "queue"]


def journal(folder: Path, event: str) -> list[dict[str, object]]:
    """Events of one kind."""
    path = folder / "journal.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [line for line in lines if line["event"] == event]


@contextlib.contextmanager
def waiting(made: Hotline, document: Plan, *steps: object) -> Iterator[tuple[Path, Call]]:
    """A caller who asks for enquiries, under a plan; English, as the hotline's default is in tests."""
    routing.write(made.settings, document)
    with serving(made), made.user_agent() as caller:
        call = caller.call(CallScript("95000", (*TO_ENQUIRIES, *steps), stay=True))  # type: ignore[arg-type]  # steps
        assert call.answered.wait(30)
        yield made.calls()[-1], call


def soon(condition: Callable[[], object], what: str) -> None:
    wait_until(condition, what, 40)


def callers_in(made: Hotline, line: str) -> int:
    """Callers in a queue of Asterisk."""
    client = made.switchboard()
    try:
        events = client.collect("QueueStatus", [("Queue", line)])
        return sum(event.get("Event") == "QueueEntry" for event in events)
    finally:
        client.close()


def add(made: Hotline, line: str) -> None:
    """Somebody serves this queue."""
    client = made.switchboard()
    client.action("QueueAdd", [("Queue", line), ("Interface", "PJSIP/li"), ("Paused", "true")])
    client.close()


def test_an_english_caller_waits_for_who_speaks_english_if_anybody_does(hotline: Hotline) -> None:
    hotline.phones("li")
    with waiting(hotline, plan()) as (folder, _):
        soon(lambda: callers_in(hotline, "enquiries"), "nobody serves in English: he waits with the others")
        add(hotline, "enquiries-en")
        soon(lambda: callers_in(hotline, "enquiries-en"), "now somebody does: his next turn is there")
        assert set(queues_of(hotline, folder)) == {"enquiries"}, "people see one queue"


def test_who_waits_too_long_goes_to_the_other_queue_and_keeps_his_rank(hotline: Hotline) -> None:
    with waiting(hotline, plan(overflow_after=3, overflow_to="service")) as (folder, _):
        soon(lambda: queues_of(hotline, folder)[-1:] == ["service"], "he overflows")
        assert queues_of(hotline, folder)[0] == "enquiries"
        assert [one["reason"] for one in journal(folder, "queue_left")][-1] == "overflow"
        turns = len(queues_of(hotline, folder))
        soon(lambda: len(queues_of(hotline, folder)) > turns, "another turn")
        assert queues_of(hotline, folder)[-1] == "service", "there he stays"


def test_with_no_agent_free_a_new_caller_overflows_at_once(hotline: Hotline) -> None:
    with waiting(hotline, plan(overflow_ratio=2.0, overflow_to="service")) as (folder, _):
        soon(lambda: queues_of(hotline, folder), "he waits")
        assert queues_of(hotline, folder)[0] == "service"
        assert journal(folder, "queue_entered")[0]["reason"] == "busy"


def test_out_of_hours_the_duty_queue_takes_him(hotline: Hotline) -> None:
    with waiting(hotline, plan(opening=NIGHT, closed_to="service")) as (folder, _):
        soon(lambda: queues_of(hotline, folder), "he waits")
        assert queues_of(hotline, folder)[0] == "service"


def test_with_nobody_at_work_a_callback_is_offered_and_taken_at_once(hotline: Hotline) -> None:
    closed = plan(opening=NIGHT)
    with waiting(hotline, closed) as (folder, call):
        soon(lambda: journal(folder, "callback_offered"), "the callback is offered")
        call.do(Keys("1"))
        soon(lambda: journal(folder, "ticket_opened"), "the callback is a ticket")
        assert journal(folder, "ticket_started")[0]["kind"] == "callback"
        assert queues_of(hotline, folder) == [], "he never waited"
