"""Whether each service answers: one short question over the network each, with a deadline.

A process that runs is not yet a service: gunicorn may still import, Asterisk may still load modules.
"""

from __future__ import annotations

import http.client
import json
import re
import secrets
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ops import asterisk_config, keys, readiness
from ops.ports import reachable
from ops.settings import Settings

DEADLINE = 2.0

Probe = Callable[[Settings], str | None]
"""Asks one service; None when it answers, else a sentence that says what is wrong."""


def redis(settings: Settings) -> str | None:
    """PING."""
    from redis import Redis, RedisError  # noqa: PLC0415  (0.2 s of import that most commands can spare)

    client = Redis.from_url(settings.broker_url, socket_timeout=DEADLINE, socket_connect_timeout=DEADLINE)
    try:
        client.ping()
    except RedisError as error:
        return f"Redis does not answer: {error}"
    finally:
        client.close()
    return None


def web(settings: Settings) -> str | None:
    """GET /readyz."""
    connection = _web_connection(settings)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"the pages do not answer: {error}"
    finally:
        connection.close()
    return None if answer.status == http.HTTPStatus.OK else f"/readyz says {answer.status}: {body.strip()[:300]}"


def _web_connection(settings: Settings) -> http.client.HTTPConnection:
    host = reachable(settings.bind)
    if not settings.tls_cert:
        return http.client.HTTPConnection(host, settings.web_port, timeout=DEADLINE * 2)
    context = ssl._create_unverified_context()  # noqa: S323, SLF001  (is it up? whose certificate is no question)
    return http.client.HTTPSConnection(host, settings.web_port, timeout=DEADLINE * 2, context=context)


def agi(settings: Settings) -> str | None:
    """The health line of the FastAGI server."""
    try:
        with socket.create_connection(("127.0.0.1", settings.agi_port), DEADLINE) as connection:
            connection.settimeout(DEADLINE)
            connection.sendall(b"health\n")
            answer = connection.makefile("r", encoding="utf-8").readline(65536)
        json.loads(answer)["instance"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"the FastAGI server does not answer: {error}"
    return None


def asterisk(settings: Settings) -> str | None:
    """Log in to the AMI, ask whether all is booted, then a SIP OPTIONS: the trunk's way in works, too."""
    try:
        with socket.create_connection(("127.0.0.1", settings.ami_port), DEADLINE) as connection:
            connection.settimeout(DEADLINE)
            password = keys.token(settings.secrets, asterisk_config.READER)
            connection.sendall(f"Action: Login\r\nUsername: reader\r\nSecret: {password}\r\n\r\n".encode())
            booted = _until(connection, b"FullyBooted")
    except (OSError, keys.SecretError) as error:
        return f"Asterisk does not answer: {error}"
    if not booted:
        return "Asterisk is still loading"
    return _sip_options(settings)


def _until(connection: socket.socket, wanted: bytes) -> bool:
    """Read until ``wanted`` comes; False when nothing more comes within the deadline."""
    received = b""
    while wanted not in received and len(received) < 100_000:
        try:
            block = connection.recv(4096)
        except TimeoutError:
            return False
        if not block:
            return False
        received += block
    return wanted in received


def _sip_options(settings: Settings) -> str | None:
    host, branch = reachable(settings.bind), "z9hG4bK" + secrets.token_hex(8)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(DEADLINE)
        try:
            probe.connect((host, settings.sip_port))
            own, port = probe.getsockname()
            probe.send(
                f"OPTIONS sip:{host}:{settings.sip_port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {own}:{port};branch={branch};rport\r\nMax-Forwards: 1\r\n"
                f"From: <sip:status@{own}>;tag={branch[7:]}\r\nTo: <sip:{host}>\r\nCall-ID: {branch}\r\n"
                f"CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n".encode()
            )
            answer = probe.recv(2000)
        except OSError as error:
            return f"no answer to SIP on {host}:{settings.sip_port}: {error}"
    return None if re.match(rb"SIP/2\.0 \d{3} ", answer) else "what listens on the SIP port does not speak SIP"


def note(name: str) -> Probe:
    """A service without a port says by itself that it works (ops.readiness)."""

    def probe(settings: Settings) -> str | None:
        return None if readiness.teller(settings.run, name) else "it has not said yet that it is ready"

    return probe


PROBES: dict[str, Probe] = {
    "redis": redis,
    "asterisk": asterisk,
    "agi": agi,
    "web": web,
    "ami": note("ami"),
    "jobs": note("jobs"),
    "asr": note("asr"),
    "ingest": note("ingest"),
    "live": note("live"),
}


def ask(settings: Settings, names: tuple[str, ...]) -> dict[str, str | None]:
    """Ask several services at once; what is wrong with each, or None."""
    asked = [name for name in names if name in PROBES]
    with ThreadPoolExecutor(max(1, len(asked))) as pool:
        return dict(zip(asked, pool.map(lambda name: PROBES[name](settings), asked), strict=True))
