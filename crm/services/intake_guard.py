"""What was taken in whole is not written over by less: a folder that came back half-way, as from a copy."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call, Recording
from crm.db.records import SpoolFolder
from crm.services.intake import Reading
from recordings.model import Flag

_LESS = frozenset({Flag.SALVAGED, Flag.TRUNCATED, Flag.UNREADABLE})
_ROUNDING = 0.01


class LessThanBeforeError(Exception):
    """The folder holds less of the call than was taken in."""


def refuse_without_end(session: Session, call_id: str) -> None:
    """For a folder that does not say how the call ended. Raises LessThanBeforeError when that was taken in already."""
    row, call = session.get(SpoolFolder, call_id), session.get(Call, call_id)
    if row is None or row.ingested_at is None or call is None:
        return
    if call.ended_at is not None and "cut" not in call.flags:
        raise LessThanBeforeError("the end of the call is gone")


def refuse_less_audio(session: Session, reading: Reading) -> None:
    """Raises LessThanBeforeError when a recording of a call that was taken in is gone, shorter or broken now."""
    row = session.get(SpoolFolder, reading.folder.call_id)
    if row is None or row.ingested_at is None:
        return
    now = {kept.source_name: kept for kept in reading.recordings}
    for before in session.scalars(select(Recording).where(Recording.call_id == reading.folder.call_id)):
        kept = now.get(before.source_name)
        if kept is None:
            if before.duration > 0:
                raise LessThanBeforeError(f"{before.source_name} is gone")
        elif kept.duration < before.duration - _ROUNDING:
            raise LessThanBeforeError(f"{before.source_name} is shorter than before")
        elif kept.duration <= before.duration and (_LESS & set(kept.flags)) - set(before.flags):
            raise LessThanBeforeError(f"{before.source_name} is not whole any more")
