"""Shifts of a made-up hotline and what was done in them, with what they count for (``bench.kpi_world``).

Each shift is eight hours with three breaks, and perhaps a training. What becomes of it is decided first: how late
somebody comes, how he takes each break, what he is excused from; each decision is worth so many milliseconds of the
plan not kept (the table of docs/shifts.md says why), and the states that it leaves behind are written afterwards.
Places are minutes from the beginning of the shift. Round a break that is not simply taken lies time that is spent
available, so that there is one way only to hold it against the plan.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from bench.kpi_world import NOW, ZONE, Row, World, ms

MINUTE, LENGTH = 60_000, 480
GRACE, BEFORE, SLACK, SETTLED = MINUTE, 60 * MINUTE, 30, timedelta(minutes=5)
"""The rules of the house as they come: minutes of grace, of coming before, of slack of a break; when it is over."""
_PATTERN = ("early", "early", "late", "late", "night", "night", "", "")
_BEGINS = {"early": 7, "late": 15, "night": 23}
_BREAKS = (("rest", 120, 15), ("meal", 240, 30), ("rest", 375, 15))
_FACTS = {"available": "ready_ms", "ringing": "ready_ms", "on_call": "busy_ms", "wrap_up": "busy_ms",
          "paused": "paused_ms"}  # fmt: skip
_COMES = (
    ("sooner", 25), ("exactly", 25), ("in_grace", 8), ("over_grace", 6), ("late", 8), ("very_late", 2),
    ("logs_in_first", 8), ("logs_in_an_hour_before", 3), ("logs_in_too_soon", 3),
)  # fmt: skip
_GOES = (
    ("later", 25), ("exactly", 30), ("in_grace", 8), ("over_grace", 6), ("early", 6), ("stays_without_phone", 6),
    ("logs_out_early", 4), ("comes_again", 4),
)  # fmt: skip
_TAKES = (
    ("moved", 40), ("exactly", 20), ("by_the_phone", 6), ("beyond", 6), ("between_minutes", 8), ("longer", 6),
    ("shorter", 6), ("not", 3), ("on_a_call", 3), ("after_a_call", 4),
)  # fmt: skip
_FATES = (
    ("worked", 80), ("absent", 5), ("half_leave_first", 2), ("half_leave_last", 2), ("short_leave", 2),
    ("on_leave", 4), ("excused_wholly", 1), ("leave_and_excuse", 1),
)  # fmt: skip
_DONE_IN: Mapping[str, tuple[tuple[str, str, bool], ...]] = {
    "training": (("paused", "training", True), ("paused", "meeting", True), ("offline", "", True),
                 ("paused", "private", False), ("available", "", False), ("on_call", "", False)),
    "meeting": (("paused", "meeting", True), ("paused", "training", True), ("offline", "", True),
                ("wrap_up", "", False)),
    "back_office": (("paused", "back_office", True), ("paused", "meeting", False), ("offline", "", False),
                    ("ringing", "", False)),
}  # fmt: skip
"""Planned → state, reason and whether that keeps the plan."""


def shifts(world: World) -> Iterator[Row]:
    """Everybody's shifts and states; two early, two late, two nights, two days off. Work on days off, now and then."""
    rng, number = world.dice("shifts"), 0
    for place, name in enumerate(world.names):
        user = world.agents[name]
        for back in range(world.days):
            day = world.first + timedelta(days=back)
            kind = _PATTERN[(back + 2 * place) % len(_PATTERN)]
            begin = datetime.combine(day, time(_BEGINS.get(kind, 10)), tzinfo=ZONE).astimezone(UTC)
            if back == world.days - 2 and place < 2:
                continue
            if back == world.days - 1 and place < 2:  # over for just five minutes, and for not quite so long
                kind, begin = "early", NOW - SETTLED - timedelta(minutes=LENGTH) + ms(place)
            elif not kind:
                if rng.random() < 0.2:
                    yield from _states(world, user, begin, _any_work(rng, 0, 240 * MINUTE))
                continue
            if begin >= NOW:
                continue
            number += 1
            one = _Shift(world, rng, user, number, begin, kind)
            getattr(one, f"_{_some(rng, _FATES)}")()
            yield from one.written()


def _some(rng: random.Random, choices: tuple[tuple[str, int], ...]) -> str:
    names, weights = zip(*choices, strict=True)
    return str(rng.choices(names, weights)[0])


_Piece = tuple[int, int, str, str]
"""From, to (milliseconds from the beginning), state, reason."""


def _any_work(rng: random.Random, begin: int, end: int) -> list[_Piece]:
    found: list[_Piece] = []
    while begin < end:
        until = min(end, begin + rng.randrange(1_000, 1_500_000))
        found.append(
            (begin, until, rng.choices(("available", "ringing", "on_call", "wrap_up"), (40, 5, 40, 15))[0], "")
        )
        begin = until
    return found


@dataclass
class _Shift:
    """One shift while it is made up. ``lost``: milliseconds of the plan that were not kept."""

    world: World
    rng: random.Random
    user: int
    number: int
    begin: datetime
    kind: str
    lost: int = 0
    gone: int = 0
    unpaid: int = 0
    verdict: str = "present"
    parts: list[tuple[str, int, int]] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    """places of what was planned between breaks and not kept at all"""
    line: list[_Piece] = field(default_factory=list)
    """what he does; what comes later in the list lies over what comes before it"""
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parts = [(kind, at, at + length) for kind, at, length in _BREAKS]
        if self.rng.random() < 0.4:
            at = self.rng.choice((270, 330, 330))
            self.parts.insert(2, (self.rng.choice(tuple(_DONE_IN)), at, at + 30))

    def _at(self, place: int) -> datetime:
        return self.begin + ms(place)

    # what may become of it

    def _worked(self) -> None:
        """A shift from its beginning to its end, with all that may happen in it."""
        begin, late = self._comes(0)
        end, early = self._goes(LENGTH)
        self.verdict = "late" if late else ("left_early" if early else "present")
        self.line = _any_work(self.rng, begin, end)
        self._takes_all(0, LENGTH)
        self._strays()

    def _half_leave_first(self) -> None:
        self._leave(0, 305)
        begin, late = self._comes(305)
        end, early = self._goes(LENGTH)
        self.verdict = "late" if late else ("left_early" if early else "present")
        self.line = _any_work(self.rng, begin, end)
        self._takes_all(305, LENGTH)

    def _half_leave_last(self) -> None:
        self._leave(205, LENGTH)
        begin, late = self._comes(0)
        sooner = self.rng.choice((0, GRACE, GRACE + 1))
        self.lost += sooner
        self.verdict = "late" if late else ("left_early" if sooner > GRACE else "present")
        self.line = _any_work(self.rng, begin, 205 * MINUTE - sooner)
        self._takes_all(0, 205)

    def _short_leave(self) -> None:
        """Leave at the beginning, or time that he is excused from: nobody is late before it is over."""
        until = self.rng.choice((20, 85))
        self._leave(0, until) if self.rng.random() < 0.5 else self._excuse(0, until)
        begin, late = self._comes(until)
        end, early = self._goes(LENGTH)
        self.verdict = "late" if late else ("left_early" if early else "present")
        self.line = _any_work(self.rng, begin, end)
        self._takes_all(until, LENGTH)

    def _absent(self) -> None:
        """Nobody at the phone: what is planned without one is kept. A login shows that he was there all the same."""
        without = {"rest", "meal", "training", "meeting"}
        self.lost = LENGTH * MINUTE - sum((end - at) * MINUTE for kind, at, end in self.parts if kind in without)
        self.verdict = "absent"
        signs = self.rng.choice(((), (), (("in", -BEFORE - 1),), (("out", 100 * MINUTE),), (("in", -BEFORE),),
                                 (("in", 0), ("out", (LENGTH - 25) * MINUTE)), (("in", GRACE + 1),)))  # fmt: skip
        for kind, place in signs:
            self._clock(place, kind)
            if kind == "in" and place >= -BEFORE:
                self.verdict = "late" if place > GRACE else "present"
            elif kind == "out" and self.verdict == "present":
                self.verdict = "left_early"
        if self.rng.random() < 0.4:
            self._leave_row(0, LENGTH, self.rng.choice(("asked", "refused", "withdrawn")))

    def _on_leave(self) -> None:
        """The whole shift; some work all the same."""
        self._leave(0, LENGTH, wider=self.rng.choice((0, 15)))
        self.verdict = "leave"
        if self.rng.random() < 0.2:
            self.line = _any_work(self.rng, 0, 200 * MINUTE)

    def _excused_wholly(self) -> None:
        """Paid, and nobody is asked for."""
        self._excuse(0, LENGTH)
        self.verdict = "leave"

    def _leave_and_excuse(self) -> None:
        """Time that is both counts once."""
        self._leave(0, 250)
        self._excuse(200, LENGTH)
        self.gone -= 50 * MINUTE
        self.verdict = "leave"

    # coming and going

    def _comes(self, place: int) -> tuple[int, bool]:
        """From when his phone is there, and whether he is late. ``place``: when he should."""
        how, due = _some(self.rng, _COMES), place * MINUTE
        far = 12 if place else 75
        phone = due + {"sooner": 0, "exactly": 0, "in_grace": GRACE, "over_grace": GRACE + 1, "late": 9 * MINUTE,
                       "very_late": far * MINUTE}.get(how, 5 * MINUTE)  # fmt: skip
        if place == 85:  # the first break may be taken soon after
            phone, how = due, "exactly"
        self.lost += phone - due
        signs = {"logs_in_first": due - 4 * MINUTE, "logs_in_an_hour_before": due - BEFORE,
                 "logs_in_too_soon": due - BEFORE - 1}  # fmt: skip
        if how in signs:
            self._clock(signs[how], "in")
        if how == "sooner" and not place:
            phone -= self.rng.choice((1, 600_000, BEFORE, BEFORE + MINUTE))
        return phone, how in {"over_grace", "late", "very_late", "logs_in_too_soon"}

    def _goes(self, place: int) -> tuple[int, bool]:
        """Until when his phone is there, and whether he left early."""
        how, due = _some(self.rng, _GOES), place * MINUTE
        sooner = {"in_grace": GRACE, "over_grace": GRACE + 1, "early": 25 * MINUTE, "stays_without_phone": 20 * MINUTE,
                  "logs_out_early": 25 * MINUTE, "comes_again": 40 * MINUTE}.get(how, 0)  # fmt: skip
        self.lost += sooner
        if how == "stays_without_phone":
            self._clock(due + self.rng.choice((-GRACE, 0, MINUTE)), "out")
        elif how == "logs_out_early":
            self._clock(due - 10 * MINUTE, "out")
        elif how == "comes_again":
            self._clock(due - 10 * MINUTE, "in")
        elif how == "later":
            return due + self.rng.choice((1, MINUTE, 45 * MINUTE)), False
        return due - sooner, how in {"over_grace", "early", "logs_out_early"}

    def _clock(self, place: int, kind: str) -> None:
        source = {"in": "login", "out": "logout"}[kind] if self.rng.random() < 0.9 else "correction"
        self.rows.append(("clock_events", (self.user, self._at(place), kind, source, self._at(place), "made", "")))

    # leave and excuses

    def _leave(self, begin: int, end: int, wider: int = 0) -> None:
        self._leave_row(begin - wider, end + wider, "granted")
        self.gone += (end - begin) * MINUTE
        self.unpaid += (end - begin) * MINUTE

    def _leave_row(self, begin: int, end: int, state: str) -> None:
        row = (self.user, "annual", self._at(begin * MINUTE), self._at(end * MINUTE), "", state, self.begin, "", 1)
        self.rows.append(("leaves", row))

    def _excuse(self, begin: int, end: int, *, lifted: bool = False) -> None:
        self.rows.append(("excused_times", (self.user, self._at(begin * MINUTE), self._at(end * MINUTE), "made",
                                            self.begin, "made", self.begin if lifted else None)))  # fmt: skip
        self.gone += 0 if lifted else (end - begin) * MINUTE

    # in between

    def _strays(self) -> None:
        """A pause of his own, or a phone that is gone, between the first break and the meal; some are excused."""
        if self.rng.random() < 0.6:
            return
        state, reason = self.rng.choice((("paused", "private"), ("paused", "training"), ("offline", "")))
        spent = self.rng.choice((1, 6_500, 10 * MINUTE))
        self.line.append((175 * MINUTE, 175 * MINUTE + spent, state, reason))
        answer = self.rng.random()
        if answer < 0.2:
            self._excuse(170, 200)
        elif answer < 0.3:
            self._leave(170, 190)
            self._excuse(180, 200)
            self.gone -= 10 * MINUTE
        else:
            self.lost += spent
            if answer < 0.4:
                self._excuse(170, 200, lifted=True)

    def _takes_all(self, begin: int, end: int) -> None:
        """All that is planned in a part of the shift."""
        for kind, at, until in self.parts:
            if kind in _DONE_IN and begin <= at and until <= end:
                state, reason, kept = self.rng.choice(_DONE_IN[kind])
                self.line.append((at * MINUTE, until * MINUTE, state, reason))
                if not kept:
                    self.lost += (until - at) * MINUTE
                    self.broken.add(at)
        for number, (kind, at, until) in enumerate(self.parts):
            if kind not in _DONE_IN and begin <= at and until <= end:
                first = self.parts[number - 1][2] if number else begin
                last = self.parts[number + 1][1] if number + 1 < len(self.parts) else LENGTH
                self._takes(at, until - at, (max(-SLACK, first - at), min(SLACK, last - until)))

    def _takes(self, at: int, length: int, room: tuple[int, int]) -> None:
        """One break. ``room``: minutes by which it may be earlier and later, not over what is planned near it."""
        how = _some(self.rng, _TAKES)
        if self.broken and how in {"beyond", "longer"}:  # what is broken already cannot be broken once more
            how = "exactly"
        if how not in {"moved", "exactly", "by_the_phone"}:
            before = [end * MINUTE for kind, _at, end in self.parts if kind in _DONE_IN and end <= at]
            after = [begin * MINUTE for kind, begin, _end in self.parts if kind in _DONE_IN and begin >= at]
            self.line.append((max((at - 35) * MINUTE, *before, 0), min((at + length + 35) * MINUTE, *after, NEVER),
                              "available", ""))  # fmt: skip
        move, longer, away = 0, 0, ("paused", self.rng.choice(("rest", "meal", "other")))
        if how in {"moved", "by_the_phone"}:
            move = self.rng.choice((*room, self.rng.randint(*room))) * MINUTE
            away = away if how == "moved" else ("offline", "")
        elif how == "beyond":
            over = self.rng.choice((1, 5))
            move = self.rng.choice((room[0] - over, room[1] + over)) * MINUTE
            self.lost += 2 * over * MINUTE
        elif how == "between_minutes":
            rest = self.rng.choice((1, 20_000, 30_000, 40_000, 59_999))
            move = self.rng.randint(room[0], room[1] - 1) * MINUTE + rest
            self.lost += 2 * min(rest, MINUTE - rest)
        elif how in {"longer", "shorter"}:
            longer = self.rng.choice((1, 5 * MINUTE)) * (1 if how == "longer" else -1)
            self.lost += abs(longer)
        elif how == "not":
            self.lost += length * MINUTE
            return
        elif how == "on_a_call":
            away = ("on_call", "")
        elif how == "after_a_call":
            self.line.append((at * MINUTE, (at + 6) * MINUTE, "on_call", ""))
            self.line.append(((at + 6) * MINUTE, (at + length) * MINUTE, *away))
            return
        self.line.append((at * MINUTE + move, (at + length) * MINUTE + move + longer, *away))

    # written down

    def written(self) -> Iterator[Row]:
        """All rows, and what it counts for, once it is over for five minutes."""
        end = self._at(LENGTH * MINUTE)
        parts = json.dumps([[kind, *(self._at(place * MINUTE).isoformat() for place in (begin, until))]
                            for kind, begin, until in self.parts])  # fmt: skip
        day = self.begin.astimezone(ZONE).date()
        rest = (day, self.kind, self.begin, end, parts)
        yield "shifts", (2 * self.number, self.user, *rest, "published", "pattern", self.begin, "made", 1)
        if self.rng.random() < 0.06:  # it was somebody else's before, or is planned for him, too
            other = self.rng.choice(list(self.world.agents.values()))
            state = self.rng.choice(("cancelled", "draft"))
            yield "shifts", (2 * self.number + 1, other, *rest, state, "pattern", self.begin, "made", 1)
        yield from self.rows
        yield from _states(self.world, self.user, self.begin, self.line)
        if end > NOW - SETTLED:
            return
        planned = LENGTH * MINUTE - self.gone
        asked = self.verdict != "leave"
        counts = {"planned_ms": planned, "adhered_ms": planned - self.lost, "paid_ms": LENGTH * MINUTE - self.unpaid,
                  "shifts_planned": int(asked), "shifts_kept": int(self.verdict == "present")}  # fmt: skip
        self.world.add_on(day, -1, counts, "", self.user)


NEVER = 10**12


def _states(world: World, user: int, begin: datetime, line: list[_Piece]) -> Iterator[Row]:
    """The states that a line leaves behind, up to now; and the agent's time in them, hour by hour."""
    borders = sorted({place for piece in line for place in piece[:2]})
    known: list[_Piece] = []
    for at, until in itertools.pairwise(borders):
        state, reason = next(((s, r) for b, e, s, r in reversed(line) if b <= at and until <= e), ("offline", ""))
        if known and known[-1][1:] == (at, state, reason):
            known[-1] = (known[-1][0], until, state, reason)
        else:
            known.append((at, until, state, reason))
    for at, until, state, reason in known:
        since, end = begin + ms(at), begin + ms(until)
        if since >= NOW or (state == "offline" and world.dice(f"{user}/{since}").random() < 0.5):
            continue  # of a phone that is not there nothing may be written at all
        yield "agent_states", (user, state, reason, since, None if end > NOW else end)
        if state in _FACTS:
            _cut(world, _FACTS[state], user, since, min(end, NOW))


def _cut(world: World, fact: str, user: int, at: datetime, until: datetime) -> None:
    while at < until:
        full = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        here = min(full, until)
        local = at.astimezone(ZONE)
        world.add_on(local.date(), local.hour, {fact: round((here - at) / ms(1))}, "", user)
        at = here
