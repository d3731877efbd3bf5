"""An IMAP server of its own for tests, with one mailbox; gone when the test ends."""

from __future__ import annotations

import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm.jobs.imap_door import MailboxPlace

USER, PASSWORD = "help", "secret"


class ImapServer:
    """The server, and a way to deliver to it."""

    def __init__(self, port: int) -> None:
        self.place = MailboxPlace("127.0.0.1", port, "none", USER, PASSWORD, timeout=20.0)
        self.process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("pymap")), "--host", "127.0.0.1", "--port", str(port), "--no-tls",
                "dict", "--demo-user", USER, "--demo-password", PASSWORD,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                self.connect().logout()
            except (OSError, imaplib.IMAP4.error):
                assert self.process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def connect(self) -> imaplib.IMAP4:
        """As a person who looks into the mailbox."""
        link = imaplib.IMAP4(self.place.host, self.place.port, timeout=20)
        link.login(USER, PASSWORD)
        return link

    def deliver(self, *raws: bytes) -> None:
        """Put mails into the mailbox, as its server does when they come."""
        link = self.connect()
        for raw in raws:
            assert link.append("INBOX", "", None, raw)[0] == "OK"  # type: ignore[arg-type]  # None: the server's time
        link.logout()

    def seen(self) -> int:
        """How many mails are marked as read."""
        link = self.connect()
        link.select("INBOX", readonly=True)
        found = link.uid("SEARCH", "SEEN")[1][0]
        link.logout()
        return len((found or b"").split())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="module")
def imap() -> Iterator[ImapServer]:
    """A server with an empty mailbox."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ImapServer(port)
    yield server
    server.stop()
