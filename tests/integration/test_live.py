"""The live service over Redis and a database: cards on the right screens, states that survive what is killed."""

# ruff: noqa: F811  (fixtures that are imported are named again as arguments)

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis, RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.contact_centre import AgentState, Task, WrapUp
from crm.db.migrate import upgrade
from crm.db.people import Role, User
from crm.db.session import Database
from crm.domain.errors import NotFoundError
from crm.domain.live import STREAM
from crm.live.service import LiveParts, LiveService
from crm.services.live_door import RedisLive
from ivr.exchange import EVENT_STREAM, ExchangeEvent
from ivr.exchange import ExchangeEventName as Name
from tests.redis_fixture import RedisServer, redis  # noqa: F401  (fixture)

pytestmark = pytest.mark.integration
AGENTS = ("li", "wu")


def now() -> datetime:
    return datetime.now(UTC)


def wait(condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.01)


@dataclass
class House:
    """A live service that hears what the test says."""

    server: RedisServer
    database: Database
    compose: Callable[[Session, Mapping[str, Any]], Mapping[str, Any]]
    rung: dict[str, bool] = field(default_factory=dict)
    heard: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.redis: Any = Redis.from_url(self.server.url, socket_timeout=5)
        self.door = RedisLive(self.server.url, now)
        self.stop = threading.Event()
        self.last = "0-0"

    def start(self) -> None:
        parts = LiveParts(
            self.database, self.server.url, now, lambda agent, available, _: self.rung.update({agent: available}),
            lambda _: {}, self.compose,
        )  # fmt: skip
        self.stop = threading.Event()
        ready = threading.Event()
        service = LiveService(parts)
        self.thread = threading.Thread(target=service.run, args=(self.stop, ready.set), daemon=True)
        self.thread.start()
        assert ready.wait(20)

    def end(self) -> None:
        self.stop.set()
        self.thread.join(20)

    def say(self, *events: ExchangeEvent) -> None:
        pipe = self.redis.pipeline(transaction=False)
        for event in events:
            pipe.xadd(EVENT_STREAM, {"line": event.to_line()})
        pipe.execute()

    def listen(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Take what screens were told since the last time."""
        while found := self.redis.xrange(STREAM, min=f"({self.last}" if self.last != "0-0" else "-", count=1000):
            for entry, fields in found:
                self.last = entry.decode()
                told = fields[b"to"].decode(), fields[b"event"].decode(), json.loads(fields[b"data"])
                self.heard.append(told)
        return self.heard

    def state(self, user: str) -> str:
        with contextlib.suppress(RedisError):
            live = self.door.state()
            agent = live.agent(user) if live else None
            return agent.state if agent else ""
        return ""

    def opens(self) -> None:
        """Both agents have a phone and take calls."""
        self.say(ExchangeEvent(now(), Name.SNAPSHOT, fields={"channels": [], "queues": [], "phones": []}))
        for user in AGENTS:
            self.say(ExchangeEvent(now(), Name.PHONE_REGISTERED, fields={"agent": user, "phone": "web"}))
            wait(lambda user=user: self.state(user) == "paused", f"{user} is there")  # type: ignore[misc]
            assert (
                self.door.ask("set_state", {"user": user, "state": "available", "reason": ""})["state"] == "available"
            )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'live.sqlite3'}"
    upgrade(url)
    made = Database(url)
    with made.write() as session:
        answers = session.scalars(select(Role).where(Role.name == "A1")).all()
        session.add_all(
            User(username=u, fs_uniquifier=u, sip_user=u, created_at=now(), roles=list(answers)) for u in AGENTS
        )
    yield made
    made.dispose()


@pytest.fixture
def house(redis: RedisServer, database: Database) -> Iterator[House]:
    random_ = random.Random(5)

    def slow(_: Session, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        if random_.random() < 0.3:
            time.sleep(random_.uniform(0, 0.004))
        return {"call_id": facts["call_id"], "caller_number": facts.get("caller_number")}

    made = House(redis, database, slow)
    made.start()
    yield made
    made.end()


def event(name: Name, call: str, leg: str, **fields: Any) -> ExchangeEvent:
    return ExchangeEvent(now(), name, call, leg, fields)


def rings(call: str, leg: str, agent: str) -> ExchangeEvent:
    return event(Name.AGENT_RINGING, call, leg, agent=agent, queue="service", kind="queue", phone="web")


def answered(call: str, leg: str, agent: str) -> ExchangeEvent:
    return event(Name.AGENT_CONNECTED, call, leg, agent=agent, queue="service", kind="queue")


def gone(call: str, leg: str, agent: str | None) -> ExchangeEvent:
    return event(Name.CHANNEL_ENDED, call, leg, agent=agent, refused=False)


def joined(call: str, number: str = "13800138000") -> ExchangeEvent:
    return event(Name.QUEUE_JOINED, call, call, queue="service", caller_number=number)


def declined(call: str, leg: str, agent: str) -> list[ExchangeEvent]:
    return [event(Name.AGENT_MISSED, call, leg, agent=agent, cancelled=True), gone(call, leg, agent)]


def test_a_thousand_swapped_calls_show_no_card_on_the_wrong_screen(house: House) -> None:
    """Two callers ring at both agents at once, and are swapped while their cards are still being looked up."""
    house.opens()
    owner: dict[str, str] = {}
    for number in range(500):
        first, second = f"huiyin01-{number}.1", f"huiyin01-{number}.2"
        li, wu = AGENTS if number % 2 else AGENTS[::-1]
        legs = {
            f"{number}a": (first, li),
            f"{number}b": (second, wu),
            f"{number}c": (first, wu),
            f"{number}d": (second, li),
        }
        owner |= {leg: agent for leg, (_, agent) in legs.items()}
        begun = [rings(call, leg, agent) for leg, (call, agent) in legs.items()]
        house.say(joined(first, f"1{number:05}"), joined(second, f"2{number:05}"), *begun[:2])
        house.say(*declined(first, f"{number}a", li), *declined(second, f"{number}b", wu), *begun[2:])
        house.say(
            gone(first, f"{number}c", wu),
            gone(second, f"{number}d", li),
            gone(first, first, None),
            gone(second, second, None),
        )
        if number % 50 == 49:
            house.listen()
    last = f"huiyin01-{499}.2"
    wait(lambda: any(e == "pop_end" and d["call_id"] == last for _, e, d in house.listen()), "all is heard", 120)
    wait(lambda: all(house.state(user) in {"available", "paused", "wrap_up"} for user in AGENTS), "nobody is busy")
    over: set[str] = set()
    shown = 0
    for to, name, data in house.listen():
        if name == "pop":
            shown += 1
            assert to == f"user:{owner[data['leg']]}", "the card is on the screen of whose phone rings"
            number, _, which = data["call_id"].removeprefix("huiyin01-").partition(".")
            assert data["caller_number"] == f"{which}{int(number):05}", "and it is this caller's"
            assert data["leg"] not in over, "it does not come when it has stopped ringing"
        if name == "pop_end":
            over |= {
                leg for leg, agent in owner.items() if f"user:{agent}" == to and _is_of(leg, data["call_id"], agent)
            }
    assert shown > 100, "many rings were long enough to show something"


def _is_of(leg: str, call_id: str, _agent: str) -> bool:
    number, which = leg[:-1], {"a": "1", "b": "2", "c": "1", "d": "2"}[leg[-1]]
    return call_id == f"huiyin01-{number}.{which}"


def test_a_day_is_written_down_without_gaps_and_with_one_present(house: House, database: Database) -> None:
    house.opens()
    house.say(joined("c1"), rings("c1", "L1", "li"), answered("c1", "L1", "li"))
    wait(lambda: house.state("li") == "on_call", "he talks")
    wait(lambda: house.rung.get("li") is False, "no second call comes to him")
    house.say(gone("c1", "L1", "li"), gone("c1", "c1", None))
    wait(lambda: house.state("li") == "wrap_up", "he works after it")
    assert house.rung["li"] is False
    house.door.ask("set_state", {"user": "li", "state": "available", "reason": ""})
    wait(lambda: house.rung["li"] is True, "he is rung again")

    def rows() -> list[AgentState]:
        with database.read() as session:
            person = session.scalars(select(User).where(User.username == "li")).one()
            found = select(AgentState).where(AgentState.user_id == person.id).order_by(AgentState.since, AgentState.id)
            return list(session.scalars(found))

    told = ["available", "ringing", "on_call", "wrap_up", "available"]
    wait(lambda: [row.state for row in rows()][-len(told) :] == told, "the book follows")
    assert [row.until is None for row in rows()] == [False] * (len(rows()) - 1) + [True]
    assert all(one.until == two.since for one, two in zip(rows(), rows()[1:], strict=False))
    with database.read() as session:
        assert [row.state for row in session.scalars(select(WrapUp))] == ["lapsed"]
        assert [row.kind for row in session.scalars(select(Task))] == ["wrap_up"]


def test_a_service_that_starts_anew_knows_who_talks_and_who_works(house: House) -> None:
    house.opens()
    house.say(joined("c1"), rings("c1", "L1", "li"), answered("c1", "L1", "li"))
    house.say(
        joined("c2"),
        rings("c2", "L2", "wu"),
        answered("c2", "L2", "wu"),
        gone("c2", "L2", "wu"),
        gone("c2", "c2", None),
    )
    wait(lambda: (house.state("li"), house.state("wu")) == ("on_call", "wrap_up"), "one talks, one works")
    house.end()
    house.rung.clear()
    house.say(gone("c1", "L1", "li"), gone("c1", "c1", None), joined("c3"), rings("c3", "L3", "wu"))
    house.listen()
    house.heard.clear()
    house.start()
    wait(lambda: (house.state("li"), house.state("wu")) == ("wrap_up", "ringing"), "what came meanwhile counts")
    wait(lambda: [(to, d["leg"]) for to, e, d in house.listen() if e == "pop"] == [("user:wu", "L3")], "one card")
    house.say(*declined("c3", "L3", "wu"), gone("c3", "c3", None))
    wait(lambda: house.state("wu") == "wrap_up", "his work after the call was not forgotten")


def test_a_page_that_is_loaded_again_while_the_service_starts_anew_is_as_it_was(house: House) -> None:
    house.opens()
    house.say(ExchangeEvent(now(), Name.PHONE_LOST, fields={"agent": "li", "phone": "web"}))
    wait(lambda: house.state("li") == "offline", "he has no phone")
    house.end()
    house.say(ExchangeEvent(now(), Name.PHONE_REGISTERED, fields={"agent": "li", "phone": "web"}))
    house.start()
    wait(lambda: house.state("li") == "available", "he takes calls, as before")


def test_redis_dies_and_comes_back_empty(house: House) -> None:
    house.opens()
    house.server.kill()
    house.server.start()
    wait(lambda: house.state("li") == "available", "the state is there again")
    house.redis = Redis.from_url(house.server.url, socket_timeout=5)
    leg = {"leg": "L1", "call_id": "c1", "agent": "li", "queue": "service", "kind": "queue", "up": True, "phone": "web"}
    house.say(ExchangeEvent(now(), Name.SNAPSHOT, fields={"channels": [leg, {"leg": "c1", "call_id": "c1"}]}))
    wait(lambda: house.state("li") == "on_call", "what rang meanwhile is found in the snapshot")
    house.say(ExchangeEvent(now(), Name.SNAPSHOT, fields={"channels": []}))
    wait(lambda: house.state("li") == "wrap_up", "and nobody stays with a ghost")


def test_a_card_comes_though_it_cannot_be_composed(house: House, database: Database) -> None:
    house.opens()

    def broken(_: Session, __: Mapping[str, Any]) -> Mapping[str, Any]:
        raise RuntimeError("no")

    house.end()
    house.compose = broken
    house.start()
    house.listen()
    house.heard.clear()
    house.say(joined("c1", "13900000000"), rings("c1", "L1", "li"))
    wait(lambda: any(e == "pop" for _, e, _d in house.listen()), "the card")
    (card,) = [d for _, e, d in house.heard if e == "pop"]
    assert (card["caller_number"], card["customers"], card["open_tickets"]) == ("13900000000", [], [])


def test_who_is_no_agent_is_not_found_and_a_late_ask_is_passed_over(house: House) -> None:
    house.opens()
    with pytest.raises(NotFoundError):
        house.door.ask("set_state", {"user": "nobody", "state": "available", "reason": ""})
    late = RedisLive(house.server.url, lambda: now() - timedelta(minutes=1))
    with pytest.raises(Exception, match="has not answered"):
        late.ask("set_state", {"user": "li", "state": "paused", "reason": "meal"})
    assert house.state("li") == "available"
