"""What kind of file some bytes are, and what the file may be called (pure). A name is never believed.

A complaint comes with screenshots, photographs, statements, contracts and recordings; those kinds are taken.
Programs, pages with scripts and archives are not: whoever opens evidence must not be harmed by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

MAX_NAME = 120
_TEXT_CONTROLS = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D} | {0x7F}
_SPOOFING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Marks that turn the direction of writing or cannot be seen: they make ``gpj.exe`` look like ``exe.jpg``."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")


@dataclass(frozen=True)
class FileType:
    """A kind of file that is taken. ``extensions``: the first is given to a file that has none of them."""

    media_type: str
    extensions: tuple[str, ...]
    shown: bool = False
    """a browser may show it on a page; everything else is only downloaded"""


JPEG = FileType("image/jpeg", ("jpg", "jpeg"), shown=True)
PNG = FileType("image/png", ("png",), shown=True)
GIF = FileType("image/gif", ("gif",), shown=True)
WEBP = FileType("image/webp", ("webp",), shown=True)
BMP = FileType("image/bmp", ("bmp",), shown=True)
TIFF = FileType("image/tiff", ("tif", "tiff"))
HEIC = FileType("image/heic", ("heic", "heif"))
PDF = FileType("application/pdf", ("pdf",))
WAV = FileType("audio/wav", ("wav",), shown=True)
MP3 = FileType("audio/mpeg", ("mp3",), shown=True)
OGG = FileType("audio/ogg", ("ogg", "oga", "opus"), shown=True)
AMR = FileType("audio/amr", ("amr",))
M4A = FileType("audio/mp4", ("m4a",), shown=True)
MP4 = FileType("video/mp4", ("mp4", "m4v"), shown=True)
MOV = FileType("video/quicktime", ("mov",))
THREE_GP = FileType("video/3gpp", ("3gp",))
TEXT = FileType("text/plain", ("txt", "csv", "log"))
_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = FileType(f"{_OFFICE}.wordprocessingml.document", ("docx",))
XLSX = FileType(f"{_OFFICE}.spreadsheetml.sheet", ("xlsx",))
PPTX = FileType(f"{_OFFICE}.presentationml.presentation", ("pptx",))
OFD = FileType("application/ofd", ("ofd",))
DOC = FileType("application/msword", ("doc", "wps"))
XLS = FileType("application/vnd.ms-excel", ("xls", "et"))
PPT = FileType("application/vnd.ms-powerpoint", ("ppt", "dps"))

TYPES = (
    JPEG, PNG, GIF, WEBP, BMP, TIFF, HEIC, PDF, WAV, MP3, OGG, AMR, M4A, MP4, MOV, THREE_GP, TEXT,
    DOCX, XLSX, PPTX, OFD, DOC, XLS, PPT,
)  # fmt: skip
BY_MEDIA_TYPE: Mapping[str, FileType] = {kind.media_type: kind for kind in TYPES}
ACCEPTED_EXTENSIONS = tuple(f".{extension}" for kind in TYPES for extension in kind.extensions)
"""For the file chooser of a page: a help for people, no check."""

_BEGINNINGS: tuple[tuple[bytes, FileType], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"%PDF-", PDF),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"\xff\xf2", MP3),
    (b"OggS", OGG),
    (b"#!AMR", AMR),
)
_BRANDS: tuple[tuple[bytes, FileType], ...] = (
    (b"heic", HEIC),
    (b"heix", HEIC),
    (b"hevc", HEIC),
    (b"mif1", HEIC),
    (b"msf1", HEIC),
    (b"M4A ", M4A),
    (b"M4B ", M4A),
    (b"qt  ", MOV),
    (b"3gp", THREE_GP),
    (b"isom", MP4),
    (b"iso2", MP4),
    (b"iso4", MP4),
    (b"iso5", MP4),
    (b"iso6", MP4),
    (b"mp41", MP4),
    (b"mp42", MP4),
    (b"avc1", MP4),
    (b"M4V ", MP4),
    (b"dash", MP4),
)
_OLE_STREAMS: tuple[tuple[str, FileType], ...] = (
    ("WordDocument", DOC),
    ("Workbook", XLS),
    ("Book", XLS),
    ("PowerPoint Document", PPT),
)
_OLE_MACROS = tuple(name.encode("utf-16-le") for name in ("_VBA_PROJECT", "Macros", "_VBA_PROJECT_CUR", "Ole10Native"))
_PARTS: tuple[tuple[str, FileType], ...] = (
    ("word/document.xml", DOCX),
    ("xl/workbook.xml", XLSX),
    ("ppt/presentation.xml", PPTX),
    ("OFD.xml", OFD),
)
_ACTIVE_PARTS = re.compile(r"(?:vbaProject|activeX|oleObject|vbaData|embeddings/)", re.IGNORECASE)


def recognise(content: bytes) -> FileType | None:
    """What these bytes are, as their beginning says; None for what is not taken.

    A zip file is told by its parts instead, with ``of_parts``.
    """
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    if content[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(content[8:12])
    if content[:2] == b"BM" and int.from_bytes(content[2:6], "little") == len(content):
        return BMP
    if content[4:8] == b"ftyp":
        return next((kind for brand, kind in _BRANDS if content[8:12].startswith(brand)), None)
    if content.startswith(_OLE):
        return _of_ole(content)
    return TEXT if text_of(content) is not None else None


def is_zip(content: bytes) -> bool:
    """Whether it is a container whose parts say what it is."""
    return content.startswith(b"PK\x03\x04")


def of_parts(names: frozenset[str]) -> FileType | None:
    """What a zip file with these parts is: an office document or an OFD; None for an archive of anything."""
    return next((kind for part, kind in _PARTS if part in names), None)


def has_active_parts(names: frozenset[str]) -> bool:
    """Whether a document holds macros or other things that run."""
    return any(_ACTIVE_PARTS.search(name) for name in names)


def is_active(content: bytes, kind: FileType) -> bool:
    """Whether a document says that it would do something by itself when it is opened."""
    if kind is PDF:
        return _ACTIVE_PDF.search(content) is not None
    if kind in {DOC, XLS, PPT}:
        return any(name in content for name in _OLE_MACROS)
    return False


def _of_ole(content: bytes) -> FileType | None:
    return next((kind for name, kind in _OLE_STREAMS if name.encode("utf-16-le") in content), None)


def text_of(content: bytes) -> str | None:
    """The text that these bytes are, in UTF-8, UTF-16 with its mark, or GB 18030; None when they are none."""
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else None
    if encoding is None and any(byte in _TEXT_CONTROLS for byte in content[:65_536]):
        return None
    for one in (encoding,) if encoding else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(one)
        except UnicodeDecodeError:
            continue
        return None if any(ord(char) in _TEXT_CONTROLS for char in text) else text
    return None


def clean_name(given: str, kind: FileType) -> str:
    """A name that is safe to show and to save: no folders, nothing unseen, with an ending of its real kind."""
    name = _SPOOFING.sub("", unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2]))
    name = "".join(" " if unicodedata.category(char)[0] in {"C", "Z"} else char for char in name)
    name = re.sub(r'[<>:"|?*/]', "_", name).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if dot and stem and ending.lower() in kind.extensions:
        extension = ending.lower()
    else:
        stem, extension = name, kind.extensions[0]
    return f"{stem[: MAX_NAME - len(extension) - 1].strip() or 'file'}.{extension}"
