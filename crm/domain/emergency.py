"""Emergencies: what sets one off, who is called, what is due when, and what it takes to close one (pure).

Words of a text only suggest; a person declares. References: domain 1.11, 2.1 (major complaint), 3.2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm.domain.rule_fields import Mark
from crm.domain.rules import Rules


class Trigger(StrEnum):
    """What makes an emergency."""

    GROUP = "group"
    """twenty people or more with one cause"""
    DISASTER = "disaster"
    """a natural disaster, an accident, a matter of public health"""
    REGULATOR = "regulator"
    """the regulator calls it a major complaint"""
    SYSTEM_FAULT = "system_fault"
    LEAK = "leak"
    MEDIA = "media"
    HARM = "harm"
    """somebody threatens to hurt himself or others"""
    ESCALATION = "escalation"
    """a complaint that went up the whole handling order, or a matter of principle"""
    OTHER = "other"


MARKS: Mapping[Trigger, Mark] = {
    Trigger.GROUP: Mark.V2,
    Trigger.DISASTER: Mark.V2,
    Trigger.REGULATOR: Mark.V2,
    **dict.fromkeys(
        (Trigger.SYSTEM_FAULT, Trigger.LEAK, Trigger.MEDIA, Trigger.HARM, Trigger.ESCALATION, Trigger.OTHER), Mark.P
    ),
}
"""V2: a major complaint of Order 3/2020, for which a plan must exist. P: the house's own."""


class Duty(StrEnum):
    """A seat in the emergency team; the roster names people for each, in the order in which they are called."""

    LEAD = "lead"
    CUSTOMERS = "customers"
    """the customer maintenance office: who speaks with customers"""
    FLOOR = "floor"
    """the section manager: agents, what they say, how many there are"""
    RISK = "risk"
    ACCOUNTING = "accounting"
    MARKETING = "marketing"
    TECHNOLOGY = "technology"
    COMPLIANCE = "compliance"


_CORE = frozenset({Duty.LEAD, Duty.CUSTOMERS, Duty.FLOOR})
TEAMS: Mapping[Trigger, frozenset[Duty]] = {
    Trigger.GROUP: _CORE | {Duty.RISK, Duty.COMPLIANCE},
    Trigger.DISASTER: _CORE | {Duty.TECHNOLOGY, Duty.RISK, Duty.COMPLIANCE},
    Trigger.REGULATOR: _CORE | {Duty.COMPLIANCE, Duty.RISK},
    Trigger.SYSTEM_FAULT: _CORE | {Duty.TECHNOLOGY, Duty.ACCOUNTING},
    Trigger.LEAK: _CORE | {Duty.TECHNOLOGY, Duty.RISK, Duty.COMPLIANCE},
    Trigger.MEDIA: _CORE | {Duty.MARKETING, Duty.COMPLIANCE},
    Trigger.HARM: _CORE | {Duty.RISK},
    Trigger.ESCALATION: _CORE | {Duty.RISK},
    Trigger.OTHER: _CORE,
}
"""Who is called for what; the person who declares may add seats, never leave out the core."""
CORE = _CORE


class State(StrEnum):
    """How far an emergency is."""

    OPEN = "open"
    REPORTED = "reported"
    """the closing report is written and waits for its signature"""
    CLOSED = "closed"
    STOOD_DOWN = "stood_down"
    """it was none"""


ACTIVE = frozenset({State.OPEN, State.REPORTED})


@dataclass(frozen=True)
class Sign:
    """Something in a ticket that speaks for an emergency, with the words that decided."""

    trigger: Trigger
    words: tuple[str, ...]


_WORDS: Mapping[Trigger, tuple[str, ...]] = {
    Trigger.MEDIA: (
        "记者", "媒体", "曝光", "热搜", "电视台", "报社", "抖音", "发微博", "小红书",
        "journalist", "reporter", "newspaper", "the press", "television", "go viral",
    ),
    Trigger.HARM: (
        "自杀", "跳楼", "轻生", "不想活", "活不下去", "同归于尽", "砍死", "打死你", "弄死", "炸了你", "报复你",
        "kill myself", "suicide", "end my life", "kill you", "bomb",
    ),
    Trigger.LEAK: (
        "信息泄露", "信息被泄露", "泄露了我", "泄露我的", "数据泄露", "资料外泄", "信息外泄", "被倒卖",
        "data leak", "data breach", "leaked my", "my data was leaked",
    ),
    Trigger.DISASTER: ("地震", "洪水", "台风", "火灾", "踩踏", "疫情", "earthquake", "flood", "typhoon", "stampede"),
    Trigger.GROUP: ("联名", "集体投诉", "集体上访", "我们一群", "维权群", "几十个人", "class action", "all of us"),
    Trigger.ESCALATION: ("起诉", "律师函", "法院", "信访", "lawsuit", "my lawyer", "take you to court"),
}  # fmt: skip
_FAULT_WORDS = ("系统瘫痪", "系统崩溃", "系统故障", "大面积", "全部无法", "都登录不上", "outage", "system is down")


def signs(text: str, *, severity: str | None = None, technical: bool = False) -> tuple[Sign, ...]:
    """What speaks for an emergency in a text. A fault of a system counts only with severity S1."""
    lowered = text.lower()
    found = [Sign(trigger, hits) for trigger, words in _WORDS.items() if (hits := _hits(lowered, words))]
    faults = _hits(lowered, _FAULT_WORDS)
    if severity == "S1" and (technical or faults):
        found.append(Sign(Trigger.SYSTEM_FAULT, ("S1", *faults)))
    return tuple(found)


ALARMING = frozenset({Trigger.MEDIA, Trigger.HARM, Trigger.LEAK, Trigger.DISASTER, Trigger.SYSTEM_FAULT, Trigger.GROUP})
"""Signs that are shown as a possible emergency; the others only speak for an escalation."""


def _hits(lowered: str, words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word in lowered)


def is_group(people: int, rules: Rules) -> bool:
    """Whether so many people with one cause make a major complaint."""
    return people >= rules.group_people


class Answer(StrEnum):
    """What somebody says who is called."""

    COMING = "coming"
    CANNOT = "cannot"


@dataclass(frozen=True)
class Called:
    """Somebody who was called, and what came of it."""

    user_id: int
    times: int
    first_at: datetime
    last_at: datetime
    answer: Answer | None = None


@dataclass(frozen=True)
class Seat:
    """A seat of the team with the people of its roster, in the order in which they are called."""

    duty: Duty
    roster: tuple[int, ...]


@dataclass(frozen=True)
class Summons:
    """Call this person now. ``again``: he was called before and did not answer."""

    user_id: int
    again: bool


MOST_CALLS = 3
"""Calls to one person before only his successor is called; when there is none he is called on and on."""


def filled_by(seat: Seat, called: Mapping[int, Called]) -> int | None:
    """Who sits there: the first of its roster who is coming."""
    for user_id in seat.roster:
        one = called.get(user_id)
        if one is not None and one.answer is Answer.COMING:
            return user_id
    return None


def summons(seats: Sequence[Seat], called: Mapping[int, Called], now: datetime, rules: Rules) -> tuple[Summons, ...]:
    """Whom to call now. Somebody who sits in two rosters is called once."""
    wanted: dict[int, bool] = {}
    for seat in seats:
        if filled_by(seat, called) is None:
            for one in _of_seat(seat, called, now, rules):
                wanted.setdefault(one.user_id, one.again)
    return tuple(Summons(user_id, again) for user_id, again in wanted.items())


def _of_seat(seat: Seat, called: Mapping[int, Called], now: datetime, rules: Rules) -> list[Summons]:
    again_after = timedelta(minutes=rules.call_again_minutes)
    next_after = timedelta(minutes=rules.call_next_minutes)
    found: list[Summons] = []
    for place, user_id in enumerate(seat.roster):
        one = called.get(user_id)
        if one is None:
            return [*found, Summons(user_id, again=False)]
        if one.answer is Answer.CANNOT:
            continue
        rest = [called.get(other) for other in seat.roster[place + 1 :]]
        nobody_left = all(other is not None for other in rest)
        if now - one.last_at >= again_after and (one.times < MOST_CALLS or nobody_left):
            found.append(Summons(user_id, again=True))
        if now - one.first_at < next_after:
            return found
    return found


def short_seats(seats: Sequence[Seat], called: Mapping[int, Called]) -> tuple[Duty, ...]:
    """Seats for which nobody is left to be called: nobody on the roster, or all said no."""
    return tuple(seat.duty for seat in seats if all(_refused(called.get(user_id)) for user_id in seat.roster))


def _refused(one: Called | None) -> bool:
    return one is not None and one.answer is Answer.CANNOT


def complete(seats: Sequence[Seat], called: Mapping[int, Called]) -> bool:
    """Whether every seat is filled."""
    return all(filled_by(seat, called) is not None for seat in seats)


class Step(StrEnum):
    """What is due in an emergency."""

    TEAM = "team"
    INTERIM = "interim"
    BULLETIN = "bulletin"
    LEAK_REPORT = "leak_report"
    LEAK_REPORT_LEGAL = "leak_report_legal"


@dataclass(frozen=True)
class Due:
    """A step, when it is due, and when it was done."""

    step: Step
    at: datetime
    done_at: datetime | None = None

    def late(self, now: datetime) -> bool:
        """Whether it was, or is, done too late."""
        return (self.done_at or now) > self.at


@dataclass(frozen=True)
class Progress:
    """What was done of an emergency so far."""

    trigger: Trigger
    declared_at: datetime
    team_complete_at: datetime | None = None
    interim_at: datetime | None = None
    last_bulletin_at: datetime | None = None
    leak_reported_at: datetime | None = None
    ended_at: datetime | None = None


def bulletin_due(progress: Progress, rules: Rules) -> datetime | None:
    """When the next bulletin is due; none after the end."""
    if progress.ended_at is not None:
        return None
    return (progress.last_bulletin_at or progress.declared_at) + timedelta(hours=rules.bulletin_hours)


def timetable(progress: Progress, rules: Rules) -> tuple[Due, ...]:
    """Everything that is due, in its order."""
    start = progress.declared_at
    found = [
        Due(Step.TEAM, start + timedelta(minutes=rules.emergency_team_minutes), progress.team_complete_at),
        Due(Step.INTERIM, start + timedelta(hours=rules.interim_plan_hours), progress.interim_at),
    ]
    following = bulletin_due(progress, rules)
    if following is not None:
        found.append(Due(Step.BULLETIN, following))
    if progress.trigger is Trigger.LEAK:
        reported = progress.leak_reported_at
        found += [
            Due(Step.LEAK_REPORT, start + timedelta(hours=rules.leak_internal_hours), reported),
            Due(Step.LEAK_REPORT_LEGAL, start + timedelta(hours=rules.leak_report_hours), reported),
        ]
    return tuple(sorted(found, key=lambda due: due.at))


REPORT_PARTS = ("course", "cause", "effect", "measures", "customers", "lessons")
"""What a closing report says: what happened when, why, whom and how much it touched, what was done, what customers
were told, what is changed so that it does not happen again."""


@dataclass(frozen=True)
class Closing:
    """What is looked at before an emergency is closed."""

    report: Mapping[str, str]
    author: int | None
    closer: int
    interim: bool
    measures_open: int
    final_bulletin: bool
    leak_report_missing: bool = False


def report_gaps(report: Mapping[str, str]) -> tuple[str, ...]:
    """Parts of the report that nobody wrote yet."""
    return tuple(part for part in REPORT_PARTS if not report.get(part, "").strip())


def closing_problems(closing: Closing) -> tuple[str, ...]:
    """Everything that stands against closing; nothing when it may be closed."""
    problems = []
    if report_gaps(closing.report) or closing.author is None:
        problems.append("the closing report is not complete")
    if closing.author == closing.closer:
        problems.append("who wrote the closing report does not sign it")
    if not closing.interim:
        problems.append("no interim solution was decided")
    if closing.measures_open:
        problems.append("interim measures are still in force: end them or hand them over")
    if not closing.final_bulletin:
        problems.append("the final bulletin was not issued")
    if closing.leak_report_missing:
        problems.append("the report of the leak to the central bank is missing")
    return tuple(problems)


def core_missing(duties: Collection[Duty]) -> tuple[Duty, ...]:
    """Seats that every team has and this one lacks."""
    return tuple(duty for duty in Duty if duty in CORE and duty not in duties)
