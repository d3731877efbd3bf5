"""The agents and callers of the house as they are now, and what follows from each thing that happens (pure).

Every event may come twice or late: a call is folded anew out of all that is known of it, and an agent's state is
derived from his legs, never stepped. Snapshots of the exchange repair what was missed, and say so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.domain import effects
from crm.domain.callfold import FoldedCall, Leg, LegOutcome, fold_lines
from crm.domain.desks import (
    ABSENCE,
    MISSED,
    MISSES,
    REJOIN_GRACE,
    SIGNED_IN,
    Desk,
    LegNow,
    Wish,
    WrapUpNow,
    wants_wrap_up,
)
from crm.domain.effects import Effect
from crm.domain.floor_repairs import KnownCall, repairs
from crm.domain.live import AgentStateName, LiveCaller, LiveQueue, LiveState
from ivr.exchange import ExchangeEvent, LegKind
from ivr.exchange import ExchangeEventName as Name

_REMEMBERED = timedelta(seconds=90)
"""A call that is over is remembered so long, for events that come late."""
_WRITTEN = timedelta(seconds=5)
"""A wrap-up is in the book within that time."""
POPPED = frozenset({LegKind.QUEUE, LegKind.TRANSFER, LegKind.CONSULT, LegKind.CONFERENCE, LegKind.REJOIN})
"""Kinds of legs whose ring brings the caller's card."""


@dataclass(frozen=True)
class Person:
    """An agent as the house knows him."""

    user: str
    display_name: str
    queues: tuple[str, ...] = ()
    on_board: bool = True


@dataclass(frozen=True)
class QueueNow:
    """A queue as the plan has it."""

    name: str
    title_zh: str = ""
    title_en: str = ""
    wrap_up_limit: timedelta = timedelta(seconds=60)


class Floor:
    """The floor. Its methods give the effects of what they are told, in their order."""

    def __init__(self, now: datetime) -> None:
        self.desks: dict[str, Desk] = {}
        self.exchange = False
        self._queues: dict[str, QueueNow] = {}
        self._calls: dict[str, KnownCall] = {}
        self._popped: dict[str, tuple[str, str]] = {}
        self._now = now

    # What the house tells.

    def staff(self, people: Iterable[Person], queues: Iterable[QueueNow]) -> list[Effect]:
        """Agents and queues, whenever they may have changed."""
        self._queues = {queue.name: queue for queue in queues}
        out: list[Effect] = []
        for person in people:
            desk = self._desk(person.user)
            told = (person.display_name, person.queues, person.on_board)
            if told != (desk.display_name, desk.queues, desk.on_board):
                desk.display_name, desk.queues, desk.on_board = told
                out.append(effects.AgentShown(person.user))
        return out

    def restore(self, user: str, wish: Wish, wrap_up: WrapUpNow | None, present_since: datetime) -> None:
        """What the last run of the service had written down of an agent."""
        desk = self._desk(user)
        desk.wish, desk.wrap_up, desk.since = wish, wrap_up, present_since
        desk.offline_since = wish.at
        desk.present = desk.derive()

    def wish(self, user: str, state: str, reason: str, now: datetime) -> list[Effect]:
        """An agent says what he wants to do. Available ends his wrap-up."""
        desk = self._desk(user)
        available = state == AgentStateName.AVAILABLE
        desk.wish = Wish(available, "" if available else reason, now)
        out: list[Effect] = []
        if available:
            desk.misses = 0
            if desk.wrap_up:
                desk.wrap_up = None
                out.append(effects.WrapUpLapsed(user, now))
        return [*out, *self._settle(desk, now)]

    def wrap_up_done(self, user: str, now: datetime) -> list[Effect]:
        """His wrap-up was filled in."""
        desk = self._desk(user)
        desk.wrap_up = None
        return self._settle(desk, now)

    def wrap_ups_open(self, users: Collection[str], now: datetime) -> list[Effect]:
        """Whose wrap-up is still open in the book; whoever else had one has filled it in."""
        done = [
            desk
            for desk in self.desks.values()
            if desk.wrap_up and desk.user not in users and now - desk.wrap_up.started_at > _WRITTEN
        ]
        return [effect for desk in done for effect in self.wrap_up_done(desk.user, now)]

    def all_told(self, now: datetime) -> list[Effect]:
        """Everything as it is, for who begins to be told: states, who may be rung, and the cards of who is rung."""
        out: list[Effect] = []
        self._popped.clear()
        for desk in self.desks.values():
            desk.present = desk.derive()
            out += [
                effects.StateBegan(desk.user, desk.present, desk.since or now),
                effects.Rings(desk.user, desk.takes_calls, _why(desk)),
                effects.AgentShown(desk.user),
            ]
            for one in desk.legs.values():
                out += self._pops(desk, one.call_id, one.leg)
        return out

    def tick(self, now: datetime) -> list[Effect]:
        """Let time pass: limits of wrap-ups, the grace for lost phones, calls that can be forgotten."""
        self._now = now
        out: list[Effect] = []
        for desk in self.desks.values():
            if desk.wrap_up and desk.wrap_up.limit_at <= now:
                desk.wrap_up = None
                out += [effects.WrapUpLapsed(desk.user, now), *self._settle(desk, now)]
            if desk.lost_at and now - desk.lost_at > REJOIN_GRACE:
                out += self._give_up(desk, now)
        for call_id, call in list(self._calls.items()):
            over = not call.folded.waiting and not any(leg.is_live for leg in call.folded.legs)
            if over and call.last_at and now - call.last_at > _REMEMBERED:
                del self._calls[call_id]
        return out

    # What the exchange tells.

    def hear(self, event: ExchangeEvent) -> list[Effect]:
        """Something happened in the exchange."""
        self._now = max(self._now, event.at)
        match event.event:
            case Name.SNAPSHOT:
                return self._snapshot(event)
            case Name.LINK_LOST:
                self.exchange = False
                return [effects.BoardChanged()]
            case Name.PHONE_REGISTERED | Name.PHONE_LOST:
                registered = event.event == Name.PHONE_REGISTERED
                return self._phone(
                    str(event.fields["agent"]), str(event.fields["phone"]), event.at, registered=registered
                )
            case Name.CALL_BEGAN:
                return [effects.CallBegan(event.call_id, event.fields.get("caller_number"))]
        return self._fold(event) if event.call_id else []

    def _fold(self, event: ExchangeEvent) -> list[Effect]:
        call = self._calls.setdefault(event.call_id, KnownCall())
        line = event.to_line()
        if line in call.events:
            return []
        call.events[line] = event
        call.last_at = max(call.last_at or event.at, event.at)
        before, call.folded = call.folded, fold_lines(call.events)
        return self._changed(event.call_id, before, call.folded, event.at)

    def _changed(self, call_id: str, before: FoldedCall, after: FoldedCall, at: datetime) -> list[Effect]:
        out: list[Effect] = []
        if after.waiting and not before.waiting:
            out.append(effects.CallerWaits(call_id, after.waiting.queue))
        old = {leg.leg: leg for leg in before.legs}
        touched = [leg for leg in after.legs if old.get(leg.leg) != leg]
        for leg in touched:
            out += self._leg_changed(call_id, old.get(leg.leg), leg, after, at)
        if before.ended_at is None and after.ended_at is not None:
            for desk in self.desks.values():
                if desk.awaited == call_id:
                    out += self._give_up(desk, at)
        if touched or after.waiting != before.waiting or before.ended_at != after.ended_at:
            out.append(effects.CallChanged(call_id, frozenset(leg.agent for leg in after.legs)))
            out.append(effects.BoardChanged())
        if after.ended_at and not before.ended_at:
            out.append(effects.CallOver(call_id))
        return out

    def _leg_changed(self, call_id: str, old: Leg | None, leg: Leg, call: FoldedCall, at: datetime) -> list[Effect]:
        desk = self._desk(leg.agent)
        was_known = leg.leg in desk.legs
        out: list[Effect] = []
        if leg.is_live:
            if not was_known and desk.wrap_up and desk.wrap_up.call_id == call_id and leg.kind == LegKind.REJOIN:
                desk.wrap_up = None
            desk.legs[leg.leg] = LegNow(call_id, leg)
            if leg.is_up:
                desk.misses, desk.lost_at, desk.awaited = 0, self._still_lost(desk, leg), None
        else:
            desk.legs.pop(leg.leg, None)
            if was_known or old is None or old.is_live:
                out += self._leg_over(desk, call_id, leg, call, at)
        pops = self._pops(desk, call_id, leg)
        return [*pops, *out, *self._settle(desk, at)]

    def _still_lost(self, desk: Desk, leg: Leg) -> datetime | None:
        return desk.lost_at if desk.lost_at and leg.answered_at and leg.answered_at < desk.lost_at else None

    def _leg_over(self, desk: Desk, call_id: str, leg: Leg, call: FoldedCall, at: datetime) -> list[Effect]:
        if at < self._now - _REMEMBERED:
            return []
        if leg.answered_at is None:
            return self._rang_in_vain(desk, leg, at)
        if desk.lost_at and call.ended_at is None and not desk.legs:
            desk.awaited = call_id
            return []
        desk.lost_at = None
        if any(one.call_id == call_id for one in desk.legs.values()):
            return []
        return self._begin_wrap_up(desk, call_id, leg, call)

    def _begin_wrap_up(self, desk: Desk, call_id: str, leg: Leg, call: FoldedCall) -> list[Effect]:
        given = call.agent == desk.user
        queue = leg.queue or call.queue
        limit = self._queues.get(queue or "", QueueNow("")).wrap_up_limit
        started_at = leg.ended_at or self._now
        if not wants_wrap_up(leg, given=given) or limit <= timedelta(0):
            return []
        desk.wrap_up = WrapUpNow(call_id, queue, started_at, started_at + limit)
        return [effects.WrapUpBegan(desk.user, desk.wrap_up)]

    def _rang_in_vain(self, desk: Desk, leg: Leg, at: datetime) -> list[Effect]:
        if leg.outcome not in {LegOutcome.MISSED, LegOutcome.REFUSED} or leg.kind in {LegKind.REJOIN, LegKind.OUTBOUND}:
            return []
        desk.misses += 1
        if desk.misses < MISSES:
            return []
        desk.misses = 0
        if desk.wish.available:
            desk.wish = Wish(available=False, reason=MISSED, at=at)
        return []

    def _give_up(self, desk: Desk, at: datetime) -> list[Effect]:
        """The grace is over: the lost phone has not come back, or there is nothing to come back to."""
        call_id, desk.lost_at, desk.awaited = desk.awaited, None, None
        call = self._calls.get(call_id or "")
        out: list[Effect] = []
        if call_id and call:
            mine = [leg for leg in call.folded.legs if leg.agent == desk.user and leg.answered_at]
            if mine:
                out += self._begin_wrap_up(desk, call_id, mine[-1], call.folded)
        return [*out, *self._settle(desk, at)]

    def _pops(self, desk: Desk, call_id: str, leg: Leg) -> list[Effect]:
        shown = self._popped.get(desk.user)
        if leg.is_live and not leg.is_up:
            if leg.kind in POPPED and shown != (call_id, leg.leg):
                self._popped[desk.user] = (call_id, leg.leg)
                return [effects.Pop(desk.user, call_id, leg.leg, leg.kind, leg.queue, leg.rang_at)]
            return []
        if shown != (call_id, leg.leg):
            return []
        del self._popped[desk.user]
        reason = "answered" if leg.answered_at else leg.outcome or "ended"
        return [effects.PopEnd(desk.user, call_id, reason)]

    def wants_card(self, user: str, leg: str) -> bool:
        """Whether this leg of the agent rings, or talks already: his card is still wanted."""
        desk = self.desks.get(user)
        return desk is not None and leg in desk.legs

    # Phones.

    def _phone(self, user: str, phone: str, at: datetime, *, registered: bool) -> list[Effect]:
        desk = self._desk(user)
        if registered:
            if not desk.phones:
                self._came_back(desk, at)
            desk.phones[phone] = at
        else:
            desk.phones.pop(phone, None)
            if any(one.leg.is_up and one.leg.phone in {phone, None} for one in desk.legs.values()):
                desk.lost_at = at
            if not desk.phones:
                desk.offline_since = at
        return [*self._settle(desk, at), effects.AgentShown(user)]

    def _came_back(self, desk: Desk, at: datetime) -> None:
        away = max(filter(None, (desk.offline_since, desk.wish.at)), default=None)
        if away is None or at - away > ABSENCE:
            desk.wish = Wish(available=False, reason=SIGNED_IN, at=at)
        desk.offline_since = None

    # Snapshots.

    def _snapshot(self, event: ExchangeEvent) -> list[Effect]:
        out: list[Effect] = []
        if not self.exchange:
            self.exchange = True
            out.append(effects.BoardChanged())
        channels = [one for one in event.fields.get("channels", ()) if isinstance(one, dict)]
        for repair in repairs(event, channels, self._calls):
            found = self._fold(repair)
            if found:
                out += [effects.Repaired(repair), *found]
        if "phones" in event.fields:
            out += [*self._phones_seen(event), *self._members_seen(event)]
        return out

    def _phones_seen(self, snapshot: ExchangeEvent) -> list[Effect]:
        """Phones that came or went unheard. What is not in the snapshot is not known to it."""
        out: list[Effect] = []
        for one in snapshot.fields["phones"]:
            user, phone, there = str(one["agent"]), str(one["phone"]), one.get("reachable") is True
            desk = self.desks.get(user)
            since = desk.phones.get(phone) if desk else None
            if there != (since is not None) and (since is None or since <= snapshot.at):
                out += self._phone(user, phone, snapshot.at, registered=there)
        return out

    def _members_seen(self, snapshot: ExchangeEvent) -> list[Effect]:
        """Whether the queues ring whom they should; where they do not, they are told again."""
        rung: dict[str, bool] = {}
        for one in snapshot.fields["phones"]:
            user = str(one.get("agent"))
            rung[user] = rung.get(user, False) or one.get("paused") is False
        wrong = [desk for desk in self.desks.values() if desk.user in rung and rung[desk.user] != desk.takes_calls]
        return [effects.Rings(desk.user, desk.takes_calls, _why(desk)) for desk in wrong]

    # Results.

    def _desk(self, user: str) -> Desk:
        if user not in self.desks:
            wish = Wish(available=False, reason=SIGNED_IN, at=self._now - 2 * ABSENCE)
            self.desks[user] = Desk(user, user, wish, since=self._now)
        return self.desks[user]

    def _settle(self, desk: Desk, at: datetime) -> list[Effect]:
        """His state, anew; what follows when it is another one."""
        before, took = desk.present, desk.takes_calls
        desk.present = desk.derive()
        if desk.present == before:
            return []
        desk.since = max(at, desk.since) if desk.since else at
        out: list[Effect] = [effects.StateBegan(desk.user, desk.present, desk.since), effects.AgentShown(desk.user)]
        if desk.takes_calls != took:
            out.insert(0, effects.Rings(desk.user, desk.takes_calls, _why(desk)))
        return out

    def call(self, call_id: str) -> FoldedCall | None:
        """A call that is remembered."""
        known = self._calls.get(call_id)
        return known.folded if known else None

    def state(self, now: datetime) -> LiveState:
        """Everything, as screens have it."""
        names = list(self._queues)
        waiting: dict[str, list[LiveCaller]] = {name: [] for name in names}
        for call_id, call in self._calls.items():
            visit = call.folded.waiting
            if visit:
                language = "en" if call.folded.english else None
                waiting.setdefault(visit.queue, []).append(
                    LiveCaller(call_id, visit.entered_at, call.folded.caller_number, visit.priority, None, language)
                )
        queues = []
        for name, callers in waiting.items():
            plan = self._queues.get(name, QueueNow(name))
            in_order = sorted(callers, key=lambda one: (-one.priority, one.since, one.call_id))
            queues.append(LiveQueue(name, plan.title_zh, plan.title_en, tuple(in_order)))
        shown = [desk for desk in self.desks.values() if desk.on_board or desk.present.state != AgentStateName.OFFLINE]
        agents = tuple(desk.shown() for desk in sorted(shown, key=lambda desk: desk.user))
        return LiveState(now, agents, tuple(queues), self.exchange)


def _why(desk: Desk) -> str:
    return desk.present.reason or ("" if desk.takes_calls else desk.present.state.value)
