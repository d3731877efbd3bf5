"""Fields that are kept sealed: AES-256-GCM with the field's own place as associated data, and blind indexes.

A sealed value is ``v1|kid|nonce|ciphertext``. It opens only in the column that it was sealed for. What is not sealed
yet (it was written before fields were) is read as it stands; ``crm.services.resealing`` seals it. Writing without a
vault is refused: nothing becomes plain by a wrong turn.

The vault belongs to a ``Database``; ``use_by_default`` serves programs that open theirs without naming one.
"""

from __future__ import annotations

import binascii
import json
import os
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import JSON, ColumnElement, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import operators
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

from crm.domain.blind_index import digest

PREFIX = "v1|"
_VAULT = "huiyin_vault"
NUMBER = "number"
"""Kind of the index of telephone numbers: calls, tickets, calls out and customers meet in it."""


class SealedFieldError(Exception):
    """A sealed field does not open, or there is no vault to open it with."""


class KeyMissingError(SealedFieldError):
    """A field was sealed with a key that is not here."""


LOCKED = "\N{LOCK}"
"""What is read of a field whose key is not here."""


def key_id(key: bytes) -> str:
    """Eight characters that name a key and tell nothing of it."""
    return sha256(b"huiyin field key" + key).hexdigest()[:8]


Keys = Callable[[], tuple[bytes, ...]]
"""The keys that fields are sealed with, the newest first."""


class Vault:
    """The keys of the sealed fields. A key that is not known is looked for once more: another process made it."""

    def __init__(self, keys: Keys, index_key: bytes) -> None:
        self._load, self._index_key = keys, index_key
        self._ciphers: dict[str, AESGCM] = {}
        self.current = ""
        self.reload()

    @classmethod
    def of(cls, index_key: bytes, *keys: bytes) -> Vault:
        """Of these keys, the newest first."""
        return cls(lambda: keys, index_key)

    def reload(self) -> None:
        """Read the keys again."""
        keys = self._load()
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self.current = key_id(keys[0])

    def seal(self, text: str, place: str) -> str:
        """The text as it is kept in this place."""
        nonce = os.urandom(12)
        made = self._ciphers[self.current].encrypt(nonce, text.encode(), place.encode())
        return f"{PREFIX}{self.current}|{_written(nonce)}|{_written(made)}"

    def unseal(self, kept: str, place: str) -> str:
        """The text. Raises SealedFieldError for what was changed or moved, KeyMissingError without its key."""
        if not kept.startswith(PREFIX):
            return kept
        try:
            _, kid, nonce, made = kept.split("|")
            if kid not in self._ciphers:
                self.reload()
            cipher = self._ciphers[kid]
            return cipher.decrypt(binascii.a2b_base64(nonce), binascii.a2b_base64(made), place.encode()).decode()
        except KeyError as error:
            raise KeyMissingError(f"{place}: sealed with key {error}, which is not here") from None
        except (InvalidTag, ValueError) as error:
            raise SealedFieldError(f"{place}: a sealed value was changed or moved") from error

    def read(self, kept: str, place: str) -> str:
        """The same for who reads: without its key (after a restore without keys, say) the sign of a lock."""
        try:
            return self.unseal(kept, place)
        except KeyMissingError:
            return LOCKED

    def is_current(self, kept: str) -> bool:
        """Whether a value is sealed, and with the newest key."""
        return kept.startswith(f"{PREFIX}{self.current}|")

    def index(self, kind: str, text: str) -> str:
        """The digest by which a value is found."""
        return digest(self._index_key, kind, text)


def _written(content: bytes) -> str:
    return binascii.b2a_base64(content, newline=False).decode()


_default: Vault | None = None


def use_by_default(vault: Vault | None) -> None:
    """The vault of databases that are opened without one."""
    global _default  # noqa: PLW0603  (one a process, set where a program begins)
    _default = vault


def give(dialect: Dialect, vault: Vault | None) -> None:
    """Let the columns of this database's engine find their vault."""
    setattr(dialect, _VAULT, vault)


def vault_of(dialect: Dialect) -> Vault:
    """The vault of an engine. Raises SealedFieldError."""
    found: Vault | None = getattr(dialect, _VAULT, None) or _default
    if found is None:
        raise SealedFieldError("this database was opened without the keys of its sealed fields")
    return found


class _NotCompared(TypeDecorator.Comparator[Any]):
    """A sealed value differs each time it is sealed: to compare it in the database is a mistake, said at once."""

    def operate(self, op: OperatorType, *other: Any, **more: Any) -> ColumnElement[Any]:
        """Only whether there is a value may be asked for."""
        if op in _OF_NULL or (op in {operators.eq, operators.ne} and other == (None,)):
            return super().operate(op, *other, **more)
        raise TypeError("a sealed field is not compared in the database; look for its blind index")


_OF_NULL = {operators.is_, operators.is_not}


class SealedText(TypeDecorator[str]):
    """Text that is sealed in the database. ``place``: table.column; ``was``: its length before it was sealed.

    SQLite minds no length, and to change the type of a column it would have to write the whole table anew: there
    the column is declared as it was.
    """

    impl = Text
    cache_ok = True
    comparator_factory = _NotCompared

    def __init__(self, place: str, was: int = 0) -> None:
        super().__init__()
        self.place, self.was = place, was

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """How the column is declared."""
        return String(self.was) if self.was and dialect.name == "sqlite" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return vault_of(dialect).seal(value, self.place) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """From the database."""
        return vault_of(dialect).read(value, self.place) if value and value.startswith(PREFIX) else value


class SealedJson(TypeDecorator[Any]):
    """JSON that is sealed in the database, there a string. ``place``: table.column."""

    impl = JSON
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """To the database."""
        if value is None:
            return None
        return vault_of(dialect).seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")), self.place)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """From the database."""
        if isinstance(value, str) and value.startswith(PREFIX):
            text = vault_of(dialect).read(value, self.place)
            return {} if text == LOCKED else json.loads(text)
        return value


class BlindText(TypeDecorator[str]):
    """A blind index. What is compared with it or written to it becomes a digest; a digest stays itself.

    So ``column == "8613800138000"`` finds what was written as that, and two such columns of one kind can be joined.
    """

    impl = String
    cache_ok = True

    def __init__(self, kind: str, length: int = 32) -> None:
        super().__init__(length)
        self.kind, self.length = kind, length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return vault_of(dialect).index(self.kind, value) if value else value
