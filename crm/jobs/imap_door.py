"""The only door to a mailbox: IMAP, read by the server's own numbers, so that nothing is skipped or read twice."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SECURITIES = ("tls", "starttls", "none")
MAX_MAIL = 45 * 1024 * 1024
"""Bytes of one mail that are fetched; what is longer is cut there and says so by its broken last file."""
_UIDVALIDITY = re.compile(rb"UIDVALIDITY (\d+)")
_INTERNALDATE = re.compile(rb'INTERNALDATE "([^"]+)"')


class MailboxError(Exception):
    """The mailbox cannot be read now; the text says why, for a person."""


@dataclass(frozen=True)
class MailboxPlace:
    """Where mail comes in. ``ca``: certificates to believe, empty for the system's."""

    host: str
    port: int = 993
    security: str = "tls"
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    timeout: float = 30.0
    ca: str = ""

    @property
    def name(self) -> str:
        """How the mailbox is called in rows and on pages."""
        return f"{self.user}@{self.host}/{self.folder}"[:200]


@dataclass(frozen=True)
class Fetched:
    """A mail of the mailbox."""

    uid: int
    raw: bytes
    received_at: datetime | None


class OpenMailbox:
    """A mailbox that is open for reading; reading marks nothing."""

    def __init__(self, link: imaplib.IMAP4, folder: str) -> None:
        self._link = link
        status, _ = link.select(_quoted(folder))
        if status != "OK":
            raise MailboxError(f"there is no folder {folder}")
        found = link.response("UIDVALIDITY")[1]
        self.uid_validity = int(found[0]) if found and isinstance(found[0], bytes) and found[0].isdigit() else 0

    def uids_after(self, last: int) -> list[int]:
        """Numbers of the mails that came after this one, in their order."""
        status, found = self._link.uid("SEARCH", "UID", f"{last + 1}:*")
        if status != "OK":
            raise MailboxError("the mailbox does not answer a search")
        words = found[0].split() if found and isinstance(found[0], bytes) else []
        return sorted(uid for word in words if (uid := int(word)) > last)  # "n:*" names the last one whatever n is

    def fetch(self, uid: int) -> Fetched | None:
        """One mail; None when somebody deleted it meanwhile."""
        status, found = self._link.uid("FETCH", str(uid), f"(INTERNALDATE BODY.PEEK[]<0.{MAX_MAIL}>)")
        if status != "OK":
            raise MailboxError("the mailbox does not give a mail")
        for one in found or []:
            if isinstance(one, tuple) and len(one) == 2:
                return Fetched(uid, bytes(one[1]), _date(one[0], found))
        return None

    def mark_read(self, uid: int) -> None:
        """Show to people who look into the mailbox that it was taken in."""
        with suppress(imaplib.IMAP4.error, OSError):
            self._link.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Seen)")


def _date(head: bytes, everything: list[object]) -> datetime | None:
    texts = [head, *(one for one in everything if isinstance(one, bytes))]
    for text in texts:
        found = _INTERNALDATE.search(text)
        if found:
            with suppress(ValueError, TypeError):
                at = parsedate_to_datetime(found[1].decode("ascii", "replace").strip().replace("-", " "))
                return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


@contextmanager
def open_mailbox(place: MailboxPlace) -> Iterator[OpenMailbox]:
    """Open the mailbox. Raises MailboxError with what is wrong."""
    try:
        link = _connect(place)
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxError(f"the mail server cannot be reached: {type(error).__name__}") from error
    try:
        try:
            link.login(place.user, place.password)
        except imaplib.IMAP4.error as error:
            raise MailboxError("the mail server does not take the name and the password") from error
        yield OpenMailbox(link, place.folder)
    except (OSError, imaplib.IMAP4.abort) as error:
        raise MailboxError(f"the mail server broke off: {type(error).__name__}") from error
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            link.logout()


def _connect(place: MailboxPlace) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=place.ca or None)
    if place.security == "tls":
        return imaplib.IMAP4_SSL(place.host, place.port, ssl_context=context, timeout=place.timeout)
    link = imaplib.IMAP4(place.host, place.port, timeout=place.timeout)
    if place.security == "starttls":
        link.starttls(context)
    return link
