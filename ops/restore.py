"""`huiyin restore DIR`: a backup into an empty home; everything is checked before and counted after."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from ops import backup_database, house
from ops.backup import keys_folder
from ops.backup_manifest import BackupError, Manifest, check, copy_tree, read
from ops.settings import Settings


def bring_back(
    settings: Settings, folder: Path, keys: Path | None, say: Callable[[str], None], *, without_keys: bool = False
) -> Manifest:
    """Restore the backup in ``folder`` with the keys in ``keys`` (default: DIR-keys beside it). Raises BackupError.

    Nothing is changed unless all of it is whole and the home is empty.
    """
    manifest = read(folder)
    keys = keys or keys_folder(folder.absolute())
    say("checking the backup")
    check(folder, manifest)
    secret = _keys(keys, without_keys=without_keys)
    _refuse(settings, manifest)
    try:
        _copy_back(settings, folder, manifest, say)
        if secret:
            _expect(copy_tree(keys / "secrets", settings.secrets), secret.files, "secrets", settings.secrets.name)
    except BackupError:
        raise
    except OSError as error:
        raise BackupError(f"{error.filename}: {error.strerror}; remove {settings.home} and try again") from error
    return manifest


def _keys(keys: Path, *, without_keys: bool) -> Manifest | None:
    if without_keys:
        return None
    if not keys.is_dir():
        raise BackupError(
            f"the keys are not at {keys}: give their folder with --keys (recordings cannot be heard without them), "
            "or --without-keys"
        )
    secret = read(keys)
    check(keys, secret)
    return secret


def _refuse(settings: Settings, manifest: Manifest) -> None:
    if house.running(settings):
        raise BackupError(f"Huiyin runs in {settings.home}; restore works on an empty home only")
    if settings.home.exists() and any(settings.home.iterdir()):
        raise BackupError(f"{settings.home} is not empty; set HUIYIN_HOME to a new folder")
    for folder in (settings.spool, settings.recordings, settings.prompts):
        if folder.is_dir() and any(folder.iterdir()):
            raise BackupError(f"{folder} is not empty")
    kind = backup_database.kind(settings.sql_url)
    if kind != manifest.database:
        raise BackupError(f"the backup is of {manifest.database}, HUIYIN_DATABASE_URL names {kind}")
    backup_database.check_empty(settings.sql_url)


def _copy_back(settings: Settings, folder: Path, manifest: Manifest, say: Callable[[str], None]) -> None:
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    targets = {
        "spool": settings.spool,
        "audit": settings.audit,
        "recordings": settings.recordings,
        "prompts": settings.prompts,
    }
    for part, target in targets.items():
        say(part)
        _expect(copy_tree(folder / part, target), manifest.files, part, target.name)
    say("database")
    name = next(name for name in manifest.files if name.startswith("database/"))
    counts = backup_database.bring_back(settings.sql_url, folder / name)
    if counts != manifest.counts:
        raise BackupError(f"the database has other rows than the backup: {counts} instead of {manifest.counts}")
    shutil.copyfile(folder / "settings.json", settings.home / "restored-settings.json")


def _expect(copied: dict[str, dict[str, object]], files: dict[str, dict[str, object]], part: str, own: str) -> None:
    """The same names and hashes below ``part`` of the backup and below our folder (called ``own``)."""
    wanted = {name.split("/", 1)[1]: value for name, value in files.items() if name.startswith(f"{part}/")}
    got = {name.removeprefix(f"{own}/"): value for name, value in copied.items()}
    if wanted != got:
        different = sorted(name for name in wanted.keys() | got.keys() if wanted.get(name) != got.get(name))
        raise BackupError(f"{part}: not the same after copying: {', '.join(different[:5])}")
