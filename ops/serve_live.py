"""The ``live`` service: the floor of agents and callers, with its settings."""

from __future__ import annotations

import fcntl
import json
import signal
import socket
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

from crm.db.session import Database
from crm.domain.calls import fold
from crm.live.service import LiveParts, LiveService
from ivr.switchboard import SOCKET, Verb
from ops import readiness
from ops.settings import Settings
from recordings.naming import is_call_id
from recordings.spool import read_folder

log = structlog.get_logger(__name__)


def main(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT. One at a time: a second one waits until the first is gone."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.run / "live.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(settings).run(stop, lambda: readiness.tell(settings.run, "live"))


def make(settings: Settings) -> LiveService:
    """The service of this installation."""
    return LiveService(
        LiveParts(
            database=Database(settings.sql_url),
            redis_url=settings.broker_url,
            now=lambda: datetime.now(UTC),
            set_agent=lambda agent, available, reason: _set_agent(settings.run / SOCKET, agent, available, reason),
            gather=lambda call_id: gather(settings, call_id),
        )
    )


def gather(settings: Settings, call_id: str) -> Mapping[str, Any]:
    """What the phone side wrote down of a call that runs: who calls, in which language, what he did in the menu."""
    folder = settings.spool / call_id
    if not is_call_id(call_id) or not folder.is_dir():
        return {}
    try:
        found = read_folder(folder)
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
    }


def _set_agent(path: Path, agent: str, available: bool, reason: str) -> None:  # noqa: FBT001  (as the verb has it)
    request = {"verb": Verb.SET_AGENT, "args": {"agent": agent, "available": available, "reason": reason}}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(3.0)
        connection.connect(str(path))
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as lines:
            answer = json.loads(lines.readline() or b"{}")
    if not answer.get("ok"):
        raise ConnectionError(f"the switchboard answered {answer.get('error')}")
