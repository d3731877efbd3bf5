"""Queues ring who the plan and his state say, on the phone that he registered last; and after a restart again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest

from agi import members
from agi.members import Membership, Seat
from agi.members_edge import STATES_FILE, KeeperConfig, MemberKeeper
from agi.phonebook import PhoneBook
from agi.routing_edge import LOAD_FILE
from ivr.records import replace
from ivr.routing_plan import Member, Plan, Queue, default_plan
from ops import asterisk_config, keys, phones, routing
from ops.plan_file import plan_file
from ops.sip.script import CallScript
from tests.asterisk_fixture import Hotline, hotline, password_of, wait_until
from tests.scripted_ivr import dies, scripted_ivr
from tests.ws_phone import WsPhone

pytestmark = pytest.mark.integration
__all__ = ["hotline"]


@contextlib.contextmanager
def kept(made: Hotline) -> Iterator[MemberKeeper]:
    """A member keeper at work."""
    settings = made.settings
    config = KeeperConfig(
        ("127.0.0.1", settings.ami_port), "switchboard",
        keys.token(settings.secrets, asterisk_config.SWITCHBOARD), plan_file(settings), settings.run / STATES_FILE,
        settings.run / LOAD_FILE,
    )  # fmt: skip
    keeper = MemberKeeper(config, PhoneBook(phones.phones_file(settings)))
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.stop()


def there(made: Hotline) -> dict[Seat, Membership]:
    """The members that Asterisk has."""
    client = made.switchboard()
    try:
        return members.actual(client.collect("QueueStatus"))[0]
    finally:
        client.close()


def to(queue: str, language: str = "zh") -> tuple[str, ...]:
    """What the menu says."""
    return (
        'SET VARIABLE HUIYIN_NEXT "queue"', f'SET VARIABLE HUIYIN_QUEUE "{queue}"',
        f'SET VARIABLE HUIYIN_LANGUAGE "{language}"', 'SET VARIABLE IVR_DONE "1"',
    )  # fmt: skip


def test_an_agent_is_rung_only_while_he_is_available_and_again_after_asterisk_died(hotline: Hotline) -> None:
    hotline.phones("li", "wu")
    routing.write(hotline.settings, default_plan(["li", "wu"]))
    with (
        scripted_ivr(hotline.settings.agi_port, lambda _: to("cards"), dies),
        hotline.user_agent() as caller,
        hotline.desk_phone("li") as li,
        hotline.desk_phone("wu") as wu,
        kept(hotline) as keeper,
    ):
        li.register()
        wu.register()
        wait_until(lambda: len(there(hotline)) == 48, "two agents with two phones in six queues of two languages")
        assert all(one.paused for one in there(hotline).values())
        keeper.set_agent("li", available=True)
        line = caller.call(CallScript("95000", stay=True))
        call = li.wait_ring()
        assert not wu.rings()
        call.answer()
        keeper.set_agent("li", available=False, reason="on_call")
        assert {one.reason for seat, one in there(hotline).items() if seat[1] == "li"} == {"on_call"}
        call.hang_up()
        line.wait(30)
        keeper.set_agent("wu", available=True)
        hotline.kill()
        hotline.start()
        li.register()
        wu.register()
        wait_until(lambda: len(there(hotline)) == 48, "the members are back")
        caller.call(CallScript("95000", stay=True))
        wu.wait_ring().reject()
        assert not li.rings()
        assert there(hotline)["loss", "li"].reason == "on_call"


def test_a_new_queue_comes_alive_and_a_caller_who_waits_in_an_old_one_stays(hotline: Hotline) -> None:
    hotline.phones("li", "wu")
    plan = default_plan(["li"])
    routing.write(hotline.settings, plan)
    with (
        scripted_ivr(hotline.settings.agi_port, lambda _: to("cards"), dies),
        hotline.user_agent() as caller,
        hotline.desk_phone("li") as li,
        hotline.desk_phone("wu") as wu,
        kept(hotline) as keeper,
    ):
        li.register()
        wu.register()
        line = caller.call(CallScript("95000", stay=True))
        assert line.answered.wait(30)
        wait_until(lambda: "queue" in hotline.events(), "he waits")
        changed = Plan(
            2,
            (*plan.queues, Queue("night", "cards", "夜间", "Night", ring_time=30)),
            (Member("li", {"cards": 2}), Member("wu", {"cards": 1}, ("en",))),
        )
        assert routing.write(hotline.settings, changed)
        keeper.load_plan()
        wait_until(lambda: ("night-en", "wu") in there(hotline), "the new queue has its members")
        assert {seat[0] for seat in there(hotline)} == {"cards", "cards-en", "night", "night-en"}
        assert there(hotline)["night", "li"].penalty == 1
        keeper.set_agent("li", available=True)
        li.wait_ring().answer()
        assert not line.finished.is_set()
        assert not wu.rings(), "he speaks no Chinese"
        fewer = replace(changed, queues=tuple(one for one in changed.queues if one.name != "cards"))
        assert routing.write(hotline.settings, fewer), "the queue of a call that is answered goes away"
        keeper.load_plan()
        wait_until(lambda: {seat[0] for seat in there(hotline)} == {"night", "night-en"}, "it has no members")
        assert not line.finished.is_set()


def test_a_caller_whose_queue_is_taken_away_waits_in_another(hotline: Hotline) -> None:
    plan = default_plan(["li"])
    night = Plan(1, (*plan.queues, Queue("night", "cards", "", "")), plan.members)
    routing.write(hotline.settings, night)
    with (
        scripted_ivr(hotline.settings.agi_port, lambda _: to("night"), dies),
        hotline.user_agent() as caller,
    ):
        line = caller.call(CallScript("95000", stay=True))
        assert line.answered.wait(30)
        wait_until(lambda: waits_in(hotline, "night"), "he waits")
        routing.write(hotline.settings, plan)
        wait_until(lambda: waits_in(hotline, "service"), "he waits elsewhere")
        assert not line.finished.is_set()


def waits_in(made: Hotline, queue: str) -> bool:
    """Whether the newest fact says that the caller entered this queue."""
    entered = [fact["queue"] for fact in made.facts() if fact["event"] == "queue"]
    return entered[-1:] == [queue]


def unpaused(made: Hotline) -> set[str]:
    """The endpoints that would ring."""
    return {seat[1] for seat, one in there(made).items() if not one.paused}


def test_the_phone_that_registered_last_is_the_one_that_rings(hotline: Hotline) -> None:
    hotline.phones("li")
    routing.write(hotline.settings, default_plan(["li"]))
    with (
        scripted_ivr(hotline.settings.agi_port, lambda _: to("cards"), dies),
        hotline.user_agent() as caller,
        hotline.desk_phone("li") as old,
        hotline.desk_phone("li") as desk,
        kept(hotline) as keeper,
    ):
        wait_until(lambda: there(hotline), "the members are there")
        keeper.set_agent("li", available=True)
        old.register()
        desk.register()
        keeper.phone_registered("li", "desk")
        wait_until(lambda: unpaused(hotline) == {"li"}, "the desk phone would ring")
        caller.call(CallScript("95000", stay=True))
        desk.wait_ring().reject()
        assert not old.rings(), "a new registration replaces the old"
        with WsPhone(hotline.settings.ws_port) as browser:
            assert browser.register("li-web", password_of("li")) == 200
            keeper.phone_registered("li", "web")
            wait_until(lambda: unpaused(hotline) == {"li-web"}, "the browser's phone would ring")
        keeper.phone_lost("li", "web")
        wait_until(lambda: unpaused(hotline) == {"li"}, "the desk phone would ring again")
        desk.wait_ring()


def test_a_phone_rings_on_when_the_callers_turn_of_waiting_ends(hotline: Hotline) -> None:
    hotline.phones("li")
    routing.write(hotline.settings, default_plan(["li"]))
    with (
        scripted_ivr(hotline.settings.agi_port, lambda _: to("cards"), dies),
        hotline.user_agent() as caller,
        hotline.desk_phone("li") as li,
        kept(hotline) as keeper,
    ):
        li.register()
        wait_until(lambda: there(hotline), "the members are there")
        keeper.set_agent("li", available=True)
        line = caller.call(CallScript("95000", stay=True))
        call = li.wait_ring()
        rang = time.monotonic()
        wait_until(lambda: time.monotonic() - rang > 2 * hotline.limits.queue_round + 1, "two turns' time")
        assert not call.over
        call.answer()
        assert not line.finished.is_set()
        assert not li.rings()
