"""Asterisk, ingest, workers and Redis are killed or emptied while complaints arrive; nothing may be lost or doubled."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread

from bench.installation import Installation, wait_until
from ops.sip.agent import UserAgent
from ops.sip.call import Call
from ops.sip.script import CallScript, HangUp, Mark, Speak, Step
from tests.torture.back_office import COMPLAINT, KEEP
from tests.torture.callers import babble, new_number, user_agent
from tests.torture.outcome import Outcome


def asterisk_killed(house: Installation, rounds: int, seed: int) -> Outcome:
    """Asterisk is killed while callers speak: what they said is repaired, flagged and a complaint of theirs."""
    outcome = Outcome("Asterisk killed during recordings", seed)
    rng = random.Random(seed)
    for _ in range(rounds):
        numbers = [new_number() for _ in range(3)]
        with user_agent(house) as agent:
            calls = [_speaking(agent, number, rng.randrange(1 << 30)) for number in numbers]
            for call in calls:
                wait_until("the caller hears the tone", lambda call=call: call.result().marks, 60)
            time.sleep(rng.uniform(3.0, 6.0))
            pid = house.pid("asterisk")
            assert pid
            os.kill(pid, signal.SIGKILL)
            killed = time.monotonic()
            wait_until("Asterisk answers again", lambda agent=agent: _answered(agent), 30)
            outcome.time("first call answered after the kill", time.monotonic() - killed)
            for call in calls:
                call.hang_up()
        outcome.count("kills of Asterisk")
        wait_until("the house is ready again", lambda: house.status().get("ready"), 60)
        for number in numbers:
            _salvaged(house, number, outcome)
    return outcome


def _speaking(agent: UserAgent, number: str, seed: int) -> Call:
    return agent.call(
        CallScript("95000", (*COMPLAINT, Mark("tone"), Speak(babble(30.0, seed))), caller=number, stay=True)
    )


def _answered(agent: UserAgent) -> bool:
    call = agent.call(CallScript("95000", (HangUp(),), caller=new_number()))
    with contextlib.suppress(TimeoutError):
        return call.wait(5).answered
    return False


def _salvaged(house: Installation, number: str, outcome: Outcome) -> None:
    outcome.count("callers cut")
    try:
        ticket = wait_until(f"complaint of {number}", lambda: next(iter(house.tickets(number)), None), 60)
    except AssertionError as error:
        outcome.fail(str(error))
        return
    for recording_id in ticket["recording_ids"]:
        recording = house.get(f"/recordings/{recording_id}")
        audio = house.get_bytes(f"/recordings/{recording_id}/audio")
        outcome.count("recordings repaired")
        if "salvaged" not in recording["flags"]:
            outcome.fail(f"recording {recording_id} of {number} is not flagged salvaged: {recording['flags']}")
        if recording["duration"] < 0.5 or len(audio) < recording["duration"] * 8000:
            outcome.fail(f"recording {recording_id} of {number} has {recording['duration']} s in {len(audio)} bytes")


def parts_killed(house: Installation, calls: int, seed: int, keep: Sequence[Step] = KEEP) -> Outcome:
    """Ingest, workers and web are killed and Redis is flushed and killed at random while complaints arrive."""
    outcome = Outcome("ingest, workers, web and Redis killed, Redis flushed", seed)
    rng = random.Random(seed)
    stop = Event()
    killer = Thread(target=_kill, args=(house, rng, stop, outcome), daemon=True)
    numbers = [new_number() for _ in range(calls)]
    killer.start()
    try:
        with user_agent(house) as agent:
            placed = []
            for number in numbers:
                steps = (*COMPLAINT, Speak(babble(4.0, seed)), *keep)
                placed.append(agent.call(CallScript("95000", steps, caller=number, keeps_sound=False)))
                stop.wait(rng.uniform(0.3, 1.0))
            for number, call in zip(numbers, placed, strict=True):
                result = call.wait(240)
                outcome.count("calls")
                if not result.answered or result.failure:
                    outcome.fail(f"call of {number}: {result.status}, {result.failure}")
    finally:
        stop.set()
        killer.join()
    wait_until("the house is ready again", lambda: house.status().get("ready"), 60)
    for number in numbers:
        _transcribed_once(house, number, outcome)
    return outcome


def _kill(house: Installation, rng: random.Random, stop: Event, outcome: Outcome) -> None:
    acts: dict[str, Callable[[], None]] = {
        **{
            name: (lambda name=name: _kill_service(house, name))
            for name in ("ingest", "jobs", "asr", "web", "redis", "beat")
        },
        "flush": lambda: _flush(house),
    }
    while not stop.wait(rng.uniform(1.0, 3.0)):
        name = rng.choice(sorted(acts))
        acts[name]()
        outcome.count(f"× {name}")


def _kill_service(house: Installation, name: str) -> None:
    pid = house.pid(name)
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _flush(house: Installation) -> None:
    socket = house.home / "run" / "redis.sock"
    subprocess.run(["redis-cli", "-s", str(socket), "FLUSHALL"], capture_output=True, timeout=10, check=False)


def _transcribed_once(house: Installation, number: str, outcome: Outcome) -> None:
    try:
        house.ticket_with_transcript(number, 240)
    except AssertionError as error:
        outcome.fail(str(error))
    calls, tickets = house.calls(number), house.tickets(number)
    outcome.count("complaints found", len(tickets))
    if len(calls) != 1 or len(tickets) != 1:
        outcome.fail(f"caller {number} has {len(calls)} calls and {len(tickets)} tickets")
