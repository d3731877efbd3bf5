"""A bundle of files as one zip, with a manifest that seals them: for archives and for files to an authority.

``manifest.json`` lists every file with its size and SHA-256, each line sealed together with the one before it, so that
a file that was changed, added, dropped or moved shows. The same content makes the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MANIFEST = "manifest.json"
FORMAT = "huiyin-bundle-1"
START = "0" * 64
_DEFLATED = (".json", ".jsonl", ".txt", ".csv")
_EARLIEST = 1980
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, ArithmeticError, AttributeError, EOFError, LookupError, OSError,
    RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What reading a file raises that is no zip, or was one."""


@dataclass(frozen=True)
class File:
    """A file of a bundle."""

    path: str
    content: bytes


@dataclass(frozen=True)
class Packed:
    """A bundle. ``chain``: the last seal, which covers all files."""

    content: bytes
    manifest_sha256: str
    chain: str
    files: int


def digest(content: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(content).hexdigest()


def link(before: str, path: str, sha256: str, size: int) -> str:
    """A file's seal: over the seal before it, its path, its hash and its size."""
    return digest(f"{before}\n{path}\n{sha256}\n{size}".encode())


def json_bytes(value: Any) -> bytes:
    """JSON as it is written into bundles."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()


def pack(files: Iterable[File], head: Mapping[str, Any], made_at: datetime) -> Packed:
    """Put files into a bundle, in the order of their paths. ``head`` stands at the top of the manifest."""
    target = io.BytesIO()
    entries, seal = [], START
    stamp = (max(made_at.year, _EARLIEST), made_at.month, made_at.day, made_at.hour, made_at.minute, made_at.second)
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(files, key=lambda one: one.path):
            sha256, size = digest(file.content), len(file.content)
            seal = link(seal, file.path, sha256, size)
            entries.append({"path": file.path, "size": size, "sha256": sha256, "chain": seal})
            _write(archive, file.path, file.content, stamp)
        manifest = json_bytes({"format": FORMAT, **head, "files": entries, "chain": seal})
        _write(archive, MANIFEST, manifest, stamp)
    return Packed(target.getvalue(), digest(manifest), seal, len(entries))


def _write(archive: zipfile.ZipFile, path: str, content: bytes, stamp: tuple[int, int, int, int, int, int]) -> None:
    entry = zipfile.ZipInfo(path, stamp)
    entry.compress_type = zipfile.ZIP_DEFLATED if path.endswith(_DEFLATED) else zipfile.ZIP_STORED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


@dataclass(frozen=True)
class Verdict:
    """What a check of a bundle found. ``problems`` empty: all is whole."""

    head: Mapping[str, Any]
    manifest_sha256: str
    files: int
    problems: tuple[str, ...]


def verify(content: bytes) -> Verdict:
    """Hold every file of a bundle against its manifest."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _verify(archive)
    except _BROKEN as error:
        return Verdict({}, "", 0, (f"this is no bundle: {type(error).__name__}",))


def _verify(archive: zipfile.ZipFile) -> Verdict:
    raw = archive.read(MANIFEST)
    manifest = json.loads(raw)
    problems = [] if manifest.get("format") == FORMAT else ["the manifest is of another kind"]
    named = [entry["path"] for entry in manifest["files"]]
    there = [name for name in archive.namelist() if name != MANIFEST]
    problems += [f"{name}: not in the manifest" for name in sorted(set(there) - set(named))]
    problems += [f"{name}: twice in the bundle" for name in sorted({name for name in there if there.count(name) > 1})]
    seal = START
    for entry in manifest["files"]:
        path = entry["path"]
        seal = link(seal, path, entry["sha256"], entry["size"])
        if seal != entry["chain"]:
            problems.append(f"{path}: its line of the manifest was changed")
            seal = entry["chain"]
        problems += _flaw_of(archive, there, entry)
    if seal != manifest.get("chain"):
        problems.append("the manifest's seal does not hold")
    head = {name: value for name, value in manifest.items() if name not in {"files", "chain", "format"}}
    return Verdict(head, digest(raw), len(named), tuple(problems))


def _flaw_of(archive: zipfile.ZipFile, there: list[str], entry: Mapping[str, Any]) -> list[str]:
    path = entry["path"]
    if path not in there:
        return [f"{path}: missing"]
    try:
        content = archive.read(path)
    except _BROKEN as error:
        return [f"{path}: cannot be read ({type(error).__name__})"]
    if len(content) != entry["size"] or digest(content) != entry["sha256"]:
        return [f"{path}: its content was changed"]
    return []
