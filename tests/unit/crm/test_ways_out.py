"""Bundles, mails as they go over the wire, and providers of text messages as their files describe them."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.documents import bundle
from crm.documents.bundle import MANIFEST, File
from crm.jobs import mail_door, sms_spec
from crm.jobs.mail_door import build, checked_address
from crm.jobs.outgoing import File as Attached
from crm.jobs.outgoing import Outgoing, RefusedError
from crm.jobs.sms_door import ConsoleSms, FolderMail
from crm.jobs.sms_spec import SpecError

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
FILES = [File("b.txt", b"two"), File("a/one.json", b"{}"), File("c.wav", bytes(1000))]


def test_a_bundle_is_whole_and_the_same_content_is_the_same_file() -> None:
    made = bundle.pack(FILES, {"ticket": "1"}, AT)
    verdict = bundle.verify(made.content)
    assert (verdict.problems, verdict.files, verdict.head["ticket"]) == ((), 3, "1")
    assert verdict.manifest_sha256 == made.manifest_sha256
    assert bundle.pack(reversed(FILES), {"ticket": "1"}, AT).content == made.content


def changed(content: bytes, *, drop: str = "", put: dict[str, bytes] | None = None) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if name != drop and name not in (put or {}):
                new.writestr(name, old.read(name))
        for name, data in (put or {}).items():
            new.writestr(name, data)
    return target.getvalue()


def with_manifest(content: bytes, said: dict[str, object]) -> bytes:
    return changed(content, put={MANIFEST: json.dumps(said).encode()})


def manifest(content: bytes) -> dict[str, object]:
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        read: dict[str, object] = json.loads(found.read(MANIFEST))
    return read


def test_whatever_is_changed_in_a_bundle_shows() -> None:
    content = bundle.pack(FILES, {}, AT).content
    lying = manifest(content)
    lying["files"][0]["sha256"] = "0" * 64  # type: ignore[index]  # JSON
    short = manifest(content)
    short["files"] = short["files"][:2]  # type: ignore[index]  # JSON
    for bad, said in (
        (changed(content, drop="b.txt"), "b.txt: missing"),
        (changed(content, put={"b.txt": b"three"}), "b.txt: its content was changed"),
        (changed(content, put={"d.txt": b"new"}), "d.txt: not in the manifest"),
        (
            changed(content, put={MANIFEST: json.dumps(lying).encode()}),
            "a/one.json: its line of the manifest was changed",
        ),
        (changed(content, put={MANIFEST: json.dumps(short).encode()}), "the manifest's seal does not hold"),
    ):
        assert said in bundle.verify(bad).problems


@given(st.binary(max_size=300))
def test_what_is_no_bundle_is_said_to_be_none(content: bytes) -> None:
    assert bundle.verify(content).problems


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_flipped_byte_never_passes_for_another_content(at: int, flip: int) -> None:
    content = bytearray(bundle.pack(FILES, {"ticket": "1"}, AT).content)
    content[at % len(content)] ^= flip
    verdict = bundle.verify(bytes(content))
    if not verdict.problems:
        with zipfile.ZipFile(io.BytesIO(bytes(content))) as found:
            assert {name: found.read(name) for name in found.namelist() if name != MANIFEST} == {
                file.path: file.content for file in FILES
            }


def outgoing(**changes: object) -> Outgoing:
    given_ = {"reference": "r-1", "to": "a@b.example", "subject": "答复", "body": "您好\n.\n再见", "at": AT, **changes}
    return Outgoing(**given_)  # type: ignore[arg-type]  # a table of changes


def test_a_mail_is_what_was_meant() -> None:
    made = message_from_bytes(
        build(outgoing(files=[Attached("答复函.pdf", "application/pdf", b"%PDF")], ticket_number="2611"),
              sender="银行 <s@bank.example>", to="a@b.example"), policy=default)  # fmt: skip
    assert made["Subject"] == "答复"
    assert made["Message-ID"] == "<r-1@bank.example>"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["X-Ticket"] == "2611"
    [file] = list(made.iter_attachments())
    assert file.get_filename() == "答复函.pdf"


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b", "a b@c.example", "a@b.example\r\nRCPT TO:<x@y>", "-o@b.example", "张@b.example",
     "<a@b.example>", "a@b.example,c@d.example"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(RefusedError):
        checked_address(address)


def test_a_good_address_is_taken() -> None:
    assert checked_address(" a.b+c@d.example ") == "a.b+c@d.example"


@pytest.mark.parametrize(
    ("code", "kind"), [(450, "LaterError"), (550, "RefusedError"), (250, None), (421, "LaterError")]
)
def test_a_servers_answer_decides(code: int, kind: str | None) -> None:
    if kind is None:
        mail_door._need((code, b"ok"))
        return
    with pytest.raises(Exception, match="mail server") as error:
        mail_door._need((code, b"words"))
    assert type(error.value).__name__ == kind


SPEC = """
url = "https://sms.example/send"
[headers]
Authorization = "Bearer {secret}"
[fields]
phone = "{number}"
content = "{text}"
ref = "{reference}"
[answer]
ok = {code = ["0"]}
id = "data.id"
never = {code = ["INVALID"]}
"""
VALUES = {"number": "138", "text": 'a"b{number}\n', "reference": "r", "secret": "k\r\nX: y"}


def test_a_provider_is_asked_as_its_file_says() -> None:
    asked = sms_spec.request(sms_spec.parse(SPEC), VALUES)
    assert json.loads(asked.body or b"") == {"phone": "138", "content": 'a"b{number}\n', "ref": "r"}
    assert asked.headers["Authorization"] == "Bearer kX: y"


@pytest.mark.parametrize("form", ["form", "query"])
def test_other_forms_escape_what_is_put_in(form: str) -> None:
    spec = sms_spec.parse(SPEC.replace('send"', f'send?x=1"\nform = "{form}"', 1))
    asked = sms_spec.request(spec, {**VALUES, "text": "a&phone=1"})
    told = asked.url if form == "query" else (asked.body or b"").decode()
    assert "content=a%26phone%3D1" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "TOML"),
        (SPEC.replace("https", "file"), "http"),
        (SPEC.replace("{text}", "t"), "text"),
        (SPEC.replace("{secret}", "{password}"), "password"),
        (SPEC.replace('send"', 'send"\nform = "xml"'), "form"),
    ],
)
def test_a_file_that_describes_no_provider_says_why(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        sms_spec.parse(text)


@pytest.mark.parametrize(
    ("path", "found"), [("data.id", "7"), ("list.1.a", "2"), ("list.9.a", None), ("none", None), ("data", None)]
)
def test_a_value_by_its_path(path: str, found: str | None) -> None:
    assert sms_spec.at_path({"data": {"id": 7}, "list": [{"a": 1}, {"a": 2}]}, path) == found


def test_a_demo_writes_down_what_it_would_send(tmp_path: Path) -> None:
    taken = ConsoleSms(tmp_path / "out" / "sms.jsonl").send(outgoing(to="13800138000", body="t"))
    assert "not sent" in taken.detail["answer"]
    assert json.loads((tmp_path / "out" / "sms.jsonl").read_text())["to"] == "13800138000"
    FolderMail(tmp_path / "out", "s@bank.example").send(outgoing())
    assert (tmp_path / "out" / "r-1.eml").is_file()
