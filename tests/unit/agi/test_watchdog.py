"""Which callers the watchdog moves, and when."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.watchdog import AGAIN, GRACE, Answer, Health, IvrChannel, Watch, decide

A, B = IvrChannel("PJSIP/trunk-1", "1.1"), IvrChannel("PJSIP/trunk-2", "1.2")


@dataclass(frozen=True)
class Turn:
    at: float
    answer: Answer
    served: tuple[str, ...]
    here: tuple[IvrChannel, ...]
    moved: tuple[IvrChannel, ...]
    down: bool = False


UP, SILENT, DEAD = Answer.UP, Answer.SILENT, Answer.DEAD

CASES = {
    "served callers stay": [Turn(0, UP, ("1.1", "1.2"), (A, B), ()), Turn(9, UP, ("1.1", "1.2"), (A, B), ())],
    "a dead server: all at once": [Turn(0, DEAD, (), (A, B), (A, B), down=True)],
    "one miss is none": [Turn(0, SILENT, (), (A,), ()), Turn(0.5, UP, ("1.1",), (A,), ())],
    "two misses are a hung server": [
        Turn(0, SILENT, (), (A,), ()),
        Turn(2, SILENT, (), (A,), (A,), down=True),
    ],
    "misses must follow each other": [
        Turn(0, SILENT, (), (A,), ()),
        Turn(0.5, UP, ("1.1",), (A,), ()),
        Turn(1, SILENT, (), (A,), ()),
    ],
    "who arrives has time to be known": [
        Turn(0, UP, (), (A,), ()),
        Turn(0.5, UP, ("1.1",), (A,), ()),
        Turn(9, UP, (), (A,), ()),
    ],
    "a restarted server does not know the callers of before": [
        Turn(0, UP, ("1.1",), (A,), ()),
        Turn(0.5, UP, (), (A, B), ()),
        Turn(0.5 + GRACE, UP, ("1.2",), (A, B), (A,)),
    ],
    "who left is forgotten": [
        Turn(0, UP, (), (A,), ()),
        Turn(1, UP, (), (), ()),
        Turn(2, UP, (), (A,), ()),
    ],
    "a moved caller is given time to leave": [
        Turn(0, DEAD, (), (A,), (A,), down=True),
        Turn(0.5, DEAD, (), (A,), (), down=True),
        Turn(AGAIN, DEAD, (), (A,), (A,), down=True),
    ],
    "a caller who came back to the IVR is watched like any other": [
        Turn(0, DEAD, (), (A,), (A,), down=True),
        Turn(15, DEAD, (), (A,), (A,), down=True),
    ],
}


@pytest.mark.parametrize("turns", CASES.values(), ids=CASES.keys())
def test_decisions(turns: list[Turn]) -> None:
    watch = Watch()
    for turn in turns:
        decision = decide(watch, Health(turn.answer, frozenset(turn.served)), turn.here, turn.at)
        assert (decision.move, decision.down) == (turn.moved, turn.down), turn
        watch = decision.watch


@given(st.lists(st.tuples(st.sampled_from(Answer), st.booleans(), st.floats(0.1, 3)), min_size=1, max_size=30))
def test_a_caller_whom_nobody_serves_is_moved_in_time_and_a_served_one_never(
    turns: list[tuple[Answer, bool, float]],
) -> None:
    watch, now, unserved_for, last_moved = Watch(), 0.0, 0.0, -AGAIN
    for answer, served, pause in turns:
        health = Health(answer, frozenset({"1.1"} if served else ()))
        decision = decide(watch, health, (A,), now)
        if answer is UP and served:
            assert decision.move == ()
            unserved_for = 0.0
        elif decision.move:
            last_moved = now
        elif answer is UP:
            assert unserved_for < GRACE or now - last_moved < AGAIN
        watch, now = decision.watch, now + pause
        unserved_for = unserved_for + pause if not (answer is UP and served) else 0.0
    assert len(watch.moved_at) <= 1
