"""Appeals against an evaluation: until when, by whom they are ruled on, and what a late house does (pure).

The agent hears his call, then accepts the score or appeals within working days of the public calendar. Another scorer
rules; whoever is not content goes one step further, to the head of quality, and there it ends. Reference: domain 3.5.

- A ruling never makes a score worse: each point that was appealed stands, is reduced or is lifted.
- A first ruling that is late passes by itself to the head of quality.
- A last ruling that is late is decided by the term: the appealed points are the agent's. A red line is never lifted
  because somebody was slow: an appeal against one waits, overdue, until a person rules.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from crm.domain.evaluations import MarkKind, State
from crm.domain.rules import Rules
from crm.domain.working_days import DayCalendar, Due, working_end

MAX_TEXT = 4_000


class Step(IntEnum):
    """How high an appeal has gone."""

    FIRST = 1
    """another scorer"""
    LAST = 2
    """the head of quality"""


class AppealState(StrEnum):
    """How far one step of an appeal is."""

    WAITING = "waiting"
    """nobody has taken it"""
    TAKEN = "taken"
    RULED = "ruled"
    PASSED_ON = "passed_on"
    """nobody ruled in time; it went to the last step by itself"""
    WITHDRAWN = "withdrawn"


OPEN = frozenset({AppealState.WAITING, AppealState.TAKEN})


class Verdict(StrEnum):
    """What becomes of one point of an appeal."""

    STANDS = "stands"
    REDUCED = "reduced"
    """fewer points are taken"""
    LIFTED = "lifted"


class Outcome(StrEnum):
    """What a ruling comes to."""

    UPHELD = "upheld"
    """the evaluation stands"""
    PARTLY = "partly"
    GRANTED = "granted"


class Late(StrEnum):
    """What happens when the house is late with a ruling."""

    UPWARD = "upward"
    GRANT = "grant"
    WAIT = "wait"


@dataclass(frozen=True)
class Mark:
    """A deduction, an item that does not apply, or a red line, as an evaluation has it. ``taken``: points."""

    kind: MarkKind
    code: str
    taken: int = 0
    not_applicable: bool = False
    place: int = 0
    """among the marks of its evaluation"""

    @property
    def hurts(self) -> bool:
        """Whether it costs the agent something."""
        return self.kind is MarkKind.FATAL or self.taken > 0

    @property
    def key(self) -> str:
        """What it is called in forms: ``item:A1:2``; an item may have two deductions."""
        return f"{self.kind}:{self.code}:{self.place}"


@dataclass(frozen=True)
class Point:
    """One point of an appeal: the mark, and what the agent says of it. ``at_ms``: where to listen."""

    key: str
    says: str
    at_ms: int | None = None


@dataclass(frozen=True)
class Ruled:
    """What the ruler decides of one point, and why. ``taken``: the points that are taken from now on."""

    key: str
    verdict: Verdict
    reason: str
    taken: int = 0


def appeal_end(submitted_at: datetime, rules: Rules, zone: ZoneInfo, calendar: DayCalendar) -> Due:
    """Until when the agent may appeal; the day of the score is not counted."""
    return working_end(submitted_at, rules.appeal_working_days, zone, calendar)


def ruling_end(step: Step, appealed_at: datetime, rules: Rules, zone: ZoneInfo, calendar: DayCalendar) -> Due:
    """Until when the house rules."""
    days = rules.ruling_working_days if step is Step.FIRST else rules.final_working_days
    return working_end(appealed_at, days, zone, calendar)


def next_step(state: State, steps_taken: int) -> Step | None:
    """The step that an appeal would be now; None where there is none: settled, ruled on twice, or being ruled on."""
    if state is State.SUBMITTED and steps_taken == 0:
        return Step.FIRST
    if state is State.RULED and steps_taken == 1:
        return Step.LAST
    return None


class Refused(StrEnum):
    """Why an appeal is not taken."""

    SETTLED = "settled"
    LATE = "late"
    NOTHING = "nothing"
    """no point of it, or one that costs nothing"""
    TWICE = "twice"
    SILENT = "silent"
    """a point without a word"""
    LONG = "long"


def refused(
    points: Sequence[Point], marks: Collection[Mark], *, step: Step | None, now: datetime, until: datetime
) -> Refused | None:
    """Why an appeal with these points is not taken now; None when it is."""
    if step is None:
        return Refused.SETTLED
    if now > until:
        return Refused.LATE
    hurting = {mark.key for mark in marks if mark.hurts}
    keys = [point.key for point in points]
    if not keys or not hurting.issuperset(keys):
        return Refused.NOTHING
    if len(set(keys)) != len(keys):
        return Refused.TWICE
    if any(not point.says.strip() for point in points):
        return Refused.SILENT
    return Refused.LONG if any(len(point.says) > MAX_TEXT for point in points) else None


class Barred(StrEnum):
    """Why somebody does not rule."""

    AGENT = "agent"
    SCORER = "scorer"
    """he scored this very call"""
    RULED = "ruled"
    """he ruled on the step before"""
    LINE = "line"
    """the agent is one of his people"""
    NOT_HEAD = "not_head"
    """the last step is the head of quality's; a deputy general manager's where that one is barred, or there is none"""


@dataclass(frozen=True)
class Bench:
    """Who had a part in an evaluation: ids of users. ``line``: those whose people the agent is one of."""

    agent: int
    scorers: frozenset[int]
    rulers: frozenset[int] = frozenset()
    line: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Ruler:
    """Who wants to rule."""

    user: int
    heads_quality: bool = False
    deputy_manager: bool = False


def barred(ruler: Ruler, bench: Bench, step: Step, *, heads: Collection[int] = ()) -> Barred | None:
    """Why he may not rule; None when he may. ``heads``: of quality, all of them."""
    why = _part(ruler.user, bench)
    if why is not None or step is Step.FIRST:
        return why
    if ruler.heads_quality:
        return None
    some_head_can = any(_part(head, bench) is None for head in heads)
    return None if ruler.deputy_manager and not some_head_can else Barred.NOT_HEAD


def _part(user: int, bench: Bench) -> Barred | None:
    parts: Mapping[Barred, bool] = {
        Barred.AGENT: user == bench.agent,
        Barred.SCORER: user in bench.scorers,
        Barred.RULED: user in bench.rulers,
        Barred.LINE: user in bench.line,
    }
    return next((why for why, true in parts.items() if true), None)


class Flaw(StrEnum):
    """What is wrong with a ruling."""

    MISSING = "missing"
    """a point of the appeal has no verdict"""
    STRANGE = "strange"
    """a verdict of what was not appealed"""
    REASON = "reason"
    WORSE = "worse"
    """reduced means: something is taken, and less than before"""
    RED_LINE = "red_line"
    """a red line was crossed or not: it is not reduced"""


def flaw(decisions: Sequence[Ruled], appealed: Collection[str], marks: Collection[Mark]) -> tuple[str, Flaw] | None:
    """The first thing wrong with a ruling, and the point that has it; None: it can stand."""
    told, known = [one.key for one in decisions], {mark.key: mark for mark in marks}
    for key in appealed:
        if told.count(key) != 1:
            return key, Flaw.MISSING
    for one in decisions:
        if one.key not in appealed or one.key not in known:
            return one.key, Flaw.STRANGE
        if not 1 <= len(one.reason.strip()) <= MAX_TEXT:
            return one.key, Flaw.REASON
        mark = known[one.key]
        if one.verdict is Verdict.REDUCED and mark.kind is MarkKind.FATAL:
            return one.key, Flaw.RED_LINE
        if one.verdict is Verdict.REDUCED and not 0 < one.taken < mark.taken:
            return one.key, Flaw.WORSE
    return None


def after(marks: Sequence[Mark], decisions: Sequence[Ruled]) -> tuple[Mark, ...]:
    """The marks as a ruling leaves them; what is lifted is gone."""
    by_key = {one.key: one for one in decisions}
    left = []
    for mark in marks:
        ruled = by_key.get(mark.key)
        if ruled is None or ruled.verdict is Verdict.STANDS:
            left.append(mark)
        elif ruled.verdict is Verdict.REDUCED:
            left.append(replace(mark, taken=ruled.taken))
    return tuple(left)


def outcome(decisions: Sequence[Ruled]) -> Outcome:
    """What a ruling comes to."""
    verdicts = {one.verdict for one in decisions}
    if verdicts == {Verdict.LIFTED}:
        return Outcome.GRANTED
    return Outcome.UPHELD if verdicts <= {Verdict.STANDS} else Outcome.PARTLY


def when_late(step: Step, appealed: Collection[str]) -> Late:
    """What the end of the house's term does to an appeal that nobody has ruled on."""
    if step is Step.FIRST:
        return Late.UPWARD
    return Late.WAIT if any(key.startswith(f"{MarkKind.FATAL}:") for key in appealed) else Late.GRANT
