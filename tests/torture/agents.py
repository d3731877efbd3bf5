"""Callers and agents, while the link to Asterisk is cut every three seconds; every figure beside queue_log."""

from __future__ import annotations

import contextlib
import random
import re
import threading
import time
from collections.abc import Callable, Iterator

from redis import RedisError
from sqlalchemy import select

from bench.agents_bed import Floor, floor, is_in
from bench.installation import Installation, wait_until
from crm.db.calls import Call as CallRow
from crm.db.contact_centre import AgentState, CallLeg, QueueVisit
from ops import asterisk_control
from ops.sip.call import Call
from ops.sip.phone import PhoneCall
from ops.sip.script import CallScript, HangUp, Keys, Wait, WaitHangUp, WaitSound
from tests.torture import queue_log
from tests.torture.callers import new_number, user_agent
from tests.torture.outcome import Outcome

AGENTS = 8
AT_ONCE = 10
CUT_EVERY = 3.0
RING = 5
WRAP_UP = 2
_READER = re.compile(r"^\s*reader\s+\S+\s+\d+\s+\d+\s+(\d+)\s", re.MULTILINE)
"""A line of `manager show connected`: user, address, start, seconds, file descriptor, …"""


def run(house: Installation, calls: int, seed: int) -> Outcome:
    """So many calls; afterwards nothing is left of them, and every figure is Asterisk's own."""
    outcome = Outcome("agents", seed)
    rng = random.Random(seed)
    with (
        floor(house, AGENTS, ring=RING, wrap_up=WRAP_UP) as here,
        queue_logged(here) as log,
        _cutting(here, outcome),
        _robots(here, rng, outcome),
    ):
        _place(here, calls, rng)
        _nothing_is_left(here, outcome)
        text = log()
    if not outcome.counts.get("connections cut"):
        outcome.fail("no connection was cut")
    _compare(here, text, calls, outcome)
    here.database.dispose()
    return outcome


@contextlib.contextmanager
def queue_logged(here: Floor) -> Iterator[Callable[[], str]]:
    """Have Asterisk keep its queue_log for a while: it is off, since it would keep numbers for ever."""
    config = here.settings.home / "asterisk" / "etc" / "logger.conf"
    log = here.settings.home / "asterisk" / "logs" / "queue_log"
    kept = config.read_text(encoding="utf-8")
    config.write_text(kept.replace("queue_log = no", "queue_log = yes"), encoding="utf-8")
    asterisk_control.command(here.settings, "logger reload")
    try:
        yield lambda: log.read_text(encoding="utf-8")
    finally:
        config.write_text(kept, encoding="utf-8")
        asterisk_control.command(here.settings, "logger reload")
        log.unlink(missing_ok=True)


@contextlib.contextmanager
def _cutting(here: Floor, outcome: Outcome) -> Iterator[None]:
    """Throw whoever listens to Asterisk's events out, every three seconds."""
    stop = threading.Event()

    def cut() -> None:
        while not stop.wait(CUT_EVERY):
            with contextlib.suppress(asterisk_control.ControlError):
                shown = asterisk_control.command(here.settings, "manager show connected")
                for handle in _READER.findall(shown):
                    asterisk_control.command(here.settings, f"manager kick session {handle}")
                    outcome.count("connections cut")

    thread = threading.Thread(target=cut, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


@contextlib.contextmanager
def _robots(here: Floor, rng: random.Random, outcome: Outcome) -> Iterator[None]:
    """Agents who answer, let it ring, decline, hold and hang up, each in his own way."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=_robot, args=(here, name, random.Random(rng.random()), stop, outcome), daemon=True)
        for name in here.phones
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def _robot(here: Floor, name: str, rng: random.Random, stop: threading.Event, outcome: Outcome) -> None:
    looked = 0.0
    while not stop.is_set():
        try:
            call = here.phones[name].wait_ring(0.3)
        except TimeoutError:
            if time.monotonic() - looked > 2.0:
                looked = time.monotonic()
                _be_there(here, name, outcome)
            continue
        with contextlib.suppress(TimeoutError):  # the caller went in that moment
            _take(call, rng, outcome)


def _be_there(here: Floor, name: str, outcome: Outcome) -> None:
    with contextlib.suppress(RedisError):
        state = here.state()
        agent = state.agent(name) if state else None
        if agent and agent.state == "paused":
            outcome.count(f"pauses ({agent.reason})")
            here.available(name)


def _take(call: PhoneCall, rng: random.Random, outcome: Outcome) -> None:
    does = rng.choices(("answers", "lets it ring", "declines"), (75, 17, 8))[0]
    time.sleep(rng.uniform(0.2, 2.0))
    if call.over:
        return
    if does == "lets it ring":
        call.wait_over(RING + 10)
        return
    if does == "declines":
        call.reject()
        return
    call.answer()
    outcome.count("phones lifted")
    time.sleep(rng.uniform(0.5, 2.5))
    if rng.random() < 0.3 and not call.over:
        call.hold()
        time.sleep(rng.uniform(0.5, 2.0))
        call.unhold()
        outcome.count("times on hold")
    time.sleep(rng.uniform(0.3, 2.0))
    if rng.random() < 0.5:
        call.hang_up()
    call.wait_over(60)


def _place(here: Floor, calls: int, rng: random.Random) -> None:
    """Callers, so many at once; each asks for a person and has his own patience."""
    under_way: list[Call] = []
    with user_agent(here.house) as agent:
        for _ in range(calls):
            while len(under_way) >= AT_ONCE:
                under_way = [call for call in under_way if not call.finished.is_set()]
                time.sleep(0.05)
            patience = rng.uniform(3, 9) if rng.random() < 0.2 else rng.uniform(15, 40)
            steps = (WaitSound(), Keys("0"), Wait(patience), HangUp(), WaitHangUp())
            script = CallScript(here.settings.hotline, steps, caller=new_number(), keeps_sound=False)
            under_way.append(agent.call(script))
            time.sleep(rng.uniform(0.05, 1.0))
        for call in under_way:
            call.wait(120)


def _nothing_is_left(here: Floor, outcome: Outcome) -> None:
    """No ghost calls, nobody stuck: what screens show is what there is."""
    quiet = ("available", "paused", "wrap_up", "offline")

    def idle() -> bool:
        state = here.state()
        if state is None or not state.exchange:
            return False
        return all(agent.state in quiet for agent in state.agents) and not any(q.callers for q in state.queues)

    try:
        wait_until("nobody is busy any more", idle, 30)
        wait_until("everybody takes calls again", lambda: all(is_in(here, name) for name in here.phones), 30)
    except AssertionError:
        state = here.state()
        ghosts = [caller for queue in state.queues for caller in queue.callers] if state else []
        stuck = [agent for agent in state.agents if agent.state not in quiet] if state else []
        outcome.fail(f"{len(ghosts)} ghost calls, {len(stuck)} stuck agents: {ghosts} {stuck} {state}")
    shown = asterisk_control.command(here.settings, "core show channels count")
    if not shown.startswith("0 active channels"):
        outcome.fail(f"Asterisk still has channels: {shown}")


def _compare(here: Floor, text: str, calls: int, outcome: Outcome) -> None:
    logged = queue_log.read(text)
    queued = {call_id: one for call_id, one in logged.items() if one.of("ENTERQUEUE")}

    def written() -> bool:
        with here.database.read() as session:
            done = select(CallRow.call_id).where(CallRow.call_id.in_(queued), CallRow.ended_at.is_not(None))
            return len(session.scalars(done).all()) == len(queued)

    wait_until("every call is in the database", written, 120)
    time.sleep(3.0)  # what the exchange's events add is taken in with the next look at a folder
    outcome.count("calls", calls)
    outcome.count("calls that asked for a person", len(queued))
    with here.database.read() as session:
        for call_id, one in queued.items():
            call = session.get_one(CallRow, call_id)
            visits = session.scalars(select(QueueVisit).where(QueueVisit.call_id == call_id).order_by(QueueVisit.seq))
            legs = list(session.scalars(select(CallLeg).where(CallLeg.call_id == call_id)))
            outcome.count(f"calls {call.outcome}")
            outcome.count("rings", len(legs))
            for difference in queue_log.differences(one, call, list(visits), legs):
                outcome.fail(f"{call_id}: {difference}")
            if any(leg.ended_at is None for leg in legs):
                outcome.fail(f"{call_id}: a leg has no end")
        open_rows = session.scalars(select(AgentState).where(AgentState.until.is_(None))).all()
        users = [row.user_id for row in open_rows]
        if len(users) != len(set(users)):
            outcome.fail("an agent has two present states")
