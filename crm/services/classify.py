"""What a ticket is about: suggested from its words, confirmed by a person. Both stay, to see how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.calls import TranscriptRow
from crm.db.intake import SuggestionRow
from crm.db.tickets import Ticket, TicketRecording
from crm.domain import classification, statistics_codes
from crm.domain.access import Action, Actor
from crm.domain.classification import Axis, Hit, Suggestion
from crm.domain.errors import ConflictError, ForbiddenError, InvalidInputError
from crm.domain.tickets import Kind, Status, priority_of
from crm.services import scope
from crm.services.lexicon import lexicon
from crm.services.ticket_changes import record_event
from crm.services.tickets import load_ticket

OPEN, DECIDED, SUPERSEDED = "open", "decided", "superseded"
TEXT, TRANSCRIPT = "text", "transcript"
_UNTRIAGED = frozenset({Status.REGISTERED, Status.ACKNOWLEDGED, Status.REOPENED})
"""Where kind, level and severity may still be set without the signatures that a re-grading needs."""
_COLUMNS = ("kind", "category", "severity", "level", "business_code", "reason_code", "channel_code")


@dataclass(frozen=True)
class SuggestionView:
    """A suggestion as pages show it. ``guesses``: axis → label, share, words; ``signs``: sign → words."""

    id: int
    made_at: datetime
    version: str
    source: str
    guesses: Mapping[str, Any]
    signs: Mapping[str, Any]
    state: str
    decided_at: datetime | None
    decided_by: str
    decision: Mapping[str, Any]


def of_text(text: str) -> Suggestion:
    """What a text is about; nothing is kept."""
    return classification.suggest(lexicon(), text)


def told(session: Session, ticket: Ticket) -> tuple[str, str]:
    """What the customer said, and whether that is written or heard: his text, else the transcript of his message."""
    written = "\n".join(part for part in (ticket.text, ticket.demand) if part)
    if written:
        return written, TEXT
    spoken = session.scalars(
        select(TranscriptRow.text)
        .join(TicketRecording, TicketRecording.recording_id == TranscriptRow.recording_id)
        .where(
            TicketRecording.ticket_id == ticket.id, TranscriptRow.state == "done", TranscriptRow.superseded_by.is_(None)
        )
        .order_by(TicketRecording.position, TranscriptRow.id.desc())
        .limit(1)
    ).first()
    return spoken or "", TRANSCRIPT


def make(session: Session, ticket: Ticket, *, now: datetime) -> Suggestion | None:
    """Suggest anew; an older suggestion that nobody decided on is superseded. None where there are no words."""
    text, source = told(session, ticket)
    if not text:
        return None
    found = of_text(text)
    session.execute(
        update(SuggestionRow)
        .where(SuggestionRow.ticket_id == ticket.id, SuggestionRow.state == OPEN)
        .values(state=SUPERSEDED)
    )
    session.add(
        SuggestionRow(
            ticket_id=ticket.id,
            made_at=now,
            version=found.version,
            source=source,
            guesses={str(axis): _guess(guess) for axis, guess in found.guesses.items()},
            signs={str(sign): [hit.word for hit in hits] for sign, hits in found.signs.items()},
            state=OPEN,
            decided_by="",
            decision={},
        )
    )
    session.flush()
    return found


def _guess(guess: classification.Guess) -> dict[str, Any]:
    return {"label": guess.label, "share": guess.share, "words": [_hit(hit) for hit in guess.hits]}


def _hit(hit: Hit) -> dict[str, Any]:
    return {"word": hit.word, "start": hit.start, "end": hit.end, "weight": round(hit.weight, 2)}


def newest(session: Session, ticket_id: int) -> SuggestionView | None:
    """The suggestion that counts: the open one, else the last that was decided on. Rights were asked before."""
    row = session.scalars(
        select(SuggestionRow)
        .where(SuggestionRow.ticket_id == ticket_id, SuggestionRow.state != SUPERSEDED)
        .order_by(SuggestionRow.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return SuggestionView(
        row.id, row.made_at, row.version, row.source, row.guesses, row.signs, row.state, row.decided_at,
        row.decided_by, row.decision,
    )  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """What a person says a ticket is about; None leaves a part as it is."""

    kind: str | None = None
    category: str | None = None
    severity: str | None = None
    level: int | None = None
    business_code: str | None = None
    reason_code: str | None = None
    channel_code: str | None = None


def confirm(
    session: Session, actor: Actor, ticket_id: int, chosen: Chosen, *, now: datetime, version: int | None = None
) -> Ticket:
    """Write down what a person decided, beside what was suggested.

    Raises NotFoundError, ForbiddenError, InvalidInputError, ConflictError (the ticket changed; or it was graded
    already, and kind, level and severity are changed by a re-grading only).
    """
    ticket = load_ticket(session, actor, ticket_id)
    if not scope.may_on_ticket(session, actor, Action.TICKET_RECLASSIFY, ticket_id):
        raise ForbiddenError("your role does not classify this ticket")
    if version is not None and ticket.version != version:
        raise ConflictError("the ticket has changed since it was read")
    wanted = {name: value for name in _COLUMNS if (value := getattr(chosen, name)) is not None}
    _check(ticket, wanted)
    changed = {name: value for name, value in wanted.items() if getattr(ticket, name) != value}
    suggested = _decide(session, ticket_id, wanted, actor, now)
    for name, value in changed.items():
        setattr(ticket, name, value)
    if "kind" in changed or "severity" in changed:
        ticket.priority = priority_of(Kind(ticket.kind), ticket.severity)
    if Kind(ticket.kind) is not Kind.COMPLAINT and ticket.level is not None:
        ticket.level = None
    ticket.version += 1
    fields = {**{name: str(value) for name, value in wanted.items()}, "as_suggested": suggested}
    record_event(session, ticket, "classified", actor=actor.name, at=now, fields=fields)
    return ticket


def _check(ticket: Ticket, wanted: Mapping[str, Any]) -> None:
    labels = {
        "kind": set(Kind),
        "category": classification.LABELS[Axis.CATEGORY],
        "severity": classification.LABELS[Axis.SEVERITY],
        "level": {1, 2, 3},
        "business_code": classification.LABELS[Axis.BUSINESS],
        "reason_code": classification.LABELS[Axis.REASON],
    }
    for name, value in wanted.items():
        known = labels.get(name)
        fits = (
            statistics_codes.is_choice(statistics_codes.Axis.CHANNEL, str(value)) if known is None else value in known
        )
        if not fits:
            raise InvalidInputError(name, "is not one of the choices")
    if wanted.get("kind") == Kind.REVIEW and ticket.kind != Kind.REVIEW:
        raise InvalidInputError("kind", "a review is made from its complaint")
    graded = Status(ticket.status) not in _UNTRIAGED
    if graded and any(
        getattr(ticket, name) != wanted[name] for name in ("kind", "severity", "level") if name in wanted
    ):
        raise ConflictError("the ticket has been graded: kind, level and severity are changed by a re-grading")


def _decide(session: Session, ticket_id: int, wanted: Mapping[str, Any], actor: Actor, now: datetime) -> list[str]:
    """Close the open suggestion with what the person chose; gives the axes on which both agree."""
    row = session.scalars(
        select(SuggestionRow).where(SuggestionRow.ticket_id == ticket_id, SuggestionRow.state == OPEN).limit(1)
    ).first()
    if row is None:
        return []
    axes = {name.removesuffix("_code"): str(value) for name, value in wanted.items()}
    row.state, row.decided_at, row.decided_by, row.decision = DECIDED, now, actor.name, axes
    return sorted(axis for axis, guess in row.guesses.items() if axes.get(axis) == guess["label"])
