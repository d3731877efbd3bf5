"""The floor: states, cards and wrap-ups that follow from what the exchange says, told in any order and twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import effects
from crm.domain.desks import ABSENCE, REJOIN_GRACE, Wish, WrapUpNow
from crm.domain.effects import Effect
from crm.domain.floor import Floor, Person, QueueNow
from ivr.exchange import ExchangeEvent
from ivr.exchange import ExchangeEventName as Name
from tests.exchange_traces import scene

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CALL = "huiyin01-1.1"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def said(seconds: float, name: Name, leg: str = "", call_id: str = CALL, **fields: Any) -> ExchangeEvent:
    return ExchangeEvent(at(seconds), name, call_id, leg, fields)


def phone(seconds: float, user: str = "a1", kind: str = "web", *, there: bool = True) -> ExchangeEvent:
    name = Name.PHONE_REGISTERED if there else Name.PHONE_LOST
    return ExchangeEvent(at(seconds), name, fields={"agent": user, "phone": kind})


def ring(seconds: float, leg: str = "L1", user: str = "a1", call_id: str = CALL, kind: str = "queue") -> ExchangeEvent:
    queue = "service" if kind == "queue" else None
    return said(seconds, Name.AGENT_RINGING, leg, call_id, agent=user, queue=queue, kind=kind, phone="web")


def answer(seconds: float, leg: str = "L1", user: str = "a1", call_id: str = CALL) -> ExchangeEvent:
    return said(seconds, Name.AGENT_CONNECTED, leg, call_id, agent=user, queue="service", kind="queue")


def end(seconds: float, leg: str = "L1", user: str | None = "a1", call_id: str = CALL) -> ExchangeEvent:
    return said(seconds, Name.CHANNEL_ENDED, leg, call_id, agent=user)


def miss(seconds: float, leg: str, user: str = "a1", call_id: str = CALL) -> ExchangeEvent:
    return said(seconds, Name.AGENT_MISSED, leg, call_id, agent=user, queue="service", kind="queue", cancelled=False)


def joined(seconds: float, call_id: str = CALL) -> ExchangeEvent:
    return said(seconds, Name.QUEUE_JOINED, call_id, call_id, queue="service", caller_number="13800138000")


class House:
    """A floor with two agents who take calls."""

    def __init__(self, wrap_up: float = 60) -> None:
        self.floor = Floor(at(0))
        self.floor.staff(
            [Person("a1", "Li", ("service",)), Person("a2", "Wang", ("service",))],
            [QueueNow("service", "客户服务", "Service", timedelta(seconds=wrap_up))],
        )
        self.out: list[Effect] = []
        for user in ("a1", "a2"):
            self.tell(phone(0, user))
            self.do(self.floor.wish(user, "available", "", at(0)))
        self.out.clear()

    def do(self, found: list[Effect]) -> list[Effect]:
        self.out += found
        return found

    def tell(self, *events: ExchangeEvent) -> list[Effect]:
        return [effect for event in events for effect in self.do(self.floor.hear(event))]

    def state(self, user: str = "a1") -> tuple[str, str, str | None]:
        present = self.floor.desks[user].present
        return present.state.value, present.reason, present.call_id

    def of(self, kind: type[Any]) -> list[Any]:
        return [effect for effect in self.out if isinstance(effect, kind)]


def test_a_call_from_ring_to_wrap_up() -> None:
    house = House()
    house.tell(joined(1), ring(2))
    assert house.state() == ("ringing", "", CALL)
    assert [(pop.user, pop.call_id, pop.queue) for pop in house.of(effects.Pop)] == [("a1", CALL, "service")]
    house.tell(answer(5))
    assert house.state() == ("on_call", "", CALL)
    assert house.of(effects.PopEnd) == [effects.PopEnd("a1", CALL, "answered")]
    assert house.of(effects.Rings) == [effects.Rings("a1", False, "on_call")]
    house.tell(end(30), end(30.1, CALL, None))
    assert house.state() == ("wrap_up", "", CALL)
    assert house.of(effects.WrapUpBegan) == [effects.WrapUpBegan("a1", WrapUpNow(CALL, "service", at(30), at(90)))]
    house.do(house.floor.tick(at(89.9)))
    assert house.state()[0] == "wrap_up"
    house.do(house.floor.tick(at(90)))
    assert house.state() == ("available", "", None)
    assert house.of(effects.WrapUpLapsed) == [effects.WrapUpLapsed("a1", at(90))]
    assert house.of(effects.Rings)[-1] == effects.Rings("a1", True, "")
    assert house.floor.state(at(91)).queues[0].callers == ()


def test_available_ends_the_wrap_up_and_a_finished_one_needs_no_task() -> None:
    house = House()
    house.tell(joined(1), ring(2), answer(3), end(4))
    house.do(house.floor.wish("a1", "available", "", at(5)))
    assert house.state()[0] == "available"
    assert len(house.of(effects.WrapUpLapsed)) == 1
    other = House()
    other.tell(joined(1), ring(2), answer(3), end(4))
    other.do(other.floor.wrap_ups_open(frozenset(), at(5)))
    assert other.state()[0] == "wrap_up", "it may not be in the book yet"
    other.do(other.floor.wrap_ups_open(frozenset(), at(20)))
    assert other.state()[0] == "available"
    assert other.of(effects.WrapUpLapsed) == []


def test_a_pause_that_is_asked_for_during_a_call_begins_after_it() -> None:
    house = House(wrap_up=0)
    house.tell(joined(1), ring(2), answer(3))
    house.do(house.floor.wish("a1", "paused", "meal", at(4)))
    assert house.state()[0] == "on_call"
    house.tell(end(5))
    assert house.state() == ("paused", "meal", None)


def test_two_missed_rings_in_a_row_pause_with_that_reason() -> None:
    house = House()
    house.tell(joined(1), ring(2), miss(22, "L1"), end(22, "L1"))
    assert house.state() == ("available", "", None)
    assert house.of(effects.PopEnd) == [effects.PopEnd("a1", CALL, "missed")]
    house.tell(ring(23, "L2"), miss(43, "L2"), end(43, "L2"))
    assert house.state() == ("paused", "missed", None)
    assert house.of(effects.Rings)[-1] == effects.Rings("a1", False, "missed")


def test_an_answer_and_a_caller_who_gives_up_do_not_count_as_missed() -> None:
    house = House(wrap_up=0)
    house.tell(joined(1), ring(2), miss(22, "L1"), end(22, "L1"))
    house.tell(ring(23, "L2"), answer(24, "L2"), end(30, "L2"))
    house.tell(joined(40, "c2"), ring(41, "L3", call_id="c2"))
    house.tell(said(45, Name.AGENT_MISSED, "L3", "c2", agent="a1", cancelled=True), end(45, "L3", call_id="c2"))
    house.tell(joined(50, "c3"), ring(51, "L4", call_id="c3"), miss(71, "L4", call_id="c3"))
    assert house.state() == ("available", "", None)


def test_the_card_goes_to_the_ringing_agent_only_and_moves_on_with_the_ring() -> None:
    house = House()
    house.tell(joined(1), ring(2), miss(22, "L1"), end(22, "L1"), ring(23, "L2", "a2"))
    assert [(pop.user, pop.leg) for pop in house.of(effects.Pop)] == [("a1", "L1"), ("a2", "L2")]
    assert [(one.user, one.reason) for one in house.of(effects.PopEnd)] == [("a1", "missed")]
    assert house.floor.wants_card("a2", "L2")
    assert not house.floor.wants_card("a1", "L1")
    assert not house.floor.wants_card("a1", "L2")


def test_a_phone_that_is_lost_on_a_call_has_a_while_to_come_back() -> None:
    house = House()
    house.tell(joined(1), ring(2), answer(3), phone(10, there=False))
    assert house.state() == ("on_call", "phone_lost", CALL)
    house.tell(end(10.2))
    assert house.state() == ("on_call", "phone_lost", CALL)
    house.tell(phone(12), ring(12.1, "L2", kind="rejoin"), answer(12.3, "L2"))
    assert house.state() == ("on_call", "", CALL)
    house.tell(end(40, "L2"), end(40.1, CALL, None))
    assert house.state()[0] == "wrap_up"
    assert len(house.of(effects.WrapUpBegan)) == 1


def test_a_phone_that_stays_away_leaves_nobody_busy_with_a_ghost() -> None:
    house = House(wrap_up=20)
    house.tell(joined(1), ring(2), answer(3), phone(10, there=False), end(10.2))
    house.do(house.floor.tick(at(10) + REJOIN_GRACE + timedelta(seconds=1)))
    assert house.state()[0] == "wrap_up"
    house.do(house.floor.tick(at(60)))
    assert house.state() == ("offline", "", None)


def test_who_comes_back_soon_is_as_he_was_and_later_says_it_anew() -> None:
    house = House()
    house.tell(phone(10, there=False), phone(12))
    assert house.state()[0] == "available"
    house.tell(phone(20, there=False))
    assert house.state()[0] == "offline"
    back = 21 + ABSENCE.total_seconds()
    house.tell(phone(back))
    assert house.state() == ("paused", "signed_in", None)


def test_two_phones_and_the_newest_rings() -> None:
    house = House()
    house.tell(phone(5, kind="desk"))
    assert house.floor.desks["a1"].phone == "desk"
    house.tell(phone(6, kind="desk", there=False))
    assert (house.floor.desks["a1"].phone, house.state()[0]) == ("web", "available")


def snapshot(seconds: float, *channels: dict[str, Any], **fields: Any) -> ExchangeEvent:
    return ExchangeEvent(at(seconds), Name.SNAPSHOT, fields={"channels": list(channels), **fields})


def test_what_was_not_heard_is_repaired_and_said_so() -> None:
    house = House()
    house.tell(joined(1), ring(2), answer(3), joined(4, "c2"))
    house.tell(said(5, Name.LINK_LOST, call_id=""))
    assert not house.floor.state(at(5)).exchange
    house.tell(snapshot(20, phones=[], queues=[]))
    assert house.floor.state(at(20)).exchange
    assert house.state()[0] == "wrap_up"
    assert [one.event.event for one in house.of(effects.Repaired)] == ["channel_ended", "call_ended", "call_ended"]
    assert house.floor.state(at(20)).queues[0].callers == ()


def test_a_call_that_was_never_heard_of_is_found_in_the_snapshot() -> None:
    house = House()
    leg = {"leg": "L9", "call_id": "c9", "agent": "a2", "queue": "service", "kind": "queue", "up": True, "phone": "web"}
    waiting = {"name": "service", "callers": [{"leg": "c8", "call_id": "c8", "waited": 7}]}
    house.tell(snapshot(20, leg, {"leg": "c9", "call_id": "c9"}, {"leg": "c8", "call_id": "c8"}, queues=[waiting]))
    assert house.state("a2") == ("on_call", "", "c9")
    (caller,) = house.floor.state(at(20)).queues[0].callers
    assert (caller.call_id, caller.since) == ("c8", at(13))


def test_a_snapshot_that_is_older_than_what_was_heard_changes_nothing() -> None:
    house = House()
    house.tell(joined(1), ring(2), snapshot(1.9, phones=[], queues=[{"name": "service", "callers": []}]))
    assert house.state()[0] == "ringing"
    house.tell(answer(3), end(4), end(4, CALL, None))
    old = {"leg": "L1", "call_id": CALL, "agent": "a1", "up": True}
    house.tell(snapshot(3.5, old, {"leg": CALL, "call_id": CALL}))
    assert house.state()[0] == "wrap_up"
    assert house.of(effects.Repaired) == []


def test_a_member_that_is_rung_wrongly_is_put_right() -> None:
    house = House()
    web = {"phone": "web", "reachable": True}
    seats = [{"agent": "a1", "paused": True, **web}, {"agent": "a2", "paused": False, **web}]
    desk = {"agent": "a2", "phone": "desk", "reachable": False, "paused": True}
    house.tell(snapshot(20, phones=[*seats, desk]))
    assert house.of(effects.Rings) == [effects.Rings("a1", True, "")]


def test_a_restart_takes_up_where_it_was() -> None:
    floor = Floor(at(100))
    floor.staff([Person("a1", "Li"), Person("a2", "Wang")], [])
    wish = Wish(available=True, reason="", at=at(90))
    floor.restore("a1", wish, WrapUpNow(CALL, "service", at(80), at(140)), at(80))
    floor.restore("a2", Wish(available=False, reason="meal", at=at(90)), None, at(50))
    floor.hear(snapshot(101, phones=[{"agent": user, "phone": "web", "reachable": True} for user in ("a1", "a2")]))
    assert floor.desks["a1"].present.state == "wrap_up"
    assert floor.desks["a2"].present.reason == "meal"
    told = floor.all_told(at(101))
    assert effects.Rings("a1", False, "wrap_up") in told
    floor.tick(at(141))
    assert floor.desks["a1"].present.state == "available"


SCENES = ("answered_hold_caller_hangs_up", "missed_then_answered", "blind_transfer_ami", "requeue_after_lost")


@pytest.mark.parametrize("name", SCENES)
def test_recorded_scenes_leave_nobody_on_a_call(name: str) -> None:
    floor = Floor(scene(name)[0].at)
    for event in scene(name):
        floor.hear(event)
    assert not any(desk.legs for desk in floor.desks.values())
    assert not [caller for queue in floor.state(at(0)).queues for caller in queue.callers]


@given(st.data())
def test_however_late_and_often_it_is_told_nobody_is_stuck(data: st.DataObject) -> None:
    events = scene(data.draw(st.sampled_from(SCENES)))
    calls = [one for one in events if one.call_id]
    again = data.draw(st.lists(st.sampled_from(calls), max_size=10))
    floor = Floor(events[0].at)
    for event in data.draw(st.permutations([*calls, *again])):
        floor.hear(event)
    assert not any(desk.legs for desk in floor.desks.values())
    pops = {user for user in floor.desks if any(floor.wants_card(user, leg) for leg in ("", "L1"))}
    assert pops == set()
