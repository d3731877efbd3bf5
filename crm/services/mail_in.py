"""A mail that came in → a new ticket, a word to one that is there, or a note why it is neither. Once, and never lost.

The mail itself is sealed in the store, whole, before anything is made of it; its row and what was made of it are
written in one transaction. The same mail again, from whatever folder, changes nothing.
"""

from __future__ import annotations

import email
import hashlib
import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.intake import Mail, TicketIntake
from crm.db.messages import Message
from crm.db.tickets import Ticket
from crm.domain import mails
from crm.domain.access import SYSTEM
from crm.domain.classification import Axis
from crm.domain.errors import ConflictError
from crm.domain.mails import Letter, Sort
from crm.domain.messages import NEXT, MessageState
from crm.domain.submissions import MAX_TEXT, Preferred, Submission, email_key, is_email
from crm.domain.tickets import Channel, Kind
from crm.services import classify, contributions, delivery, messages
from crm.services.centre import Centre
from crm.services.contributions import Said
from crm.services.submissions import CUSTOMER, Arrival, SentFile, origin_of, take_in
from recordings.store import Store

TICKET, REPLY, IGNORED, HELD, FILED = "ticket", "reply", "ignored", "held", "filed"
FLOOD = 30
"""Mails of one sender within an hour; the next ones wait for a person."""
_SURE = 0.7
"""So sure must the words be that a mail is no complaint; else the clock of complaints runs."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_REFERENCE = re.compile(rb"<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@")
_SEARCHED = 200_000
_PREFIX = "mail"


@dataclass(frozen=True)
class Came:
    """How a mail came to us."""

    mailbox: str
    uid: int | None
    received_at: datetime
    ours: Collection[str] = ()
    """addresses that the house writes from"""


@dataclass(frozen=True)
class Outcome:
    """What became of a mail. ``again``: it was taken in before."""

    state: str
    why: str = ""
    ticket_id: int | None = None
    again: bool = False


def take_in_mail(session: Session, store: Store, raw: bytes, came: Came, *, centre: Centre, now: datetime) -> Outcome:
    """Take a mail in. Raises StoreError; what the database raises."""
    letter = read(raw, came.ours)
    there = session.scalars(select(Mail).where(Mail.key == letter.key)).first()
    if there is not None:
        return Outcome(there.state, there.why, there.ticket_id, again=True)
    row = put_away(session, store, raw, letter, came, now)
    why = _why_not(session, letter, raw, now)
    if why:
        row.state, row.why = (HELD if why in {"flood", "empty"} else IGNORED), why
        return Outcome(row.state, why)
    ticket = _answered(session, letter)
    if ticket is not None:
        row.state, row.ticket_id = REPLY, ticket.id
        said = Said(
            _told(letter), Channel.EMAIL, CUSTOMER.name, sent_files(letter), "email", mail_id=row.id, leave_out=True
        )
        contributions.add(session, store, ticket, said, now=now)
        return Outcome(REPLY, ticket_id=ticket.id)
    row.state, row.ticket_id = TICKET, make(session, store, letter, came.received_at, centre=centre, now=now)
    return Outcome(TICKET, ticket_id=row.ticket_id)


def read(raw: bytes, ours: Collection[str]) -> Letter:
    """The mail as a letter."""
    parsed = email.message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    return mails.read(parsed, raw, ours)


def put_away(session: Session, store: Store, raw: bytes, letter: Letter | None, came: Came, now: datetime) -> Mail:
    """Seal the mail in the store and write its row, held until something is made of it."""
    digest = hashlib.sha256(raw).hexdigest()
    row = Mail(
        key=letter.key if letter else digest,
        mailbox=came.mailbox[:200],
        uid=came.uid,
        sender=letter.sender if letter else "",
        subject=letter.subject if letter else "",
        received_at=came.received_at,
        taken_in_at=now,
        state=HELD,
        why="",
        size=len(raw),
        sha256=digest,
        store_key=f"{now:%Y/%m/%d}/{_PREFIX}-{uuid.uuid4()}",
        decided_by="",
    )
    store.put(row.store_key, raw)
    session.add(row)
    session.flush()
    return row


def _why_not(session: Session, letter: Letter, raw: bytes, now: datetime) -> str:
    """Why nothing is made of a mail; empty when it is a person's."""
    if letter.sort is Sort.BOUNCE:
        _note_bounce(session, raw, letter.subject, now)
    if letter.sort is not Sort.PERSON:
        return letter.sort.value
    if not letter.text and not letter.subject and not letter.files:
        return "empty"
    recent = session.scalar(
        select(func.count())
        .select_from(TicketIntake)
        .join(Ticket, Ticket.id == TicketIntake.ticket_id)
        .where(
            TicketIntake.email_key == email_key(letter.sender),
            Ticket.channel == Channel.EMAIL,
            Ticket.received_at > now - timedelta(hours=1),
        )
    )
    return "flood" if (recent or 0) >= FLOOD else ""


def _note_bounce(session: Session, raw: bytes, subject: str, now: datetime) -> None:
    """A mail of ours came back: the message failed, and its ticket says so."""
    for found in _REFERENCE.findall(raw[:_SEARCHED]):
        row = messages.by_reference(session, found.decode())
        if row is not None and MessageState.FAILED in NEXT[MessageState(row.state)]:
            try:
                delivery.settle(
                    session, row.id, MessageState.FAILED, outcome="bounced", actor=SYSTEM.name, now=now,
                    detail={"subject": subject}, error="the mail came back",
                )  # fmt: skip
            except ConflictError:
                continue


def _answered(session: Session, letter: Letter) -> Ticket | None:
    """The ticket that a mail answers: by the id of our mail, or by a number that its own customer names.

    A number alone from a stranger is no answer: it becomes a ticket of its own, which a person may merge.
    """
    ids = [reference.partition("@")[0] for reference in letter.references]
    ticket_id = session.scalars(
        select(Message.ticket_id)
        .where(Message.reference.in_(ids), Message.ticket_id.is_not(None))
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    ticket = session.get(Ticket, ticket_id) if ticket_id is not None else None
    if ticket is None:
        before = session.scalars(
            select(Mail.ticket_id)
            .where(Mail.key.in_([_key(reference) for reference in letter.references]), Mail.ticket_id.is_not(None))
            .limit(1)
        ).first()
        ticket = session.get(Ticket, before) if before is not None else None
    if ticket is None and letter.number is not None:
        ticket = session.scalars(
            select(Ticket)
            .join(TicketIntake, TicketIntake.ticket_id == Ticket.id)
            .where(Ticket.number == letter.number, TicketIntake.email_key == email_key(letter.sender))
        ).first()
    while ticket is not None and ticket.merged_into_id is not None:
        ticket = session.get(Ticket, ticket.merged_into_id)
    return ticket


def _key(reference: str) -> str:
    return hashlib.sha256(f"id:{reference}".encode()).hexdigest()


def make(
    session: Session, store: Store, letter: Letter, received_at: datetime, *, centre: Centre, now: datetime
) -> int:
    """A ticket of a mail; gives its id."""
    text = _told(letter)
    given = Submission(
        kind=_kind(text),
        channel=Channel.EMAIL,
        text=text,
        name=letter.sender_name,
        email=letter.sender if is_email(letter.sender) else "",
        preferred=Preferred.EMAIL if is_email(letter.sender) else Preferred.PHONE,
        language="zh" if _HAN.search(text) else "en",
        received_at=min(received_at, now),
    )
    arrival = Arrival(origin=origin_of("mail", letter.key), source="email", leave_out=True)
    taken = take_in(session, store, given, arrival, actor=CUSTOMER, centre=centre, now=now, files=sent_files(letter))
    return taken.ticket_id


def _told(letter: Letter) -> str:
    """Subject and words; of a mail with files only, that there are files."""
    whole = "\n\n".join(part for part in (letter.subject, letter.said) if part)
    return whole[:MAX_TEXT] or "(see the files)"


def _kind(text: str) -> Kind:
    """What the words clearly say that it is; else a complaint, so that no clock is missed until a person looks."""
    guess = classify.of_text(text).guesses.get(Axis.KIND)
    if guess is None or guess.share < _SURE:
        return Kind.COMPLAINT
    return Kind(guess.label)


def sent_files(letter: Letter) -> list[SentFile]:
    """The files of a mail."""
    return [SentFile(part.name, part.content) for part in letter.files]


def is_mail_key(key: str) -> bool:
    """Whether an object of the store is a mail that came in."""
    return key.rpartition("/")[2].startswith(f"{_PREFIX}-")


def again_as_person(letter: Letter) -> Letter:
    """The same mail, once a person has said that a person wrote it."""
    return replace(letter, sort=Sort.PERSON)
