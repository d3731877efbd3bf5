"""The ways out of an installation: its mail server and its provider of text messages, by the settings."""

from __future__ import annotations

from collections.abc import Mapping

from crm.jobs import sms_spec
from crm.jobs.mail_door import MailServer, SmtpSender
from crm.jobs.outgoing import Sender, Senders
from crm.jobs.sms_door import ConsoleSms, FolderMail, HttpSms
from crm.jobs.sms_spec import Spec, SpecError
from ops.settings import Settings, SettingsError


def senders_of(settings: Settings) -> Senders:
    """What is set up. A demo writes down what it would send; elsewhere a message waits until there is a way.

    Raises SettingsError for a provider's file that cannot be used.
    """
    ways: Mapping[str, Sender | None] = {"email": _mail(settings), "sms": _sms(settings)}
    return Senders(
        {channel: sender for channel, sender in ways.items() if sender is not None},
        settings.outbound.quiet,
        settings.zone,
    )


def _mail(settings: Settings) -> Sender | None:
    if not settings.smtp_host:
        return FolderMail(settings.outbox, settings.mail_from) if settings.demo else None
    return SmtpSender(
        MailServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.mail_from,
            settings.smtp_user,
            settings.smtp_password,
            ca=str(settings.smtp_ca or ""),
        )
    )


def _sms(settings: Settings) -> Sender | None:
    spec = provider(settings)
    if spec is not None:
        return HttpSms(spec, settings.sms_secret)
    return ConsoleSms(settings.outbox / "sms.jsonl") if settings.demo else None


def provider(settings: Settings) -> Spec | None:
    """The provider of text messages that the operator described, or None. Raises SettingsError."""
    if settings.sms_provider is None:
        return None
    try:
        return sms_spec.parse(settings.sms_provider.read_text(encoding="utf-8"))
    except (OSError, SpecError) as error:
        raise SettingsError(f"HUIYIN_SMS_PROVIDER: {error}") from error
