"""The words of shifts, attendance, staffing and hand-overs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from babel.dates import format_date
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _

from crm.db.shifts import ShiftKind, ShiftPattern
from crm.domain.rosters import Finding, Gap, Trouble
from crm.domain.shifts import KindFault
from crm.services.roster_checks import LEAST, NEED
from crm.services.shift_kinds import BadKindError
from crm.web import refusal_words
from crm.web.locale import chosen_language
from crm.web.words import LANGUAGES, Words, word

ACTIVITIES: Words = {
    "work": _("Work on the phone"),
    "rest": _("Rest"),
    "meal": _("Meal"),
    "training": _("Training"),
    "meeting": _("Meeting"),
    "back_office": _("Back-office work"),
}
SHIFT_STATES: Words = {"draft": _("Draft shift"), "published": _("Published"), "cancelled": _("Taken away")}
TROUBLES: Words = {
    Trouble.OVERLAP: _("two shifts at the same time"),
    Trouble.ON_LEAVE: _("a shift during leave"),
    Trouble.SHORT_REST: _("%(value)s h of rest before this shift, at least %(limit)s h"),
    Trouble.LONG_WEEK: _("%(value)s h in the week, at most %(limit)s h"),
    Trouble.DAYS_IN_A_ROW: _("%(value)s days of work in a row, at most %(limit)s"),
    Trouble.NIGHTS_IN_A_ROW: _("%(value)s nights in a row, at most %(limit)s"),
}
KIND_FAULTS: Words = {
    KindFault.BEGINS: _("The beginning must be a time of the day."),
    KindFault.LENGTH: _("A shift lasts at least 30 minutes, and at most as long as the house’s rules allow."),
    KindFault.BREAK_KIND: _("A break is a rest or a meal of at least a minute."),
    KindFault.BREAK_OUTSIDE: _("Breaks lie inside the shift."),
    KindFault.BREAKS_OVERLAP: _("Two breaks fall together."),
    KindFault.NO_MEAL: _("So long a shift needs a meal of the least length of the house’s rules."),
    KindFault.TOO_LONG_WITHOUT: _("There is more work without a break than the house’s rules allow."),
}
LEAVE_KINDS: Words = {
    "annual": _("Annual leave"),
    "sick": _("Sick leave"),
    "personal": _("Personal leave"),
    "compensatory": _("Time off for overtime"),
    "marriage": _("Marriage leave"),
    "parental": _("Parental leave"),
    "bereavement": _("Bereavement leave"),
    "other": _("Other leave"),
}
REQUEST_STATES: Words = {
    "asked": _("Asked for"),
    "agreed": _("Agreed, to be approved"),
    "granted": _("Leave granted"),
    "approved": _("Approved"),
    "declined": _("Declined by the colleague"),
    "refused": _("Not granted"),
    "withdrawn": _("Taken back"),
    "lapsed": _("Lapsed: the shift began"),
}
REQUEST_TONES: Mapping[str, str] = {
    "asked": "busy", "agreed": "busy", "granted": "good", "approved": "good", "declined": "bad", "refused": "bad",
    "withdrawn": "quiet", "lapsed": "quiet",
}  # fmt: skip
VERDICTS: Words = {
    "present": _("Present"),
    "late": _("Came late"),
    "left_early": _("Left early"),
    "absent": _("Absent"),
    "leave": _("On leave"),
}
VERDICT_TONES: Mapping[str, str] = {
    "present": "good", "late": "busy", "left_early": "busy", "absent": "bad", "leave": "quiet",
}  # fmt: skip
BREACHES: Words = {
    "absent": _("no phone while work was planned"),
    "paused": _("paused while work was planned"),
    "worked": _("worked in a planned break"),
    "other": _("another pause than the planned one"),
}
CLOCK_KINDS: Words = {"in": _("Clocked in"), "out": _("Clocked out")}
CLOCK_SOURCES: Words = {"login": _("login"), "logout": _("logout"), "correction": _("correction")}
METHODS: Words = {"erlang_c": _("Erlang C"), "erlang_a": _("Erlang A")}
AREAS: Words = {
    "callers": _("Callers"),
    "cases": _("Cases"),
    "systems": _("Systems"),
    "people": _("People"),
    "notices": _("Announcements"),
}
HANDOVER_FACTS: Words = {
    "open_complaints": _("Open complaints"),
    "open_urgent": _("Open, P1"),
    "overdue": _("Overdue"),
    "tasks_due": _("Tasks due"),
    "callbacks": _("Callbacks waiting"),
    "emergencies": _("Emergencies"),
}
EVENTS: Words = {
    "given": _("Shift given"),
    "replaced": _("Replaced by another shift"),
    "taken_away": _("Shift taken away"),
    "published": _("Roster published"),
    "pattern_filled": _("Pattern rolled out"),
    "rolled_out": _("Shift given by a pattern"),
    "told": _("Published, and told to the person"),
    "swapped": _("Changed hands by a swap"),
    "kind_saved": _("Kind of shift saved"),
    "pattern_saved": _("Pattern saved"),
    "leave_asked": _("Leave asked for"),
    "leave_granted": _("Leave granted"),
    "leave_refused": _("Leave refused"),
    "leave_withdrawn": _("Leave taken back"),
    "swap_asked": _("Swap asked for"),
    "swap_agreed": _("The colleague agreed to a swap"),
    "swap_declined": _("The colleague declined a swap"),
    "swap_approved": _("Swap approved"),
    "swap_refused": _("Swap refused"),
    "swap_withdrawn": _("Swap taken back"),
    "swap_lapsed": _("Swap lapsed"),
    "clock_corrected": _("Clock corrected"),
    "excused": _("Time excused"),
    "excuse_lifted": _("Excuse taken back"),
    "needs_adopted": _("Needs taken over"),
    "handed_over": _("Shift handed over"),
    "taken_over": _("Shift taken over"),
    "item_settled": _("Open point settled"),
}
WHYS: Words = {
    "the roster has shifts at the same time or during leave": _(
        "It cannot be published: there are shifts at the same time, or during leave."
    ),
    "reason: say why it is published with what was found": _(
        "There are gaps or troubles. Mend them, or say why the roster is published all the same."
    ),
    "there is nothing to publish": _("There is nothing to publish: no drafts in these days."),
    "he has another shift at that time": _("This person has another shift at that time."),
    "somebody else changed this shift just now": _("Somebody else changed this shift just now. Look again."),
    "day: the shift would be over already": _("This shift would be over already."),
    "day: nobody plans so far ahead": _("That is too far ahead."),
    "kind: there is no such kind of shift": _("Choose a kind of shift."),
    "pattern: there is no such pattern": _("Choose a pattern."),
    "people: choose who gets the shifts": _("Choose who gets the shifts."),
    "days: must be 1 to 62 days": _("Choose 1 to 62 days."),
    "days: a pattern has at least one shift": _("A pattern has at least one shift."),
    "a shift that is over is not taken away: correct the clock, or excuse the time": _(
        "A shift that is over is not taken away: correct the clock, or excuse the time."
    ),
    "reason: must have 1 to 200 characters": _("Give a reason, of at most 200 characters."),
    "code: must have 1 to 12 of a-z 0-9 _, a letter first": _("A code has 1 to 12 of a-z, 0-9 and _, a letter first."),
    "ends_at: must lie after the beginning, and within a year": _("The end must lie after the beginning."),
    "starts_at: lies too far back": _("That lies too far back."),
    "there is leave asked for or granted at that time already": _(
        "There is leave asked for or granted at that time already."
    ),
    "nobody decides on his own leave": _("Nobody decides on his own leave."),
    "somebody else has decided on this leave": _("Somebody else has decided on this already."),
    "somebody else has decided on this swap": _("Somebody else has decided on this already."),
    "note: say why it is refused": _("Say why it is refused."),
    "leave that has begun is not taken back": _("Leave that has begun is not taken back."),
    "this leave was decided on already": _("This was decided on already."),
    "partner: there is no such colleague": _("Choose a colleague."),
    "a swap of this shift is asked for already": _("A swap of this shift is asked for already."),
    "the shift has begun already": _("The shift has begun already."),
    "a shift of this swap has begun or was changed": _("A shift of this swap has begun or was changed."),
    "nobody approves his own swap": _("Nobody approves his own swap."),
    "one of them would have two shifts at a time, or a shift during leave": _(
        "One of them would have two shifts at the same time, or a shift during leave."
    ),
    "nobody corrects his own time": _("Nobody corrects his own time."),
    "at: must lie in the last 62 days": _("The time must lie in the last 62 days."),
    "starts_at: must lie in the last 62 days, and be a day at most": _(
        "The time must lie in the last 62 days, and be a day at most."
    ),
    "days: nothing is known that a forecast could be made from": _(
        "Nothing is known yet that this could be made from."
    ),
    "text: must have 1 to 4000 characters": _("Write down what the next shift has to know."),
    "item: must have 1 to 500 characters": _("Say what is open, in at most 500 characters."),
    "outcome: must have 1 to 500 characters": _("Say what came of it, in at most 500 characters."),
    "ticket: there is no such ticket, or none that you may read": _("There is no such ticket that you may read."),
    "somebody else has settled this": _("Somebody else has settled this already."),
    "nobody takes a shift over from himself": _("Nobody takes a shift over from himself."),
}
TABLES: Mapping[str, Words] = {
    "activities": ACTIVITIES,
    "shift_states": SHIFT_STATES,
    "leave_kinds": LEAVE_KINDS,
    "request_states": REQUEST_STATES,
    "shift_verdicts": VERDICTS,
    "breaches": BREACHES,
    "clock_kinds": CLOCK_KINDS,
    "clock_sources": CLOCK_SOURCES,
    "staffing_methods": METHODS,
    "handover_areas": AREAS,
    "handover_facts": HANDOVER_FACTS,
    "shift_events": EVENTS,
}


def said(error: Exception) -> str:
    """What a person reads when a service refused."""
    if isinstance(error, BadKindError):
        return " ".join(str(KIND_FAULTS[fault]) for fault in error.faults)
    found = WHYS.get(str(error))
    return str(found) if found is not None else refusal_words.plain(error)


def kind_title(row: ShiftKind | ShiftPattern) -> str:
    """Its name in the language of the screen."""
    return row.title_en if chosen_language() == "en" else row.title_zh


def day_title(day: date) -> str:
    """A day as the head of a column."""
    return str(format_date(day, "E MM-dd", locale=get_locale()))


def trouble_said(found: Finding) -> str:
    """What is wrong, with its numbers."""
    text = str(TROUBLES[found.trouble])
    return text % {"value": _short(found.value), "limit": _short(found.limit)} if "%(" in text else text


def _short(value: float) -> str:
    return f"{value:g}"


def gap_said(gap: Gap, queue_title: Callable[[str], str]) -> str:
    """What a gap lacks: the house's least number, what a forecast needs, or which queues in which language."""
    told = []
    for key in gap.keys:
        if key == LEAST:
            told.append(gettext("the house’s least number"))
        elif key == NEED:
            told.append(gettext("the needs of the forecast"))
        else:
            queue, _slash, language = key.partition("/")
            told.append(f"{queue_title(queue)} ({word(LANGUAGES, language)})")
    return ", ".join(told)


def percent(part: int, whole: int) -> str:
    """A share to a tenth of a percent, never rounded up to all; "–" of nothing."""
    return f"{part * 1000 // whole / 10:.1f} %" if whole else "–"


def hours(milliseconds: int) -> str:
    """Hours and minutes."""
    minutes = milliseconds // 60_000
    return f"{minutes // 60}:{minutes % 60:02d}"
