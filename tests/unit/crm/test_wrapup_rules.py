"""What a wrap-up still needs, and what words a text is found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.searchwords import MAX_QUERY_WORDS, asked_words, words_of
from crm.domain.tickets import Kind
from crm.domain.wrapup import Filled, Missing, kind_of, missing


@pytest.mark.parametrize(
    ("filled", "wanted"),
    [
        (Filled(), (Missing.DISPOSITION, Missing.TICKET)),
        (Filled(has_ticket=True), (Missing.DISPOSITION,)),
        (Filled("accounts.bill"), (Missing.TICKET,)),
        (Filled("accounts.bill", has_ticket=True), ()),
        (Filled("no_ticket.wrong_number"), ()),
        (Filled("no_ticket.wrong_number", has_ticket=True), ()),
        (Filled("no_ticket.other"), (Missing.NOTE,)),
        (Filled("no_ticket.other", "  "), (Missing.NOTE,)),
        (Filled("no_ticket.other", "a colleague tried the line"), ()),
        (Filled("complaints.other"), (Missing.NOTE, Missing.TICKET)),
    ],
)
def test_a_wrap_up_says_what_it_needs(filled: Filled, wanted: tuple[Missing, ...]) -> None:
    assert missing(filled) == wanted


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("complaints.fees", Kind.COMPLAINT),
        ("loss.card", Kind.LOSS_REPORT),
        ("security.fraud", Kind.INCIDENT),
        ("cards.limit", Kind.SERVICE),
        ("enquiries.rates", Kind.INQUIRY),
        ("feedback.praise", Kind.PRAISE),
        ("feedback.suggestion", Kind.SUGGESTION),
        ("something_new", Kind.INQUIRY),
    ],
)
def test_a_disposition_leads_to_a_kind_of_ticket(code: str, kind: Kind) -> None:
    assert kind_of(code) is kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("信用卡挂失", ["信用", "用卡", "卡挂", "挂失"]),
        ("卡", ["卡"]),
        ("ATM取款 2000元", ["atm", "取款", "2000", "元"]),
        ("Ｃａｒｄ，card CARD", ["card"]),
        ("", []),
        ("；，。!?", []),
    ],
)
def test_text_is_cut_into_words_and_pairs(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_what_every_question_has_is_left_out() -> None:
    assert asked_words("How do I report the loss of my card?") == ["report", "loss", "card"]
    assert asked_words("the what") == ["the", "what"]
    assert "怎么" not in asked_words("卡丢了怎么办")


@given(st.text(max_size=300))
def test_a_question_is_a_part_of_its_own_text(text: str) -> None:
    asked = asked_words(text)
    assert len(asked) <= MAX_QUERY_WORDS
    assert set(asked) <= set(words_of(text))
