"""How a call's folder stands: being written, about to be whole, or all that there will ever be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from crm.domain.calls import fold
from crm.services.audio_intake import is_closed
from ivr.callevents import CallEventName
from recordings.model import FactName
from recordings.spool import CallFolder, changed_at

_HEAD = 4096
_FORGOTTEN = timedelta(hours=6)
_LAST_WORDS = frozenset({CallEventName.IVR_FINISHED, CallEventName.CALLER_HUNG_UP})


class Standing(StrEnum):
    """What to do with a folder."""

    EMPTY = "empty"
    """nothing in it yet"""
    OPEN = "open"
    """the call runs"""
    SETTLING = "settling"
    """the call has ended; its last files are being closed"""
    OVER = "over"
    """whole, or as whole as it will get"""
    CUT = "cut"
    """the exchange died under the call, or nobody ever ended it"""


def standing_of(folder: CallFolder, *, last_boot: float, now: datetime, grace: timedelta) -> Standing:
    """Judge a folder. ``last_boot``: epoch at which Asterisk was last started."""
    quiet = now - datetime.fromtimestamp(changed_at(folder.path), UTC)
    if any(fact.event == FactName.ENDED for fact in folder.facts):
        return Standing.OVER if quiet >= grace or _is_whole(folder) else Standing.SETTLING
    began = fold(folder.call_id, [line.event for line in folder.journal], folder.facts, seen_at=now).started_at
    if began.timestamp() + 1 < last_boot or quiet >= _FORGOTTEN:
        if quiet < grace:
            return Standing.SETTLING
        something = folder.journal or folder.facts or folder.audio or folder.corrupt
        return Standing.CUT if something else Standing.EMPTY
    return Standing.OPEN if folder.journal or folder.facts else Standing.EMPTY


def _is_whole(folder: CallFolder) -> bool:
    """Whether everybody who writes into the folder has said his last word."""
    if folder.torn or (folder.journal and folder.journal[-1].event.event not in _LAST_WORDS):
        return False
    for file in folder.audio:
        with (folder.path / file.name).open("rb") as audio:
            if not is_closed(audio.read(_HEAD), file.size):
                return False
    return True
