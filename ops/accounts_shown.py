"""The demo accounts as people read them, with what their phones log in with."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from ops.settings import Settings

DEMO_FILE = "demo-accounts"


class NoDemoError(Exception):
    """There are no demo accounts here."""


@dataclass(frozen=True)
class DemoAccount:
    """A demo account with its passwords. Only agents and supervisors have a phone."""

    user: str
    password: str
    role: str
    sip_user: str | None = None
    sip_password: str | None = None


def kept_accounts(settings: Settings) -> list[DemoAccount]:
    """The demo accounts of this home as they were made. Raises NoDemoError where there are none."""
    path = settings.secrets / DEMO_FILE
    if not path.is_file():
        raise NoDemoError("there are no demo accounts here: they are made where HUIYIN_DEMO=1, as by `make run`")
    rows = json.loads(path.read_text(encoding="ascii"))
    return [DemoAccount(row["user"], row["password"], row["role"]) for row in rows]


def demo_accounts(settings: Settings) -> list[DemoAccount]:
    """The same, with their phones as the database has them. Raises NoDemoError."""
    kept = kept_accounts(settings)
    from ops import phones  # noqa: PLC0415  (the database: only where it is asked)

    known = phones.by_agent(settings)
    return [
        replace(one, sip_user=known[one.user].sip_user, sip_password=known[one.user].password)
        if one.user in known
        else one
        for one in kept
    ]


def account_lines(settings: Settings) -> list[str]:
    """A table of user, role and passwords."""
    rows = [
        f"          {one.user:<12}{one.role:<5}{one.password:<24}"
        + (f"SIP {one.sip_user} {one.sip_password}" if one.sip_user else "")
        for one in demo_accounts(settings)
    ]
    return ["accounts  user        role password", *(row.rstrip() for row in rows)]
