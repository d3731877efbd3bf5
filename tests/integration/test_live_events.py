"""Messages to screens: to whom they go, what who comes back is given, and what happens to who does not keep up."""

# ruff: noqa: F811  (fixtures that are imported are named again as arguments)

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crm.api.events import wanted_by
from crm.domain.access import Actor, Role
from crm.domain.live import STREAM, TO_AGENTS, TO_BOARD, Message, to_user
from crm.services import live_events
from crm.services.live_events import Broadcaster, Client, Sent, Subscription, TooManyStreamsError
from crm.services.live_frames import frames
from tests.redis_fixture import RedisServer, redis  # noqa: F401  (fixture)

pytestmark = pytest.mark.integration


def everything(_to: str) -> bool:
    return True


@pytest.fixture
def broadcaster(redis: RedisServer) -> Iterator[Broadcaster]:
    one = Broadcaster(redis.url, streams=6, per_browser_user=2, look=0.1)
    yield one
    one.close()


def publish(redis: RedisServer, to: str, event: str, **data: Any) -> str:
    with redis.client as client:
        return str(client.xadd(STREAM, Message(to, event, data).to_fields()).decode())


def got(screen: Subscription, seconds: float = 5.0) -> Sent:
    message = screen.get(seconds)
    assert message is not None
    return message


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.A1, {"user:me", TO_AGENTS}), (Role.A2, {"user:me", TO_AGENTS}), (Role.CM, {"user:me", TO_AGENTS}),
        (Role.SM, {"user:me", TO_AGENTS, TO_BOARD}), (Role.DG, {"user:me", TO_AGENTS, TO_BOARD}),
        (Role.GM, {"user:me", TO_AGENTS, TO_BOARD}), (Role.WF, {"user:me", TO_AGENTS, TO_BOARD}),
        (Role.AU, {"user:me", TO_AGENTS, TO_BOARD}),
        (Role.QA, {"user:me"}), (Role.DH, {"user:me"}), (Role.TR, {"user:me"}), (Role.CO, {"user:me"}),
        (Role.AD, {"user:me"}),
    ],
)  # fmt: skip
def test_a_message_is_for_whom_it_concerns(role: Role, seen: set[str]) -> None:
    wants = wanted_by(Actor("me", frozenset({role}), 7))
    assert {to for to in ("user:me", "user:you", "user:m", TO_AGENTS, TO_BOARD, "", "*") if wants(to)} == seen


def test_a_token_without_a_person_gets_nobodys_own_messages() -> None:
    wants = wanted_by(Actor("token:1", frozenset({Role.AU})))
    assert wants(TO_BOARD)
    assert not wants("user:token:1")


def test_a_pop_reaches_the_ringing_agent_alone(broadcaster: Broadcaster, redis: RedisServer) -> None:
    actors = [Actor(name, frozenset({Role.A1}), number) for number, name in enumerate(("alice", "amy"), 1)]
    alice, amy = (broadcaster.subscribe(actor.name, wanted_by(actor)) for actor in actors)
    for number in range(50):
        publish(redis, to_user("alice" if number % 2 else "amy"), "pop", call_id=str(number))
    publish(redis, TO_AGENTS, "agent", user="amy")
    for screen, numbers in ((alice, range(1, 50, 2)), (amy, range(0, 50, 2))):
        assert [got(screen).data for _ in numbers] == [f'{{"call_id":"{n}"}}' for n in numbers]
        assert got(screen).event == "agent"


def test_who_comes_back_gets_what_he_missed_and_nothing_twice(
    broadcaster: Broadcaster,
    redis: RedisServer,
) -> None:
    first = publish(redis, to_user("alice"), "pop", n=1)
    second = publish(redis, to_user("alice"), "pop", n=2)
    publish(redis, to_user("amy"), "pop", n=3)
    screen = broadcaster.subscribe("alice", {"user:alice"}.__contains__)
    third = publish(redis, to_user("alice"), "pop_end", n=4)
    until(lambda: live_events.text_of(broadcaster.position or (0, 0)) == third, "the reader sees all of them")
    stream = frames(broadcaster, screen, first, still_allowed=lambda: True, heartbeat=0.2)
    assert next(stream) == b"retry: 2000\n\n"
    assert next(stream) == f'id: {second}\nevent: pop\ndata: {{"n":2}}\n\n'.encode()
    assert next(stream) == f'id: {third}\nevent: pop_end\ndata: {{"n":4}}\n\n'.encode()
    assert next(stream) == f": \nid: {third}\n\n".encode()


@pytest.mark.parametrize("last_seen", ["1-1", "nonsense", "9999999999999-0", "-", "1"])
def test_who_comes_back_with_an_unknown_id_loads_everything_anew(
    broadcaster: Broadcaster,
    redis: RedisServer,
    last_seen: str,
) -> None:
    newest = publish(redis, TO_BOARD, "board", n=1)
    screen = broadcaster.subscribe("sam", everything)
    stream = frames(broadcaster, screen, last_seen, still_allowed=lambda: True, heartbeat=0.2)
    next(stream)
    assert next(stream) == f"id: {newest}\nevent: reset\ndata: {{}}\n\n".encode()
    fourth = publish(redis, TO_BOARD, "board", n=2)
    assert next(stream).startswith(f"id: {fourth}\n".encode())


def test_a_stream_that_was_empty_is_a_place_to_come_back_to(
    broadcaster: Broadcaster,
    redis: RedisServer,
) -> None:
    broadcaster.unsubscribe(broadcaster.subscribe("sam", everything))
    only = publish(redis, TO_BOARD, "board", n=1)
    screen = broadcaster.subscribe("sam", everything)
    stream = frames(broadcaster, screen, "0-0", still_allowed=lambda: True)
    next(stream)
    assert next(stream).startswith(f"id: {only}\nevent: board".encode())


def test_after_a_flush_every_screen_is_told_and_the_stream_goes_on(
    broadcaster: Broadcaster,
    redis: RedisServer,
) -> None:
    publish(redis, TO_BOARD, "board", n=1)
    screen = broadcaster.subscribe("sam", everything)
    with redis.client as client:
        client.flushall()
    assert got(screen).event == "reset"
    publish(redis, TO_BOARD, "board", n=2)
    assert got(screen).data == '{"n":2}'


def test_redis_may_go_and_come_back(broadcaster: Broadcaster, redis: RedisServer) -> None:
    publish(redis, TO_BOARD, "board", n=1)
    screen = broadcaster.subscribe("sam", everything)
    redis.kill()
    other = broadcaster.subscribe("dora", everything)
    redis.start()
    assert got(screen, 15).event == "reset"
    assert got(other, 15).event == "reset"
    publish(redis, TO_BOARD, "board", n=2)
    assert got(screen).data == '{"n":2}'


def test_without_redis_a_screen_waits_and_is_told_when_it_is_there(redis: RedisServer) -> None:
    redis.kill()
    broadcaster = Broadcaster(redis.url, look=0.1)
    screen = broadcaster.subscribe("sam", everything)
    assert screen.start is None
    redis.start()
    assert got(screen, 15).event == "reset"
    broadcaster.close()


class Gone(Client):
    def __init__(self) -> None:
        self.away, self.cuts = False, 0

    def gone(self) -> bool:
        return self.away

    def cut(self) -> None:
        self.cuts += 1


def test_a_screen_that_does_not_keep_up_is_cut_and_the_others_notice_nothing(
    broadcaster: Broadcaster,
    redis: RedisServer,
) -> None:
    client = Gone()
    slow = broadcaster.subscribe("slow", everything, client)
    quick = broadcaster.subscribe("quick", everything)
    seen: list[Sent] = []
    reader = threading.Thread(target=lambda: seen.extend(got(quick, 20) for _ in range(live_events.BACKLOG + 10)))
    reader.start()
    for number in range(live_events.BACKLOG + 10):
        publish(redis, TO_BOARD, "board", n=number)
    reader.join()
    assert [one.data for one in seen] == [f'{{"n":{n}}}' for n in range(live_events.BACKLOG + 10)]
    assert (slow.ended, quick.ended, client.cuts) == (True, False, 1)


def test_a_screen_that_does_not_read_for_long_is_cut(
    broadcaster: Broadcaster,
    redis: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_events, "_STUCK", 0.05)
    client = Gone()
    broadcaster.subscribe("slow", everything, client)
    publish(redis, TO_BOARD, "board", n=1)
    until(lambda: client.cuts == 1, "it is cut")


def test_there_are_only_so_many_streams(broadcaster: Broadcaster) -> None:
    clients = [Gone(), Gone()]
    for client in clients:
        broadcaster.subscribe("alice", everything, client)
    with pytest.raises(TooManyStreamsError):
        broadcaster.subscribe("alice", everything)
    clients[0].away = True
    broadcaster.subscribe("alice", everything)
    for _ in range(2):
        broadcaster.subscribe("program", everything, browser=False)
    with pytest.raises(TooManyStreamsError):
        broadcaster.subscribe("program", everything, browser=False)
    for name in ("b", "c"):
        broadcaster.subscribe(name, everything)
    with pytest.raises(TooManyStreamsError):
        broadcaster.subscribe("d", everything)


def test_a_stream_ends_with_the_right_to_it_and_with_its_life(broadcaster: Broadcaster) -> None:
    screen = broadcaster.subscribe("sam", everything)
    assert len(list(frames(broadcaster, screen, None, still_allowed=lambda: False, heartbeat=0.05))) == 1
    assert broadcaster.screens == 0
    screen = broadcaster.subscribe("sam", everything)
    whole = list(frames(broadcaster, screen, None, still_allowed=lambda: True, heartbeat=0.05, life=0.1))
    assert whole[-1] == b"retry: 100\n\n"
    assert broadcaster.screens == 0


def test_closing_ends_every_stream(broadcaster: Broadcaster) -> None:
    screen = broadcaster.subscribe("sam", everything)
    stream = frames(broadcaster, screen, None, still_allowed=lambda: True)
    next(stream)
    broadcaster.close()
    assert list(stream) == []
    with pytest.raises(TooManyStreamsError):
        broadcaster.subscribe("sam", everything)


def test_what_is_none_of_ours_is_passed_over(broadcaster: Broadcaster, redis: RedisServer) -> None:
    screen = broadcaster.subscribe("sam", everything)
    with redis.client as client:
        for fields in (
            {"x": "y"}, {"to": TO_BOARD, "event": "evil\ndata: 1", "data": "{}"},
            {"to": b"\xff", "event": "pop", "data": "{}"},
            {"to": TO_BOARD, "event": "reset", "data": "{}"}, {"to": TO_BOARD, "event": "pop", "data": "{\n"},
            {"to": TO_BOARD, "event": "board", "data": '{"a":\n\n1}'},
        ):  # fmt: skip
            client.xadd(STREAM, fields)
    only = got(screen)
    assert (only.event, only.data) == ("board", '{"a": 1}')
