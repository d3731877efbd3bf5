"""What ``agi://host:port/NAME`` runs: a literal table from script names to a call's first event."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from agi import earlier
from agi.journal import Entry
from agi.routing_edge import Waiter
from agi.runner import SAMPLE_RATES, Call, House
from ivr.callevents import CallEventName
from ivr.events import CallArrived, Event, QueueTimedOut, SurveyBegins
from ivr.recall import recall
from recordings.naming import is_call_id

Arguments = Mapping[str, str]
Script = Callable[[House, Call, Arguments], Event]

_MAX_ARGUMENTS = 30
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.@-]")


class BadRequest(Exception):  # noqa: N818  (the word of HTTP for it)
    """The dialplan asked for what there is not; the caller goes to the fallback."""


def inbound(house: House, call: Call, _arguments: Arguments) -> Event:
    """A call arrives."""
    return CallArrived(call.caller_number, call.language, house.answer_days, house.today())


def queue_wait(house: House, call: Call, arguments: Arguments) -> Event:
    """A queue gave the caller back. The dialplan's fallback says the recording notice itself."""
    known = recall(earlier.events(house.spool / call.call_id))
    queue, position = arguments.get("queue") or "service", _number(arguments.get("position"))
    waiter = Waiter(queue, call.language, position, _number(arguments.get("here")) or 0)
    turn = house.router.turn(waiter, house.callback_after)
    return QueueTimedOut(
        caller_number=call.caller_number or known.given_number,
        language=call.language,
        queue=queue,
        priority=_number(arguments.get("priority")) or 0,
        position=position,
        waited=_number(arguments.get("waited")) or 0,
        offered_at=_number(arguments.get("offered")),
        callback_after=turn.callback_after,
        notice_heard=known.notice_heard or call.fallbacks > 0,
        onward=turn.onward,
        minutes=turn.minutes,
    )


def survey(_house: House, call: Call, arguments: Arguments) -> Event:
    """The agent handed the caller over."""
    return SurveyBegins(call.caller_number, call.language, _NOT_A_NAME.sub("", arguments.get("by", ""))[:64])


INBOUND = "inbound"
SCRIPTS: dict[str, Script] = {INBOUND: inbound, "queue-wait": queue_wait, "survey": survey}


def script_of(environment: Mapping[str, str]) -> str:
    """The name of the script that is asked for. Raises BadRequest."""
    name = environment.get("agi_network_script", "").partition("?")[0].strip("/")
    if name not in SCRIPTS:
        raise BadRequest("unknown script")
    return name


def arguments_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The ``name=value`` arguments of ``AGI()``."""
    pairs = (environment.get(f"agi_arg_{index}", "") for index in range(1, _MAX_ARGUMENTS))
    return {name: value for name, equals, value in (pair.partition("=") for pair in pairs) if equals}


def call_of(house: House, environment: Mapping[str, str], arguments: Arguments) -> Call:
    """The call that is asked for. Raises BadRequest."""
    call_id = arguments.get("call_id", "")
    if not is_call_id(call_id):
        raise BadRequest("no call_id")
    audio = arguments.get("audio", "wav")
    if audio not in SAMPLE_RATES:
        raise BadRequest("unknown audio extension")
    language = arguments.get("language", "")
    fresh = script_of(environment) == INBOUND
    return Call(
        call_id=call_id,
        caller_number=_telephone(arguments.get("caller")),
        dialled_number=_digits(arguments.get("dialled")),
        language=language if language in house.menu.languages else house.menu.languages[0],
        channel=environment.get("agi_channel", "")[:80],
        audio=audio,
        segment=_number(arguments.get("segment")) or 1,
        fallbacks=0 if fresh else earlier.fallbacks(house.spool / call_id),
    )


def opening(script: str, call: Call) -> tuple[Entry, ...]:
    """What the journal begins with; a caller who comes back from a queue has a journal already."""
    if script != INBOUND:
        return ()
    started = {
        "caller_number": call.caller_number,
        "dialled_number": call.dialled_number,
        "language": call.language,
        "channel": call.channel,
    }
    return ((CallEventName.CALL_STARTED, started),)


def _telephone(text: str | None) -> str | None:
    """The digits of a telephone number, with the ``+`` that says it begins with its country; None without any."""
    digits = _digits(text)
    return ("+" if digits and (text or "").startswith("+") else "") + digits or None


def _digits(text: str | None) -> str:
    return "".join(c for c in text or "" if c in "0123456789")[:32]


def _number(text: str | None) -> int | None:
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdecimal() else None
