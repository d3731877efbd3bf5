"""One call's folder → rows: prepared without a database, then written in one transaction.

Writing is an upsert of everything that the folder says, so that it may be done again, after a kill or because
audio came late, and ends in the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call, CallEventRow, Recording, TranscriptRow
from crm.domain import callfold
from crm.domain.access import SYSTEM
from crm.domain.callfacts import events_of
from crm.domain.callfold import FoldedCall
from crm.domain.calls import CallFacts, fold
from crm.domain.intake import TicketIntent, tickets_of
from crm.domain.numbers import number_key
from crm.services import audit, call_links, call_parts, customers, jobs, outbound, surveys, ticket_intake
from crm.services.audio_intake import KeptRecording, Recorder, heard_until
from crm.services.centre import Centre
from ivr.callevents import CallEvent
from ivr.callevents import CallEventName as Name
from recordings.model import FactName, Flag
from recordings.naming import DIALPLAN_LOG
from recordings.spool import CallFolder

TRANSCRIBE = "transcribe_recording"
SHORTEST = 0.2
"""Seconds of audio below which there is nothing to transcribe."""
_DIALPLAN_LINES = 1_000_000
_PRIORITY = {"message": 3, "call": 5}


@dataclass(frozen=True)
class Reading:
    """What is known of a call now. ``over``: it has ended, or the exchange died (``cut``)."""

    folder: CallFolder
    call: CallFacts
    over: bool
    cut: bool
    recordings: tuple[KeptRecording, ...]
    tickets: tuple[TicketIntent, ...]
    files: dict[str, str]
    """message file → id of its recording"""
    folded: FoldedCall
    """its waits and legs"""


def prepare(
    folder: CallFolder, recorder: Recorder, *, over: bool, cut: bool, seen_at: datetime, default_language: str
) -> Reading:
    """Read and keep the audio, decide about the tickets. Raises StoreError, OSError."""
    journal = [line.event for line in folder.journal]
    call = fold(folder.call_id, journal, folder.facts, cut=cut, seen_at=seen_at, default_language=default_language)
    opened = frozenset(str(e.fields["file"]) for e in journal if e.event == Name.TICKET_OPENED and e.fields.get("file"))
    messages = recorder.keep_messages(folder, _times(folder), call, None if over else opened)
    whole = recorder.keep_call(folder, call) if over else ()
    tickets = tickets_of(
        folder.call_id,
        journal,
        folder.facts,
        message_sizes={name: kept.duration for name, kept in messages.items()},
        heard_until=heard_until(whole),
        started_at=call.started_at,
        over=over,
    )
    flagged = {name: _flagged(name, kept, journal, tickets) for name, kept in messages.items()}
    files = {name: kept.id for name, kept in flagged.items()}
    told = [*events_of(folder.call_id, folder.facts, journal), *folder.exchange]
    folded = callfold.fold(told)
    if call.ended_at is not None:
        folded = callfold.fold([*told, *callfold.ends_of(folder.call_id, folded, call.ended_at)])
    return Reading(folder, call, over, cut, (*flagged.values(), *whole), tickets, files, folded)


def _times(folder: CallFolder) -> dict[str, datetime]:
    """When each message began."""
    times = {f.fields["file"]: f.at for f in folder.facts if f.event == FactName.MESSAGE and "file" in f.fields}
    for line in folder.journal:
        event = line.event
        name, duration = event.fields.get("file"), event.fields.get("duration")
        if event.event == Name.MESSAGE_RECORDED and isinstance(name, str):
            known = isinstance(duration, int | float) and 0 <= duration < 86_400
            times[name] = event.at - timedelta(seconds=float(duration) if known and duration else 0.0)
    return times


def _flagged(
    name: str, kept: KeptRecording, journal: Sequence[CallEvent], tickets: Iterable[TicketIntent]
) -> KeptRecording:
    flags = list(kept.flags)
    if any(e.event == Name.MESSAGE_DISCARDED and e.fields.get("file") == name for e in journal):
        flags.append(Flag.DISCARDED)
    if any(ticket.unfinished and name in ticket.messages for ticket in tickets):
        flags.append(Flag.UNFINISHED)
    return replace(kept, flags=tuple(flags))


def write(session: Session, reading: Reading, *, centre: Centre, now: datetime) -> tuple[int, ...]:
    """Write all of it; the caller's transaction commits. Nothing is written twice. Gives the ids of new jobs."""
    call = _write_call(session, reading, centre, now)
    _write_events(session, reading)
    made_jobs: list[int] = []
    stored: list[KeptRecording] = []
    for kept in reading.recordings:
        if _write_recording(session, reading, kept):
            stored.append(kept)
            made_jobs += _ask_for_transcript(session, reading, kept, now)
    session.flush()
    for intent in reading.tickets:
        ticket_intake.write_ticket(
            session,
            intent,
            call=call,
            caller_number=reading.call.given_number or reading.call.caller_number,
            messages=[reading.files[name] for name in intent.messages if name in reading.files],
            recordings=[kept.id for kept in reading.recordings if kept.kind == "call"],
            centre=centre,
            now=now,
        )
    call_links.catch_up(session, call.call_id)
    heard = [line.event for line in reading.folder.journal]
    surveys.write_of_call(session, call, heard, centre=centre, now=now)
    if reading.over:
        outbound.settle(session, call.call_id, talked=reading.call.reached)
    for kept in stored:
        audit.append(
            session,
            at=now,
            actor=SYSTEM.name,
            action="recording.stored",
            subject=f"recording:{kept.id}",
            detail={"call_id": call.call_id, "sha256": kept.sha256, "flags": list(kept.flags)},
        )
    return tuple(made_jobs)


def _write_call(session: Session, reading: Reading, centre: Centre, now: datetime) -> Call:
    facts = reading.call
    call = session.get(Call, reading.folder.call_id)
    if call is None:
        call = Call(call_id=reading.folder.call_id)
        session.add(call)
    call.caller_number = facts.caller_number
    call.direction = "outbound" if facts.outbound else "inbound"
    call.caller_key = number_key(facts.customer_number if facts.outbound else facts.caller_number, centre.region)
    call.dialled_number, call.language = facts.dialled_number, facts.language
    call.started_at, call.answered_at, call.ended_at = facts.started_at, facts.answered_at, facts.ended_at
    call.outcome, call.menu_path = facts.outcome, list(facts.menu_path)
    call.queue, call.wait_time, call.ivr_done = facts.queue, facts.wait_time, facts.ivr_done
    call.flags = _call_flags(reading)
    if call.customer_id is None:
        customer = customers.find_or_make(session, facts.customer_number, region=centre.region, now=now)
        call.customer_id = customer.id if customer else None
    session.flush()
    call_parts.write(session, call, reading.folded)
    if facts.outbound:
        call.outcome = facts.outcome  # that the agent lifted his own phone is no answer
    return call


def _call_flags(reading: Reading) -> list[str]:
    folder = reading.folder
    flags = []
    if folder.corrupt or (reading.over and folder.torn):
        flags.append("corrupt_journal")
    numbers = [line.event.seq for line in folder.journal]
    if numbers != list(range(len(numbers))):
        flags.append("journal_gap")
    if reading.cut:
        flags.append("cut")
    if reading.over and not folder.has_dialplan_log:
        flags.append("no_dialplan_log")
    return flags


def _write_events(session: Session, reading: Reading) -> None:
    folder, call_id = reading.folder, reading.folder.call_id
    known = select(CallEventRow.source, CallEventRow.seq).where(CallEventRow.call_id == call_id)
    there = {(row.source, row.seq) for row in session.execute(known)}
    rows = [
        CallEventRow(
            call_id=call_id,
            source="ivr",
            seq=line.line,
            at=line.event.at,
            event=line.event.event,
            fields={**line.event.fields},
        )
        for line in folder.journal
    ]
    rows += [
        CallEventRow(call_id=call_id, source="dialplan", seq=f.line, at=f.at, event=f.event, fields=dict(f.fields))
        for f in folder.facts
    ]
    for bad in (*folder.corrupt, *(folder.torn if reading.over else ())):
        seq = bad.line + (_DIALPLAN_LINES if bad.file == DIALPLAN_LOG else 0)
        fields = {"file": bad.file, "line": bad.line, "text": bad.text}
        rows.append(
            CallEventRow(
                call_id=call_id,
                source="corrupt",
                seq=seq,
                at=reading.call.started_at,
                event="corrupt_line",
                fields=fields,
            )
        )
    session.add_all(row for row in rows if (row.source, row.seq) not in there)


def _write_recording(session: Session, reading: Reading, kept: KeptRecording) -> bool:
    """Write the row; whether its audio is new."""
    row = session.get(Recording, kept.id)
    fresh = row is None or row.sha256 != kept.sha256
    if row is None:
        row = Recording(id=kept.id, call_id=reading.folder.call_id)
        session.add(row)
    row.kind, row.source_name, row.store_key = kept.kind, kept.source_name, kept.store_key
    row.state = "damaged" if Flag.UNREADABLE in kept.flags else "stored"
    row.started_at, row.duration, row.rate, row.channels = (
        kept.started_at,
        kept.duration,
        kept.rate,
        kept.channels,
    )
    row.sha256, row.size, row.peaks = kept.sha256, kept.size, list(kept.peaks)
    row.flags, row.estimated_loss = [str(flag) for flag in kept.flags], kept.estimated_loss
    session.flush()
    return fresh


def _ask_for_transcript(session: Session, reading: Reading, kept: KeptRecording, now: datetime) -> list[int]:
    if kept.duration < SHORTEST or not kept.rate:
        return []
    row = TranscriptRow(recording_id=kept.id, state="queued", language=reading.call.language)
    session.add(row)
    session.flush()
    job = jobs.enqueue(
        session,
        TRANSCRIBE,
        {"recording_id": kept.id, "transcript_id": row.id},
        now=now,
        unique_key=f"transcribe:{kept.id}:{kept.sha256[:16]}",
        queue=jobs.SPEECH_QUEUE,
        priority=_PRIORITY[kept.kind],
    )
    return [job] if job is not None else []
