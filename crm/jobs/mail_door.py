"""The only door to a mail server that sends: SMTP, step by step, so that the server's own words are the proof."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from crm.jobs.outgoing import Accepted, LaterError, Outgoing, RefusedError

_KEPT = 300
_ADDRESS = re.compile(r"(?!-)[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""What our customers' addresses look like; what an old standard allows besides (quotes, comments) is not written to."""


@dataclass(frozen=True)
class MailServer:
    """Where mail goes out. ``ca``: certificates to believe, empty for the system's."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    ca: str = ""


class SmtpSender:
    """Sends by SMTP. What the server answers to each step decides: 2xx taken, 4xx later, 5xx never."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def send(self, message: Outgoing) -> Accepted:
        """Give a mail to the server. Raises LaterError, RefusedError."""
        to = checked_address(message.to)
        content = build(message, sender=self._server.sender, to=to)
        try:
            with self._connected() as link:
                return self._deliver(link, to, content)
        except smtplib.SMTPAuthenticationError as error:
            raise LaterError("the mail server does not take our password", _said(error)) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise LaterError(f"the mail server cannot be reached: {type(error).__name__}") from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._server
        context = ssl.create_default_context(cafile=server.ca or None)
        if server.security == "tls":
            link: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        else:
            link = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            link.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                link.starttls(context=context)
                link.ehlo()
            if server.user:
                link.login(server.user, server.password)
            yield link
        finally:
            with suppress(OSError, smtplib.SMTPException):
                link.quit()
            link.close()

    def _deliver(self, link: smtplib.SMTP, to: str, content: bytes) -> Accepted:
        _need(link.mail(_bare(self._server.sender)))
        _need(link.rcpt(to))
        code, words = link.data(content)
        _need((code, words))
        return Accepted({"server": f"{self._server.host}:{self._server.port}", "answer": f"{code} {_text(words)}"})


def build(message: Outgoing, *, sender: str, to: str) -> bytes:
    """A mail as it goes over the wire. The library refuses line breaks in headers."""
    mail = EmailMessage(policy=SMTP)
    domain = _bare(sender).rpartition("@")[2] or "localhost"
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.reference}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.ticket_number:
        mail["X-Ticket"] = message.ticket_number
    mail.set_content(message.body)
    for file in message.files:
        main, _, sub = file.media_type.partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub or "octet-stream", filename=file.name)
    return mail.as_bytes()


def checked_address(text: str) -> str:
    """An address that can be written to. Raises RefusedError."""
    plain = text.strip()
    if not _ADDRESS.fullmatch(plain):
        raise RefusedError("this is not an e-mail address")
    return plain


def _bare(sender: str) -> str:
    return parseaddr(sender)[1]


def _need(answer: tuple[int, bytes]) -> None:
    code, words = answer
    if not 200 <= code < 300:
        raise _refusal(code, words)


def _refusal(code: int, words: bytes | str) -> LaterError | RefusedError:
    detail = {"answer": f"{code} {_text(words)}"}
    if 500 <= code < 600:
        return RefusedError("the mail server refused it", detail)
    return LaterError("the mail server asks for patience", detail)


def _said(error: smtplib.SMTPResponseException) -> dict[str, str]:
    return {"answer": f"{error.smtp_code} {_text(error.smtp_error)}"}


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join(text.split())[:_KEPT]
