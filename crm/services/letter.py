"""The letter of a reply: gathered from the case, drawn, put away; and what a message that carries it tells."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.db.aftercare import Reply
from crm.db.tickets import Ticket
from crm.documents import reply_letter
from crm.documents.reply_letter import ReplyLetter
from crm.domain.access import Actor
from crm.services import documents, letterhead, reach
from crm.services.after_facts import parts_of
from crm.services.documents import DocumentView
from ivr.ticketnumbers import shown
from recordings.store import Store

KIND = "reply_letter"


def gather(session: Session, ticket: Ticket, row: Reply, *, zone: ZoneInfo, now: datetime) -> ReplyLetter:
    """What stands on the letter of this reply."""
    head = letterhead.current(session)
    words = head.words(row.language)
    return ReplyLetter(
        language=row.language,
        bank=words.bank,
        office=f"{words.centre}{words.office}" if row.language == "zh" else f"{words.office}, {words.centre}",
        address=head.address,
        hotline=head.hotline or letterhead.DEFAULT_HOTLINE,
        email=head.email,
        number=shown(ticket.number),
        name=reach.name_of(session, ticket),
        received=day(ticket.received_at, row.language, zone),
        date=day(now, row.language, zone),
        parts=parts_of(row),
        remedies=row.remedies,
        made_at=now,
    )


def keep(
    session: Session, store: Store, actor: Actor, ticket: Ticket, row: Reply, *, zone: ZoneInfo, now: datetime
) -> DocumentView:
    """Draw the letter and put it away."""
    content = reply_letter.draw(gather(session, ticket, row, zone=zone, now=now))
    return documents.keep(
        session,
        store,
        content,
        kind=KIND,
        file_name=f"{'答复函' if row.language == 'zh' else 'reply'}-{shown(ticket.number)}.pdf",
        media_type=documents.PDF,
        ticket_id=ticket.id,
        by=actor.name,
        now=now,
    )


def params(session: Session, ticket: Ticket, language: str, *, zone: ZoneInfo, now: datetime) -> dict[str, str]:
    """What every message about a ticket tells: its number, whom it addresses, its dates."""
    words = letterhead.current(session).words(language)
    name = reach.name_of(session, ticket)
    return {
        "number": shown(ticket.number),
        "name": name or ("尊敬的客户" if language == "zh" else "Customer"),
        "received": day(ticket.received_at, language, zone),
        "date": day(now, language, zone),
        "signed": f"{words.centre}{words.office}" if language == "zh" else f"{words.office}, {words.centre}",
        "survey": "",
        "link": "",
    }


def day(at: datetime, language: str, zone: ZoneInfo) -> str:
    """A day as a letter of this language writes it."""
    here = at.astimezone(zone)
    return f"{here.year}年{here.month}月{here.day}日" if language == "zh" else f"{here.day} {here:%B %Y}"
