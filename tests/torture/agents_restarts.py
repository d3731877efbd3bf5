"""Each service that live telephony goes through is killed while agents talk: nobody is stuck, no call is a ghost."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator

from bench.agents_bed import Floor, floor, is_in
from bench.installation import Installation, wait_until
from ops import asterisk_control
from ops.sip.call import Call
from ops.sip.phone import DeskPhone
from ops.sip.script import CallScript, HangUp, Keys, Wait, WaitHangUp, WaitSound
from tests.torture.callers import new_number, user_agent
from tests.torture.outcome import Outcome

SERVICES = ("live", "ami", "web", "redis", "asterisk")
AGENTS = 4
CALLERS = 3
SETTLED_WITHIN = 30.0
"""Seconds from when the service answers again. A snapshot comes every five, a wrap-up lasts two."""


def run(house: Installation, rounds: int, seed: int) -> Outcome:
    """So many rounds over all services."""
    outcome = Outcome("live telephony killed (-9) while agents talk", seed)
    with floor(house, AGENTS, ring=15, wrap_up=2) as here, _answering(here):
        for number in range(rounds * len(SERVICES)):
            _round(here, SERVICES[number % len(SERVICES)], outcome)
    here.database.dispose()
    return outcome


@contextlib.contextmanager
def _answering(here: Floor) -> Iterator[None]:
    """Everybody takes each call at once, and stays on it."""
    stop = threading.Event()

    def answer(phone: DeskPhone) -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                phone.wait_ring(0.3).answer()

    threads = [threading.Thread(target=answer, args=(phone,), daemon=True) for phone in here.phones.values()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


def _round(here: Floor, service: str, outcome: Outcome) -> None:
    wait_until("everybody takes calls", lambda: all(_takes_calls(here, name) for name in here.phones), 60)
    steps = (WaitSound(), Keys("0"), Wait(120), HangUp(), WaitHangUp())
    with user_agent(here.house) as agent:
        calls = [
            agent.call(CallScript(here.settings.hotline, steps, caller=new_number(), keeps_sound=False))
            for _ in range(CALLERS)
        ]
        wait_until("they talk", lambda: _talking(here) == CALLERS, 60)
        pid = here.house.pid(service)
        assert pid, f"{service} does not run"
        os.kill(pid, signal.SIGKILL)
        outcome.count("kills")
        time.sleep(1.0)
        calls[0].hang_up()  # while nobody may be listening
        wait_until(f"{service} answers again", lambda: _is_back(here, service, pid), 60)
        back_at = time.monotonic()
        for call in calls[1:]:
            call.hang_up()
        _everybody_registers(here, service)
        _judge(here, service, calls, back_at, outcome)


def _takes_calls(here: Floor, name: str) -> bool:
    if is_in(here, name):
        return True
    here.available(name)
    return False


def _talking(here: Floor) -> int:
    state = here.state()
    return sum(1 for agent in state.agents if agent.state == "on_call") if state else 0


def _is_back(here: Floor, service: str, pid: int) -> bool:
    found = here.house.pid(service)
    return found not in {None, pid} and here.house.answers(service)


def _everybody_registers(here: Floor, service: str) -> None:
    if service == "asterisk":  # phones notice that by their next registration only
        for phone in here.phones.values():
            with contextlib.suppress(Exception):
                phone.register(timeout=5)


def _judge(here: Floor, service: str, calls: list[Call], back_at: float, outcome: Outcome) -> None:
    try:
        wait_until(f"all is quiet after {service}", lambda: _is_quiet(here), SETTLED_WITHIN)
    except AssertionError:
        outcome.fail(f"after {service} was killed: {here.state()}")
    outcome.time(f"all was quiet after {service}", time.monotonic() - back_at)
    for call in calls:
        with contextlib.suppress(TimeoutError):
            call.wait(20)
    shown = asterisk_control.command(here.settings, "core show channels count")
    if not shown.startswith("0 active channels"):
        outcome.fail(f"after {service} was killed Asterisk still has channels: {shown}")


def _is_quiet(here: Floor) -> bool:
    state = here.state()
    if state is None or not state.exchange or any(queue.callers for queue in state.queues):
        return False
    busy = [agent for agent in state.agents if agent.state in {"on_call", "ringing", "wrap_up"}]
    return not busy
