"""What a call counts for: waits through several queues, limits, transfers, lost lines, days and hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.domain.kpi_calls import CallParts, TookPart, WaitedIn, rows_of
from crm.domain.kpi_facts import Fact, Period, SourceRow

ZONE = ZoneInfo("Asia/Shanghai")
T = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
PERIOD = Period(date(2026, 11, 20), date(2026, 11, 20), ZONE, T + timedelta(days=1))
USERS = {"alice": 1, "amy": 2}


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def visit(queue: str, at: float, waited: float | None, outcome: str | None) -> WaitedIn:
    return WaitedIn(queue, T + s(at), waited, outcome)


def leg(agent: str, kind: str, at: float, talk: float, *, queue: str | None = None, ended_by: str = "caller",
        over: bool = True) -> TookPart:  # fmt: skip
    began = T + s(at)
    return TookPart(agent, kind, queue, began, began + s(talk) if over else None, talk if over else None,
                    0.0 if over else None, ended_by if over else None)  # fmt: skip


def call(*, outcome: str | None = "answered", over: bool = True, direction: str = "inbound", at: datetime = T,
         agent: str | None = None, queue: str | None = None, reached: bool = True) -> CallParts:  # fmt: skip
    return CallParts("c", direction, outcome, at, at + s(600) if over else None, at if reached else None, queue, agent)


def added(one: CallParts) -> dict[Fact, int]:
    found: dict[Fact, int] = {}
    for row in rows_of(one, USERS, PERIOD):
        for fact, value in row.counts.items():
            found[fact] = found.get(fact, 0) + value
    return {fact: value for fact, value in found.items() if value}


def only(one: CallParts, fact: Fact) -> SourceRow:
    [row] = [row for row in rows_of(one, USERS, PERIOD) if row.counts.get(fact)]
    return row


def test_a_call_that_ends_in_the_menu() -> None:
    assert added(call()) == {Fact.CALLS_IN: 1, Fact.CONTAINED: 1}
    assert added(call(outcome="abandoned")) == {Fact.CALLS_IN: 1}  # he asked for somebody out of hours
    assert added(call(outcome=None, over=False)) == {Fact.CALLS_IN: 1}


@pytest.mark.parametrize(
    ("waited", "outcome", "facts"),
    [
        (15.0, "answered", {Fact.IN_15, Fact.IN_20}),
        (15.001, "answered", {Fact.IN_20}),
        (20.0, "answered", {Fact.IN_20}),
        (20.001, "answered", set()),
        (4.999, "abandoned", {Fact.SHORT_ABANDONED}),
        (5.0, "abandoned", {Fact.ABANDONED}),
        (1.0, "callback", {Fact.TOOK_CALLBACK}),
        (1.0, "message", {Fact.LEFT_MESSAGE}),
        (50.0, "returned", set()),
        (None, None, set()),
    ],
)
def test_limits_of_a_wait(waited: float | None, outcome: str | None, facts: set[Fact]) -> None:
    one = call(outcome="abandoned")
    one.visits = [visit("cards", 10, waited, outcome)]
    got = set(added(one)) - {Fact.CALLS_IN, Fact.ANSWERED, Fact.WAIT_MS}
    assert got == facts


def test_a_wait_goes_on_through_overflow_and_counts_where_it_ended_when_it_began() -> None:
    one = call(at=T - s(60))
    one.visits = [visit("cards", -30, 29.0, "overflow"), visit("service", 0, 4.5, "answered")]
    one.legs = [leg("alice", "queue", 4.5, 60, queue="service")]
    row = only(one, Fact.ANSWERED)
    assert row.counts == {Fact.ANSWERED: 1, Fact.WAIT_MS: 34_500}
    assert (row.queue, row.user_id, row.hour) == ("service", 1, 9)


def test_who_is_gone_between_two_queues_gave_up() -> None:
    one = call(outcome="abandoned")
    one.visits = [visit("cards", 0, 30.0, "overflow")]
    assert added(one)[Fact.ABANDONED] == 1
    waiting = call(outcome=None, over=False)
    waiting.visits = one.visits
    assert Fact.ABANDONED not in added(waiting)


def test_a_transfer_counts_for_both_and_a_lost_line_once() -> None:
    one = call(agent="amy", queue="cards")
    one.visits = [visit("cards", 0, 3.0, "answered")]
    one.legs = [
        leg("alice", "queue", 3, 60, queue="cards", ended_by="lost"),
        leg("alice", "rejoin", 70, 30, ended_by="transfer"),
        leg("amy", "transfer", 105, 20),
    ]
    one.acw = {"alice": [10.0, 5.0]}
    rows = [row for row in rows_of(one, USERS, PERIOD) if row.counts.get(Fact.HANDLED)]
    assert [(row.user_id, row.queue) for row in rows] == [(1, "cards"), (2, "cards")]
    assert (rows[0].counts[Fact.TALK_MS], rows[0].counts[Fact.ACW_MS]) == (90_000, 15_000)
    assert [row.counts[Fact.TRANSFERRED] for row in rows] == [1, 0]


def test_who_was_only_asked_had_no_conversation_unless_the_caller_was_his_at_last() -> None:
    one = call(agent="alice", queue="cards")
    one.legs = [leg("alice", "queue", 3, 60, queue="cards"), leg("amy", "consult", 20, 10)]
    assert added(one)[Fact.HANDLED] == 1
    one.agent = "amy"
    assert added(one)[Fact.HANDLED] == 2


def test_a_conversation_counts_when_it_is_over() -> None:
    one = call(over=False, outcome=None)
    one.legs = [leg("alice", "queue", 3, 60, queue="cards", over=False)]
    assert added(one) == {Fact.CALLS_IN: 1}


def test_a_call_out_is_no_call_in() -> None:
    one = call(direction="outbound", reached=False, outcome="timed_out")
    one.legs = [leg("alice", "outbound", 0, 12)]
    one.acw = {"alice": [3.0]}
    assert added(one) == {Fact.OUTBOUND_MS: 15_000}


def test_each_part_counts_on_its_own_day() -> None:
    """He began before midnight and was answered after it."""
    midnight = datetime(2026, 11, 20, tzinfo=ZONE).astimezone(UTC)
    one = call(at=midnight - s(40))
    one.visits = [WaitedIn("cards", midnight - s(10), 15.0, "answered")]
    one.legs = [TookPart("alice", "queue", "cards", midnight + s(5), midnight + s(65), 60.0, 0.0, "caller")]
    assert set(added(one)) == {Fact.HANDLED, Fact.TALK_MS}
    assert only(one, Fact.HANDLED).hour == 0


def test_an_agent_that_nobody_knows_is_nobodys() -> None:
    one = call()
    one.legs = [leg("gone", "queue", 3, 60, queue="cards")]
    assert only(one, Fact.HANDLED).user_id is None
