"""Whom the caller heard and when, out of the dialplan's facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.legs import LegVoice, voices
from recordings.model import Fact, FactName

START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
Heard = dict[str, list[tuple[float, float | None]]]


def facts(*told: tuple[float, str, str, str]) -> list[Fact]:
    """(second, event, leg, kind) as facts."""
    return [
        Fact(number, START + timedelta(seconds=second), event, {"leg": leg, "kind": kind} if leg else {})
        for number, (second, event, leg, kind) in enumerate(told)
    ]


def seconds(at: datetime | None) -> float | None:
    return None if at is None else (at - START).total_seconds()


def heard(found: tuple[LegVoice, ...]) -> Heard:
    return {one.leg: [(seconds(span.since) or 0.0, seconds(span.until)) for span in one.heard] for one in found}


CASES: dict[str, tuple[list[tuple[float, str, str, str]], Heard]] = {
    "an answer": (
        [
            (0, "leg_rang", "a", "queue"), (2, "leg_answered", "a", "queue"), (9, "ended", "", ""),
            (9, "leg_ended", "a", "queue"),
        ],
        {"a": [(2, 9)]},
    ),
    "nobody lifts": ([(0, "leg_rang", "a", "queue"), (9, "leg_ended", "a", "queue")], {}),
    "the exchange dies": ([(2, "leg_answered", "a", "queue")], {"a": [(2, None)]}),
    "a transfer": (
        [
            (2, "leg_answered", "a", "queue"), (5, "transferred", "", ""), (5.01, "leg_ended", "a", "queue"),
            (8, "leg_answered", "b", "transfer"), (9, "ended", "", ""),
        ],
        {"a": [(2, 5)], "b": [(8, 9)]},
    ),
    "a colleague is asked, then has the caller": (
        [
            (2, "leg_answered", "a", "queue"), (5, "parked", "", ""), (6, "leg_answered", "b", "consult"),
            (8, "connected", "b", ""), (8.01, "leg_ended", "a", "queue"), (9, "ended", "", ""),
        ],
        {"a": [(2, 5)], "b": [(8, 9)]},
    ),
    "a colleague is asked in vain": (
        [
            (2, "leg_answered", "a", "queue"), (5, "parked", "", ""), (6, "leg_answered", "b", "consult"),
            (7, "leg_ended", "b", "consult"), (7.01, "connected", "a", ""), (9, "ended", "", ""),
        ],
        {"a": [(2, 5), (7.01, 9)], "b": []},
    ),
    "three speak": (
        [
            (2, "leg_answered", "a", "queue"), (5, "joined", "a", ""), (6, "leg_answered", "b", "conference"),
            (6, "joined", "b", ""), (7, "leg_ended", "a", "queue"), (9, "ended", "", ""),
        ],
        {"a": [(2, 7)], "b": [(6, 9)]},
    ),
    "a supervisor listens, then speaks": (
        [
            (2, "leg_answered", "a", "queue"), (3, "leg_answered", "s", "listen"), (4, "leg_answered", "s", "whisper"),
            (5, "leg_answered", "s", "barge"), (5, "joined", "s", ""), (6, "leg_answered", "s", "listen"),
            (9, "ended", "", ""),
        ],
        {"a": [(2, 9)], "s": [(5, 6)]},
    ),
    "a supervisor takes over": (
        [
            (2, "leg_answered", "a", "queue"), (3, "leg_answered", "s", "transfer"), (3, "transferred", "", ""),
            (3, "connected", "s", ""), (3.01, "leg_ended", "a", "queue"), (9, "ended", "", ""),
        ],
        {"a": [(2, 3)], "s": [(3, 9)]},
    ),
    "a phone is lost and back": (
        [
            (2, "leg_answered", "a", "queue"), (5, "parked", "", ""), (5.01, "leg_ended", "a", "queue"),
            (7, "leg_answered", "b", "rejoin"), (9, "ended", "", ""),
        ],
        {"a": [(2, 5)], "b": [(7, 9)]},
    ),
    "an agent calls": (
        [(1, "leg_answered", "a", "outbound"), (5, "customer_answered", "", ""), (9, "leg_ended", "a", "outbound")],
        {"a": [(5, 9)]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_whom_the_caller_heard(case: str) -> None:
    told, expected = CASES[case]
    assert heard(voices(facts(*told))) == expected


def test_the_file_begins_with_the_first_answer_that_is_recorded() -> None:
    told = facts(
        (3, "leg_answered", "s", "listen"), (5, "leg_answered", "s", "barge"), (6, "leg_answered", "s", "barge")
    )
    (voice,) = voices(told)
    assert seconds(voice.recorded_since) == 5


KINDS = ["queue", "transfer", "consult", "conference", "rejoin", "outbound", "listen", "whisper", "barge", "?"]
EVENTS = st.tuples(
    st.floats(0, 100), st.sampled_from([*FactName, "unheard_of"]), st.sampled_from(["", "a", "b"]),
    st.sampled_from(KINDS),
)  # fmt: skip


@given(st.lists(EVENTS, max_size=20))
def test_whatever_is_written_down_no_stretch_is_backward_or_laps_over(told: list[tuple[float, str, str, str]]) -> None:
    for voice in voices(facts(*told)):
        last = datetime.min.replace(tzinfo=UTC)
        for span in voice.heard:
            assert span.since >= last
            assert span.until is None or span.until > span.since
            last = span.until or datetime.max.replace(tzinfo=UTC)


def test_a_recorder_that_was_stopped_for_a_moment_says_where_it_goes_on() -> None:
    told = facts((1, "leg_answered", "a", "queue"), (5, "leg_resumed", "a", ""), (6, "leg_resumed", "a", ""))
    told[1] = Fact(1, told[1].at, told[1].event, {"leg": "a", "bytes": "64044"})
    told[2] = Fact(2, told[2].at, told[2].event, {"leg": "a", "bytes": "many"})
    (voice,) = voices(told)
    assert voice.resumed == ((64044, START + timedelta(seconds=5)),)
