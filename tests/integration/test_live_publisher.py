"""What screens are told, in a real Redis: in its order, with the newest state, and never waited for."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from crm.domain.live import STATE_KEY, STREAM, TO_AGENTS, Event, LiveState, Message, parse_state
from crm.live.publisher import Publisher
from tests.redis_fixture import RedisServer, redis

pytestmark = pytest.mark.integration
__all__ = ["redis"]
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def message(number: int) -> Message:
    return Message(TO_AGENTS, Event.AGENT, {"number": number})


def told(server: RedisServer) -> list[bytes]:
    with Redis.from_url(server.url) as client:
        return [fields[b"data"] for _, fields in client.xrange(STREAM)]


def test_a_card_goes_at_once_and_after_all_that_was_told_before_it(redis: RedisServer) -> None:
    publisher = Publisher(redis.url)
    for number in range(200):
        publisher.send([message(2 * number)])
        publisher.send_at_once(message(2 * number + 1))
        assert told(redis)[-1] == b'{"number":%d}' % (2 * number + 1)
    assert told(redis) == [b'{"number":%d}' % number for number in range(400)]
    publisher.close()


def test_what_is_left_is_told_at_the_end_with_the_newest_state(redis: RedisServer) -> None:
    publisher = Publisher(redis.url)
    for number in range(50):
        publisher.send([message(number)], LiveState(NOW + timedelta(seconds=number)))
    publisher.close()
    assert told(redis) == [b'{"number":%d}' % number for number in range(50)]
    with Redis.from_url(redis.url) as client:
        kept = client.get(STATE_KEY)
    assert isinstance(kept, bytes)
    assert parse_state(kept).at == NOW + timedelta(seconds=49)


def test_nobody_waits_for_a_redis_that_is_away(redis: RedisServer) -> None:
    publisher = Publisher(redis.url)
    redis.kill()
    publisher.send([message(1)], LiveState(NOW))
    publisher.send_at_once(message(2))
    publisher.close()
    assert "live-publisher" not in {thread.name for thread in threading.enumerate()}
