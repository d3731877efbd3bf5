"""Signed checkpoints of the audit chain: what its head was and when, kept in the database and outside of it.

The chain alone shows that an entry was changed; who can write the whole table could make all of it anew, or cut its
end off. A checkpoint is signed with a key that the database does not have, names the head of the chain, and follows
the checkpoint before it. The same lines lie in a file, and wherever somebody took a copy: a chain that was cut or made
anew no longer has what they name. An auditor needs the public key and his copy, and trusts nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.records import AuditEntry
from crm.db.rights import AuditCheckpoint
from crm.services import audit
from crm.services.audit import GENESIS

_RAW = (Encoding.Raw, PublicFormat.Raw)


@dataclass(frozen=True)
class Checkpoint:
    """A line of the file, and a row of the table."""

    id: int
    at: str
    entry_id: int
    entry_hash: str
    previous: str
    key_id: str
    signature: str = ""

    def signed(self) -> bytes:
        """What the signature is over."""
        content = {name: value for name, value in asdict(self).items() if name != "signature"}
        return _canonical(content)

    def digest(self) -> str:
        """By which the next one follows."""
        return hashlib.sha256(_canonical(asdict(self))).hexdigest()

    def line(self) -> str:
        """As the file has it."""
        return _canonical(asdict(self)).decode()


class LineError(ValueError):
    """A line is not a checkpoint."""


def parse(line: str) -> Checkpoint:
    """Read a line of the file. Raises LineError."""
    kinds = {"id": int, "at": str, "entry_id": int, "entry_hash": str, "previous": str, "key_id": str, "signature": str}
    try:
        content = json.loads(line)
    except ValueError as error:
        raise LineError("not a checkpoint") from error
    if not isinstance(content, dict) or {name: type(value) for name, value in content.items()} != kinds:
        raise LineError("not a checkpoint")
    return Checkpoint(**content)


class Signer:
    """Signs, with a key that the database does not have."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes(*_RAW).hex()
        self.key_id = key_id_of(self.public_key)

    def sign(self, content: bytes) -> str:
        """The signature, in hexadecimal."""
        return self._key.sign(content).hex()


def key_id_of(public_key: str) -> str:
    """By which name checkpoints call a key."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def make(session: Session, signer: Signer, now: datetime) -> Checkpoint | None:
    """Sign the head of the chain; None when the newest checkpoint names it already. The caller commits."""
    audit.lock(session)
    head = session.execute(select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)).first()
    last = session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.id.desc()).limit(1)).first()
    if head is None or (last is not None and last.entry_id >= head.id):
        return None
    before = _of_row(last).digest() if last else GENESIS
    plain = Checkpoint(last.id + 1 if last else 1, _text(now), head.id, head.hash, before, signer.key_id)
    made = Checkpoint(**{**asdict(plain), "signature": signer.sign(plain.signed())})
    session.add(AuditCheckpoint(**{**asdict(made), "at": now}))
    session.flush()
    return made


def after(session: Session, checkpoint_id: int = 0) -> list[Checkpoint]:
    """The checkpoints beyond this one, in their order."""
    rows = select(AuditCheckpoint).where(AuditCheckpoint.id > checkpoint_id).order_by(AuditCheckpoint.id)
    return [_of_row(row) for row in session.scalars(rows)]


def newest(session: Session) -> Checkpoint | None:
    """The last one."""
    row = session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.id.desc()).limit(1)).first()
    return _of_row(row) if row is not None else None


def flaw(session: Session, keys: Iterable[str], copies: Mapping[str, Sequence[Checkpoint]] | None = None) -> str | None:
    """What is wrong with the checkpoints, or None. ``copies``: those of a file, by its name; ``keys``: public keys."""
    known = {key_id_of(key): key for key in keys}
    rows = after(session)
    found = _flaw_of_row_of(rows, known)
    if found is None:
        found = _flaw_of_heads(session, rows, "audit_checkpoints")
    by_id = {row.id: row for row in rows}
    for name, lines in (copies or {}).items():
        found = found or _flaw_of_row_of(lines, known, name) or _flaw_of_heads(session, lines, name)
        if found is None and lines and by_id.get(lines[-1].id) != lines[-1]:
            found = f"audit_checkpoints: the database lacks checkpoint {lines[-1].id}, which {name} has"
    return found


def _flaw_of_row_of(
    rows: Sequence[Checkpoint], known: Mapping[str, str], name: str = "audit_checkpoints"
) -> str | None:
    """Numbers without a gap, each following the one before, each signed by a key that we know."""
    previous, expected = GENESIS, 1
    for row in rows:
        if row.id != expected:
            return f"{name} {row.id}: expected checkpoint {expected}; some are missing"
        if row.previous != previous:
            return f"{name} {row.id}: does not follow the checkpoint before it"
        if row.key_id not in known:
            return f"{name} {row.id}: signed with a key that is not known here"
        if not is_signed(row, known[row.key_id]):
            return f"{name} {row.id}: its signature is wrong"
        previous, expected = row.digest(), row.id + 1
    return None


def is_signed(checkpoint: Checkpoint, public_key: str) -> bool:
    """Whether the signature is this key's."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(checkpoint.signature), checkpoint.signed())
    except (InvalidSignature, ValueError):
        return False
    return True


def _flaw_of_heads(session: Session, rows: Sequence[Checkpoint], name: str) -> str | None:
    """Every entry that a checkpoint names must be there, as it was."""
    for start in range(0, len(rows), 500):
        part = rows[start : start + 500]
        asked = select(AuditEntry.id, AuditEntry.hash).where(AuditEntry.id.in_([row.entry_id for row in part]))
        hashes = {entry.id: entry.hash for entry in session.execute(asked)}
        for row in part:
            if row.entry_id not in hashes:
                return f"audit_log {row.entry_id}: missing; checkpoint {row.id} of {name} names it"
            if hashes[row.entry_id] != row.entry_hash:
                return f"audit_log {row.entry_id}: is not the entry that checkpoint {row.id} of {name} names"
    return None


def _of_row(row: AuditCheckpoint) -> Checkpoint:
    return Checkpoint(row.id, _text(row.at), row.entry_id, row.entry_hash, row.previous, row.key_id, row.signature)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _canonical(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
