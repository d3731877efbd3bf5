"""What to do when an agent's phone is lost in a call: who waits, who hears music, who is rung again (pure).

A page that is loaded again registers within a second or two and takes its call back by itself (INVITE with
Replaces); so nothing is moved at first. Then the caller hears music, and the dead channel is ended: no agent stays
busy with a ghost. When the phone is back it is rung, and answers by itself; when the grace is over, the caller goes
to the head of his queue. A phone whose voice still arrives is not lost, whatever its registration says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from agi.exchange_view import Channel, View
from agi.switchboard_steps import HangUp, Move, Record, Ring, SetVariable, Step
from ivr.exchange import LegKind

MUSIC_AFTER = 2.5
"""Seconds without the phone after which the caller hears music."""
REPLACES_WITHIN = 1.5
"""Seconds that a page has, once it is registered again, to take its call back by itself."""
GRACE = 12.0
"""Seconds without the phone after which the caller goes back to his queue."""
SILENT_FOR = 1.0
"""Seconds without a packet after which a phone's voice counts as gone."""
_SPYING = frozenset({LegKind.LISTEN, LegKind.WHISPER, LegKind.BARGE})


class Stage(StrEnum):
    """How far it has come."""

    WAITING = "waiting"
    """nothing was moved"""
    MUSIC = "music"
    """the caller hears music, the dead channel is ended"""


@dataclass(frozen=True)
class Absence:
    """An agent whose phone was lost in a call. Times by a clock that does not jump."""

    agent: str
    call_id: str
    leg: str
    lost_at: float
    stage: Stage = Stage.WAITING
    back_at: float | None = None
    packets: int = -1
    """that had come from the phone at the last look"""
    heard_at: float = float("-inf")
    """when the number grew last"""


@dataclass(frozen=True)
class Memory:
    """What is remembered between two looks."""

    absences: Mapping[str, Absence] = field(default_factory=dict)
    recorded: frozenset[str] = frozenset()
    """legs that came back by themselves and are recorded"""


@dataclass(frozen=True)
class Turn:
    """What is to be done now. ``waiting``: look again soon."""

    memory: Memory
    steps: tuple[Step, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether somebody is absent."""
        return bool(self.memory.absences)


def lost(memory: Memory, agent: str, endpoint: str, view: View, now: float) -> Turn:
    """A phone is not registered any more."""
    legs = [one for one in view.legs(agent) if one.endpoint == endpoint]
    ringing = tuple(HangUp(one.name) for one in legs if not one.up)
    up = [one for one in legs if one.up]
    if not up or agent in memory.absences:
        return Turn(memory, ringing)
    absence = Absence(agent, up[0].call_id, up[0].leg, now)
    return Turn(replace(memory, absences={**memory.absences, agent: absence}), ringing)


def registered(memory: Memory, agent: str, now: float) -> Turn:
    """A phone of the agent is there, the same or another."""
    absence = memory.absences.get(agent)
    if absence is None or absence.back_at is not None:
        return Turn(memory)
    return Turn(replace(memory, absences={**memory.absences, agent: replace(absence, back_at=now)}))


def look(memory: Memory, view: View, packets: Mapping[str, int], now: float) -> Turn:
    """Look at every absence. ``packets``: how many have come from the phone of each leg so far."""
    absences: dict[str, Absence] = {}
    steps: list[Step] = []
    for absence in memory.absences.values():
        still, done = _look_at(_hear(absence, packets, now), view, now)
        steps += done
        if still:
            absences[still.agent] = still
    found = unrecorded(view, memory.recorded)
    steps += [Record(one.call_id, one.leg, one.agent) for one in found]
    here = {one.leg for one in view.channels}
    recorded = frozenset({one.leg for one in found} | (memory.recorded & here))
    return Turn(Memory(absences, recorded), tuple(steps))


def unrecorded(view: View, recorded: frozenset[str]) -> tuple[Channel, ...]:
    """Phones that are connected with a caller and that nobody rang: they came back by themselves."""
    return tuple(
        one
        for one in view.channels
        if one.agent and not one.kind and one.up and one.leg not in recorded
        if any(other.is_caller for other in view.with_channel(one))
    )


def _hear(absence: Absence, packets: Mapping[str, int], now: float) -> Absence:
    count = packets.get(absence.leg)
    if count is None or count == absence.packets:
        return absence
    first = absence.packets < 0
    return replace(absence, packets=count, heard_at=absence.heard_at if first else now)


def _look_at(absence: Absence, view: View, now: float) -> tuple[Absence | None, tuple[Step, ...]]:
    ghost = next((one for one in view.channels if one.leg == absence.leg), None)
    caller = view.caller(absence.call_id)
    dead: tuple[Step, ...] = (HangUp(ghost.name),) if ghost else ()
    if ghost and ghost.kind in _SPYING:
        return (absence, ()) if now - absence.lost_at < MUSIC_AFTER and absence.back_at is None else (None, dead)
    if caller is None:
        return None, dead
    if any(one.leg != absence.leg and one.up and one.bridge for one in view.legs(absence.agent, absence.call_id)):
        return None, dead  # it came back by itself, or was rung by somebody else
    if ghost and now - absence.heard_at < SILENT_FOR:
        return (absence if absence.back_at is None else None), ()
    if absence.stage is Stage.WAITING and ghost is None:
        return None, ()  # somebody ended the call in the meantime
    return _move(absence, caller, dead, view, now)


def _move(
    absence: Absence, caller: Channel, dead: tuple[Step, ...], view: View, now: float
) -> tuple[Absence | None, tuple[Step, ...]]:
    waiting = absence.stage is Stage.WAITING
    if absence.back_at is not None:
        if waiting and now - absence.back_at < REPLACES_WITHIN:
            return absence, ()
        phone = view.phones.get(absence.agent)
        if phone:
            return None, (*_ring_again(absence, caller, phone), *dead)
        absence = replace(absence, back_at=None)
    if now - absence.lost_at >= GRACE:
        back = () if _in_conference(caller) else (Move(caller.name, "requeue"),)
        return None, (*back, *dead)
    if waiting and now - absence.lost_at >= MUSIC_AFTER:
        return replace(absence, stage=Stage.MUSIC), (*_music(absence, caller), *dead)
    return absence, ()


def _in_conference(caller: Channel) -> bool:
    return caller.context == "conference"


def _music(absence: Absence, caller: Channel) -> tuple[Step, ...]:
    if _in_conference(caller):
        return ()
    return (
        SetVariable(caller.name, "HUIYIN_WHY", "lost"),
        SetVariable(caller.name, "HUIYIN_BY", absence.agent),
        Move(caller.name, "parked"),
    )


def _ring_again(absence: Absence, caller: Channel, phone: str) -> tuple[Step, ...]:
    if _in_conference(caller):
        return (Ring(phone, LegKind.REJOIN, "conference", absence.call_id),)
    return (SetVariable(caller.name, "HUIYIN_TARGET_PHONE", phone), Move(caller.name, "rejoin"))
