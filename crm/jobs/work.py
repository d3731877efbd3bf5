"""Run one job: claim it, hold its lease while the handler works, write down how it ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from asr.engine import Pcm
from asr.transcript import Transcript
from crm.db.session import Database
from crm.jobs import book
from crm.jobs.imap_door import MailboxPlace
from crm.jobs.outgoing import Senders
from crm.services.audit import Verdict
from crm.services.centre import Centre
from recordings.store import Store

log = structlog.get_logger(__name__)

_BEAT = 10.0


class WaitError(Exception):
    """The job cannot run now for a reason outside of it; it was no attempt. ``seconds``: when to look again."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds


class PermanentError(Exception):
    """Another attempt would end the same."""


Recognise = Callable[[Sequence[Pcm], int, str], Transcript]
"""One array a channel (caller, agent), the rate, the call's language → a transcript.

Raises RecogniserUnavailableError (no model: wait), RecognitionError (this audio)."""


@dataclass(frozen=True)
class ModelChoice:
    """Which model would be taken for a language now. ``ranked``: engine and name of all that fit, best first."""

    engine: str
    model: str
    version: str
    ranked: tuple[tuple[str, str], ...]


class AuditKeeper(Protocol):
    """Who has the key and the file of the audit chain's checkpoints."""

    def checkpoint(self) -> int:
        """Sign the head of the chain if it moved, and write the file; gives the number of new lines."""

    def verify(self) -> Verdict:
        """Walk the chain, the checkpoints and their file."""


@dataclass(frozen=True)
class JobContext:
    """What handlers work with."""

    database: Database
    store: Store
    now: Callable[[], datetime]
    recognise: Recognise
    has_room: Callable[[], bool]
    choice: Callable[[str], ModelChoice | None]
    """the model of a language, or None where there is none"""
    senders: Senders | None = None
    """the ways out of the house for messages"""
    audit_keeper: AuditKeeper | None = None
    mailbox: MailboxPlace | None = None
    """where mail comes in; None: it is not read"""
    our_addresses: tuple[str, ...] = ()
    """addresses that the house writes from: a mail from one of them is its own"""
    centre: Centre | None = None
    """what is done at its own time needs to know the centre's zone and address"""
    """who signs checkpoints of the audit chain; without one there are none"""


Handler = Callable[[JobContext, Mapping[str, Any]], None]
OnDead = Callable[[Session, Mapping[str, Any], str, datetime], None]


def run(job_id: int, context: JobContext, handlers: Mapping[str, Handler], on_dead: Mapping[str, OnDead]) -> str:
    """Do the job if it is there to be done; gives how it ended (skipped, done, waits, again, dead, lost)."""
    with context.database.write() as session:
        job = book.claim(session, job_id, now=context.now())
    if job is None:
        return "skipped"
    handler = handlers.get(job.kind, _unknown_kind)
    try:
        with _held(context, job):
            handler(context, job.payload)
    except WaitError as wait:
        with context.database.write() as session:
            until = context.now() + timedelta(seconds=wait.seconds)
            book.put_off(session, job, until=until, why=str(wait))
        return "waits"
    except Exception as error:
        log.exception("job_failed", job=job.id, kind=job.kind, attempts=job.attempts)
        return _failed(context, job, error, on_dead)
    with context.database.write() as session:
        return "done" if book.finish(session, job, now=context.now()) else "lost"


def _unknown_kind(_context: JobContext, _payload: Mapping[str, Any]) -> None:
    raise PermanentError("nobody knows how to do this kind of job")


def _failed(context: JobContext, job: book.Claimed, error: Exception, on_dead: Mapping[str, OnDead]) -> str:
    told = f"{type(error).__name__}: {error}"
    with context.database.write() as session:
        now = context.now()
        buried = book.fail(session, job, now=now, error=told, for_good=isinstance(error, PermanentError))
        if buried is None:
            return "again"
        mourn(session, buried, on_dead, now)
    return "dead"


def mourn(session: Session, buried: book.Buried, on_dead: Mapping[str, OnDead], now: datetime) -> None:
    """Let the kind of a dead job put its own things in order, in the transaction that buried it."""
    log.error("job_dead", kind=buried.kind, error=buried.error)
    last_will = on_dead.get(buried.kind)
    if last_will is not None:
        last_will(session, buried.payload, buried.error, now)


@contextmanager
def _held(context: JobContext, job: book.Claimed) -> Iterator[None]:
    """Renew the lease from a thread of its own while the handler works."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(_BEAT):
            try:
                with context.database.write() as session:
                    book.renew(session, job, now=context.now())
            except SQLAlchemyError as error:
                log.warning("lease_not_renewed", job=job.id, error=type(error).__name__)

    keeper = threading.Thread(target=renew, name=f"lease-{job.id}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
