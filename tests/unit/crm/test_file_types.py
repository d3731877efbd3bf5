"""Files by their bytes: what is taken, what is not, what a file may be called."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain import file_types
from crm.domain.errors import InvalidInputError
from crm.domain.file_types import clean_name, recognise
from crm.services import file_check

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def container(*names: str, content: bytes = b"x") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as one:
        for name in names:
            one.writestr(name, content)
    return made.getvalue()


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


TAKEN = {
    "image/jpeg": b"\xff\xd8\xff\xe0rest",
    "image/png": b"\x89PNG\r\n\x1a\nrest",
    "image/gif": b"GIF89a..",
    "image/webp": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "image/bmp": b"BM" + (20).to_bytes(4, "little") + b"\x00" * 14,
    "image/tiff": b"II*\x00....",
    "image/heic": b"\x00\x00\x00\x18ftypheic....",
    "application/pdf": b"%PDF-1.7\n",
    "audio/wav": b"RIFF\x10\x00\x00\x00WAVEfmt ",
    "audio/mpeg": b"ID3\x04....",
    "audio/amr": b"#!AMR\n..",
    "audio/mp4": b"\x00\x00\x00\x18ftypM4A ....",
    "video/mp4": b"\x00\x00\x00\x18ftypisom....",
    "video/quicktime": b"\x00\x00\x00\x18ftypqt  ....",
    "text/plain": "交易时间 2026-11-22".encode(),
    "application/msword": OLE + b"\x00" * 64 + wide("WordDocument"),
    "application/vnd.ms-excel": OLE + b"\x00" * 64 + wide("Workbook"),
}


@pytest.mark.parametrize("media_type", TAKEN)
def test_a_file_is_known_by_its_bytes(media_type: str) -> None:
    found = file_check.check(TAKEN[media_type])
    assert (found.kind.media_type, found.active) == (media_type, False)


@pytest.mark.parametrize(
    ("names", "extension"),
    [
        (("[Content_Types].xml", "word/document.xml"), "docx"),
        (("xl/workbook.xml",), "xlsx"),
        (("ppt/presentation.xml",), "pptx"),
        (("OFD.xml", "Doc_0/Document.xml"), "ofd"),
    ],
)
def test_a_document_is_known_by_its_parts(names: tuple[str, ...], extension: str) -> None:
    assert file_check.check(container(*names)).kind.extensions == (extension,)


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00\x03",
        b"\x7fELF\x02\x01",
        container("evil.exe"),
        b"Rar!\x1a\x07\x00",
        b"\x1f\x8b\x08\x00",
        OLE + b"\x00" * 64 + wide("__properties_version1.0"),
        b"PK\x03\x04 cut short",
        b"\x00" * 100,
        b"\xff\xd9 not a picture \x01",
    ],
)
def test_programs_archives_and_halves_are_not_taken(content: bytes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        file_check.check(content)
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 << /JavaScript (app.alert) >>",
        b"%PDF-1.4 /EmbeddedFile ",
        OLE + wide("WordDocument") + wide("_VBA_PROJECT"),
        container("word/document.xml", "word/vbaProject.bin"),
    ],
)
def test_what_would_do_something_by_itself_is_marked(content: bytes) -> None:
    assert file_check.check(content).active


def test_a_bomb_is_no_document() -> None:
    with pytest.raises(InvalidInputError, match="not taken"):
        file_check.check(container("word/document.xml", content=b"\0" * 3_000_000))


def test_a_script_is_only_text_whatever_it_calls_itself() -> None:
    found = file_check.check(b"<html><script>alert(1)</script>")
    assert found.kind is file_types.TEXT
    assert not found.kind.shown
    assert clean_name("page.html", found.kind) == "page.html.txt"


def test_a_file_is_read_to_its_limit_only() -> None:
    assert file_check.read_limited(io.BytesIO(b"12345"), 5) == b"12345"
    with pytest.raises(InvalidInputError, match="at most"):
        file_check.read_limited(io.BytesIO(b"1" * 2_000_001), 2_000_000)
    with pytest.raises(InvalidInputError, match="empty"):
        file_check.read_limited(io.BytesIO(b""))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        (r"C:\Users\x\截图.JPG", "截图.jpg"),
        ("a.jpeg", "a.jpeg"),
        ("photo\u202egpj.exe", "photogpj.exe.jpg"),
        ("", "file.jpg"),
        (".jpg", "jpg.jpg"),
        ('a"b<c>.jpg', "a_b_c_.jpg"),
        ("x" * 300 + ".jpg", "x" * 116 + ".jpg"),
    ],
)
def test_names_are_cleaned(given: str, kept: str) -> None:
    assert clean_name(given, file_types.JPEG) == kept


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_name_is_dangerous(name: str) -> None:
    kept = clean_name(name, file_types.PDF)
    assert kept.endswith(".pdf")
    assert len(kept) <= file_types.MAX_NAME
    assert not set(kept) & set('/\\<>:"|?*\0\r\n\u202e')


@given(st.binary(max_size=400))
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_taken_or_refused(content: bytes) -> None:
    recognise(content)
    with suppress(InvalidInputError):
        file_check.check(content)
