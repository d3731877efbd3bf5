"""A file that somebody sent: is it of a kind that is taken, whole, and of a fair size."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from crm.domain import file_types
from crm.domain.errors import InvalidInputError
from crm.domain.file_types import FileType

MAX_FILE = 20 * 1024 * 1024
"""Bytes of one file."""
_MAX_PARTS = 5_000
_MAX_UNPACKED = 500 * 1024 * 1024
_MAX_RATIO = 200
"""A document that unpacks to more than this many times its size is a bomb, not a document."""
_RATIO_FROM = 1024 * 1024
FIELD = "file"


@dataclass(frozen=True)
class Checked:
    """Content that may be kept."""

    content: bytes
    kind: FileType
    active: bool
    """it holds scripts or other things that run: whoever opens it is warned"""


def read_limited(stream: BinaryIO, limit: int = MAX_FILE) -> bytes:
    """All of it. Raises InvalidInputError when it is more than ``limit``, or nothing."""
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise InvalidInputError(FIELD, f"must have at most {limit // (1024 * 1024)} MB")
    if not content:
        raise InvalidInputError(FIELD, "is empty")
    return content


def check(content: bytes) -> Checked:
    """What it is, by its bytes. Raises InvalidInputError for a kind that is not taken, or one that is broken."""
    if file_types.is_zip(content):
        return _checked_container(content)
    kind = file_types.recognise(content)
    if kind is None:
        raise InvalidInputError(FIELD, "is of a kind that is not taken")
    return Checked(content, kind, file_types.is_active(content, kind))


def _checked_container(content: bytes) -> Checked:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            parts = container.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise InvalidInputError(FIELD, "is damaged and does not open") from error
    unpacked = sum(part.file_size for part in parts)
    swollen = unpacked > _RATIO_FROM and unpacked > _MAX_RATIO * len(content)
    if len(parts) > _MAX_PARTS or unpacked > _MAX_UNPACKED or swollen:
        raise InvalidInputError(FIELD, "is of a kind that is not taken")
    if any(part.flag_bits & 0x1 for part in parts):
        raise InvalidInputError(FIELD, "is locked with a password")
    names = frozenset(part.filename for part in parts)
    kind = file_types.of_parts(names)
    if kind is None:
        raise InvalidInputError(FIELD, "is of a kind that is not taken")
    return Checked(content, kind, file_types.has_active_parts(names))
