"""Key figures of the hotline: each is one pure function of counted facts. Reference: domain 3.6.

A function takes whole numbers and gives a numerator over a denominator; nothing is rounded before it is shown. A
denominator of zero says nothing: the figure has no value and is shown as "–". What the numbers count stands with the
facts (``crm.domain.kpi_facts``); all waits are counted from queue entry.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from crm.domain.kpi_facts import Fact


class Unit(StrEnum):
    """What a figure's value is measured in."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    POINTS = "points"
    PER_10_000 = "per_10_000"
    NET = "net"
    """a share less a share, from -100 to 100"""


@dataclass(frozen=True)
class Figure:
    """A value with what it was made of. Of a share the value is from 0 to 1; of time it is in seconds."""

    numerator: int
    denominator: int
    unit: Unit
    scale: int = 1
    """what the numerator is divided by besides: 1000 where it counts milliseconds and the value is in seconds"""

    @property
    def value(self) -> Fraction | None:
        """The exact value; None: there was nothing to divide by."""
        return Fraction(self.numerator, self.denominator * self.scale) if self.denominator else None

    @property
    def nearly(self) -> float | None:
        """The value as a floating-point number, to be shown."""
        return self.numerator / (self.denominator * self.scale) if self.denominator else None


def _of(numerator: int, denominator: int, unit: Unit) -> Figure:
    return Figure(numerator, denominator, unit)


def _seconds(milliseconds: int, count: int) -> Figure:
    return Figure(milliseconds, count, Unit.SECONDS, 1000)


def _points(tenths: int, count: int) -> Figure:
    return Figure(tenths, count, Unit.POINTS, 10)


def offered(answered: int, abandoned: int, took_callback: int, left_message: int) -> Figure:
    """Callers who asked for an agent: waits that ended with one, or without one after the short limit.

    3 answered, 1 abandoned, 1 who took a callback: 5.
    """
    return _of(answered + abandoned + took_callback + left_message, 1, Unit.COUNT)


def handled(handled: int) -> Figure:
    """Conversations of agents with callers; a call that was passed on counts for each agent who had it."""
    return _of(handled, 1, Unit.COUNT)


def handled_per_hour(handled: int, ready_ms: int, busy_ms: int, paused_ms: int) -> Figure:
    """Calls answered per unit of time: conversations for each hour that the agent was logged in.

    24 conversations in 8 hours: 3.
    """
    return _of(handled * 3_600_000, ready_ms + busy_ms + paused_ms, Unit.COUNT)


def answer_rate(answered: int, abandoned: int) -> Figure:
    """Human answer rate (人工接通率): answered of those who asked for a person, n / (n + b).

    94 answered, 6 abandoned: 94 %.
    """
    return _of(answered, answered + abandoned, Unit.SHARE)


def service_level_20(in_20: int, answered: int, abandoned: int, took_callback: int, left_message: int) -> Figure:
    """Service level (服务水平): answered within 20 seconds from queue entry, of all offered; short abandons are none.

    80 of 100 offered: 80 %.
    """
    return _of(in_20, answered + abandoned + took_callback + left_message, Unit.SHARE)


def service_level_15(in_15: int, answered: int, abandoned: int, took_callback: int, left_message: int) -> Figure:
    """The same within 15 seconds."""
    return _of(in_15, answered + abandoned + took_callback + left_message, Unit.SHARE)


def speed_of_answer(wait_ms: int, answered: int) -> Figure:
    """Average speed of answer: the wait of the answered, from queue entry.

    10 s and 20 s: 15 s.
    """
    return _seconds(wait_ms, answered)


def abandonment(abandoned: int, answered: int, took_callback: int, left_message: int) -> Figure:
    """Abandonment (放弃率): hung up after the short limit, of all offered.

    5 of 100: 5 %.
    """
    return _of(abandoned, answered + abandoned + took_callback + left_message, Unit.SHARE)


def handle_time(talk_ms: int, hold_ms: int, acw_ms: int, handled: int) -> Figure:
    """Average handle time: talk, hold and wrap-up of a conversation.

    180 s + 20 s + 40 s in one conversation: 240 s.
    """
    return _seconds(talk_ms + hold_ms + acw_ms, handled)


def after_call_work(acw_ms: int, handled: int) -> Figure:
    """Average wrap-up (话后): the work after a conversation."""
    return _seconds(acw_ms, handled)


def occupancy(talk_ms: int, hold_ms: int, acw_ms: int, outbound_ms: int, ready_ms: int) -> Figure:
    """Occupancy (利用率): talk, hold and wrap-up, of these and the time ready for a call. Calls out are work, too.

    6 h at work and 2 h ready: 75 %.
    """
    busy = talk_ms + hold_ms + acw_ms + outbound_ms
    return _of(busy, busy + ready_ms, Unit.SHARE)


def adherence(adhered_ms: int, planned_ms: int) -> Figure:
    """Adherence (遵时率): time in the planned state, of the planned time."""
    return _of(adhered_ms, planned_ms, Unit.SHARE)


def shrinkage(paid_ms: int, ready_ms: int, busy_ms: int) -> Figure:
    """Shrinkage: paid time that was not on the phone (ready or busy), of the paid time.

    8 h paid, 6 h on the phone: 25 %. More time on the phone than paid is no shrinkage at all.
    """
    return _of(max(0, paid_ms - ready_ms - busy_ms), paid_ms, Unit.SHARE)


def first_call_resolution(solved_once: int, solved: int) -> Figure:
    """First-call resolution (一次解决率): solved, without a repeat by the same customer on the same class in 7 days."""
    return _of(solved_once, solved, Unit.SHARE)


def transfer_rate(transferred: int, handled: int) -> Figure:
    """Conversations that were passed on, of all."""
    return _of(transferred, handled, Unit.SHARE)


def containment(contained: int, calls_in: int) -> Figure:
    """IVR containment: calls that ended in the menu without anybody being asked for, of all calls in."""
    return _of(contained, calls_in, Unit.SHARE)


def csat(surveys_good: int, surveys_answered: int) -> Figure:
    """Satisfaction (满意度): marks of 4 and 5, of the answered surveys. It is read beside the response rate."""
    return _of(surveys_good, surveys_answered, Unit.SHARE)


def survey_response(surveys_answered: int, surveys_offered: int) -> Figure:
    """Surveys answered, of those offered."""
    return _of(surveys_answered, surveys_offered, Unit.SHARE)


def net_promoters(nps_promoters: int, nps_detractors: int, nps_answered: int) -> Figure:
    """Net promoter score: the share of 9 and 10 less the share of 0 to 6, times a hundred.

    5 promoters and 2 detractors of 10: 30.
    """
    return _of((nps_promoters - nps_detractors) * 100, nps_answered, Unit.NET)


def complaint_rate(complaints: int, calls_in: int) -> Figure:
    """Complaint rate (投诉率): complaints received for each 10,000 calls in.

    3 complaints in 20,000 calls: 1.5.
    """
    return _of(complaints * 10_000, calls_in, Unit.PER_10_000)


def valid_complaint_rate(complaints_valid: int, handled: int) -> Figure:
    """Complaints about an agent that were found right, for each 10,000 of his conversations."""
    return _of(complaints_valid * 10_000, handled, Unit.PER_10_000)


def in_time(due_in_time: int, due: int) -> Figure:
    """In-time rate (及时率): told by the legal term, of all whose term ended. An open overdue one never drops out."""
    return _of(due_in_time, due, Unit.SHARE)


def closure(complaints_closed: int, complaints: int) -> Figure:
    """Closure (办结率): closed, of the complaints received."""
    return _of(complaints_closed, complaints, Unit.SHARE)


def repeat_complaints(complaints_repeated: int, complaints: int) -> Figure:
    """Repeat complaints (重复投诉率): about a matter complained of before, of those received."""
    return _of(complaints_repeated, complaints, Unit.SHARE)


def return_visits(visited: int, ended: int) -> Figure:
    """Return visits (回访率): visited, of the complaints closed."""
    return _of(visited, ended, Unit.SHARE)


def complaint_satisfaction(visited_satisfied: int, visited_reached: int) -> Figure:
    """Complaint satisfaction: satisfied, of those visited who answered."""
    return _of(visited_satisfied, visited_reached, Unit.SHARE)


def quality_score(score_tenths: int, scored: int) -> Figure:
    """The mean of the evaluations that stand, in points."""
    return _points(score_tenths, scored)


def fatal_free(fatals: int, scored: int) -> Figure:
    """Evaluated calls without a fatal item, of all evaluated."""
    return _of(scored - fatals, scored, Unit.SHARE)


def knowledge_test(exam_tenths: int, exams: int) -> Figure:
    """The mean of the exam results, each out of a hundred points."""
    return _points(exam_tenths, exams)


def attendance(shifts_kept: int, shifts_planned: int) -> Figure:
    """Attendance (出勤率): shifts begun in time and not left early, of the planned ones that are over."""
    return _of(shifts_kept, shifts_planned, Unit.SHARE)


FORMULAS: Mapping[str, Callable[..., Figure]] = {
    one.__name__: one
    for one in (
        offered,
        handled,
        handled_per_hour,
        answer_rate,
        service_level_20,
        service_level_15,
        speed_of_answer,
        abandonment,
        handle_time,
        after_call_work,
        occupancy,
        adherence,
        shrinkage,
        first_call_resolution,
        transfer_rate,
        containment,
        csat,
        survey_response,
        net_promoters,
        complaint_rate,
        valid_complaint_rate,
        in_time,
        closure,
        repeat_complaints,
        return_visits,
        complaint_satisfaction,
        quality_score,
        fatal_free,
        knowledge_test,
        attendance,
    )
}
"""Every figure by its name. A parameter's name is the fact that it takes."""

NEEDS: Mapping[str, tuple[Fact, ...]] = {
    name: tuple(Fact(parameter) for parameter in inspect.signature(formula).parameters)
    for name, formula in FORMULAS.items()
}

UNITS: Mapping[str, Unit] = {name: formula(*(0 for _ in NEEDS[name])).unit for name, formula in FORMULAS.items()}
"""Figure → its unit."""


def compute(name: str, counts: Mapping[Fact, int]) -> Figure:
    """One figure of what was counted; what was not counted is zero. Raises KeyError for a name that is none."""
    return FORMULAS[name](*[counts.get(fact, 0) for fact in NEEDS[name]])


def compute_all(counts: Mapping[Fact, int]) -> dict[str, Figure]:
    """All figures."""
    return {name: FORMULAS[name](*[counts.get(fact, 0) for fact in needs]) for name, needs in NEEDS.items()}
