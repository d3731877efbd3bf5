"""Mails of which nothing was made: listed with the reason, and made a ticket by a person where the reason was wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.db.intake import Mail, MailFolder
from crm.domain.access import Action, Actor
from crm.domain.errors import ConflictError, ForbiddenError, NotFoundError
from crm.services import audit, mail_in
from crm.services.centre import Centre
from crm.services.mail_in import FILED, HELD, IGNORED, TICKET
from recordings.store import Store

SHOWN = 50
_LISTED = timedelta(days=14)


@dataclass(frozen=True)
class MailView:
    """A mail as the page shows it."""

    id: int
    sender: str
    subject: str
    received_at: datetime
    state: str
    why: str
    size: int


@dataclass(frozen=True)
class BoxView:
    """A mailbox that is read."""

    name: str
    polled_at: datetime
    error: str


def waiting(session: Session, actor: Actor, *, now: datetime) -> tuple[MailView, ...]:
    """Mails that wait for a person, and those of late that were left alone; the waiting ones first."""
    if not actor.may(Action.INTAKE_REVIEW):
        return ()
    rows = session.scalars(
        select(Mail)
        .where(or_(Mail.state == HELD, (Mail.state == IGNORED) & (Mail.received_at > now - _LISTED)))
        .order_by((Mail.state == HELD).desc(), Mail.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        MailView(row.id, row.sender, row.subject, row.received_at, row.state, row.why, row.size) for row in rows
    )


def boxes(session: Session) -> tuple[BoxView, ...]:
    """The mailboxes that are read, and what is wrong with them."""
    rows = session.scalars(select(MailFolder).order_by(MailFolder.name))
    return tuple(BoxView(row.name, row.polled_at, row.error) for row in rows)


def make_ticket(session: Session, store: Store, actor: Actor, mail_id: int, *, centre: Centre, now: datetime) -> int:
    """Make a ticket of a mail after all; gives its id. Its clock counts from the day when the mail came.

    Raises NotFoundError, ForbiddenError, ConflictError, StoreError.
    """
    row = _load(session, actor, mail_id)
    opened = store.open(row.store_key)
    raw = b"".join(opened.read(0, opened.size))
    letter = mail_in.again_as_person(mail_in.read(raw, ()))
    row.ticket_id = mail_in.make(session, store, letter, row.received_at, centre=centre, now=now)
    _decide(session, row, TICKET, actor, now)
    return row.ticket_id


def file_away(session: Session, actor: Actor, mail_id: int, *, now: datetime) -> None:
    """Nothing is to be made of it. Raises NotFoundError, ForbiddenError, ConflictError."""
    _decide(session, _load(session, actor, mail_id), FILED, actor, now)


def _load(session: Session, actor: Actor, mail_id: int) -> Mail:
    if not actor.may(Action.INTAKE_REVIEW):
        raise ForbiddenError("your role does not allow this")
    row = session.get(Mail, mail_id)
    if row is None:
        raise NotFoundError("there is no such mail")
    if row.state not in {HELD, IGNORED}:
        raise ConflictError("somebody decided on this mail already")
    return row


def _decide(session: Session, row: Mail, state: str, actor: Actor, now: datetime) -> None:
    row.state, row.decided_by = state, actor.name
    audit.append(
        session, at=now, actor=actor.name, action=f"mail.{state}", subject=f"mail:{row.id}",
        detail={"why": row.why, "ticket_id": row.ticket_id},
    )  # fmt: skip
