"""The demo accounts as people read them. Imports nothing of the CRM, so that a start stays quick."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ops.settings import Settings

DEMO_FILE = "demo-accounts"


class NoDemoError(Exception):
    """There are no demo accounts here."""


@dataclass(frozen=True)
class DemoAccount:
    """A demo account with its passwords. Only agents have a SIP user."""

    user: str
    password: str
    role: str
    sip_user: str | None
    sip_password: str | None


def demo_accounts(settings: Settings) -> list[DemoAccount]:
    """The demo accounts of this home. Raises NoDemoError where there are none."""
    path = settings.secrets / DEMO_FILE
    if not path.is_file():
        raise NoDemoError("there are no demo accounts here: they are made where HUIYIN_DEMO=1, as by `make run`")
    return [DemoAccount(**row) for row in json.loads(path.read_text(encoding="ascii"))]


def account_lines(settings: Settings) -> list[str]:
    """A table of user, role and passwords."""
    rows = [
        f"          {one.user:<12}{one.role:<5}{one.password:<24}"
        + (f"SIP {one.sip_user} {one.sip_password}" if one.sip_user else "")
        for one in demo_accounts(settings)
    ]
    return ["accounts  user        role password", *(row.rstrip() for row in rows)]
