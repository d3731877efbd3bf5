"""A mail server for tests: takes mails over a real socket, and refuses or puts off what it is told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class MailBox:
    """What came in. ``answers``: command → what is answered instead of yes."""

    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    port: int = 0


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: MailBox = self.server.box  # type: ignore[attr-defined]  # put there below
        self._say("220 test ready")
        sender = to = ""
        for raw in self.rfile:
            line = raw.decode().strip()
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb in box.answers:
                self._say(box.answers[verb])
            elif verb in {"EHLO", "HELO"}:
                self._say("250 test")
            elif verb == "MAIL":
                sender = line.partition(":")[2]
                self._say("250 sender ok")
            elif verb == "RCPT":
                to = line.partition(":")[2]
                self._say("250 recipient ok")
            elif verb == "DATA":
                self._say("354 go on")
                content = self._content()
                made = message_from_bytes(content, policy=default)
                assert isinstance(made, EmailMessage)
                box.mails.append(made)
                box.envelopes.append((sender, to))
                self._say(f"250 taken as {len(box.mails)}")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _content(self) -> bytes:
        lines = []
        for raw in self.rfile:
            if raw in {b".\r\n", b".\n"}:
                break
            lines.append(raw[1:] if raw.startswith(b"..") else raw)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailBox]:
    """A server on a free port of this machine, for as long as the block runs."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session) as server:
        server.daemon_threads = True
        box = MailBox(port=server.server_address[1])
        server.box = box  # type: ignore[attr-defined]  # the sessions find it there
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
