"""What the hands of the rejoin look at, and when: a look costs Asterisk a list of all channels."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agi.exchange_view import Channel, View
from agi.phonebook import PhoneBook
from agi.rejoin_edge import Rejoiner
from agi.switchboard import Order
from agi.switchboard_steps import Record, Step
from crm.services.phones import Phone
from ivr.exchange import ExchangeEvent
from ivr.exchange import ExchangeEventName as Name
from ops.asterisk_config import render_phones
from tests.asterisk_fixture import wait_until

CALL = "huiyin01-1763770000.1"
CALLER = Channel("PJSIP/trunk-00000001", CALL, CALL, bridge="b")
BACK = Channel("PJSIP/lin-web-00000003", "huiyin01-1763770005.3", CALL, "lin", "", bridge="b")


class FakeLink:
    """An exchange in which somebody came back by himself."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.looks = 0
        self.done: list[Step] = []
        self.seen = View((CALLER, BACK), {"lin": "lin-web"})

    def view(self, agents: Iterable[str] = ()) -> View:
        self.looks += 1
        return self.seen

    def packets(self, legs: Iterable[str]) -> dict[str, int]:
        return dict.fromkeys(legs, 1)

    def is_registered(self, endpoint: str) -> bool:
        return False

    def carry_out(self, order: Order) -> None:
        self.done += order.steps

    def close(self) -> None:
        pass


def told(name: Name, leg: str = BACK.leg, **fields: object) -> ExchangeEvent:
    return ExchangeEvent(datetime(2026, 11, 22, tzinfo=UTC), name, CALL, leg, fields)


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def rejoiner(link: FakeLink, tmp_path: Path) -> Iterator[Rejoiner]:
    (tmp_path / "phones.conf").write_text(render_phones([Phone("lin", "lin", "x")]))
    made = Rejoiner(link, PhoneBook(tmp_path / "phones.conf"))  # type: ignore[arg-type]
    made.start()
    yield made
    made.stop()


def test_who_came_back_by_himself_is_recorded(link: FakeLink, rejoiner: Rejoiner) -> None:
    rejoiner.hear(told(Name.BRIDGED, agent="lin"))
    wait_until(lambda: link.done == [Record(CALL, BACK.leg, "lin")], "his recorder is started")


def test_who_was_rung_and_callers_cost_no_look(link: FakeLink, rejoiner: Rejoiner) -> None:
    rejoiner.hear(told(Name.AGENT_RINGING, agent="lin"))
    rejoiner.hear(told(Name.BRIDGED, agent="lin"))
    rejoiner.hear(told(Name.BRIDGED, agent=None))
    rejoiner.hear(told(Name.UNBRIDGED, agent="lin"))
    rejoiner.hear(told(Name.CHANNEL_ENDED, agent="lin"))
    rejoiner.stop()
    assert link.looks == 0


def test_a_phone_that_was_lost_while_nobody_listened_is_found(link: FakeLink, rejoiner: Rejoiner) -> None:
    rejoiner.hear(told(Name.SNAPSHOT, ""))
    wait_until(lambda: "lin" in rejoiner._memory.absences, "his absence is seen")
