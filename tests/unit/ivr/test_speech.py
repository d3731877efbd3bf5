"""Numbers as a caller hears them."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import speech, ticketnumbers
from ivr.speech import Part

KNOWN = {language: frozenset(speech.pieces(language)) for language in speech.LANGUAGES}
languages = st.sampled_from(speech.LANGUAGES)


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        (
            "2611210100042",
            "ticket_year_26 date_month_11 date_day_21 ticket_node_01 num_one_0 num_pair_00 num_last_42",
        ),
        (
            "4102059099999",
            "ticket_year_41 ticket_month_02 ticket_day_05 ticket_node_90 num_one_9 num_pair_99 num_last_99",
        ),
        (
            "9912315599999",
            "num_pair_99 num_pair_12 num_pair_31 num_pair_55 num_one_9 num_pair_99 num_last_99",
        ),
    ],
)
def test_a_ticket_number_is_spoken_as_it_is_written(number: str, spoken: str) -> None:
    assert speech.ticket_number("zh", number) == tuple(spoken.split())


@given(languages, st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 99), st.integers(1, 99_999))
def test_every_ticket_number_can_be_spoken_and_keeps_its_digits(
    language: str, day: date, node: int, sequence: int
) -> None:
    number = ticketnumbers.make(day, node, sequence)
    spoken = speech.ticket_number(language, number)
    assert set(spoken) <= KNOWN[language]
    assert "".join(piece.rpartition("_")[2] for piece in spoken) == number


def test_date_and_sequence_have_a_way_in_one_breath() -> None:
    number = "2612050146985"
    date, node, sequence = speech.ticket_parts("zh", number)
    assert date == Part(("ticket_year_26", "date_month_12", "ticket_day_05"), "ticket_date_261205")
    assert node == Part(("ticket_node_01",))
    assert sequence.take == "sequence_46985"
    assert speech.ticket_number("zh", number) == (*date.pieces, *node.pieces, *sequence.pieces)
    assert speech.ticket_parts("en", number) == (Part(speech.ticket_number("en", number)),)


@pytest.mark.parametrize(
    ("number", "last"),
    [
        ("2611220123423", "code_three_423"),
        ("2611220100042", "num_one_0 num_last_42"),  # none that is given out while easier ones are left
    ],
)
def test_an_english_number_is_spoken_in_pairs_and_three_at_the_end(number: str, last: str) -> None:
    pairs = [f"code_pair_{number[place : place + 2]}" for place in range(0, 10, 2)]
    assert speech.ticket_number("en", number) == (*pairs, *last.split())


@given(languages, st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_digits_read_back_keep_their_order(language: str, text: str) -> None:
    spoken = speech.digits(language, text)
    assert set(spoken) <= KNOWN[language]
    assert "".join(piece.rpartition("_")[2] for piece in spoken) == text


@given(languages, st.dates(), st.times())
def test_every_date_and_time_can_be_spoken(language: str, day: date, at: time) -> None:
    assert set(speech.day_of_year(language, day)) | set(speech.time_of_day(language, at)) <= KNOWN[language]


def test_a_date_and_a_time() -> None:
    assert speech.day_of_year("en", date(2026, 11, 22)) == ("date_month_11", "date_day_22")
    assert speech.time_of_day("zh", time(9, 5)) == ("time_hour_9", "time_minute_05")


@pytest.mark.parametrize("wrong", ["", "12a", "１２", "1 2", "*"])
def test_what_is_no_digit_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        speech.digits("zh", wrong)


@pytest.mark.parametrize("wrong", ["", "261121010004", "2613210100042", "26112101000422"])
def test_what_is_no_ticket_number_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="ticket number"):
        speech.ticket_number("en", wrong)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="language"):
        speech.digits("fr", "1")


@pytest.mark.parametrize("language", speech.LANGUAGES)
def test_no_piece_is_listed_twice(language: str) -> None:
    assert len(list(speech.pieces(language))) == len(KNOWN[language])
