"""Which tickets a call leaves behind (pure).

A ticket that was opened is one. One that was only reserved is one too, *unfinished*, once the call is over and
something was said after it. A message that the dialplan took while the IVR was dead belongs to the unfinished
ticket of its call, or else becomes a callback that the CRM numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crm.domain.tickets import SEVERITY_PRIORITY, Kind, priority_of
from ivr import ticketnumbers
from ivr.callevents import CallEvent
from ivr.callevents import CallEventName as Name
from recordings.model import Fact, FactName


@dataclass(frozen=True)
class TicketIntent:
    """A ticket to be made. ``number`` None: the CRM gives one. ``messages``: file names, the kept one first."""

    origin: str
    number: str | None
    kind: Kind
    priority: str
    received_at: datetime
    unfinished: bool
    messages: tuple[str, ...] = ()


@dataclass
class _Reserved:
    number: str
    kind: Kind
    priority: str
    at: datetime
    opened: bool = False
    unfinished: bool = True
    messages: list[str] = field(default_factory=list)


def tickets_of(
    call_id: str,
    journal: Sequence[CallEvent],
    facts: Sequence[Fact],
    *,
    message_sizes: Mapping[str, float],
    heard_until: datetime | None,
    started_at: datetime,
    over: bool,
) -> tuple[TicketIntent, ...]:
    """The tickets of a call.

    ``message_sizes``: message files and the seconds in them; ``heard_until``: end of the caller's audio;
    ``over``: the call has ended, so what is not opened now never will be.
    """
    reserved = _reserved(journal)
    strays = _strays(journal, facts, message_sizes) if over else []
    by_dialplan = [name for name in strays if _taken_by_dialplan(name, facts)]
    mine = [name for name in strays if name not in by_dialplan]
    open_ones = [one for one in reserved if not one.opened or (one.unfinished and not one.messages)]
    for one in open_ones[-1:]:
        one.messages += mine + by_dialplan
        by_dialplan = []
    intents = []
    for one in reserved:
        heard = any(message_sizes.get(name, 0) > 0 for name in one.messages) or (
            heard_until is not None and heard_until > one.at
        )
        if one.opened or (over and heard):
            intents.append(_intent(call_id, one))
    if not open_ones:
        by_dialplan += mine if not reserved else []
    intents += [_callback(call_id, name, facts, started_at) for name in by_dialplan if message_sizes.get(name, 0) > 0]
    return tuple(intents)


def _reserved(journal: Sequence[CallEvent]) -> list[_Reserved]:
    found: dict[str, _Reserved] = {}
    current: _Reserved | None = None
    for event in journal:
        number = event.fields.get("number")
        name = event.fields.get("file")
        if event.event in {Name.TICKET_STARTED, Name.TICKET_OPENED} and isinstance(number, str):
            current = found.setdefault(number, _Reserved(number, _kind(event), _priority(event), event.at))
            if event.event == Name.TICKET_OPENED:
                current.opened = True
                current.unfinished = event.fields.get("unfinished") is True
                if isinstance(name, str):
                    current.messages = [name]
        elif event.event == Name.MESSAGE_RECORDED and current and not current.opened and isinstance(name, str):
            current.messages = [name, *(m for m in current.messages if m != name)]
        elif event.event == Name.MESSAGE_DISCARDED and current and isinstance(name, str):
            current.messages = [m for m in current.messages if m != name]
    return list(found.values())


def _kind(event: CallEvent) -> Kind:
    """The journal's kind; a broken one counts as what has the law's clock."""
    told = event.fields.get("kind")
    return Kind(told) if isinstance(told, str) and told in set(Kind) else Kind.COMPLAINT


def _priority(event: CallEvent) -> str:
    told = event.fields.get("priority")
    return str(told) if told in SEVERITY_PRIORITY.values() else priority_of(_kind(event), None)


def _strays(journal: Sequence[CallEvent], facts: Sequence[Fact], message_sizes: Mapping[str, float]) -> list[str]:
    """Message files that no line of the journal speaks of: the IVR died before it could."""
    named = {str(e.fields.get("file")) for e in journal}
    return sorted(name for name in message_sizes if name not in named or _taken_by_dialplan(name, facts))


def _taken_by_dialplan(name: str, facts: Sequence[Fact]) -> bool:
    return any(f.event == FactName.MESSAGE and f.fields.get("file") == name for f in facts)


def _intent(call_id: str, one: _Reserved) -> TicketIntent:
    number = one.number if ticketnumbers.is_valid(one.number) else None
    return TicketIntent(
        origin=f"{call_id}/{one.number[:40]}",
        number=number,
        kind=one.kind,
        priority=one.priority,
        received_at=one.at,
        unfinished=one.unfinished,
        messages=tuple(one.messages),
    )


def _callback(call_id: str, name: str, facts: Sequence[Fact], started_at: datetime) -> TicketIntent:
    at = next((f.at for f in facts if f.event == FactName.MESSAGE and f.fields.get("file") == name), None)
    return TicketIntent(
        origin=f"{call_id}/{name.partition('.')[0]}",
        number=None,
        kind=Kind.CALLBACK,
        priority=priority_of(Kind.CALLBACK, None),
        received_at=at or started_at,
        unfinished=True,
        messages=(name,),
    )
