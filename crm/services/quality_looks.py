"""A machine's look at a call that has its words: each agent's part by itself; what people decided before stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from crm.db.calls import Call, CallEventRow, Recording, TranscriptRow
from crm.db.contact_centre import CallLeg
from crm.db.people import User
from crm.db.sampling import QualityCandidate, QualityLook
from crm.domain.conversation import Span
from crm.domain.quality_findings import AGENT, CALLER, Candidate, Finding, Part, Why, by_phrases
from crm.domain.quality_records import by_records
from crm.domain.quality_sound import by_sound, interruptions, pace_of, silences
from crm.domain.sampling_plan import Plan, Reason
from crm.domain.spoken import find_all, phrases
from crm.services import call_risks, quality_records, sampling_plans
from crm.services import sampling_population as population
from crm.services.evaluation_rights import SERVES
from crm.services.jobs import enqueue
from ivr.callevents import CallEventName

LOOK = "look_at_call"
"""The job that looks at a call."""
DETECTORS = 1
"""Grows with every change of what is looked for."""
_BEFORE = 0.5
"""Seconds before the phone was answered that may be the agent's first words: two clocks were read."""
_SIDES = 2
"""Channels of a recording on which caller and agent can be told apart."""
OPEN, SUPERSEDED = "open", "superseded"


def ask(session: Session, recording_id: str, transcript_id: int, now: datetime) -> None:
    """A transcript of a whole call is there: have the call looked at, if an agent spoke in it."""
    recording = session.get(Recording, recording_id)
    if recording is None or recording.kind != "call" or recording.channels < _SIDES:
        return
    if population.agents_in(session, recording.call_id, 0):
        key = f"{LOOK}:{recording.call_id}:{transcript_id}"
        enqueue(session, LOOK, {"call_id": recording.call_id}, now=now, unique_key=key, priority=6)


@dataclass(frozen=True)
class _Piece:
    """An agent's part of one recording."""

    recording: Recording
    transcript: TranscriptRow
    part: Part


def look(session: Session, call_id: str, *, zone: ZoneInfo, now: datetime) -> int:
    """Look at a call; gives how many candidates it has now. Asking twice does nothing twice."""
    call = session.get(Call, call_id)
    if call is None or call.ended_at is None:
        return 0
    plan, heard = sampling_plans.current(session), _transcripts(session, call_id)
    kept = 0
    for user in population.agents_in(session, call_id, 0) if heard else ():
        pieces = _pieces(session, call, user, heard)
        if pieces:
            kept += _look_at(session, call, user, pieces, plan, zone, now)
    return kept


def _transcripts(session: Session, call_id: str) -> list[tuple[Recording, TranscriptRow]]:
    rows = session.execute(
        select(Recording, TranscriptRow)
        .join(TranscriptRow, TranscriptRow.recording_id == Recording.id)
        .options(selectinload(TranscriptRow.segments))
        .where(
            Recording.call_id == call_id, Recording.kind == "call", Recording.state == "stored",
            Recording.channels >= _SIDES, TranscriptRow.state == "done", TranscriptRow.superseded_by.is_(None),
        )
        .order_by(Recording.started_at, Recording.id, TranscriptRow.id)
    )  # fmt: skip
    return list({recording.id: (recording, transcript) for recording, transcript in rows}.values())


def _pieces(session: Session, call: Call, user: User, heard: Sequence[tuple[Recording, TranscriptRow]]) -> list[_Piece]:
    legs = session.scalars(
        select(CallLeg)
        .where(CallLeg.call_id == call.call_id, CallLeg.kind.in_(SERVES), CallLeg.answered_at.is_not(None))
        .order_by(CallLeg.answered_at, CallLeg.id)
    ).all()
    facts = _facts(session, call, user, legs)
    his = [leg for leg in legs if leg.agent == user.username]
    begin = his[0].answered_at if his else None
    end = max((leg.ended_at for leg in his if leg.ended_at is not None), default=None)
    found = []
    for recording, transcript in heard:
        start = (begin - recording.started_at).total_seconds() - _BEFORE if begin else 0.0
        until = (end - recording.started_at).total_seconds() if end else recording.duration
        start, until, opens = max(0.0, start), min(recording.duration, until), start >= -2 * _BEFORE
        if until <= start:
            continue
        known = call.identified_at if call.identified_by == user.username else None
        part = Part(
            transcript.segments, transcript.language, start, until, opens=opens,
            identified_at=(known - recording.started_at).total_seconds() if known else None, **facts,
        )  # fmt: skip
        found.append(_Piece(recording, transcript, part))
    return found


def _facts(session: Session, call: Call, user: User, legs: Sequence[CallLeg]) -> dict[str, Any]:
    """What the house knows of this agent's part."""
    last = max(legs, key=lambda leg: leg.ended_at or leg.answered_at or leg.rang_at, default=None)
    played = select(CallEventRow.id).where(
        CallEventRow.call_id == call.call_id, CallEventRow.event == CallEventName.NOTICE_PLAYED
    )
    matters = quality_records.matters(session, call.call_id)
    return {
        "first": not legs or legs[0].agent == user.username,
        "last": last is None or last.agent == user.username,
        "notice_played": session.scalars(played.limit(1)).first() is not None,
        "account_matter": matters.account,
        "complaint": matters.complaint,
        "loss_reported": matters.loss,
        "hung_up": last is not None and last.agent == user.username and last.ended_by == "agent",
    }


def _look_at(
    session: Session, call: Call, user: User, pieces: Sequence[_Piece], plan: Plan, zone: ZoneInfo, now: datetime
) -> int:
    longest = max(pieces, key=lambda one: one.part.end - one.part.start)
    found: list[tuple[_Piece, Candidate]] = [
        (piece, one)
        for piece in pieces
        for one in (*by_phrases(piece.part), *by_sound(piece.part, plan.pace(piece.part.language)))
    ]
    tickets = quality_records.of_call(session, call, user)
    found += [(longest, one) for one in by_records(longest.part, tickets)]
    rows = _keep(session, call, user, _merged(found), now)
    _write_look(session, call, user, longest, now)
    _risks(session, call, user, pieces, rows, plan, zone, now)
    return len(rows)


def _merged(found: Sequence[tuple[_Piece, Candidate]]) -> list[tuple[_Piece, Candidate]]:
    """What one recording of a call lacks may be in another: something said is not missed."""
    said = {one.code for _piece, one in found if one.finding is Finding.MET}
    left: dict[str, tuple[_Piece, Candidate]] = {}
    kept = []
    for piece, one in found:
        if one.finding is Finding.MISSED and one.why in {Why.NOT_SAID, Why.NO_GREETING, Why.NO_NUMBER}:
            if one.code not in said:
                left.setdefault(one.code, (piece, one))
        else:
            kept.append((piece, one))
    return [*kept, *left.values()]


def _keep(
    session: Session, call: Call, user: User, found: Sequence[tuple[_Piece, Candidate]], now: datetime
) -> list[QualityCandidate]:
    """New ones are written, decided ones stay, open ones that were not found again are superseded."""
    there = session.scalars(
        select(QualityCandidate).where(
            QualityCandidate.call_id == call.call_id, QualityCandidate.agent_id == user.id,
            QualityCandidate.state != SUPERSEDED,
        )
    ).all()  # fmt: skip
    known = {_identity(row.code, row.finding, row.why, row.spans): row for row in there}
    rows = []
    for piece, one in found:
        spans = [_span(span) for span in one.spans]
        row = known.pop(_identity(one.code, one.finding, one.why, spans), None)
        if row is None:
            row = QualityCandidate(
                call_id=call.call_id, agent_id=user.id, recording_id=piece.recording.id,
                transcript_id=piece.transcript.id, code=one.code, finding=one.finding, why=one.why, spans=spans,
                evidence=dict(one.evidence), certainty=one.certainty, made_at=now, state=OPEN,
            )  # fmt: skip
            session.add(row)
        rows.append(row)
    for row in known.values():
        if row.state == OPEN:
            row.state = SUPERSEDED
    session.flush()
    return rows


def _span(span: Span) -> dict[str, Any]:
    return {"from_ms": round(span.start * 1000), "to_ms": round(span.end * 1000), "phrase": span.what}


def _identity(code: str, finding: str, why: str, spans: Iterable[Any]) -> tuple[Any, ...]:
    return code, finding, why, tuple((span["from_ms"], span["to_ms"]) for span in spans)


def _write_look(session: Session, call: Call, user: User, piece: _Piece, now: datetime) -> None:
    row = session.scalars(
        select(QualityLook).where(QualityLook.call_id == call.call_id, QualityLook.agent_id == user.id)
    ).one_or_none()
    agent, caller = piece.part.of(AGENT), piece.part.of(CALLER)
    values = {
        "recording_id": piece.recording.id, "transcript_id": piece.transcript.id, "language": piece.part.language,
        "looked_at": now, "detectors": DETECTORS, "starts_ms": round(piece.part.start * 1000),
        "ends_ms": round(piece.part.end * 1000), "agent_ms": round(agent.seconds * 1000),
        "caller_ms": round(caller.seconds * 1000), "pace": pace_of(agent),
        "interruptions": len(interruptions(agent, caller)),
        "longest_silence_ms": round(max((one.seconds for one in silences(piece.part, 1.0)), default=0.0) * 1000),
    }  # fmt: skip
    if row is None:
        session.add(QualityLook(call_id=call.call_id, agent_id=user.id, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()


def _risks(
    session: Session, call: Call, user: User, pieces: Sequence[_Piece], rows: Sequence[QualityCandidate], plan: Plan,
    zone: ZoneInfo, now: datetime,
) -> None:  # fmt: skip
    """The risk rules that need words."""
    fatal = sorted({row.code for row in rows if row.finding == Finding.FATAL and row.state == OPEN})
    quiet = [one for piece in pieces for one in silences(piece.part, plan.silence_seconds) if not one.announced]
    named = sorted({span.what for piece in pieces for span in _listed(piece.part, plan)})
    for rule, evidence in (
        (Reason.FATAL, {"codes": fatal} if fatal else None),
        (Reason.SILENCE, {"seconds": round(max(one.seconds for one in quiet))} if quiet else None),
        (Reason.WORDS, {"words": named} if named else None),
    ):
        if evidence is not None:
            call_risks.name(session, call, user, rule, evidence, plan=plan, zone=zone, now=now)


def _listed(part: Part, plan: Plan) -> tuple[Span, ...]:
    """Listed words that the caller said."""
    words = [word.replace("…", "").replace("|", "") for word in plan.words.get(part.language, ())]
    return find_all(phrases(part.language, *[word for word in words if word.strip()]), part.of(CALLER))
