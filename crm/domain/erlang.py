"""How many agents calls need: Erlang B, C and A as functions of numbers alone (pure).

Calls come at random (Poisson, ``calls`` an hour), their handling times are exponential (mean ``handle`` seconds), they
wait in one line for ``agents`` equal agents. What differs is what a caller who waits does:

- **Erlang B** (Erlang 1917): he does not wait, he is lost. ``B(n) = R·B(n−1) / (n + R·B(n−1))``, ``B(0) = 1``, with the
  load ``R = calls · handle / 3600`` in erlangs. Stable for any number of agents.
- **Erlang C** (Erlang 1917): he waits for ever. ``C = n·B / (n − R·(1 − B))``; answered within ``T`` seconds:
  ``1 − C·exp(−(n − R)·T/handle)``; mean wait ``C·handle/(n − R)``. With ``n ≤ R`` the line grows without end.
- **Erlang A** (Palm 1946; Mandelbaum and Zeltyn, "Service engineering in action: the Palm/Erlang-A queue", 2007): his
  patience is exponential with mean ``patience`` seconds, then he hangs up. With ``λ, μ, θ`` the rates of coming,
  of being served and of giving up, ``J(t) = ∫ exp(λ(1 − e^(−θx))/θ − nμx) dx`` from ``t`` on and ``ε = 1/B(n−1)``:
  ``P(wait) = λJ(0)/(ε + λJ(0))``, ``P(abandon) = (1 + (λ − nμ)·J(0))/(ε + λJ(0))``, and as many as
  ``λ∫ e^(−θx)·exp(…) dx/(ε + λJ(0))`` from ``T`` on are answered later than ``T``. Both integrals are incomplete gamma
  functions, whose series has positive terms only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

HOUR = 3600.0
MOST_AGENTS = 5_000
_MOST_TERMS = 200_000
_TINY = 1e-16


@dataclass(frozen=True)
class Load:
    """Calls of an hour. ``patience``: mean seconds until a caller hangs up; None: he never does (Erlang C)."""

    calls: float
    handle: float
    patience: float | None = None

    def __post_init__(self) -> None:
        for name in ("calls", "handle"):
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} must be a number from 0 on")
        if self.patience is not None and not (math.isfinite(self.patience) and self.patience > 0):
            raise ValueError("patience must be above 0")

    @property
    def erlangs(self) -> float:
        """Agents that would be busy on average if nobody had to wait."""
        return self.calls * self.handle / HOUR


@dataclass(frozen=True)
class Goal:
    """What callers are promised: this share of them answered within so many seconds; and at most so busy agents."""

    share: float = 0.8
    seconds: float = 20.0
    occupancy: float = 1.0
    """the part of their time in which agents work for callers, at most; 1: no limit"""

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError("share must lie between 0 and 1")
        if not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise ValueError("seconds must be a number from 0 on")
        if not 0 < self.occupancy <= 1:
            raise ValueError("occupancy must lie above 0 and be at most 1")


@dataclass(frozen=True)
class Service:
    """What callers and agents live through. ``wait`` in seconds (over all callers); infinite when the line grows."""

    agents: int
    waits: float
    """the share of callers who wait at all"""
    level: float
    """the share of all callers who are answered within the goal's seconds"""
    wait: float
    abandoned: float
    occupancy: float

    def meets(self, goal: Goal) -> bool:
        """Whether that is good enough."""
        return self.level >= goal.share and self.occupancy <= goal.occupancy


def erlang_b(agents: int, erlangs: float) -> float:
    """The share of calls that find all agents busy when nobody waits."""
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = erlangs * blocked / (n + erlangs * blocked)
    return blocked


def erlang_c(agents: int, erlangs: float) -> float:
    """The share of calls that have to wait when everybody waits; 1 when the agents cannot keep up."""
    if erlangs <= 0:
        return 0.0
    if agents <= erlangs:
        return 1.0
    blocked = erlang_b(agents, erlangs)
    return agents * blocked / (agents - erlangs * (1 - blocked))


def service(agents: int, load: Load, seconds: float) -> Service:
    """What so many agents give these calls; ``seconds``: within which an answer counts as in time."""
    if agents < 0 or agents > MOST_AGENTS:
        raise ValueError(f"agents must be 0 to {MOST_AGENTS}")
    if load.erlangs <= 0:
        return Service(agents, 0.0, 1.0, 0.0, 0.0, 0.0)
    if load.patience is None:
        return _patient(agents, load, seconds)
    return _impatient(agents, load, load.patience, seconds)


def _patient(agents: int, load: Load, seconds: float) -> Service:
    spare = agents - load.erlangs
    if spare <= 0:
        return Service(agents, 1.0, 0.0, math.inf, 0.0, 1.0)
    waits = erlang_c(agents, load.erlangs)
    level = 1 - waits * math.exp(-spare * seconds / load.handle)
    return Service(agents, waits, level, waits * load.handle / spare, 0.0, load.erlangs / agents)


def _impatient(agents: int, load: Load, patience: float, seconds: float) -> Service:
    if agents == 0:
        return Service(0, 1.0, 0.0, patience, 1.0, 1.0)
    comes, served, gives_up = load.calls / HOUR, 1 / load.handle, 1 / patience
    ratio, shape = comes / gives_up, agents * served / gives_up
    blocked = erlang_b(agents - 1, load.erlangs)
    if blocked < _TINY:  # so many agents that nobody waits, as far as numbers can tell
        return Service(agents, 0.0, 1.0, 0.0, 0.0, load.erlangs / agents)
    free = 1 / blocked
    all_waits = ratio * _integral(shape, ratio, 1.0)
    whole = free + all_waits
    waits = all_waits / whole
    abandoned = max(0.0, (1 + (comes - agents * served) * all_waits / comes) / whole)
    late = ratio * _integral(shape + 1, ratio, math.exp(-gives_up * seconds)) / whole
    level = min(1.0, max(0.0, 1 - abandoned - late))
    busy = load.erlangs * (1 - abandoned) / agents
    return Service(agents, waits, level, abandoned * patience, abandoned, min(1.0, busy))


def _integral(shape: float, ratio: float, y: float) -> float:
    """``θ·∫ exp(λ(1 − e^(−θx))/θ − s·θx) dx`` over the times after which ``e^(−θx)`` is below ``y``.

    It is ``e^a·a^(−s)·γ(s, a·y)`` with ``a`` the ratio and ``s`` the shape, by the series of the lower gamma function.
    """
    point = ratio * y
    term = total = 1 / shape
    for k in range(1, _MOST_TERMS):
        term *= point / (shape + k)
        total += term
        if term < total * _TINY:
            break
    power = shape * math.log(y) + ratio * (1 - y) if y > 0 else -math.inf
    return math.exp(power) * total


def agents_needed(load: Load, goal: Goal) -> Service:
    """The fewest agents that meet the goal, and what they give. Raises ValueError beyond ``MOST_AGENTS``."""
    if load.erlangs <= 0:
        return Service(0, 0.0, 1.0, 0.0, 0.0, 0.0)
    low = 0
    high = max(1, math.ceil(load.erlangs))
    while not service(high, load, goal.seconds).meets(goal):
        low, high = high, high * 2
        if high > MOST_AGENTS:
            raise ValueError(f"more than {MOST_AGENTS} agents would be needed")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if service(middle, load, goal.seconds).meets(goal) else (middle, high)
    return service(high, load, goal.seconds)


def heads(agents: int, shrinkage: float) -> int:
    """People who are to be on the roster so that so many are on the phones: breaks, training, illness taken off."""
    if not 0 <= shrinkage < 1:
        raise ValueError("shrinkage must be from 0 to below 1")
    return math.ceil(agents / (1 - shrinkage) - 1e-9)
