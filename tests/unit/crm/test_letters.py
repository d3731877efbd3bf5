"""What messages say, where lines break, what stands on paper."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.documents import fonts, wording
from crm.documents.breaking import lines_of
from crm.documents.fonts import Font, FontMissingError
from crm.documents.wording import WordingError, places, templates, word
from crm.domain.errors import InvalidInputError
from crm.domain.letterhead import InLanguage, Letterhead, checked, parse, remedies

AT = datetime(2026, 11, 22, tzinfo=UTC)
NAMES = sorted(templates("zh"))


def test_both_languages_have_the_same_letters() -> None:
    assert sorted(templates("en")) == NAMES
    for name in NAMES:
        assert set(templates("zh")[name]) == set(templates("en")[name]), name
        assert places(name, "zh") == places(name, "en"), name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("channel", ["email", "sms", "phone", "letter"])
def test_every_letter_has_words_for_every_channel(name: str, channel: str) -> None:
    for language in ("zh", "en"):
        told = {place: f"<{place}>" for place in places(name, language)}
        made = word(name, channel, language, told)
        assert made.subject
        assert made.body
        assert "{" not in made.body


def test_the_reply_tells_its_four_parts_and_the_ways_out() -> None:
    asked = {"facts", "basis", "solution", "execution", "remedies", "number", "bank"}
    for language in ("zh", "en"):
        for channel in ("email", "phone"):
            told = {place: f"<{place}>" for place in places("reply", language)}
            body = word("reply", channel, language, told).body
            assert all(f"<{part}>" in body for part in asked - {"number" if channel == "email" else ""} - {"bank"})


def test_what_is_filled_in_is_text_and_nothing_else() -> None:
    told = {
        "name": "{bank}",
        "subject": "one\r\nBcc: x@y",
        "text": "a\0b{number}",
        "number": "1",
        "bank": "B",
        "hotline": "9",
    }
    made = word("answer", "email", "en", told)
    assert made.subject == "one Bcc: x@y"
    assert "Dear {bank}," in made.body
    assert "ab{number}" in made.body


@pytest.mark.parametrize(("name", "language"), [("nonsense", "zh"), ("reply", "fr")])
def test_a_letter_that_is_not_there_is_refused(name: str, language: str) -> None:
    with pytest.raises(WordingError):
        word(name, "email", language, {})


def test_a_letter_names_what_is_missing() -> None:
    with pytest.raises(WordingError, match="number, text"):
        word("progress", "sms", "zh", {"bank": "B", "hotline": "9"})


CHARACTERS = st.text(st.sampled_from("投诉答复,。、（）《》 abcDEF12.;!\n"), max_size=120)


@given(CHARACTERS, st.integers(4, 30))
def test_breaking_loses_nothing_and_keeps_within_the_width(text: str, width: int) -> None:
    lines = lines_of(text, width, lambda token: float(len(token)))
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= width + 2 for line in lines)  # punctuation may hang


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("客户投诉,已办结。", ["客户投", "诉,已办", "结。"]),
        ("第十二条《客户服务规范》", ["第十二条", "《客户服", "务规范》"]),
        ("to be or not", ["to", "be", "or", "not"]),
        ("abcdefgh", ["abcd", "efgh"]),
        ("", [""]),
        ("a\n\nb", ["a", "", "b"]),
    ],
)  # fmt: skip
def test_where_lines_break(text: str, lines: list[str]) -> None:
    assert lines_of(text, 4 if "be" not in text else 3, lambda token: float(len(token))) == lines


def test_without_a_chinese_font_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts.shutil, "which", lambda _name: None)
    with pytest.raises(FontMissingError, match="fonts-wqy-microhei"):
        fonts.find([tmp_path / "none.ttc"])
    there = tmp_path / "font.ttc"
    there.touch()
    assert fonts.find([tmp_path / "none.ttc", there]) == Font(there)


def test_the_letterhead_names_the_ways_out_in_their_order() -> None:
    said = remedies(Letterhead(), "zh", review_days=30)
    assert [sentence.partition("：")[0] for sentence in said[:4]] == ["核查", "调解", "仲裁", "诉讼"]
    assert "30日" in said[0]
    assert len(remedies(Letterhead(), "en", review_days=30)) == 6


def test_a_letterhead_comes_back_as_it_was_stored() -> None:
    head = Letterhead(hotline="95588")
    assert parse(head.to_document()) == head
    assert parse({}) == Letterhead()
    assert parse({"zh": {"bank": "甲银行"}}).zh.bank == "甲银行"


@pytest.mark.parametrize("name", ["bank", "review", "mediation", "arbitration", "litigation"])
def test_a_letterhead_without_a_way_out_does_not_come_into_force(name: str) -> None:
    zh = InLanguage(**{**Letterhead().to_document()["zh"], name: " "})
    with pytest.raises(InvalidInputError, match=name):
        checked(Letterhead(zh=zh))


def test_the_review_must_say_its_days() -> None:
    zh = InLanguage(**{**Letterhead().to_document()["zh"], "review": "核查"})
    with pytest.raises(InvalidInputError, match="days"):
        checked(Letterhead(zh=zh))


def test_the_words_of_letters_are_where_set_up_puts_them() -> None:
    assert (Path(wording.__file__).parent / "letters" / "zh.toml").is_file()
