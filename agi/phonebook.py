"""Which phone rings for an agent: his endpoints as Asterisk's configuration has them, and the last one registered."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

WEB = "-web"
_SECTION = re.compile(r"\A\[([A-Za-z0-9_.@-]+)\]")
_OWNER = re.compile(r"\Aset_var\s*=\s*HUIYIN_AGENT=(\S+)\Z")


def endpoints_of(text: str) -> dict[str, str]:
    """Endpoint → user name, out of the generated configuration of phones."""
    found, section = {}, ""
    for line in text.splitlines():
        if match := _SECTION.match(line):
            section = match[1]
        elif match := _OWNER.match(line.strip()):
            found[section] = match[1]
    return found


class PhoneBook:
    """Endpoints and their owners; read again whenever the file changes. May be used from any thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._owners: dict[str, str] = {}
        self._latest: dict[str, str] = {}

    def owners(self) -> dict[str, str]:
        """Endpoint → user name."""
        with self._lock:
            try:
                stat = self._file.stat()
                if self._stamp != (stat.st_mtime_ns, stat.st_ino):
                    self._owners = endpoints_of(self._file.read_text(encoding="utf-8"))
                    self._stamp = (stat.st_mtime_ns, stat.st_ino)
            except OSError:
                self._owners, self._stamp = {}, None
            return dict(self._owners)

    def agent(self, endpoint: str) -> str | None:
        """Whose phone it is."""
        return self.owners().get(endpoint)

    def note_registered(self, agent: str, endpoint: str) -> None:
        """A phone registered now: it is the one that rings, of those that its agent has."""
        with self._lock:
            self._latest[agent] = endpoint

    def ringing(self, agents: Iterable[str], registered: Callable[[str], bool]) -> dict[str, str]:
        """The phone of each of these agents that is registered, the one that registered last of several."""
        owners = self.owners()
        found = {}
        for agent in set(agents):
            mine = [endpoint for endpoint, owner in owners.items() if owner == agent]
            with self._lock:
                latest = self._latest.get(agent)
            mine.sort(key=lambda one: (one != latest, not one.endswith(WEB)))
            for endpoint in mine:
                if registered(endpoint):
                    found[agent] = endpoint
                    break
        return found
