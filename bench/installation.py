"""A whole installation on free ports in its own folder, driven through the commands and the API alone."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[1]
HUIYIN = Path(sys.prefix) / "bin" / "huiyin"


def free_ports(count: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
    """Ports that nobody listens on now; all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, kind)) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_until(what: str, ask: Callable[[], T | None], seconds: float = 120.0, every: float = 0.2) -> T:
    """Poll ``ask`` until it gives something truthy; fail with ``what`` after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(every)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


@dataclass
class Installation:
    """Its environment, commands and API."""

    home: Path
    extra: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        web, ws, agi, ami = free_ports(4)
        (sip,) = free_ports(1, socket.SOCK_DGRAM)
        (rtp,) = free_ports(1, socket.SOCK_DGRAM)
        low = min(rtp, 64000) // 2 * 2
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_") or k == "HUIYIN_SPEECH_DIR"},
            "HUIYIN_HOME": str(self.home),
            "HUIYIN_DEMO": "1",
            "HUIYIN_WEB_PORT": str(web),
            "HUIYIN_WS_PORT": str(ws),
            "HUIYIN_AGI_PORT": str(agi),
            "HUIYIN_AMI_PORT": str(ami),
            "HUIYIN_SIP_PORT": str(sip),
            "HUIYIN_RTP_PORTS": f"{low}-{low + 1499}",
            "HUIYIN_MODELS_URL": "",
            "HUIYIN_NUMBERS_AHEAD": "0",
            **self.extra,
        }

    def run(self, *arguments: str, timeout: float = 300, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One `huiyin` command; its output in the error when it fails and ``check`` is set."""
        done = subprocess.run(
            [str(HUIYIN), *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(
                f"huiyin {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
            )
        return done

    def status(self) -> dict[str, Any]:
        """`huiyin status --json`; an empty mapping while nothing answers."""
        done = self.run("status", "--json", check=False)
        with contextlib.suppress(ValueError):
            answer: dict[str, Any] = json.loads(done.stdout)
            return answer
        return {}

    def up(self) -> None:
        """Set up what is needed and start everything; returns when it is ready."""
        self.run("setup", timeout=600)
        self.run("up", timeout=120)
        wait_until(f"installation ready: {self.status()}", lambda: self.status().get("ready"), 120)

    def down(self) -> None:
        """Stop everything and check that nothing is left running."""
        self.run("down", timeout=120)

    def pid(self, service: str) -> int | None:
        """Process id of a service, from the status."""
        found = self.status().get("services", {}).get(service, {}).get("pid")
        return int(found) if found else None

    def answers(self, service: str) -> bool:
        """Whether a service answers, from the status."""
        return bool(self.status().get("services", {}).get(service, {}).get("answers"))

    def accounts(self) -> dict[str, dict[str, str]]:
        """Demo accounts by user name."""
        return {a["user"]: a for a in json.loads(self.run("accounts", "--json").stdout)}

    def token(self, user: str = "handler") -> str:
        """An API token of a demo account."""
        if user not in self.tokens:
            self.tokens[user] = self.run("token", "create", "--user", user).stdout.strip().splitlines()[-1]
        return self.tokens[user]

    @property
    def url(self) -> str:
        """Where pages and API are."""
        scheme = "https" if self.environment.get("HUIYIN_TLS_CERT") else "http"
        return f"{scheme}://127.0.0.1:{self.environment['HUIYIN_WEB_PORT']}"

    def get(self, path: str, user: str = "handler") -> Any:
        """JSON of an API path (after /api/v1)."""
        return json.loads(self.get_bytes(path, user))

    def get_bytes(self, path: str, user: str = "handler") -> bytes:
        """Body of an API path."""
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}", headers={"Authorization": f"Bearer {self.token(user)}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            body: bytes = answer.read()
            return body

    def calls(self, caller: str) -> list[dict[str, Any]]:
        """Calls of a caller's number; none while the CRM is away."""
        return self._items(f"/calls?caller_number={caller}")

    def tickets(self, caller: str, user: str = "handler") -> list[dict[str, Any]]:
        """Tickets of a caller's number; none while the CRM is away."""
        return self._items(f"/tickets?caller_number={caller}", user)

    def _items(self, path: str, user: str = "handler") -> list[dict[str, Any]]:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            items: list[dict[str, Any]] = self.get(path, user)["items"]
            return items
        return []

    def ticket_with_transcript(self, caller: str, seconds: float = 180) -> tuple[dict[str, Any], dict[str, Any]]:
        """Wait for the caller's ticket and the transcript of its first recording."""

        def ask() -> tuple[dict[str, Any], dict[str, Any]] | None:
            for ticket in self.tickets(caller):
                for recording in ticket["recording_ids"][:1]:
                    transcript = self.get(f"/recordings/{recording}/transcript")
                    if transcript["state"] == "done":
                        return ticket, transcript
            return None

        return wait_until(f"ticket of {caller} with its transcript", ask, seconds, every=0.5)


@contextlib.contextmanager
def installation(home: Path, **extra: str) -> Iterator[Installation]:
    """Bring one up, and down again whatever happened; its logs are shown when the test failed."""
    one = Installation(home, extra)
    try:
        one.up()
        yield one
    except BaseException:
        for log in sorted((home / "logs").glob("*.log")):
            sys.stderr.write(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}\n")
        raise
    finally:
        one.down()
        shutil.rmtree(home, ignore_errors=True)
