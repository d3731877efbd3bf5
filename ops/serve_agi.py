"""The FastAGI service: settings → what the calls need → serve until told to stop."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime

from agi import menus
from agi.directory import Directory
from agi.prompts import PromptLibrary
from agi.routing_edge import LOAD_FILE, Router
from agi.runner import House
from agi.sequence import TicketSequence
from agi.server import AgiServer
from ivr import speech
from ops.plan_file import plan_file
from ops.prompts.ahead import hard_to_hear
from ops.settings import Settings

TOKEN = "internal-token"  # noqa: S105  (the name of a file)
"""Name of the shared secret of the CRM's internal address, in HOME/secrets."""


def house(settings: Settings) -> House:
    """Everything that the calls of this node share."""
    menu = menus.load()
    return House(
        menu=menu,
        prompts=PromptLibrary(
            settings.prompts,
            menus.AUDIO,
            menu.languages,
            ticket_parts=speech.ticket_parts,
            digits=speech.digits,
            ahead=settings.prompts_ahead,
        ),
        sequence=TicketSequence(
            settings.spool,
            settings.node,
            lambda: datetime.now(settings.zone),
            hard_to_hear(settings.prompts_ahead),
        ),
        directory=Directory(settings.web_port, settings.secrets / TOKEN, certificate=settings.tls_cert),
        spool=settings.spool,
        answer_days=settings.answer_days,
        callback_after=settings.callback_after,
        clock=lambda: datetime.now(UTC),
        today=lambda: datetime.now(settings.zone).date(),
        router=Router(plan_file(settings), lambda: datetime.now(settings.zone), settings.run / LOAD_FILE),
    )


def main(settings: Settings) -> None:
    """Serve calls until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings.spool.mkdir(parents=True, exist_ok=True)
    server = AgiServer(house(settings), ("127.0.0.1", settings.agi_port), settings.max_calls)
    server.start()
    stop.wait()
    server.stop()
