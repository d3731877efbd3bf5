"""What a caller who waits is told: for how long, once the queue has shown how fast it moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.agents_bed import Floor, floor, is_in
from bench.installation import Installation, installation, wait_until
from ops.sip.agent import UserAgent
from ops.sip.call import Call
from ops.sip.phone import PhoneCall
from ops.sip.script import CallScript, Keys, Wait, WaitSound
from tests.torture.callers import marked, new_number, signal_heard_at, user_agent

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
SERVED = 3
"""Calls after which a queue's pace counts as known."""
TALK = 3.0


@pytest.fixture(scope="module")
def own_floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """One agent with a desk phone, in an installation of its own: the plan is changed."""
    home = tmp_path_factory.mktemp("waiting") / "home"
    with installation(home, HUIYIN_CALLBACK_AFTER="300") as house, floor(house, 1, ring=20, wrap_up=0) as here:
        try:
            yield here
        finally:
            here.database.dispose()


def call_for_a_person(here: Floor, caller: UserAgent) -> Call:
    steps = (WaitSound(), Wait(0.5), Keys("0"), Wait(300))
    return caller.call(CallScript(here.settings.hotline, steps, caller=new_number()))


def answered(here: Floor) -> PhoneCall:
    ring = here.phones["agent1"].wait_ring(60)
    ring.answer()
    return ring


def test_who_waits_is_told_for_how_long(own_floor: Floor) -> None:
    house: Installation = own_floor.house
    with user_agent(house) as caller, marked(house, "queue_minutes_1"):
        for _ in range(SERVED):
            placed, ring = call_for_a_person(own_floor, caller), answered(own_floor)
            until = placed.heard_seconds + TALK
            wait_until("they have spoken", lambda placed=placed, until=until: placed.heard_seconds > until, 30)
            ring.hang_up()
            placed.wait(30)
            assert signal_heard_at(placed.heard()) is None, "nobody could say yet how long it takes"
            wait_until("the agent is free", lambda: is_in(own_floor, "agent1"), 30)
        first, ring = call_for_a_person(own_floor, caller), answered(own_floor)
        second = call_for_a_person(own_floor, caller)
        wait_until("it is said that the wait is about a minute", lambda: signal_heard_at(second.heard()), 180)
        assert not first.finished.is_set()
        ring.hang_up()
        answered(own_floor).hang_up()
        for placed in (first, second):
            placed.wait(30)
