"""The switchboard's part of the ``ami`` service: its socket, and the hands that bring lost phones back."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from agi.phonebook import PhoneBook
from agi.rejoin_edge import Rejoiner
from agi.switchboard import Outside
from agi.switchboard_link import LinkConfig, SwitchboardLink
from agi.switchboard_server import Handler, Switchboard, SwitchboardServer
from ivr.switchboard import SOCKET, Verb
from ops import keys
from ops.asterisk_config import SWITCHBOARD
from ops.settings import Settings

_OWN_IDS = 900_000
"""Calls that agents make are counted from here on: Asterisk, which counts its channels from 0, never comes so far."""


def socket_path(settings: Settings) -> Path:
    """Where commands are taken."""
    return settings.run / SOCKET


def make_link(settings: Settings, book: PhoneBook) -> SwitchboardLink:
    """The switchboard's connection to Asterisk."""
    config = LinkConfig(
        ami_address=("127.0.0.1", settings.ami_port),
        username="switchboard",
        secret=keys.token(settings.secrets, SWITCHBOARD),
        spool=settings.spool,
    )
    return SwitchboardLink(config, book)


def make_rejoiner(settings: Settings, book: PhoneBook) -> Rejoiner:
    """Has a link of its own: what it does waits for no command."""
    return Rejoiner(make_link(settings, book), book)


class SwitchboardPart:
    """Takes commands from ``start`` to ``stop``."""

    def __init__(self, settings: Settings, book: PhoneBook, handlers: Mapping[Verb, Handler]) -> None:
        self._link = make_link(settings, book)
        self._path = socket_path(settings)
        patterns = settings.dial_patterns if settings.trunk_out else ()
        self._switchboard = Switchboard(self._link, Outside(patterns, _call_ids(settings.system_name)), handlers)
        self._server: SwitchboardServer | None = None

    def start(self) -> None:
        """Listen."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._server = SwitchboardServer(self._path, self._switchboard.answer)

    def stop(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.close()
        self._link.close()


def _call_ids(system: str) -> Callable[[], str]:
    """Ids for calls that agents make, in the shape that Asterisk gives its own."""
    numbers = itertools.count(_OWN_IDS)
    return lambda: f"{system}-{int(time.time())}.{next(numbers)}"
