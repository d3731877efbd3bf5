"""What may be written down of a customer, what he is found by, and who may be the same person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.blind_index import MARK, digest
from crm.domain.customer_words import asked, name_key, sound_key, words_of
from crm.domain.customers import (
    Consent,
    Profile,
    born_of_card,
    checked,
    checked_contact,
    is_elderly,
)
from crm.domain.doubles import likeness, merged_profile
from crm.domain.errors import InvalidInputError
from crm.domain.reveals import checked_reason

TODAY = date(2026, 11, 22)
CARD = "11010519491231002X"


def check(**given: object) -> Profile:
    return checked(Profile(**given), today=TODAY, languages=("zh", "en"))  # type: ignore[arg-type]


def test_a_profile_is_tidied() -> None:
    found = check(name="  欧阳  娜娜 ", remarks="a\r\nb ", id_kind="id_card", id_number="110105 1949 1231 002x")
    assert (found.name, found.remarks, found.id_number) == ("欧阳 娜娜", "a\nb", CARD)
    assert found.born_on == "1949-12-31"  # the card tells it


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"name": "\N{LOCK}"}, "name"),
        ({"grade": "gold"}, "grade"),
        ({"language": "fr"}, "language"),
        ({"preferred_channel": "pigeon"}, "preferred_channel"),
        ({"vulnerable": ("rich",)}, "vulnerable"),
        ({"income": "much"}, "income"),
        ({"id_number": CARD}, "id_kind"),
        ({"id_kind": "id_card", "id_number": "110105194912310021"}, "id_number"),
        ({"id_kind": "id_card", "id_number": "11010519491331002X"}, "id_number"),
        ({"id_kind": "id_card", "id_number": CARD, "born_on": "1950-01-01"}, "born_on"),
        ({"id_kind": "passport", "id_number": "A!"}, "id_number"),
        ({"born_on": "yesterday"}, "born_on"),
        ({"born_on": "2026-11-23"}, "born_on"),
        ({"born_on": "1890-01-01"}, "born_on"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        check(**given)
    assert error.value.field == field


@given(st.text(alphabet="0123456789", min_size=17, max_size=17))
def test_of_the_last_characters_of_a_card_number_one_at_most_is_right(first: str) -> None:
    good = [one for one in "0123456789X" if _is_card(first + one)]
    assert len(good) <= 1


def _is_card(number: str) -> bool:
    try:
        return isinstance(born_of_card(number), date)
    except InvalidInputError:
        return False


@pytest.mark.parametrize(("born", "elderly"), [("1966-11-22", True), ("1966-11-23", False), ("", False)])
def test_somebody_is_elderly_from_his_sixtieth_birthday(born: str, elderly: bool) -> None:
    assert is_elderly(born, TODAY) is elderly


@pytest.mark.parametrize(
    ("kind", "address", "good"),
    [
        ("email", "a@b.cn", True),
        ("email", "a@b", False),
        ("email", "a b@c.cn", False),
        ("qq", "10001", True),
        ("qq", "01", False),
        ("wechat", "nana_77", True),
        ("post", "北京市朝阳区建国路1号", True),
        ("pigeon", "x", False),
        ("weibo", "", False),
    ],
)
def test_an_address_fits_its_channel(kind: str, address: str, good: bool) -> None:
    if good:
        assert checked_contact(kind, address) == address
    else:
        with pytest.raises(InvalidInputError):
            checked_contact(kind, address)


def test_consent_holds_only_while_it_was_given_for() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert not Consent("activities").holds(now)
    assert Consent("activities", given=True).holds(now)
    assert not Consent("activities", given=False).holds(now)
    assert not Consent("activities", given=True, until=now).holds(now)
    assert Consent("activities", given=True, until=now + timedelta(seconds=1)).holds(now)


@pytest.mark.parametrize(
    ("one", "other"),
    [("张三", "張 三".replace("張", "张")), ("ＺＨＡＮＧ san", "zhang  San"), ("欧阳·娜娜", "欧阳 娜娜")],
)
def test_a_name_has_one_spelling(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_a_name_is_found_by_its_sound() -> None:
    assert sound_key("章三") == sound_key("张三") == sound_key("Zhang San") == "zhangsan"
    assert sound_key("13800138000") is None
    assert sound_key("建国路一号院二号楼三单元") is None


def test_what_is_asked_for_meets_what_is_found_by() -> None:
    words = words_of(name="张三", id_number=CARD, user_name="San_77", contacts=[("email", "San@Example.com")])
    for text in ("张三", "zhang san", "章三", CARD.lower(), "110105-1949-1231-002X", "san_77", "SAN@example.COM"):
        assert words & set(asked(text, ["email"])), text
    assert not words & set(asked("李四", ["email"]))
    assert asked("  ", ["email"]) == ()
    assert words_of() == frozenset()


def test_a_digest_is_itself_again_and_tells_kinds_apart() -> None:
    key = b"k" * 32
    made = digest(key, "number", "8613800138000")
    assert made.startswith(MARK)
    assert len(made) <= 32
    assert digest(key, "number", made) == made
    assert digest(key, "word", "8613800138000") != made
    assert digest(b"x" * 32, "number", "8613800138000") != made
    assert digest(key, "number", "") == ""


def test_the_likeliest_double_shares_most_and_contradicts_nothing() -> None:
    one = Profile(name="张三", born_on="1949-12-31", id_number=CARD)
    assert likeness(one, replace(one, id_number=""), ["name", "sound", "number"]).shared == (
        "name",
        "number",
        "born_on",
    )
    assert likeness(one, one, ["id_number"]).points > likeness(one, Profile(), ["name", "number"]).points
    other = Profile(name="张三", born_on="1990-01-01")
    against = likeness(one, other, ["name", "number"])
    assert against.against == ("born_on",)
    assert against.points <= 0


def test_who_is_kept_loses_nothing_and_gains_what_he_lacks() -> None:
    kept = Profile(name="张三", remarks="deaf", vulnerable=("illness",), grade="")
    gone = Profile(
        name="张三丰",
        remarks="calls often",
        vulnerable=("reading",),
        grade="vip",
        elderly=True,
        id_kind="passport",
        id_number="E123",
    )
    found = merged_profile(kept, gone)
    assert (found.name, found.grade, found.elderly, found.id_number) == ("张三", "vip", True, "E123")
    assert found.vulnerable == ("illness", "reading")
    assert found.remarks == "deaf\ncalls often"
    assert merged_profile(replace(kept, id_kind="id_card", id_number=CARD), gone).id_kind == "id_card"


@pytest.mark.parametrize(
    ("reason", "words", "good"),
    [
        ("case", "", True),
        ("other", "", False),
        ("other", "a court asks", True),
        ("", "x", False),
        ("case", "a\x07", False),
        ("case", "x" * 201, False),
    ],
)
def test_a_look_needs_a_reason(reason: str, words: str, good: bool) -> None:
    if good:
        assert checked_reason(reason, words) == words
    else:
        with pytest.raises(InvalidInputError):
            checked_reason(reason, words)
