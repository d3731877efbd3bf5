"""Which tickets a call leaves, and what the call was: traces as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.calls import Outcome, fold
from crm.domain.intake import TicketIntent, tickets_of
from crm.domain.tickets import Kind
from ivr.callevents import CallEvent, CallEventName
from recordings.model import Fact

START = datetime(2026, 11, 20, 2, tzinfo=UTC)
CALL = "huiyin01-1763604000.1"
NUMBER, OTHER = "2611200100001", "2611200100002"


def journal(*events: tuple[float, str, dict[str, Any]]) -> list[CallEvent]:
    return [
        CallEvent(CALL, i, START + timedelta(seconds=s), name, fields) for i, (s, name, fields) in enumerate(events)
    ]


def facts(*lines: tuple[float, str, dict[str, str]]) -> list[Fact]:
    return [Fact(i, START + timedelta(seconds=s), event, fields) for i, (s, event, fields) in enumerate(lines)]


def started(number: str = NUMBER, at: float = 5, kind: str = "complaint") -> tuple[float, str, dict[str, Any]]:
    return (at, "ticket_started", {"number": number, "kind": kind, "priority": "P2"})


def opened(number: str = NUMBER, at: float = 20, *, unfinished: bool = False) -> tuple[float, str, dict[str, Any]]:
    return (
        at,
        "ticket_opened",
        {"number": number, "kind": "complaint", "priority": "P2", "unfinished": unfinished, "file": "message-1.wav"},
    )


def tickets(
    events: list[CallEvent], log: list[Fact], sizes: dict[str, float], *, heard: float | None = None, over: bool = True
) -> list[tuple[str | None, str, bool, tuple[str, ...]]]:
    until = START + timedelta(seconds=heard) if heard is not None else None
    made: tuple[TicketIntent, ...] = tickets_of(
        CALL, events, log, message_sizes=sizes, heard_until=until, started_at=START, over=over
    )
    return [(t.number, str(t.kind), t.unfinished, t.messages) for t in made]


RECORDED = (15.0, "message_recorded", {"file": "message-1.wav", "take": 1})
AGAIN = (25.0, "message_recorded", {"file": "message-2.wav", "take": 2})
DISCARDED = (16.0, "message_discarded", {"file": "message-1.wav", "take": 1})
TAKEN = (30.0, "message", {"file": "message-1.wav"})


@pytest.mark.parametrize(
    ("events", "log", "sizes", "heard", "over", "expected"),
    [
        pytest.param([started(), RECORDED, opened()], [], {"message-1.wav": 5}, 30, True,
                     [(NUMBER, "complaint", False, ("message-1.wav",))], id="opened"),
        pytest.param([started(), RECORDED, opened()], [], {"message-1.wav": 5}, None, False,
                     [(NUMBER, "complaint", False, ("message-1.wav",))], id="opened while the call runs"),
        pytest.param([started(), RECORDED], [], {"message-1.wav": 5}, None, False, [], id="reserved while it runs"),
        pytest.param([started(), RECORDED], [], {"message-1.wav": 5}, 30, True,
                     [(NUMBER, "complaint", True, ("message-1.wav",))], id="hung up before confirming"),
        pytest.param([started()], [], {"message-1.wav": 5}, 30, True,
                     [(NUMBER, "complaint", True, ("message-1.wav",))], id="IVR died while recording"),
        pytest.param([started()], [], {}, 30, True, [(NUMBER, "complaint", True, ())], id="only the call's audio"),
        pytest.param([started(), (9, "ticket_opened", {"number": NUMBER, "unfinished": True, "file": None})], [],
                     {"message-1.wav": 5}, 30, True, [(NUMBER, "complaint", True, ("message-1.wav",))],
                     id="opened at hang-up, its message never written down"),
        pytest.param([started()], [], {}, 4, True, [], id="nothing was said after the number"),
        pytest.param([started()], [], {}, None, True, [], id="no audio at all"),
        pytest.param([started(), RECORDED, DISCARDED, AGAIN], [], {"message-1.wav": 5, "message-2.wav": 2}, 30, True,
                     [(NUMBER, "complaint", True, ("message-2.wav",))], id="recorded again, then hung up"),
        pytest.param([], [TAKEN], {"message-1.wav": 5}, 40, True,
                     [(None, "callback", True, ("message-1.wav",))], id="message of the fallback"),
        pytest.param([], [TAKEN], {"message-1.wav": 0}, 40, True, [], id="an empty message of the fallback"),
        pytest.param([started()], [TAKEN], {"message-1.wav": 5}, 40, True,
                     [(NUMBER, "complaint", True, ("message-1.wav",))], id="fallback after a reserved number"),
        pytest.param([started(), opened(), started(OTHER, 25, "callback")], [], {"message-1.wav": 5}, 40, True,
                     [(NUMBER, "complaint", False, ("message-1.wav",)), (OTHER, "callback", True, ())], id="two"),
        pytest.param([started("garbage"), opened("garbage")], [], {"message-1.wav": 5}, 40, True,
                     [(None, "complaint", False, ("message-1.wav",))], id="a number that is none"),
        pytest.param([], [], {}, 40, True, [], id="only a call"),
    ],
)  # fmt: skip
def test_a_call_leaves_these_tickets(
    events: list[Any], log: list[Any], sizes: dict[str, float], heard: float | None, over: bool, expected: list[Any]
) -> None:
    assert tickets(journal(*events), facts(*log), sizes, heard=heard, over=over) == expected


BEGUN = (0.0, "started", {"caller": "13800138000", "dialled": "95000", "language": "zh"})
ENDED = (60.0, "ended", {"billsec": "60", "ivr_done": "1"})
QUEUE = (10.0, "queue", {"queue": "service"})
LEFT = (40.0, "queue_left", {"queue": "service", "status": "TIMEOUT"})


@pytest.mark.parametrize(
    ("events", "log", "cut", "outcome", "wait"),
    [
        ([], [BEGUN], False, None, None),
        ([], [BEGUN, ENDED], False, Outcome.ANSWERED, None),
        ([], [BEGUN, QUEUE, ENDED], False, Outcome.ABANDONED, 50.0),
        ([], [BEGUN, QUEUE, LEFT, ENDED], False, Outcome.ABANDONED, 30.0),
        ([(40.0, "queue_left", {"reason": "callback"})], [BEGUN, QUEUE, LEFT, ENDED], False, Outcome.TIMED_OUT, 30.0),
        ([(40.0, "queue_left", {"reason": "connected"})], [BEGUN, QUEUE, LEFT, ENDED], False, Outcome.ANSWERED, 30.0),
        ([], [BEGUN, QUEUE, LEFT, TAKEN, ENDED], False, Outcome.TIMED_OUT, 30.0),
        ([], [BEGUN], True, Outcome.FAILED, None),
    ],
)
def test_outcome_and_wait_time(
    events: list[Any], log: list[Any], cut: bool, outcome: Outcome | None, wait: float | None
) -> None:
    call = fold(CALL, journal(*events), facts(*log), cut=cut, seen_at=START)
    assert (call.outcome, call.wait_time) == (outcome, wait)


def test_a_call_without_a_word_takes_its_start_from_its_id() -> None:
    assert fold(CALL, [], [], seen_at=START).started_at == datetime.fromtimestamp(1763604000, UTC)
    assert fold("odd", [], [], seen_at=START).started_at == START


def test_a_withheld_number_stays_null_and_the_given_one_is_kept_apart() -> None:
    events = journal(
        (0, "call_started", {"caller_number": None, "language": "zh"}),
        (9, "number_given", {"caller_number": "13900139000"}),
    )
    call = fold(CALL, events, facts(BEGUN), seen_at=START)
    assert (call.caller_number, call.given_number) == (None, "13900139000")


_values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.lists(st.integers(), max_size=2)
)
_fields = st.dictionaries(
    st.sampled_from(
        ["number", "kind", "priority", "file", "language", "caller_number", "queue", "reason", "segment", "unfinished"]
    ),
    _values,
    max_size=6,
)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.sampled_from([*CallEventName, "unknown"]), _fields), max_size=12),
    st.dictionaries(st.sampled_from(["message-1.wav", "message-2.wav"]), st.floats(0, 300), max_size=2),
    st.booleans(),
)
def test_no_journal_however_odd_breaks_the_rules(events: list[Any], sizes: dict[str, float], over: bool) -> None:
    log = facts(BEGUN, ENDED)
    fold(CALL, journal(*events), log, seen_at=START)
    made = tickets_of(CALL, journal(*events), log, message_sizes=sizes, heard_until=START, started_at=START, over=over)
    assert len({t.origin for t in made}) == len(made)
    assert all(t.kind in set(Kind) for t in made)
