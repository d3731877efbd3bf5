"""The keys of the sealed fields: HOME/secrets/field-key-N, the highest N seals, all of them open.

A new key is a new file; processes that run find it when they meet a field that was sealed with it, and seal with it
themselves from their next start. The key of the blind indexes is one and stays: whatever is found by it would have to
be written anew at one stroke.
"""

from __future__ import annotations

import re

from crm.db.sealed import Vault, key_id
from crm.db.session import Database
from ops import keys
from ops.settings import Settings

INDEX = "field-index-key"
_KEY = re.compile(r"\Afield-key-([1-9][0-9]{0,5})\Z")


def _name(number: int) -> str:
    return f"field-key-{number}"


def _numbers(settings: Settings) -> list[int]:
    """The numbers of the keys that are there, the newest first; the first key is made when there is none."""
    found = [_KEY.match(path.name) for path in settings.secrets.glob("field-key-*")]
    return sorted((int(one[1]) for one in found if one), reverse=True) or [1]


def field_keys(settings: Settings) -> tuple[bytes, ...]:
    """All keys, the newest first. Raises ops.keys.SecretError."""
    return tuple(keys.key(settings.secrets, _name(number)) for number in _numbers(settings))


def vault(settings: Settings) -> Vault:
    """The vault of an installation. Raises ops.keys.SecretError."""
    return Vault(lambda: field_keys(settings), keys.key(settings.secrets, INDEX))


def database(settings: Settings) -> Database:
    """The database of an installation, with the keys of its sealed fields."""
    return Database(settings.sql_url, vault(settings))


def rotate(settings: Settings) -> str:
    """Make the next key; gives its id."""
    return key_id(keys.key(settings.secrets, _name(_numbers(settings)[0] + 1)))
