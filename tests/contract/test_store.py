"""What every store of recordings promises; so far there is one, in a local folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recordings.encryption import CHUNK, HEADER_BYTES, KeyRing
from recordings.local_store import LocalStore
from recordings.store import StoreDamagedError, StoreError, StoreMissingError

KEY = "2026/11/20/0b5ed0a8-57ce-4c3c-9d0d-3f4c2d1f0a11-abcdef012345"
CONTENT = bytes(range(256)) * 600


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "recordings", KeyRing.of(b"k" * 32))


def whole(store: LocalStore, key: str = KEY) -> bytes:
    opened = store.open(key)
    return b"".join(opened.read(0, opened.size))


def test_what_was_put_is_read_whole_and_in_ranges(store: LocalStore) -> None:
    store.put(KEY, CONTENT)
    assert store.open(KEY).size == len(CONTENT)
    assert whole(store) == CONTENT
    for start, end in ((0, 2), (0, 0), (CHUNK - 1, CHUNK + 1), (len(CONTENT) - 1, len(CONTENT))):
        assert b"".join(store.open(KEY).read(start, end)) == CONTENT[start:end]


def test_putting_again_replaces_and_deleting_twice_is_well(store: LocalStore) -> None:
    store.put(KEY, b"one")
    store.put(KEY, b"two")
    assert whole(store) == b"two"
    assert list(store.keys()) == [KEY]
    store.delete(KEY)
    store.delete(KEY)
    assert not store.has(KEY)
    with pytest.raises(StoreMissingError):
        store.open(KEY)


@pytest.mark.parametrize(
    "key",
    [
        "../../../etc/passwd",
        "2026/11/20/../../x",
        "2026/11/20/a/b",
        "/2026/11/20/a",
        "2026/11/20/",
        "a",
        "2026/11/20/a\0b",
        "2026/11/20/.x",
    ],
)
def test_a_key_never_leads_outside(store: LocalStore, key: str) -> None:
    for act in (
        lambda: store.put(key, b"x"),
        lambda: store.open(key),
        lambda: store.has(key),
        lambda: store.delete(key),
    ):
        with pytest.raises(ValueError, match="not a key"):
            act()


def test_a_put_that_fails_leaves_nothing_and_the_old_one_stays(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(KEY, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space"):
            store.put(KEY, b"new")
    assert whole(store) == b"old"
    assert [path.name for path in store.root.rglob("*.part")] == []


def test_a_half_left_by_a_crash_is_no_object_and_is_swept(store: LocalStore) -> None:
    store.put(KEY, CONTENT)
    half = store.root / "2026/11/20/whatever.rec.0011.part"
    half.write_bytes(b"half")
    assert list(store.keys()) == [KEY]
    assert store.sweep(older_than=half.stat().st_mtime - 10) == 0
    assert store.sweep(older_than=half.stat().st_mtime + 10) == 1
    assert whole(store) == CONTENT


def test_a_changed_file_is_damaged_and_never_wrong(store: LocalStore) -> None:
    store.put(KEY, CONTENT)
    path = next(store.root.rglob("*.rec"))
    path.chmod(0o640)
    original = path.read_bytes()
    for place in (3, HEADER_BYTES - 1, HEADER_BYTES + 5, len(original) - 1):
        path.write_bytes(original[:place] + bytes([original[place] ^ 1]) + original[place + 1 :])
        with pytest.raises(StoreDamagedError):
            whole(store)
    path.write_bytes(original[:-5])
    with pytest.raises(StoreDamagedError):
        whole(store)


def test_the_file_is_not_for_others_and_shows_nothing(store: LocalStore) -> None:
    store.put(KEY, b"4111111111111111" * 10)
    path = next(store.root.rglob("*.rec"))
    assert path.stat().st_mode & 0o777 == 0o440
    assert b"4111" not in path.read_bytes()
