"""Secrets are made once, whole, and for their owner only."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops import keys


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    first = keys.token(tmp_path / "s", "internal-token")
    assert len(first) >= 43
    assert keys.token(tmp_path / "s", "internal-token") == first
    assert keys.token(tmp_path / "s", "another") != first


def test_two_who_ask_at_the_same_moment_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: keys.key(tmp_path / "s", "recordings-key"), range(64)))
    assert len(set(answers)) == 1
    assert len(answers[0]) == 32
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["recordings-key"]


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    keys.token(tmp_path / "s", "t")
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "s" / "t").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["../x", "", "A", "a/b", ".hidden"])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        keys.token(tmp_path, name)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31])
def test_a_damaged_key_is_refused_and_not_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "recordings-key").write_text(content)
    with pytest.raises(keys.SecretError, match="recordings-key"):
        keys.key(tmp_path, "recordings-key")
    assert (tmp_path / "recordings-key").read_text() == content


def test_what_is_kept_stays_as_it_was_first(tmp_path: Path) -> None:
    keys.keep(tmp_path, "demo", "one")
    keys.keep(tmp_path, "demo", "two")
    assert (tmp_path / "demo").read_text().strip() == "one"
