"""The back office is away while callers complain: stopped, or killed under them. Then it comes back."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from threading import Thread

from bench.installation import Installation, wait_until
from ops.sip.script import CallScript, Keys, Speak, Step, Wait, WaitQuiet, WaitSound, WaitTone
from tests.torture.callers import babble, new_number, user_agent
from tests.torture.outcome import Outcome
from tests.torture.postgres import Postgres

COMPLAINT = (WaitSound(), Wait(0.5), Keys("4"), Wait(0.4), Keys("1"), WaitTone(timeout=90))
"""The way to the complaint's tone."""
KEEP = (Wait(0.3), Keys("#"), Wait(0.5), Keys("1"), Wait(1.0), WaitQuiet(2.0, timeout=60))
KEEP_AND_GO = (Wait(0.3), Keys("#"), Wait(0.5), Keys("1"), Wait(1.5))
"""A caller who does not listen to the number twice."""
_KILLED = ("redis", "web", "ingest", "jobs", "asr", "beat")


def run(house: Installation, calls: int, seed: int, keep: Sequence[Step] = KEEP, rate: float = 5.0) -> Outcome:
    """``calls`` complaints at ``rate`` a second with the back office stopped; afterwards each is there once."""
    outcome = Outcome("CRM, Redis and database down", seed)
    numbers = [new_number() for _ in range(calls)]
    house.run("stop", "web", "jobs", "redis")
    try:
        _complain(house, numbers, rate, outcome, (Speak(babble(5.0, seed)), *keep))
    finally:
        house.run("start", "redis", "jobs", "web")
    _find(house, numbers, outcome)
    return outcome


def killed(
    house: Installation, server: Postgres, calls: int, seed: int, keep: Sequence[Step] = KEEP, rate: float = 5.0
) -> Outcome:
    """The same with everything killed (-9) at once in the middle of the calls, the PostgreSQL server first.

    When it is back and the backlog is taken in, the server is killed twice more.
    """
    outcome = Outcome("PostgreSQL, Redis, web, workers and ingest killed", seed)
    rng = random.Random(seed)
    numbers = [new_number() for _ in range(calls)]
    house.token()  # callers are looked for with it when there is a database again
    away = Thread(target=house.run, args=("stop", "web", "jobs", "redis"))
    pids = [pid for name in _KILLED if (pid := house.pid(name))]

    def kill() -> None:
        server.kill()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        away.start()  # what the supervisor starts again meanwhile finds no database
        outcome.count("processes killed", 1 + len(pids))

    try:
        _complain(house, numbers, rate, outcome, (Speak(babble(5.0, seed)), *keep), {calls // 4: kill})
    finally:
        away.join()
        server.start()
        house.run("start", "redis", "jobs", "web")
        for _ in range(2):
            time.sleep(rng.uniform(0.5, 4.0))
            server.kill()
            server.start()
            outcome.count("kills of PostgreSQL while it takes calls in")
    _find(house, numbers, outcome)
    return outcome


def _complain(
    house: Installation,
    numbers: list[str],
    rate: float,
    outcome: Outcome,
    at_the_tone: Sequence[Step],
    acts: dict[int, Callable[[], None]] | None = None,
) -> None:
    """Place a call for each number; ``acts`` are done before the call of that place."""
    with user_agent(house) as agent:
        placed = []
        for place, number in enumerate(numbers):
            if acts and place in acts:
                acts[place]()
            script = CallScript("95000", (*COMPLAINT, *at_the_tone), caller=number, keeps_sound=False)
            placed.append(agent.call(script))
            time.sleep(1 / rate)
        for number, call in zip(numbers, placed, strict=True):
            result = call.wait(240)
            outcome.count("calls")
            if not result.answered or result.failure:
                outcome.fail(f"call of {number}: status {result.status}, {result.failure}, ended by {result.ending}")


def _find(house: Installation, numbers: list[str], outcome: Outcome) -> None:
    wait_until("the house is ready again", lambda: house.status().get("ready"), 180)
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
