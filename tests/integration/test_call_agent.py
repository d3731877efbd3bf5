"""A caller and an agent with a desk phone: registration, the queue's ring, both voices, hold, the end."""

from __future__ import annotations

import pytest

from agi.ami_client import AmiClient
from ops.sip.script import CallScript, Speak
from ops.sip.sound import is_quiet
from tests.asterisk_fixture import Hotline, beep, hears, hotline, wait_until
from tests.scripted_ivr import dies, scripted_ivr

pytestmark = pytest.mark.integration
__all__ = ["hotline"]

CALLER, AGENT = 440, 880


def to_queue(_environment: str) -> tuple[str, ...]:
    return ('SET VARIABLE HUIYIN_NEXT "queue"', 'SET VARIABLE HUIYIN_QUEUE "cards"', 'SET VARIABLE IVR_DONE "1"')


def add(manager: AmiClient, agent: str, queue: str = "cards") -> None:
    """Put an agent's desk phone into a queue."""
    fields = [("Queue", queue), ("Interface", f"PJSIP/{agent}"), ("MemberName", agent), ("Penalty", "0")]
    manager.action("QueueAdd", [*fields, ("StateInterface", f"PJSIP/{agent}")])


def test_an_agent_registers_rings_talks_and_holds(hotline: Hotline) -> None:
    hotline.phones("agent1")
    manager = hotline.switchboard()
    with (
        scripted_ivr(hotline.settings.agi_port, to_queue, dies),
        hotline.user_agent() as caller,
        hotline.desk_phone("agent1") as phone,
    ):
        phone.register()
        add(manager, "agent1")
        line = caller.call(CallScript("95000", stay=True))
        call = phone.wait_ring()
        assert call.header("X-Call-ID") == hotline.calls()[-1].name
        assert call.caller == "13800138000"
        call.answer()
        line.do(Speak(beep(CALLER, 20)))
        call.play(beep(AGENT, 20))
        wait_until(lambda: hears(line.heard(1.0), AGENT), "the caller hears the agent")
        wait_until(lambda: hears(call.heard(1.0), CALLER), "the agent hears the caller")
        call.hold()
        wait_until(lambda: call.on_hold, "the caller is on hold")
        wait_until(lambda: not hears(line.heard(0.5), AGENT) and not is_quiet(line.heard(0.5)), "he hears music")
        call.unhold()
        wait_until(lambda: not call.on_hold and hears(line.heard(0.5), AGENT), "the agent is back")
        call.hang_up()
        call.wait_over()
        line.wait(30)
    manager.close()
