"""A lost phone, second by second: what the caller hears, when the phone is rung again, when he is given back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi import rejoin
from agi.exchange_view import Channel, View
from agi.rejoin import GRACE, Memory, Stage
from agi.switchboard_steps import HangUp, Move, Record, Ring, Step

CALL = "huiyin01-1763770000.1"
CALLER = Channel("PJSIP/trunk-00000001", CALL, CALL, bridge="b1", context="wait")
LIN = Channel("PJSIP/lin-web-00000002", "huiyin01-1763770001.2", CALL, "lin", "queue", bridge="b1")
BACK = Channel("PJSIP/lin-web-00000003", "huiyin01-1763770005.3", CALL, "lin", "", bridge="b1")
TALKING = View((CALLER, LIN), {"lin": "lin-web"})
ALONE = View((replace(CALLER, bridge="m", context="parked"),), {"lin": "lin-web"})


def lost_at_0() -> Memory:
    return rejoin.lost(Memory(), "lin", "lin-web", TALKING, 0.0).memory


def after(memory: Memory, view: View, *seconds: float) -> tuple[Memory, list[Step]]:
    """Look at these times; the packets of the lost phone stand still."""
    steps: list[Step] = []
    for now in seconds:
        turn = rejoin.look(memory, view, {LIN.leg: 100}, now)
        memory = turn.memory
        steps += turn.steps
    return memory, steps


def moves(steps: list[Step]) -> list[tuple[str, str]]:
    return [(step.channel, step.context) for step in steps if isinstance(step, Move)]


def test_at_first_nothing_is_moved() -> None:
    _, steps = after(lost_at_0(), TALKING, 0.25, 1.0, 2.4)
    assert steps == []


def test_then_the_caller_hears_music_and_the_dead_channel_is_ended() -> None:
    memory, steps = after(lost_at_0(), TALKING, 1.0, 2.6)
    assert moves(steps) == [(CALLER.name, "parked")]
    assert steps[-1] == HangUp(LIN.name)
    assert memory.absences["lin"].stage is Stage.MUSIC


def test_a_phone_that_is_back_while_there_is_music_is_rung_at_once() -> None:
    memory, _ = after(lost_at_0(), TALKING, 2.6)
    memory, steps = after(rejoin.registered(memory, "lin", 4.0).memory, ALONE, 4.01)
    assert moves(steps) == [(CALLER.name, "rejoin")]
    assert memory.absences == {}


def test_a_page_that_is_back_soon_has_its_time_to_take_the_call_back_by_itself() -> None:
    memory = rejoin.registered(lost_at_0(), "lin", 2.4).memory
    memory, steps = after(memory, TALKING, 2.6, 3.8)
    assert steps == [], "no music meanwhile: the page takes its place in the caller's own bridge"
    _, steps = after(memory, TALKING, 3.95)
    assert moves(steps) == [(CALLER.name, "rejoin")]
    assert steps[-1] == HangUp(LIN.name)


def test_a_page_that_took_it_back_is_recorded_once_and_its_old_channel_is_gone() -> None:
    memory = rejoin.registered(lost_at_0(), "lin", 0.5).memory
    memory, steps = after(memory, View((CALLER, BACK), {"lin": "lin-web"}), 0.7, 1.0)
    assert steps == [Record(CALL, BACK.leg, "lin")]
    assert memory.absences == {}
    ended, _ = after(memory, View((CALLER,)), 9.0)
    assert ended.recorded == frozenset()


def test_when_the_grace_is_over_the_caller_heads_his_queue() -> None:
    memory, _ = after(lost_at_0(), TALKING, 2.6)
    memory, steps = after(memory, ALONE, 5.0, GRACE - 0.1)
    assert steps == []
    memory, steps = after(memory, ALONE, GRACE)
    assert moves(steps) == [(CALLER.name, "requeue")]
    assert memory.absences == {}


def test_a_phone_that_registered_and_is_gone_again_does_not_end_the_grace() -> None:
    memory, _ = after(lost_at_0(), TALKING, 2.6)
    gone = View(ALONE.channels, {})
    memory, steps = after(rejoin.registered(memory, "lin", 4.0).memory, gone, 4.1)
    assert steps == []
    _, steps = after(memory, gone, GRACE)
    assert moves(steps) == [(CALLER.name, "requeue")]


def test_a_phone_whose_voice_arrives_is_not_lost() -> None:
    memory = lost_at_0()
    for tenth in range(1, 200):
        turn = rejoin.look(memory, TALKING, {LIN.leg: tenth * 5}, tenth / 10)
        memory = turn.memory
        assert turn.steps == ()
    turn = rejoin.look(rejoin.registered(memory, "lin", 20.0).memory, TALKING, {LIN.leg: 2000}, 20.1)
    assert turn.memory.absences == {}
    assert turn.steps == ()


def test_a_voice_that_stops_later_is_lost_then() -> None:
    memory = lost_at_0()
    memory = rejoin.look(memory, TALKING, {LIN.leg: 1}, 1.0).memory
    memory = rejoin.look(memory, TALKING, {LIN.leg: 50}, 3.0).memory
    assert rejoin.look(memory, TALKING, {LIN.leg: 50}, 3.9).steps == ()
    assert moves(list(rejoin.look(memory, TALKING, {LIN.leg: 50}, 4.1).steps)) == [(CALLER.name, "parked")]


def test_a_caller_who_hung_up_is_forgotten_and_the_ghost_is_ended() -> None:
    memory, steps = after(lost_at_0(), View((LIN,)), 1.0)
    assert steps == [HangUp(LIN.name)]
    assert memory.absences == {}


def test_a_phone_that_only_rang_stops_ringing() -> None:
    ringing = replace(LIN, up=False, bridge="")
    turn = rejoin.lost(Memory(), "lin", "lin-web", View((CALLER, ringing)), 0.0)
    assert turn.steps == (HangUp(LIN.name),)
    assert not turn.waiting


def test_another_phone_of_the_agent_is_not_this_one() -> None:
    assert not rejoin.lost(Memory(), "lin", "lin", TALKING, 0.0).waiting


def test_in_a_conference_nobody_hears_music_and_he_is_rung_into_it() -> None:
    talking = View(
        (replace(CALLER, context="conference"), replace(LIN, context="conference-agent")), {"lin": "lin-web"}
    )
    memory, steps = after(lost_at_0(), talking, 2.6)
    assert steps == [HangUp(LIN.name)]
    without = View(talking.channels[:1], {"lin": "lin-web"})
    _, steps = after(rejoin.registered(memory, "lin", 4.0).memory, without, 4.1)
    assert steps == [Ring("lin-web", "rejoin", "conference", CALL)]
    _, steps = after(memory, without, GRACE)
    assert steps == []


def test_who_listened_is_let_go() -> None:
    spy = replace(LIN, kind="listen", bridge="")
    memory = rejoin.lost(Memory(), "lin", "lin-web", View((CALLER, spy)), 0.0).memory
    _, steps = after(memory, View((CALLER, spy)), 1.0, 2.6)
    assert steps == [HangUp(LIN.name)]


def test_colleagues_among_themselves_are_not_recorded() -> None:
    other = replace(BACK, name="PJSIP/wang-00000009", leg="huiyin01-1763770005.9", agent="wang", bridge="b9")
    _, steps = after(Memory(), View((other, replace(BACK, bridge="b9"))), 1.0)
    assert steps == []


@pytest.mark.parametrize("back", [None, 0.3, 5.0])
@given(st.lists(st.floats(0.05, 3.0), min_size=1, max_size=40))
def test_nobody_is_absent_for_ever_and_a_caller_is_never_moved_twice_to_one_place(
    back: float | None, pauses: list[float]
) -> None:
    memory, now, moved = lost_at_0(), 0.0, []
    view = TALKING
    for pause in [*pauses, 60.0, 60.0]:
        now += pause
        if back is not None and now >= back:
            memory = rejoin.registered(memory, "lin", now).memory
        turn = rejoin.look(memory, view, {LIN.leg: 7}, now)
        memory = turn.memory
        moved += moves(list(turn.steps))
        if any(isinstance(step, HangUp) for step in turn.steps):
            view = ALONE
    assert memory.absences == {}
    assert len(moved) == len(set(moved))
    assert moved[-1][1] in {"rejoin", "requeue"}
