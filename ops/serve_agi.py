"""The FastAGI service: settings → what the calls need → serve until told to stop."""

from __future__ import annotations

import signal
import threading
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from agi.directory import Directory
from agi.prompts import PromptLibrary
from agi.runner import House
from agi.sequence import TicketSequence
from agi.server import AgiServer
from ivr import speech
from ivr.menu import Menu, parse
from ops.settings import Settings

IVR = Path(__file__).resolve().parent.parent / "ivr"
TOKEN = "internal-token"  # noqa: S105  (the name of a file)
"""Name of the shared secret of the CRM's internal address, in HOME/secrets."""


def load_menu(folder: Path = IVR) -> Menu:
    """The hotline's menu, checked against the prompts. Raises MenuError."""
    catalogues = {
        path.stem: tomllib.loads(path.read_text("utf-8"))["prompts"].keys()
        for path in (folder / "prompts").glob("??.toml")
    }
    return parse((folder / "menus" / "default.toml").read_text("utf-8"), catalogues)


def house(settings: Settings) -> House:
    """Everything that the calls of this node share."""
    menu = load_menu()
    return House(
        menu=menu,
        prompts=PromptLibrary(
            settings.prompts,
            IVR / "prompts" / "audio",
            menu.languages,
            ticket_number=speech.ticket_number,
            digits=speech.digits,
        ),
        sequence=TicketSequence(settings.spool, settings.node, lambda: datetime.now(settings.zone)),
        directory=Directory(settings.web_port, settings.secrets / TOKEN, certificate=settings.tls_cert),
        spool=settings.spool,
        answer_days=settings.answer_days,
        callback_after=settings.callback_after,
        clock=lambda: datetime.now(UTC),
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
