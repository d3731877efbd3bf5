"""Which calls are scored: quotas, the week's draw by lot, and how a call at risk gets in (pure).

A draw is a ranking by SHA-256 over the week's seed and the call's name. Whoever has the seed and the list of calls
gets the same draw with any other tool; a call's place depends on no other call, so that leaving one out moves nothing
but those behind it. The seed is fixed before the week begins to be known: its SHA-256 is written into the audit chain
first, the seed itself is shown once the draw is made. Reference: domain 2.12, 3.5.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.domain.errors import InvalidInputError

_SPACE = 1 << 256
"""As many lots as SHA-256 has values."""
_WEEK = re.compile(r"\A(\d{4})-W(\d{2})\Z")


@dataclass(frozen=True, order=True)
class Week:
    """A week from Monday to Sunday by ISO 8601, in the centre's days."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Week:
        """The week that a day is in."""
        year, number, _day = day.isocalendar()
        return cls(year, number)

    @classmethod
    def parse(cls, text: str) -> Week:
        """The week of ``2026-W47``. Raises InvalidInputError."""
        found = _WEEK.match(text)
        if found is None:
            raise InvalidInputError("week", "is written as 2026-W47")
        week = cls(int(found[1]), int(found[2]))
        try:
            date.fromisocalendar(week.year, week.number, 1)
        except ValueError:
            raise InvalidInputError("week", "this year has no such week") from None
        return week

    @property
    def first(self) -> date:
        """Its Monday."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)

    @property
    def before(self) -> Week:
        """The week before it."""
        return Week.of(self.first - timedelta(days=7))

    @property
    def after(self) -> Week:
        """The week after it."""
        return Week.of(self.first + timedelta(days=7))

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its first instant, and the first one that is not in it."""
        return _midnight(self.first, zone), _midnight(self.first + timedelta(days=7), zone)

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True)
class Quota:
    """Calls of one agent in one week: so many at least, and so many when there is time."""

    least: int
    most: int


@dataclass(frozen=True)
class Quotas:
    """What veterans and newcomers get, and until when somebody is new."""

    veteran: Quota
    newcomer: Quota
    newcomer_days: int

    def of(self, started_on: date | None, week: Week) -> Quota:
        """The quota of somebody who began on that day; of whom no first day is known is a veteran."""
        return self.newcomer if self.is_new(started_on, week) else self.veteran

    def is_new(self, started_on: date | None, week: Week) -> bool:
        """Whether he is new on the Monday of that week, or came in it."""
        return started_on is not None and week.first < started_on + timedelta(days=self.newcomer_days)


def commitment(seed: str) -> str:
    """What is told of a seed before it is shown."""
    return hashlib.sha256(seed.encode()).hexdigest()


def lot(seed: str, *what: str) -> int:
    """The lot of a thing: SHA-256 over the seed and its names with a line feed between, as a number."""
    return int.from_bytes(hashlib.sha256("\n".join((seed, *what)).encode()).digest())


def order(seed: str, agent: str, call_ids: Collection[str]) -> tuple[str, ...]:
    """An agent's calls of the week in the order in which they are drawn."""
    return tuple(sorted(set(call_ids), key=lambda call_id: (lot(seed, "draw", agent, call_id), call_id)))


def draw(seed: str, agent: str, call_ids: Collection[str], count: int) -> tuple[str, ...]:
    """So many of an agent's calls, each set of them as likely as any other; all, if there are no more."""
    return order(seed, agent, call_ids)[: max(count, 0)]


def spread(seed: str, agents: Mapping[str, str], count: int) -> tuple[str, ...]:
    """So many calls by lot, of as many agents as there are: each has a call in it before another has two.

    ``agents``: call → who spoke in it.
    """
    turns: Counter[str] = Counter()
    ranked = []
    for call_id in sorted(agents, key=lambda one: (lot(seed, "spread", one), one)):
        ranked.append((turns[agents[call_id]], call_id))
        turns[agents[call_id]] += 1
    return tuple(call_id for _turn, call_id in sorted(ranked, key=lambda one: one[0])[: max(count, 0)])


def is_chosen(seed: str, rule: str, agent: str, call_id: str, percent: int) -> bool:
    """Whether a call that a rule names gets in, when the rule takes only a part of them."""
    return lot(seed, "rule", rule, agent, call_id) * 100 < percent * _SPACE


def digest(call_ids: Sequence[str]) -> str:
    """The SHA-256 over a list of calls in the order of their names, one a line: two lists are the same or not."""
    return hashlib.sha256("\n".join(sorted(call_ids)).encode()).hexdigest()


@dataclass(frozen=True)
class Frame:
    """What one agent's draw was made from, as it was kept. ``drawn`` is in the order of the draw."""

    agent: str
    call_ids: tuple[str, ...]
    quota: Quota
    drawn: tuple[str, ...]


@dataclass(frozen=True)
class Recomputed:
    """A draw made again. ``again`` is what the kept calls give; the rest compares them with the calls of today."""

    agent: str
    kept: tuple[str, ...]
    again: tuple[str, ...]
    since: tuple[str, ...]
    """calls of the week that were not there when it was drawn: they came in late"""
    gone: tuple[str, ...]
    """calls that it was drawn from and that are no more: no longer there, or their recording was deleted"""

    @property
    def holds(self) -> bool:
        """Whether it comes out the same."""
        return self.kept == self.again


def recompute(seed: str, frame: Frame, today: Collection[str]) -> Recomputed:
    """Make one agent's draw again, from what was kept and from the calls of today."""
    had, has = set(frame.call_ids), set(today)
    return Recomputed(
        frame.agent,
        frame.drawn,
        draw(seed, frame.agent, frame.call_ids, frame.quota.most),
        tuple(sorted(has - had)),
        tuple(sorted(had - has)),
    )
