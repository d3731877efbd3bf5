"""The wire contract of the live side: what one end writes the other reads, and nothing else passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.live import (
    AgentStateName,
    Ask,
    LiveAgent,
    LiveCaller,
    LiveQueue,
    LiveState,
    Reply,
    parse_ask,
    parse_reply,
    parse_state,
)

NOW = datetime(2026, 11, 22, 4, 30, 0, 250_000, tzinfo=UTC)
times = st.integers(0, 10**9).map(lambda ms: NOW + timedelta(milliseconds=ms))
names = st.text(min_size=1, max_size=8)
agents = st.builds(
    LiveAgent,
    user=names,
    display_name=names,
    state=st.sampled_from([state.value for state in AgentStateName]),
    since=times,
    reason=st.text(max_size=8),
    call_id=st.none() | names,
    phone=st.none() | st.sampled_from(["web", "desk"]),
    queues=st.lists(names, max_size=3).map(tuple),
)
callers = st.builds(
    LiveCaller,
    call_id=names,
    since=times,
    caller_number=st.none() | names,
    priority=st.integers(0, 100),
    position=st.none() | st.integers(1, 50),
    language=st.none() | st.sampled_from(["zh", "en"]),
)
queues = st.builds(
    LiveQueue,
    name=names,
    title_zh=names,
    title_en=names,
    callers=st.lists(callers, max_size=3).map(tuple),
    service_level=st.none() | st.floats(0, 1),
)
states = st.builds(
    LiveState,
    at=times,
    agents=st.lists(agents, max_size=3).map(tuple),
    queues=st.lists(queues, max_size=3).map(tuple),
    exchange=st.booleans(),
)


@given(states)
def test_a_state_is_read_as_it_was_written(state: LiveState) -> None:
    assert parse_state(state.to_json()) == state


def test_an_ask_and_its_answer_are_read_as_they_were_written() -> None:
    ask = Ask("7f", "set_state", NOW, {"user": "agent1", "state": "paused", "reason": "午休"})
    assert parse_ask(ask.to_json()) == ask
    reply = Reply({"state": "paused"}, "conflict", "no")
    assert parse_reply(reply.to_json()) == reply


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"v":2,"at":"2026-11-22T04:30:00Z","agents":[],"queues":[]}', "null", '{"v":1,"at":"x"}',
     '{"v":1,"at":"2026-11-22T04:30:00","agents":[],"queues":[]}',
     ('{"v":1,"at":"2026-11-22T04:30:00Z","agents":[{"user":"a","state":"asleep","since":"2026-11-22T04:30:00Z"}],'
     '"queues":[]}')],
)  # fmt: skip
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (of any kind: JSON, zone, version)
        parse_state(text)


@pytest.mark.parametrize("text", ["", "[]", "{}", "3"])
def test_what_is_no_ask_and_no_answer_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (of any kind)
        parse_ask(text)
    if text != "{}":
        with pytest.raises(ValueError):  # noqa: PT011  (of any kind)
            parse_reply(text)
