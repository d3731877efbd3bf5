"""A handler's desk: what a ticket waits for, how urgent it is, and what a search box was given (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm.domain.numbers import digits_of
from crm.domain.tickets import Status
from ivr import ticketnumbers


class WaitsFor(StrEnum):
    """Whose turn it is."""

    HANDLER = "handler"
    NOBODY_YET = "nobody_yet"
    """somebody must take it"""
    SIGNATURE = "signature"
    DEPARTMENT = "department"
    EXECUTION = "execution"
    APPRAISER = "appraiser"
    CUSTOMER = "customer"
    OFFICE = "office"
    """the maintenance office gives the answer"""
    SIGNERS = "signers"
    """the form goes round"""
    VISITOR = "visitor"


_TURNS: Mapping[Status, WaitsFor] = {
    Status.SUSPENDED: WaitsFor.APPRAISER,
    Status.PENDING_APPROVAL: WaitsFor.SIGNATURE,
    Status.EXECUTING: WaitsFor.EXECUTION,
    Status.NOTIFYING: WaitsFor.OFFICE,
    Status.NOTIFIED: WaitsFor.CUSTOMER,
    Status.CONFIRMED: WaitsFor.SIGNERS,
    Status.DISPUTED: WaitsFor.OFFICE,
    Status.FORM_SIGNED: WaitsFor.VISITOR,
    Status.RETURN_VISIT: WaitsFor.VISITOR,
}
"""Where it is not the handler's turn."""


def turn(status: str, *, assigned: bool, asked_departments: int) -> WaitsFor:
    """Whose turn it is on a ticket."""
    waits = _TURNS.get(Status(status))
    if waits is not None:
        return waits
    if not assigned:
        return WaitsFor.NOBODY_YET
    return WaitsFor.DEPARTMENT if asked_departments else WaitsFor.HANDLER


class Urgency(StrEnum):
    """How a ticket stands against its nearest term."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    """within three days"""
    LATER = "later"


_SOON = timedelta(days=3)


def urgency(due: datetime | None, now: datetime) -> Urgency:
    """By the clock alone. ``now`` in the centre's zone: its day ends when that day ends."""
    if due is None:
        return Urgency.LATER
    if due < now:
        return Urgency.OVERDUE
    if due.astimezone(now.tzinfo).date() == now.date():
        return Urgency.TODAY
    return Urgency.SOON if due - now <= _SOON else Urgency.LATER


class Reading(StrEnum):
    """What the text of a search box can be."""

    TICKET = "ticket"
    TELEPHONE = "telephone"
    NAME = "name"


@dataclass(frozen=True)
class Asked:
    """One way to read what was typed, and what to look for then."""

    reading: Reading
    text: str


MAX_QUERY = 64
_DIGITS = re.compile(r"[\d\s()（）+＋\-－–—.]+")
SHORTEST_NUMBER = 5
SHORTEST_NAME = 1


def readings(text: str) -> tuple[Asked, ...]:
    """Every way to read it, the surest first: thirteen digits can be a ticket or a telephone with its country code."""
    plain = text.strip()[:MAX_QUERY]
    if not plain:
        return ()
    if _DIGITS.fullmatch(plain):
        digits = digits_of(plain)
        found = [Asked(Reading.TICKET, digits)] if ticketnumbers.is_valid(digits) else []
        if len(digits) >= SHORTEST_NUMBER and not plain.startswith("-"):
            found.append(Asked(Reading.TELEPHONE, plain))
        return tuple(found)
    return (Asked(Reading.NAME, plain),)
