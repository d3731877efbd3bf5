"""Agents' phones in Asterisk: the file of their endpoints, kept like the database says, without dropping a call."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from crm.db.session import Database
from crm.services import phones as agents_phones
from crm.services.phones import Phone
from ops import asterisk_config, asterisk_control, keys
from ops.asterisk_config import PHONES_FILE
from ops.settings import Settings

SIP_KEY = "sip-key"
"""Name of the key in HOME/secrets that phones' passwords are derived with."""


def sip_key(settings: Settings) -> bytes:
    """What phones' passwords are derived with."""
    return keys.key(settings.secrets, SIP_KEY)


def by_agent(settings: Settings) -> dict[str, Phone]:
    """The phones by user name; none where the database does not answer."""
    database = Database(settings.sql_url)
    try:
        with database.read() as session:
            return {phone.agent: phone for phone in agents_phones.phones(session, sip_key(settings))}
    except SQLAlchemyError:
        return {}
    finally:
        database.dispose()


def refresh(settings: Settings, database: Database) -> bool:
    """Bring Asterisk's phones to what the database says, running or not. True when something changed."""
    with database.write() as session:
        agents_phones.ensure_sip_users(session)
        found = agents_phones.phones(session, sip_key(settings))
    changed = write(settings, found)
    if changed:
        reload(settings)
    return changed


def write(settings: Settings, phones: Iterable[Phone]) -> bool:
    """Write the endpoints. Asterisk reads them at its start, and when it is told to (``reload``)."""
    return asterisk_config.put(phones_file(settings), asterisk_config.render_phones(phones))


def phones_file(settings: Settings) -> Path:
    """The generated file; its folder is made."""
    folder = settings.home / "asterisk" / "etc"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / PHONES_FILE


def reload(settings: Settings) -> None:
    """Have a running Asterisk read its phones again. Calls and registrations go on."""
    asterisk_control.reload(settings, "module reload res_pjsip.so")
