"""Whether somebody did what was planned when it was planned: planned activities held against real states (pure).

Adherence (reference 3.6) is time in the planned state over planned time. Both are whole milliseconds, cut exactly where
a plan or a state changes; no minute is rounded. Which states keep a plan:

- work: available, ringing, on a call, in the work afterwards. A pause does not, whatever its reason.
- a rest or a meal: paused, or no phone registered. A call that runs into it keeps it, too: nobody hangs up on a caller.
  A break may be taken somewhat earlier or later (``slack``): it is held against the plan where it fits best.
- training and meetings: paused for one of them, or no phone registered.
- back-office work: paused for it.

Leave and excused time are taken out of the plan: they are neither kept nor broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm.domain.live import AgentStateName
from crm.domain.shifts import BREAKS, Activity, Part, Span, without, work_of

_MS = timedelta(milliseconds=1)
_STEP = timedelta(minutes=1)
_FOR_CALLERS = frozenset({AgentStateName.RINGING, AgentStateName.ON_CALL, AgentStateName.WRAP_UP})
_WORKING = _FOR_CALLERS | {AgentStateName.AVAILABLE}
_AWAY = frozenset({AgentStateName.PAUSED, AgentStateName.OFFLINE})
_REASONS: Mapping[Activity, frozenset[str]] = {
    Activity.TRAINING: frozenset({"training", "meeting"}),
    Activity.MEETING: frozenset({"training", "meeting"}),
    Activity.BACK_OFFICE: frozenset({"back_office"}),
}


class Breach(StrEnum):
    """How a plan was not kept."""

    ABSENT = "absent"
    """no phone while work was planned"""
    PAUSED = "paused"
    """paused while work was planned"""
    WORKED = "worked"
    """ready for calls in a planned break, training or meeting"""
    OTHER = "other"
    """another pause than the planned one"""


@dataclass(frozen=True)
class Stretch:
    """A state of an agent, from until."""

    state: str
    reason: str
    span: Span


@dataclass(frozen=True)
class Deviation:
    """A stretch in which the plan was not kept."""

    breach: Breach
    planned: Activity
    state: str
    span: Span


@dataclass(frozen=True)
class Adherence:
    """Milliseconds planned and kept, and every stretch in which it was not."""

    planned: int
    kept: int
    deviations: tuple[Deviation, ...]
    plan: tuple[Part, ...]
    """what it was held against: breaks where they were taken, leave and excused time gone"""

    def lost(self, breach: Breach) -> int:
        """Milliseconds of one kind of breach."""
        return sum(milliseconds(one.span.length) for one in self.deviations if one.breach is breach)


def milliseconds(length: timedelta) -> int:
    """Whole milliseconds; what is below one is dropped."""
    return length // _MS


def keeps(planned: Activity, state: str, reason: str) -> bool:
    """Whether a state is what was planned."""
    if planned is Activity.WORK:
        return state in _WORKING
    if planned in BREAKS:
        return state in _AWAY or state in _FOR_CALLERS
    if state == AgentStateName.PAUSED:
        return reason in _REASONS[planned]
    return planned is not Activity.BACK_OFFICE and state == AgentStateName.OFFLINE


def adherence(
    shift: Span, parts: Sequence[Part], states: Sequence[Stretch], gone: Sequence[Span] = (), slack: int = 0
) -> Adherence:
    """A shift held against what was done in it. ``gone``: leave and excused time; ``slack``: minutes.

    Time of which no state is known counts as without a phone.
    """
    known = _whole(shift, states)
    moved = _taken(shift, sorted(parts, key=lambda one: one.span), known, slack)
    plan = [*moved, *(Part(Activity.WORK, span) for span in work_of(shift, moved))]
    held = tuple(
        Part(part.activity, span)
        for part in sorted(plan, key=lambda one: one.span)
        for span in without(part.span, gone)
    )
    deviations: list[Deviation] = []
    planned = kept = 0
    for part in held:
        planned += milliseconds(part.span.length)
        lost = list(_lost(part, known))
        kept += milliseconds(part.span.length) - sum(milliseconds(one.span.length) for one in lost)
        deviations += lost
    return Adherence(planned, kept, _joined(deviations), held)


def _whole(shift: Span, states: Sequence[Stretch]) -> list[Stretch]:
    """The states within the shift; between them there was no phone."""
    found: list[Stretch] = []
    place = shift.begin
    for one in sorted(states, key=lambda stretch: stretch.span):
        cut = one.span.within(Span(place, shift.end)) if place < shift.end else None
        if cut is None:
            continue
        if cut.begin > place:
            found.append(Stretch(AgentStateName.OFFLINE, "", Span(place, cut.begin)))
        found.append(Stretch(one.state, one.reason, cut))
        place = cut.end
    if place < shift.end:
        found.append(Stretch(AgentStateName.OFFLINE, "", Span(place, shift.end)))
    return found


def _lost(part: Part, states: Sequence[Stretch]) -> Iterator[Deviation]:
    for one in states:
        cut = one.span.within(part.span)
        if cut is not None and not keeps(part.activity, one.state, one.reason):
            yield Deviation(_breach(part.activity, one.state), part.activity, one.state, cut)


def _breach(planned: Activity, state: str) -> Breach:
    if planned is Activity.WORK:
        return Breach.ABSENT if state == AgentStateName.OFFLINE else Breach.PAUSED
    return Breach.WORKED if state in _WORKING else Breach.OTHER


def _joined(deviations: Sequence[Deviation]) -> tuple[Deviation, ...]:
    """Neighbours of the same kind as one."""
    found: list[Deviation] = []
    for one in sorted(deviations, key=lambda deviation: deviation.span):
        last = found[-1] if found else None
        if (
            last
            and (last.breach, last.planned, last.state) == (one.breach, one.planned, one.state)
            and (last.span.end == one.span.begin)
        ):
            found[-1] = Deviation(one.breach, one.planned, one.state, Span(last.span.begin, one.span.end))
        else:
            found.append(one)
    return tuple(found)


def _taken(shift: Span, parts: Sequence[Part], states: Sequence[Stretch], slack: int) -> list[Part]:
    """The parts, breaks moved to where they fit best: never over one another, never out of the shift."""
    found: list[Part] = []
    for number, part in enumerate(parts):
        earliest = found[-1].span.end if found else shift.begin
        latest = parts[number + 1].span.begin if number + 1 < len(parts) else shift.end
        found.append(_best(part, Span(earliest, latest), states, slack) if part.activity in BREAKS else part)
    return found


def _best(part: Part, room: Span, states: Sequence[Stretch], slack: int) -> Part:
    near = [
        one for one in states if one.span.meets(Span(part.span.begin - slack * _STEP, part.span.end + slack * _STEP))
    ]
    places = [part]
    for minutes in range(1, slack + 1):
        for move in (minutes * _STEP, -minutes * _STEP):
            begin, end = part.span.begin + move, part.span.end + move
            if room.begin <= begin and end <= room.end:
                places.append(Part(part.activity, Span(begin, end)))
    return max(places, key=lambda place: _gain(place, part, near))


def _gain(place: Part, plan: Part, states: Sequence[Stretch]) -> timedelta:
    """Time kept when the break is at a place: the pause in it, less what would be work outside it and is none."""
    gain = timedelta()
    for one in states:
        cut = one.span.within(place.span)
        if cut is not None:
            gain += cut.length * (keeps(plan.activity, one.state, one.reason) - keeps(Activity.WORK, one.state, ""))
    return gain


class Verdict(StrEnum):
    """How somebody kept a shift. The first that is true."""

    LEAVE = "leave"
    ABSENT = "absent"
    LATE = "late"
    LEFT_EARLY = "left_early"
    PRESENT = "present"


@dataclass(frozen=True)
class Attendance:
    """When somebody came and went, and what follows from it; milliseconds."""

    verdict: Verdict
    came_at: datetime | None
    went_at: datetime | None
    late: int
    early: int


@dataclass(frozen=True)
class Clocked:
    """A sign of somebody: he came (``comes``) or went. Logins, logouts, corrections, and phones on and off."""

    at: datetime
    comes: bool


def attendance(
    shift: Span, signs: Sequence[Clocked], there: Sequence[Span], gone: Sequence[Span], *, grace: int, before: int
) -> Attendance:
    """Clock-in by login: the first sign counts, from ``before`` minutes ahead of the shift on.

    ``there``: times in which he was certainly there (a phone registered); ``gone``: leave and excused time, which ask
    for nobody; ``grace``: minutes by which coming later or going sooner is not told. Nobody is said to have left
    early of whom nothing tells when he left.
    """
    asked = without(shift, gone)
    if not asked:
        return Attendance(Verdict.LEAVE, None, None, 0, 0)
    begin, end = asked[0].begin, asked[-1].end
    window = Span(begin - before * _STEP, end)
    comings = [one.at for one in signs if one.comes and window.begin <= one.at < window.end]
    comings += [max(one.begin, window.begin) for one in there if one.meets(window)]
    if not comings:
        return Attendance(Verdict.ABSENT, None, None, milliseconds(end - begin), 0)
    came = min(comings)
    went = _went(came, Span(begin, end), signs, there)
    late = max(0, milliseconds(came - begin))
    early = max(0, milliseconds(end - went)) if went is not None else 0
    least = grace * milliseconds(_STEP)
    verdict = Verdict.LATE if late > least else Verdict.LEFT_EARLY if early > least else Verdict.PRESENT
    return Attendance(verdict, came, went, late, early)


def _went(came: datetime, shift: Span, signs: Sequence[Clocked], there: Sequence[Span]) -> datetime | None:
    """The last that is known of him: when he logged out or his phone went, unless he came again; None: unknown."""
    ends = [one.end for one in there if one.end > came and one.begin < shift.end]
    leaves = [one.at for one in signs if not one.comes and came < one.at]
    if not ends and not leaves:
        return None
    last = max([*ends, *leaves])
    if any(one.comes and last < one.at < shift.end for one in signs):
        return None
    return last
