"""CRM, Redis and database are away while callers complain; then they come back."""

from __future__ import annotations

import time

from bench.installation import Installation, wait_until
from ops.sip.script import CallScript, Keys, Speak, Wait, WaitQuiet, WaitSound, WaitTone
from tests.torture.callers import babble, new_number, user_agent
from tests.torture.outcome import Outcome

COMPLAINT = (WaitSound(), Wait(0.5), Keys("4"), Wait(0.4), Keys("1"), WaitTone(timeout=90))
"""The way to the complaint's tone."""
KEEP = (Wait(0.3), Keys("#"), Wait(0.5), Keys("1"), Wait(1.0), WaitQuiet(2.0, timeout=60))


def run(house: Installation, calls: int, seed: int, rate: float = 5.0) -> Outcome:
    """``calls`` complaints at ``rate`` a second with the back office down; afterwards each is there once."""
    outcome = Outcome("CRM, Redis and database down", seed)
    house.run("stop", "web", "jobs", "redis")
    numbers = [new_number() for _ in range(calls)]
    try:
        _complain(house, numbers, rate, seed, outcome)
    finally:
        house.run("start", "redis", "jobs", "web")
    wait_until("the house is ready again", lambda: house.status().get("ready"), 60)
    _find(house, numbers, outcome)
    return outcome


def _complain(house: Installation, numbers: list[str], rate: float, seed: int, outcome: Outcome) -> None:
    speech = Speak(babble(5.0, seed))
    with user_agent(house) as agent:
        placed = []
        for number in numbers:
            script = CallScript("95000", (*COMPLAINT, speech, *KEEP), caller=number, keeps_sound=False)
            placed.append(agent.call(script))
            time.sleep(1 / rate)
        for number, call in zip(numbers, placed, strict=True):
            result = call.wait(240)
            outcome.count("calls")
            if not result.answered or result.failure:
                outcome.fail(f"call of {number}: status {result.status}, {result.failure}, ended by {result.ending}")


def _find(house: Installation, numbers: list[str], outcome: Outcome) -> None:
    found = {number: _items(house, number) for number in numbers}

    def settled() -> bool:
        found.update({number: _items(house, number) for number, items in found.items() if not all(items)})
        return all(all(items) for items in found.values())

    try:
        wait_until("every call and complaint is in the CRM", settled, 60 + len(numbers) * 2, every=1.0)
    except AssertionError:
        outcome.fail("not every call and complaint arrived")
    recordings: set[str] = set()
    for number, (calls, tickets) in found.items():
        if len(calls) != 1 or len(tickets) != 1:
            outcome.fail(f"caller {number} has {len(calls)} calls and {len(tickets)} tickets")
        for ticket in tickets:
            recordings.update(ticket["recording_ids"])
            if len(ticket["recording_ids"]) < 2:
                outcome.fail(f"ticket {ticket['number']} has {len(ticket['recording_ids'])} recordings")
    outcome.count("complaints found", sum(len(tickets) for _calls, tickets in found.values()))
    outcome.count("recordings found", len(recordings))


def _items(house: Installation, number: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    ended = [call for call in house.calls(number) if call["ended_at"]]
    return ended, house.tickets(number) if ended else []
