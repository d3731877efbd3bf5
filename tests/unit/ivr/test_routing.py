"""Where callers go: tables of plans, hours, loads and people; and that nobody is ever sent in a circle."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import routing
from ivr.plan_check import Fault, Problem, problems
from ivr.records import replace
from ivr.routing import CallerClass, Profile, QueueNow, Reason, Route
from ivr.routing_plan import BUSINESSES, Member, Opening, Plan, Queue, default_plan, parse, twin

WORKDAYS = tuple(Opening(day, 9 * 60, 18 * 60) for day in range(5))
SUNDAY, MONDAY_9, MONDAY_859 = (
    datetime(2026, 11, day, hour, minute, tzinfo=UTC) for day, hour, minute in ((22, 12, 0), (23, 9, 0), (23, 8, 59))
)
MONDAY_18 = datetime(2026, 11, 23, 18, tzinfo=UTC)


def queue(name: str, business: str = "cards", **changes: object) -> Queue:
    return replace(Queue(name, business, name, name), **changes)  # type: ignore[arg-type]  # any field


def plan(*queues: Queue) -> Plan:
    return Plan(1, queues, (Member("li", dict.fromkeys(BUSINESSES, 1)),))


DAY = queue("cards", opening=WORKDAYS, closed_to="duty")
DUTY = queue("duty", "service")
FULL = QueueNow(waiting=4, available=2)
FREE = QueueNow(waiting=0, available=2)


@pytest.mark.parametrize("business", BUSINESSES)
def test_by_default_everybody_comes_where_he_asked_at_any_hour(business: str) -> None:
    for local in (SUNDAY, MONDAY_9):
        route = routing.enter(
            default_plan(), business, 10 if business == "loss" else 0, CallerClass.ORDINARY, local, {}
        )
        assert route == Route(business, 10 if business == "loss" else 0)
    assert routing.counted(default_plan(), business) == ()


def test_without_a_queue_for_it_the_name_is_the_queue() -> None:
    assert routing.enter(plan(), "cards", 0, CallerClass.VIP, SUNDAY, {}) == Route("cards", 4)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (MONDAY_9, Route("cards", 0)),
        (MONDAY_859, Route("duty", 0, Reason.CLOSED)),
        (MONDAY_18, Route("duty", 0, Reason.CLOSED)),
        (SUNDAY, Route("duty", 0, Reason.CLOSED)),
    ],
)
def test_out_of_hours_the_duty_roster_takes_the_call(local: datetime, expected: Route) -> None:
    assert routing.enter(plan(DAY, DUTY), "cards", 0, CallerClass.ORDINARY, local, {}) == expected


@pytest.mark.parametrize("duty", [(), (queue("duty", "service", opening=WORKDAYS),)])
def test_with_nobody_on_duty_a_callback_is_offered_in_his_own_queue(duty: tuple[Queue, ...]) -> None:
    route = routing.enter(plan(DAY, *duty), "cards", 0, CallerClass.ORDINARY, SUNDAY, {})
    assert (route.queue, route.closed) == ("cards", True)


def test_of_two_queues_of_a_business_the_open_one_serves() -> None:
    both = plan(queue("early", opening=WORKDAYS), queue("late"))
    assert routing.enter(both, "cards", 0, CallerClass.ORDINARY, MONDAY_9, {}).queue == "early"
    assert routing.enter(both, "cards", 0, CallerClass.ORDINARY, SUNDAY, {}).queue == "late"


@pytest.mark.parametrize(
    ("ratio", "now", "queue_name"),
    [
        (2.0, FULL, "duty"),
        (2.5, FULL, "cards"),
        (2.0, FREE, "cards"),
        (0.0, FULL, "cards"),
        (2.0, QueueNow(waiting=0, available=0), "duty"),
    ],
)
def test_too_many_callers_for_the_agents_overflow_at_once(ratio: float, now: QueueNow, queue_name: str) -> None:
    cards = queue("cards", overflow_ratio=ratio, overflow_to="duty")
    route = routing.enter(plan(cards, DUTY), "cards", 0, CallerClass.ORDINARY, SUNDAY, {"cards": now})
    assert route == Route(queue_name, 0, Reason.BUSY if queue_name == "duty" else Reason.NONE)
    assert routing.counted(plan(cards, DUTY), "cards") == (("cards",) if ratio else ())


def test_nobody_overflows_into_a_closed_queue() -> None:
    cards = queue("cards", overflow_ratio=1, overflow_to="other", overflow_after=30)
    closed = plan(cards, queue("other", "service", opening=WORKDAYS))
    assert routing.enter(closed, "cards", 0, CallerClass.ORDINARY, SUNDAY, {"cards": FULL}).queue == "cards"
    assert routing.stay(closed, "cards", 0, 60, SUNDAY) == Route("cards", 0)


@pytest.mark.parametrize(("here", "where"), [(29, "cards"), (30, "duty")])
def test_who_waits_too_long_overflows(here: int, where: str) -> None:
    waits = plan(queue("cards", overflow_after=30, overflow_to="duty"), DUTY)
    reason = Reason.WAITED if where == "duty" else Reason.NONE
    assert routing.stay(waits, "cards", 4, here, SUNDAY) == Route(where, 4, reason)


def test_who_waits_when_the_queue_closes_goes_to_the_duty_roster() -> None:
    assert routing.stay(plan(DAY, DUTY), "cards", 0, 5, MONDAY_18) == Route("duty", 0, Reason.CLOSED)
    assert routing.stay(plan(queue("cards", opening=WORKDAYS)), "cards", 0, 5, SUNDAY) == Route("cards", 0, closed=True)
    assert routing.stay(plan(), "gone", 3, 5, SUNDAY) == Route("gone", 3)


@pytest.mark.parametrize(
    ("asked", "profile", "of_queue", "rank"),
    [
        (10, Profile(), 0, 10),
        (10, Profile(elderly=True, vip=True), 0, 10),
        (0, Profile(elderly=True, vip=True), 0, 6),
        (0, Profile(vip=True), 0, 4),
        (0, Profile(), 0, 0),
        (0, Profile(), 3, 3),
        (0, Profile(vip=True), 17, 18),
    ],
)
def test_loss_reports_first_then_the_elderly_then_vips(asked: int, profile: Profile, of_queue: int, rank: int) -> None:
    one = plan(queue("cards", priority=of_queue))
    assert routing.enter(one, "cards", asked, profile.caller_class, SUNDAY, {}).priority == rank


@pytest.mark.parametrize(
    ("position", "now", "minutes"),
    [
        (1, QueueNow(agents=2, served=10, talk_time=100), 1),
        (4, QueueNow(agents=2, served=10, talk_time=100), 4),
        (3, QueueNow(agents=1, served=3, talk_time=220), 12),
        (None, QueueNow(agents=2, served=10, talk_time=100), None),
        (1, QueueNow(agents=0, served=10, talk_time=100), None),
        (1, QueueNow(agents=2, served=2, talk_time=100), None),
        (1, QueueNow(agents=2, served=9, talk_time=0), None),
    ],
)
def test_the_wait_is_told_only_when_it_is_known(position: int | None, now: QueueNow, minutes: int | None) -> None:
    assert routing.expected_minutes(position, now) == minutes


NAMES = ("a", "b", "c", "d")
OPTIONAL = st.sampled_from(["", *NAMES])
QUEUES = st.tuples(
    *(
        st.builds(
            lambda name, business, over, closed, ratio, hours: queue(
                name, business, overflow_to=over, closed_to=closed, overflow_ratio=ratio, opening=hours,
                overflow_after=20,
            ),
            st.just(name), st.sampled_from(["cards", "loss"]), OPTIONAL, OPTIONAL, st.sampled_from([0.0, 1.0]),
            st.sampled_from([(), WORKDAYS]),
        )
        for name in NAMES
    )
)  # fmt: skip
LOADS = st.dictionaries(st.sampled_from(NAMES), st.builds(QueueNow, st.integers(0, 9), st.integers(0, 3)))


@given(QUEUES, LOADS, st.sampled_from([SUNDAY, MONDAY_9]), st.integers(0, 300))
def test_any_plan_leads_somewhere(
    queues: tuple[Queue, ...], loads: dict[str, QueueNow], local: datetime, here: int
) -> None:
    made = plan(*queues)
    route = routing.enter(made, "cards", 0, CallerClass.ORDINARY, local, loads)
    known = {one.name: one for one in queues}
    if any(one.business == "cards" for one in queues):
        assert route.closed is not routing.is_open(known[route.queue], local)
        assert known[route.queue].business == "cards" or route.reason
    later = routing.stay(made, route.queue, route.priority, here, local)
    assert later.queue == route.queue or routing.is_open(known[later.queue], local)


def test_a_document_is_read_as_it_was_written() -> None:
    made = plan(DAY, DUTY)
    assert parse(made.to_document()) == made
    assert (twin("cards", "zh"), twin("cards", "en")) == ("cards", "cards-en")


def test_the_default_plan_is_whole() -> None:
    assert problems(default_plan(["li"]), ["li"]) == []
    assert {one.fault for one in problems(default_plan())} == {Fault.NOBODY}


BASE = default_plan(["li"])


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (replace(BASE, queues=BASE.queues[1:]), Problem(Fault.NO_QUEUE, "service")),
        (replace(BASE, queues=(*BASE.queues, queue("cards"))), Problem(Fault.QUEUE_NAME, "cards")),
        (replace(BASE, queues=(*BASE.queues, queue("Night shift"))), Problem(Fault.QUEUE_NAME, "Night shift")),
        (replace(BASE, queues=(*BASE.queues, queue("x1-en"))), Problem(Fault.QUEUE_NAME, "x1-en")),
        (replace(BASE, queues=(*BASE.queues, queue("xx", "?"))), Problem(Fault.UNKNOWN_BUSINESS, "xx", "?")),
        (replace(BASE, queues=(*BASE.queues, queue("xx", ring_time=0))), Problem(Fault.NUMBER, "xx", "ring_time")),
        (replace(BASE, queues=(*BASE.queues, queue("xx", overflow_to="no"))), Problem(Fault.UNKNOWN_QUEUE, "xx", "no")),
        (replace(BASE, queues=(*BASE.queues, queue("xx", closed_to="xx"))), Problem(Fault.LOOP, "xx")),
        (
            replace(BASE, queues=(*BASE.queues, queue("xx", closed_to="yy"), queue("yy", overflow_to="xx"))),
            Problem(Fault.LOOP, "yy"),
        ),
        (
            replace(BASE, queues=(*BASE.queues, queue("xx", opening=(Opening(7, 0, 60),)))),
            Problem(Fault.OPENING, "xx"),
        ),
        (replace(BASE, members=(*BASE.members, Member("wu"))), Problem(Fault.UNKNOWN_AGENT, "wu")),
        (replace(BASE, members=(*BASE.members, *BASE.members)), Problem(Fault.UNKNOWN_AGENT, "li")),
        (replace(BASE, members=(Member("li", {"cards": 10}),)), Problem(Fault.LEVEL, "li", "cards")),
        (replace(BASE, members=(Member("li", {"cards": 1}, ("fr",)),)), Problem(Fault.LANGUAGE, "li", "fr")),
        (
            replace(BASE, members=(Member("li", dict.fromkeys(BUSINESSES, 1), ("zh",)),)),
            Problem(Fault.NOBODY, "cards", "en"),
        ),
    ],
)
def test_what_would_leave_callers_alone_is_found(wrong: Plan, problem: Problem) -> None:
    assert problem in problems(wrong, ["li"])
    assert str(problem).startswith(problem.fault.value)


def test_a_queue_that_nobody_serves_may_overflow_to_one_that_is() -> None:
    served = {"service": 1}
    queues = tuple(one if one.name == "service" else replace(one, overflow_to="service") for one in BASE.queues)
    assert problems(Plan(1, queues, (Member("li", served),)), ["li"]) == []
