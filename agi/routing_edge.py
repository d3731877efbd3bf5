"""The routing plan's hands in a call: the plan's file, the centre's clock, and how full the queues are.

Every node reads the plan from its own disk, so routing works with the CRM down; without a plan a caller enters the
queue that is named like what he asks for.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from ivr import routing
from ivr.actions import ChooseQueue
from ivr.events import QueueChosen
from ivr.routing import Profile, QueueNow
from ivr.routing_plan import Plan, default_plan, parse, twin

log = structlog.get_logger()

LOAD_FILE = "queues.json"
"""Written by the member keeper: how many agents each queue has, and how long a call takes there."""
_FRESH = 30
"""Seconds after which it says nothing any more."""
Value = Callable[[str], str]
"""Gives what an expression of the dialplan is."""


@dataclass(frozen=True)
class Waiter:
    """A caller whose queue gave him back. ``here``: seconds in this queue."""

    queue: str
    language: str
    position: int | None
    here: int


@dataclass(frozen=True)
class Turn:
    """What becomes of a caller who waits."""

    onward: str | None
    callback_after: int
    minutes: int | None


class Router:
    """Routes calls. May be used from any thread."""

    def __init__(
        self,
        plan_file: Path | None = None,
        local: Callable[[], datetime] = datetime.now,
        load_file: Path | None = None,
    ) -> None:
        self._file = plan_file
        self._load = load_file
        self._local = local
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._plan: Plan = default_plan(version=0)

    def enter(self, asked: ChooseQueue, profile: Profile, value: Value) -> QueueChosen:
        """For a caller who asks for a person."""
        plan = self._plan_now()
        now = {name: counts(twin(name, asked.language), value) for name in routing.counted(plan, asked.business)}
        route = routing.enter(plan, asked.business, asked.priority, profile.caller_class, self._local(), now)
        return QueueChosen(route.queue, route.priority, route.closed, route.reason)

    def turn(self, waiter: Waiter, default_callback: int) -> Turn:
        """For a caller who waits."""
        plan = self._plan_now()
        route = routing.stay(plan, waiter.queue, 0, waiter.here, self._local())
        after = routing.callback_after(plan, route.queue, default_callback)
        onward = route.queue if route.queue != waiter.queue else None
        minutes = routing.expected_minutes(waiter.position, self._load_of(twin(waiter.queue, waiter.language)))
        return Turn(onward, after if plan.version else default_callback, minutes)

    def _load_of(self, line: str) -> QueueNow:
        """How fast a queue of one language moves, as the member keeper saw it last."""
        if self._load is None:
            return QueueNow()
        try:
            if time.time() - self._load.stat().st_mtime > _FRESH:
                return QueueNow()
            found = json.loads(self._load.read_text(encoding="utf-8"))[line]
            return QueueNow(agents=found["agents"], served=found["served"], talk_time=found["talk_time"])
        except (OSError, ValueError, KeyError, TypeError):
            return QueueNow()

    def _plan_now(self) -> Plan:
        if self._file is None:
            return self._plan
        with self._lock:
            try:
                stat = self._file.stat()
                stamp = (stat.st_mtime_ns, stat.st_ino)
                if stamp != self._stamp:
                    self._stamp = stamp
                    self._plan = parse(json.loads(self._file.read_text(encoding="utf-8")))
            except FileNotFoundError:
                pass  # before the first set-up; the default serves
            except (OSError, ValueError) as error:
                log.warning("plan_unreadable", why=type(error).__name__)
            return self._plan


def counts(line: str, value: Value) -> QueueNow:
    """How full a queue of one language is."""
    asked = value(f"${{QUEUE_WAITING_COUNT({line})}}:${{QUEUE_MEMBER({line},ready)}}:${{QUEUE_MEMBER({line},logged)}}")
    waiting, available, agents = (int(part) if part.isdecimal() else 0 for part in (*asked.split(":"), "", "", "")[:3])
    return QueueNow(waiting=waiting, available=available, agents=agents)
