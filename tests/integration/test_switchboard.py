"""The switchboard in the ``ami`` service, phones that are lost, calls that agents make: with a real Asterisk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agi.ami_client import AmiRefused
from crm.domain.errors import UnavailableError
from crm.services import switchboard as door
from crm.services.switchboard import NotPossibleError, SwitchboardDoor
from ops.serve_switchboard import socket_path
from ops.sip.phone import DeskPhone
from ops.sip.script import CallScript
from recordings.model import Flag
from tests.asterisk_fixture import listens, wait_until
from tests.floor import CALLER, FIRST, SECOND, Floor, Talk, drone, hears, open_floor, recording_of

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def shared() -> Iterator[Floor]:
    with open_floor("a0", "a1", "b0") as made:
        yield made


@pytest.fixture
def floor(shared: Floor) -> Iterator[Floor]:
    yield shared
    for service in shared.hotline.services:
        service.kill()
        service.wait(15)
    shared.hotline.services.clear()
    for call in list(shared.callers._calls.values()):
        call.hang_up()
    wait_until(lambda: not shared.link.view().channels, "every call is over")
    missing = [agent for agent in ("a0", "a1", "b0") if agent not in shared.phones]
    shared.hire(*missing)


def events(floor: Floor, talk: Talk) -> list[str]:
    return floor.hotline.events(talk.folder)


def test_commands_go_through_the_service(floor: Floor) -> None:
    (talk,) = floor.talks(1)
    floor.hotline.service("ami")
    path = socket_path(floor.hotline.settings)
    wait_until(lambda: listens(path), "the switchboard listens", 30)
    telephone = SwitchboardDoor(path)
    with pytest.raises(NotPossibleError) as refused:
        door.transfer(telephone, talk.call_id, "a0")
    assert refused.value.code == "no_answer"
    door.blind_transfer(telephone, talk.call_id, "a0", "agent:b0")
    floor.answer(talk, "b0", SECOND)
    wait_until(lambda: hears(talk.caller, SECOND), "the caller hears the colleague")
    (service,) = floor.hotline.services
    service.terminate()
    service.wait(15)
    floor.hotline.services.clear()
    assert not path.exists()
    with pytest.raises(UnavailableError):
        door.requeue(telephone, talk.call_id)
    assert hears(talk.caller, SECOND), "who speaks, speaks on"


def test_nobody_takes_a_transferred_caller_so_he_comes_back(floor: Floor) -> None:
    (talk,) = floor.talks(1)
    floor.ask(door.Verb.BLIND_TRANSFER, call_id=talk.call_id, agent="a0", target="agent:b0")
    floor.phones["b0"].wait_ring().reject()
    floor.answer(talk, "a0", SECOND)
    wait_until(lambda: hears(talk.caller, SECOND), "he is back")
    assert "returned" in events(floor, talk)


def test_nobody_at_all_takes_him_so_he_heads_his_queue(floor: Floor) -> None:
    (talk,) = floor.talks(1)
    floor.ask(door.Verb.BLIND_TRANSFER, call_id=talk.call_id, agent="a0", target="agent:b0")
    floor.phones["b0"].wait_ring().reject()
    floor.phones["a0"].wait_ring().reject()
    wait_until(lambda: events(floor, talk)[-1] == "queue", "he waits again")
    assert floor.hotline.facts(talk.folder)[-1]["priority"] == "19"


def test_to_another_queue(floor: Floor) -> None:
    (talk,) = floor.talks(1)
    floor.ask(door.Verb.BLIND_TRANSFER, call_id=talk.call_id, agent="a0", target="queue:cards")
    wait_until(lambda: events(floor, talk)[-1] in {"queue", "leg_ended"}, "he waits there")
    wait_until(lambda: "queue" in events(floor, talk)[-2:], "he waits there")
    (last,) = [fact for fact in floor.hotline.facts(talk.folder) if fact["event"] == "queue"][-1:]
    assert last["queue"] == "cards"
    assert talk.legs[0].over or wait_until(lambda: talk.legs[0].over, "the agent is free") is None


def test_an_agent_who_leaves_while_he_asks_a_colleague_strands_nobody(floor: Floor) -> None:
    (talk,) = floor.talks(1)
    floor.ask(door.Verb.CONSULT, call_id=talk.call_id, agent="a0", target="agent:b0")
    floor.answer(talk, "b0", SECOND)
    wait_until(lambda: "parked" in events(floor, talk), "the caller hears music")
    talk.legs[0].hang_up()
    wait_until(lambda: "requeued" in events(floor, talk), "the caller goes back to his queue", 10)
    assert talk.legs[1].over


def test_a_caller_who_hangs_up_in_a_conference_ends_it(floor: Floor) -> None:
    (talk,) = floor.talks(1)
    floor.ask(door.Verb.CONFERENCE, call_id=talk.call_id, agent="a0", target="agent:b0")
    floor.answer(talk, "b0", SECOND)
    wait_until(lambda: hears(talk.caller, FIRST, SECOND), "three speak")
    talk.caller.hang_up()
    wait_until(lambda: all(leg.over for leg in talk.legs), "nobody is left in it")


def test_a_phone_that_stays_away_sends_the_caller_back_to_the_head_of_his_queue(floor: Floor) -> None:
    (talk,) = floor.talks(1)
    floor.vanish("a0")
    wait_until(lambda: "parked" in events(floor, talk), "music", 8)
    wait_until(lambda: [one.agent for one in floor.link.view().of_call(talk.call_id)] == [""], "no ghost is left")
    wait_until(lambda: "requeued" in events(floor, talk), "the grace ends", 16)
    wait_until(lambda: events(floor, talk)[-1] == "queue", "he waits")
    assert floor.hotline.facts(talk.folder)[-1]["priority"] == "19"
    assert not talk.caller.finished.is_set()


def test_a_phone_that_only_registers_elsewhere_keeps_its_call(floor: Floor) -> None:
    (talk,) = floor.talks(1)
    phone = floor.phones["a0"]
    phone.unregister()
    began = talk.caller.heard_seconds
    wait_until(lambda: talk.caller.heard_seconds > began + 4.5, "the grace for music passes")
    assert hears(talk.caller, FIRST), "his voice arrives, so he is not lost"
    phone.register()
    began = talk.caller.heard_seconds
    wait_until(lambda: talk.caller.heard_seconds > began + 2.5, "and the time for a Replaces")
    assert hears(talk.caller, FIRST)
    assert "parked" not in events(floor, talk)


def test_agents_dial_colleagues_and_nobody_else(floor: Floor) -> None:
    phone = floor.phones["a0"]
    for number in (
        "13800138000",
        "0",
        "s",
        "trunk",
        "trunk-out",
        "nobody",
        "95000",
        "outbound",
    ):
        assert phone.dial(number).call.wait(30).status in {404, 484}, number
    call = phone.dial("a1")
    ring = floor.phones["a1"].wait_ring()
    assert ring.header("x-leg-kind") == "internal"
    ring.answer()
    drone(ring.call, SECOND)
    wait_until(lambda: hears(call, SECOND), "they speak")
    call.hang_up()
    ring.wait_over()
    assert "No such file" not in floor.hotline.logs(), "no facts of a call that is none"


@pytest.fixture
def customer() -> Iterator[DeskPhone]:
    """Somebody behind the trunk."""
    phone = DeskPhone(("127.0.0.1", 9), "customer", "none", "127.0.0.3")
    yield phone
    phone.close()


def test_an_agent_calls_a_customer(customer: DeskPhone) -> None:
    port = customer._signalling.getsockname()[1]
    with open_floor("a0", "b0", trunk_out=f"sip:127.0.0.3:{port}") as floor:
        customer._server = ("127.0.0.1", floor.hotline.settings.sip_port)
        customer.__enter__()
        with floor.hotline.user_agent("127.0.0.3") as stranger:
            claim = stranger.call(CallScript("95000", caller="trunk-out"))
            assert claim.wait(30).status == 401, "the way out is no way in"
        for number in ("0013800138000", "110", "138001380001"):
            reply = floor.switchboard.answer(
                b'{"verb": "dial", "args": {"agent": "a0", "language": "zh", "number": "%s"}}' % number.encode()
            )
            assert b'"refused"' in reply
        call_id = floor.ask(door.Verb.DIAL, agent="a0", number="13800138000", language="zh")["call_id"]
        agent = floor.phones["a0"].wait_ring()
        assert (agent.header("x-call-id"), agent.header("x-leg-kind")) == (call_id, "outbound")
        agent.answer()
        drone(agent.call, FIRST)
        ring = customer.wait_ring()
        assert ring.caller == "95000"
        ring.answer()
        drone(ring.call, CALLER)
        wait_until(lambda: hears(ring, FIRST) and hears(agent, CALLER), "they speak")
        talk = Talk(ring.call, call_id, floor.hotline.settings.spool / call_id, [agent])
        talk.mark("from")
        began = ring.call.heard_seconds
        wait_until(lambda: ring.call.heard_seconds > began + 1, "a second passes")
        talk.mark("to")
        floor.ask(door.Verb.BLIND_TRANSFER, call_id=call_id, agent="a0", target="agent:b0")
        floor.answer(talk, "b0", SECOND)
        wait_until(lambda: hears(ring, SECOND), "the customer hears the colleague")
        ring.hang_up()
        wait_until(lambda: floor.is_closed(talk.folder), "everything is closed")
        kept = recording_of(talk.folder)
        assert kept.says("line", FIRST, talk.marks["from"], talk.marks["to"]) > 0.6
        assert kept.says("caller", CALLER, talk.marks["from"], talk.marks["to"]) > 0.6
        assert Flag.TRUNCATED not in kept.flags
        facts = floor.hotline.facts(talk.folder)
        assert (facts[0]["direction"], facts[0]["dialled"], facts[0]["caller"]) == ("outbound", "13800138000", "95000")
        assert [fact["event"] for fact in facts].count("ended") == 1


def test_what_becomes_of_calls_that_nobody_answers(customer: DeskPhone) -> None:
    port = customer._signalling.getsockname()[1]
    with open_floor("a0", trunk_out=f"sip:127.0.0.3:{port}") as floor:
        customer._server = ("127.0.0.1", floor.hotline.settings.sip_port)
        customer.__enter__()
        busy = floor.ask(door.Verb.DIAL, agent="a0", number="13800138000", language="zh")["call_id"]
        agent = floor.phones["a0"].wait_ring()
        agent.answer()
        customer.wait_ring().reject()
        agent.wait_over()
        spool = floor.hotline.settings.spool
        wait_until(lambda: "ended" in floor.hotline.events(spool / busy), "the call has an end")
        unlifted = floor.ask(door.Verb.DIAL, agent="a0", number="13800138000", language="zh")["call_id"]
        floor.phones["a0"].wait_ring().reject()
        wait_until(lambda: "ended" in floor.hotline.events(spool / unlifted), "the call has an end")
        assert "not_reached" in floor.hotline.events(spool / busy)
        assert "leg_answered" not in floor.hotline.events(spool / unlifted)


def test_dialling_out_is_off_where_there_is_no_way_out(floor: Floor) -> None:
    reply = floor.switchboard.answer(
        b'{"verb": "dial", "args": {"agent": "a0", "number": "13800138000", "language": "zh"}}'
    )
    assert b'"refused"' in reply


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("Command", [("Command", "core show channels")]),
        ("Originate", [("Channel", "Local/s@ring"), ("Application", "System"), ("Data", "true"), ("Async", "true")]),
        (
            "Originate",
            [("Channel", "Local/s@ring"), ("Application", "MixMonitor"), ("Data", "x.wav,,true"), ("Async", "true")],
        ),
        ("MixMonitor", [("Channel", "x"), ("File", "/tmp/x.wav"), ("Command", "true")]),
        ("Setvar", [("Variable", "SHELL(true)"), ("Value", "x")]),
        ("Setvar", [("Variable", "FILE(/tmp/x)"), ("Value", "x")]),
        ("Getvar", [("Variable", "SHELL(id)")]),
        ("UpdateConfig", [("SrcFilename", "manager.conf"), ("DstFilename", "manager.conf")]),
        ("ModuleLoad", [("LoadType", "unload"), ("Module", "res_agi.so")]),
        ("DBGet", [("Family", "x"), ("Key", "y")]),
    ],
)
def test_the_switchboards_user_runs_no_program_and_reads_no_file(
    floor: Floor, action: str, fields: list[tuple[str, str]]
) -> None:
    client = floor.hotline.switchboard()
    try:
        with pytest.raises(AmiRefused):
            client.action(action, fields)
    finally:
        client.close()


def test_a_killed_exchange_leaves_both_voices() -> None:
    with open_floor("a0") as floor:
        (talk,) = floor.talks(1)
        wait_until(lambda: hears(talk.caller, FIRST), "they speak")
        talk.mark("from")
        began = talk.caller.heard_seconds
        wait_until(lambda: talk.caller.heard_seconds > began + 5, "more than a buffer is spoken")
        floor.hotline.kill()
        kept = recording_of(talk.folder)
        assert Flag.SALVAGED in kept.flags
        since = talk.marks["from"]
        assert kept.says("line", FIRST, since, since + 1.5) > 0.6
        assert kept.says("caller", CALLER, since, since + 1.5) > 0.6
