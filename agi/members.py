"""Who sits in which queue: what the plan and the agents' availability ask for, and what differs from it (pure).

Each agent of the plan is a member of each of his queues with both of his phones, always; a member who is not to be
rung is paused. So a change of an agent's state is a pause and nothing else, and Asterisk, which knows every phone's
state, never rings one that is not registered. Of an agent's two phones one at most is not paused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agi.ami_protocol import Fields, Message
from ivr.routing_plan import Plan, twin

WEB = "-web"
_TECHNOLOGY = "PJSIP/"
_AT_WORK = frozenset({"ringing", "on_call", "wrap_up"})
"""Reasons why an agent is not rung who will be, soon."""
_NO_PHONE = frozenset({"0", "4", "5"})
"""Device states (unknown, invalid, unavailable) of a phone that is not registered."""

Seat = tuple[str, str]
"""A queue, by its name in Asterisk, and an endpoint."""


@dataclass(frozen=True)
class Availability:
    """Whether queues ring an agent, and if not, why."""

    available: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Membership:
    """How an endpoint is a member of a queue."""

    agent: str
    penalty: int
    paused: bool
    reason: str = ""


@dataclass(frozen=True)
class Add:
    """Make an endpoint a member."""

    seat: Seat
    membership: Membership

    def action(self) -> tuple[str, Fields]:
        """For the manager interface."""
        queue, endpoint = self.seat
        interface, one = _TECHNOLOGY + endpoint, self.membership
        return "QueueAdd", [
            ("Queue", queue), ("Interface", interface), ("StateInterface", interface), ("MemberName", one.agent),
            ("Penalty", str(one.penalty)), ("Paused", "true" if one.paused else "false"),
            ("Reason", one.reason),
        ]  # fmt: skip


@dataclass(frozen=True)
class Remove:
    """Let an endpoint be a member no more."""

    seat: Seat

    def action(self) -> tuple[str, Fields]:
        """For the manager interface."""
        return "QueueRemove", [("Queue", self.seat[0]), ("Interface", _TECHNOLOGY + self.seat[1])]


@dataclass(frozen=True)
class Penalise:
    """Give a member another level."""

    seat: Seat
    penalty: int

    def action(self) -> tuple[str, Fields]:
        """For the manager interface."""
        queue, endpoint = self.seat
        fields = [("Interface", _TECHNOLOGY + endpoint), ("Penalty", str(self.penalty)), ("Queue", queue)]
        return "QueuePenalty", fields


@dataclass(frozen=True)
class Pause:
    """Ring an endpoint no more, or again, in all of its queues."""

    endpoint: str
    paused: bool
    reason: str = ""

    def action(self) -> tuple[str, Fields]:
        """For the manager interface."""
        fields = [("Interface", _TECHNOLOGY + self.endpoint), ("Paused", "true" if self.paused else "false")]
        return "QueuePause", [*fields, ("Reason", self.reason)]


Change = Add | Remove | Penalise | Pause


def phone_kind(endpoint: str) -> str:
    """Which of an agent's phones it is: web or desk."""
    return "web" if endpoint.endswith(WEB) else "desk"


def ringing(endpoints: Iterable[str], registered: frozenset[str], latest: str | None) -> str | None:
    """The one phone of an agent that rings: the last one that registered, if it still is; else one that is."""
    order = sorted(endpoints, key=lambda one: (one not in registered, one != latest, not one.endswith(WEB), one))
    return order[0] if order else None


def pauses(endpoints: Iterable[str], state: Availability, rings: str | None) -> list[Pause]:
    """How each phone of an agent is to be."""
    return [Pause(one, *_paused(one, state, rings)) for one in sorted(endpoints)]


def wanted(
    plan: Plan, owners: Mapping[str, str], states: Mapping[str, Availability], rings: Mapping[str, str | None]
) -> dict[Seat, Membership]:
    """All members as they are to be. ``owners``: endpoint → agent; ``rings``: agent → the phone that rings."""
    phones: dict[str, list[str]] = {}
    for endpoint, agent in owners.items():
        phones.setdefault(agent, []).append(endpoint)
    found = {}
    for member in plan.members:
        state = states.get(member.agent, Availability())
        for queue in plan.queues:
            if queue.business not in member.skills:
                continue
            penalty = max(0, member.skills[queue.business] - 1)
            for language in member.languages:
                for endpoint in phones.get(member.agent, ()):
                    paused, reason = _paused(endpoint, state, rings.get(member.agent))
                    seat = (twin(queue.name, language), endpoint)
                    found[seat] = Membership(member.agent, penalty, paused, reason)
    return found


def load(events: Iterable[Message], states: Mapping[str, Availability]) -> dict[str, dict[str, int]]:
    """How each queue moves: agents at work there (with a phone, and not away), calls served, seconds of a call."""
    events = list(events)
    at_work: dict[str, set[str]] = {}
    for event in events:
        state = states.get(event.get("Name"), Availability())
        if event.get("Event") != "QueueMember" or event.get("Status") in _NO_PHONE:
            continue
        if state.available or state.reason in _AT_WORK:
            at_work.setdefault(event.get("Queue"), set()).add(event.get("Name"))
    return {
        event.get("Queue"): {
            "agents": len(at_work.get(event.get("Queue"), ())),
            "served": _number(event.get("Completed")),
            "talk_time": _number(event.get("TalkTime")),
        }
        for event in events
        if event.get("Event") == "QueueParams"
    }


def actual(events: Iterable[Message]) -> tuple[dict[Seat, Membership], frozenset[str], frozenset[str]]:
    """Read QueueStatus: the members, the endpoints among them that are registered, and the queues that exist."""
    found, registered, queues = {}, set(), set()
    for event in events:
        queue = event.get("Queue")
        if event.get("Event") == "QueueParams":
            queues.add(queue)
        elif event.get("Event") == "QueueMember" and event.get("Location").startswith(_TECHNOLOGY):
            endpoint = event.get("Location").removeprefix(_TECHNOLOGY)
            paused = event.get("Paused") == "1"
            found[queue, endpoint] = Membership(
                event.get("Name"), _number(event.get("Penalty")), paused,
                event.get("PausedReason") if paused else "",
            )  # fmt: skip
            if event.get("Status") not in _NO_PHONE:
                registered.add(endpoint)
    return found, frozenset(registered), frozenset(queues)


def differences(wished: Mapping[Seat, Membership], there: Mapping[Seat, Membership]) -> list[Change]:
    """What makes ``there`` as it is ``wished``: who must not be rung first, who may be rung last."""
    changes: list[Change] = [Remove(seat) for seat in sorted(there) if seat not in wished]
    stop: dict[str, Pause] = {}
    go: dict[str, Pause] = {}
    for seat, wish in sorted(wished.items()):
        is_there = there.get(seat)
        if is_there is None or is_there.agent != wish.agent:
            changes += [Remove(seat)] if is_there else []
            changes.append(Add(seat, wish))
            continue
        if is_there.penalty != wish.penalty:
            changes.append(Penalise(seat, wish.penalty))
        if (is_there.paused, is_there.reason) != (wish.paused, wish.reason):
            (stop if wish.paused else go)[seat[1]] = Pause(seat[1], wish.paused, wish.reason)
    return [*stop.values(), *changes, *go.values()]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _paused(endpoint: str, state: Availability, rings: str | None) -> tuple[bool, str]:
    if not state.available:
        return True, state.reason
    return (False, "") if endpoint == rings else (True, "other_phone")
