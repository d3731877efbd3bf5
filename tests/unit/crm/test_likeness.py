"""The same told twice, a repeat, many people with one cause: told apart on pairs of real-sounding complaints."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.likeness import (
    Cause,
    Link,
    LinkKind,
    Matter,
    Why,
    content_words,
    likeness,
    link,
    same_cause,
    telling_words,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WEEK = timedelta(days=7)
RUDE = "我在你们朝阳支行办理业务时柜员态度非常恶劣,还直接让我回去,要求道歉"
RUDE_AGAIN = "上周五去朝阳支行办业务,柜员态度恶劣,让我回去,我要求他道歉"
FEE = "信用卡被多收了年费300元,要求退还"


def matter(text: str, **more: object) -> Matter:
    base = Matter(frozenset({"number:1"}), telling_words(text), NOW, "complaint", "complaints.fees")
    return replace(base, **more)  # type: ignore[arg-type]


def test_a_retelling_is_like_and_another_matter_is_not() -> None:
    assert likeness(telling_words(RUDE), telling_words(RUDE_AGAIN)) >= 0.5
    assert likeness(telling_words(RUDE), telling_words(FEE)) < 0.2


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (matter(RUDE_AGAIN), matter(RUDE, received_at=NOW - timedelta(days=40)), LinkKind.DUPLICATE),
        (matter(FEE), matter("年费又被扣了一次", received_at=NOW - timedelta(days=3)), LinkKind.REPEAT),
        (
            matter(FEE, amount_fen=30_000, occurred_at=NOW),
            matter("卡里钱少了", amount_fen=30_000, occurred_at=NOW),
            LinkKind.DUPLICATE,
        ),
        (matter(FEE), matter(RUDE, category="complaints.service_quality"), None),
        (matter(FEE), matter(FEE, person=frozenset({"number:2"})), None),
        (matter(FEE), matter(FEE, open=False, ended_at=NOW - timedelta(days=30)), None),
        (matter(FEE), matter(FEE, open=False, ended_at=NOW - timedelta(days=2)), LinkKind.DUPLICATE),
    ],
)
def test_how_two_matters_belong_together(new: Matter, old: Matter, expected: LinkKind | None) -> None:
    found = link(new, old, repeat_within=WEEK)
    assert (found.kind if found else None) == expected


def test_a_link_says_why() -> None:
    found = link(matter(RUDE_AGAIN), matter(RUDE), repeat_within=WEEK)
    assert isinstance(found, Link)
    assert set(found.whys) == {Why.PERSON, Why.TEXT, Why.CATEGORY, Why.OPEN}


PLATINUM = (
    "我的信用卡被莫名收取了600元白金卡年费,开卡时说首年免年费",
    "白金卡首年免年费的承诺没兑现,扣了我600元年费,要求退还",
    "你们白金信用卡年费说好免的,结果还是收了600",
)


def cause(text: str, category: str | None = "complaints.fees", **more: object) -> Cause:
    return replace(Cause(category, content_words(text), NOW), **more)  # type: ignore[arg-type]


def test_people_with_one_cause_are_put_together() -> None:
    first, *others = [cause(text) for text in PLATINUM]
    assert all(same_cause(first, other) >= 0.3 for other in others)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (cause(PLATINUM[0]), cause("手续费太高了,跨行转账收我20元")),
        (cause(PLATINUM[0]), cause(PLATINUM[1], category="complaints.marketing")),
        (cause(PLATINUM[0], category=None), cause(PLATINUM[1], category=None)),
        (
            cause("柜员态度恶劣不耐烦骂人", category="complaints.service_quality", party="朝阳支行"),
            cause("柜员态度恶劣不耐烦骂人", category="complaints.service_quality", party="海淀支行"),
        ),
    ],
)
def test_other_causes_stay_apart(one: Cause, other: Cause) -> None:
    assert same_cause(one, other) == 0


def test_a_failing_system_is_one_cause_for_a_day_whatever_the_words() -> None:
    app = cause("手机银行打不开", category="incidents.technical", outage=True)
    site = cause("网银登录报错", category="incidents.technical", outage=True)
    assert same_cause(app, site) > 0
    assert same_cause(app, replace(site, at=NOW + timedelta(days=2))) == 0


@given(st.text(max_size=120), st.text(max_size=120))
@settings(max_examples=60, deadline=None)
def test_likeness_is_even_handed(one: str, other: str) -> None:
    first, second = telling_words(one), telling_words(other)
    assert likeness(first, second) == likeness(second, first)
    assert 0 <= likeness(first, second) <= 1
