"""The switchboard's door: a unix socket, a line of JSON in, a line of JSON out (``ivr.switchboard``)."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from agi.switchboard import Outside, Refused, decide
from agi.switchboard_link import SwitchboardLink
from ivr.switchboard import SwitchboardCode, Verb

DEADLINE = 3.0
"""Seconds within which a request must be there, and its answer taken."""
MAX_REQUEST = 65_536
Handler = Callable[[Mapping[str, Any]], dict[str, Any]]
_PEOPLE = ("agent", "supervisor")

log = structlog.get_logger()


class Switchboard:
    """Answers requests. ``handlers``: verbs that others carry out (members' states, the plan, the snapshot)."""

    def __init__(self, link: SwitchboardLink, outside: Outside, handlers: Mapping[Verb, Handler] | None = None) -> None:
        self._link = link
        self._outside = outside
        self._handlers = dict(handlers or {})

    def answer(self, line: bytes) -> bytes:
        """The answer to one line; never raises."""
        try:
            verb, args = _request(line)
            result = self._handlers[verb](args) if verb in self._handlers else self._move(verb, args)
            reply: dict[str, Any] = {"ok": True, "result": result}
        except Refused as refused:
            reply = {"ok": False, "error": refused.code, "message": str(refused)}
        except Exception:
            log.exception("switchboard_failed")
            reply = {"ok": False, "error": SwitchboardCode.REFUSED, "message": "the command failed"}
        return json.dumps(reply, ensure_ascii=False).encode() + b"\n"

    def _move(self, verb: Verb, args: Mapping[str, Any]) -> dict[str, Any]:
        with self._link.lock:
            order = decide(verb, args, self._link.view(_people(args)), self._outside)
            self._link.carry_out(order)
        log.info("switchboard", verb=verb, call_id=str(args.get("call_id", order.result.get("call_id", ""))))
        return order.result


def _request(line: bytes) -> tuple[Verb, dict[str, Any]]:
    try:
        request = json.loads(line)
        verb, args = Verb(request["verb"]), request.get("args", {})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(SwitchboardCode.BAD_REQUEST, "not a request of the switchboard") from error
    if not isinstance(args, dict):
        raise Refused(SwitchboardCode.BAD_REQUEST, "args is an object")
    return verb, args


def _people(args: Mapping[str, Any]) -> list[str]:
    """The agents whom a request names."""
    target = str(args.get("target", ""))
    named = [args.get(name) for name in _PEOPLE] + [target.removeprefix("agent:") if target[:6] == "agent:" else None]
    return [one for one in named if isinstance(one, str)]


class SwitchboardServer:
    """Listens at ``path`` (mode 0600) until it is closed."""

    def __init__(self, path: Path, answer: Callable[[bytes], bytes]) -> None:
        class Request(socketserver.StreamRequestHandler):
            timeout = DEADLINE

            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    line = self.rfile.readline(MAX_REQUEST)
                    if line.endswith(b"\n"):
                        self.wfile.write(answer(line))

        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._server = _Server(str(path), Request)
        finally:
            os.umask(before)
        self._path = path
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="switchboard", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
        self._path.unlink(missing_ok=True)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 32

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:  # noqa: ARG002  -- socketserver's own signature
        """A client that went away is nobody's fault."""
        log.warning("switchboard_client_lost")
