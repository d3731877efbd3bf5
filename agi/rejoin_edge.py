"""The hands of ``agi.rejoin``: hears of phones, looks at the exchange while one is lost, and acts."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable

import structlog

from agi import rejoin
from agi.phonebook import WEB, PhoneBook
from agi.rejoin import Memory, Turn
from agi.switchboard import Order, Refused
from agi.switchboard_link import SwitchboardLink
from ivr.exchange import ExchangeEvent
from ivr.exchange import ExchangeEventName as Name

INTERVAL = 0.25
_CURIOUS = frozenset({Name.PHONE_REGISTERED, Name.PHONE_LOST, Name.SNAPSHOT})

log = structlog.get_logger()


class Rejoiner:
    """Works in a thread of its own. ``hear`` may be called from any thread and returns at once."""

    def __init__(self, link: SwitchboardLink, book: PhoneBook) -> None:
        self._link = link
        self._book = book
        self._heard: queue.SimpleQueue[ExchangeEvent | None] = queue.SimpleQueue()
        self._memory = Memory()
        self._rung: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="rejoin", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._heard.put(None)
        self._thread.join(5)
        self._link.close()

    def hear(self, event: ExchangeEvent) -> None:
        """Something happened in the exchange. An agent's channel in a bridge that nobody rang came back by itself."""
        if event.event == Name.AGENT_RINGING:
            self._rung.add(event.leg)
        elif event.event == Name.CHANNEL_ENDED:
            self._rung.discard(event.leg)
        came_back = event.event == Name.BRIDGED and event.fields.get("agent") and event.leg not in self._rung
        if event.event in _CURIOUS or came_back:
            self._heard.put(event)

    def _run(self) -> None:
        while True:
            waiting = bool(self._memory.absences)
            try:
                event = self._heard.get(timeout=INTERVAL if waiting else None)
            except queue.Empty:
                event = None
            else:
                if event is None:
                    return
            try:
                self._turn(event)
            except Refused as refused:
                log.warning("rejoin_failed", why=str(refused))
                time.sleep(INTERVAL)
            except Exception:
                log.exception("rejoin_failed")

    def _turn(self, event: ExchangeEvent | None) -> None:
        now = time.monotonic()
        if event is not None and event.event == Name.PHONE_LOST:
            self._phone_lost(str(event.fields["agent"]), str(event.fields["phone"]), now)
        elif event is not None and event.event == Name.PHONE_REGISTERED:
            self._phone_registered(str(event.fields["agent"]), str(event.fields["phone"]), now)
        elif event is not None and event.event == Name.SNAPSHOT:
            self._look_around(now)
        with self._link.lock:
            absences = self._memory.absences
            view = self._link.view(absences)
            packets = self._link.packets(one.leg for one in absences.values())
            self._apply(rejoin.look(self._memory, view, packets, now))

    def _phone_lost(self, agent: str, phone: str, now: float) -> None:
        with self._link.lock:
            view = self._link.view()
            turn = Turn(self._memory)
            for endpoint in self._endpoints(agent, phone):
                turn = rejoin.lost(turn.memory, agent, endpoint, view, now)
                self._apply(turn)

    def _phone_registered(self, agent: str, phone: str, now: float) -> None:
        for endpoint in self._endpoints(agent, phone):
            self._book.note_registered(agent, endpoint)
        self._memory = rejoin.registered(self._memory, agent, now).memory

    def _look_around(self, now: float) -> None:
        """Nobody may have told us of a phone that was lost while nobody listened."""
        with self._link.lock:
            view = self._link.view()
            busy = {(one.agent, one.endpoint) for one in view.channels if one.agent and one.up and one.endpoint}
            for agent, endpoint in sorted(busy):
                if not self._link.is_registered(endpoint):
                    self._apply(rejoin.lost(self._memory, agent, endpoint, view, now))

    def _endpoints(self, agent: str, phone: str) -> Iterable[str]:
        web = phone == "web"
        return [one for one, owner in self._book.owners().items() if owner == agent and one.endswith(WEB) == web]

    def _apply(self, turn: Turn) -> None:
        before, self._memory = self._memory, turn.memory
        for agent, absence in turn.memory.absences.items():
            known = before.absences.get(agent)
            if known is None or known.stage != absence.stage:
                log.info("phone_absent", agent=agent, call_id=absence.call_id, stage=absence.stage)
        if turn.steps:
            self._link.carry_out(Order(turn.steps))
