"""Replies, forms and visits by themselves: what may be used, who may sign, who may ask, what it comes to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import forms, visits
from crm.domain.access import Role
from crm.domain.errors import InvalidInputError
from crm.domain.forms import FIELDS, ORDER, NotYours, Place, Signer
from crm.domain.messages import BY_HAND, NEXT, PROVES, MessageChannel, MessageState, first_channel, proves
from crm.domain.reply import PARTS, Unready, in_short, may_use, missing, written
from crm.domain.tickets import Channel
from crm.domain.visits import Outcome, Plan, VisitKind

C = MessageChannel
ALL = dict.fromkeys(C, True)


@pytest.mark.parametrize(
    ("wish", "reachable", "first"),
    [
        ("email", ALL, C.EMAIL),
        ("letter", ALL, C.LETTER),
        (None, ALL, C.SMS),
        ("email", {**ALL, C.EMAIL: False}, C.SMS),
        ("pigeon", {C.PHONE: True}, C.PHONE),
        ("email", {}, None),
    ],
)
def test_the_customers_wish_comes_first(wish: str | None, reachable: dict[str, bool], first: C | None) -> None:
    assert first_channel(wish, reachable) is first


@pytest.mark.parametrize(
    ("channel", "tried", "why", "refused"),
    [
        (C.EMAIL, (), "", None),
        (C.SMS, (), "", Unready.PREFERRED),
        (C.SMS, (), "he asked for it", None),
        (C.SMS, (C.EMAIL,), "", None),
        (C.LETTER, (), "why not", Unready.ADDRESS),
    ],
)
def test_another_channel_needs_a_reason_or_a_try(
    channel: C, tried: tuple[C, ...], why: str, refused: Unready | None
) -> None:
    reachable = (C.EMAIL, C.SMS)
    assert may_use(channel, preferred=C.EMAIL, tried=tried, reachable=reachable, why=why) is refused
    assert may_use(channel, preferred=C.EMAIL, tried=tried, reachable=(), why=why) is Unready.NO_WAY


def test_a_letter_in_the_post_is_no_notice_and_a_call_only_when_he_was_told() -> None:
    assert not proves("letter", "sent")
    assert proves("letter", "delivered")
    assert not proves("phone", "sent")
    assert proves("email", "sent")
    assert all(MessageState.FAILED not in states for states in PROVES.values())
    assert {C.PHONE, C.LETTER} == BY_HAND
    assert all(MessageState.QUEUED not in NEXT[state] for state in (MessageState.SENT, MessageState.DELIVERED))


def test_a_reply_lacks_what_is_empty() -> None:
    assert missing(dict.fromkeys(PARTS, " "), ["", " "]) == (*PARTS, "remedies")
    assert written({"facts": "x"}, ["review"]) == {"facts", "remedies"}
    assert missing(dict.fromkeys(PARTS, "x"), ["review"]) == ()


@given(st.text(max_size=200), st.integers(2, 80))
def test_in_short_is_short_and_one_line(text: str, most: int) -> None:
    made = in_short(text, most)
    assert len(made) <= most
    assert "\n" not in made


ALICE, SAM, CARL, GINA, AMY = range(1, 6)
ROLE = {ALICE: Role.A1, SAM: Role.SM, CARL: Role.CM, GINA: Role.GM, AMY: Role.A1}
SIGNED = [("FO-11", ALICE), ("FO-12", SAM), ("FO-13", CARL), ("FO-14", GINA), ("FO-15", CARL), ("FO-16", ALICE)]


def signer(who: int, *stands_for: int) -> Signer:
    return Signer(who, frozenset({ROLE[who]}), frozenset(stands_for))


def test_the_order_is_that_of_the_paper() -> None:
    assert [one.place.value for one in ORDER] == [place for place, _ in SIGNED]
    assert [one.place for one in FIELDS] == [f"FO-{number:02d}" for number in range(1, 11)]


@pytest.mark.parametrize("done", range(7))
def test_only_whose_turn_it_is_signs(done: int) -> None:
    for who in ROLE:
        found = forms.refusal(SIGNED[:done], signer(who), first_agent=ALICE, about=None)
        if done == 6:
            assert found is NotYours.DONE
        else:
            assert (found is None) == (SIGNED[done][1] == who), (done, who)


def test_nobody_signs_about_himself_and_another_agent_signs_then() -> None:
    assert forms.refusal([], signer(ALICE), first_agent=ALICE, about=ALICE) is NotYours.ABOUT_HIMSELF
    assert forms.refusal([], signer(AMY), first_agent=ALICE, about=ALICE) is None
    assert forms.refusal([], signer(AMY), first_agent=None, about=None) is None
    assert forms.refusal([], signer(AMY), first_agent=ALICE, about=None) is NotYours.NOT_FIRST_AGENT


def test_a_deputy_signs_for_who_is_away_and_nobody_gives_two_opinions() -> None:
    assert forms.refusal([], signer(SAM, ALICE), first_agent=ALICE, about=None) is None
    both = Signer(SAM, frozenset({Role.SM, Role.CM}), frozenset())
    assert forms.refusal(SIGNED[:2], both, first_agent=ALICE, about=None) is NotYours.TWICE


def test_a_form_lacks_what_nobody_signed() -> None:
    assert forms.places_missing([]) == tuple(place for place, _ in SIGNED)
    assert forms.places_missing([place for place, _ in SIGNED]) == ()


@pytest.mark.parametrize("field", [one.name for one in FIELDS if one.asked])
def test_a_form_needs_its_fields(field: str) -> None:
    full = {one.name: "x" for one in FIELDS}
    assert forms.checked_fields(full)["content"] == "x"
    with pytest.raises(InvalidInputError, match=field):
        forms.checked_fields({**full, field: "  "})


def test_a_form_can_do_without_a_user_name_and_opinions_are_asked_for() -> None:
    assert forms.checked_fields({**{one.name: "x" for one in FIELDS}, "user_name": ""})["user_name"] == ""
    manager = next(one for one in ORDER if one.place is Place.SECTION_MANAGER)
    with pytest.raises(InvalidInputError):
        forms.checked_opinion(manager, " ")
    assert forms.checked_opinion(ORDER[0], "") == ""


def test_the_boxes_of_the_paper_know_most_channels() -> None:
    assert forms.PAPER_CHANNEL_OF[Channel.PHONE] == "phone"
    assert Channel.LETTER not in forms.PAPER_CHANNEL_OF
    assert {code for code, _zh, _en in forms.PAPER_CHANNELS} == set(forms.PAPER_CHANNEL_OF.values())


GOOD = {"satisfaction": "4", "settled": "yes", "carried_out": "yes"}


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (GOOD, Outcome.SATISFIED),
        ({**GOOD, "satisfaction": "3"}, Outcome.SATISFIED),
        ({**GOOD, "satisfaction": "2"}, Outcome.NOT_SATISFIED),
        ({**GOOD, "settled": "no"}, Outcome.NOT_SATISFIED),
    ],
)
def test_what_answers_come_to(answers: dict[str, str], outcome: Outcome) -> None:
    assert visits.outcome_of(visits.checked(VisitKind.COMPLAINT, answers)) is outcome


@pytest.mark.parametrize(
    "answers", [{}, {"satisfaction": "4"}, {**GOOD, "satisfaction": "6"}, {**GOOD, "settled": "x"}]
)
def test_answers_that_cannot_be(answers: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        visits.checked(VisitKind.COMPLAINT, answers)


def test_products_are_spoken_of_at_service_visits_only() -> None:
    codes = {kind: {one.code for one in asked} for kind, asked in visits.QUESTIONS.items()}
    products = {"product_use", "investment_return", "risk_tolerance", "new_products"}
    assert products <= codes[VisitKind.SERVICE]
    assert not products & (codes[VisitKind.COMPLAINT] | codes[VisitKind.PERIODIC])


def test_who_had_a_hand_in_it_does_not_ask() -> None:
    assert not visits.may_visit("carl", {"carl"}, set())
    assert not visits.may_visit("alice", set(), {"alice"})
    assert visits.may_visit("amy", {"carl"}, {"alice"})


@pytest.mark.parametrize(("level", "after"), [(None, 2), (1, 2), (2, 3), (3, 3)])
def test_a_dissatisfied_customers_complaint_goes_up_a_level(level: int | None, after: int) -> None:
    assert visits.level_after(level) == after


def test_the_plan_goes_by_grade_and_his_own_plan_goes_first() -> None:
    plan = Plan(90, 180, 365)
    assert [plan.days(grade) for grade in ("vip", "important", "")] == [90, 180, 365]
    assert plan.days("vip", 30) == 30


def test_tries_are_spread_over_the_day() -> None:
    pauses = [visits.next_try(tries, 3) for tries in (1, 2, 3)]
    assert pauses == sorted(set(pauses))
    assert pauses[0] == timedelta(hours=4)
