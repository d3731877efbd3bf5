"""The menu's server is killed or stopped while callers are in the menu."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass

from bench.installation import Installation, wait_until
from ops.sip.agent import UserAgent
from ops.sip.call import Call
from ops.sip.script import CallScript, Keys, Mark, Speak, Step, Wait, WaitSound, WaitTone
from tests.torture.callers import babble, marked, new_number, signal_heard_at, user_agent
from tests.torture.outcome import Outcome

CALLERS = 4
"""Callers in the menu at each kill."""


@dataclass(frozen=True)
class Promise:
    """What is done to the server and how soon every caller must hear the fallback."""

    name: str
    number: signal.Signals
    seconds: float


KILLED = Promise("menu server killed (-9)", signal.SIGKILL, 3.0)
STOPPED = Promise("menu server stopped (-STOP)", signal.SIGSTOP, 8.0)


def journey(rng: random.Random, seed: int) -> tuple[Step, ...]:
    """A caller who is somewhere in the menu for the next twenty seconds."""
    hesitates = rng.uniform(0.3, 2.5)
    steps: tuple[Step, ...] = (WaitSound(), Wait(hesitates), Keys("4"), Wait(rng.uniform(0.3, 3.0)), Keys("1"))
    return (*steps, WaitTone(), Mark("tone"), Speak(babble(20.0, seed)))


def run(house: Installation, rounds: int, seed: int, promise: Promise) -> Outcome:
    """Kill or stop the server ``rounds`` times at random moments; every caller must hear the fallback in time."""
    outcome = Outcome(promise.name, seed)
    rng = random.Random(seed)
    with marked(house, "fallback_sorry"), user_agent(house) as agent:
        for _ in range(rounds):
            _round(house, agent, rng, promise, outcome)
    return outcome


def _round(house: Installation, agent: UserAgent, rng: random.Random, promise: Promise, outcome: Outcome) -> None:
    pid = wait_until("the menu server runs", lambda: house.pid("agi"), 30)
    numbers = [new_number() for _ in range(CALLERS)]
    calls = [agent.call(_script(house, rng, number)) for number in numbers]
    for call in calls:
        assert call.answered.wait(20), "a call was not answered before anything was done"
    time.sleep(rng.uniform(0.5, 10.0))
    done_at = time.monotonic()
    os.kill(pid, promise.number)
    try:
        for call, number in zip(calls, numbers, strict=True):
            _judge(call, number, done_at, promise, outcome)
    finally:
        if promise.number is signal.SIGSTOP:
            os.kill(pid, signal.SIGCONT)
        for call in calls:
            call.hang_up()
    for call in calls:
        call.wait(40)
    outcome.count("kills" if promise.number is signal.SIGKILL else "stops")
    wait_until("the menu server answers again", lambda: house.answers("agi"), 40)


def _script(house: Installation, rng: random.Random, number: str) -> CallScript:
    steps = journey(rng, rng.randrange(1 << 30))
    return CallScript(house.environment.get("HUIYIN_HOTLINE", "95000"), steps, caller=number, stay=True)


def _judge(call: Call, number: str, done_at: float, promise: Promise, outcome: Outcome) -> None:
    outcome.count("callers")
    end = done_at + promise.seconds + 4.0
    heard = None
    while heard is None and time.monotonic() < end and not call.finished.is_set():
        time.sleep(0.1)
        heard = signal_heard_at(call.heard())
    result = call.result()
    if call.finished.is_set():
        outcome.count("callers dropped")
        outcome.fail(f"caller {number} was dropped ({result.ending}, {result.failure})")
        return
    if heard is None or result.answered_after is None:
        outcome.fail(f"caller {number} heard no fallback within {promise.seconds + 4.0:.0f} s")
        return
    after = call.started + result.answered_after + heard - done_at
    outcome.time("fallback heard after", after)
    if after > promise.seconds:
        outcome.fail(f"caller {number} heard the fallback after {after:.2f} s, not {promise.seconds:.0f} s")
