"""The fold of a call: recorded scenes give the right figures, and order and repetition do not matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.callfacts import events_of
from crm.domain.callfold import FoldedCall, fold
from ivr.exchange import ExchangeEvent
from ivr.exchange import ExchangeEventName as Name
from recordings.model import parse_fact
from tests.exchange_traces import calls_of, scene

SCENES = (
    "answered_hold_caller_hangs_up", "agent_hangs_up", "missed_then_answered", "abandoned_while_ringing",
    "abandoned_waiting", "refused_then_other", "blind_transfer_ami", "consult_and_bridge", "conference",
    "requeue_after_lost",
)  # fmt: skip


def only_call(name: str) -> FoldedCall:
    (events,) = [events for events in calls_of(scene(name)).values() if any(e.event == "queue_joined" for e in events)]
    return fold(events)


def seconds(value: float | None) -> float:
    assert value is not None
    return round(value, 1)


def test_an_answered_call_with_its_hold() -> None:
    call = only_call("answered_hold_caller_hangs_up")
    (leg,) = call.legs
    assert (call.agent, call.queue, leg.kind, leg.outcome, leg.ended_by) == (
        "agent1", "service", "queue", "answered", "caller",
    )  # fmt: skip
    assert (seconds(call.wait_time), seconds(leg.ring_time)) == (1.0, 1.0)
    assert seconds(leg.talk_time) + seconds(leg.hold_time) == pytest.approx(2.4, abs=0.11)
    assert seconds(leg.hold_time) == 1.0
    assert [(visit.queue, visit.outcome) for visit in call.visits] == [("service", "answered")]


def test_the_agent_who_hangs_up_is_named() -> None:
    assert only_call("agent_hangs_up").legs[0].ended_by == "agent"


def test_a_missed_ring_goes_to_the_next() -> None:
    call = only_call("missed_then_answered")
    assert [(leg.agent, leg.outcome) for leg in call.legs] == [("agent1", "missed"), ("agent2", "answered")]
    assert seconds(call.legs[0].ring_time) == 20.0
    assert (call.agent, seconds(call.wait_time)) == ("agent2", 22.0)
    assert len(call.visits) == 1


def test_who_gives_up_while_it_rings_is_nobodys_miss() -> None:
    call = only_call("abandoned_while_ringing")
    assert [(leg.agent, leg.outcome) for leg in call.legs] == [("agent1", "abandoned")]
    assert [visit.outcome for visit in call.visits] == ["abandoned"]
    assert call.agent is None
    assert call.talk_time is None


def test_a_decline_is_no_miss() -> None:
    call = only_call("refused_then_other")
    assert [(leg.agent, leg.outcome) for leg in call.legs] == [("agent1", "refused"), ("agent2", "answered")]


def test_a_transfer_gives_each_agent_his_own_time() -> None:
    call = only_call("blind_transfer_ami")
    assert [(leg.agent, leg.kind, leg.ended_by) for leg in call.legs] == [
        ("agent1", "queue", "transfer"),
        ("agent2", "transfer", "caller"),
    ]
    assert call.agent == "agent2"
    first, second = call.legs
    assert first.ended_at
    assert second.answered_at
    assert first.ended_at <= second.answered_at


def test_a_caller_who_goes_back_to_the_queue_waits_twice() -> None:
    call = only_call("requeue_after_lost")
    assert [visit.outcome for visit in call.visits] == ["answered", "answered"]
    assert [leg.agent for leg in call.legs] == ["agent1", "agent3"]
    assert seconds(call.legs[0].talk_time) < 1.5, "not what app_queue says at the end of the whole call"


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_left_open(name: str) -> None:
    for events in calls_of(scene(name)).values():
        call = fold(events)
        assert call.waiting is None
        assert not [leg for leg in call.legs if leg.is_live]


@given(st.data())
def test_order_and_repetition_do_not_matter(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SCENES))
    for events in calls_of(scene(name)).values():
        again = data.draw(st.lists(st.sampled_from(events), max_size=len(events)))
        shuffled = data.draw(st.permutations([*events, *again]))
        assert fold(shuffled) == fold(events)


FACTS = """\
event=started|epoch=1795321900.001|call_id=c|caller=139
event=queue|epoch=1795321910.100|queue=complaints-en|priority=3
event=leg_rang|epoch=1795321911.200|leg=L1|agent=agent1|queue=complaints-en|kind=queue
event=leg_ended|epoch=1795321931.200|leg=L1|agent=agent1|queue=complaints-en|kind=queue|cause=0
event=queue_left|epoch=1795321932.000|queue=complaints-en|status=TIMEOUT|position=1
event=queue|epoch=1795321936.000|queue=complaints-en|priority=3
event=leg_rang|epoch=1795321936.500|leg=L2|agent=agent2|queue=complaints-en|kind=queue
event=leg_answered|epoch=1795321940.500|leg=L2|agent=agent2|queue=complaints-en|kind=queue
event=parked|epoch=1795321950.500|why=consult|by=agent2
event=leg_rang|epoch=1795321951.000|leg=L3|agent=agent3|queue=|kind=consult
event=leg_answered|epoch=1795321952.000|leg=L3|agent=agent3|queue=|kind=consult
event=transferred|epoch=1795321960.400|by=agent2|to=agent:agent3
event=connected|epoch=1795321960.500|leg=L3
event=leg_ended|epoch=1795321960.600|leg=L2|agent=agent2|queue=complaints-en|kind=queue|cause=16
event=leg_ended|epoch=1795321970.000|leg=L3|agent=agent3|queue=|kind=consult|cause=16
event=ended|epoch=1795321970.010|duration=70
"""


def facts(text: str) -> list[ExchangeEvent]:
    return events_of("c", [parse_fact(number, line) for number, line in enumerate(text.splitlines())])


def test_the_dialplans_facts_alone_are_enough() -> None:
    call = fold(facts(FACTS))
    (visit,) = call.visits
    assert (visit.queue, visit.outcome, visit.priority, call.english) == ("complaints", "answered", 3, True)
    assert visit.wait_time == pytest.approx(30.4), "from when he first joined, over both rounds"
    assert [(leg.agent, leg.outcome, leg.ended_by) for leg in call.legs] == [
        ("agent1", "missed", None),
        ("agent2", "answered", "transfer"),
        ("agent3", "answered", "caller"),
    ]
    second, third = call.legs[1:]
    assert second.hold_time == pytest.approx(10.0), "the caller heard music while his agent asked a colleague"
    assert second.talk_time == pytest.approx(10.1)
    assert third.talk_time == pytest.approx(18.0)
    assert call.agent == "agent3", "whom the caller was given to"


@pytest.mark.parametrize(("source", "by"), [("caller", "caller"), ("system", "agent")])
def test_who_hung_up_is_known_from_the_facts_alone(source: str, by: str) -> None:
    lines = [line for line in FACTS.splitlines()[:8] if line]
    lines += ["event=leg_ended|epoch=1795321950.000|leg=L2|agent=agent2|queue=complaints-en|kind=queue|cause=16"]
    lines += [f"event=ended|epoch=1795321950.010|duration=70|hangup_source={source}"]
    assert fold(facts("\n".join(lines))).legs[-1].ended_by == by


@pytest.mark.parametrize(("gone_after", "outcome"), [(0.003, "abandoned"), (0.15, "missed")])
def test_a_ring_that_ran_out_just_before_the_caller_went_was_missed(gone_after: float, outcome: str) -> None:
    lines = FACTS.splitlines()[:4]
    lines += [f"event=ended|epoch={1795321931.2 + gone_after:.3f}|duration=70|hangup_source=caller"]
    assert fold(facts("\n".join(lines))).legs[0].outcome == outcome


def test_a_consulted_colleague_who_gives_back_is_not_the_calls_agent() -> None:
    back = FACTS.replace("event=transferred|epoch=1795321960.400|by=agent2|to=agent:agent3\n", "").replace(
        "connected|epoch=1795321960.500|leg=L3", "connected|epoch=1795321960.500|leg=L2"
    )
    assert fold(facts(back)).agent == "agent2"


@pytest.mark.parametrize("known", ["facts", "both"])
def test_who_hangs_up_while_he_hears_his_position_has_abandoned(known: str) -> None:
    lines = FACTS.splitlines()
    text = "\n".join([*lines[:5], "event=ended|epoch=1795321934.000|duration=40"])
    call = fold(facts(text))
    assert [(visit.outcome, visit.wait_time) for visit in call.visits] == [("abandoned", pytest.approx(23.9))]
    assert call.legs[0].outcome == "missed"


@pytest.mark.parametrize(("reason", "outcome"), [("callback", "callback"), ("key", "returned"), ("message", "message")])
def test_why_he_left_is_taken_from_the_menu(reason: str, outcome: str) -> None:
    at = datetime.fromtimestamp(1795321933, UTC)
    noted = ExchangeEvent(at, Name.QUEUE_NOTED, "c", "c", {"reason": reason})
    text = "\n".join([*FACTS.splitlines()[:5], "event=ended|epoch=1795321934.000|duration=40"])
    (visit,) = fold([*facts(text), noted]).visits
    assert visit.outcome == outcome
    assert visit.left_at == at - timedelta(seconds=1)


def test_another_queue_is_an_overflow() -> None:
    text = "\n".join(
        [
            *FACTS.splitlines()[:5],
            "event=queue|epoch=1795321936.000|queue=service|priority=0",
            "event=ended|epoch=1795321946.000|duration=40",
        ]
    )
    assert [(one.queue, one.outcome, one.wait_time) for one in fold(facts(text)).visits] == [
        ("complaints", "overflow", pytest.approx(21.9)),
        ("service", "abandoned", pytest.approx(10.0)),
    ]


def test_facts_and_events_of_the_same_moments_are_one_call() -> None:
    """The dialplan's clock has milliseconds, Asterisk's events microseconds: the same ring is not two."""
    both = facts(FACTS)
    later = [
        ExchangeEvent(one.at + timedelta(microseconds=700), one.event, one.call_id, one.leg, one.fields) for one in both
    ]
    assert fold([*both, *later]) == fold(both)


def test_a_colleague_has_the_caller_once_they_share_a_bridge() -> None:
    def said(second: int, name: Name, leg: str, **fields: object) -> ExchangeEvent:
        return ExchangeEvent(datetime(2026, 11, 22, 5, 37, second, tzinfo=UTC), name, "C1", leg, fields)

    asked = [
        said(1, Name.AGENT_RINGING, "L3", agent="agent3", kind="consult"),
        said(2, Name.AGENT_CONNECTED, "L3", agent="agent3", kind="consult"),
        said(2, Name.BRIDGED, "L3", agent="agent3", bridge="B1"),
        said(2, Name.BRIDGED, "L1", agent="agent1", bridge="B1"),
    ]
    given_on = [
        said(5, Name.UNBRIDGED, "L3", agent="agent3", bridge="B1"),
        said(5, Name.BRIDGED, "L3", agent="agent3", bridge="B2"),
        said(5, Name.BRIDGED, "C1", agent=None, bridge="B2"),
    ]
    assert fold(asked).agent is None
    assert fold([*asked, *given_on]).agent == "agent3"
