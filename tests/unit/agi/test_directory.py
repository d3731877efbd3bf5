"""The look-up during a call: with a deadline, and the call goes on whatever the CRM does."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from agi.directory import Directory
from ivr.events import ProgressFound, ProgressOutcome
from ivr.routing import Profile

UNAVAILABLE = ProgressFound(ProgressOutcome.UNAVAILABLE)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "internal-token"
    path.write_text("s3cret\n")
    return path


@contextmanager
def crm(
    status: int, body: bytes, tls: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[tuple[str, str | None, dict[str, object]]]]]:
    asked: list[tuple[str, str | None, dict[str, object]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            asked.append((self.path, self.headers["Authorization"], json.loads(self.rfile.read(length))))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_crm_is_asked_with_the_token(token: Path) -> None:
    with crm(200, b'{"outcome": "told", "stage": "investigating"}') as (port, asked):
        found = Directory(port, token).progress("2611220100001", "13800001234", "1234")
    assert found == ProgressFound(ProgressOutcome.TOLD, "investigating")
    question = {"number": "2611220100001", "caller_number": "13800001234", "last_four": "1234"}
    assert asked == [("/internal/progress", "Bearer s3cret", question)]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"), (404, b""), (200, b"<html>"), (200, b"[]"), (200, b"{}"), (200, b'{"outcome": "magic"}'),
        (200, b"null"), (200, b'{"outcome": ["told"]}'), (302, b""),
    ],
)  # fmt: skip
def test_whatever_else_it_says_the_call_goes_on(token: Path, status: int, body: bytes) -> None:
    with crm(status, body) as (port, _asked):
        assert Directory(port, token).progress("1", None, None) == UNAVAILABLE


def test_a_crm_that_is_down_lets_the_call_through(token: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert Directory(port, token).progress("1", None, None) == UNAVAILABLE


def test_without_a_token_the_call_goes_on(tmp_path: Path) -> None:
    assert Directory(1, tmp_path / "none").progress("1", None, None) == UNAVAILABLE


def test_a_crm_that_hangs_or_drips_is_given_up_on_in_time(token: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        assert Directory(server.getsockname()[1], token, deadline=0.2).progress("1", None, None) == UNAVAILABLE
        assert time.monotonic() - began < 1.0  # the promise to the caller


def signed_by_an_authority(folder: Path) -> tuple[Path, Path]:
    """A server's certificate that a certificate authority signed, and its key."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem"
    )
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=hotline.example", "-keyout", "own.key", "-out", "own.csr"
    )
    openssl("x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "own.pem")
    return folder / "own.pem", folder / "own.key"


def test_a_certificate_of_an_authority_is_trusted_as_itself(token: Path, tmp_path: Path) -> None:
    certificate, key = signed_by_an_authority(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with crm(200, b'{"outcome": "told", "stage": "investigating"}', tls) as (port, _asked):
        found = Directory(port, token, certificate=certificate).progress("2611220100001", "13800001234", None)
    assert found == ProgressFound(ProgressOutcome.TOLD, "investigating")


@pytest.mark.parametrize(
    ("answer", "profile"),
    [
        ({"vip": True, "elderly": False, "language": "en"}, Profile(vip=True, language="en")),
        ({"vip": False, "elderly": True, "language": None}, Profile(elderly=True)),
        ({"vip": 1, "elderly": "yes", "language": 3}, Profile()),
        ({"elderly": True}, Profile()),
        ([], Profile()),
    ],
)
def test_who_calls_is_asked_with_the_number(token: Path, answer: object, profile: Profile) -> None:
    with crm(200, json.dumps(answer).encode()) as (port, asked):
        assert Directory(port, token).caller("13800001234") == profile
    assert asked == [("/internal/caller", "Bearer s3cret", {"caller_number": "13800001234"})]


def test_a_withheld_number_is_not_asked_about(token: Path) -> None:
    assert Directory(1, token).caller(None) == Profile()


@pytest.mark.parametrize("status", [401, 500])
def test_a_caller_is_an_ordinary_one_when_the_crm_fails(token: Path, status: int) -> None:
    with crm(status, b"{}") as (port, _):
        assert Directory(port, token).caller("138") == Profile()
    assert Directory(1, token).caller("138") == Profile()


def test_a_caller_waits_for_his_profile_less_than_for_his_complaint(token: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        assert Directory(listener.getsockname()[1], token).caller("138") == Profile()
        assert time.monotonic() - began < Directory.deadline
