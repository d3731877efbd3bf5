"""A provider of text messages over a real socket: what it is asked, and what each of its answers means."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from crm.jobs.outgoing import LaterError, Outgoing, RefusedError
from crm.jobs.sms_door import HttpSms
from crm.jobs.sms_spec import parse

pytestmark = pytest.mark.integration
SPEC = """
url = "http://127.0.0.1:%d/send"
timeout = 5
[headers]
Authorization = "Bearer {secret}"
[fields]
phone = "{number}"
content = "{text}"
ref = "{reference}"
[answer]
ok = {code = ["0"]}
id = "data.id"
never = {code = ["BLACKLISTED"]}
"""
MESSAGE = Outgoing("ref-1", "13800138000", "", '【银行】您的投诉"已"办结\n', datetime(2026, 11, 22, tzinfo=UTC))


class Provider(ThreadingHTTPServer):
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: tuple[int, bytes] = (200, b'{"code": "0", "data": {"id": 77}}')
        self.asked: list[tuple[str, dict[str, Any]]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:  # the name is the library's
        assert isinstance(self.server, Provider)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")) or 0)
        self.server.asked.append((self.headers["Authorization"], json.loads(body or b"{}")))
        status, content = self.server.answer
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def door(server: Provider) -> HttpSms:
    return HttpSms(parse(SPEC % server.server_address[1]), "key")


def test_a_message_that_is_taken_brings_its_number(provider: Provider) -> None:
    taken = door(provider).send(MESSAGE)
    assert taken.provider_id == "77"
    assert taken.detail["status"] == "200"
    assert provider.asked == [("Bearer key", {"phone": MESSAGE.to, "content": MESSAGE.body, "ref": "ref-1"})]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, b'{"code": "BLACKLISTED"}'), RefusedError),
        ((200, b'{"code": "BUSY"}'), LaterError),
        ((200, b"<html>"), LaterError),
        ((400, b"{}"), RefusedError),
        ((401, b"{}"), LaterError),
        ((429, b"{}"), LaterError),
        ((500, b"{}"), LaterError),
        ((302, b""), LaterError),
    ],
)
def test_what_an_answer_means(provider: Provider, answer: tuple[int, bytes], error: type[Exception]) -> None:
    provider.answer = answer
    with pytest.raises(error):
        door(provider).send(MESSAGE)
    assert len(provider.asked) == 1  # nothing is sent on to where a redirect points


def test_a_provider_that_is_away_is_asked_later(provider: Provider) -> None:
    away = door(provider)
    provider.server_close()
    with pytest.raises(LaterError, match="cannot be reached"):
        away.send(MESSAGE)
