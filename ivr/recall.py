"""What a call's journal tells the next session of the same call, so that nobody is asked twice (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ivr.callevents import CallEvent, CallEventName


@dataclass(frozen=True)
class Recalled:
    """``given_number``: what a caller with a withheld number keyed. ``notice_heard``: the recording notice, whole."""

    given_number: str | None = field(default=None, repr=False)
    notice_heard: bool = False


def recall(journal: Iterable[CallEvent]) -> Recalled:
    """Read a journal; the last word on each matter counts."""
    number, heard = None, False
    for event in journal:
        if event.event == CallEventName.NUMBER_GIVEN:
            number = event.fields.get("caller_number")
        elif event.event == CallEventName.NOTICE_PLAYED:
            heard = event.fields.get("complete") is True
    return Recalled(number if isinstance(number, str) and number.isdecimal() else None, heard)
