"""What others make of the agents: evaluations, surveys, tests, with what each counts for (``bench.kpi_world``)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from bench.kpi_world import NOW, ZONE, Row, World, ms

_FATES = (
    ("stands", 52), ("appealed", 6), ("upheld", 6), ("changed", 10), ("changed_twice", 4), ("upheld_at_last", 3),
    ("withdrawn", 4), ("given_back", 4), ("given_back_and_done", 4), ("open", 5), ("drilled", 2),
)  # fmt: skip
_CARD = 1
"""The card that the house comes with."""


def evaluations(world: World) -> Iterator[Row]:
    """Two to ten evaluations an agent and week, however they go; and what counts for nobody beside them."""
    rng, weeks = world.dice("evaluations"), world.days / 7
    had = Counter(agent for *_, agent in world.talks)
    share = {name: min(0.5, rng.randint(2, 10) * weeks / had[name]) for name in sorted(had)}
    fates, weights = zip(*_FATES, strict=True)
    house = _Quality(world, rng)
    for over, call_id, queue, agent in world.talks:
        if rng.random() < share[agent]:
            house.judge(_Judged(over, call_id, queue, world.agents[agent]), rng.choices(fates, weights)[0])
            yield from house.taken()


@dataclass(frozen=True)
class _Judged:
    """A conversation that is scored."""

    over: datetime
    call_id: str | None
    queue: str | None
    agent: int


@dataclass
class _Quality:
    """The scorers' work, one conversation after the other."""

    world: World
    rng: random.Random
    made: int = 0
    rows: list[Row] = field(default_factory=list)

    def taken(self) -> list[Row]:
        """The rows since the last time."""
        found, self.rows = self.rows, []
        return found

    def judge(self, one: _Judged, fate: str) -> None:
        """One evaluation with all that becomes of it."""
        at = _some_days_later(self.rng, one.over, 6)
        if at > NOW:
            fate = "open"
        getattr(self, f"_{fate}")(one, at)
        if fate not in {"open", "given_back", "drilled"}:
            self._beside(one, at)

    def _write(
        self, one: _Judged, purpose: str, state: str, at: datetime, *, score: int | None, raw: int | None = None,
        fatal: bool = False, official: bool = False, about: int | None = None,
    ) -> int:  # fmt: skip
        self.made += 1
        scorer = self.rng.choice([user for user in self.world.agents.values() if user != one.agent])
        self.rows.append(
            ("evaluations", (self.made, one.call_id, one.agent, scorer, _CARD, purpose, state, f"made:{self.made}",
                             about, score if raw is None else raw, score, fatal, False, official, "", "", at - ms(900),
                             at if score is not None else None, 1)),
        )  # fmt: skip
        return self.made

    def _count(self, one: _Judged, at: datetime, score: int, *, fatal: bool) -> None:
        counts = {"scored": 1, "score_tenths": score, "fatals": int(fatal)}
        self.world.add_on(at.astimezone(ZONE).date(), -1, counts, one.queue or "", one.agent)

    def _found(self) -> tuple[int, int, bool]:
        """Raw score, score and whether a red line was crossed: some lines leave nothing, some only ask for coaching."""
        raw = self.rng.choice((0, 1, 999, 1000)) if self.rng.random() < 0.05 else self.rng.randrange(550, 1001)
        fatal = self.rng.random() < 0.06
        return raw, 0 if fatal and self.rng.random() < 0.6 else raw, fatal

    # what may become of it

    def _stands(self, one: _Judged, at: datetime, *states: str) -> None:
        raw, score, fatal = self._found()
        state = self.rng.choice(states or ("submitted", "acknowledged", "final"))
        self._write(one, "routine", state, at, score=score, raw=raw, fatal=fatal, official=True)
        self._count(one, at, score, fatal=fatal)

    def _appealed(self, one: _Judged, at: datetime) -> None:
        """Nobody has ruled: the score counts until then."""
        self._stands(one, at, "appealed")

    def _upheld(self, one: _Judged, at: datetime) -> None:
        self._stands(one, at, "ruled", "final")

    def _withdrawn(self, one: _Judged, at: datetime) -> None:
        """The appeal, not the score."""
        self._stands(one, at, "final")

    def _changed(self, one: _Judged, at: datetime, rulings: int = 1, states: tuple[str, ...] = ("ruled",)) -> None:
        """Each ruling takes the place of what it is about, and counts on the day of the first."""
        raw, score, fatal = self._found()
        ends = [at := at] + [at := _some_days_later(self.rng, at, 9) for _ in range(rulings)]
        if ends[-1] > NOW:
            self._stands(one, ends[0], "appealed")
            return
        before = self._write(one, "routine", self.rng.choice(states), ends[0], score=score, raw=raw, fatal=fatal)
        for place, ruled in enumerate(ends[1:], 1):
            raw = min(1000, raw + self.rng.randrange(1, 150))
            fatal = fatal and self.rng.random() < 0.5
            score = 0 if fatal and score == 0 else raw
            before = self._write(one, "ruling", self.rng.choice(("submitted", "final")), ruled, score=score, raw=raw,
                                 fatal=fatal, official=place == rulings, about=before)  # fmt: skip
        self._count(one, ends[0], score, fatal=fatal)

    def _changed_twice(self, one: _Judged, at: datetime) -> None:
        self._changed(one, at, rulings=2)

    def _upheld_at_last(self, one: _Judged, at: datetime) -> None:
        """The first ruling changed it, the last one let that stand."""
        self._changed(one, at, states=("final",))

    def _given_back(self, one: _Judged, at: datetime) -> None:
        self._write(one, "routine", "released", at, score=None)

    def _given_back_and_done(self, one: _Judged, at: datetime) -> None:
        """By somebody else, anew."""
        self._given_back(one, at)
        self._stands(one, at + ms(1))

    def _open(self, one: _Judged, at: datetime) -> None:
        self._write(one, "routine", self.rng.choice(("claimed", "draft")), at, score=None)

    def _drilled(self, one: _Judged, at: datetime) -> None:
        """An exercise without a call."""
        self._write(_Judged(at, None, None, one.agent), "drill", "submitted", at, score=self._found()[1])

    def _beside(self, one: _Judged, at: datetime) -> None:
        """A second scorer, a calibration, a drill with the same call: scores that are not the agent's."""
        for purpose, often in (("blind", 0.08), ("calibration", 0.04), ("drill", 0.02)):
            if self.rng.random() < often:
                about = self.made if purpose == "blind" else None
                _raw, score, fatal = self._found()
                self._write(one, purpose, "submitted", min(NOW, at + ms(5_000)), score=score, fatal=fatal, about=about)


def _some_days_later(rng: random.Random, at: datetime, most: int) -> datetime:
    """Whenever; now and then at the very end of a day of the centre, or at its beginning."""
    later = at + ms(rng.randrange(60_000, most * 86_400_000))
    if rng.random() < 0.1:
        midnight = datetime.combine(later.astimezone(ZONE).date() + timedelta(days=1), time.min, tzinfo=ZONE)
        later = midnight - ms(rng.choice((0, 1)))
    return later


_MARKS = (0, 5, 6, 7, 8, 9, 10)
"""How likely somebody recommends us, at the limits."""


def surveys(world: World) -> Iterator[Row]:
    """After a third of the conversations the menu asks; after most visits a link does. Half of those asked answer."""
    rng = world.dice("surveys")
    asked = Counter[str]()
    for over, call_id, queue, agent in world.talks:
        if rng.random() < 1 / 3:
            user = world.agents[agent] if rng.random() < 0.99 else None  # he is nobody here any more
            at, place = over + ms(300), asked[call_id]
            asked[call_id] += 1
            answered, score, recommends = _answer(world, rng, at, 40_000, queue or "", user)
            yield "surveys", ("menu", f"call:{call_id}:{place}", call_id, None, None, user, queue, "zh", at, None, None,
                              answered, score, recommends, "")  # fmt: skip
    for visited, number, visitor in world.visited:
        if rng.random() < 0.7:
            at = min(NOW, visited + ms(rng.randrange(86_400_000)))
            answered, score, recommends = _answer(world, rng, at, 14 * 86_400_000, "", visitor)
            yield "surveys", ("link", f"visit:{number}", None, number, number, visitor, None, "zh", at,
                              at + timedelta(days=14), f"{number:064x}", answered, score, recommends, "")  # fmt: skip


def _answer(
    world: World, rng: random.Random, at: datetime, within: int, queue: str, user: int | None
) -> tuple[datetime | None, int | None, int | None]:
    """What is answered and when; it counts on the day of the question."""
    counts = {"surveys_offered": 1}
    answered = at + ms(rng.randrange(within))
    score = recommends = None
    if rng.random() < 0.5 and answered <= NOW:
        score = rng.choices((1, 2, 3, 4, 5), (4, 3, 8, 25, 60))[0]
        recommends = rng.choice(_MARKS) if rng.random() < 0.6 else None
        counts |= {"surveys_answered": 1, "surveys_good": int(score in {4, 5})}
    if recommends is not None:
        counts |= {"nps_answered": 1, "nps_promoters": int(recommends in {9, 10})}
        counts["nps_detractors"] = int(recommends not in {7, 8, 9, 10})
    world.add_on(at.astimezone(ZONE).date(), -1, counts, queue, user)
    return None if score is None else answered, score, recommends


_PAPERS: Mapping[int, tuple[int, int, bool]] = {
    901: (300, 3, True), 902: (160, 2, True), 903: (70, 3, True), 904: (400, 1, True), 905: (1000, 3, False),
}  # fmt: skip
"""Test → what its sheets are worth in tenths of points, attempts, and whether it counts."""
_PASS = Decimal(60)


def exams(world: World) -> Iterator[Row]:
    """Everybody sits most of the tests, and sits again what he failed as often as he may."""
    rng = world.dice("exams")
    for paper, (_of, attempts, counts) in _PAPERS.items():
        yield "exam_papers", (paper, "", "", "open", 30, 60, attempts, True, counts, "[]", "[]", NOW, "made", 1)
    for name in world.names:
        for paper, (_of, attempts, _counts) in _PAPERS.items():
            at = NOW - ms(rng.randrange(world.days * 86_400_000))
            for number in range(1, attempts + 1):
                row, passed = _sat(world, rng, name, paper, number, at)
                yield row
                if passed is not False:
                    break
                at = _some_days_later(rng, at, 10)
                if at > NOW:
                    break


def _sat(world: World, rng: random.Random, name: str, paper: int, number: int, at: datetime) -> tuple[Row, bool | None]:
    """A sheet, and whether it was passed; None: not marked."""
    of, _attempts, counts = _PAPERS[paper]
    user, minutes = world.agents[name], rng.randrange(5, 31)
    handed_in = at + timedelta(minutes=minutes)
    marked = handed_in if rng.random() < 0.6 else _some_days_later(rng, handed_in, 4)  # answers in words take a person
    tenths = rng.choice((0, of)) if rng.random() < 0.05 else rng.randrange(of * 2 // 5 // 5, of // 5 + 1) * 5
    if rng.random() < 0.02:
        of = tenths = 0  # a sheet of which nothing is left that is worth a point
    hundred = (Decimal(tenths * 100) / of if of else Decimal()).quantize(Decimal("0.1"), ROUND_HALF_UP)
    passed = of > 0 and Decimal(tenths * 100) / of >= _PASS
    state = "marked" if marked <= NOW else ("submitted" if handed_in <= NOW else "running")
    if state == "marked" and counts:
        day = marked.astimezone(ZONE).date()
        world.add_on(day, -1, {"exams": 1, "exam_tenths": int(hundred * 10)}, "", user)
    done = state == "marked"
    row = (paper, user, number, "made", "[]", state, at, at + timedelta(minutes=30),
           None if state == "running" else handed_in, "time" if minutes == 30 else "person",
           tenths if done else None, of, passed if done else None, marked if done else None, 1)  # fmt: skip
    return ("exam_attempts", row), passed if done else None
