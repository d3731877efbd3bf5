"""The mailbox of an installation, by the settings."""

from __future__ import annotations

from email.utils import parseaddr

from crm.jobs.imap_door import MailboxPlace
from ops.settings import Settings


def mailbox_of(settings: Settings) -> MailboxPlace | None:
    """Where mail is read, or None where no mailbox is set."""
    if not settings.imap_host:
        return None
    return MailboxPlace(
        host=settings.imap_host,
        port=settings.imap_port,
        security=settings.imap_security,
        user=settings.imap_user,
        password=settings.imap_password,
        folder=settings.imap_folder,
        ca=str(settings.imap_ca or ""),
    )


def our_addresses(settings: Settings) -> tuple[str, ...]:
    """The addresses that the house writes from."""
    own = parseaddr(settings.mail_from)[1]
    return (own,) if own else ()
