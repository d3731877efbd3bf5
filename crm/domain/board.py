"""What a board shows of agents and queues: sums and tones of a live state (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.domain.live import AgentStateName, LiveAgent, LiveQueue, LiveState

ORDER = (
    AgentStateName.ON_CALL, AgentStateName.RINGING, AgentStateName.WRAP_UP, AgentStateName.AVAILABLE,
    AgentStateName.PAUSED, AgentStateName.OFFLINE,
)  # fmt: skip
"""Agents are listed by what they do: who speaks first, who is away last."""


@dataclass(frozen=True)
class QueueRow:
    """A queue as a row. ``oldest``: since when the first caller waits. ``tone``: quiet, good, busy or bad."""

    name: str
    title: str
    waiting: int
    oldest: datetime | None
    service_level: float | None
    agents: Mapping[str, int]
    tone: str


@dataclass(frozen=True)
class BoardView:
    """Everything that stands on a board."""

    at: datetime
    exchange: bool
    queues: tuple[QueueRow, ...]
    agents: tuple[LiveAgent, ...]
    waiting: int
    oldest: datetime | None
    agents_by_state: Mapping[str, int]
    tone: str


def view(state: LiveState, targets: Mapping[str, int], language: str, *, at: datetime) -> BoardView:
    """The board in a language. ``targets``: queue → seconds within which a call should be answered."""
    rows = tuple(_row(queue, state.agents, targets.get(queue.name), language, at) for queue in state.queues)
    agents = sorted(state.agents, key=lambda agent: (ORDER.index(AgentStateName(agent.state)), agent.since, agent.user))
    tones = [row.tone for row in rows]
    return BoardView(
        at=at,
        exchange=state.exchange,
        queues=rows,
        agents=tuple(agents),
        waiting=sum(row.waiting for row in rows),
        oldest=min((row.oldest for row in rows if row.oldest), default=None),
        agents_by_state=_counted(state.agents),
        tone=next((tone for tone in ("bad", "busy") if tone in tones), "quiet"),
    )


def _row(queue: LiveQueue, agents: Sequence[LiveAgent], target: int | None, language: str, at: datetime) -> QueueRow:
    oldest = min((caller.since for caller in queue.callers), default=None)
    title = queue.title_zh if language == "zh" else queue.title_en
    return QueueRow(
        queue.name,
        title or queue.name,
        len(queue.callers),
        oldest,
        queue.service_level,
        _counted([agent for agent in agents if queue.name in agent.queues]),
        _tone(oldest, target, at),
    )


def _tone(oldest: datetime | None, target: int | None, at: datetime) -> str:
    """Quiet while nobody waits; bad when somebody waits longer than he should."""
    if oldest is None:
        return "quiet"
    return "bad" if target is not None and (at - oldest).total_seconds() > target else "busy"


def _counted(agents: Sequence[LiveAgent]) -> dict[str, int]:
    found = Counter(agent.state for agent in agents)
    return {name.value: found[name.value] for name in AgentStateName}
