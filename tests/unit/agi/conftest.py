"""A whole FastAGI server in this process, with a spool in a temporary folder and prompts made of one byte."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agi import menus
from agi.directory import Directory
from agi.prompts import PromptLibrary
from agi.runner import House
from agi.sequence import TicketSequence
from agi.server import AgiServer
from ivr.menu import MACHINE_PROMPTS, TONE
from ivr.speech import Part

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
_NOTICE = 30 * 8000
"""Bytes of the recording notice: so long that even a slow machine's caller cuts it short with his first key."""


def pieces(_language: str, digits: str) -> tuple[str, ...]:
    """Stands for ``ivr.speech``: one prompt a digit."""
    return tuple(f"digit_{digit}" for digit in digits)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prompts of both languages, 10 ms each but for the notice."""
    menu = menus.load()
    folder = tmp_path_factory.mktemp("shipped")
    refs = {ref.id for node in menu.nodes.values() for ref in getattr(node, "prompts", ())}
    names = refs | {ref.id for ref in menu.welcome} | set(MACHINE_PROMPTS)
    names |= {TONE, menu.notice_short, "complaint_intro"} | {f"digit_{digit}" for digit in range(10)}
    for language in menu.languages:
        (folder / language).mkdir()
        for name in names:
            size = _NOTICE if name == "notice" else 80
            (folder / language / f"{name}.alaw").write_bytes(b"\xd5" * size)
    return folder


@pytest.fixture
def house(tmp_path: Path, shipped: Path) -> House:
    menu = menus.load()
    return House(
        menu=menu,
        prompts=PromptLibrary(
            tmp_path / "own",
            shipped,
            menu.languages,
            ticket_parts=lambda language, number: (Part(pieces(language, number)),),
            digits=pieces,
        ),
        sequence=TicketSequence(tmp_path / "spool", 1, lambda: NOON.astimezone(ZoneInfo("Asia/Shanghai"))),
        directory=Directory(1, tmp_path / "no-token"),
        spool=tmp_path / "spool",
        answer_days=7,
        callback_after=60,
        clock=lambda: NOON,
        today=lambda: NOON.astimezone(ZoneInfo("Asia/Shanghai")).date(),
    )


@pytest.fixture
def serve(house: House) -> Iterator[Callable[..., AgiServer]]:
    """Starts a server of the house; it is stopped after the test."""
    servers: list[AgiServer] = []

    def start(max_sessions: int = 20, **changes: object) -> AgiServer:
        own = replace(house, stopping=threading.Event(), **changes)  # type: ignore[arg-type]  # any field
        server = AgiServer(own, ("127.0.0.1", 0), max_sessions)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()
