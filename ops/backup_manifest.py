"""What a backup holds, as one JSON file with counts and hashes; copying that hashes on the way."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ops.keys import sync_folder

FORMAT = 1
NAME = "manifest.json"
_BLOCK = 1 << 20


class BackupError(Exception):
    """A backup cannot be made or brought back; the text says why and what to do."""


@dataclass
class Manifest:
    """``files``: path below the backup → SHA-256 and size; ``counts``: table → rows."""

    made_at: str
    schema: str
    database: str
    counts: dict[str, int]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Put it into the folder, last of all: a backup without it is not one."""
        text = json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False)
        with (folder / NAME).open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(folder)


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupError for anything else."""
    try:
        found = Manifest(**json.loads((folder / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{folder} is not a whole backup: {error}") from error
    if found.format != FORMAT:
        raise BackupError(f"{folder} has format {found.format}; this version reads {FORMAT}")
    return found


def copy(source: Path, target: Path) -> dict[str, Any]:
    """Copy a file to disk, down to the platter; gives the hash and size of what was written."""
    total, size = hashlib.sha256(), 0
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as origin, os.fdopen(handle, "wb") as file:
        while block := origin.read(_BLOCK):
            total.update(block)
            size += len(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return {"sha256": total.hexdigest(), "size": size}


def digest(path: Path) -> dict[str, Any]:
    """Hash and size of a file."""
    total, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            total.update(block)
            size += len(block)
    return {"sha256": total.hexdigest(), "size": size}


def files_below(folder: Path) -> Iterator[Path]:
    """Regular files below a folder, in order; links and half-written files are left out."""
    if folder.is_dir():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.suffix not in {".part", ".tmp"}:
                yield path


def copy_tree(source: Path, target: Path, leave_out: frozenset[str] = frozenset()) -> dict[str, dict[str, Any]]:
    """Copy a folder's files; gives path (below ``target``'s parent) → hash. What goes away meanwhile is left out."""
    copied = {}
    for path in files_below(source):
        name = path.relative_to(source)
        if str(name) in leave_out:
            continue
        try:
            copied[str(Path(target.name) / name)] = copy(path, target / name)
        except FileNotFoundError:
            continue
    for folder in {target, *(path.parent for path in files_below(target))}:
        if folder.is_dir():
            sync_folder(folder)
    return copied


def check(folder: Path, manifest: Manifest) -> None:
    """Hold every file of a backup against the manifest. Raises BackupError with the first that differs."""
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise BackupError(f"{path} is missing from the backup")
        if digest(path) != expected:
            raise BackupError(f"{path} is not what was backed up (its SHA-256 differs)")
