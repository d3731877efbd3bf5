"""The doctor's checks of what goes out to customers: the font of letters, the mail server, the provider of messages."""

from __future__ import annotations

import socket

from crm.documents import fonts
from ops.doctor_checks import Finding, Level
from ops.settings import Settings, SettingsError
from ops.ways_out import provider

_SECONDS = 5.0


def letters(_settings: Settings) -> list[Finding]:
    """The font that letters and forms are drawn with."""
    try:
        font = fonts.find(fonts.KNOWN)
    except fonts.FontMissingError as error:
        return [Finding("letters", Level.BAD, str(error), f"apt-get install {fonts.PACKAGE}")]
    return [Finding("letters", Level.GOOD, f"drawn with {font.path.name}")]


def mail(settings: Settings) -> list[Finding]:
    """Whether the mail server answers; nothing is sent."""
    if not settings.smtp_host:
        text = "no mail server is set: a demo keeps mails in a folder, elsewhere they wait"
        level = Level.GOOD if settings.demo else Level.WARNING
        return [Finding("mail", level, text, "set HUIYIN_SMTP_HOST and HUIYIN_MAIL_FROM")]
    try:
        with socket.create_connection((settings.smtp_host, settings.smtp_port), timeout=_SECONDS):
            pass
    except OSError as error:
        text = f"{settings.smtp_host}:{settings.smtp_port} does not answer ({type(error).__name__})"
        return [Finding("mail", Level.WARNING, text, "is the address right, does a firewall stand between?")]
    if settings.smtp_security == "none" and settings.smtp_host not in {"127.0.0.1", "localhost", "::1"}:
        text = "mail goes to another machine in the clear"
        return [Finding("mail", Level.WARNING, text, "set HUIYIN_SMTP_SECURITY to starttls or tls")]
    return [Finding("mail", Level.GOOD, f"{settings.smtp_host}:{settings.smtp_port} answers")]


def text_messages(settings: Settings) -> list[Finding]:
    """Whether the provider's file can be used."""
    try:
        found = provider(settings)
    except SettingsError as error:
        return [Finding("messages", Level.BAD, str(error), "see docs/messages.md for what the file holds")]
    if found is None:
        text = "no provider of text messages is set: a demo writes them down, elsewhere they wait"
        level = Level.GOOD if settings.demo else Level.WARNING
        return [Finding("messages", level, text, "write a file as docs/messages.md says, set HUIYIN_SMS_PROVIDER")]
    return [Finding("messages", Level.GOOD, f"text messages go to {found.url.partition('?')[0]}")]
