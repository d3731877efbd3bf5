"""The doors to text messages: a provider over HTTP as its file describes it, and one that only writes them down."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from crm.domain import masking
from crm.jobs import sms_spec
from crm.jobs.outgoing import Accepted, LaterError, Outgoing, RefusedError
from crm.jobs.sms_spec import Spec

log = structlog.get_logger(__name__)

_MOST = 64_000
_KEPT = 200


@dataclass(frozen=True)
class HttpSms:
    """A provider over HTTP."""

    spec: Spec
    secret: str = field(default="", repr=False)

    def send(self, message: Outgoing) -> Accepted:
        """Ask the provider. Raises LaterError, RefusedError."""
        values = {
            "number": message.to,
            "text": message.body,
            "reference": message.reference,
            "secret": self.secret,
            "ticket": message.ticket_number,
        }
        asked = sms_spec.request(self.spec, values)
        status, text = self._ask(asked)
        answer = _json(text)
        detail = {"status": str(status), "answer": " ".join(text.split())[:_KEPT]}
        if sms_spec.matches(self.spec.never, answer):
            raise RefusedError("the provider refuses this message", detail)
        if 200 <= status < 300 and (not self.spec.ok or sms_spec.matches(self.spec.ok, answer)):
            return Accepted(detail, sms_spec.at_path(answer, self.spec.id) if self.spec.id else None)
        if 400 <= status < 500 and status not in {401, 403, 408, 429}:
            raise RefusedError("the provider refuses this message", detail)
        raise LaterError("the provider did not take it", detail)

    def _ask(self, asked: sms_spec.Request) -> tuple[int, str]:
        request = urllib.request.Request(  # noqa: S310  (http or https: the file was checked)
            asked.url, data=asked.body, headers=dict(asked.headers), method=asked.method
        )
        try:
            with _OPENER.open(request, timeout=self.spec.timeout) as answer:
                return answer.status, answer.read(_MOST).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(_MOST).decode("utf-8", "replace")
        except OSError as error:
            raise LaterError(f"the provider cannot be reached: {type(error).__name__}") from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A provider that sends us elsewhere would get the customer's number there, too."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {}


@dataclass(frozen=True)
class ConsoleSms:
    """Writes text messages into a file instead of sending them: for trying things out."""

    file: Path

    def send(self, message: Outgoing) -> Accepted:
        """Append a line to the file."""
        line = json.dumps({"at": message.at.isoformat(), "to": message.to, "text": message.body}, ensure_ascii=False)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        log.info("sms_written_down", to=masking.phone(message.to), reference=message.reference)
        return Accepted({"answer": "written down, not sent: no provider is set up"}, f"console-{message.reference}")


@dataclass(frozen=True)
class FolderMail:
    """Keeps mails in a folder instead of sending them: for trying things out."""

    folder: Path
    sender: str

    def send(self, message: Outgoing) -> Accepted:
        """Write the mail as a file. Raises RefusedError for what is no address."""
        from crm.jobs.mail_door import build, checked_address  # noqa: PLC0415  (only trying things out needs both)

        to = checked_address(message.to)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{message.reference}.eml").write_bytes(build(message, sender=self.sender, to=to))
        return Accepted({"answer": "kept as a file, not sent: no mail server is set up"})
