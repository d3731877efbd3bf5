"""Drops spool folders whose time is over, once every sound in them is in the store, proven by its hash.

A folder stays, however old, while it is not taken in, quarantined, changed since it was taken in, or holds audio
without a whole recording in the store.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from crm.db.calls import Recording
from crm.db.records import SpoolFolder
from crm.db.session import Database
from crm.services.audio_intake import CALL_NAME
from crm.services.ingest import State
from crm.services.stored_audio import standing
from recordings import spool as spools
from recordings.model import Part
from recordings.store import Store, StoreError

log = structlog.get_logger(__name__)

_RETIRED = "~retired-"
_AT_ONCE = 500


@dataclass(frozen=True)
class SpoolUpkeep:
    """``keep``: how long a folder stays in the spool after it was taken in."""

    database: Database
    store: Store
    spool: Path
    keep: timedelta

    def due(self, now: datetime) -> list[str]:
        """Calls whose folder is there and was taken in longer ago than that, the first ones first."""
        there = sorted(spools.call_ids(self.spool))
        due: list[str] = []
        with self.database.read() as session:
            for start in range(0, len(there), _AT_ONCE):
                some = select(SpoolFolder.call_id).where(
                    SpoolFolder.call_id.in_(there[start : start + _AT_ONCE]),
                    SpoolFolder.state == State.DONE,
                    SpoolFolder.ingested_at < now - self.keep,
                )
                due += session.scalars(some.order_by(SpoolFolder.call_id))
        return due

    def retire(self, call_ids: Sequence[str], now: datetime) -> int:
        """Drop the folders of these calls that may go; gives their number."""
        return sum(self._retire(call_id, now) for call_id in call_ids)

    def _retire(self, call_id: str, now: datetime) -> bool:
        path = self.spool / call_id
        try:
            why = self._why_not(call_id, path, now)
        except FileNotFoundError:
            return False
        except (OSError, StoreError) as error:
            why = str(error)
        if why is not None:
            log.warning("spool_folder_kept", call_id=call_id, why=why)
            return False
        aside = self.spool / f"{_RETIRED}{call_id}"
        shutil.rmtree(aside, ignore_errors=True)
        path.rename(aside)  # a kill leaves either the whole folder or one that nobody takes for a call
        shutil.rmtree(aside, ignore_errors=True)
        return True

    def _why_not(self, call_id: str, path: Path, now: datetime) -> str | None:
        """Why this folder must stay, or None."""
        with self.database.read() as session:
            row = session.get(SpoolFolder, call_id)
            rows = session.scalars(select(Recording).where(Recording.call_id == call_id)).all()
        if row is None or row.state != State.DONE or row.ingested_at is None or row.ingested_at >= now - self.keep:
            return "it is not taken in"
        if row.signature != spools.signature(path):
            return "it changed since it was taken in"
        names = {recording.source_name for recording in rows}
        audio = spools.read_folder(path).audio
        spoken_with = any(file.part in {Part.CALLER, Part.LINE} for file in audio)
        for file in audio:
            if file.part == Part.AGENT and not spoken_with:
                continue  # he dialled, and nobody answered
            if file.size and names.isdisjoint(_may_hold(file)):
                return f"{file.name} has no recording"
        for recording in rows:
            found = "purged" if recording.state == "purged" else standing(self.store, recording)
            if found not in {"stored", "purged"}:
                return f"the recording {recording.source_name} is {found} in the store"
        return None

    def clear_left(self) -> None:
        """Finish what a kill left half removed."""
        for left in self.spool.glob(f"{_RETIRED}*"):
            with suppress(OSError):
                shutil.rmtree(left)


def _may_hold(file: spools.AudioFile) -> set[str]:
    """Names of the recordings that a file of the spool goes into."""
    own = f"{file.part}-{file.leg or file.index}"
    return {own} if file.part == Part.MESSAGE else {own, CALL_NAME}
