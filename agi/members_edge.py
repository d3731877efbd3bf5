"""The member keeper: keeps the queues' members in Asterisk as the plan and the agents' states want them.

It needs the phone side alone: the plan's file, the phones' file, and what it was told last of each agent, which it
keeps in a file of its own. So queues ring the right phones with the CRM down, and again after Asterisk was started
anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import structlog

from agi import members
from agi.ami_client import AmiClient, AmiRefused
from agi.ami_protocol import AmiError
from agi.members import Availability, Change
from agi.phonebook import PhoneBook
from agi.switchboard import Refused
from ivr.exchange import ExchangeEvent, ExchangeEventName
from ivr.routing_plan import Plan, parse
from ivr.switchboard import SwitchboardCode, Verb

STATES_FILE = "agents.json"
_VERSION = 1
_TURN = 5.0
"""Seconds after which Asterisk is compared with the wish, whether or not something was said."""
_SHARE, _LONGEST_TURN = 20, 20.0
"""A comparison that takes long is made less often: it may take a twentieth of the time."""
_LONGEST_REASON = 40
Handler = Callable[[Mapping[str, Any]], dict[str, Any]]
_BACKOFF = (0.2, 0.5, 1.0, 2.0)

log = structlog.get_logger()


@dataclass(frozen=True)
class KeeperConfig:
    """Where Asterisk is, the switchboard's password there, and the files."""

    ami_address: tuple[str, int]
    username: str
    secret: str
    plan: Path
    states: Path
    load: Path
    """where it tells the menu how the queues move"""
    timeout: float = 1.5


class MemberKeeper:
    """Works in a thread of its own from ``start`` to ``stop``; its other methods may be called from any thread."""

    def __init__(self, config: KeeperConfig, book: PhoneBook) -> None:
        self._config = config
        self._book = book
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._due = threading.Event()
        self._heard: queue.SimpleQueue[tuple[str, str, bool]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="member-keeper", daemon=True)
        self._client: AmiClient | None = None
        self._registered: frozenset[str] = frozenset()
        self._states, self._latest = _read_states(config.states)
        self._plan = Plan(0, (), ())
        self._plan_stamp: tuple[int, int] | None = None
        for agent, endpoint in self._latest.items():
            book.note_registered(agent, endpoint)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._wake.set()
        self._thread.join(5.0)
        if self._client:
            self._client.close()

    # What others tell it.

    def set_agent(self, agent: str, available: bool, reason: str = "") -> bool:  # noqa: FBT001 -- as the verb has it
        """Whether queues ring him. Kept for ever; False when Asterisk could not be told yet (it will be)."""
        with self._lock:
            state = Availability(available, "" if available else reason)
            known = self._states.get(agent) == state
            self._states[agent] = state
            done = self._tell(agent)
            if not known:
                self._write()
        return done

    def load_plan(self) -> int:
        """Read the plan again; gives its version. Raises ValueError for one that cannot be read: the old one stays."""
        with self._lock:
            self._read_plan()
            version = self._plan.version
        self._due.set()
        self._wake.set()
        return version

    def phone_registered(self, agent: str, kind: str) -> None:
        """A phone of an agent, ``web`` or ``desk``, registered: from now on it is the one that rings. Never waits."""
        self._heard.put((agent, kind, True))
        self._wake.set()

    def phone_lost(self, agent: str, kind: str) -> None:
        """A phone is no longer registered: the other one rings, if it is. Never waits."""
        self._heard.put((agent, kind, False))
        self._wake.set()

    def hear(self, event: ExchangeEvent) -> None:
        """Take what the event feed tells of phones. Never waits."""
        if event.event in {ExchangeEventName.PHONE_REGISTERED, ExchangeEventName.PHONE_LOST}:
            tell = self.phone_registered if event.event == ExchangeEventName.PHONE_REGISTERED else self.phone_lost
            tell(str(event.fields.get("agent")), str(event.fields.get("phone")))

    # Its own work.

    def _run(self) -> None:
        failures, due_at = 0, 0.0
        while not self._stop.is_set():
            self._wake.clear()
            while not self._heard.empty():
                self._note(*self._heard.get())
            began = time.monotonic()
            if self._due.is_set() or began >= due_at:
                self._due.clear()
                try:
                    self.repair()
                    took = time.monotonic() - began
                    failures, due_at = 0, began + min(_LONGEST_TURN, max(_TURN, _SHARE * took))
                except AmiError as error:
                    if failures == 0:
                        log.warning("members_not_kept", reason=str(error))
                    self._due.set()
                    self._stop.wait(_BACKOFF[min(failures, len(_BACKOFF) - 1)])
                    failures += 1
                    continue
            self._wake.wait(max(0.0, due_at - time.monotonic()))

    def _note(self, agent: str, kind: str, registered: bool) -> None:  # noqa: FBT001 -- a message's third part
        with self._lock:
            mine = {one for one in self._phones(agent) if members.phone_kind(one) == kind}
            if registered and mine:
                self._registered |= mine
                self._latest[agent] = min(mine)
                self._book.note_registered(agent, self._latest[agent])
                self._write()
            else:
                self._registered -= mine
            self._tell(agent)

    def repair(self) -> int:
        """Compare Asterisk with the wish and make it so; gives the number of changes. Raises AmiError."""
        with self._lock:
            with contextlib.suppress(ValueError):
                self._read_plan()
            client = self._connected()
        # Not under the lock: of a large house it takes long. What is told meanwhile is only told once more.
        status = client.collect("QueueStatus")
        there, registered, queues = members.actual(status)
        with self._lock:
            self._registered = registered
            _put(self._config.load, members.load(status, self._states))
            owners = self._book.owners()
            rings = {agent: self._rings(agent) for agent in set(owners.values())}
            wished = members.wanted(self._plan, owners, self._states, rings)
            wished = {seat: one for seat, one in wished.items() if seat[0] in queues}
            changes = members.differences(wished, there)
            for change in changes:
                self._do(client, change)
            if changes:
                log.info("members_changed", changes=len(changes))
            return len(changes)

    def _tell(self, agent: str) -> bool:
        """Pause and unpause the phones of one agent, now; False when Asterisk did not take it."""
        state = self._states.get(agent, Availability())
        phones = self._phones(agent)
        wished = members.pauses(phones, state, self._rings(agent))
        try:
            client = self._connected()
            done = [self._do(client, one) for one in sorted(wished, key=lambda one: not one.paused)]
        except AmiError as error:
            log.warning("agent_not_told", agent=agent, reason=str(error))
            done = []
        if not done or not all(done):
            self._due.set()
            self._wake.set()
            return False
        return True

    def _do(self, client: AmiClient, change: Change) -> bool:
        try:
            client.action(*change.action())
        except AmiRefused as error:
            # He is no member yet, or is one already: the next comparison sees.
            log.info("member_refused", reason=str(error))
            return False
        return True

    def _rings(self, agent: str) -> str | None:
        return members.ringing(self._phones(agent), self._registered, self._latest.get(agent))

    def _phones(self, agent: str) -> list[str]:
        return [endpoint for endpoint, owner in self._book.owners().items() if owner == agent]

    def _connected(self) -> AmiClient:
        if self._client and self._client.connected:
            return self._client
        client = AmiClient(self._config.ami_address, timeout=self._config.timeout)
        client.connect(self._config.username, self._config.secret)
        self._client = client
        return client

    # Files.

    def _read_plan(self) -> None:
        """Read the plan if its file changed. Raises ValueError for a file that holds none."""
        try:
            stat = self._config.plan.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._plan_stamp:
                return
            text = self._config.plan.read_text(encoding="utf-8")
        except OSError:
            return  # no plan yet, or not for the moment: the last one stays
        self._plan_stamp = stamp
        try:
            self._plan = parse(json.loads(text))
        except ValueError as error:
            log.warning("plan_unreadable", reason=str(error))
            raise

    def _write(self) -> None:
        document = {
            "v": _VERSION,
            "agents": {agent: asdict(state) for agent, state in sorted(self._states.items())},
            "phones": dict(sorted(self._latest.items())),
        }
        _put(self._config.states, document)


def _put(path: Path, document: Mapping[str, Any]) -> None:
    """Write a file whole; what cannot be written is said, and is no end."""
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(document, file)
        new.rename(path)
    except OSError as error:
        log.warning("file_not_written", file=path.name, reason=str(error))


def handlers(keeper: MemberKeeper) -> dict[Verb, Handler]:
    """The switchboard's verbs that the keeper carries out."""

    def set_agent(args: Mapping[str, Any]) -> dict[str, Any]:
        agent, available, reason = args.get("agent"), args.get("available"), args.get("reason", "")
        if not isinstance(agent, str) or not isinstance(available, bool) or not isinstance(reason, str):
            raise Refused(SwitchboardCode.BAD_REQUEST, "agent, available (a truth value) and reason are needed")
        return {"applied": keeper.set_agent(agent, available, reason[:_LONGEST_REASON])}

    def load_plan(_args: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {"version": keeper.load_plan()}
        except ValueError as error:
            raise Refused(SwitchboardCode.REFUSED, str(error)) from error

    return {Verb.SET_AGENT: set_agent, Verb.LOAD_PLAN: load_plan}


def _read_states(path: Path) -> tuple[dict[str, Availability], dict[str, str]]:
    """What was known when the service ended."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        states = {
            str(agent): Availability(bool(one["available"]), str(one["reason"]))
            for agent, one in document["agents"].items()
        }
        return states, {str(agent): str(endpoint) for agent, endpoint in document["phones"].items()}
    except FileNotFoundError:
        return {}, {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("agents_unreadable", reason=str(error))
        return {}, {}
