"""The live service: hears the exchange, keeps the floor, and carries out what follows.

One lock holds the floor; nothing that can wait is done under it. Publishing to Redis, the database, the exchange's
commands and looking up customers have threads of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from crm.db.session import Database
from crm.domain import effects as eff
from crm.domain.agent_states import ASKABLE
from crm.domain.effects import Effect
from crm.domain.floor import Floor
from crm.domain.live import TO_AGENTS, TO_BOARD, Ask, Event, Message, Reply, instant, to_user
from crm.live import book, roster
from crm.live.asks import Asks
from crm.live.bell import Bell
from crm.live.book import Book
from crm.live.pops import Compose, Facts, Pops, bare
from crm.live.publisher import Publisher
from crm.live.rings import Rings, SetAgent
from crm.live.stream import EventReader
from ivr.exchange import ExchangeEvent
from ivr.routing_plan import Plan

log = structlog.get_logger(__name__)

_TURN = 0.25
_BOARD_EVERY = 0.5
_STATE_EVERY = 3.0
_HOUSE_EVERY = 2.0
_AFTER_TROUBLE = 0.5


@dataclass(frozen=True)
class LiveParts:
    """What the service works with. ``plan_changed`` and ``phones_changed`` have the exchange follow the house."""

    database: Database
    redis_url: str
    now: Callable[[], datetime]
    set_agent: SetAgent
    gather: Callable[[str], Facts]
    compose: Compose = lambda _, facts: bare(facts)
    plan_changed: Callable[[Plan], None] = lambda _: None
    phones_changed: Callable[[], object] = lambda: None


class LiveService:
    """The service. ``run`` works until it is told to stop."""

    def __init__(self, parts: LiveParts) -> None:
        self._parts = parts
        self._now = parts.now
        self._lock = threading.RLock()
        self.floor = Floor(parts.now())
        self._publisher = Publisher(parts.redis_url)
        self._book = Book(parts.database)
        self._rings = Rings(parts.set_agent)
        self._pops = Pops(parts.database, parts.compose, parts.gather)
        self._reader = EventReader(parts.redis_url)
        self._bell = Bell(parts.database, self._publisher.send, parts.now)
        self._asks = Asks(parts.redis_url, self._answer, parts.now)
        self._board_due = True
        self._plan_version: int | None = None
        self._phones: object = None
        self._stop = threading.Event()

    def run(self, stopped: threading.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Work until ``stopped``."""
        self._stop = stopped
        self._restore(stopped)
        for part in (self._book, self._rings):
            part.start()
        threads = [
            threading.Thread(target=self._loop, args=(stopped, turn, name), name=f"live-{name}", daemon=True)
            for name, turn in (
                ("asks", self._asks.turn),
                ("clock", self._tick),
                ("house", self._look_at_house),
                ("bell", self._bell.turn),
            )
        ]
        for thread in threads:
            thread.start()
        ready()
        self._loop(stopped, self._hear, "events")
        for thread in threads:
            thread.join(5.0)
        for part in (self._rings, self._book):
            part.stop()
        self._pops.close()
        self._publisher.close()

    def _loop(self, stopped: threading.Event, turn: Callable[[], None], name: str) -> None:
        away = False
        while not stopped.is_set():
            try:
                turn()
                away = False
            except (RedisError, SQLAlchemyError) as error:
                if not away:
                    log.warning("live_waits", part=name, error=type(error).__name__)
                away = True
                stopped.wait(_AFTER_TROUBLE)
            except Exception:
                log.exception("live_failed", part=name)
                stopped.wait(_AFTER_TROUBLE)

    # Beginning.

    def _restore(self, stopped: threading.Event) -> None:
        """What was written down, then what the exchange said since its last snapshot; only then is anything told."""
        while not stopped.is_set():
            try:
                with self._parts.database.read() as session:
                    known = book.last_known(session, self._now())
                    found = roster.house(session)
                break
            except SQLAlchemyError as error:
                log.warning("live_waits", part="start", error=type(error).__name__)
                stopped.wait(1.0)
        else:
            return
        self.floor.staff(found.people, found.queues)
        for user, (wish, wrap_up, since) in known.items():
            self.floor.restore(user, wish, wrap_up, since)
        try:
            events = self._reader.since_snapshot()
        except RedisError as error:
            log.warning("live_waits", part="stream", error=type(error).__name__)
            events = []
        told = [effect for event in events for effect in self.floor.hear(event)]
        lasting = (eff.WrapUpBegan, eff.WrapUpLapsed, eff.Repaired)
        self._carry_out([effect for effect in told if isinstance(effect, lasting)])
        self._carry_out(self.floor.all_told(self._now()))

    # Turns.

    def _hear(self) -> None:
        for event in self._reader.next():
            self.hear(event)

    def hear(self, event: ExchangeEvent) -> None:
        """Something happened in the exchange."""
        with self._lock:
            self._carry_out(self.floor.hear(event))

    def _tick(self) -> None:
        began = time.monotonic()
        state_at, board_at = 0.0, 0.0
        while time.monotonic() - began < _STATE_EVERY:
            now = time.monotonic()
            with self._lock:
                self._carry_out(self.floor.tick(self._now()))
                due = self._board_due
                state = self.floor.state(self._now()) if due or now - state_at >= 1.0 else None
            if state is not None:
                if due and now - board_at >= _BOARD_EVERY:
                    board_at, self._board_due = now, False
                    self._publisher.send([Message(TO_BOARD, Event.BOARD, state.to_document())])
                state_at = now
                self._publisher.keep(state)
            if self._stop.wait(_TURN):
                return

    def _look_at_house(self) -> None:
        with self._parts.database.read() as session:
            found = roster.house(session)
            busy = roster.at_work_after_calls(session)
        with self._lock:
            out = self.floor.staff(found.people, found.queues)
            out += self.floor.wrap_ups_open(busy, self._now())
            self._carry_out(out)
        if found.plan and found.plan.version != self._plan_version:
            self._parts.plan_changed(found.plan)
            self._plan_version = found.plan.version
            self._board_due = True
        if self._phones is not None and found.phones != self._phones:
            self._parts.phones_changed()
        self._phones = found.phones
        self._stop.wait(_HOUSE_EVERY)

    def _answer(self, ask: Ask) -> Reply:
        if ask.verb != "set_state":
            return Reply(error="invalid", message=f"live cannot {ask.verb}")
        user, state = str(ask.args.get("user")), str(ask.args.get("state"))
        if state not in set(ASKABLE):
            return Reply(error="invalid", message=f"{state} is no state that can be asked for")
        with self._lock:
            if user not in self.floor.desks:
                return Reply(error="not_found", message="this person answers no calls")
            self._carry_out(self.floor.wish(user, state, str(ask.args.get("reason") or ""), self._now()))
            return Reply(self.floor.desks[user].shown().to_document())

    # Carrying out.

    def _carry_out(self, told: Iterable[Effect]) -> None:
        """Screens first, for they wait; then the exchange; then the book."""
        messages: list[Message] = []
        for effect in told:
            match effect:
                case eff.Pop():
                    self._pop(effect)
                case eff.PopEnd(user, call_id, reason):
                    messages.append(Message(to_user(user), Event.POP_END, {"call_id": call_id, "reason": reason}))
                case eff.AgentShown(user):
                    desk = self.floor.desks[user]
                    messages.append(Message(TO_AGENTS, Event.AGENT, desk.shown().to_document()))
                    self._board_due = True
                case eff.CallChanged(call_id, agents):
                    messages += self._call_told(call_id, agents)
                case eff.BoardChanged():
                    self._board_due = True
                case _:
                    self._keep(effect)
        shown = any(message.event == Event.AGENT for message in messages)
        self._publisher.send(messages, self.floor.state(self._now()) if shown else None)

    def _keep(self, effect: Effect) -> None:
        match effect:
            case eff.Rings(user, available, reason):
                self._rings.want(user, available, reason)
            case eff.StateBegan(user, present, at):
                self._book.add(book.state_began(user, present, at))
            case eff.WrapUpBegan(user, wrap_up):
                self._book.add(book.wrap_up_began(user, wrap_up))
            case eff.WrapUpLapsed(user, at):
                self._book.add(book.wrap_ups_lapsed(user, at))
            case eff.CallBegan(call_id, caller_number):
                self._pops.prepare(call_id, {"caller_number": caller_number}, self._now())
            case eff.CallerWaits(call_id, queue):
                self._pops.waits(call_id, self._facts(call_id, queue), self._now())
            case eff.CallOver(call_id):
                self._pops.forget(call_id)
            case eff.Repaired(event):
                log.warning("floor_repaired", what=event.event, call_id=event.call_id, leg=event.leg)
                about = {"call_id": event.call_id, "leg": event.leg, "repaired": str(event.event)}
                self._publisher.send([Message(TO_BOARD, Event.CALL, about)])
            case _:
                pass

    def _facts(self, call_id: str, queue: str | None) -> dict[str, Any]:
        call = self.floor.call(call_id)
        visit = call.visits[-1] if call and call.visits else None
        return {
            "queue": queue or (visit.queue if visit else None),
            "caller_number": call.caller_number if call else None,
            "entered_at": visit.entered_at if visit else None,
        }

    def _pop(self, pop: eff.Pop) -> None:
        facts = self._facts(pop.call_id, pop.queue)
        entered_at = facts.pop("entered_at")
        waited = max(0.0, (pop.rang_at - entered_at).total_seconds()) if entered_at else 0.0
        changes = {"waited_s": round(waited, 1), "kind": pop.kind, "queue": facts["queue"], "leg": pop.leg}
        self._pops.ring(pop.call_id, facts, self._now(), lambda card: self._send_pop(pop, card, changes))

    def _send_pop(self, pop: eff.Pop, card: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
        """To the agent whose phone rings, if it still does."""
        with self._lock:
            if self.floor.wants_card(pop.user, pop.leg):
                data = {**card, **changes, "call_id": pop.call_id, "at": instant(pop.rang_at)}
                self._publisher.send_at_once(Message(to_user(pop.user), Event.POP, data))

    def _call_told(self, call_id: str, agents: Iterable[str]) -> list[Message]:
        call = self.floor.call(call_id)
        if call is None:
            return []
        legs = [leg for leg in call.legs if leg.is_live]
        talking = [leg for leg in legs if leg.is_up]
        phase = "talking" if talking else "ringing" if legs else "waiting" if call.waiting else "ended"
        data = {
            "call_id": call_id,
            "phase": phase,
            "queue": call.queue,
            "legs": [
                {
                    "agent": leg.agent,
                    "kind": leg.kind,
                    "up": leg.is_up,
                    "since": instant(leg.answered_at or leg.rang_at),
                    "held": leg.held_since is not None,
                }
                for leg in legs
            ],
            "ended": call.ended_at is not None,
        }
        return [Message(to_user(agent), Event.CALL, data) for agent in sorted(agents)]
