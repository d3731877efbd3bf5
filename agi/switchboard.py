"""What the switchboard decides: which steps a command takes, by how the exchange looks now (pure).

A caller is moved by Redirect alone, into contexts of ``extensions_agents.conf`` that find their way by themselves;
so a switchboard that dies half-way leaves nobody stranded. Whether the person may ask for it was decided before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agi.exchange_view import Channel, View
from agi.switchboard_steps import HangUp, Move, Ring, SetVariable, Step
from ivr.exchange import LegKind
from ivr.switchboard import SwitchboardCode, Verb

_CALL = re.compile(r"\A[A-Za-z0-9.-]{1,100}\Z")
_NAME = re.compile(r"\A[A-Za-z0-9_.@-]{1,64}\Z")
_QUEUE = re.compile(r"\A[a-z0-9_-]{1,40}\Z")
_NUMBER = re.compile(r"\A[0-9]{3,20}\Z")
_LANGUAGE = re.compile(r"\A[a-z]{2}\Z")
_SPYING = frozenset({LegKind.LISTEN, LegKind.WHISPER, LegKind.BARGE})


class Refused(Exception):  # noqa: N818 -- an answer, not a fault
    """The command is not carried out; ``code`` says why to a program, the text to a person."""

    def __init__(self, code: SwitchboardCode, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Order:
    """What is to be done, in this order, and what the asker is told."""

    steps: tuple[Step, ...]
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outside:
    """Calls that agents make. ``patterns``: the numbers that can be dialled, none when dialling out is off."""

    patterns: tuple[str, ...] = ()
    new_call_id: Callable[[], str] = lambda: ""


def decide(verb: Verb, args: Mapping[str, Any], view: View, outside: Outside) -> Order:
    """The steps of a command. Raises Refused."""
    deciders: dict[Verb, Callable[[Mapping[str, Any], View], Order]] = {
        Verb.BLIND_TRANSFER: _blind_transfer,
        Verb.CONSULT: _consult,
        Verb.CONSULT_CANCEL: _consult_cancel,
        Verb.TRANSFER: _transfer,
        Verb.CONFERENCE: _conference,
        Verb.LISTEN: lambda a, v: _spy(LegKind.LISTEN, a, v),
        Verb.WHISPER: lambda a, v: _spy(LegKind.WHISPER, a, v),
        Verb.BARGE: _barge,
        Verb.TAKE_OVER: _take_over,
        Verb.DIAL: lambda a, v: _dial(a, v, outside),
        Verb.HANG_UP: _hang_up,
        Verb.REQUEUE: _requeue,
        Verb.SURVEY: _survey,
    }
    if verb not in deciders:
        raise Refused(SwitchboardCode.BAD_REQUEST, f"{verb} is not for the switchboard to decide")
    return deciders[verb](args, view)


def _text(args: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    value = args.get(name)
    if not isinstance(value, str) or not shape.match(value):
        raise Refused(SwitchboardCode.BAD_REQUEST, f"{name} is missing or is none")
    return value


def _caller(args: Mapping[str, Any], view: View) -> Channel:
    call_id = _text(args, "call_id", _CALL)
    caller = view.caller(call_id)
    if caller is None:
        raise Refused(SwitchboardCode.UNKNOWN_CALL, "there is no such call now")
    return caller


def _leg(args: Mapping[str, Any], view: View) -> Channel:
    agent = _text(args, "agent", _NAME)
    legs = [one for one in view.legs(agent, _text(args, "call_id", _CALL)) if one.up and one.kind not in _SPYING]
    if not legs:
        raise Refused(SwitchboardCode.NOT_ON_CALL, f"{agent} is not on this call")
    return legs[0]


def _connected(args: Mapping[str, Any], view: View) -> tuple[Channel, Channel]:
    """The caller and the agent, who speak with each other now."""
    caller, leg = _caller(args, view), _leg(args, view)
    if not leg.bridge or leg.bridge != caller.bridge:
        raise Refused(SwitchboardCode.NOT_ON_CALL, f"{leg.agent} is not connected with the caller")
    return caller, leg


def _phone(agent: str, view: View, *, free: bool = True) -> str:
    phone = view.phones.get(agent)
    if not phone:
        raise Refused(SwitchboardCode.NO_PHONE, f"{agent} has no phone registered")
    if free and view.legs(agent):
        raise Refused(SwitchboardCode.BUSY, f"{agent} is on a call")
    return phone


def _target(args: Mapping[str, Any]) -> tuple[str, str]:
    """(agent or queue, name)."""
    kind, _, name = str(args.get("target", "")).partition(":")
    shapes = {"agent": _NAME, "queue": _QUEUE}
    if kind not in shapes or not shapes[kind].match(name):
        raise Refused(SwitchboardCode.BAD_REQUEST, "target is agent:NAME or queue:NAME")
    return kind, name


def _agent_target(args: Mapping[str, Any], view: View) -> tuple[str, str]:
    """(user name, endpoint) of the agent who is to be asked."""
    kind, name = _target(args)
    if kind != "agent":
        raise Refused(SwitchboardCode.BAD_REQUEST, "only an agent can be asked")
    return name, _phone(name, view)


def _variables(channel: Channel, **values: str) -> tuple[Step, ...]:
    return tuple(SetVariable(channel.name, f"HUIYIN_{name.upper()}", value) for name, value in values.items())


def _consulted(leg: Channel, view: View) -> Channel | None:
    """The colleague whom this agent asks now, when he has answered."""
    found = [one for one in view.with_channel(leg) if one.kind == LegKind.CONSULT and one.up]
    return found[0] if found else None


def _blind_transfer(args: Mapping[str, Any], view: View) -> Order:
    caller, leg = _caller(args, view), _leg(args, view)
    kind, name = _target(args)
    leave = _let_go(caller, view)
    if kind == "queue":
        steps = _variables(caller, by=leg.agent, queue=name)
        return Order((*steps, Move(caller.name, "requeue", "transfer"), *leave))
    phone = _phone(name, view)
    steps = _variables(caller, by=leg.agent, target=name, target_phone=phone, back_phone=leg.endpoint)
    return Order((*steps, Move(caller.name, "xfer"), *leave))


def _consult(args: Mapping[str, Any], view: View) -> Order:
    caller, leg = _connected(args, view)
    _, phone = _agent_target(args, view)
    return Order(
        (
            *_variables(caller, why="consult", by=leg.agent, agent_leg=leg.leg),
            *_variables(leg, target_phone=phone, caller_channel=caller.name),
            Move(caller.name, "parked", also=(leg.name, "consult", "s")),
        )
    )


def _consult_cancel(args: Mapping[str, Any], view: View) -> Order:
    leg = _leg(args, view)
    if leg.context != "consult":
        raise Refused(SwitchboardCode.NOT_ON_CALL, f"{leg.agent} asks nobody now")
    return Order((Move(leg.name, "consult", "back"),))


def _transfer(args: Mapping[str, Any], view: View) -> Order:
    caller, leg = _caller(args, view), _leg(args, view)
    colleague = _consulted(leg, view)
    if colleague is None:
        raise Refused(SwitchboardCode.NO_ANSWER, "the colleague has not answered")
    return Order(
        (
            *_variables(leg, handed="1"),
            *_variables(caller, by=leg.agent, target_channel=colleague.name, target_leg=colleague.leg),
            Move(caller.name, "joined"),
        ),
        {"to": colleague.agent},
    )


def _conference(args: Mapping[str, Any], view: View) -> Order:
    caller, leg = _caller(args, view), _leg(args, view)
    by = _variables(caller, by=leg.agent)
    if not args.get("target"):
        colleague = _consulted(leg, view)
        if colleague is None:
            raise Refused(SwitchboardCode.NO_ANSWER, "the colleague has not answered")
        moved = Move(leg.name, "conference-agent", also=(colleague.name, "conference-agent", "s"))
        return Order((*by, moved, Move(caller.name, "conference", "caller")), {"with": colleague.agent})
    name, phone = _agent_target(args, view)
    ring = Ring(phone, LegKind.CONFERENCE, "conference", caller.call_id, leg.agent)
    if caller.context == "conference":
        return Order((ring,), {"with": name})
    _connected(args, view)
    both = Move(caller.name, "conference", "caller", also=(leg.name, "conference-agent", "s"))
    return Order((*by, both, ring), {"with": name})


def _supervisor(args: Mapping[str, Any], view: View) -> tuple[str, Channel | None]:
    """(user name, the channel with which he listens to this call already)."""
    name = _text(args, "supervisor", _NAME)
    listening = [one for one in view.legs(name, args["call_id"]) if one.up and one.kind in _SPYING]
    return name, listening[0] if listening else None


def _spy(kind: LegKind, args: Mapping[str, Any], view: View) -> Order:
    caller, leg = _caller(args, view), _leg(args, view)
    name, listening = _supervisor(args, view)
    if name == leg.agent:
        raise Refused(SwitchboardCode.BAD_REQUEST, "nobody listens to himself")
    if listening:
        steps = _variables(listening, leg_kind=kind, target_leg=leg.leg)
        return Order((*steps, Move(listening.name, "spy", kind)))
    variables = {"TARGET_LEG": leg.leg}
    return Order((Ring(_phone(name, view), kind, kind, caller.call_id, leg.agent, variables=variables),))


def _barge(args: Mapping[str, Any], view: View) -> Order:
    """A conference of three. To speak into two channels at once from a third loses half of the calls a voice."""
    caller, leg = _caller(args, view), _leg(args, view)
    name, listening = _supervisor(args, view)
    if name == leg.agent:
        raise Refused(SwitchboardCode.BAD_REQUEST, "nobody barges in on himself")
    if listening:
        join = (*_variables(listening, leg_kind=LegKind.BARGE), Move(listening.name, "conference-agent", "rung"))
    else:
        join = (Ring(_phone(name, view), LegKind.BARGE, "conference", caller.call_id, leg.agent),)
    if caller.context == "conference":
        return Order(join)
    _connected(args, view)
    both = Move(caller.name, "conference", "caller", also=(leg.name, "conference-agent", "s"))
    return Order((*_variables(caller, by=name), both, *join))


def _take_over(args: Mapping[str, Any], view: View) -> Order:
    caller, leg = _caller(args, view), _leg(args, view)
    name, listening = _supervisor(args, view)
    in_conference = caller.context == "conference"
    leave = (HangUp(leg.name),) if in_conference else ()
    if listening:
        steps = _variables(listening, leg_kind=LegKind.TRANSFER, caller_channel=caller.name)
        moved = Move(listening.name, "conference-agent", "rung") if in_conference else Move(listening.name, "takeover")
        return Order((*steps, moved, *leave))
    purpose, variables = "conference" if in_conference else "takeover", {"CALLER_CHANNEL": caller.name}
    ring = Ring(_phone(name, view), LegKind.TRANSFER, purpose, caller.call_id, leg.agent, variables=variables)
    return Order((ring, *leave))


def _dial(args: Mapping[str, Any], view: View, outside: Outside) -> Order:
    agent, number = _text(args, "agent", _NAME), _text(args, "number", _NUMBER)
    language = _text(args, "language", _LANGUAGE)
    if not any(matches(pattern, number) for pattern in outside.patterns):
        raise Refused(SwitchboardCode.REFUSED, "this number cannot be dialled")
    phone, call_id = _phone(agent, view), outside.new_call_id()
    variables = {"NUMBER": number, "LANGUAGE": language}
    ring = Ring(phone, LegKind.OUTBOUND, "outbound", call_id, "", number, variables, new_call=True)
    return Order((ring,), {"call_id": call_id})


def matches(pattern: str, number: str) -> bool:
    """Whether a number is one of a dialplan pattern (digits, X, Z, N, [3-9]), the whole of it."""
    places = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]"}
    return re.fullmatch("".join(places.get(sign, sign) for sign in pattern), number) is not None


def _hang_up(args: Mapping[str, Any], view: View) -> Order:
    agent = _text(args, "agent", _NAME)
    legs = view.legs(agent, _text(args, "call_id", _CALL))
    if not legs:
        raise Refused(SwitchboardCode.NOT_ON_CALL, f"{agent} is not on this call")
    return Order(tuple(HangUp(leg.name) for leg in legs))


def _requeue(args: Mapping[str, Any], view: View) -> Order:
    caller = _caller(args, view)
    return Order((Move(caller.name, "requeue"), *_let_go(caller, view)))


def _survey(args: Mapping[str, Any], view: View) -> Order:
    """The caller to the questions, everybody else off his line: nobody but he can answer them."""
    caller, leg = _connected(args, view)
    if leg.kind == LegKind.OUTBOUND:
        raise Refused(SwitchboardCode.BAD_REQUEST, "only who called us is asked in the call")
    return Order((*_variables(caller, by=leg.agent), Move(caller.name, "survey"), *_let_go(caller, view)))


def _let_go(caller: Channel, view: View) -> tuple[Step, ...]:
    """End what every agent has of this call; who listens to one of them is let go with him."""
    agents = [one for one in view.of_call(caller.call_id) if one.agent and one.kind not in _SPYING]
    return tuple(HangUp(one.name) for one in agents)
