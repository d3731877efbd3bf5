"""What a text is about, and the words that decided; measured on invented matters that the lexicon was not made from."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.classification import Axis, Sign, build, marked, suggest
from crm.services.lexicon import lexicon

MATTERS = tomllib.loads((Path(__file__).parents[2] / "data" / "intake" / "matters.toml").read_text(encoding="utf-8"))[
    "matter"
]
RIGHT_AT_LEAST = 0.85
"""Share of the labels that must come out right; what was seen is more. A lexicon that loses some fails."""


def test_most_labels_of_the_invented_matters_come_out_right() -> None:
    wrong = []
    labels = 0
    for one in MATTERS:
        found = suggest(lexicon(), one["text"])
        for axis in Axis:
            if axis in one:
                labels += 1
                if found.label(axis) != one[axis]:
                    wrong.append((one["text"], str(axis), one[axis], found.label(axis)))
    assert 1 - len(wrong) / labels >= RIGHT_AT_LEAST, wrong


@pytest.mark.parametrize(
    ("text", "axis", "label"),
    [
        ("柜员态度恶劣", Axis.LEVEL, "2"),
        ("系统崩溃,投诉", Axis.LEVEL, "3"),
        ("规定看不懂,太麻烦,不满意", Axis.LEVEL, "1"),
        ("信用卡年费乱收费,投诉", Axis.BUSINESS, "credit_card"),
        ("请问年费是多少", Axis.CATEGORY, "enquiries.rates"),
        ("APP闪退打不开", Axis.CATEGORY, "incidents.technical"),
    ],
)
def test_words_speak_for_labels(text: str, axis: Axis, label: str) -> None:
    assert suggest(lexicon(), text).label(axis) == label


def test_what_is_denied_does_not_count() -> None:
    found = suggest(lexicon(), "我没有被盗刷,只是想咨询一下积分怎么兑换")
    assert found.label(Axis.KIND) == "inquiry"
    assert found.label(Axis.REASON) is None
    assert suggest(lexicon(), "my card was not stolen, I would like to know the fees").label(Axis.KIND) == "inquiry"


def test_an_enquiry_has_no_level_and_no_reason() -> None:
    found = suggest(lexicon(), "请问服务态度不好可以怎么反映,有哪些渠道")
    assert found.label(Axis.KIND) == "inquiry"
    assert Axis.LEVEL not in found.guesses
    assert Axis.REASON not in found.guesses


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("再不解决我就找媒体曝光", Sign.MEDIA),
        ("已经向12378投诉", Sign.REGULATOR),
        ("我要起诉你们", Sign.LEGAL),
        ("还不了钱我只能跳楼", Sign.HARM),
        ("我母亲八十岁了", Sign.VULNERABLE),
        ("我们小区几十个人都被扣了", Sign.GROUP),
    ],
)
def test_signs_are_seen(text: str, sign: Sign) -> None:
    assert sign in suggest(lexicon(), text).signs


def test_the_deciding_words_stand_where_they_are_said() -> None:
    text = "你好,柜员 态度恶劣,ＡＴＭ也坏了"
    found = suggest(lexicon(), text)
    hits = [hit for guess in found.guesses.values() for hit in guess.hits]
    assert hits
    assert all(text[hit.start : hit.end] == hit.word for hit in hits)
    pieces = marked(text, hits)
    assert "".join(piece for piece, _ in pieces) == text
    assert ("态度恶劣", True) in pieces


def test_nothing_is_suggested_from_nothing() -> None:
    assert suggest(lexicon(), "").guesses == {}
    assert suggest(lexicon(), "嗯。").guesses == {}


def test_a_word_said_three_times_counts_little_more_than_once() -> None:
    once, often = (suggest(lexicon(), "年费" * times).guesses[Axis.REASON] for times in (1, 9))
    assert sum(hit.weight for hit in often.hits) <= 1.5 * sum(hit.weight for hit in once.hits)


@pytest.mark.parametrize("place", ["reason.no_such", "kind.nothing", "colour.red"])
def test_a_lexicon_with_an_unknown_label_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match=r"no_such|nothing|colour"):
        build({"version": "1", "term": [{"zh": ["x"], "is": {place: 1}}]})


@given(st.text(max_size=300))
@settings(max_examples=50, deadline=None)
def test_any_text_can_be_looked_at(text: str) -> None:
    found = suggest(lexicon(), text)
    assert all(0 < guess.share <= 1 for guess in found.guesses.values())
    assert "".join(piece for piece, _ in marked(text, [h for g in found.guesses.values() for h in g.hits])) == text
