"""A form's fields as a card's content, one change at a time, and what a version asks otherwise than another."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.card_editing import content_from, differences, edit
from crm.domain.card_form import CardFlawsError, content_of, parse
from crm.domain.scorecards import Words
from tests.default_card import CARD, fields

CONTENT = content_of(CARD)


def test_a_form_makes_the_card_that_it_shows() -> None:
    assert parse(content_from(fields(CONTENT))) == CARD


def test_rows_stand_in_the_order_of_their_numbers_whatever_is_missing() -> None:
    form = {"grades-10-code": "b", "grades-2-code": "a", "csrf_token": "x", "do": "save", "lock": "3"}
    assert content_from(form) == {"grades": [{"code": "a"}, {"code": "b"}], "sections": [], "fatals": []}


def test_what_is_no_number_stays_as_it_was_typed() -> None:
    assert content_from({"sections-0-weight": " ten "})["sections"] == [{"weight": "ten", "items": []}]


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        ("up:sections-0-items-1", ["A2", "A1", "A3", "A4", "A5"]),
        ("up:sections-0-items-0", ["A1", "A2", "A3", "A4", "A5"]),
        ("down:sections-0-items-3", ["A1", "A2", "A3", "A5", "A4"]),
        ("down:sections-0-items-4", ["A1", "A2", "A3", "A4", "A5"]),
        ("drop:sections-0-items-2", ["A1", "A2", "A4", "A5"]),
        ("add:sections-0-items", ["A1", "A2", "A3", "A4", "A5", ""]),
        ("drop:sections-0-items-9", ["A1", "A2", "A3", "A4", "A5"]),
        (f"drop:sections-0-items-{'9' * 5000}", ["A1", "A2", "A3", "A4", "A5"]),
        (f"add:sections-{'9' * 5000}-items", ["A1", "A2", "A3", "A4", "A5"]),
        ("add:sections-0-title", ["A1", "A2", "A3", "A4", "A5"]),
        ("drop:title-zh", ["A1", "A2", "A3", "A4", "A5"]),
        ("", ["A1", "A2", "A3", "A4", "A5"]),
    ],
)
def test_one_change_and_no_other(command: str, codes: list[str]) -> None:
    before = copy.deepcopy(CONTENT)
    changed = edit(CONTENT, command)
    assert [one["code"] for one in changed["sections"][0]["items"]] == codes
    assert before == CONTENT
    assert changed["sections"][1:] == CONTENT["sections"][1:]


NAME = st.lists(st.sampled_from(["sections", "items", "title", "zh", "0", "1", "code", "grades", "points"]), max_size=6)


@given(st.dictionaries(NAME.map("-".join), st.text(max_size=4), max_size=8), NAME.map("-".join))
def test_any_form_is_a_content_that_can_be_changed_and_read(form: dict[str, str], place: str) -> None:
    content = content_from(form)
    for act in ("add", "drop", "up", "down"):
        content = edit(content, f"{act}:{place}")
    with pytest.raises(CardFlawsError):
        parse(content)


def test_what_changed_is_named_by_its_code() -> None:
    content = copy.deepcopy(CONTENT)
    content["sections"][0]["items"][0]["points"] = 2
    content["sections"][0]["items"][1]["points"] = 3
    content["fatals"][0]["effect"] = "coach"
    content["grades"][0]["least"] = 96
    content["sections"][5]["items"].pop(0)
    content["sections"][1]["items"][0]["title"]["en"] = "Lets him finish"
    found = {(code, what): (was, is_now) for code, what, was, is_now in differences(CARD, parse(content))}
    assert found[("A1", "points")] == (3, 2)
    assert found[("A2", "points")] == (2, 3)
    assert found[("X01", "effect")] == ("zero", "coach")
    assert found[("excellent", "least")] == (95, 96)
    assert found[("B1", "title")] == (Words("不打断客户", "No interruption"), Words("不打断客户", "Lets him finish"))
    assert ("F1", "gone") in found
    assert len(found) == 6
    assert differences(CARD, CARD) == []
