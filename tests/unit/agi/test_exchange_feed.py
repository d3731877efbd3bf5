"""The event feed over what a real Asterisk 22 said (tests/data/ami, recorded with the reader's rights)."""

from __future__ import annotations

from typing import Any

import pytest

from agi.ami_protocol import Message
from agi.exchange_feed import Feed
from agi.exchange_words import stamp
from ivr.exchange import ExchangeEvent, parse_line
from tests.exchange_traces import messages


def events(name: str, feed: Feed | None = None) -> list[ExchangeEvent]:
    feed = feed or Feed()
    return [event for message in messages(name) for event in feed.take(message)]


def told(name: str) -> list[tuple[Any, ...]]:
    """What happened, without bridges and callers' own channels."""
    quiet = {"bridged", "unbridged", "hang_up_asked"}
    return [
        (event.event, event.fields.get("agent"), event.fields.get("kind"))
        for event in events(name)
        if event.event not in quiet and (event.event != "channel_ended" or event.fields["agent"])
    ]


CASES = {
    "answered_hold_caller_hangs_up": [
        ("call_began", None, None),
        ("queue_joined", None, None),
        ("agent_ringing", "agent1", "queue"),
        ("queue_left", None, None),
        ("agent_connected", "agent1", "queue"),
        ("held", "agent1", None),
        ("unheld", "agent1", None),
        ("agent_left", "agent1", "queue"),
        ("channel_ended", "agent1", None),
    ],
    "missed_then_answered": [
        ("call_began", None, None),
        ("queue_joined", None, None),
        ("agent_ringing", "agent1", "queue"),
        ("agent_missed", "agent1", "queue"),
        ("channel_ended", "agent1", None),
        ("agent_ringing", "agent2", "queue"),
        ("queue_left", None, None),
        ("agent_connected", "agent2", "queue"),
        ("agent_left", "agent2", "queue"),
        ("channel_ended", "agent2", None),
    ],
    "abandoned_while_ringing": [
        ("call_began", None, None),
        ("queue_joined", None, None),
        ("agent_ringing", "agent1", "queue"),
        ("agent_missed", "agent1", "queue"),
        ("queue_abandoned", None, None),
        ("queue_left", None, None),
        ("channel_ended", "agent1", None),
    ],
    "abandoned_waiting": [
        ("call_began", None, None),
        ("queue_joined", None, None),
        ("queue_abandoned", None, None),
        ("queue_left", None, None),
    ],
    "requeue_after_lost": [
        ("call_began", None, None),
        ("queue_joined", None, None),
        ("agent_ringing", "agent1", "queue"),
        ("queue_left", None, None),
        ("agent_connected", "agent1", "queue"),
        ("queue_joined", None, None),
        ("channel_ended", "agent1", None),
        ("agent_ringing", "agent3", "queue"),
        ("queue_left", None, None),
        ("agent_connected", "agent3", "queue"),
        ("agent_left", "agent3", "queue"),
        ("channel_ended", "agent3", None),
    ],
    "outbound": [
        ("agent_ringing", "agent1", "outbound"),
        ("agent_connected", "agent1", "outbound"),
        ("agent_ringing", "agent2", "consult"),
        ("agent_connected", "agent2", "consult"),
        ("channel_ended", "agent2", None),
        ("channel_ended", "agent1", None),
    ],
    "register": [
        ("phone_registered", "agent3", None),
        ("phone_registered", "agent2", None),
        ("phone_registered", "agent1", None),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_a_recorded_scene_is_told_once_and_in_our_words(name: str) -> None:
    assert told(name) == CASES[name]


def test_a_call_has_its_times_and_figures() -> None:
    by_name = {event.event: event for event in events("answered_hold_caller_hangs_up")}
    joined, ringing = by_name["queue_joined"], by_name["agent_ringing"]
    assert joined.fields == {"queue": "service", "position": 1, "caller_number": "13800138000", "english": False}
    assert ringing.call_id == joined.call_id == joined.leg
    assert ringing.leg != joined.leg
    assert by_name["agent_connected"].leg == by_name["held"].leg == by_name["agent_left"].leg == ringing.leg
    assert by_name["agent_connected"].fields["waited"] == 1
    assert by_name["agent_left"].fields["reason"] == "caller"
    assert ringing.fields["phone"] == "desk"
    talked = by_name["agent_left"].at - by_name["agent_connected"].at
    assert abs(talked.total_seconds() - by_name["agent_left"].fields["talked"]) < 1


@pytest.mark.parametrize(("name", "refused"), [("refused_then_other", True), ("missed_then_answered", False)])
def test_a_decline_is_known_by_its_cause(name: str, refused: bool) -> None:
    end = next(one for one in events(name) if one.event == "channel_ended" and one.fields["agent"] == "agent1")
    assert end.fields["refused"] is refused


def test_a_caller_who_leaves_cancels_the_ring() -> None:
    (missed,) = [one for one in events("abandoned_while_ringing") if one.event == "agent_missed"]
    assert missed.fields["cancelled"] is True
    (missed,) = [one for one in events("missed_then_answered") if one.event == "agent_missed"]
    assert missed.fields["cancelled"] is False


def test_a_blind_transfer_rings_the_other_agent() -> None:
    names = told("blind_transfer_ami")
    assert ("blind_transferred", "agent1", None) in names
    assert ("agent_ringing", "agent2", "transfer") in names
    assert ("agent_connected", "agent2", "transfer") in names


def test_phones_come_and_go() -> None:
    feed = Feed()
    events("register", feed)
    found = [
        (event.event, event.fields["agent"], event.fields["phone"])
        for event in events("phones_come_and_go", feed)
        if event.event.startswith("phone_")
    ]
    assert found == [
        ("phone_registered", "agent1", "web"),
        ("phone_lost", "agent1", "web"),
        ("phone_lost", "agent3", "desk"),
    ]


def contact(status: str, uri: str) -> Message:
    return Message(
        (
            ("Event", "ContactStatus"),
            ("Timestamp", "1795321999.5"),
            ("URI", uri),
            ("ContactStatus", status),
            ("EndpointName", "agent1-web"),
        )
    )


def test_a_phone_that_is_replaced_is_not_lost() -> None:
    feed = Feed()
    feed.take(contact("NonQualified", "sip:old"))
    assert [one.event for one in feed.take(contact("NonQualified", "sip:new"))] == ["phone_registered"]
    assert feed.take(contact("Removed", "sip:old")) == []
    assert [one.event for one in feed.take(contact("Removed", "sip:new"))] == ["phone_lost"]


def test_the_snapshot_holds_calls_callers_members_and_phones() -> None:
    feed = Feed()
    events("snapshot", feed)
    at = stamp(messages("snapshot")[-1])
    assert at
    snapshot = feed.snapshot(at, messages("list_CoreShowChannels"), messages("list_QueueStatus"))
    assert snapshot.event == "snapshot"
    agent_legs = [one for one in snapshot.fields["channels"] if one["agent"]]
    assert [(one["agent"], one["up"], one["phone"]) for one in agent_legs] == [("agent1", True, "desk")]
    callers = [one for one in snapshot.fields["channels"] if not one["agent"]]
    assert agent_legs[0]["call_id"] == callers[0]["call_id"]
    assert agent_legs[0]["bridge"] == callers[0]["bridge"]
    service = next(one for one in snapshot.fields["queues"] if one["name"] == "service")
    assert [(one["position"], one["waited"]) for one in service["callers"]] == [(1, 1)]
    assert {(one["agent"], one["phone"], one["paused"], one["reachable"]) for one in snapshot.fields["phones"]} == {
        ("agent1", "desk", False, True),
        ("agent1", "web", True, False),
        ("agent3", "desk", True, False),
    }
    assert parse_line(snapshot.to_line()).fields == snapshot.fields


def test_the_dialplan_tells_whose_leg_it_is_and_of_which_call() -> None:
    message = Message(
        (
            ("Event", "DialBegin"),
            ("Timestamp", "1795321999.5"),
            ("DestChannel", "PJSIP/10017-web-0000001a"),
            ("DestUniqueid", "leg.1"),
            ("DestLinkedid", "other.1"),
            ("DestChanVariable", "HUIYIN_AGENT=wang.fang"),
            ("DestChanVariable", "HUIYIN_LEG_KIND=conference"),
            ("DestChanVariable", "HUIYIN_CALL_ID=huiyin01-1.1"),
        )
    )
    (event,) = Feed().take(message)
    assert (event.event, event.call_id, event.leg) == ("agent_ringing", "huiyin01-1.1", "leg.1")
    assert event.fields == {"agent": "wang.fang", "queue": None, "kind": "conference", "phone": "web"}


def test_who_dials_a_colleague_is_on_a_call_himself() -> None:
    message = Message(
        (
            ("Event", "DialBegin"),
            ("Timestamp", "1795321999.5"),
            ("Channel", "PJSIP/agent1-web-00000019"),
            ("Uniqueid", "leg.1"),
            ("Linkedid", "leg.1"),
            ("DestChannel", "PJSIP/agent2-0000001a"),
            ("DestUniqueid", "leg.2"),
            ("DestChanVariable", "HUIYIN_LEG_KIND=internal"),
        )
    )
    told = [(one.event, one.leg, one.fields["agent"], one.fields["kind"]) for one in Feed().take(message)]
    assert told == [
        ("agent_ringing", "leg.2", "agent2", "internal"),
        ("agent_connected", "leg.1", "agent1", "internal"),
    ]


def enters(channel: str, leg: str, call: str) -> Message:
    return Message(
        (
            ("Event", "BridgeEnter"),
            ("Timestamp", "1795321999.5"),
            ("BridgeUniqueid", "b1"),
            ("Channel", channel),
            ("Uniqueid", leg),
            ("Linkedid", call),
        )
    )


@pytest.mark.parametrize("linked", ["call.1", "leg.9"])
def test_a_page_that_takes_its_call_back_is_a_leg_of_that_call(linked: str) -> None:
    feed = Feed()
    feed.take(enters("PJSIP/trunk-00000001", "call.1", "call.1"))
    told = feed.take(enters("PJSIP/agent1-web-00000009", "leg.9", linked))
    assert [(one.event, one.call_id, one.leg, one.fields.get("kind")) for one in told if one.event != "bridged"] == [
        ("agent_connected", "call.1", "leg.9", "rejoin")
    ]
    assert [one.event for one in feed.take(enters("PJSIP/agent1-web-00000009", "leg.9", "call.1"))] == ["bridged"]
    end = Message((("Event", "Hangup"), *enters("PJSIP/agent1-web-00000009", "leg.9", linked).headers[1:]))
    assert [(one.event, one.call_id) for one in feed.take(end)] == [("channel_ended", "call.1")]


def test_two_languages_of_a_queue_are_one() -> None:
    joined = [one for one in messages("abandoned_waiting") if one.get("Event") == "QueueCallerJoin"]
    headers = tuple((key, "complaints-en" if key == "Queue" else value) for key, value in joined[0].headers)
    (event,) = Feed().take(Message(headers))
    assert (event.fields["queue"], event.fields["english"]) == ("complaints", True)


@pytest.mark.parametrize("text", ["", "nan", "never", "1e400", "-1e30"])
def test_a_message_without_a_time_is_passed_over(text: str) -> None:
    assert Feed().take(Message((("Event", "QueueCallerJoin"), ("Timestamp", text)))) == []


def announced(leg: str, queue: str = "service", kind: str = "queue") -> Message:
    """What the dialplan says on an agent's channel before the INVITE goes out."""
    headers = [
        ("Event", "UserEvent"), ("Timestamp", "1795330800.5"), ("UserEvent", "LegRings"),
        ("Channel", "PJSIP/1001-web-00000007"), ("Uniqueid", leg), ("Linkedid", "huiyin01-1.1"), ("Queue", queue),
        ("ChanVariable", "HUIYIN_AGENT=agent1"), ("ChanVariable", f"HUIYIN_LEG_KIND={kind}"),
        ("ChanVariable", "HUIYIN_CALL_ID=huiyin01-1.1"),
    ]  # fmt: skip
    return Message(headers)


def test_a_leg_is_announced_by_the_dialplan_and_told_once() -> None:
    feed = Feed()
    (ringing,) = feed.take(announced("huiyin01-1.7", "service-en"))
    assert (ringing.event, ringing.call_id, ringing.leg) == ("agent_ringing", "huiyin01-1.1", "huiyin01-1.7")
    assert ringing.fields == {"agent": "agent1", "queue": "service", "kind": "queue", "phone": "web"}
    late = [
        ("Event", "AgentCalled"), ("Timestamp", "1795330800.6"), ("Queue", "service-en"),
        ("DestChannel", "PJSIP/1001-web-00000007"), ("DestUniqueid", "huiyin01-1.7"), ("Uniqueid", "huiyin01-1.1"),
        ("Interface", "PJSIP/1001-web"), ("MemberName", "agent1"),
    ]  # fmt: skip
    assert feed.take(Message(late)) == []
    assert feed.take(Message([("Event", "DialBegin"), *late[1:2], *late[3:6]])) == []


def test_another_event_of_a_dialplan_announces_nothing() -> None:
    other = announced("huiyin01-1.7")
    assert (
        Feed().take(
            Message([("UserEvent", "Other") if key == "UserEvent" else (key, value) for key, value in other.headers])
        )
        == []
    )
