"""Signed checkpoints of the audit chain: whatever is done to the table, what was signed once tells."""

# ruff: noqa: F811  (the fixtures of both databases are imported, and named as arguments)
from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crm.db.records import AuditEntry, Job
from crm.db.rights import AuditCheckpoint
from crm.db.session import Database
from crm.jobs.audit_keeping import VERIFY_AUDIT, checkpoint, verify_audit
from crm.jobs.celery_app import ask_nightly
from crm.jobs.work import JobContext
from crm.services import audit, checkpoints
from crm.services.checkpoints import Checkpoint, Signer
from ops import checkpoints as kept
from ops.cli_people import audit as audit_command
from ops.settings import Settings, load
from tests.database_fixture import database, database_url, postgres, sqlite_template  # noqa: F401

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
TABLES = ("audit_log", "audit_checkpoints")


@pytest.fixture
def home_of(settings: Settings, database_url: str) -> Settings:
    return load({"HUIYIN_HOME": str(settings.home), "HUIYIN_DATABASE_URL": database_url})


@pytest.fixture
def keeper(home_of: Settings, database: Database) -> kept.Keeper:
    return kept.Keeper(home_of, database, lambda: NOW)


def add(database: Database, count: int = 3, who: str = "test") -> None:
    for number in range(count):
        with database.write() as session:
            audit.append(session, at=NOW, actor=who, action="thing.done", subject=f"thing:{number}", detail={})


def unguard(database: Database) -> None:
    """What somebody does who owns the database."""
    with database.write() as session:
        for table in TABLES:
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            else:
                session.execute(text(f"DROP TRIGGER {table}_no_update"))
                session.execute(text(f"DROP TRIGGER {table}_no_delete"))


def run(database: Database, *statements: str) -> None:
    with database.write() as session:
        for statement in statements:
            session.execute(text(statement))


def forge(database: Database, seed: bytes) -> None:
    """The whole chain and its checkpoints anew, signed with a key of one's own."""
    run(database, "DELETE FROM audit_checkpoints", "DELETE FROM audit_log")
    add(database, 5)
    with database.write() as session:
        checkpoints.make(session, Signer(seed), NOW)


def cut(database: Database) -> None:
    run(database, "DELETE FROM audit_log WHERE id > 3", "DELETE FROM audit_checkpoints WHERE id > 1")


def test_a_whole_chain_is_whole(keeper: kept.Keeper, database: Database) -> None:
    assert keeper.checkpoint() == 0, "nothing to sign yet"
    add(database)
    assert (keeper.checkpoint(), keeper.checkpoint()) == (1, 0)
    add(database)
    assert keeper.checkpoint() == 1
    found = keeper.verify()
    assert (found.entries, found.broken) == (6, None)


ATTACKS: dict[str, tuple[Callable[[Database], None], str]] = {
    "cut off": (cut, "the database lacks checkpoint 2|audit_log 6: missing"),
    "made anew": (lambda one: forge(one, b"x" * 32), "not known here|is not the entry"),
    "a checkpoint changed": (
        lambda one: run(one, "UPDATE audit_checkpoints SET entry_id = 4 WHERE id = 2"),
        "audit_checkpoints 2: its signature is wrong",
    ),
    "a checkpoint gone": (
        lambda one: run(one, "DELETE FROM audit_checkpoints WHERE id = 1"),
        "expected checkpoint 1",
    ),
}


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_who_owns_the_database_cannot_hide_it(
    keeper: kept.Keeper,
    database: Database,
    attack: str,
) -> None:
    for _ in range(2):
        add(database)
        keeper.checkpoint()
    unguard(database)
    do, expected = ATTACKS[attack]
    do(database)
    broken = keeper.verify().broken or ""
    assert any(part in broken for part in expected.split("|")), broken


def test_who_owns_the_machine_cannot_hide_it_from_a_copy(
    keeper: kept.Keeper,
    home_of: Settings,
    database: Database,
    tmp_path: Path,
) -> None:
    """He has the key, too; what he signed yesterday and an auditor keeps is beyond him."""
    add(database)
    keeper.checkpoint()
    copy = tmp_path / "kept.jsonl"
    copy.write_bytes((home_of.audit / kept.FILE).read_bytes())
    unguard(database)
    run(database, "DELETE FROM audit_checkpoints", "DELETE FROM audit_log")
    (home_of.audit / kept.FILE).unlink()
    add(database, 4, who="nobody")
    keeper.checkpoint()
    assert kept.verify(home_of, database).broken is None
    assert "is not the entry" in (kept.verify(home_of, database, [copy]).broken or "")


@pytest.mark.parametrize("line", ["{}", "nonsense", '{"id": "1"}', "[]"])
def test_a_damaged_file_is_named(keeper: kept.Keeper, home_of: Settings, database: Database, line: str) -> None:
    add(database)
    keeper.checkpoint()
    with (home_of.audit / kept.FILE).open("a") as file:
        file.write(line + "\n")
    assert f"{kept.FILE} line 2" in (keeper.verify().broken or "")


def test_a_line_that_a_power_cut_tore_is_written_again(
    keeper: kept.Keeper,
    home_of: Settings,
    database: Database,
) -> None:
    for _ in range(2):
        add(database)
        keeper.checkpoint()
    path = home_of.audit / kept.FILE
    os.truncate(path, path.stat().st_size - 20)
    assert keeper.verify().broken is None
    assert keeper.checkpoint() == 1
    assert [one.id for one in kept.read(path)] == [1, 2]


def test_nobody_changes_a_checkpoint_through_the_application(keeper: kept.Keeper, database: Database) -> None:
    add(database)
    keeper.checkpoint()
    for statement in ("UPDATE audit_checkpoints SET entry_id = 1", "DELETE FROM audit_checkpoints"):
        with pytest.raises(DBAPIError):
            run(database, statement)


def test_the_night_walks_along_the_chain_and_writes_down_how_it_was(
    keeper: kept.Keeper,
    database: Database,
    tmp_path: Path,
) -> None:
    nothing: Any = None
    context = JobContext(database, nothing, lambda: NOW, nothing, lambda: True, lambda _: None, audit_keeper=keeper)
    ask_nightly(context)
    with database.read() as session:
        assert len(session.scalars(select(Job).where(Job.kind == VERIFY_AUDIT)).all()) == 1
    add(database)
    assert checkpoint(context) == 1
    verify_audit(context, {})
    unguard(database)
    run(database, "UPDATE audit_log SET actor = 'nobody' WHERE id = 2")
    verify_audit(context, {})
    with database.read() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("audit."))).all()
    assert [(one.action, one.detail["broken"]) for one in told] == [
        ("audit.verified", None),
        ("audit.broken", "audit_log 2: its content was changed"),
    ]


def test_a_signature_needs_nothing_but_the_line_and_the_public_key() -> None:
    """As an auditor checks it, with any Ed25519."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signer = Signer(b"s" * 32)
    plain = Checkpoint(1, NOW.isoformat(), 7, "a" * 64, "0" * 64, signer.key_id)
    line = json.loads(Checkpoint(**{**plain.__dict__, "signature": signer.sign(plain.signed())}).line())
    signature = bytes.fromhex(line.pop("signature"))
    content = json.dumps(line, sort_keys=True, separators=(",", ":")).encode()
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.public_key)).verify(signature, content)


def test_the_commands_export_and_verify(
    home_of: Settings,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add(database)
    monkeypatch.setattr("ops.cli_people.settings", lambda: home_of)
    file, run_ = tmp_path / "out.jsonl", CliRunner().invoke
    made = run_(audit_command, ["export", str(file)])
    assert made.exit_code == 0, made.output
    assert "public key" in made.output
    assert run_(audit_command, ["verify", "--checkpoints", str(file)]).exit_code == 0
    later = NOW + timedelta(days=1)
    with database.write() as session:
        audit.append(session, at=later, actor="test", action="thing.done", subject="thing:9", detail={})
    assert run_(audit_command, ["verify", "--checkpoints", str(file)]).exit_code == 0
    file.write_text(file.read_text().replace('"entry_id":3', '"entry_id":2'))
    told = run_(audit_command, ["verify", "--checkpoints", str(file)])
    assert told.exit_code == 1
    assert "its signature is wrong" in told.output
    with database.read() as session:
        assert session.scalars(select(AuditCheckpoint.id)).all() == [1]
