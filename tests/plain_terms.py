"""What the terms of a ticket must be, worked out a second time: day by day, without our clocks.

Nothing of ``crm.domain.clocks``, ``terms`` or ``working_days`` is used here. It knows what ``tests.ticket_lives`` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE = timedelta(days=1)
ANSWER = {"P1": 1, "P2": 3, "P3": 5, "P4": 10}
CONTACT = {"P1": 1, "P2": 4, "P3": 24, "P4": 24}
LEVEL = {1: 3, 2: 7, 3: 10}
TOLD = {"notified", "not_handled", "closed"}


@dataclass(frozen=True)
class Ev:
    """An event as it is kept."""

    at: datetime
    event: str
    old: str | None
    new: str | None
    fields: Mapping[str, Any]


def last_instant(day: date) -> datetime:
    return datetime.combine(day, time.max, SHANGHAI)


def off_holiday(day: date) -> date:
    while chinese_calendar.get_holiday_detail(day)[0] and chinese_calendar.get_holiday_detail(day)[1]:
        day += ONE
    return day


def wholly_inside(begin: datetime, end: datetime) -> int:
    """Days of which both midnights lie in the pause, counted one by one."""
    day, found = begin.astimezone(SHANGHAI).date(), 0
    while datetime.combine(day, time.min, SHANGHAI) <= end:
        first, following = datetime.combine(day, time.min, SHANGHAI), datetime.combine(day + ONE, time.min, SHANGHAI)
        found += first >= begin and following <= end
        day += ONE
    return found


class Paper:
    """The terms of one ticket as somebody would write them on paper."""

    def __init__(self, ticket: Any, events: Sequence[Ev]) -> None:
        self.ticket, self.events = ticket, events
        self.terms: dict[tuple[str, int], tuple[datetime, str]] = {}
        self.gone = self.first({"withdrawn", "merged"})

    def first(self, wanted: Collection[str]) -> datetime | None:
        return next((e.at for e in self.events if e.new in wanted and e.new != e.old), None)

    def put(self, kind: str, due: datetime, done: datetime | None, step: int = 0) -> None:
        if self.gone is not None and (done is None or done > self.gone):
            self.terms[kind, step] = (due, "late" if self.gone > due else "dropped")
        else:
            self.terms[kind, step] = (due, "open" if done is None else "late" if done > due else "met")

    def pauses(self) -> list[tuple[datetime, datetime]]:
        found, began = [], None
        for e in self.events:
            if e.new == "suspended" and e.old != "suspended":
                began = e.at
            elif e.old == "suspended" and e.new != "suspended" and began is not None:
                found.append((began, e.at))
        return found


def expected(ticket: Any, events: Sequence[Ev]) -> dict[tuple[str, int], tuple[datetime, str]]:
    """Kind and step → end and state, of a ticket with one clock."""
    paper = Paper(ticket, events)
    if ticket.kind != "complaint":
        soon = ticket.kind in {"callback", "loss_report"}
        hours = CONTACT[ticket.priority] if soon else 24 * ANSWER[ticket.priority]
        paper.put("target", ticket.received_at + timedelta(hours=hours), paper.first(TOLD))
        return paper.terms
    _answer(paper)
    _first_steps(paper)
    _department(paper)
    _afterwards(paper)
    return paper.terms


def _answer(paper: Paper) -> None:
    received, told = paper.ticket.received_at, paper.first(TOLD)
    day = received.astimezone(SHANGHAI).date()
    level = received + timedelta(days=LEVEL[paper.ticket.level])
    longer = next((e.at for e in paper.events if e.event == "extension_told"), None)
    if longer is not None:
        assert all(begin > longer for begin, _ in paper.pauses()), (
            "lives here are made longer before they are suspended"
        )
        paper.terms["legal", 0] = (last_instant(off_holiday(day + 15 * ONE)), "dropped")
        paper.terms["target", 0] = (level, "dropped" if longer <= level else "late")
    days, step = (30, 1) if longer is not None else (15, 0)
    target = received + timedelta(days=25) if step else level
    end, left_out = last_instant(off_holiday(day + days * ONE)), 0
    for begin, over in paper.pauses():
        if begin <= end:
            left_out += wholly_inside(begin, over)
            end = last_instant(off_holiday(day + (days + left_out) * ONE))
        if begin <= target:
            target += over - begin
    paper.put("legal", end, told, step)
    paper.put("target", min(target, end), told, step)


def _first_steps(paper: Paper) -> None:
    received, priority = paper.ticket.received_at, paper.ticket.priority
    if paper.ticket.channel != "phone":
        paper.put("acknowledge", received + timedelta(minutes=30), paper.first({"acknowledged"}))
    paper.put("first_contact", received + timedelta(hours=CONTACT[priority]), paper.first({"acknowledged"}))
    paper.put("triage", received + timedelta(hours=2), paper.first({"triaged"}))
    beyond = {e.new for e in paper.events if e.new} - {"registered", "acknowledged", "triaged", "withdrawn"}
    paper.put("transfer", received + timedelta(hours=4), paper.first(beyond))


def _afterwards(paper: Paper) -> None:
    notified, closed = paper.first({"notified"}), paper.first({"closed"})
    if notified is not None:
        paper.put("form", notified + 2 * ONE, paper.first({"form_signed"}))
        day, left = notified.astimezone(SHANGHAI).date(), 7
        while left:
            day += ONE
            left -= chinese_calendar.is_workday(day)
        paper.put("return_visit", last_instant(day), _visited(paper.events))
    if closed is not None:
        paper.put("archive", closed + 10 * ONE, None)


def _visited(events: Sequence[Ev]) -> datetime | None:
    return next((e.at for e in events if e.event == "visit_ended" or (e.new == "closed" and e.new != e.old)), None)


def _department(paper: Paper) -> None:
    step, began = -1, None
    for e in paper.events:
        if e.new is None or e.new == e.old:
            continue
        starts = e.new == "assigned" or (e.new == "investigating" and e.old == "pending_approval")
        if began is not None and (starts or e.new in {"pending_approval", "withdrawn"}):
            _answered(paper, began, e.at if e.new == "pending_approval" else None, step)
            began = None
        if starts:
            began, step = e.at, step + 1
    if began is not None:
        _answered(paper, began, None, step)


def _answered(paper: Paper, began: datetime, done: datetime | None, step: int) -> None:
    due = began + ANSWER[paper.ticket.priority] * ONE
    for begin, over in paper.pauses():
        if began <= begin <= due:
            due += over - begin
    paper.put("department", due, done, step)
