"""The wire contract between the ``live`` service and the web: the state of agents and queues, messages, asks (pure).

``live`` writes the state (``STATE_KEY``, whole, at every change) and the messages (``STREAM``) to Redis and answers
what it is asked (``ASKS``). The web reads; it never decides what an agent's state is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

VERSION = 1
STREAM = "huiyin:live"
"""Stream of messages to screens: fields ``to``, ``event`` and ``data`` (JSON), as ``Message.to_fields`` gives them."""
STREAM_LENGTH = 5000
"""About so many messages are kept for who comes back; an older place gets a ``reset`` instead."""
STATE_KEY = "huiyin:live:state"
"""JSON of the whole ``LiveState``."""
ASKS = "huiyin:live:asks"
"""List of asks, the oldest at the left: the web appends with RPUSH, ``live`` takes with BLPOP."""
ANSWER = "huiyin:live:answer:"
"""With the ask's id: a list with the one answer, which ``live`` pushes and lets expire after ``ANSWER_SECONDS``."""
ANSWER_SECONDS = 30


class AgentStateName(StrEnum):
    """What an agent is doing."""

    AVAILABLE = "available"
    RINGING = "ringing"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    OFFLINE = "offline"
    """no phone of his is registered"""


WITH_CUSTOMER = frozenset({AgentStateName.RINGING, AgentStateName.ON_CALL, AgentStateName.WRAP_UP})
"""States in which an agent works for a caller: their rows have a ``call_id``."""


class Event(StrEnum):
    """Names of messages to screens."""

    POP = "pop"
    """to the ringing agent: who calls and why (what ``crm.services.screen_pop.compose`` gives)"""
    POP_END = "pop_end"
    """to the same: call_id, reason (answered, missed, refused, abandoned, transferred, ended)"""
    CALL = "call"
    """to an agent of the call: call_id, phase, and what changed"""
    AGENT = "agent"
    """an agent's state: what ``LiveAgent.to_document`` gives"""
    BOARD = "board"
    """queues and agents: what ``LiveState.to_document`` gives, or the part that changed"""
    NOTICE = "notice"
    """to a person: what ``crm.live.bell`` tells of a notice that was just written"""
    RESET = "reset"
    """made by the web: what happened meanwhile is not known, load the state anew"""


TO_BOARD = "board"
"""Who sees everybody's work."""
TO_AGENTS = "agents"
"""Everybody who answers calls, and who sees the board."""


def to_user(username: str) -> str:
    """This person alone."""
    return f"user:{username}"


@dataclass(frozen=True)
class Message:
    """Something for screens. ``to``: ``user:NAME``, ``board`` or ``agents``."""

    to: str
    event: str
    data: Mapping[str, Any]

    def to_fields(self) -> dict[str, str]:
        """The fields of the stream's entry."""
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return {"to": self.to, "event": self.event, "data": data}


@dataclass(frozen=True)
class LiveAgent:
    """An agent now. ``phone``: web, desk or None; ``reason`` of a pause; ``queues`` by name."""

    user: str
    display_name: str
    state: str
    since: datetime
    reason: str = ""
    call_id: str | None = None
    phone: str | None = None
    queues: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**vars(self), "since": instant(self.since), "queues": list(self.queues)}


@dataclass(frozen=True)
class LiveCaller:
    """Somebody who waits in a queue."""

    call_id: str
    since: datetime
    caller_number: str | None = None
    priority: int = 0
    position: int | None = None
    language: str | None = None

    def to_document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**vars(self), "since": instant(self.since)}


@dataclass(frozen=True)
class LiveQueue:
    """A queue now. ``service_level``: share answered in time today, None before the first call."""

    name: str
    title_zh: str = ""
    title_en: str = ""
    callers: tuple[LiveCaller, ...] = ()
    service_level: float | None = None

    def to_document(self) -> dict[str, Any]:
        """As JSON has it."""
        callers = [caller.to_document() for caller in self.callers]
        return {**vars(self), "callers": callers}


@dataclass(frozen=True)
class LiveState:
    """Agents and queues at ``at``. ``exchange``: whether Asterisk is heard; when not, this is the last known."""

    at: datetime
    agents: tuple[LiveAgent, ...] = ()
    queues: tuple[LiveQueue, ...] = ()
    exchange: bool = True

    def to_document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "v": VERSION,
            "at": instant(self.at),
            "exchange": self.exchange,
            "agents": [agent.to_document() for agent in self.agents],
            "queues": [queue.to_document() for queue in self.queues],
        }

    def to_json(self) -> str:
        """What stands under ``STATE_KEY``."""
        return json.dumps(self.to_document(), ensure_ascii=False, separators=(",", ":"))

    def agent(self, username: str) -> LiveAgent | None:
        """This agent, or None."""
        return next((agent for agent in self.agents if agent.user == username), None)


def parse_state(text: str | bytes) -> LiveState:
    """Read what ``to_json`` wrote. Raises ValueError for anything else; unknown keys are passed over."""
    try:
        data = json.loads(text)
        if data["v"] != VERSION:
            raise ValueError(f"version {data['v']!r} of the live state is not {VERSION}")
        return LiveState(
            at=moment(data["at"]),
            agents=tuple(_agent(one) for one in data["agents"]),
            queues=tuple(_queue(one) for one in data["queues"]),
            exchange=bool(data.get("exchange", True)),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a live state: {error!r}") from error


def _agent(data: Mapping[str, Any]) -> LiveAgent:
    return LiveAgent(
        user=str(data["user"]),
        display_name=str(data.get("display_name") or data["user"]),
        state=AgentStateName(data["state"]).value,
        since=moment(data["since"]),
        reason=str(data.get("reason") or ""),
        call_id=data.get("call_id"),
        phone=data.get("phone"),
        queues=tuple(str(name) for name in data.get("queues", ())),
    )


def _queue(data: Mapping[str, Any]) -> LiveQueue:
    level = data.get("service_level")
    return LiveQueue(
        name=str(data["name"]),
        title_zh=str(data.get("title_zh", "")),
        title_en=str(data.get("title_en", "")),
        callers=tuple(_caller(one) for one in data.get("callers", ())),
        service_level=None if level is None else float(level),
    )


def _caller(data: Mapping[str, Any]) -> LiveCaller:
    return LiveCaller(
        call_id=str(data["call_id"]),
        since=moment(data["since"]),
        caller_number=data.get("caller_number"),
        priority=int(data.get("priority") or 0),
        position=data.get("position"),
        language=data.get("language"),
    )


@dataclass(frozen=True)
class Ask:
    """Something that the web asks of ``live``; so far only ``set_state`` {user, state, reason}.

    After ``until`` nobody waits for the answer any more: ``live`` passes over an ask that it takes later than that.
    """

    id: str
    verb: str
    until: datetime
    args: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """One element of the list."""
        return json.dumps({**vars(self), "until": instant(self.until)}, ensure_ascii=False, separators=(",", ":"))


def parse_ask(text: str | bytes) -> Ask:
    """Read an ask. Raises ValueError."""
    try:
        data = json.loads(text)
        return Ask(str(data["id"]), str(data["verb"]), moment(data["until"]), dict(data["args"]))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not an ask: {error!r}") from error


@dataclass(frozen=True)
class Reply:
    """The answer to an ask. ``error``: conflict, invalid, not_found or unavailable; empty when it was done."""

    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    message: str = ""

    def to_json(self) -> str:
        """The one element of the answer's list."""
        return json.dumps(vars(self), ensure_ascii=False, separators=(",", ":"))


def parse_reply(text: str | bytes) -> Reply:
    """Read an answer. Raises ValueError."""
    try:
        data = json.loads(text)
        return Reply(dict(data.get("result") or {}), str(data.get("error") or ""), str(data.get("message") or ""))
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not an answer: {error!r}") from error


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def moment(text: Any) -> datetime:
    """An instant as it is written down. Raises ValueError for one without a zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return at
