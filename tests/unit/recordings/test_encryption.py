"""Sealed recordings open in ranges, and only as they were sealed."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.encryption import CHUNK, HEADER_BYTES, KeyRing, Opener, SealError, seal, sealed_size

RING = KeyRing.of(b"a" * 32)
CONTENT = random.Random(1).randbytes(3 * CHUNK + 1000)


def sealed(content: bytes, ring: KeyRing = RING) -> bytes:
    return b"".join(seal(content, ring))


def opened(file: bytes, start: int = 0, end: int | None = None, ring: KeyRing = RING) -> bytes:
    opener = Opener(file[:HEADER_BYTES], ring)
    return b"".join(opener.read(io.BytesIO(file), start, opener.size if end is None else end))


FILE = sealed(CONTENT)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_every_size_comes_back(size: int) -> None:
    file = sealed(CONTENT[:size])
    assert len(file) == sealed_size(size)
    assert opened(file) == CONTENT[:size]


@given(st.integers(0, len(CONTENT)), st.integers(0, len(CONTENT)))
def test_any_range_is_that_part(one: int, other: int) -> None:
    start, end = sorted((one, other))
    assert opened(FILE, start, end) == CONTENT[start:end]


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_noticed(place: int, difference: int) -> None:
    changed = bytearray(FILE)
    changed[place] ^= difference
    with pytest.raises(SealError):
        opened(bytes(changed))


def test_a_file_that_was_cut_or_shuffled_does_not_open() -> None:
    body = FILE[HEADER_BYTES:]
    first, second, rest = body[: CHUNK + 16], body[CHUNK + 16 : 2 * (CHUNK + 16)], body[2 * (CHUNK + 16) :]
    other = sealed(CONTENT)
    for bad in (
        FILE[:-1],
        FILE[: HEADER_BYTES + CHUNK + 16],
        FILE[:HEADER_BYTES] + second + first + rest,
        other[:HEADER_BYTES] + body,
        FILE[:20],
        b"",
    ):
        with pytest.raises(SealError):
            opened(bad)


def test_another_key_opens_nothing_and_an_older_one_still_does() -> None:
    with pytest.raises(SealError):
        opened(FILE, ring=KeyRing.of(b"b" * 32))
    assert opened(FILE, ring=KeyRing.of(b"b" * 32, b"a" * 32)) == CONTENT


def test_nothing_of_the_content_or_key_is_in_the_file() -> None:
    file = sealed(b"4111111111111111" * 100)
    assert b"4111111111111111" not in file
    assert b"a" * 32 not in file


def test_two_seals_of_one_content_differ() -> None:
    assert sealed(CONTENT) != FILE


def test_a_range_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        opened(FILE, 5, len(CONTENT) + 1)
