"""Months of a hotline, made up from a seed, with what each call, wait, conversation and complaint counts for.

The generator decides what happens and writes down at once what it is worth, so the truth is known and comes from
nothing that the product has worked out: no row is read to make it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
QUEUES = ("service", "complaints", "enquiries", "accounts", "cards", "loss")
_BUSY_HOURS = (1, 1, 1, 1, 1, 1, 2, 4, 8, 12, 12, 10, 8, 9, 11, 11, 10, 9, 7, 6, 5, 4, 3, 2)
_SCENES = (
    ("menu", 180), ("answered", 520), ("overflowed", 40), ("passed_on", 40), ("to_queue", 20), ("lost_line", 5),
    ("asked", 15), ("gone", 60), ("gone_at_once", 25), ("gone_between", 4), ("callback", 25), ("message", 10),
    ("back_to_menu", 8), ("no_agent", 6), ("failed", 3), ("running", 1), ("out", 40), ("out_missed", 12),
)  # fmt: skip
_WAITS = (0, 1_000, 4_999, 5_000, 14_999, 15_000, 15_001, 19_999, 20_000, 20_001)
"""Waits at the limits; a tenth of all are one of these."""

TABLES: dict[str, tuple[str, ...]] = {
    "calls": ("call_id", "direction", "language", "started_at", "answered_at", "ended_at", "outcome", "menu_path",
              "queue", "agent", "caller_key", "customer_id", "ivr_done", "flags"),
    "queue_visits": ("call_id", "seq", "queue", "priority", "entered_at", "left_at", "wait_time", "outcome"),
    "call_legs": ("call_id", "leg", "agent", "queue", "kind", "rang_at", "answered_at", "ended_at", "ring_time",
                  "talk_time", "hold_time", "outcome", "ended_by"),
    "wrap_ups": ("call_id", "user_id", "queue", "state", "started_at", "limit_at", "finished_at", "disposition",
                 "note", "ticket_id", "acw_time"),
    "agent_states": ("user_id", "state", "reason", "since", "until"),
    "shifts": ("id", "user_id", "day", "kind", "starts_at", "ends_at", "parts", "state", "origin", "made_at", "made_by",
               "version"),
    "leaves": ("user_id", "kind", "starts_at", "ends_at", "reason", "state", "asked_at", "note", "version"),
    "excused_times": ("user_id", "starts_at", "ends_at", "reason", "made_at", "made_by", "lifted_at"),
    "clock_events": ("user_id", "at", "kind", "source", "made_at", "made_by", "reason"),
    "tickets": ("id", "number", "kind", "status", "priority", "channel", "language", "text", "flags", "received_at",
                "legal_due_at", "assignee_id", "complained_about_id", "closed_at", "notified_at", "version"),
    "visits": ("id", "kind", "ticket_id", "unique_key", "due_at", "state", "outcome", "made_at", "made_by", "round",
               "answers", "opinion", "version"),
    "surveys": ("way", "unique_key", "call_id", "ticket_id", "visit_id", "user_id", "queue", "language", "offered_at",
                "until", "digest", "answered_at", "score", "recommends", "opinion"),
    "investigations": ("ticket_id", "version", "verdict", "updated_at", "updated_by", "document"),
    "ticket_links": ("ticket_id", "other_id", "kind", "score", "whys", "state", "made_at", "decided_by"),
    "evaluations": ("id", "call_id", "agent_id", "scorer_id", "version_id", "purpose", "state", "unique_key",
                    "about_id", "raw_score", "score", "fatal", "coach", "official", "good", "advice", "made_at",
                    "submitted_at", "version"),
    "exam_papers": ("id", "title_zh", "title_en", "state", "minutes", "pass_percent", "attempts", "half_for_part",
                    "counts", "questions", "draws", "made_at", "made_by", "version"),
    "exam_attempts": ("paper_id", "user_id", "number", "seed", "sheet", "state", "started_at", "ends_at",
                      "submitted_at", "ended_by", "tenths", "of_tenths", "passed", "marked_at", "version"),
}  # fmt: skip
Key = tuple[str, date, int, str, int]
"""Axis (day, queue or agent), day, hour (-1: none), queue, user id."""


@dataclass
class World:
    """What was made: rows by table as they come, and the truth about them."""

    agents: dict[str, int]
    classes: tuple[str, ...]
    days: int
    seed: int = 20261120
    truth: dict[Key, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    solved: list[tuple[datetime, str, int | None, str | None, str, int, str]] = field(default_factory=list)
    """call's start, its id, customer, number, class, who, queue: a later one may show that it was not solved"""
    classed: list[tuple[datetime, str, int | None, str | None, str]] = field(default_factory=list)
    talks: list[tuple[datetime, str, str | None, str]] = field(default_factory=list)
    """conversations: when each was over, call, the call's queue, who: what is judged and asked about"""
    visited: list[tuple[datetime, int, int]] = field(default_factory=list)
    """return visits: when, of which ticket, by whom; the visit has the ticket's number"""

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.names = sorted(self.agents)
        self.first = NOW.astimezone(ZONE).date() - timedelta(days=self.days - 1)

    def dice(self, name: str) -> random.Random:
        """Chance of its own for one part of the world, so that another part does not move it."""
        return random.Random(f"{self.seed}/{name}")

    def add(self, at: datetime, counts: dict[str, int], queue: str = "", agent: str | None = None) -> None:
        """Write down what something is worth that belongs to an instant."""
        local = at.astimezone(ZONE)
        self.add_on(local.date(), local.hour, counts, queue, None if agent is None else self.agents[agent])

    def add_on(self, day: date, hour: int, counts: dict[str, int], queue: str = "", user: int | None = None) -> None:
        """The same by day and hour."""
        keys: list[Key] = [("day", day, -1, "", 0), ("queue", day, hour, queue, 0)]
        if user is not None:
            keys.append(("agent", day, -1, "", user))
        for key in keys:
            found = self.truth[key]
            for fact, value in counts.items():
                found[fact] += value


def ms(value: int) -> timedelta:
    """Milliseconds."""
    return timedelta(milliseconds=value)


Row = tuple[str, tuple[Any, ...]]


def calls(world: World, count: int) -> Iterator[Row]:
    """So many calls with all their parts: table and row, in an order that foreign keys allow."""
    rng = world.rng
    scenes, weights = zip(*_SCENES, strict=True)
    for number in range(count):
        day = world.first + timedelta(days=rng.randrange(world.days))
        hour = rng.choices(range(24), _BUSY_HOURS)[0]
        at = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE) + ms(rng.randrange(3_600_000))
        if at > NOW - timedelta(hours=1):
            at -= timedelta(days=1)
        yield from _Call(world, f"made-{number}", at.astimezone(UTC), count).play(rng.choices(scenes, weights)[0])


class _Call:
    """One call while it is made up."""

    def __init__(self, world: World, call_id: str, at: datetime, count: int) -> None:
        self.world, self.rng, self.call_id, self.start = world, world.rng, call_id, at
        self.at = at + ms(self.rng.randrange(5_000, 60_000))
        self.queue = self.rng.choice(QUEUES)
        self.agent: str | None = None
        self.visits: list[tuple[Any, ...]] = []
        self.legs: list[tuple[Any, ...]] = []
        self.wraps: list[tuple[Any, ...]] = []
        self.spoke: list[tuple[datetime, str]] = []
        people = max(3, count // 3)
        self.customer = self.rng.randrange(1, people) if self.rng.random() < 0.7 else None
        self.number = f"k{self.rng.randrange(people)}" if self.rng.random() < 0.95 else None
        if self.customer is not None and self.number is not None:
            self.number = f"k{self.customer}"

    def play(self, scene: str) -> Iterator[Row]:
        """Let it happen."""
        inbound = not scene.startswith("out")
        answered = self.start if inbound else (self.at if scene == "out" else None)
        outcome = str(getattr(self, f"_{scene}")())
        if inbound:
            self.world.add(self.start, {"calls_in": 1, "contained": int(scene == "menu")})
        ended = None if scene == "running" else self.at
        last_queue = self.queue if self.visits else None
        self.world.talks += [(over, self.call_id, last_queue, agent) for over, agent in self.spoke]
        yield (
            "calls",
            (self.call_id, "inbound" if inbound else "outbound", "zh", self.start, answered, ended, outcome or None,
             "[]", last_queue, self.agent, self.number, self.customer, True, "[]"),
        )  # fmt: skip
        for seq, visit in enumerate(self.visits):
            yield "queue_visits", (self.call_id, seq, visit[0], 0, *visit[1:])
        for place, leg in enumerate(self.legs):
            yield "call_legs", (self.call_id, f"{self.call_id}.{place}", *leg)
        for wrap in self.wraps:
            yield "wrap_ups", (self.call_id, *wrap)

    # what may happen

    def _wait(self) -> int:
        return self.rng.choice(_WAITS) if self.rng.random() < 0.1 else self.rng.randrange(120_000)

    def _visit(self, queue: str, waited: int, outcome: str | None) -> None:
        left = None if outcome is None else self.at + ms(waited)
        self.visits.append((queue, self.at, left, None if left is None else waited / 1000, outcome))
        if left:
            self.at = left
        self.queue = queue

    def _count_wait(self, entered: datetime, waited: int, agent: str) -> None:
        counts = {"answered": 1, "wait_ms": waited, "in_15": int(waited <= 15_000), "in_20": int(waited <= 20_000)}
        self.world.add(entered, counts, self.queue, agent)

    def _leg(self, agent: str, kind: str, queue: str | None, ended_by: str = "caller") -> tuple[int, int, datetime]:
        """A conversation of one phone: its talk and hold in milliseconds, and when it began."""
        talk = self.rng.randrange(5_000, 900_000)
        hold = self.rng.randrange(60_000) if self.rng.random() < 0.2 else 0
        began = self.at
        self.at = began + ms(talk + hold)
        self.legs.append(
            (agent, queue, kind, began - ms(3_000), began, self.at, 3.0, talk / 1000, hold / 1000, "answered", ended_by)
        )
        return talk, hold, began

    def _after(self, agent: str, *, solved_may_be: bool = True) -> int:
        """The work afterwards; gives its milliseconds."""
        acw = self.rng.randrange(90_000)
        state = "done" if self.rng.random() < 0.93 else "lapsed"
        code = self.rng.choice(self.world.classes) if state == "done" and self.rng.random() < 0.95 else None
        user = self.world.agents[agent]
        began = self.at
        self.wraps.append((user, self.queue, state, began, began + ms(60_000), began + ms(acw), code, "", None,
                           acw / 1000))  # fmt: skip
        known = (self.customer, self.number)
        if solved_may_be and code is not None:
            self.world.classed.append((self.start, self.call_id, *known, code))
        self.last_work = (state, code, user)
        return acw

    def _end_work(self) -> None:
        """After the last work: whether the call counts as solved."""
        state, code, user = self.last_work
        if state == "done" and code is not None and (self.customer is not None or self.number is not None):
            self.world.solved.append((self.start, self.call_id, self.customer, self.number, code, user, self.queue))

    def _handled(self, agent: str, at: datetime, talk: int, hold: int, acw: int, moved: int, queue: str) -> None:
        counts = {"handled": 1, "talk_ms": talk, "hold_ms": hold, "acw_ms": acw, "transferred": moved}
        self.world.add(at, counts, queue, agent)
        self.spoke.append((at + ms(talk + hold), agent))

    def _pick(self, *but: str) -> str:
        while (agent := self.rng.choice(self.world.names)) in but:
            pass
        return agent

    # the scenes

    def _menu(self) -> str:
        return "answered"

    def _failed(self) -> str:
        return "failed"

    def _no_agent(self) -> str:
        return "abandoned"

    def _running(self) -> str:
        self._visit(self.queue, 0, None)
        return ""

    def _answered(self, before: int = 0, entered: datetime | None = None) -> str:
        entered, waited = entered or self.at, self._wait()
        self._visit(self.queue, waited, "answered")
        agent = self._pick()
        self._count_wait(entered, before + waited, agent)
        talk, hold, began = self._leg(agent, "queue", self.queue)
        self._handled(agent, began, talk, hold, self._after(agent), 0, self.queue)
        self._end_work()
        self.agent = agent
        return "answered"

    def _overflowed(self) -> str:
        entered, first = self.at, self.rng.randrange(60_000, 120_000)
        self._visit(self.queue, first, "overflow")
        gap = self.rng.randrange(800)
        self.at += ms(gap)
        self.queue = self.rng.choice([queue for queue in QUEUES if queue != self.queue])
        return self._answered(first + gap, entered)

    def _passed_on(self) -> str:
        entered, waited = self.at, self._wait()
        self._visit(self.queue, waited, "answered")
        first = self._pick()
        second = self._pick(first)
        self._count_wait(entered, waited, first)
        talk, hold, began = self._leg(first, "queue", self.queue, "transfer")
        self._handled(first, began, talk, hold, self._after(first), 1, self.queue)
        self.at += ms(self.rng.randrange(1, 4_000))
        talk, hold, began = self._leg(second, "transfer", None)
        self._handled(second, began, talk, hold, self._after(second), 0, self.queue)
        self._end_work()
        self.agent = second
        return "answered"

    def _to_queue(self) -> str:
        first_queue, entered, waited = self.queue, self.at, self._wait()
        self._visit(first_queue, waited, "answered")
        first = self._pick()
        self._count_wait(entered, waited, first)
        talk, hold, began = self._leg(first, "queue", first_queue, "transfer")
        self._handled(first, began, talk, hold, self._after(first), 1, first_queue)
        self.at += ms(self.rng.randrange(1, 4_000))
        self.queue = self.rng.choice([queue for queue in QUEUES if queue != first_queue])
        entered, waited, second = self.at, self._wait(), self._pick(first)
        self._visit(self.queue, waited, "answered")
        self._count_wait(entered, waited, second)
        talk, hold, began = self._leg(second, "queue", self.queue)
        self._handled(second, began, talk, hold, self._after(second), 0, self.queue)
        self._end_work()
        self.agent = second
        return "answered"

    def _lost_line(self) -> str:
        entered, waited, agent = self.at, self._wait(), self._pick()
        self._visit(self.queue, waited, "answered")
        self._count_wait(entered, waited, agent)
        talk, hold, began = self._leg(agent, "queue", self.queue, "lost")
        self.at += ms(2_000)
        more, held, _ = self._leg(agent, "rejoin", None)
        self._handled(agent, began, talk + more, hold + held, self._after(agent), 0, self.queue)
        self._end_work()
        self.agent = agent
        return "answered"

    def _asked(self) -> str:
        """He asks a colleague, who speaks with him alone."""
        self._answered()
        self.legs.append((self._pick(self.agent or ""), None, "consult", self.start, self.start + ms(4_000),
                          self.start + ms(9_000), 3.0, 5.0, 0.0, "answered", "agent"))  # fmt: skip
        return "answered"

    def _gone(self) -> str:
        entered, waited = self.at, 5_000 + self._wait()
        self._visit(self.queue, waited, "abandoned")
        self.world.add(entered, {"abandoned": 1}, self.queue)
        return "abandoned"

    def _gone_at_once(self) -> str:
        entered = self.at
        self._visit(self.queue, self.rng.choice((0, 1, 2_500, 4_999)), "abandoned")
        self.world.add(entered, {"short_abandoned": 1}, self.queue)
        return "abandoned"

    def _gone_between(self) -> str:
        entered = self.at
        self._visit(self.queue, 30_000, "overflow")
        self.world.add(entered, {"abandoned": 1}, self.queue)
        return "abandoned"

    def _callback(self) -> str:
        entered = self.at
        self._visit(self.queue, self._wait(), "callback")
        self.world.add(entered, {"took_callback": 1}, self.queue)
        return "timed_out"

    def _message(self) -> str:
        entered = self.at
        self._visit(self.queue, self._wait(), "message")
        self.world.add(entered, {"left_message": 1}, self.queue)
        return "timed_out"

    def _back_to_menu(self) -> str:
        self._visit(self.queue, self._wait(), "returned")
        return "answered"

    def _out(self) -> str:
        return self._outside(reached=True)

    def _out_missed(self) -> str:
        return self._outside(reached=False)

    def _outside(self, *, reached: bool) -> str:
        agent = self._pick()
        talk, hold, began = self._leg(agent, "outbound", None)
        acw = self._after(agent, solved_may_be=False)
        self.world.add(began, {"outbound": int(reached), "outbound_ms": talk + hold + acw}, "", agent)
        if reached:
            self.spoke.append((began + ms(talk + hold), agent))
        self.agent = agent
        return "answered" if reached else "timed_out"


def repeats(world: World) -> None:
    """Which solved calls were followed by another about the same within seven days: by looking, one by one."""
    by_person: dict[tuple[str, object, str], list[tuple[datetime, str]]] = defaultdict(list)
    for at, call_id, customer, number, code in world.classed:
        for kind, who in (("customer", customer), ("number", number)):
            if who is not None:
                by_person[kind, who, code].append((at, call_id))
    for at, call_id, customer, number, code, user, queue in world.solved:
        others = [*by_person["customer", customer, code], *by_person["number", number, code]]
        again = any(at < other <= at + timedelta(days=7) and its != call_id for other, its in others)
        local = at.astimezone(ZONE)
        counts = {"solved": 1, "solved_once": int(not again)}
        world.add_on(local.date(), local.hour, counts, queue, user)
