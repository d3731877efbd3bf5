"""The spool's watcher: takes in each call exactly once, however often it is killed, and looks again where it changes.

The spool is the truth until a folder is *done*. A folder that fails for its own reasons is tried again with
growing pauses, then quarantined, while the others go on; what fails for reasons of the house (no database, no
room) is tried until it works and counts against nobody.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from crm.db.records import SpoolFolder
from crm.db.session import Database
from crm.domain.access import SYSTEM
from crm.services import audit, intake
from crm.services.audio_intake import Recorder
from crm.services.centre import Centre
from crm.services.intake_guard import LessThanBeforeError, refuse_less_audio, refuse_without_end
from crm.services.standing import Standing, standing_of
from recordings import spool as spools
from recordings.store import StoreError

log = structlog.get_logger(__name__)

_AGAIN_SOON = timedelta(seconds=2)
_FRESH = timedelta(minutes=3)
_COLD = timedelta(minutes=5)


class State(StrEnum):
    """What became of a folder."""

    OPEN = "open"
    DONE = "done"
    QUARANTINED = "quarantined"


@dataclass(frozen=True)
class IngestConfig:
    """Where and how."""

    spool: Path
    centre: Centre
    default_language: str = "zh"
    grace: timedelta = timedelta(seconds=4)
    max_attempts: int = 6
    max_deaths: int = 20
    """attempts in which the process may die before the folder is blamed for it"""


@dataclass
class _Known:
    state: State
    signature: str
    look_at: datetime
    done_at: datetime | None = None
    texts: str = ""


@dataclass
class Scan:
    """What one look at the spool did."""

    done: int = 0
    open: int = 0
    failed: int = 0
    waiting: int = 0


class Ingest:
    """Remembers between scans what it need not look at. One process at a time works on a spool."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        config: IngestConfig,
        ring: Callable[[Sequence[int]], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._config = config
        self._ring = ring
        self._known: dict[str, _Known] | None = None
        self._blameless: set[str] = set()

    def scan(self, now: datetime) -> Scan:
        """Look at every folder that may have news. Raises what the database raises when it is away."""
        known = self._load(now)
        self._wake(now)
        boots = spools.boots(self._config.spool)
        result = Scan()
        for call_id in sorted(spools.call_ids(self._config.spool)):
            entry = known.get(call_id)
            if entry is None or entry.look_at <= now:
                with contextlib.suppress(FileNotFoundError):  # somebody moved it away meanwhile
                    self._look(call_id, now, max(boots, default=0.0), result)
        return result

    def _load(self, now: datetime) -> dict[str, _Known]:
        if self._known is None:
            with self._database.read() as session:
                rows = session.scalars(select(SpoolFolder)).all()
            self._known = {
                r.call_id: _Known(State(r.state), r.signature, r.next_try_at or now, r.ingested_at) for r in rows
            }
        return self._known

    def _wake(self, now: datetime) -> None:
        """Look again at quarantined folders that somebody wants to be tried again."""
        assert self._known is not None  # noqa: S101  (scan loads it first)
        resting = [call_id for call_id, entry in self._known.items() if entry.state is State.QUARANTINED]
        if not resting:
            return
        with self._database.read() as session:
            still = set(session.scalars(select(SpoolFolder.call_id).where(SpoolFolder.state == State.QUARANTINED)))
        for call_id in set(resting) - still:
            self._known[call_id] = _Known(State.OPEN, "", now, self._known[call_id].done_at)

    def _look(self, call_id: str, now: datetime, last_boot: float, result: Scan) -> None:
        assert self._known is not None  # noqa: S101  (scan loads it first)
        path = self._config.spool / call_id
        entry = self._known.setdefault(call_id, _Known(State.OPEN, "", now))
        signature = spools.signature(path)
        if entry.signature == signature and entry.state is not State.OPEN:
            fresh = entry.done_at is not None and now - entry.done_at < _FRESH
            entry.look_at = now + (_AGAIN_SOON if fresh else _COLD)
            return
        folder = spools.read_folder(path)
        standing = standing_of(folder, last_boot=last_boot, now=now, grace=self._config.grace)
        if standing in {Standing.EMPTY, Standing.SETTLING}:
            result.waiting += 1
            return
        if standing in {Standing.OPEN, Standing.CUT} and entry.done_at is not None:
            try:
                with self._database.read() as session:
                    refuse_without_end(session, call_id)
            except LessThanBeforeError as less:
                self._leave(entry, call_id, signature, less, now)
                return
        if standing is Standing.OPEN:
            self._take_open(entry, folder, now, result)
            return
        self._take(entry, folder, signature, standing, now, result)

    def _take_open(self, entry: _Known, folder: spools.CallFolder, now: datetime, result: Scan) -> None:
        """A call that runs: shown live, with the tickets that it has opened so far."""
        result.open += 1
        texts = repr((len(folder.journal), len(folder.facts)))
        entry.look_at = now + timedelta(seconds=1)
        if entry.texts == texts:
            return
        try:
            self._write(folder, State.OPEN, "", now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("open_call_not_taken", call_id=folder.call_id)
            entry.look_at = now + timedelta(seconds=30)
            return
        entry.texts = texts
        entry.look_at = now + _AGAIN_SOON

    def _take(
        self, entry: _Known, folder: spools.CallFolder, signature: str, standing: Standing, now: datetime, result: Scan
    ) -> None:
        changed = entry.state is State.QUARANTINED  # somebody mended it, or audio came late: all attempts again
        attempts = self._begin(folder.call_id, now, anew=changed)
        if attempts > self._config.max_deaths:
            died = RuntimeError("the process died in each attempt")
            self._failed(entry, folder.call_id, signature, attempts, died, now)
            return
        try:
            self._write(folder, State.DONE, signature, now, cut=standing is Standing.CUT)
        except (OperationalError, InterfaceError):
            self._blameless.add(folder.call_id)
            raise
        except LessThanBeforeError as less:
            self._leave(entry, folder.call_id, signature, less, now)
        except (StoreError, OSError) as error:
            self._blameless.add(folder.call_id)
            entry.look_at = now + timedelta(seconds=5)
            log.error(  # noqa: TRY400  (a full disk is no news in a stack)
                "call_not_stored", call_id=folder.call_id, error=str(error)
            )
            result.failed += 1
        except Exception as error:
            log.exception("call_not_taken", call_id=folder.call_id, attempts=attempts)
            self._failed(entry, folder.call_id, signature, attempts, error, now)
            result.failed += 1
        else:
            entry.state, entry.signature, entry.done_at = State.DONE, signature, now
            entry.look_at = now + _AGAIN_SOON
            result.done += 1

    def _begin(self, call_id: str, now: datetime, *, anew: bool) -> int:
        """Count the attempt before it is made: a folder that kills the process is found out, too."""
        with self._database.write() as session:
            row = session.get(SpoolFolder, call_id)
            if row is None:
                row = SpoolFolder(call_id=call_id, state=State.OPEN, first_seen_at=now, attempts=0)
                session.add(row)
            if anew:
                row.state, row.attempts = State.OPEN, 0
            if call_id not in self._blameless:
                row.attempts += 1
            row.next_try_at = now + _pause(row.attempts)  # for who comes after us, should this kill us
            self._blameless.discard(call_id)
            return row.attempts

    def _write(
        self, folder: spools.CallFolder, state: State, signature: str, now: datetime, *, cut: bool = False
    ) -> None:
        over = state is State.DONE
        reading = intake.prepare(
            folder,
            self._recorder,
            over=over,
            cut=cut,
            seen_at=datetime.fromtimestamp(folder.path.stat().st_mtime, UTC),
            default_language=self._config.default_language,
        )
        with self._database.write() as session:
            row = session.get(SpoolFolder, folder.call_id)
            if row is None:
                row = SpoolFolder(call_id=folder.call_id, state=state, first_seen_at=now)
                session.add(row)
            if over:
                refuse_less_audio(session, reading)
            new_jobs = intake.write(session, reading, centre=self._config.centre, now=now)
            row.state, row.signature, row.error, row.next_try_at = state, signature, None, None
            row.attempts = 0
            if over:
                row.digest, row.ingested_at = _digest(reading), now
        if new_jobs:
            self._ring(new_jobs)

    def _leave(self, entry: _Known, call_id: str, signature: str, less: LessThanBeforeError, now: datetime) -> None:
        """Write nothing of the folder but why; its old signature stays, so that housekeeping leaves it to a person."""
        log.warning("spool_folder_left", call_id=call_id, why=str(less))
        entry.state, entry.signature, entry.look_at = State.DONE, signature, now + _COLD
        with self._database.write() as session:
            row = session.get_one(SpoolFolder, call_id)
            row.state, row.attempts, row.next_try_at = State.DONE, 0, None
            if row.error == str(less):
                return
            row.error = str(less)
            audit.append(
                session,
                at=now,
                actor=SYSTEM.name,
                action="spool.left",
                subject=f"call:{call_id}"[:120],
                detail={"why": str(less)},
            )

    def _failed(
        self, entry: _Known, call_id: str, signature: str, attempts: int, error: Exception, now: datetime
    ) -> None:
        given_up = attempts >= self._config.max_attempts
        entry.look_at = now + _pause(attempts)
        with self._database.write() as session:
            row = session.get_one(SpoolFolder, call_id)
            row.error = f"{type(error).__name__}: {error}"[:2_000].replace("\0", "")
            row.next_try_at = entry.look_at
            if given_up:
                row.state, row.signature = State.QUARANTINED, signature
                audit.append(
                    session,
                    at=now,
                    actor=SYSTEM.name,
                    action="spool.quarantined",
                    subject=f"call:{call_id}"[:120],
                    detail={"error": type(error).__name__, "attempts": attempts},
                )
        if given_up:
            entry.state, entry.signature = State.QUARANTINED, signature


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=min(600, 2 ** min(attempts, 10)))


def _digest(reading: intake.Reading) -> str:
    """SHA-256 over what was taken in."""
    content = [line.event.to_line() for line in reading.folder.journal]
    content += [repr((f.line, f.at, f.event, sorted(f.fields.items()))) for f in reading.folder.facts]
    content += sorted(f"{kept.source_name} {kept.sha256}" for kept in reading.recordings)
    return hashlib.sha256("\n".join(content).encode(errors="replace")).hexdigest()
