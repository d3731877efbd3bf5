"""Hot topics: once an hour the words of the last week's complaints are held against those of the weeks before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.db.analysis import Topic
from crm.db.calls import TranscriptRow
from crm.db.tickets import Ticket, TicketRecording
from crm.domain.access import Action, Actor
from crm.domain.errors import ForbiddenError
from crm.domain.tickets import Kind, Status
from crm.domain.topics import hot
from crm.services import scope
from crm.services.ticket_counters import bounds

WINDOW = 7
BEFORE = 28
MOST_TEXTS = 4_000
"""Texts of a window that are read, the newest first."""
MOST_CHARACTERS = 1_000
SHOWN = 12
_KINDS = (Kind.COMPLAINT, Kind.REPORT, Kind.SUGGESTION, Kind.INCIDENT)


@dataclass(frozen=True)
class TopicView:
    """A hot word, with the tickets that the reader may see."""

    word: str
    now: int
    before: int
    score: float
    tickets: tuple[tuple[int, str], ...]


def refresh(session: Session, *, zone: ZoneInfo, now: datetime) -> int:
    """Find the topics of the week that ends today; gives how many there are."""
    today = now.astimezone(zone).date()
    start = bounds(today - timedelta(days=WINDOW - 1), zone)[0]
    earlier = bounds(today - timedelta(days=WINDOW + BEFORE - 1), zone)[0]
    recent = _texts(session, start, now)
    past = _texts(session, earlier, start)
    session.execute(delete(Topic).where(Topic.day == today).execution_options(synchronize_session=False))
    found = 0
    for language, texts in recent.items():
        before = [text for _id, text in past.get(language, [])]
        for one in hot([text for _id, text in texts], before):
            ids = [texts[at][0] for at in one.documents]
            session.add(
                Topic(day=today, language=language, word=one.word, now=one.now, before=one.before, score=one.score,
                      ticket_ids=ids)
            )  # fmt: skip
            found += 1
    session.flush()
    return found


def _texts(session: Session, start: datetime, end: datetime) -> Mapping[str, Sequence[tuple[int, str]]]:
    """What customers wrote and said, by language: ticket and text, the newest first."""
    rows = session.execute(
        select(Ticket.id, Ticket.language, Ticket.text)
        .where(
            Ticket.kind.in_(_KINDS), Ticket.received_at >= start, Ticket.received_at < end,
            Ticket.status != Status.MERGED,
        )
        .order_by(Ticket.received_at.desc())
        .limit(MOST_TEXTS)
    ).all()  # fmt: skip
    spoken = _spoken(session, [row.id for row in rows])
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in rows:
        text = f"{row.text} {spoken.get(row.id, '')}"[:MOST_CHARACTERS].strip()
        if text:
            found["en" if row.language == "en" else "zh"].append((row.id, text))
    return found


def _spoken(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """The transcript of each ticket's first recording: the caller's own message, where he left one."""
    found: dict[int, str] = {}
    for at in range(0, len(ids), 500):
        rows = session.execute(
            select(TicketRecording.ticket_id, TranscriptRow.text)
            .join(TranscriptRow, TranscriptRow.recording_id == TicketRecording.recording_id)
            .where(
                TicketRecording.ticket_id.in_(ids[at : at + 500]), TicketRecording.position == 0,
                TranscriptRow.state == "done",
            )
            .order_by(TranscriptRow.id)
        )  # fmt: skip
        found.update(rows.all())
    return found


def current(session: Session, actor: Actor, language: str | None = None) -> tuple[date | None, tuple[TopicView, ...]]:
    """The newest topics, the hottest first, and the day they are of."""
    if not actor.may(Action.ANALYSIS_READ):
        raise ForbiddenError("these roles do not read the analysis")
    day = session.scalar(select(Topic.day).order_by(Topic.day.desc()).limit(1))
    wanted = [Topic.day == day, *([Topic.language == language] if language else [])]
    rows = session.scalars(select(Topic).where(*wanted).order_by(Topic.score.desc()).limit(SHOWN)).all()
    ids = {int(ticket_id) for row in rows for ticket_id in row.ticket_ids}
    seen = dict(
        session.execute(select(Ticket.id, Ticket.number).where(Ticket.id.in_(ids), scope.tickets_for(actor))).all()
    )
    return day, tuple(
        TopicView(
            row.word, row.now, row.before, row.score,
            tuple((int(one), seen[int(one)]) for one in row.ticket_ids if int(one) in seen)[:5],
        )
        for row in rows
    )  # fmt: skip
