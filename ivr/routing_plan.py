"""The routing plan: queues, who serves them and when they are open, as one document (pure).

The CRM keeps every version of it and writes the current one to ``HOME/run/routing.json``; the phone side reads
that file alone, so it routes with the last plan when the CRM is down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

PLAN_FILE = "routing.json"
PLAN_VERSION = 1
BUSINESSES = ("service", "complaints", "enquiries", "accounts", "cards", "loss")
"""What a caller may ask for in the menu; each has a queue of the same name in the default plan."""
LANGUAGES = ("zh", "en")
"""A queue's callers of the first language wait under its own name, those of another under a twin's."""


@dataclass(frozen=True)
class Opening:
    """When a queue is open: minutes of the day in the centre's zone. ``weekday``: 0 is Monday."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True)
class Queue:
    """A queue of callers. Times in seconds; ``opening`` empty: always open."""

    name: str
    business: str
    title_zh: str
    title_en: str
    ring_time: int = 20
    wrap_up_limit: int = 60
    service_level: int = 20
    callback_after: int = 60
    overflow_after: int = 120
    overflow_ratio: float = 0.0
    """callers for each available agent above which a new caller overflows at once; 0: never"""
    overflow_to: str = ""
    """a queue's name, or empty"""
    opening: tuple[Opening, ...] = ()
    closed_to: str = ""
    """the queue of the duty roster while this one is closed, or empty: a callback is offered at once"""
    priority: int = 0


@dataclass(frozen=True)
class Member:
    """An agent: businesses with a level (1 the best, 9 the last resort) and languages that he speaks."""

    agent: str
    skills: dict[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ("zh", "en")


@dataclass(frozen=True)
class Plan:
    """The whole plan. ``version`` grows by one with every change."""

    version: int
    queues: tuple[Queue, ...]
    members: tuple[Member, ...]

    def to_document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"v": PLAN_VERSION, **asdict(self)}


def parse(document: dict[str, Any]) -> Plan:
    """Read a document. Raises ValueError that says what is wrong."""
    try:
        if document["v"] != PLAN_VERSION:
            raise ValueError(f"plan version {document['v']!r} is not {PLAN_VERSION}")
        queues = tuple(
            Queue(**{**queue, "opening": tuple(Opening(**one) for one in queue.get("opening", ()))})
            for queue in document["queues"]
        )
        members = tuple(
            Member(
                str(one["agent"]),
                {str(key): int(level) for key, level in one.get("skills", {}).items()},
                tuple(one.get("languages", ("zh", "en"))),
            )
            for one in document["members"]
        )
        return Plan(int(document["version"]), queues, members)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a routing plan: {error!r}") from error


_TITLES = {
    "service": ("客户服务", "Customer service"),
    "complaints": ("投诉", "Complaints"),
    "enquiries": ("业务咨询", "Enquiries"),
    "accounts": ("账务", "Accounts and bills"),
    "cards": ("用卡服务", "Card services"),
    "loss": ("挂失", "Loss reports"),
}
_FIRST = {"loss": 10}


def default_plan(agents: Iterable[str] = (), version: int = 1, callback_after: int = 60) -> Plan:
    """A queue for each business, always open, served by everybody in every language; loss reports come first."""
    queues = tuple(
        Queue(name, name, *_TITLES[name], callback_after=callback_after, priority=_FIRST.get(name, 0))
        for name in BUSINESSES
    )
    members = tuple(Member(agent, dict.fromkeys(BUSINESSES, 1), LANGUAGES) for agent in agents)
    return Plan(version, queues, members)


def twin(queue: str, language: str) -> str:
    """The name that a queue has in Asterisk for callers of a language."""
    return queue if language == LANGUAGES[0] else f"{queue}-{language}"
