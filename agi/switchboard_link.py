"""The switchboard's hands: its own connection to Asterisk, made anew when it is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from agi.ami_client import AmiClient, AmiRefused
from agi.ami_protocol import AmiError
from agi.exchange_view import View, channels_of
from agi.phonebook import PhoneBook
from agi.switchboard import Order, Refused
from agi.switchboard_steps import HangUp, Ring, Step
from ivr.switchboard import SwitchboardCode

log = structlog.get_logger()


@dataclass(frozen=True)
class LinkConfig:
    """Where Asterisk is, and the switchboard's password there. ``timeout``: seconds for each of its answers."""

    ami_address: tuple[str, int]
    username: str
    secret: str
    spool: Path
    timeout: float = 1.5


class SwitchboardLink:
    """Looks and acts. One command at a time: what it saw still holds when it acts."""

    def __init__(self, config: LinkConfig, book: PhoneBook) -> None:
        self._config = config
        self._book = book
        self._client: AmiClient | None = None
        self.lock = threading.Lock()
        """Held from looking to acting."""

    def view(self, agents: Iterable[str] = ()) -> View:
        """The exchange now, with the phones of these agents. Raises Refused (no_exchange)."""
        client = self._connected()
        try:
            channels = channels_of(client.collect("Status"))
            return View(channels, self._book.ringing(agents, lambda one: self._is_registered(client, one)))
        except AmiError as error:
            raise self._gone(error) from error

    def packets(self, legs: Iterable[str]) -> dict[str, int]:
        """How many packets of sound have come from the phone of each leg."""
        client = self._connected()
        found = {}
        for leg in legs:
            try:
                answer = client.action("Getvar", [("Channel", leg), ("Variable", "CHANNEL(rtcp,rxcount)")])
                found[leg] = int(answer.get("Value") or 0)
            except (AmiRefused, ValueError):
                continue  # it has ended
            except AmiError as error:
                raise self._gone(error) from error
        return found

    def carry_out(self, order: Order) -> None:
        """Do all steps. Raises Refused."""
        client = self._connected()
        for step in order.steps:
            self._do(client, step)

    def close(self) -> None:
        """End the connection."""
        if self._client:
            self._client.close()

    def _do(self, client: AmiClient, step: Step) -> None:
        name, fields = step.action()
        if isinstance(step, Ring) and step.new_call:
            (self._config.spool / step.call_id).mkdir(mode=0o700, parents=True)
        try:
            client.action(name, fields)
        except AmiRefused as error:
            if isinstance(step, HangUp):
                return  # it ended by itself
            log.warning("switchboard_refused", action=name, why=str(error))
            raise Refused(SwitchboardCode.UNKNOWN_CALL, "the call changed in the meantime") from error
        except AmiError as error:
            raise self._gone(error) from error

    def is_registered(self, endpoint: str) -> bool:
        """Whether a phone can be reached there."""
        return self._is_registered(self._connected(), endpoint)

    def _is_registered(self, client: AmiClient, endpoint: str) -> bool:
        try:
            answer = client.action("Getvar", [("Variable", f"PJSIP_DIAL_CONTACTS({endpoint})")])
        except AmiRefused:
            return False
        except AmiError as error:
            raise self._gone(error) from error
        return bool(answer.get("Value"))

    def _connected(self) -> AmiClient:
        if self._client and self._client.connected:
            return self._client
        client = AmiClient(self._config.ami_address, timeout=self._config.timeout)
        try:
            client.connect(self._config.username, self._config.secret)
        except AmiError as error:
            raise self._gone(error) from error
        self._client = client
        return client

    def _gone(self, error: AmiError) -> Refused:
        if self._client:
            self._client.close()
        return Refused(SwitchboardCode.NO_EXCHANGE, f"the telephone exchange does not answer: {error}")
