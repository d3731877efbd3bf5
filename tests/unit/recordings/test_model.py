"""The dialplan's facts and the judgement of losses."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.model import parse_fact, truncation


def test_a_fact_is_read() -> None:
    fact = parse_fact(3, "event=ended|epoch=1763604020|billsec=19.5|cause=16|hangup_source=caller\n")
    assert (fact.line, fact.event, fact.at) == (3, "ended", datetime(2025, 11, 20, 2, 0, 20, tzinfo=UTC))
    assert fact.seconds("billsec") == 19.5
    assert fact.seconds("cause") == 16
    assert fact.seconds("hangup_source") is None
    assert fact.seconds("duration") is None


@pytest.mark.parametrize(
    "line",
    ["", "ended", "event=ended", "epoch=1", "event=ended|epoch=x", "event=ended|epoch=1e99", "event=ended|epoch=5",
     "event=a b|epoch=1763604020", "event=ended|epoch=1763604020|" + "x=1|" * 2000, "event=|epoch=1763604020"],
)  # fmt: skip
def test_what_is_no_fact_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_fact(0, line)


@given(st.text(max_size=200))
def test_any_line_is_a_fact_or_refused(line: str) -> None:
    with contextlib.suppress(ValueError):
        parse_fact(0, "event=ended|epoch=" + line)


@pytest.mark.parametrize(
    ("recorded", "talked", "missing"),
    [(20.0, 20.0, None), (19.2, 20.0, None), (18.0, 20.0, 2.0), (98.5, 100.0, None), (97.0, 100.0, 3.0),
     (25.0, 20.0, None), (13.3, 30.0, 16.7), (5.0, None, None), (0.0, 0.5, None)],
)  # fmt: skip
def test_a_recording_is_truncated_beyond_two_percent_and_a_second(
    recorded: float, talked: float | None, missing: float | None
) -> None:
    assert truncation(recorded, talked) == missing
