"""The web service as it is run, over a house of a test, and event streams by plain sockets."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from ops.serve import web
from ops.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def web_service(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The service, once it answers; stopped at the end."""
    settings.run.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "HUIYIN_HOME": str(settings.home),
        "HUIYIN_WEB_PORT": str(settings.web_port),
        "HUIYIN_REDIS_URL": settings.redis_url,
        "HUIYIN_EVENT_STREAMS": str(settings.event_streams),
        "HUIYIN_LOG_LEVEL": "warning",
    }
    with (settings.home / "web.log").open("ab") as log:
        process = subprocess.Popen(web(settings), cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not _answers(settings):
            assert process.poll() is None, (settings.home / "web.log").read_text()
            assert time.monotonic() < deadline, (settings.home / "web.log").read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _answers(settings: Settings) -> bool:
    try:
        return get(settings, "/healthz") == 200
    except OSError:
        return False


def get(settings: Settings, path: str, token: str | None = None) -> int:
    """Ask for a page; gives the status."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urlopen(Request(f"http://127.0.0.1:{settings.web_port}{path}", headers=headers), timeout=15) as answer:
        answer.read()
        return int(answer.status)


class Stream:
    """An event stream on a socket of its own, read only when it is told to."""

    def __init__(self, settings: Settings, token: str, last_seen: str = "", *, buffer: int = 0) -> None:
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", settings.web_port))
        resume = f"Last-Event-ID: {last_seen}\r\n" if last_seen else ""
        self.socket.sendall(
            f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{resume}\r\n".encode()
        )
        self.seen = b""

    def read_until(self, wanted: bytes) -> bytes:
        """Everything up to where this came; raises EOFError when the stream ends before."""
        while wanted not in self.seen:
            part = self.socket.recv(65536)
            if not part:
                raise EOFError(self.seen[-400:])
            self.seen += part
        return self.seen

    def is_ended(self) -> bool:
        """Whether the other end has ended the stream, once all that was sent is read."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            return True
        return True

    def close(self) -> None:
        self.socket.close()
