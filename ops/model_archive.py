"""Put a model's folder or archive into the models folder, whole or not at all."""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from asr.models import is_vosk, is_whisper

MOST_UNPACKED = 12 << 30


class ModelError(Exception):
    """This is no model that can be used; the text says why."""


def place(source: Path, models: Path) -> Path:
    """Copy a model's folder, or unpack its zip archive, into ``models``; give the folder it stands in now."""
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=models) as made:
        incoming = Path(made)
        if source.is_dir():
            shutil.copytree(source, incoming / source.name)
        elif zipfile.is_zipfile(source):
            unpack(source, incoming)
        else:
            raise ModelError(f"{source} is neither a folder nor a zip archive")
        model = _model_in(incoming, source.stem if source.is_file() else source.name)
        target = models / model.name
        if target.exists():
            raise ModelError(f"{target.name} is installed already; remove {target} to install it anew")
        model.rename(target)
    return target


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip archive; refuse one whose entries would leave the folder or are not plain files."""
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = packed.infolist()
            for entry in entries:
                _check(entry)
            if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise ModelError(f"{archive.name} would unpack to more than {MOST_UNPACKED >> 30} GiB")
            packed.extractall(folder)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ModelError(f"{archive.name} is damaged: {error}") from error


def _check(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
        raise ModelError(f"the archive holds an unsafe name: {entry.filename!r}")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ModelError(f"the archive holds something else than files: {entry.filename!r}")


def _model_in(folder: Path, name: str) -> Path:
    if is_vosk(folder) or is_whisper(folder):  # packed without a folder of its own
        wrapped = folder / name
        wrapped.mkdir()
        for entry in list(folder.iterdir()):
            if entry != wrapped:
                entry.rename(wrapped / entry.name)
        return wrapped
    for candidate in sorted(p for p in folder.iterdir() if p.is_dir()):
        if is_vosk(candidate) or is_whisper(candidate):
            return candidate
    raise ModelError(f"{name} holds neither a Vosk model (am/final.mdl) nor a Whisper model (model.bin)")
