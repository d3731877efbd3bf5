"""Prompts to files: the operator's recording wins at once, what is missing is skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from agi.prompts import PromptLibrary, Sound
from ivr import ticketnumbers
from ivr.actions import Prompt, SpokenDigits, SpokenMessage, SpokenTicketNumber
from ivr.speech import Part


@pytest.fixture
def library(tmp_path: Path) -> PromptLibrary:
    for language in ("zh", "en"):
        folder = tmp_path / "shipped" / language
        folder.mkdir(parents=True)
        (folder / "welcome.alaw").write_bytes(b"\xd5" * 8000)
        for digit in "0123456789":
            (folder / f"d{digit}.alaw").write_bytes(b"\xd5" * 800)
    return PromptLibrary(
        tmp_path / "own",
        tmp_path / "shipped",
        ("zh", "en"),
        ticket_parts=parts,
        digits=lambda _language, number: tuple(f"d{digit}" for digit in number),
        ahead=tmp_path / "ahead",
    )


def parts(_language: str, number: str) -> tuple[Part, ...]:
    """Date and sequence have takes, the node has none."""
    date, node, sequence = (tuple(f"d{digit}" for digit in group) for group in ticketnumbers.groups(number))
    return (Part(date, f"ticket_date_{number[:6]}"), Part(node), Part(sequence, f"sequence_{number[8:]}"))


def paths(library: PromptLibrary, *spoken: object, folder: Path = Path("/none")) -> list[str]:
    return [sound.path for item in library.sounds(spoken, folder) for sound in item]  # type: ignore[arg-type]  # any of them


def test_a_shipped_prompt_has_a_path_without_extension_and_a_length(library: PromptLibrary, tmp_path: Path) -> None:
    assert library.sounds([Prompt("welcome", "zh")], tmp_path) == [(Sound(f"{tmp_path}/shipped/zh/welcome", 1.0),)]


@pytest.mark.parametrize("extension", ["alaw", "wav", "wav16"])
def test_a_replacement_wins_at_the_next_playback_and_goes_without_a_restart(
    library: PromptLibrary, tmp_path: Path, extension: str
) -> None:
    assert paths(library, Prompt("welcome", "zh")) == [f"{tmp_path}/shipped/zh/welcome"]
    own = tmp_path / "own" / "zh" / f"welcome.{extension}"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"x" * 100)
    assert paths(library, Prompt("welcome", "zh")) == [f"{tmp_path}/own/zh/welcome"]
    assert paths(library, Prompt("welcome", "en")) == [f"{tmp_path}/shipped/en/welcome"]
    own.unlink()
    assert paths(library, Prompt("welcome", "zh")) == [f"{tmp_path}/shipped/zh/welcome"]


def test_files_of_other_kinds_are_no_prompts(library: PromptLibrary, tmp_path: Path) -> None:
    own = tmp_path / "own" / "zh"
    own.mkdir(parents=True)
    (own / "welcome.mp3").write_bytes(b"x")
    (own / "welcome.txt").write_bytes(b"x")
    assert paths(library, Prompt("welcome", "zh")) == [f"{tmp_path}/shipped/zh/welcome"]


def test_what_is_missing_is_skipped_and_said_once(library: PromptLibrary, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        assert paths(library, Prompt("nothing", "zh"), Prompt("welcome", "xx")) == []
    said = capsys.readouterr().out
    assert said.count("nothing") == 1
    assert said.count("xx") == 1


def test_numbers_are_spoken_digit_by_digit(library: PromptLibrary, tmp_path: Path) -> None:
    en = tmp_path / "shipped" / "en"
    assert paths(library, SpokenTicketNumber("2611220100042", "en")) == [f"{en}/d{d}" for d in "2611220100042"]
    assert paths(library, SpokenDigits("110", "en")) == [f"{en}/d{d}" for d in "110"]


def take(folder: Path, language: str, sound: bytes, name: str = "sequence_00042") -> None:
    path = folder / "ahead" / language / f"{name}.alaw"
    path.parent.mkdir(parents=True)
    path.write_bytes(sound)


def test_a_sequence_that_was_rendered_ahead_is_spoken_in_one_breath(library: PromptLibrary, tmp_path: Path) -> None:
    take(tmp_path, "zh", b"x" * 8000)
    shipped = [f"{tmp_path}/shipped/zh/d{digit}" for digit in "26112201"]
    spoken = paths(library, SpokenTicketNumber("2611220100042", "zh"))
    assert spoken == [*shipped, f"{tmp_path}/ahead/zh/sequence_00042"]
    assert len(paths(library, SpokenTicketNumber("2611220100042", "en"))) == 13


def test_a_date_that_was_rendered_ahead_is_spoken_in_one_breath(library: PromptLibrary, tmp_path: Path) -> None:
    take(tmp_path, "zh", b"x" * 8000, "ticket_date_261122")
    shipped = [f"{tmp_path}/shipped/zh/d{digit}" for digit in "0100042"]
    spoken = paths(library, SpokenTicketNumber("2611220100042", "zh"))
    assert spoken == [f"{tmp_path}/ahead/zh/ticket_date_261122", *shipped]


def test_a_number_of_which_no_take_was_understood_is_spoken_in_pieces(library: PromptLibrary, tmp_path: Path) -> None:
    take(tmp_path, "en", b"")
    assert len(paths(library, SpokenTicketNumber("2611220100042", "en"))) == 13


def test_where_a_person_recorded_the_pieces_the_same_person_speaks(library: PromptLibrary, tmp_path: Path) -> None:
    take(tmp_path, "en", b"x" * 8000)
    own = tmp_path / "own" / "en" / "d4.wav"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"x" * 100)
    assert len(paths(library, SpokenTicketNumber("2611220100042", "en"))) == 13


def test_the_callers_own_message(library: PromptLibrary, tmp_path: Path) -> None:
    (tmp_path / "message-1.wav16").write_bytes(b"x" * 32_000)
    sounds = library.sounds([SpokenMessage("message-1.wav16"), SpokenMessage("message-2.wav")], tmp_path)
    assert sounds == [(Sound(f"{tmp_path}/message-1", 1.0),), ()]
