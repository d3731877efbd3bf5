"""Menus are checked when they are read: everything that is wrong is named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ivr.menu import MACHINE_PROMPTS, Choice, Menu
from ivr.menufile import MenuError, parse

IVR = Path(__file__).resolve().parents[3] / "ivr"
TEXT = (IVR / "menus" / "default.toml").read_text("utf-8")
CATALOGUES = {
    language: set(tomllib.loads((IVR / "prompts" / f"{language}.toml").read_text("utf-8"))["prompts"])
    for language in ("zh", "en")
}


def test_the_shipped_menu_is_sound_and_offers_what_the_contract_says() -> None:
    menu = parse(TEXT, CATALOGUES)
    main = menu.nodes["main"]
    assert isinstance(main, Choice)
    assert {option.key: option.name for option in main.options} == {
        "1": "accounts", "2": "loss_report", "3": "cards", "4": "complaints", "5": "enquiries", "9": "other_language",
    }  # fmt: skip
    assert menu.languages == ("zh", "en")
    assert menu.other_language("zh") == "en"
    assert menu.other_language("en") == "zh"


def problems(*changes: tuple[str, str], catalogues: dict[str, set[str]] | None = None) -> str:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(MenuError) as caught:
        parse(text, catalogues or CATALOGUES)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('key = "3", name = "cards", go = "cards"', 'key = "3", name = "cards", go = "accounts"', "cards cannot"),
        ('key = "3", name = "cards"', 'key = "2", name = "cards"', "node main: key 2 is used twice"),
        ('key = "3", name = "cards"', 'key = "0", name = "cards"', "key 0 cannot be an option"),
        ('key = "3", name = "cards"', 'key = "*", name = "cards"', "key * cannot be an option"),
        ('key = "3", name = "cards"', 'key = "33", name = "cards"', "key 33 cannot be an option"),
        ('go = "cards" }', 'go = "nowhere" }', "node main: nowhere does not exist"),
        ("timeout_ms = 5000\n", "", "node main: timeout_ms is missing"),
        ("timeout_ms = 5000", "timeout_ms = 0", "timeout_ms is missing or not a positive"),
        ("number_digits = 15 ", "digits = 15 ", "number_digits is missing"),
        ("max_seconds = 300", "max_seconds = true", "max_seconds is missing"),
        ('go = "loss_person"', 'go = "loss_report"', "loss_report leads to itself without a key press"),
        ('kind = "language"\ngo = "main"', 'kind = "language"\ngo = "other_language"', "leads to itself without a key"),
        ('person = "person"', 'person = "main"', "no way to a person"),
        ('person = "person"', 'person = "nobody"', "no way to a person"),
        ('start = "main"', 'start = "begin"', "start: begin does not exist"),
        ('kind = "ticket"', 'kind = "magic"', "kind 'magic' is not one of"),
        ("tries = 3", "", "tries is missing"),
        ('prompts = ["menu_main",', 'prompts = ["menu_mian",', "prompt menu_mian is missing in zh"),
        ('notice = "notice"', 'notice = "notice_short"', "the welcome does not say the notice"),
        ('go = "progress_next"', 'go = "person"', "node progress: person must be of kind choice"),
        ('queue = "loss"\npriority = 10', 'queue = "loss"', "node loss_person: priority"),
        ("[nodes.main]", "[nodes.main", "not TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(old: str, new: str, problem: str) -> None:
    assert problem in problems((old, new))


def test_all_problems_of_the_nodes_are_named_at_once() -> None:
    found = problems(('kind = "ticket"', 'kind = "magic"'), ('key = "3", name = "cards"', 'key = "2", name = "cards"'))
    assert "magic" in found
    assert "used twice" in found


@pytest.mark.parametrize("prompt", ["wrong_key", "stage_closed", "queue_position_7", "complaint_intro", "notice_short"])
def test_a_prompt_that_one_language_lacks_is_named(prompt: str) -> None:
    found = problems(catalogues={"zh": CATALOGUES["zh"], "en": CATALOGUES["en"] - {prompt}})
    assert found.endswith(f"prompt {prompt} is missing in en")


def test_the_languages_have_the_same_prompts() -> None:
    assert CATALOGUES["zh"] == CATALOGUES["en"]


def test_every_prompt_is_spoken_by_something() -> None:
    menu: Menu = parse(TEXT, CATALOGUES)
    said = {ref.id for node in menu.nodes.values() for ref in getattr(node, "prompts", ())}
    said |= {ref.id for ref in menu.welcome} | {menu.notice_short, "complaint_intro"} | set(MACHINE_PROMPTS)
    by_dialplan = {"fallback_sorry", "fallback_message_intro", "fallback_message_thanks"}
    pieces = {prompt for prompt in CATALOGUES["zh"] if prompt.startswith(("digit", "number_", "ticket_"))}
    assert CATALOGUES["zh"] - said - by_dialplan - pieces == set()
