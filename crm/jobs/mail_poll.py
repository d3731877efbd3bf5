"""Reading the mailbox: each mail in a transaction of its own, together with how far the mailbox was read.

A process that dies leaves the mail it was at unread; the next look takes it. A mail that cannot be understood is put
away whole for a person, and does not keep those behind it waiting.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from crm.db.intake import MailFolder
from crm.jobs.imap_door import Fetched, MailboxError, MailboxPlace, OpenMailbox, open_mailbox
from crm.jobs.work import JobContext
from crm.services import mail_in
from crm.services.centre import Centre
from crm.services.mail_in import Came, Outcome
from recordings.store import StoreError

log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Mails of one look; the rest comes with the next."""


def tick(context: JobContext) -> int:
    """Look into the mailbox, where one is set; gives the number of mails taken in."""
    if context.mailbox is None or context.centre is None:
        return 0
    try:
        with open_mailbox(context.mailbox) as box:
            return poll(context, context.mailbox, box, context.centre)
    except MailboxError as error:
        log.warning("mailbox_not_read", mailbox=context.mailbox.name, why=str(error))
        with context.database.write() as session:
            _folder(session, context.mailbox, None, context.now()).error = str(error)[:300]
        return 0


def poll(context: JobContext, place: MailboxPlace, box: OpenMailbox, centre: Centre) -> int:
    """Take in what is new in an open mailbox."""
    with context.database.write() as session:
        last = _folder(session, place, box.uid_validity, context.now()).last_uid
    taken = 0
    for uid in box.uids_after(last)[:AT_ONCE]:
        fetched = box.fetch(uid)
        outcome = _take(context, place, box, fetched, centre) if fetched is not None else None
        if outcome is None:
            with context.database.write() as session:
                _folder(session, place, box.uid_validity, context.now()).last_uid = uid
        else:
            box.mark_read(uid)
            taken += not outcome.again
            log.info("mail_taken_in", state=outcome.state, why=outcome.why, again=outcome.again)
    return taken


def _take(
    context: JobContext, place: MailboxPlace, box: OpenMailbox, fetched: Fetched, centre: Centre
) -> Outcome | None:
    now = context.now()
    came = Came(place.name, fetched.uid, min(fetched.received_at or now, now), context.our_addresses)
    try:
        with context.database.write() as session:
            _folder(session, place, box.uid_validity, now).last_uid = fetched.uid
            return mail_in.take_in_mail(session, context.store, fetched.raw, came, centre=centre, now=now)
    except IntegrityError:
        return None  # another look took the same mail in at the same time
    except (SQLAlchemyError, StoreError):
        raise
    except Exception as error:  # whatever a strange mail makes a parser raise: it must not hold up the others
        log.exception("mail_not_understood", mailbox=place.name, uid=fetched.uid)
        return _hold(context, place, box, fetched, came, error)


def _hold(
    context: JobContext, place: MailboxPlace, box: OpenMailbox, fetched: Fetched, came: Came, error: Exception
) -> Outcome:
    with context.database.write() as session:
        _folder(session, place, box.uid_validity, context.now()).last_uid = fetched.uid
        row = mail_in.put_away(session, context.store, fetched.raw, None, came, context.now())
        row.why = "unreadable"
        log.warning("mail_held", error=type(error).__name__)
    return Outcome(mail_in.HELD, "unreadable")


def _folder(session: Session, place: MailboxPlace, uid_validity: int | None, now: datetime) -> MailFolder:
    """How far the mailbox was read; from its beginning when the server has numbered it anew."""
    row = session.get(MailFolder, place.name)
    if row is None:
        row = MailFolder(name=place.name, uid_validity=uid_validity or 0, last_uid=0, polled_at=now, error="")
        session.add(row)
    if uid_validity is not None:
        if row.uid_validity != uid_validity:
            row.uid_validity, row.last_uid = uid_validity, 0
        row.error = ""
    row.polled_at = now
    return row
