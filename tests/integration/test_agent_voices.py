"""Every recording keeps both voices through every change of the agent's leg: found by their pitch, side and second.

The packaged Asterisk loses an agent's voice from a caller's recording in one change of leg of two or three. So each
kind of change is made six times at once, and every one of them must be whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ivr.switchboard import Verb
from tests.asterisk_fixture import wait_until
from tests.floor import CALLER, FIRST, SECOND, THIRD, Floor, Recording, Talk, drone, hears, open_floor

pytestmark = pytest.mark.integration
TIMES = 6
WHOLE = 0.6
"""Of a stretch in which somebody speaks. A lost voice is not there at all; a busy machine sends late now and then."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Floor]:
    names = [f"{group}{number}" for group in "abc" for number in range(TIMES)]
    with open_floor(*names) as made:
        yield made


@pytest.fixture
def floor(shared: Floor) -> Iterator[Floor]:
    yield shared
    for call in list(shared.callers._calls.values()):
        call.hang_up()
    wait_until(lambda: not shared.link.view().channels, "every call is over")
    for phone in shared.phones.values():
        while phone.rings():
            phone.wait_ring()


def everybody(talks: list[Talk], *pitches: int) -> None:
    """Wait until each caller hears these."""
    for talk in talks:
        wait_until(lambda talk=talk: hears(talk.caller, *pitches), f"the caller hears {pitches}", 5)  # type: ignore[misc]


def speak_on(talks: list[Talk], name: str) -> None:
    """A second in which nothing changes, between two marks."""
    for talk in talks:
        talk.mark(f"{name} from")
    until = talks[0].caller.heard_seconds + 1.0
    wait_until(lambda: talks[0].caller.heard_seconds > until, "a second passes")
    for talk in talks:
        talk.mark(f"{name} to")


def check(recordings: list[Recording], talks: list[Talk], stretches: dict[str, tuple[int, ...]]) -> None:
    """In each stretch exactly these pitches are on the line, and the caller's is on his side."""
    wrong = []
    for number, (recording, talk) in enumerate(zip(recordings, talks, strict=True)):
        for name, pitches in stretches.items():
            since, until = talk.marks[f"{name} from"], talk.marks[f"{name} to"]
            heard = {one: recording.says("line", one, since, until) for one in (FIRST, SECOND, THIRD)}
            ok = all(
                (heard[one] >= WHOLE) == (one in pitches) and (one in pitches or heard[one] < 0.1) for one in heard
            )
            own = recording.says("caller", CALLER, since, until)
            if not ok or own < WHOLE:
                wrong.append((number, name, heard, own))
    assert not wrong, f"{len(wrong)} stretches are not whole: {wrong}"


def test_first_answer_and_hold(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    speak_on(talks, "first")
    for talk in talks:
        talk.legs[0].hold()
    for talk in talks:
        wait_until(lambda talk=talk: talk.legs[0].on_hold and not hears(talk.caller, FIRST), "music")  # type: ignore[misc]
    speak_on(talks, "hold")
    for talk in talks:
        talk.legs[0].unhold()
    everybody(talks, FIRST)
    speak_on(talks, "again")
    check(floor.end(talks), talks, {"first": (FIRST,), "again": (FIRST,)})


def test_blind_transfer(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    speak_on(talks, "first")
    for number, talk in enumerate(talks):
        floor.ask(
            Verb.BLIND_TRANSFER,
            call_id=talk.call_id,
            agent=agent_of(talk),
            target=f"agent:b{number}",
        )
        floor.answer(talk, f"b{number}", SECOND)
    everybody(talks, SECOND)
    speak_on(talks, "second")
    check(floor.end(talks), talks, {"first": (FIRST,), "second": (SECOND,)})


def test_attended_transfer(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    speak_on(talks, "first")
    for number, talk in enumerate(talks):
        floor.ask(Verb.CONSULT, call_id=talk.call_id, agent=agent_of(talk), target=f"agent:b{number}")
        floor.answer(talk, f"b{number}", SECOND)
    for talk in talks:
        wait_until(lambda talk=talk: hears(talk.legs[0], SECOND), "the two agents speak")  # type: ignore[misc]
    speak_on(talks, "aside")
    for talk in talks:
        floor.ask(Verb.TRANSFER, call_id=talk.call_id, agent=agent_of(talk))
    everybody(talks, SECOND)
    speak_on(talks, "second")
    assert all(talk.legs[0].over for talk in talks)
    check(floor.end(talks), talks, {"first": (FIRST,), "aside": (), "second": (SECOND,)})


def test_a_consultation_that_comes_to_nothing(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    for number, talk in enumerate(talks):
        floor.ask(Verb.CONSULT, call_id=talk.call_id, agent=agent_of(talk), target=f"agent:b{number}")
        floor.answer(talk, f"b{number}", SECOND)
    speak_on(talks, "aside")
    for talk in talks:
        floor.ask(Verb.CONSULT_CANCEL, call_id=talk.call_id, agent=agent_of(talk))
    everybody(talks, FIRST)
    speak_on(talks, "back")
    for number, talk in enumerate(talks):
        floor.ask(Verb.LISTEN, call_id=talk.call_id, agent=agent_of(talk), supervisor=f"c{number}")
        floor.answer(talk, f"c{number}", THIRD)
    for talk in talks:
        wait_until(lambda talk=talk: hears(talk.legs[2], CALLER, FIRST), "the supervisor hears both")  # type: ignore[misc]
    check(floor.end(talks), talks, {"aside": (), "back": (FIRST,)})


def test_conference(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    for number, talk in enumerate(talks):
        floor.ask(Verb.CONFERENCE, call_id=talk.call_id, agent=agent_of(talk), target=f"agent:b{number}")
        floor.answer(talk, f"b{number}", SECOND)
    everybody(talks, FIRST, SECOND)
    for talk in talks:
        wait_until(lambda talk=talk: hears(talk.legs[1], CALLER, FIRST), "the third hears both")  # type: ignore[misc]
    speak_on(talks, "three")
    for talk in talks:
        talk.legs[0].hang_up()
    everybody(talks, SECOND)
    speak_on(talks, "two")
    check(floor.end(talks), talks, {"three": (FIRST, SECOND), "two": (SECOND,)})


def test_listening_after_a_conference(floor: Floor) -> None:
    """Two are left of three: the supervisor hears both, and neither of them hears him."""
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    for number, talk in enumerate(talks):
        floor.ask(Verb.CONFERENCE, call_id=talk.call_id, agent=agent_of(talk), target=f"agent:b{number}")
        floor.answer(talk, f"b{number}", SECOND)
    everybody(talks, FIRST, SECOND)
    for talk in talks:
        talk.legs[0].hang_up()
    everybody(talks, SECOND)
    for number, talk in enumerate(talks):
        floor.ask(Verb.LISTEN, call_id=talk.call_id, agent=f"b{number}", supervisor=f"c{number}")
        floor.answer(talk, f"c{number}", THIRD)
    for talk in talks:
        wait_until(lambda talk=talk: hears(talk.legs[2], CALLER, SECOND), "the supervisor hears both")  # type: ignore[misc]
    speak_on(talks, "listen")
    for talk in talks:
        assert hears(talk.caller, SECOND), "the caller hears his agent alone"
        assert hears(talk.legs[1], CALLER), "the agent hears his caller alone"
    check(floor.end(talks), talks, {"listen": (SECOND,)})


def test_take_over(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    speak_on(talks, "first")
    for number, talk in enumerate(talks):
        floor.ask(Verb.TAKE_OVER, call_id=talk.call_id, agent=agent_of(talk), supervisor=f"c{number}")
        floor.answer(talk, f"c{number}", THIRD)
    everybody(talks, THIRD)
    speak_on(talks, "third")
    assert all(talk.legs[0].over for talk in talks)
    check(floor.end(talks), talks, {"first": (FIRST,), "third": (THIRD,)})


def test_requeue_to_another_agent(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    speak_on(talks, "first")
    for talk in talks:
        floor.ask(Verb.REQUEUE, call_id=talk.call_id)
    second = [f"b{number}" for number in range(TIMES)]
    floor.to_queue(*second)
    by_id = {talk.call_id: talk for talk in talks}
    for agent in second:
        ring = floor.phones[agent].wait_ring()
        ring.answer()
        drone(ring.call, SECOND)
        by_id[ring.header("x-call-id")].legs.append(ring)
    everybody(talks, SECOND)
    speak_on(talks, "second")
    floor.pause(*second)
    check(floor.end(talks), talks, {"first": (FIRST,), "second": (SECOND,)})


def test_listening_whispering_and_barging_in(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    for number, talk in enumerate(talks):
        floor.ask(Verb.LISTEN, call_id=talk.call_id, agent=agent_of(talk), supervisor=f"c{number}")
        floor.answer(talk, f"c{number}", THIRD)
    for talk in talks:
        wait_until(lambda talk=talk: hears(talk.legs[1], CALLER, FIRST), "the supervisor hears both")  # type: ignore[misc]
    speak_on(talks, "listen")
    for talk in talks:
        assert hears(talk.caller, FIRST), "the caller hears his agent alone"
        assert hears(talk.legs[0], CALLER), "the agent hears his caller alone"
    for number, talk in enumerate(talks):
        floor.ask(Verb.WHISPER, call_id=talk.call_id, agent=agent_of(talk), supervisor=f"c{number}")
    for talk in talks:
        wait_until(lambda talk=talk: hears(talk.legs[0], CALLER, THIRD), "the agent hears the supervisor")  # type: ignore[misc]
    speak_on(talks, "whisper")
    for talk in talks:
        assert hears(talk.caller, FIRST), "the caller does not hear the supervisor"
    for number, talk in enumerate(talks):
        floor.ask(Verb.BARGE, call_id=talk.call_id, agent=agent_of(talk), supervisor=f"c{number}")
    everybody(talks, FIRST, THIRD)
    for talk in talks:
        wait_until(lambda talk=talk: hears(talk.legs[0], CALLER, THIRD), "the agent hears the supervisor")  # type: ignore[misc]
    speak_on(talks, "barge")
    check(floor.end(talks), talks, {"listen": (FIRST,), "whisper": (FIRST,), "barge": (FIRST, THIRD)})


def test_a_phone_that_is_back_is_rung_and_goes_on(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    speak_on(talks, "first")
    for talk in talks:
        floor.vanish(agent_of(talk))
    for talk in talks:
        wait_until(lambda talk=talk: "parked" in floor.hotline.events(talk.folder), "the caller hears music")  # type: ignore[misc]
    floor.hire(*(agent_of(talk) for talk in talks))
    for talk in talks:
        ring = floor.answer(talk, agent_of(talk), SECOND)
        assert ring.header("x-rejoin") == "1"
    everybody(talks, SECOND)
    speak_on(talks, "back")
    assert all(len(floor.link.view().of_call(talk.call_id)) == 2 for talk in talks), "no ghost is left"
    check(floor.end(talks), talks, {"first": (FIRST,), "back": (SECOND,)})


def test_a_page_that_takes_its_call_back_by_itself(floor: Floor) -> None:
    talks = floor.talks(TIMES)
    everybody(talks, FIRST)
    speak_on(talks, "first")
    for talk in talks:
        agent = agent_of(talk)
        lost = floor.vanish(agent)
        assert lost is not None
        floor.hire(agent)
        back = floor.take_back(agent, lost)
        back.wait_answered(5)
        drone(back.call, SECOND)
        talk.legs.append(back)
    everybody(talks, SECOND)
    speak_on(talks, "back")
    check(floor.end(talks), talks, {"first": (FIRST,), "back": (SECOND,)})
    assert all("parked" not in floor.hotline.events(talk.folder) for talk in talks), "nobody was moved"


def agent_of(talk: Talk) -> str:
    """The agent who answered first."""
    return str(talk.legs[0].call.script.caller)
