"""The acceptance form on paper: prefilled from the case, drawn with its signatures, put away when it is filed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm.db.intake import TicketIntake
from crm.db.people import User
from crm.db.tickets import Ticket
from crm.documents import acceptance_form
from crm.documents.acceptance_form import PrintedForm, Signed
from crm.domain.access import Actor
from crm.domain.forms import MAX_FIELD, PAPER_CHANNEL_OF
from crm.domain.tickets import Channel
from crm.services import documents, letterhead, reach
from crm.services.documents import DocumentView
from crm.services.forms import KIND, FormView, zone_day
from crm.services.heard import words_of_ticket
from ivr.ticketnumbers import shown
from recordings.store import Store

_LEVELS: Mapping[str, tuple[str, str, str]] = {
    "zh": ("一级 抱怨性投诉", "二级 服务类投诉", "三级 系统及操作类投诉"),
    "en": ("Level 1, grumbling", "Level 2, service", "Level 3, system or operation"),
}


def prefill(
    session: Session, ticket: Ticket, actor: Actor, *, language: str, zone: ZoneInfo, now: datetime
) -> dict[str, str]:
    """What the case says already for FO-01 to FO-10; a person looks through it before it counts."""
    intake = session.get(TicketIntake, ticket.id)
    user = session.get(User, actor.user_id) if actor.user_id is not None else None
    about = ticket.accused.display_name or ticket.accused.username if ticket.accused else ""
    level = _LEVELS.get(language, _LEVELS["en"])[ticket.level - 1] if ticket.level in {1, 2, 3} else ""
    ways = reach.ways_to(session, ticket)
    return {
        "filled_on": zone_day(now, language, zone),
        "filled_by": (user.display_name or user.username) if user else "",
        "real_name": reach.name_of(session, ticket),
        "complained_about": " ".join(part for part in (about, ticket.complained_about) if part),
        "channel": ticket.channel,
        "user_name": intake.user_name if intake else "",
        "complaint_type": level,
        "phone": next((address for way, address in ways.addresses.items() if way in {"phone", "sms"}), ""),
        "complained_at": _moment(ticket.received_at, language, zone),
        "content": (ticket.text or words_of_ticket(session, ticket))[:MAX_FIELD],
    }


def _moment(at: datetime, language: str, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{zone_day(at, language, zone)} {here:%H:%M}"


def draw(session: Session, ticket: Ticket, form: FormView, channel_words: str, *, zone: ZoneInfo) -> bytes:
    """The form as PDF, with the signatures that it has."""
    words = letterhead.current(session).words(form.language)
    channel = form.fields.get("channel", "")
    box = PAPER_CHANNEL_OF.get(Channel(channel), "") if channel in set(Channel) else ""
    signatures = {
        one.place: Signed(
            f"{one.name}（代{one.in_place_of}）" if one.in_place_of else one.name,
            zone_day(one.at, form.language, zone),
            one.opinion,
            one.seal[:12],
        )
        for one in form.signatures
    }
    last = max([form.filled_at, *(one.at for one in form.signatures)])
    return acceptance_form.draw(
        PrintedForm(
            shown(ticket.number), f"{words.bank} {words.centre}", form.language, form.fields, box, channel_words,
            signatures, last,
        )
    )  # fmt: skip


def keep(
    session: Session, store: Store, actor: Actor, ticket: Ticket, content: bytes, language: str, *, now: datetime
) -> DocumentView:
    """Put the drawn form away."""
    name = "客户投诉受理单" if language == "zh" else "acceptance-form"
    return documents.keep(
        session, store, content, kind=KIND, file_name=f"{name}-{shown(ticket.number)}.pdf",
        media_type=documents.PDF, ticket_id=ticket.id, by=actor.name, now=now,
    )  # fmt: skip
