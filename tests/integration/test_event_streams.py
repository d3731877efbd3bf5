"""Event streams over the web server as it is run: many at once, who does not read, and what pages notice of it."""

# ruff: noqa: F811  (fixtures that are imported are named again as arguments)

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest

from crm.domain.live import STREAM, TO_BOARD, Message, to_user
from crm.services.live_events import BACKLOG
from ops.settings import Settings, load
from tests.factories import House, make_house
from tests.redis_fixture import RedisServer, redis  # noqa: F401  (fixture)
from tests.web_process import Stream, get, web_service

pytestmark = pytest.mark.integration
FILLING = "x" * 4_000
MESSAGES = BACKLOG + 100
"""More than may wait for a screen, and what the kernel takes for it."""


@pytest.fixture
def house(home: Path) -> Iterator[House]:
    one = make_house(home)
    yield one
    one.database.dispose()


@pytest.fixture
def web(house: House, redis: RedisServer, free_port: Callable[..., int]) -> Iterator[Settings]:
    settings = load(
        {
            "HUIYIN_HOME": str(house.folder),
            "HUIYIN_WEB_PORT": str(free_port()),
            "HUIYIN_REDIS_URL": redis.url,
            "HUIYIN_EVENT_STREAMS": "250",
        }
    )
    with web_service(settings):
        yield settings


@pytest.fixture
def stream(web: Settings) -> Iterator[Callable[..., Stream]]:
    """Opens streams, and closes at the end what is still open."""
    opened: list[Stream] = []

    def open_one(token: str, last_seen: str = "", *, buffer: int = 0) -> Stream:
        opened.append(Stream(web, token, last_seen, buffer=buffer))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def publish(redis: RedisServer, to: str, event: str, **data: object) -> None:
    with redis.client as client:
        client.xadd(STREAM, Message(to, event, data).to_fields())


def open_streams(web: Settings) -> int:
    with urlopen(f"http://127.0.0.1:{web.web_port}/metrics", timeout=15) as answer:
        found = re.search(r"^huiyin_event_streams (\S+)$", answer.read().decode(), re.MULTILINE)
    assert found is not None
    return int(float(found[1]))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_hundred_streams_half_of_them_unread(
    web: Settings, house: House, redis: RedisServer, stream: Callable[..., Stream]
) -> None:
    readers = [stream(house.tokens["sam"]) for _ in range(100)]
    idle = [stream(house.tokens["dora"], buffer=4096) for _ in range(100)]
    for one in (*readers, *idle):
        one.read_until(b"retry: 2000")
    assert get(web, "/api/v1/tickets", house.tokens["sam"]) == 200
    with ThreadPoolExecutor(len(readers)) as threads:
        reading = [threads.submit(one.read_until, b'{"last":true}') for one in readers]
        for number in range(MESSAGES):
            publish(redis, TO_BOARD, "board", n=number, filling=FILLING)
            if number % 20 == 0:
                assert get(web, "/api/v1/tickets?limit=5", house.tokens["sam"]) == 200
        publish(redis, TO_BOARD, "board", last=True)
        for one in reading:
            assert one.result().count(b"event: board") == MESSAGES + 1
    until(lambda: open_streams(web) == 100)
    assert all(one.is_ended() for one in idle)
    assert get(web, "/api/v1/queues", house.tokens["sam"]) == 200


def test_a_pop_goes_to_one_screen_and_a_missed_one_comes_after(
    house: House, redis: RedisServer, stream: Callable[..., Stream]
) -> None:
    alice, amy = stream(house.tokens["alice"]), stream(house.tokens["amy"])
    for one in (alice, amy):
        one.read_until(b"retry: 2000")
    publish(redis, to_user("alice"), "pop", call_id="c1", caller_number="13800138001")
    publish(redis, to_user("amy"), "pop", call_id="c2")
    seen = alice.read_until(b'"c1"').decode()
    assert b"c1" not in amy.read_until(b'"c2"')
    alice.close()
    publish(redis, to_user("alice"), "pop_end", call_id="c1", reason="abandoned")
    last = [line[4:] for line in seen.splitlines() if line.startswith("id: ")][-1]
    again = stream(house.tokens["alice"], last)
    assert b"pop_end" in again.read_until(b'"c1"')


def test_a_stream_needs_a_token(house: House, stream: Callable[..., Stream]) -> None:
    assert b" 401 " in stream("wrong").read_until(b"\r\n\r\n")
    head = stream(house.tokens["sam"]).read_until(b"retry: 2000")
    assert b" 200 " in head
    assert b"text/event-stream" in head
    assert b"X-Accel-Buffering: no" in head


def test_a_screen_that_hung_up_leaves_its_place_at_once(
    web: Settings, house: House, stream: Callable[..., Stream]
) -> None:
    for _ in range(3):
        streams = [stream(house.tokens["sam"]) for _ in range(200)]
        for one in streams:
            one.read_until(b"retry: 2000")
        full = stream(house.tokens["sam"])
        assert b" 503 " in full.read_until(b"\r\n\r\n")
        for one in (*streams, full):
            one.close()
        until(lambda: open_streams(web) == 0)
