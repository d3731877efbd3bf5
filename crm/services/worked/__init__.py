"""Worked cases to show the house with: matters that nobody brought, taken in as a real one is. Made once."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.access import Actor, Role
from crm.domain.submissions import Submission
from crm.domain.tickets import Channel, Kind
from crm.services import first_look
from crm.services.centre import Centre
from crm.services.submissions import Arrival, Taken, origin_of, take_in
from recordings.store import Store

_DESK = Actor("demo", frozenset({Role.CM}))


def cases() -> list[dict[str, Any]]:
    """The cases that are shipped."""
    text = (Path(__file__).parent / "cases.toml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["case"]
    return found


def make(session: Session, store: Store, *, centre: Centre, now: datetime) -> list[Taken]:
    """Take the cases in, with what their words suggest; those that are there already stay as they are."""
    made = []
    for case in cases():
        given = {name: value for name, value in case.items() if name != "id"}
        given["channel"] = Channel(given["channel"])
        matter = Submission(kind=Kind.COMPLAINT, **given)
        arrival = Arrival(origin=origin_of("worked", case["id"]), told=True, read_back=True)
        taken = take_in(session, store, matter, arrival, actor=_DESK, centre=centre, now=now)
        first_look.look(session, taken.ticket_id, now=now)
        made.append(taken)
    return made
