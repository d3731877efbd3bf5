"""Models: fetched from a server that is whole, wrong, cut or slow; added from a folder or archive; listed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

import ops.model_sources
from asr.models import installed_models
from ops.model_archive import ModelError, place
from ops.model_download import DownloadError, Patience, download
from ops.model_sources import ModelStore, choose_offer, obtain_models, parse_offers
from ops.model_standin import StandinError
from ops.models import models_group
from ops.settings import Settings

pytestmark = pytest.mark.integration

NAME = "vosk-model-small-cn-0.22"
HASTY = Patience(timeout=2.0, least_bytes_per_s=20_000, window=0.3, attempts=3)


def archive(name: str = NAME, inside: str | None = None) -> bytes:
    made = io.BytesIO()
    prefix = f"{name}/" if inside is None else inside
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr(f"{prefix}am/final.mdl", bytes(range(256)) * 2000)
        packed.writestr(f"{prefix}conf/mfcc.conf", "--high-freq=7600\n")
        packed.writestr(f"{prefix}conf/model.conf", "--beam=10.0\n--max-active=3000\n")
    return made.getvalue()


@dataclass
class Vendor:
    """The vendor's site on this machine, with its moods."""

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)  # the next answers break off after so many bytes
    slow: bool = False
    forgets: bool = False  # does not know Range
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    def offers(self, *names: tuple[str, str, str]) -> None:
        rows = [
            {"name": name, "lang": lang, "type": kind, "obsolete": "false", "url": f"{self.url}/{name}.zip"}
            for name, lang, kind in names
        ]
        self.files["/model-list.json"] = json.dumps(rows).encode()


def handler(vendor: Vendor, stop: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            vendor.asked.append((self.path, wanted))
            content = vendor.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            tag = f'"{hashlib.md5(content).hexdigest()}"'  # noqa: S324 - an ETag
            start = 0
            if wanted and not vendor.forgets and self.headers.get("If-Range") == tag:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206 if start else 200)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self._send(content[start:])

        def _send(self, content: bytes) -> None:
            if self.path.endswith(".zip") and vendor.cuts:
                self.wfile.write(content[: vendor.cuts.pop(0)])
                self.close_connection = True
                return
            if self.path.endswith(".zip") and vendor.slow:
                with contextlib.suppress(OSError):
                    for byte in content:
                        self.wfile.write(bytes([byte]))
                        if stop.wait(0.02):
                            return
                return
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    return Handler


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    made, stop = Vendor(), threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(made, stop))
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    stop.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def store(tmp_path: Path, vendor: Vendor) -> ModelStore:
    vendor.files[f"/{NAME}.zip"] = archive()
    vendor.offers((NAME, "cn", "small"))
    return ModelStore(Settings(home=tmp_path, models_url=vendor.url), HASTY)


def fetch(store: ModelStore, language: str = "zh") -> Path:
    return store.fetch(choose_offer(store.offers(), language))


def test_fetches_checks_and_unpacks(store: ModelStore, vendor: Vendor) -> None:
    told: list[tuple[int, int]] = []
    placed = store.fetch(choose_offer(store.offers(), "zh"), lambda done, total: told.append((done, total)))
    whole = len(vendor.files[f"/{NAME}.zip"])
    assert placed == store.folder / NAME
    assert told[-1] == (whole, whole)
    assert [m.languages for m in installed_models(store.folder, lambda _: None)] == [("zh",)]
    digest = hashlib.sha256(vendor.files[f"/{NAME}.zip"]).hexdigest()
    assert store.recorded()[NAME]["sha256"] == digest
    assert list((store.folder / ".download").iterdir()) == []


def test_a_cut_connection_is_continued(store: ModelStore, vendor: Vendor) -> None:
    vendor.cuts = [100_000, 150_000]
    fetch(store)
    ranges = [wanted for path, wanted in vendor.asked if path.endswith(".zip")]
    assert ranges == ["", "bytes=100000-", "bytes=250000-"]


def test_a_download_goes_on_after_a_restart(store: ModelStore, vendor: Vendor) -> None:
    vendor.cuts = [100_000, 1000, 1000]
    with pytest.raises(DownloadError, match="cut after 102000"):
        fetch(store)
    assert fetch(store) == store.folder / NAME
    assert vendor.asked[-1][1] == "bytes=102000-"


def test_a_file_that_changed_meanwhile_starts_anew(store: ModelStore, vendor: Vendor) -> None:
    vendor.cuts = [100_000, 0, 0]
    with pytest.raises(DownloadError):
        fetch(store)
    vendor.files[f"/{NAME}.zip"] = archive() + b"\0" * 10
    fetch(store)
    recorded = store.recorded()[NAME]["sha256"]
    assert recorded == hashlib.sha256(vendor.files[f"/{NAME}.zip"]).hexdigest()


def test_a_server_that_cannot_continue_starts_anew(store: ModelStore, vendor: Vendor) -> None:
    vendor.cuts, vendor.forgets = [100_000], True
    assert fetch(store) == store.folder / NAME


def test_a_slow_server_is_left(store: ModelStore, vendor: Vendor) -> None:
    vendor.slow = True
    with pytest.raises(DownloadError, match="slower than"):
        fetch(store)
    assert not (store.folder / NAME).exists()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "nonsense"])
def test_only_the_web(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="not a web address"):
        download(url, tmp_path / "x", HASTY)


def test_what_is_not_there(store: ModelStore, vendor: Vendor) -> None:
    del vendor.files[f"/{NAME}.zip"]
    with pytest.raises(DownloadError, match="404"):
        fetch(store)


def pinned(store: ModelStore, digest: str) -> ModelStore:
    return ModelStore(store.settings.model_copy(update={"models_sha256": f"{NAME}={digest}"}), HASTY)


def test_a_pinned_hash_that_is_right(store: ModelStore, vendor: Vendor) -> None:
    fetch(pinned(store, hashlib.sha256(vendor.files[f"/{NAME}.zip"]).hexdigest().upper()))


def test_a_pinned_hash_that_is_wrong(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="HUIYIN_MODELS_SHA256 says 1234"):
        fetch(pinned(store, "1234"))
    assert installed_models(store.folder, lambda _: None) == ()
    assert store.recorded() == {}
    assert list((store.folder / ".download").iterdir()) == []


def test_the_first_hash_is_remembered(store: ModelStore, vendor: Vendor) -> None:
    (fetch(store)).rename(store.folder / ".moved-away")
    vendor.files[f"/{NAME}.zip"] = archive() + b"\0" * 10
    with pytest.raises(ModelError, match="recorded at the first download"):
        fetch(store)
    assert not (store.folder / NAME).exists()


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"lang": "cn"}]', b"<html>", b"[1]"])
def test_a_list_that_is_none(content: bytes) -> None:
    with pytest.raises(ModelError, match=r"cannot be read|no small model"):
        choose_offer(parse_offers(content, "http://x"), "zh")


@pytest.mark.parametrize("name", ["../evil", "a/b", ".hidden", ""])
def test_an_unsafe_name_in_the_list(store: ModelStore, vendor: Vendor, name: str) -> None:
    vendor.offers((name, "cn", "small"))
    with pytest.raises(ModelError, match="unsafe name"):
        fetch(store)


def test_the_newest_of_the_right_size(vendor: Vendor) -> None:
    vendor.offers(("m-cn-0.15", "cn", "small"), ("m-cn-0.22", "cn", "small"), ("m-cn-big", "cn", "big"))
    offers = parse_offers(vendor.files["/model-list.json"], vendor.url)
    assert choose_offer(offers, "zh").name == "m-cn-0.22"
    assert choose_offer(offers, "zh", large=True).name == "m-cn-big"
    with pytest.raises(ModelError, match="no small model for ko"):
        choose_offer(offers, "ko")


def packed(path: Path, *entries: tuple[str, int]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("m/am/final.mdl", b"model")
        for name, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            made.writestr(entry, b"/etc/passwd")
    return path


@pytest.mark.parametrize(
    "entry",
    [
        ("../outside", 0),
        ("m/../../outside", 0),
        ("/etc/cron.d/x", 0),
        ("m\\..\\..\\outside", 0),
        ("C:/outside", 0),
        ("m/link", stat.S_IFLNK | 0o777),
        ("m/device", stat.S_IFCHR | 0o666),
    ],
)
def test_an_archive_that_wants_out(tmp_path: Path, entry: tuple[str, int]) -> None:
    bad = packed(tmp_path / "bad.zip", entry)
    with pytest.raises(ModelError, match="the archive holds"):
        place(bad, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_a_damaged_archive(tmp_path: Path) -> None:
    content = bytearray(archive())
    content[200:5000] = b"\xff" * 4800
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        place(tmp_path / "bad.zip", tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_an_archive_without_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip").write_bytes(archive(inside=""))
    assert place(tmp_path / f"{NAME}.zip", tmp_path / "models").name == NAME


def test_what_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    for source, why in (("folder", "holds neither"), ("file", "neither a folder nor")):
        with pytest.raises(ModelError, match=why):
            place(tmp_path / source, tmp_path / "models")


def test_a_model_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.zip").write_bytes(archive())
    place(tmp_path / f"{NAME}.zip", tmp_path / "models")
    with pytest.raises(ModelError, match="installed already"):
        place(tmp_path / f"{NAME}.zip", tmp_path / "models")


Standin = Callable[[Path, Callable[[str], None]], Path]


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The stand-in's installation, replaced by a folder that looks like it."""
    installed: list[Path] = []

    def install(models: Path, say: Callable[[str], None]) -> Path:
        folder = models / "whisper-base"
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("model.bin", "config.json", "vocabulary.txt"):
            (folder / name).write_text("{}")
        tokens = [{"content": "<|zh|>"}, {"content": "<|en|>"}]
        (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": tokens}))
        installed.append(folder)
        return folder

    monkeypatch.setattr(ops.model_sources, "install_standin", install)
    return installed


def test_set_up_takes_the_vendors_and_stands_in_for_the_rest(store: ModelStore, standin: list[Path]) -> None:
    said: list[str] = []
    zh, en = obtain_models(store.settings, said.append)
    assert (zh.engine, zh.model, zh.how) == ("vosk", NAME, "fetched from the vendor")
    assert (en.engine, en.model) == ("whisper", "whisper-base")
    assert "the vendor has no small model for en" in en.how
    assert f"fetching {NAME}" in said


def test_set_up_asks_nobody_for_what_is_there(store: ModelStore, vendor: Vendor, standin: list[Path]) -> None:
    vendor.files["/vosk-model-small-en-us-0.15.zip"] = archive("vosk-model-small-en-us-0.15")
    vendor.offers((NAME, "cn", "small"), ("vosk-model-small-en-us-0.15", "en-us", "small"))
    obtain_models(store.settings, lambda _: None)
    vendor.asked.clear()
    again = obtain_models(store.settings, lambda _: None)
    assert [(o.engine, o.how) for o in again] == [("vosk", "found in the models folder")] * 2
    assert vendor.asked == []
    assert standin == []


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9"])
def test_set_up_without_the_vendor(tmp_path: Path, standin: list[Path], url: str) -> None:
    zh, en = obtain_models(Settings(home=tmp_path, models_url=url), lambda _: None)
    assert (zh.engine, en.engine) == ("whisper", "whisper")
    assert zh.how.startswith("stand-in: no Vosk model, ")


def test_set_up_with_a_wrong_hash_stands_in(store: ModelStore, standin: list[Path]) -> None:
    zh, _ = obtain_models(pinned(store, "1234").settings, lambda _: None)
    assert zh.engine == "whisper"
    assert "not installed" in zh.how


def test_set_up_without_anything_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(models: Path, say: Callable[[str], None]) -> Path:
        raise StandinError("no network")

    monkeypatch.setattr(ops.model_sources, "install_standin", fail)
    zh, _ = obtain_models(Settings(home=tmp_path, models_url=""), lambda _: None)
    assert (zh.engine, zh.how) == ("", "recordings wait for a model: no network")


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path / "home"))
    (tmp_path / f"{NAME}.zip").write_bytes(archive())
    added = CliRunner().invoke(models_group, ["add", str(tmp_path / f"{NAME}.zip")])
    assert added.exit_code == 0, added.output
    assert f"zh is transcribed by vosk {NAME} from now on" in added.output
    assert "earlier recordings will be transcribed again" in added.output
    again = CliRunner().invoke(models_group, ["add", str(tmp_path / f"{NAME}.zip")])
    assert again.exit_code == 1
    assert "installed already" in again.output
    listed = CliRunner().invoke(models_group, ["list"])
    assert f"zh → vosk {NAME}" in listed.output
