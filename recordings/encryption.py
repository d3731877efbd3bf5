"""Recordings at rest: AES-256-GCM in chunks of 64 KiB, so that any range is read without the rest.

A file is a header (magic, id of the master key, the file's own data key wrapped by it, nonce prefix, size of
the content) and its chunks. Each chunk's nonce is prefix ‖ counter ‖ last-flag and the header is its
associated data: a chunk that was changed, moved, dropped or brought from another file does not open. To
destroy the data key is to destroy the recording.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"HYREC\x00\x01\n"
CHUNK = 65_536
TAG = 16
_FIXED = struct.Struct(">8s8s12s48s7sQ")
HEADER_BYTES = _FIXED.size


class SealError(Exception):
    """The content does not open: changed, cut short, or sealed with a key that we do not have."""


@dataclass(frozen=True)
class KeyRing:
    """Master keys by their id; new files are sealed with ``current``."""

    keys: Mapping[bytes, bytes]
    current: bytes

    @classmethod
    def of(cls, current: bytes, *older: bytes) -> KeyRing:
        """From 32-byte keys."""
        return cls({key_id(key): key for key in (current, *older)}, key_id(current))


def key_id(key: bytes) -> bytes:
    """Eight bytes that name a key and tell nothing of it."""
    return hashlib.sha256(b"huiyin recordings key" + key).digest()[:8]


def sealed_size(size: int) -> int:
    """Bytes of the sealed file for a content of ``size`` bytes."""
    return HEADER_BYTES + size + TAG * _chunks(size)


def _chunks(size: int) -> int:
    return max(1, -(-size // CHUNK))


def seal(content: bytes, ring: KeyRing) -> Iterator[bytes]:
    """The sealed file, in pieces."""
    data_key = os.urandom(32)
    wrap_nonce, prefix = os.urandom(12), os.urandom(7)
    wrapped = AESGCM(ring.keys[ring.current]).encrypt(wrap_nonce, data_key, MAGIC)
    head = _FIXED.pack(MAGIC, ring.current, wrap_nonce, wrapped, prefix, len(content))
    yield head
    cipher, last = AESGCM(data_key), _chunks(len(content)) - 1
    for index in range(last + 1):
        piece = content[index * CHUNK : (index + 1) * CHUNK]
        yield cipher.encrypt(_nonce(prefix, index, last=index == last), piece, head)


def _nonce(prefix: bytes, index: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">I?", index, last)


class Opener:
    """Opens the chunks of one sealed file, whose first ``HEADER_BYTES`` it was made from."""

    def __init__(self, head: bytes, ring: KeyRing) -> None:
        self._head = head
        try:
            magic, kid, nonce, wrapped, self._prefix, self.size = _FIXED.unpack(head)
            if magic != MAGIC:
                raise SealError("not a recording of ours")
            data_key = AESGCM(ring.keys[kid]).decrypt(nonce, wrapped, MAGIC)
        except struct.error as error:
            raise SealError("cut short within its header") from error
        except KeyError as error:
            raise SealError("sealed with a key that is not here") from error
        except InvalidTag as error:
            raise SealError("its header was changed") from error
        self._cipher = AESGCM(data_key)

    def read(self, file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
        """The content from ``start`` to before ``end``, in pieces. Raises SealError, ValueError for a bad range."""
        if not 0 <= start <= end <= self.size:
            raise ValueError("outside of the content")
        if start == end:
            return
        for index in range(start // CHUNK, -(-end // CHUNK)):
            piece = self._open_chunk(file, index)
            offset = index * CHUNK
            yield piece[max(0, start - offset) : end - offset]

    def _open_chunk(self, file: BinaryIO, index: int) -> bytes:
        last = index == _chunks(self.size) - 1
        file.seek(HEADER_BYTES + index * (CHUNK + TAG))
        sealed = file.read(CHUNK + TAG)
        try:
            return self._cipher.decrypt(_nonce(self._prefix, index, last=last), sealed, self._head)
        except InvalidTag as error:
            raise SealError(f"chunk {index} was changed or is missing") from error
