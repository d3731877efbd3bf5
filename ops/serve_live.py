"""The ``live`` service: the floor of agents and callers, with its settings."""

from __future__ import annotations

import fcntl
import signal
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import structlog

from crm.domain.calls import fold
from crm.live.service import LiveParts, LiveService
from crm.services.centre import Centre
from crm.services.screen_pop import compose
from crm.services.switchboard import SwitchboardDoor
from ivr.callevents import CallEventName
from ivr.routing_plan import Plan
from ivr.switchboard import SOCKET, Verb
from ops import field_keys, readiness, routing
from ops.settings import Settings
from ops.short_waits import keep_for_good, switch_often
from recordings.naming import is_call_id
from recordings.spool import read_notes

log = structlog.get_logger(__name__)


def main(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT. One at a time: a second one waits until the first is gone."""
    stop = threading.Event()
    switch_often()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.run / "live.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(settings).run(stop, lambda: _ready(settings))


def _ready(settings: Settings) -> None:
    keep_for_good()
    readiness.tell(settings.run, "live")


def make(settings: Settings) -> LiveService:
    """The service of this installation."""
    database = field_keys.database(settings)
    door = SwitchboardDoor(settings.run / SOCKET)

    def set_agent(agent: str, available: bool, reason: str) -> None:  # noqa: FBT001  (as the verb has it)
        door.ask(Verb.SET_AGENT, {"agent": agent, "available": available, "reason": reason})

    def plan_changed(plan: Plan) -> None:
        if routing.write(settings, plan):
            door.ask(Verb.LOAD_PLAN, {})

    region = Centre(settings.zone, settings.crm_node).region
    return LiveService(
        LiveParts(
            database=database,
            redis_url=settings.broker_url,
            now=lambda: datetime.now(UTC),
            compose=lambda session, facts: compose(session, facts, region=region, now=datetime.now(UTC)),
            set_agent=set_agent,
            gather=lambda call_id: gather(settings, call_id),
            plan_changed=plan_changed,
            phones_changed=lambda: routing.follow(settings, database),
        )
    )


def gather(settings: Settings, call_id: str) -> Mapping[str, Any]:
    """What the phone side wrote down of a call that runs: who calls, in which language, what he did in the menu."""
    folder = settings.spool / call_id
    if not is_call_id(call_id) or not folder.is_dir():
        return {}
    try:
        found = read_notes(folder)
    except OSError as error:
        log.warning("call_folder_not_read", call_id=call_id, error=error.strerror)
        return {}
    call = fold(
        call_id,
        [line.event for line in found.journal],
        found.facts,
        seen_at=datetime.now(UTC),
        default_language=settings.default_language,
    )
    return {
        "caller_number": call.given_number or call.caller_number,
        "language": call.language,
        "menu_path": list(call.menu_path),
        "made_ticket": any(line.event.event == CallEventName.TICKET_STARTED for line in found.journal),
    }
