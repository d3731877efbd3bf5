"""SIP over a web socket, as a browser's phone speaks it: single requests and their answers."""

from __future__ import annotations

import secrets
import ssl
from typing import Self

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from ops.sip import messages
from ops.sip.digest import Credentials, authorise
from ops.sip.messages import Message

_HOST = "client.invalid"


class WsPhone:
    """One web socket; use as a context manager. Raises OSError or WebSocketException where there is none."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        url = f"{'wss' if tls else 'ws'}://127.0.0.1:{port}/ws"
        self._connecting = connect(url, subprotocols=[Subprotocol("sip")], ssl=tls, open_timeout=5, proxy=None)
        self._scheme = "WSS" if tls else "WS"

    def __enter__(self) -> Self:
        self._socket = self._connecting.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def register(self, user: str, password: str) -> int:
        """The final status of a registration, asked twice when there is a challenge."""
        call, uri = secrets.token_hex(8), "sip:127.0.0.1"
        answer = self.ask("REGISTER", uri, user, call=call)
        value = authorise(answer.get("www-authenticate"), Credentials(user, password), "REGISTER", uri)
        if answer.status == 401 and value:
            answer = self.ask("REGISTER", uri, user, ("authorization", value), call=call, sequence=2)
        return answer.status

    def ask(
        self,
        method: str,
        uri: str,
        user: str,
        *extra: tuple[str, str],
        body: str = "",
        call: str = "",
        sequence: int = 1,
    ) -> Message:
        """Send a request; gives its final answer. Raises TimeoutError."""
        headers = [
            ("via", f"SIP/2.0/{self._scheme} {_HOST};branch=z9hG4bK{secrets.token_hex(8)}"),
            ("max-forwards", "70"),
            ("from", f"<sip:{user}@127.0.0.1>;tag={secrets.token_hex(6)}"),
            ("to", f"<sip:{user}@127.0.0.1>" if method == "REGISTER" else f"<{uri}>"),
            ("call-id", call or secrets.token_hex(8)),
            ("cseq", f"{sequence} {method}"),
            ("contact", f"<sip:{user}@{_HOST};transport=ws>"),
            *extra,
            *([("content-type", "application/sdp")] if body else []),
        ]
        self._socket.send(Message(f"{method} {uri} SIP/2.0", tuple(headers), body).to_bytes().decode())
        while True:
            received = self._socket.recv(timeout=5)
            answer = messages.parse(received.encode() if isinstance(received, str) else received)
            if not answer.status and answer.method != "ACK":  # Asterisk asks whether the phone is there
                self._socket.send(messages.answer(answer, 200, "OK", own_tag="here").to_bytes().decode())
            if answer.method == method and answer.status >= 200:
                return answer


def is_closed(port: int, tls: ssl.SSLContext | None = None) -> bool:
    """Whether no phone gets a web socket there."""
    try:
        with WsPhone(port, tls):
            return False
    except (OSError, WebSocketException):
        return True
