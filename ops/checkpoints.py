"""The checkpoints of the audit chain outside of the database: key, file and copies for an auditor."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crm.db.session import Database
from crm.services import audit, checkpoints
from crm.services.audit import Verdict
from crm.services.checkpoints import Checkpoint, LineError, Signer
from ops import keys
from ops.settings import Settings

KEY = "audit-signing-key"
FILE = "checkpoints.jsonl"
PUBLIC = "public-keys"
_PUBLIC_KEY = re.compile(r"\A[0-9a-f]{64}\Z")


class CopyError(Exception):
    """A file of checkpoints cannot be read; the text says which line."""


def signer(settings: Settings) -> Signer:
    """With the key of this installation; made at the first use."""
    return Signer(keys.key(settings.secrets, KEY))


def publish(settings: Settings, database: Database) -> int:
    """Add what the file does not have yet, and leave the public key beside it; gives the number of new lines."""
    settings.audit.mkdir(mode=0o750, parents=True, exist_ok=True)
    path = settings.audit / FILE
    lines = read(path)
    with database.read() as session:
        new = checkpoints.after(session, lines[-1].id if lines else 0)
    if new:
        _drop_torn_line(path)
        with path.open("a", encoding="ascii") as file:
            file.writelines(one.line() + "\n" for one in new)
            file.flush()
            os.fsync(file.fileno())
        _note_key(settings, signer(settings).public_key)
    return len(new)


def _drop_torn_line(path: Path) -> None:
    if path.is_file():
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(path, len(whole))


def read(path: Path) -> list[Checkpoint]:
    """The checkpoints of a file; none when there is no file. Raises CopyError.

    A last line without its end was cut by a power failure: it is left out, and the next writer drops it.
    """
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise CopyError(f"{path}: cannot be read: {error}") from error
    found = []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            found.append(checkpoints.parse(line))
        except LineError as error:
            raise CopyError(f"{path} line {number}: {error}") from error
    return found


def public_keys(settings: Settings) -> list[str]:
    """The keys that checkpoints may be signed with: this installation's, and those noted beside the file.

    A house that was restored without its keys signs with a new one; the old checkpoints are still looked at.
    """
    noted = settings.audit / PUBLIC
    known = noted.read_text(encoding="ascii").split() if noted.is_file() else []
    if (settings.secrets / KEY).is_file():
        known.append(signer(settings).public_key)
    return [one for one in known if _PUBLIC_KEY.match(one)]


def _note_key(settings: Settings, public_key: str) -> None:
    noted = settings.audit / PUBLIC
    if not noted.is_file() or public_key not in noted.read_text(encoding="ascii").split():
        with noted.open("a", encoding="ascii") as file:
            file.write(public_key + "\n")


def verify(settings: Settings, database: Database, given: Sequence[Path] = ()) -> Verdict:
    """Walk the chain and hold the checkpoints against it, those of the home's file and of given ones, too."""
    try:
        beside = copies(settings, given)  # before the database is read: what comes later is in both
    except CopyError as error:
        return Verdict(0, "", str(error))
    with database.read() as session:
        found = audit.verify(session)
        if found.broken:
            return found
        return Verdict(found.entries, found.head, checkpoints.flaw(session, public_keys(settings), beside))


@dataclass(frozen=True)
class Keeper:
    """For the jobs: takes checkpoints and walks the chain."""

    settings: Settings
    database: Database
    now: Callable[[], datetime]

    def checkpoint(self) -> int:
        """Sign the head of the chain if it moved, and write the file; gives the number of new lines."""
        with self.database.write() as session:
            checkpoints.make(session, signer(self.settings), self.now())
        return publish(self.settings, self.database)

    def verify(self) -> Verdict:
        """Walk the chain, the checkpoints and their file."""
        return verify(self.settings, self.database)


def copies(settings: Settings, given: Sequence[Path] = ()) -> dict[str, list[Checkpoint]]:
    """The file of the home, and those that somebody brought. Raises CopyError."""
    files = {str(path): path for path in given}
    return {FILE: read(settings.audit / FILE), **{name: read(path) for name, path in files.items()}}
