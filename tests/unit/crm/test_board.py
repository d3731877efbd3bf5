"""What a board shows of a live state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.domain.board import view
from crm.domain.live import LiveAgent, LiveCaller, LiveQueue, LiveState

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def agent(user: str, state: str, since: float = 10, queues: tuple[str, ...] = ("service",)) -> LiveAgent:
    return LiveAgent(user, user.title(), state, ago(since), queues=queues)


def queue(*waits: float, name: str = "service") -> LiveQueue:
    callers = tuple(LiveCaller(f"c{index}", ago(wait)) for index, wait in enumerate(waits))
    return LiveQueue(name, "综合", "Service", callers, 0.8)


@pytest.mark.parametrize(
    ("waits", "target", "tone"),
    [
        ((), 20, "quiet"),
        ((5.0,), 20, "busy"),
        ((5.0, 21.0), 20, "bad"),
        ((20.0,), 20, "busy"),
        ((900.0,), None, "busy"),
    ],
)
def test_a_queue_is_bad_when_somebody_waits_longer_than_its_target(
    waits: tuple[float, ...], target: int | None, tone: str
) -> None:
    targets = {} if target is None else {"service": target}
    shown = view(LiveState(NOW, (), (queue(*waits),)), targets, "en", at=NOW)
    assert (shown.queues[0].tone, shown.tone) == (tone, tone)
    assert shown.waiting == len(waits)
    assert shown.oldest == (ago(max(waits)) if waits else None)


def test_agents_count_in_the_queues_they_serve() -> None:
    agents = (agent("ann", "available"), agent("bob", "on_call", queues=("service", "loss")), agent("cy", "offline"))
    shown = view(LiveState(NOW, agents, (queue(), queue(name="loss"))), {}, "en", at=NOW)
    service, loss = shown.queues
    assert (service.agents["available"], service.agents["on_call"], service.agents["offline"]) == (1, 1, 1)
    assert (loss.agents["available"], loss.agents["on_call"], loss.agents["paused"]) == (0, 1, 0)
    assert sum(shown.agents_by_state.values()) == 3


def test_who_speaks_stands_first_and_who_is_away_last() -> None:
    agents = (agent("ann", "offline"), agent("bob", "on_call", 5), agent("cy", "on_call", 50), agent("di", "available"))
    shown = view(LiveState(NOW, agents, ()), {}, "en", at=NOW)
    assert [one.user for one in shown.agents] == ["cy", "bob", "di", "ann"]


@pytest.mark.parametrize(("language", "title"), [("zh", "综合"), ("en", "Service")])
def test_titles_are_in_the_language_of_the_screen(language: str, title: str) -> None:
    assert view(LiveState(NOW, (), (queue(),)), {}, language, at=NOW).queues[0].title == title


def test_a_queue_without_a_title_shows_its_name() -> None:
    assert view(LiveState(NOW, (), (LiveQueue("duty"),)), {}, "en", at=NOW).queues[0].title == "duty"
