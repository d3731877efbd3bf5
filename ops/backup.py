"""`huiyin backup DIR`: a whole copy while everything runs; keys go to a folder of their own, DIR-keys.

The order matters. The spool is copied before the database: a call that is taken in between is then in both
(taking it in twice gives one), never in neither. What the copied database calls done is then left out of the
spool's copy: its audio is in the store, and a folder that was copied half-way must not come back beside a call
that was taken in whole. A folder that changed since is copied again. The store of recordings comes last: every
row of the copied database finds its file, and a file that came later is known to the next backup.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from crm.db import migrate
from ops import backup_database
from ops.backup_manifest import BackupError, Manifest, copy_tree, digest
from ops.keys import sync_folder
from ops.settings import PREFIX, Settings
from recordings import spool as spools

NOT_COPIED = frozenset({"ticket-sequence"})
"""The phone node's counter. After a restore it begins beyond all numbers that may have been spoken since the
backup: it goes on from the second of the day and the journals (agi.sequence). An old copy would give them twice."""
Files = dict[str, dict[str, Any]]
SECRET_SETTINGS = frozenset({"database_url", "redis_url"})


@dataclass(frozen=True)
class Made:
    """What was made, and where."""

    folder: Path
    keys: Path
    manifest: Manifest


def keys_folder(folder: Path) -> Path:
    """Where a backup's keys go: beside it, so that the two can be kept in different places."""
    return folder.with_name(folder.name + "-keys")


def make(settings: Settings, folder: Path, say: Callable[[str], None]) -> Made:
    """Back up everything into ``folder``, which must not exist or be empty. Raises BackupError."""
    folder = folder.absolute()
    keys = keys_folder(folder)
    for taken in (folder, keys):
        if taken.exists() and (not taken.is_dir() or any(taken.iterdir())):
            raise BackupError(f"{taken} is there already; choose another folder")
    if settings.home in folder.parents or settings.home == folder:
        raise BackupError(f"{folder} is inside the home: a backup belongs on another disk")
    unfinished = folder.with_name(f".{folder.name}.unfinished-{os.getpid()}")
    try:
        manifest = _fill(settings, unfinished, say)
        say("keys")
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = Manifest(manifest.made_at, manifest.schema, "", {}, copy_tree(settings.secrets, keys / "secrets"))
        secret.write(keys)
        _put(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return Made(folder, keys, manifest)


def _fill(settings: Settings, folder: Path, say: Callable[[str], None]) -> Manifest:
    folder.mkdir(mode=0o700, parents=True)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    say("spool")
    files = copy_tree(settings.spool, folder / "spool", NOT_COPIED)
    files |= copy_tree(settings.audit, folder / "audit")
    say("database")
    copied = backup_database.copy(settings.sql_url, folder / "database")
    files[str(copied.file.relative_to(folder))] = digest(copied.file)
    say("calls in the spool that are done")
    files = _without_done(settings.spool, folder / "spool", copied.taken_in, files)
    say("recordings")
    files |= copy_tree(settings.recordings, folder / "recordings")
    say("prompts and settings")
    files |= copy_tree(settings.prompts, folder / "prompts")
    (folder / "settings.json").write_text(_settings_text(settings), encoding="utf-8")
    files["settings.json"] = digest(folder / "settings.json")
    schema = migrate.revisions(settings.sql_url)[0] or ""
    manifest = Manifest(made_at, schema, backup_database.kind(settings.sql_url), copied.counts, files)
    manifest.write(folder)
    return manifest


def _without_done(spool: Path, copy: Path, taken_in: Mapping[str, str], files: Files) -> Files:
    """Drop the copies of folders that are done; what changed since it was taken in is copied as it is now."""
    kept = {name: value for name, value in files.items() if name.split("/")[1] not in taken_in}
    for call_id in sorted(taken_in.keys() & {*spools.call_ids(copy), *spools.call_ids(spool)}):
        shutil.rmtree(copy / call_id, ignore_errors=True)
        with suppress(FileNotFoundError):  # its time in the spool is over
            if spools.signature(spool / call_id) != taken_in[call_id]:
                again = copy_tree(spool / call_id, copy / call_id)
                kept |= {f"{copy.name}/{name}": value for name, value in again.items()}
    return kept


def _settings_text(settings: Settings) -> str:
    """The settings that differ from the defaults, as variables; without passwords and keys."""
    chosen = settings.model_dump(mode="json", exclude_defaults=True, exclude={"home"})
    chosen = {name: value for name, value in chosen.items() if not name.endswith(("_password", "_secret"))}
    for name in SECRET_SETTINGS & chosen.keys():
        chosen[name] = make_url(chosen[name]).render_as_string(hide_password=True)
    chosen = {name: _as_variable(value) for name, value in chosen.items()}
    return json.dumps({PREFIX + name.upper(): value for name, value in chosen.items()}, indent=1) + "\n"


def _as_variable(value: object) -> str:
    """A setting's value as it would stand in the environment."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(int(value)) if isinstance(value, bool) else str(value)


def _put(unfinished: Path, folder: Path) -> None:
    if folder.exists():
        folder.rmdir()
    unfinished.rename(folder)
    sync_folder(folder.parent)
