"""What a call asks the CRM: how far is a ticket, and who calls? With a deadline, and open when it fails.

Whatever goes wrong, from a refused connection to an answer that is not one, the caller hears that the progress
is unavailable, after at most a second; and he is an ordinary caller, after at most 0.3 seconds.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from ivr.events import ProgressFound, ProgressOutcome
from ivr.routing import Profile

log = structlog.get_logger()

PROGRESS, CALLER = "/internal/progress", "/internal/caller"
DEADLINE_SECONDS = 1.0
CALLER_DEADLINE_SECONDS = 0.3
"""A caller who asked for a person does not wait for what is only nice to know."""
MAX_ANSWER = 4096
UNAVAILABLE = ProgressFound(ProgressOutcome.UNAVAILABLE)
ORDINARY = Profile()


@dataclass(frozen=True)
class Directory:
    """Where the CRM answers, and the shared secret that lets it. ``certificate``: the web speaks TLS with it."""

    port: int
    token_file: Path
    host: str = "127.0.0.1"
    certificate: Path | None = None
    deadline: float = field(default=DEADLINE_SECONDS)

    def progress(self, number: str, caller_number: str | None, last_four: str | None) -> ProgressFound:
        """Ask for the stage of ticket ``number``; never raises."""
        question = {"number": number, "caller_number": caller_number, "last_four": last_four}
        try:
            return _understood(self._post(PROGRESS, question, self.deadline))
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            log.warning("progress is unavailable", why=type(error).__name__)
            return UNAVAILABLE

    def caller(self, number: str | None) -> Profile:
        """Ask who has this number; never raises."""
        if not number:
            return ORDINARY
        try:
            answer = self._post(CALLER, {"caller_number": number}, min(self.deadline, CALLER_DEADLINE_SECONDS))
            language = answer.get("language")
            return Profile(
                answer["vip"] is True, answer["elderly"] is True, language if isinstance(language, str) else None
            )
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
            log.info("the caller's profile is unavailable", why=type(error).__name__)
            return ORDINARY

    def _post(self, path: str, question: dict[str, str | None], deadline: float) -> Any:
        body = json.dumps(question).encode()
        end = time.monotonic() + deadline
        headers = {
            "Authorization": f"Bearer {self.token_file.read_text('utf-8').strip()}",
            "Content-Type": "application/json",
        }
        connection = self._connection(deadline)
        try:
            connection.connect()
            _remaining(connection, end)
            connection.request("POST", path, body, headers)
            _remaining(connection, end)
            response = connection.getresponse()
            if response.status != http.HTTPStatus.OK:
                raise ValueError(f"HTTP {response.status}")
            _remaining(connection, end)
            return json.loads(response.read(MAX_ANSWER))
        finally:
            connection.close()

    def _connection(self, deadline: float) -> http.client.HTTPConnection:
        if self.certificate is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=deadline)
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a certificate by an authority is trusted as itself
        context.check_hostname = False  # it is ours, on loopback, and names the public host
        return http.client.HTTPSConnection(self.host, self.port, timeout=deadline, context=context)


def _remaining(connection: http.client.HTTPConnection, end: float) -> None:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if connection.sock is not None:
        connection.sock.settimeout(left)


def _understood(answer: Any) -> ProgressFound:
    outcome = ProgressOutcome(answer["outcome"])
    stage = answer.get("stage")
    return ProgressFound(outcome, stage if isinstance(stage, str) else None)
