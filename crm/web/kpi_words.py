"""The words that people read about key figures, and figures as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flask_babel import lazy_gettext as _

from crm.domain.kpi import UNITS, Figure, Unit
from crm.domain.kpi_composite import Share
from crm.domain.kpi_facts import Fact
from crm.domain.kpi_targets import Mark, Target
from crm.services.kpi_questions import By
from crm.web.words import Words

FIGURES: Words = {
    "offered": _("Offered"),
    "handled": _("Handled"),
    "handled_per_hour": _("Handled per hour"),
    "answer_rate": _("Human answer rate"),
    "service_level_20": _("Service level 20 s"),
    "service_level_15": _("Service level 15 s"),
    "speed_of_answer": _("Average speed of answer"),
    "abandonment": _("Abandonment"),
    "handle_time": _("Average handle time"),
    "after_call_work": _("Average wrap-up"),
    "occupancy": _("Occupancy"),
    "adherence": _("Adherence"),
    "shrinkage": _("Shrinkage"),
    "first_call_resolution": _("First-call resolution"),
    "transfer_rate": _("Transfer rate"),
    "containment": _("IVR containment"),
    "csat": _("Satisfaction"),
    "survey_response": _("Survey response"),
    "net_promoters": _("Net promoter score"),
    "complaint_rate": _("Complaint rate"),
    "valid_complaint_rate": _("Valid complaints"),
    "in_time": _("In-time rate"),
    "closure": _("Closure"),
    "repeat_complaints": _("Repeat complaints"),
    "return_visits": _("Return visits"),
    "complaint_satisfaction": _("Complaint satisfaction"),
    "quality_score": _("Quality score"),
    "fatal_free": _("Free of fatal items"),
    "knowledge_test": _("Knowledge test"),
    "attendance": _("Attendance"),
    "composite": _("Composite"),
}

DEFINITIONS: Words = {
    "offered": _("Callers who asked for an agent; who hung up within 5 seconds counts nowhere."),
    "handled": _("Conversations of agents with callers; a call that was passed on counts for each agent who had it."),
    "handled_per_hour": _("Conversations for each hour logged in."),
    "answer_rate": _("Answered, of those answered and those who gave up."),
    "service_level_20": _("Answered within 20 seconds from queue entry, of all offered."),
    "service_level_15": _("Answered within 15 seconds from queue entry, of all offered."),
    "speed_of_answer": _("The wait of those answered, from queue entry, divided by their number."),
    "abandonment": _("Hung up after 5 seconds or later, of all offered."),
    "handle_time": _("Talk, hold and work afterwards of a conversation."),
    "after_call_work": _("The work after a conversation."),
    "occupancy": _("Talk, hold and work afterwards, of these and the time ready for a call."),
    "adherence": _("Time in the planned state, of the planned time."),
    "shrinkage": _("Paid time that was not on the phone, of the paid time."),
    "first_call_resolution": _(
        "Solved, without another call of the same customer on the same class within 7 days, of all solved."
    ),
    "transfer_rate": _("Conversations that were passed on, of all."),
    "containment": _("Calls that ended in the menu without anybody being asked for, of all calls in."),
    "csat": _("Marks of 4 and 5, of the answered surveys."),
    "survey_response": _("Surveys answered, of those offered."),
    "net_promoters": _("The share of 9 and 10 less the share of 0 to 6, times a hundred."),
    "complaint_rate": _("Complaints received for each 10,000 calls in."),
    "valid_complaint_rate": _("Complaints about an agent that were found right, for each 10,000 of his conversations."),
    "in_time": _("Told by the legal term, of all whose term ended; an open overdue one never drops out."),
    "closure": _("Closed, of the complaints received."),
    "repeat_complaints": _("About a matter complained of before, of those received."),
    "return_visits": _("Visited, of the complaints closed."),
    "complaint_satisfaction": _("Satisfied, of those visited who answered."),
    "quality_score": _("The mean of the evaluations that stand."),
    "fatal_free": _("Evaluated calls without a fatal item, of all evaluated."),
    "knowledge_test": _("The mean of the exam results, out of a hundred."),
    "attendance": _("Shifts begun in time and not left early, of the planned ones that are over."),
}

FACTS: Words = {
    Fact.CALLS_IN: _("calls in"),
    Fact.CONTAINED: _("ended in the menu"),
    Fact.ANSWERED: _("answered"),
    Fact.ABANDONED: _("gave up"),
    Fact.SHORT_ABANDONED: _("gave up at once"),
    Fact.TOOK_CALLBACK: _("took a callback"),
    Fact.LEFT_MESSAGE: _("left a message"),
    Fact.IN_15: _("within 15 s"),
    Fact.IN_20: _("within 20 s"),
    Fact.WAIT_MS: _("wait"),
    Fact.HANDLED: _("conversations"),
    Fact.TALK_MS: _("talk"),
    Fact.HOLD_MS: _("hold"),
    Fact.ACW_MS: _("work afterwards"),
    Fact.TRANSFERRED: _("passed on"),
    Fact.OUTBOUND: _("calls out"),
    Fact.OUTBOUND_MS: _("time of calls out"),
    Fact.SOLVED: _("solved"),
    Fact.SOLVED_ONCE: _("solved at once"),
    Fact.READY_MS: _("ready"),
    Fact.BUSY_MS: _("busy"),
    Fact.PAUSED_MS: _("paused"),
    Fact.COMPLAINTS: _("complaints"),
    Fact.COMPLAINTS_CLOSED: _("complaints closed"),
    Fact.COMPLAINTS_REPEATED: _("repeat complaints"),
    Fact.COMPLAINTS_VALID: _("complaints found right"),
    Fact.DUE: _("terms ended"),
    Fact.DUE_IN_TIME: _("told in time"),
    Fact.ENDED: _("closed"),
    Fact.VISITED: _("visited"),
    Fact.VISITED_REACHED: _("visits answered"),
    Fact.VISITED_SATISFIED: _("satisfied"),
    Fact.SCORED: _("evaluations"),
    Fact.SCORE_TENTHS: _("points"),
    Fact.FATALS: _("fatal items"),
    Fact.SURVEYS_OFFERED: _("surveys offered"),
    Fact.SURVEYS_ANSWERED: _("surveys answered"),
    Fact.SURVEYS_GOOD: _("marks of 4 and 5"),
    Fact.NPS_ANSWERED: _("recommendations asked"),
    Fact.NPS_PROMOTERS: _("9 and 10"),
    Fact.NPS_DETRACTORS: _("0 to 6"),
    Fact.EXAMS: _("exams"),
    Fact.EXAM_TENTHS: _("exam points"),
    Fact.PLANNED_MS: _("planned time"),
    Fact.ADHERED_MS: _("time as planned"),
    Fact.PAID_MS: _("paid time"),
    Fact.SHIFTS_PLANNED: _("planned shifts"),
    Fact.SHIFTS_KEPT: _("shifts kept"),
}

BY: Words = {
    By.TOTAL: _("Everything"),
    By.AGENT: _("Agent"),
    By.TEAM: _("Section"),
    By.QUEUE: _("Queue"),
    By.HOUR: _("Hour of the day"),
    By.WEEKDAY_HOUR: _("Weekday and hour"),
    By.DAY: _("Day"),
    By.WEEK: _("Week"),
    By.MONTH: _("Month"),
}

SHARES: Words = {
    Share.VOLUME: _("Volume"),
    Share.QUALITY: _("Quality"),
    Share.CSAT: _("Satisfaction"),
    Share.COMPLAINTS: _("Valid complaints"),
    Share.KNOWLEDGE: _("Business knowledge"),
    Share.ATTENDANCE: _("Attendance and adherence"),
}

PUBLISHERS: Words = {
    "china_banking_association": _("China Banking Association"),
    "db1310_t_252": _("DB1310/T 252-2021"),
    "customary": _("customary"),
}

MARKS: Words = {
    Mark.SECONDARY: _("from a secondary source"),
    Mark.CUSTOMARY: _("no rule of banks"),
}

GROUP_TITLES: Words = {
    "reach": _("Reach"),
    "work": _("Work"),
    "solving": _("Solving and satisfaction"),
    "complaints": _("Complaints"),
    "quality": _("Quality and people"),
}

GROUPS: Mapping[str, tuple[str, ...]] = {
    "reach": (
        "offered",
        "answer_rate",
        "service_level_20",
        "service_level_15",
        "speed_of_answer",
        "abandonment",
        "containment",
    ),
    "work": ("handled", "handled_per_hour", "handle_time", "after_call_work", "occupancy", "transfer_rate"),
    "solving": ("first_call_resolution", "csat", "survey_response", "net_promoters"),
    "complaints": (
        "complaint_rate",
        "in_time",
        "closure",
        "repeat_complaints",
        "return_visits",
        "complaint_satisfaction",
        "valid_complaint_rate",
    ),
    "quality": ("quality_score", "fatal_free", "knowledge_test", "attendance", "adherence", "shrinkage"),
}
"""The figures in the order in which pages show them."""

NOTHING = "–"


def figure(name: str, one: Figure | None) -> str:
    """A figure as people read it."""
    return NOTHING if one is None else value(one.value, UNITS[name], fine=name == "handled_per_hour")


def value(number: Fraction | float | None, unit: Unit | str, *, fine: bool = False) -> str:
    """A value with its unit; nothing to divide by is a dash."""
    if number is None:
        return NOTHING
    unit = Unit(unit)
    if unit is Unit.SHARE:
        return f"{float(number) * 100:.1f}%"
    if unit is Unit.SECONDS:
        return f"{float(number):.1f} s"
    return f"{float(number):,.1f}" if fine or unit is not Unit.COUNT else f"{float(number):,.0f}"


def fact(name: str, number: int) -> str:
    """A counted fact as people read it."""
    if name.endswith("_ms"):
        return f"{number / 1000:,.1f} s"
    return f"{number / 10:,.1f}" if name.endswith("_tenths") else f"{number:,}"


def target(name: str, one: Target | None) -> str:
    """What a figure should be."""
    if one is None or (one.low is None and one.high is None):
        return ""
    low, high = (None if limit is None else value(limit, UNITS[name]) for limit in (one.low, one.high))
    if low is not None and high is not None:
        return f"{low} – {high}"
    return f"≥ {low}" if low is not None else f"≤ {high}"


def tone(one: Figure, aim: Target | None) -> str:
    """Whether a figure is as it should be, as a tone; empty where nothing can be said."""
    if aim is None or one.value is None or (aim.low is None and aim.high is None):
        return ""
    return "good" if aim.is_met(one.value) else "bad"


FUNCTIONS: Mapping[str, Any] = {
    "kpi_figure": figure,
    "kpi_value": value,
    "kpi_fact": fact,
    "kpi_target": target,
    "kpi_tone": tone,
}
TABLES: Mapping[str, Words] = {
    "kpi_figures": FIGURES,
    "kpi_definitions": DEFINITIONS,
    "kpi_facts": FACTS,
    "kpi_by": BY,
    "kpi_shares": SHARES,
    "kpi_publishers": PUBLISHERS,
    "kpi_marks": MARKS,
    "kpi_groups": GROUP_TITLES,
}
