"""Screen-pops: looked up while the caller hears the menu, sent at the ring, and once more when they were old."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from crm.db.session import Database
from crm.live.pops import FRESH, Pops

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


class House:
    """A database that is none, what the phone side knows, and the cards that were sent."""

    def __init__(self) -> None:
        self.phone_side: dict[str, Any] = {"caller_number": "13800138000", "menu_path": ["person"]}
        self.tickets: list[int] = []
        self.looks = 0
        self.sent: list[Mapping[str, Any]] = []
        self.told = threading.Condition()
        database = cast("Database", self)
        self.pops = Pops(database, self.compose, lambda _: self.phone_side)

    @contextmanager
    def read(self) -> Iterator[None]:
        yield

    def compose(self, _session: object, facts: Mapping[str, Any]) -> dict[str, Any]:
        self.looks += 1
        number = facts.get("caller_number")
        return {"caller_number": number, "menu_path": [], "customers": [], "open_tickets": list(self.tickets)}

    def send(self, card: Mapping[str, Any]) -> None:
        with self.told:
            self.sent.append(card)
            self.told.notify_all()

    def wait(self, count: int) -> None:
        with self.told:
            assert self.told.wait_for(lambda: len(self.sent) >= count, 10)

    def settle(self) -> None:
        """Until all that was begun is done."""
        self.pops._pool.shutdown(wait=True)


@pytest.fixture
def house() -> Iterator[House]:
    one = House()
    yield one
    one.pops.close()


def test_what_was_found_during_the_menu_is_sent_with_what_he_did_in_it(house: House) -> None:
    house.phone_side = {}
    house.pops.prepare("c", {"caller_number": "13800138000"}, NOW).result(10)
    house.phone_side = {"caller_number": "13800138000", "menu_path": ["complaints"], "language": "en"}
    house.pops.ring("c", {"queue": "service"}, NOW + timedelta(seconds=5), house.send)
    house.wait(1)
    house.settle()
    assert (house.looks, len(house.sent)) == (1, 1)
    assert house.sent[0]["menu_path"] == ["complaints"]
    assert (house.sent[0]["language"], house.sent[0]["queue"]) == ("en", "service")


def test_what_is_ready_is_sent_before_the_ring_returns(house: House) -> None:
    house.pops.prepare("c", {}, NOW).result(10)
    house.pops.waits("c", {"queue": "service"}, NOW)
    facts = house.pops._ready["c"].facts
    assert facts
    facts.result(10)
    house.pops.ring("c", {"queue": "service"}, NOW + timedelta(seconds=5), house.send)
    assert [card["menu_path"] for card in house.sent] == [["person"]]
    house.settle()
    assert (house.looks, len(house.sent)) == (1, 1)


def test_what_he_did_while_he_waited_is_sent_behind_it(house: House) -> None:
    house.pops.prepare("c", {}, NOW).result(10)
    house.pops.waits("c", {}, NOW)
    facts = house.pops._ready["c"].facts
    assert facts
    facts.result(10)
    house.phone_side = {**house.phone_side, "menu_path": ["person", "callback"]}
    house.pops.ring("c", {}, NOW + timedelta(seconds=5), house.send)
    house.wait(2)
    assert [card["menu_path"] for card in house.sent] == [["person"], ["person", "callback"]]


def test_a_ring_without_a_look_before_it_looks(house: House) -> None:
    house.pops.ring("c", {}, NOW, house.send)
    house.wait(1)
    house.settle()
    assert (house.looks, house.sent[0]["caller_number"]) == (1, "13800138000")


@pytest.mark.parametrize(("changed", "cards"), [(True, [[], [7]]), (False, [[]])])
def test_what_is_old_is_sent_at_once_and_again_when_it_changed(
    house: House, *, changed: bool, cards: list[list[int]]
) -> None:
    house.pops.prepare("c", {}, NOW).result(10)
    house.tickets = [7] if changed else []
    house.pops.ring("c", {}, NOW + timedelta(seconds=FRESH + 1), house.send)
    house.wait(len(cards))
    house.settle()
    assert house.looks == 2
    assert [card["open_tickets"] for card in house.sent] == cards


@pytest.mark.parametrize("told", [{"made_ticket": True}, {"caller_number": "13900139000"}])
def test_a_ticket_of_this_call_or_a_number_that_was_keyed_is_looked_up_anew(house: House, told: dict[str, Any]) -> None:
    house.pops.prepare("c", {}, NOW).result(10)
    house.phone_side |= told
    house.pops.ring("c", {}, NOW + timedelta(seconds=1), house.send)
    house.wait(1)
    house.settle()
    assert house.looks == 2


def test_a_call_that_is_over_is_forgotten(house: House) -> None:
    house.pops.prepare("c", {}, NOW).result(10)
    house.pops.forget("c")
    house.pops.prepare("c", {}, NOW).result(10)
    assert house.looks == 2
