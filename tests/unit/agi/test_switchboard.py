"""Which steps a command takes, by how the exchange looks; and what is refused, with which code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agi.exchange_view import Channel, View
from agi.switchboard import Outside, Refused, decide, matches
from agi.switchboard_steps import HangUp, Move, Ring, SetVariable, Step
from ivr.switchboard import SwitchboardCode, Verb

CALL = "huiyin01-1763770000.1"
CALLER = Channel("PJSIP/trunk-00000001", CALL, CALL, bridge="b1", context="wait")
LIN = Channel("PJSIP/lin-00000002", "huiyin01-1763770001.2", CALL, "lin", "queue", bridge="b1")
WANG = Channel("PJSIP/wang-web-00000003", "huiyin01-1763770002.3", CALL, "wang", "consult", bridge="b2")
CHEN = Channel("PJSIP/chen-00000004", "huiyin01-1763770003.4", CALL, "chen", "listen")
PHONES = {"lin": "lin", "wang": "wang-web", "chen": "chen"}
TALKING = View((CALLER, LIN), PHONES)
ASKING = View(
    (replace(CALLER, bridge="music", context="parked"), replace(LIN, bridge="b2", context="consult"), WANG), PHONES
)
RINGING = View(
    (ASKING.channels[0], replace(LIN, bridge="", context="consult"), replace(WANG, up=False, bridge="")), PHONES
)
THREE = View(
    tuple(
        replace(one, bridge="c", context=context)
        for one, context in ((CALLER, "conference"), (LIN, "conference-agent"))
    ),
    PHONES,
)
LISTENED = View((CALLER, LIN, CHEN), PHONES)
OUTSIDE = Outside(("1[3-9]XXXXXXXXX",), lambda: "huiyin01-1763770009.900000")
BASE = {"call_id": CALL, "agent": "lin"}


def done(verb: Verb, view: View, **args: str) -> tuple[Step, ...]:
    return decide(verb, {**BASE, **args}, view, OUTSIDE).steps


def moves(steps: tuple[Step, ...]) -> list[Step]:
    return [step for step in steps if not isinstance(step, SetVariable)]


def variables(steps: tuple[Step, ...], channel: Channel) -> dict[str, str]:
    return {
        s.name.removeprefix("HUIYIN_"): s.value
        for s in steps
        if isinstance(s, SetVariable) and s.channel == channel.name
    }


def test_for_the_survey_the_caller_is_alone_and_who_handed_over_is_named() -> None:
    steps = done(Verb.SURVEY, LISTENED)
    assert moves(steps) == [Move(CALLER.name, "survey"), HangUp(LIN.name)]
    assert variables(steps, CALLER) == {"BY": "lin"}
    with pytest.raises(Refused) as refused:
        done(Verb.SURVEY, ASKING)
    assert refused.value.code is SwitchboardCode.NOT_ON_CALL
    with pytest.raises(Refused):
        done(Verb.SURVEY, View((CALLER, replace(LIN, kind="outbound")), PHONES))


def test_a_blind_transfer_moves_the_caller_and_lets_the_agent_go() -> None:
    steps = done(Verb.BLIND_TRANSFER, TALKING, target="agent:wang")
    assert moves(steps) == [Move(CALLER.name, "xfer"), HangUp(LIN.name)]
    assert variables(steps, CALLER) == {"BY": "lin", "TARGET": "wang", "TARGET_PHONE": "wang-web", "BACK_PHONE": "lin"}


def test_a_blind_transfer_to_a_queue() -> None:
    steps = done(Verb.BLIND_TRANSFER, TALKING, target="queue:cards")
    assert moves(steps) == [Move(CALLER.name, "requeue", "transfer"), HangUp(LIN.name)]
    assert variables(steps, CALLER) == {"BY": "lin", "QUEUE": "cards"}


def test_a_blind_transfer_out_of_a_consultation_lets_both_agents_go() -> None:
    steps = done(Verb.BLIND_TRANSFER, ASKING, target="agent:chen")
    assert moves(steps) == [Move(CALLER.name, "xfer"), HangUp(LIN.name), HangUp(WANG.name)]


def test_to_ask_a_colleague_moves_caller_and_agent_at_once() -> None:
    steps = done(Verb.CONSULT, TALKING, target="agent:wang")
    assert moves(steps) == [Move(CALLER.name, "parked", also=(LIN.name, "consult", "s"))]
    assert variables(steps, CALLER) == {"WHY": "consult", "BY": "lin", "AGENT_LEG": LIN.leg}
    assert variables(steps, LIN) == {"TARGET_PHONE": "wang-web", "CALLER_CHANNEL": CALLER.name}


@pytest.mark.parametrize("view", [ASKING, RINGING])
def test_to_ask_no_more_brings_the_agent_back(view: View) -> None:
    assert done(Verb.CONSULT_CANCEL, view) == (Move(LIN.name, "consult", "back"),)


def test_the_colleague_takes_the_caller() -> None:
    steps = done(Verb.TRANSFER, ASKING)
    assert moves(steps) == [Move(CALLER.name, "joined")]
    assert variables(steps, LIN) == {"HANDED": "1"}, "else he would fetch the caller back"
    assert variables(steps, CALLER) == {"BY": "lin", "TARGET_CHANNEL": WANG.name, "TARGET_LEG": WANG.leg}


def test_the_colleague_joins() -> None:
    steps = done(Verb.CONFERENCE, ASKING)
    agents = Move(LIN.name, "conference-agent", also=(WANG.name, "conference-agent", "s"))
    assert moves(steps) == [agents, Move(CALLER.name, "conference", "caller")]


def test_another_colleague_is_rung_into_a_conference() -> None:
    ring = Ring("wang-web", "conference", "conference", CALL, "lin")
    both = Move(CALLER.name, "conference", "caller", also=(LIN.name, "conference-agent", "s"))
    assert moves(done(Verb.CONFERENCE, TALKING, target="agent:wang")) == [both, ring]
    assert moves(done(Verb.CONFERENCE, THREE, target="agent:wang")) == [ring]


@pytest.mark.parametrize("verb", [Verb.LISTEN, Verb.WHISPER])
def test_a_supervisor_is_rung_or_changes_over(verb: Verb) -> None:
    ring = Ring("chen", verb.value, verb.value, CALL, "lin", variables={"TARGET_LEG": LIN.leg})
    assert done(verb, TALKING, supervisor="chen") == (ring,)
    steps = done(verb, LISTENED, supervisor="chen")
    assert moves(steps) == [Move(CHEN.name, "spy", verb.value)]
    assert variables(steps, CHEN) == {"LEG_KIND": verb.value, "TARGET_LEG": LIN.leg}


def test_to_barge_in_is_a_conference() -> None:
    both = Move(CALLER.name, "conference", "caller", also=(LIN.name, "conference-agent", "s"))
    ring = Ring("chen", "barge", "conference", CALL, "lin")
    assert moves(done(Verb.BARGE, TALKING, supervisor="chen")) == [both, ring]
    assert moves(done(Verb.BARGE, THREE, supervisor="chen")) == [ring]
    assert moves(done(Verb.BARGE, LISTENED, supervisor="chen")) == [both, Move(CHEN.name, "conference-agent", "rung")]


def test_to_take_over() -> None:
    ring = Ring("chen", "transfer", "takeover", CALL, "lin", variables={"CALLER_CHANNEL": CALLER.name})
    assert done(Verb.TAKE_OVER, TALKING, supervisor="chen") == (ring,)
    assert moves(done(Verb.TAKE_OVER, LISTENED, supervisor="chen")) == [Move(CHEN.name, "takeover")]
    steps = moves(done(Verb.TAKE_OVER, THREE, supervisor="chen"))
    assert [type(step) for step in steps] == [Ring, HangUp]


def test_to_dial() -> None:
    order = decide(Verb.DIAL, {"agent": "wang", "number": "13800138000", "language": "zh"}, View((), PHONES), OUTSIDE)
    assert order.result == {"call_id": "huiyin01-1763770009.900000"}
    (ring,) = order.steps
    assert isinstance(ring, Ring)
    name, fields = ring.action()
    assert name == "Originate"
    assert ("ChannelId", "huiyin01-1763770009.900000") in fields
    assert ("Variable", "_HUIYIN_NUMBER=13800138000") in fields
    assert ("Variable", "HUIYIN_TARGET_PHONE=wang-web") in fields


def test_to_hang_up_and_to_requeue() -> None:
    assert done(Verb.HANG_UP, TALKING) == (HangUp(LIN.name),)
    assert done(Verb.REQUEUE, LISTENED) == (Move(CALLER.name, "requeue"), HangUp(LIN.name))


REFUSALS = [
    (Verb.BLIND_TRANSFER, View((), PHONES), {"target": "agent:wang"}, SwitchboardCode.UNKNOWN_CALL),
    (Verb.BLIND_TRANSFER, TALKING, {"target": "agent:zhao"}, SwitchboardCode.NO_PHONE),
    (Verb.BLIND_TRANSFER, ASKING, {"target": "agent:wang"}, SwitchboardCode.BUSY),
    (Verb.BLIND_TRANSFER, TALKING, {"target": "agent:lin"}, SwitchboardCode.BUSY),
    (Verb.BLIND_TRANSFER, TALKING, {"target": "trunk"}, SwitchboardCode.BAD_REQUEST),
    (Verb.BLIND_TRANSFER, TALKING, {"target": "queue:x,y"}, SwitchboardCode.BAD_REQUEST),
    (Verb.BLIND_TRANSFER, TALKING, {"target": "agent:wang", "agent": "wang"}, SwitchboardCode.NOT_ON_CALL),
    (Verb.BLIND_TRANSFER, LISTENED, {"target": "agent:wang", "agent": "chen"}, SwitchboardCode.NOT_ON_CALL),
    (Verb.CONSULT, ASKING, {"target": "agent:chen"}, SwitchboardCode.NOT_ON_CALL),
    (Verb.CONSULT, TALKING, {"target": "queue:cards"}, SwitchboardCode.BAD_REQUEST),
    (Verb.CONSULT_CANCEL, TALKING, {}, SwitchboardCode.NOT_ON_CALL),
    (Verb.TRANSFER, RINGING, {}, SwitchboardCode.NO_ANSWER),
    (Verb.CONFERENCE, RINGING, {}, SwitchboardCode.NO_ANSWER),
    (Verb.LISTEN, TALKING, {"supervisor": "lin"}, SwitchboardCode.BAD_REQUEST),
    (Verb.LISTEN, View((CALLER,), PHONES), {"supervisor": "chen"}, SwitchboardCode.NOT_ON_CALL),
    (Verb.BARGE, ASKING, {"supervisor": "chen"}, SwitchboardCode.NOT_ON_CALL),
    (Verb.TAKE_OVER, TALKING, {"supervisor": "zhao"}, SwitchboardCode.NO_PHONE),
    (Verb.DIAL, TALKING, {"number": "13800138000", "language": "zh"}, SwitchboardCode.BUSY),
    (Verb.DIAL, View((), PHONES), {"number": "0085212345678", "language": "zh"}, SwitchboardCode.REFUSED),
    (Verb.DIAL, View((), PHONES), {"number": "13800138000@evil", "language": "zh"}, SwitchboardCode.BAD_REQUEST),
    (Verb.HANG_UP, View((CALLER,), PHONES), {}, SwitchboardCode.NOT_ON_CALL),
    (Verb.SET_AGENT, TALKING, {}, SwitchboardCode.BAD_REQUEST),
    (Verb.REQUEUE, TALKING, {"call_id": "../x"}, SwitchboardCode.BAD_REQUEST),
]


@pytest.mark.parametrize(("verb", "view", "args", "code"), REFUSALS)
def test_what_is_refused_and_why(verb: Verb, view: View, args: dict[str, str], code: SwitchboardCode) -> None:
    with pytest.raises(Refused) as refused:
        done(verb, view, **args)
    assert refused.value.code == code


def test_the_leg_that_is_connected_counts_and_not_a_ghost() -> None:
    ghost = replace(LIN, name="PJSIP/lin-00000001", leg="huiyin01-1763770000.9", bridge="")
    assert done(Verb.HANG_UP, View((CALLER, ghost, LIN), PHONES))[0] == HangUp(LIN.name)
    assert View((CALLER, ghost, LIN)).legs("lin", CALL)[0] == LIN


@pytest.mark.parametrize(
    ("pattern", "number", "is_one"),
    [
        ("1[3-9]XXXXXXXXX", "13800138000", True),
        ("1[3-9]XXXXXXXXX", "12800138000", False),
        ("1[3-9]XXXXXXXXX", "138001380000", False),
        ("1[3-9]XXXXXXXXX", "1380013800", False),
        ("95XXX", "95555", True),
        ("ZXXX", "0123", False),
        ("NXXX", "1234", False),
        ("NXXX", "2234", True),
    ],
)
def test_numbers_and_patterns(pattern: str, number: str, is_one: bool) -> None:
    assert matches(pattern, number) is is_one
