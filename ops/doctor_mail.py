"""The doctor's look at the mailbox and at the address that customers are told."""

from __future__ import annotations

from ops.doctor_checks import Finding, Level
from ops.mailbox import mailbox_of
from ops.settings import Settings


def mailbox(settings: Settings) -> list[Finding]:
    """Whether the mailbox can be opened, where one is set."""
    place = mailbox_of(settings)
    if place is None:
        return []
    from crm.jobs.imap_door import MailboxError, open_mailbox  # noqa: PLC0415  (only where there is one)

    try:
        with open_mailbox(place) as box:
            newest = box.uids_after(0)
    except MailboxError as error:
        return [Finding("mailbox", Level.WARNING, f"{place.name}: {error}", "see HUIYIN_IMAP_… in docs/settings.md")]
    findings = [Finding("mailbox", Level.GOOD, f"{place.name}: {len(newest)} mails")]
    if settings.imap_security == "none" and settings.imap_host not in {"127.0.0.1", "::1", "localhost"}:
        text = "passwords and mails go to another machine in the clear"
        findings.append(Finding("mailbox", Level.WARNING, text, "set HUIYIN_IMAP_SECURITY to tls or starttls"))
    if not settings.public_url:
        text = "receipts name no address of the progress page"
        findings.append(Finding("receipts", Level.WARNING, text, "set HUIYIN_PUBLIC_URL"))
    return findings
