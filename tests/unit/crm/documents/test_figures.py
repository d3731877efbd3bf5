"""Figures as people read them, and tables as text that no spreadsheet calculates."""

from __future__ import annotations

import csv
import io
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.documents.figure_words import FIGURES, amount, shown
from crm.documents.sheets import Column, Table, comma_separated, harmless
from crm.domain.kpi import FORMULAS, Unit, compute

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def test_every_figure_has_a_name_in_both_languages() -> None:
    assert set(FIGURES) == set(FORMULAS)
    for language in ("zh", "en"):
        names = [title.title(language) for title in FIGURES.values()]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, Unit.SHARE, "–"),
        (Fraction(1, 3), Unit.SHARE, "33.3%"),
        (Fraction(9995, 10000), Unit.SHARE, "100.0%"),
        (Fraction(1), Unit.SHARE, "100.0%"),
        (Fraction(151, 10), Unit.SECONDS, "15.1 s"),
        (Fraction(4801, 10), Unit.SECONDS, "480 s"),
        (Fraction(1234567), Unit.COUNT, "1,234,567"),
        (Fraction(7, 2), Unit.COUNT, "3.5"),
        (Fraction(-1, 4), Unit.NET, "-0.3"),
        (Fraction(-1, 100), Unit.NET, "0.0"),
        (Fraction(3, 2), Unit.PER_10_000, "1.50"),
    ],
)
def test_a_value_is_rounded_half_up_and_only_where_it_is_shown(value: Fraction | None, unit: Unit, text: str) -> None:
    assert amount(value, unit, "en") == text


def test_nothing_to_divide_by_is_a_dash() -> None:
    assert shown(compute("csat", {}), "zh") == "–"


@pytest.mark.parametrize("begin", DANGEROUS)
def test_what_a_spreadsheet_would_calculate_gets_an_apostrophe(begin: str) -> None:
    assert harmless(f"{begin}1+1") == f"'{begin}1+1"
    assert harmless(f"  {begin}1+1") == f"'  {begin}1+1"


def test_plain_text_stays_as_it_is() -> None:
    assert harmless("a=b") == "a=b"
    assert harmless("") == ""


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12), max_size=5))
def test_no_cell_of_a_text_begins_a_formula_and_nothing_is_lost(values: list[str]) -> None:
    table = Table("t", "title", [Column("one"), Column("n", "count")], [[value, -5] for value in values])
    rows = list(csv.reader(io.StringIO(comma_separated([table]).decode("utf-8-sig"), newline="")))
    found = rows[2:]
    assert len(found) == len(values)
    for (text, number), value in zip(found, values, strict=True):
        assert text.removeprefix("'") == value or text == value
        assert not text.lstrip(" ").startswith(DANGEROUS)
        assert number == "-5"
